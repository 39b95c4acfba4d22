// `holdfast backup`: the whole record into one file (any PostgreSQL), or a copy of the embedded database.
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Trouble } from '../storage/embedded/trouble.ts';
import { takePhysicalBackup } from '../storage/embedded/physical-backup.ts';
import { terminalEntry } from './at-terminal.ts';
import { writeBackup } from './backup-file.ts';
import { sealHead } from './backup-header.ts';
import { backupFor, backupKeySettings, writeNewKey } from './backup-keys.ts';
import type { Command } from './command.ts';
import { readOptions } from './options.ts';
import type { Parts } from './parts.ts';
import { servicesOf, withStore } from './run-node.ts';
import type { Settings } from './settings.ts';
import { grouped, note, progressLine, say, seconds } from './terminal.ts';

const NOT_ENCRYPTED =
  'This backup is not encrypted: whoever has the file can read every record in it. See --encrypt and --to in `holdfast backup --help`.';

export const backupCommand: Command = {
  name: 'backup',
  summary: 'Saves the whole record, checked, while the node serves.',
  help: `holdfast backup FILE|FOLDER [--encrypt] [--to KEYFILE] [--plain] [--physical] [--kept-elsewhere]
holdfast backup --new-key FILE

Writes every commit of the record, as it is, into FILE (or a file named by the time in FOLDER): compressed NDJSON with a
digest. It is one moment of the record, may be taken while the node serves, checks every hash on the way, and can be
restored into any later version and any PostgreSQL. The audit says that it was made, where to, and by whom.

  --encrypt    for a passphrase: asked for, read from standard input, or from the file that
               HOLDFAST_BACKUP_PASSPHRASE_FILE names
  --to FILE    for the holder of a private key; FILE holds the public one (or several). HOLDFAST_BACKUP_KEY_FILE names
               such a file for every backup: this node can then write backups that it cannot read
  --plain      not encrypted, whatever is configured
  --kept-elsewhere
               the backup is, or goes at once, to another building, and stays there: what it holds counts as safe for
               good (D3), and devices may drop it. Only at a node that has no parent
  --new-key    makes a pair: FILE, the private key, to be kept away from the server, and FILE.pub
  --physical   a copy of the embedded database into FOLDER (new or empty), with a manifest of checksums: larger and
               faster to restore, for the same major version of PostgreSQL only; never encrypted`,
  run: async (args, { parts, settings: read }) => {
    const kinds = {
      physical: 'flag',
      encrypt: 'flag',
      plain: 'flag',
      to: 'text',
      'new-key': 'text',
      'kept-elsewhere': 'flag',
    } as const;
    const makesKey = args.some((word) => word.startsWith('--new-key'));
    const given = readOptions(args, kinds, makesKey ? 0 : 1, makesKey ? 0 : 1, 'backup');
    const keyFile = given.text('new-key');
    if (keyFile !== undefined) {
      writeNewKey(resolve(keyFile));
      say(
        `The private key is in ${keyFile}: keep it, and a copy, away from the server; without it no backup made for it can be read. HOLDFAST_BACKUP_KEY_FILE=${keyFile}.pub makes every backup for it.`,
      );
      return 0;
    }
    const settings = read();
    const target = resolve(given.files[0] ?? '');
    const startedAt = performance.now();
    const keys = backupKeySettings(process.env);
    const plain = given.flag('plain');
    const elsewhere = given.flag('kept-elsewhere');
    if (elsewhere && existsSync(join(settings.data, 'parent.json')))
      throw new Trouble(
        'This node has a parent: what counts as safe for good is decided by the backup of the region. Leave --kept-elsewhere out.',
        { exitCode: 2 },
      );
    if (given.flag('physical')) {
      const configured = keys.keyFile !== undefined || keys.passphraseFile !== undefined;
      if (given.flag('encrypt') || given.text('to') !== undefined || (configured && !plain)) {
        throw new Trouble(
          'A copy of the database (--physical) cannot be encrypted. Say --plain, and keep it on an encrypted disk; or leave --physical out.',
          { exitCode: 2 },
        );
      }
      if (settings.databaseUrl !== undefined) {
        throw new Trouble(
          'A database of your own is copied by its own tools (pg_basebackup); without --physical, holdfast backup works.',
        );
      }
      return withStore(parts, settings, 'backup', async (store, url) => {
        const covered = elsewhere ? await store.sync.heldMarks() : [];
        await tellBackup(parts, settings, url, `copy of the database, not encrypted, into ${target}`);
        const { bytes } = await takePhysicalBackup(url, target);
        if (elsewhere) await store.sync.learn(covered, []);
        say(`${grouped(Math.round(bytes / 1_000_000))} MB in ${seconds(performance.now() - startedAt)}, in ${target}.`);
        return 0;
      });
    }
    const whom = await backupFor({ encrypt: given.flag('encrypt'), plain, to: given.text('to') }, keys);
    const sealed = whom === undefined ? undefined : await sealHead(whom);
    const now = Date.now();
    const stamp = new Date(now).toISOString().replaceAll(':', '').slice(0, 17);
    const file =
      existsSync(target) && statSync(target).isDirectory()
        ? join(target, `holdfast-${stamp}Z.ndjson.gz${sealed === undefined ? '' : '.encrypted'}`)
        : target;
    return withStore(parts, settings, 'backup', async (store, url) => {
      // Before the first commit is read: everything up to here is in the file.
      const covered = elsewhere ? await store.sync.heldMarks() : [];
      const how = sealed === undefined ? 'not encrypted' : 'encrypted';
      await tellBackup(parts, settings, url, `backup, ${how}, into ${file}`);
      const line = progressLine();
      const { commits, revisions } = await writeBackup(
        file,
        (after, limit) => store.feed(after, limit),
        { digest: parts.digest, version: parts.version, now },
        (done) => line.show(`${grouped(done)} commits`),
        sealed,
      );
      line.clear();
      if (elsewhere) await store.sync.learn(covered, []);
      if (sealed === undefined) note(NOT_ENCRYPTED);
      say(
        `${grouped(commits)} commits with ${grouped(revisions)} revisions, ${grouped(Math.ceil(statSync(file).size / 1_000))} kB in ${seconds(performance.now() - startedAt)}, in ${file}.`,
      );
      return 0;
    });
  },
};

/** The audit first: the whole record leaves with it. */
const tellBackup = (parts: Parts, settings: Settings, databaseUrl: string, detail: string): Promise<void> =>
  parts.withServices(servicesOf(settings, databaseUrl), ({ audit }) =>
    audit.record(terminalEntry(Date.now(), 'export', detail)),
  );
