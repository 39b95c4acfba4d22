// A node from its mirror: its keys and its parent first, then its name, then every commit (specs/mirror.md CM7, CM8).
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import type { ArrivedCommit } from '../../core/record/store.ts';
import { isSettled } from '../../core/sync/judge-commit.ts';
import { restoreNodeFiles } from '../mirror/copy-node-files.ts';
import { readMirror } from '../mirror/restore-mirror.ts';
import { holderOf } from '../storage/embedded/data-folder.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import type { Parts, RestorableStore } from './parts.ts';
import { withStore } from './run-node.ts';
import type { Settings } from './settings.ts';
import { grouped, note, progressLine, say, seconds } from './terminal.ts';

export interface MirrorRestore {
  readonly parts: Parts;
  readonly settings: Settings;
  /** The mirror's folder, and its log. */
  readonly folder: string;
  readonly log: { readonly path: string; readonly install: string };
  /** By `performance.now()`. */
  readonly startedAt: number;
}

/** The exit code: 1 where something was damaged, and all the rest was restored. Throws `Trouble`. */
export async function restoreMirror({ parts, settings, folder, log, startedAt }: MirrorRestore): Promise<number> {
  const { digest } = parts;
  if (holderOf(settings.data) !== undefined)
    throw new Trouble('The node runs. Stop it, and restore into a new folder.');
  const own = join(folder, 'node');
  const foreign = ['keys', 'parent.json'].filter((name) => existsSync(join(settings.data, name)));
  if (foreign.length > 0)
    throw new Trouble(
      `${settings.data} has keys of its own (${foreign.join(', ')}). Restore into a new folder: HOLDFAST_DATA.`,
    );
  await withStore(parts, settings, 'restore', async (store) => {
    if ((await store.feed(0, 1)).length > 0)
      throw new Trouble('This record is not empty. Restore into a new folder (HOLDFAST_DATA) or an empty database.');
    await store.becomeInstall(log.install);
  });
  if (existsSync(own)) await restoreNodeFiles(own, settings.data);
  else note('The mirror has no copy of the keys: enrol this node again (docs/operations.md).');
  // Opened again: what is written from now on is written under the old name.
  return withStore(parts, settings, 'restore', async (store) => {
    const line = progressLine();
    let taken = 0;
    let aside = 0;
    const take = async (commits: readonly ArrivedCommit[]): Promise<void> => {
      const verdicts = await store.sync.receive(
        commits.map(({ arrival: _arrival, ...commit }) => commit),
        'above',
      );
      taken += verdicts.filter(isSettled).length;
      aside += verdicts.filter((verdict) => !isSettled(verdict)).length;
      line.show(`${grouped(taken)} commits`);
    };
    const { damaged, torn } = await readMirror(log.path, digest, take);
    line.clear();
    for (const where of damaged) note(`damaged, and left out: ${where}`);
    if (aside > 0) note(`${grouped(aside)} commits are kept aside: see \`holdfast status\` once the node runs.`);
    if (torn) note('The last line was being written when the machine stopped: nothing had counted on it.');
    const whole = await isWhole(store);
    say(
      `${grouped(taken)} commits restored in ${seconds(performance.now() - startedAt)}. The node is ${log.install} again.`,
    );
    if (damaged.length + aside > 0)
      note(
        'What is missing comes back from the nodes around this one, where they hold it: start it, and look at `holdfast status`.',
      );
    return whole && damaged.length + aside === 0 ? 0 : 1;
  });
}

async function isWhole(store: RestorableStore): Promise<boolean> {
  const line = progressLine();
  const { findings } = await store.verify((done, of) => line.show(`checking: ${grouped(done)} of ${grouped(of)}`));
  line.clear();
  if (findings.length > 0)
    note(`The restored record is not whole: ${findings.length} findings. See \`holdfast verify\`.`);
  return findings.length === 0;
}
