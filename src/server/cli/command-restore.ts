// `holdfast restore`: a backup into an empty record, checked before and after.
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Trouble } from '../storage/embedded/trouble.ts';
import { restorePhysicalBackup } from '../storage/embedded/physical-backup.ts';
import type { ArrivedCommit } from '../../core/record/store.ts';
import { mirrorLogIn } from '../mirror/restore-mirror.ts';
import { restoreMirror } from './restore-mirror-folder.ts';
import { openBackup, readBackup } from './backup-file.ts';
import { backupHolder, backupKeySettings } from './backup-keys.ts';
import type { Command } from './command.ts';
import { readOptions } from './options.ts';
import type { RestorableStore } from './parts.ts';
import { withStore } from './run-node.ts';
import { grouped, note, progressLine, say, seconds } from './terminal.ts';

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'Restores a backup into an empty record, checked before and after.',
  help: `holdfast restore FILE|FOLDER [--key KEYFILE]

Restores what \`holdfast backup\` made (a file, or the folder of --physical) into an empty record: HOLDFAST_DATA names a
folder that is new, or HOLDFAST_DATABASE_URL an empty database. The backup is read to its end and checked before anything
is written, and the record is verified afterwards. The node must not be running.

From a mirror (the folder that HOLDFAST_MIRROR named) a node whose first disk died comes back as itself: with its record,
its keys and its parent. What is damaged there is named and left out.

  --key FILE   the private key of a backup that is encrypted for one (or HOLDFAST_BACKUP_KEY_FILE). A passphrase is asked
               for, read from standard input, or from the file that HOLDFAST_BACKUP_PASSPHRASE_FILE names`,
  run: async (args, { parts, settings: read }) => {
    const given = readOptions(args, { key: 'text' }, 1, 1, 'restore');
    const settings = read();
    const source = resolve(given.files[0] ?? '');
    if (!existsSync(source)) throw new Trouble(`There is no ${source}.`);
    const startedAt = performance.now();
    const line = progressLine();
    if (statSync(source).isDirectory()) {
      const log = await mirrorLogIn(source);
      if (log !== undefined) return restoreMirror({ parts, settings, folder: source, log, startedAt });
      if (settings.databaseUrl !== undefined) {
        throw new Trouble('A physical backup is of the embedded database; restore it without HOLDFAST_DATABASE_URL.');
      }
      await restorePhysicalBackup(source, settings.data, (done) =>
        line.show(`${grouped(Math.round(done / 1_000_000))} MB`),
      );
      line.clear();
      return withStore(parts, settings, 'restore', (store) => verified(store, startedAt));
    }
    const opened = await openBackup(source, backupHolder(given.text('key'), backupKeySettings(process.env)));
    // Once through, to know that it is whole, before the first commit is written.
    const summary = await readBackup(source, parts.digest, async () => undefined, opened);
    return withStore(parts, settings, 'restore', async (store) => {
      if ((await store.feed(0, 1)).length > 0) {
        throw new Trouble('This record is not empty. Restore into a new folder (HOLDFAST_DATA) or an empty database.');
      }
      let done = 0;
      const take = async (commits: readonly ArrivedCommit[]): Promise<void> => {
        await store.acceptCommits(commits);
        done += commits.length;
        line.show(`${grouped(done)} of ${grouped(summary.commits)} commits`);
      };
      await readBackup(source, parts.digest, take, opened);
      line.clear();
      return verified(store, startedAt, summary);
    });
  },
};

async function verified(
  store: RestorableStore,
  startedAt: number,
  expected?: { readonly commits: number; readonly revisions: number },
): Promise<number> {
  const line = progressLine();
  const report = await store.verify((done, of) => line.show(`checking: ${grouped(done)} of ${grouped(of)}`));
  line.clear();
  const whole =
    report.findings.length === 0 &&
    (expected === undefined || (report.commits === expected.commits && report.revisions === expected.revisions));
  if (!whole) {
    note(
      `The restored record is not whole: ${report.findings.length} findings, ${report.commits} commits, ${report.revisions} revisions. See \`holdfast verify\`.`,
    );
    return 1;
  }
  say(
    `${grouped(report.commits)} commits, ${grouped(report.revisions)} revisions, ${grouped(report.resources)} resources restored and verified in ${seconds(performance.now() - startedAt)}.`,
  );
  return 0;
}
