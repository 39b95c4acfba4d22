// `holdfast backup`: the whole record into one file (any PostgreSQL), or a copy of the embedded database.
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Trouble } from '../storage/embedded/trouble.ts';
import { takePhysicalBackup } from '../storage/embedded/physical-backup.ts';
import { writeBackup } from './backup-file.ts';
import type { Command } from './command.ts';
import { readOptions } from './options.ts';
import { withStore } from './run-node.ts';
import { grouped, progressLine, say, seconds } from './terminal.ts';

export const backupCommand: Command = {
  name: 'backup',
  summary: 'Saves the whole record, checked, while the node serves.',
  help: `holdfast backup FILE|FOLDER [--physical]

Writes every commit of the record, as it is, into FILE (or a file named by the time in FOLDER): compressed NDJSON with a
digest. It is one moment of the record, may be taken while the node serves, checks every hash on the way, and can be
restored into any later version and any PostgreSQL.

  --physical   a copy of the embedded database into FOLDER (new or empty), with a manifest of checksums: larger and
               faster to restore, for the same major version of PostgreSQL only`,
  run: async (args, { parts, settings: read }) => {
    const given = readOptions(args, { physical: 'flag' }, 1, 1, 'backup');
    const settings = read();
    const target = resolve(given.files[0] ?? '');
    const startedAt = performance.now();
    if (given.flag('physical')) {
      if (settings.databaseUrl !== undefined) {
        throw new Trouble(
          'A database of your own is copied by its own tools (pg_basebackup); without --physical, holdfast backup works.',
        );
      }
      return withStore(parts, settings, 'backup', async (_store, url) => {
        const { bytes } = await takePhysicalBackup(url, target);
        say(`${grouped(Math.round(bytes / 1_000_000))} MB in ${seconds(performance.now() - startedAt)}, in ${target}.`);
        return 0;
      });
    }
    const now = Date.now();
    const stamp = new Date(now).toISOString().replaceAll(':', '').slice(0, 17);
    const file =
      existsSync(target) && statSync(target).isDirectory() ? join(target, `holdfast-${stamp}Z.ndjson.gz`) : target;
    return withStore(parts, settings, 'backup', async (store) => {
      const line = progressLine();
      const { commits, revisions } = await writeBackup(
        file,
        (after, limit) => store.feed(after, limit),
        { digest: parts.digest, version: parts.version, now },
        (done) => line.show(`${grouped(done)} commits`),
      );
      line.clear();
      say(
        `${grouped(commits)} commits with ${grouped(revisions)} revisions, ${grouped(Math.ceil(statSync(file).size / 1_000))} kB in ${seconds(performance.now() - startedAt)}, in ${file}.`,
      );
      return 0;
    });
  },
};
