// `holdfast mirror`: is the copy on the second disk whole, and how far does it go?
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { inspectCommit } from '../../core/sync/judge-commit.ts';
import { mirrorLogIn, readMirror } from '../mirror/restore-mirror.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import type { Command } from './command.ts';
import { readOptions } from './options.ts';
import { grouped, note, progressLine, say, seconds } from './terminal.ts';

export const mirrorCommand: Command = {
  name: 'mirror',
  summary: 'Checks the copy of the commit log on the second disk.',
  help: `holdfast mirror check FOLDER

Reads the mirror in FOLDER (what HOLDFAST_MIRROR names) from its first line to its last, and checks every commit against
its hashes. Needs no database and no running node. Exit code 1 when it finds something; each finding names the file and
the line.

A node is restored from its mirror by \`holdfast restore FOLDER\`, into a new data folder.`,
  run: async (args, { parts }) => {
    const given = readOptions(args, {}, 2, 2, 'mirror');
    const [act, name = ''] = given.files;
    if (act !== 'check')
      throw new Trouble(
        `holdfast mirror knows \`check\`, not ${JSON.stringify(act)}. See \`holdfast mirror --help\`.`,
        {
          exitCode: 2,
        },
      );
    const folder = resolve(name);
    if (!existsSync(folder)) throw new Trouble(`There is no ${folder}.`);
    const log = await mirrorLogIn(folder);
    if (log === undefined) throw new Trouble(`There is no mirror in ${folder}.`);
    const line = progressLine();
    const startedAt = performance.now();
    let done = 0;
    const unsound: string[] = [];
    const { commits, revisions, damaged, torn } = await readMirror(log.path, parts.digest, async (some) => {
      for (const commit of some)
        if (!inspectCommit(parts.digest, commit).sound) unsound.push(`commit ${commit.origin} ${commit.seq}`);
      done += some.length;
      line.show(`${grouped(done)} commits`);
    });
    line.clear();
    say(
      `${grouped(commits)} commits with ${grouped(revisions)} revisions in ${seconds(performance.now() - startedAt)}, in ${log.path}`,
    );
    for (const where of damaged) note(`damaged: ${where}`);
    for (const where of unsound) note(`not what its hash says: ${where}`);
    if (torn) say('The last line was being written when the machine stopped: nothing counts on it.');
    const found = damaged.length + unsound.length;
    if (found === 0) say('The mirror is whole.');
    else
      note(
        `${grouped(found)} findings. The record itself is not touched by them: move this folder away, and the node writes a new mirror.`,
      );
    return found === 0 ? 0 : 1;
  },
};
