// `holdfast status`: what the running node says of itself and its links.
import { statusText } from '../sync-api/status-text.ts';
import type { SyncStatus } from '../sync-api/sync-status.ts';
import { holderOf } from '../storage/embedded/data-folder.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import type { Command } from './command.ts';
import { readOptions } from './options.ts';
import { withNode } from './run-node.ts';
import { say } from './terminal.ts';

const WAIT_MS = 15_000;

export const statusCommand: Command = {
  name: 'status',
  summary: 'Says how this node stands: its links, what is safe where, what is wrong.',
  help: `holdfast status [--json] [--commit ORIGIN:SEQ]

Asks the running node. The first lines say what wants attention and what to do; the exit code is 1 where something does at once.

  --json     all of it, for programs
  --commit   where one commit is safe: D1 this site's disk, D1m two disks, D2 the region, D3 the region's backup. Answers to
             writes name their commit in X-Holdfast-Commit`,
  run: async (args, { parts, settings: read }) => {
    const given = readOptions(args, { json: 'flag', commit: 'text' }, 0, 0, 'status');
    const settings = read();
    if (holderOf(settings.data)?.address === undefined)
      throw new Trouble(`No node runs on ${settings.data}. \`holdfast start\` starts it.`);
    return withNode(parts, settings, 'status', async (address, token) => {
      const commit = given.text('commit');
      const query = commit === undefined ? '' : `?commit=${encodeURIComponent(commit)}`;
      const answer = await fetch(`${address}/sync/status${query}`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(WAIT_MS),
      });
      if (!answer.ok) throw new Trouble(`The node does not say (HTTP ${answer.status}).`);
      const said = (await answer.json()) as SyncStatus & { readonly commit?: { readonly durability?: string } };
      if (commit !== undefined && !given.flag('json')) say(said.commit?.durability ?? 'not known here');
      else say(given.flag('json') ? JSON.stringify(said, undefined, 2) : statusText(said));
      return said.attention.some(({ urgent }) => urgent) ? 1 : 0;
    });
  },
};
