// A physical copy of the embedded database, made by PostgreSQL itself while it serves, and its way back.
//
//   1. The copy is PostgreSQL's BASE_BACKUP with its log, so that it comes to one consistent moment; the manifest holds a
//      checksum of every file.
//   2. Restoring checks every file against the manifest, and writes only into a folder that has no database.
//   3. The restored folder appears under its name only when it is whole.
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { EMBEDDED_MAJOR } from './find-binaries.ts';
import { removeFolder } from './run-as.ts';
import { readTar } from './read-tar.ts';
import { errorCode, folderTrouble, Trouble } from './trouble.ts';

/** Makes the copy in `folder`, which must be new or empty. `url` is that of the running database. */
export async function takePhysicalBackup(url: string, folder: string): Promise<{ readonly bytes: number }> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (readdirSync(folder).length > 0) throw new Trouble(`${folder} is not empty; a backup never replaces another.`);
  } catch (error) {
    throw folderTrouble(folder, error);
  }
  // The driver hands what it does not know on to the server: this makes the session one of replication.
  const settings: ConstructorParameters<typeof Client>[0] & { readonly replication: string } = {
    connectionString: url,
    replication: 'true',
  };
  const client = new Client(settings);
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(
      `BASE_BACKUP (TARGET 'server', TARGET_DETAIL '${folder.replaceAll("'", "''")}', WAL true, CHECKPOINT 'fast', MANIFEST 'yes', MANIFEST_CHECKSUMS 'SHA256', LABEL 'holdfast')`,
    );
  } catch (error) {
    removeFolder(folder);
    const code = errorCode(error);
    if (code === '53100')
      throw new Trouble(`The disk is full: ${folder} cannot grow. Free some space and start again.`);
    throw new Trouble(`PostgreSQL could not write the backup into ${folder} (${code ?? 'unknown'}).`, { cause: error });
  } finally {
    await client.end();
  }
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  return { bytes };
}

/** Unpacks a copy into `data`/postgres, checked file by file. */
export async function restorePhysicalBackup(
  source: string,
  data: string,
  progress: (bytes: number) => void,
): Promise<void> {
  const pgdata = join(data, 'postgres');
  if (existsSync(pgdata))
    throw new Trouble(`${data} holds a database already. Restore into a new folder (HOLDFAST_DATA).`);
  const manifest = readManifest(source);
  const half = join(data, 'postgres.new');
  try {
    removeFolder(half);
    mkdirSync(half, { recursive: true, mode: 0o700 });
    let bytes = 0;
    const unchecked = new Map(manifest);
    for await (const entry of readTar(join(source, 'base.tar'))) {
      const path = join(half, entry.name);
      if (!path.startsWith(`${half}/`) && path !== `${half}/` && path !== half)
        throw damaged(source, 'it names a file outside');
      if (entry.kind === 'folder') {
        mkdirSync(path, { recursive: true, mode: 0o700 });
        continue;
      }
      const sum = createHash('sha256');
      writeFileSync(path, '', { mode: 0o600 });
      for await (const chunk of entry.content()) {
        sum.update(chunk);
        writeFileSync(path, chunk, { flag: 'a' });
        bytes += chunk.length;
        progress(bytes);
      }
      const expected = unchecked.get(entry.name);
      if (expected !== undefined && expected !== sum.digest('hex')) throw damaged(source, `${entry.name} was changed`);
      unchecked.delete(entry.name);
    }
    const [missing] = unchecked.keys();
    if (missing !== undefined) throw damaged(source, `${missing} is missing`);
    const major = readFileSync(join(half, 'PG_VERSION'), 'utf8').trim();
    if (major !== String(EMBEDDED_MAJOR)) {
      throw new Trouble(
        `${source} is a copy of PostgreSQL ${major}; this Holdfast carries ${EMBEDDED_MAJOR}. Restore it with the Holdfast that made it.`,
      );
    }
    renameSync(half, pgdata);
  } catch (error) {
    if (existsSync(half) && lstatSync(half).isDirectory()) removeFolder(half);
    throw error instanceof Trouble ? error : folderTrouble(data, error);
  }
}

const damaged = (source: string, what: string): Trouble =>
  new Trouble(`${source} is no whole backup: ${what}. Nothing was restored.`);

/** Checksums by file. The manifest ends with a checksum of itself. */
function readManifest(source: string): ReadonlyMap<string, string> {
  let text: string;
  try {
    text = readFileSync(join(source, 'backup_manifest'), 'utf8');
  } catch (error) {
    throw new Trouble(`${source} is no whole backup: it has no backup_manifest.`, { cause: error });
  }
  const at = text.lastIndexOf('"Manifest-Checksum"');
  const manifest: { readonly Files?: readonly ManifestFile[]; readonly 'Manifest-Checksum'?: string } = parsed(
    text,
    source,
  );
  const own = createHash('sha256').update(text.slice(0, at)).digest('hex');
  if (at < 0 || manifest['Manifest-Checksum'] !== own) throw damaged(source, 'its manifest was changed');
  const sums = new Map<string, string>();
  for (const file of manifest.Files ?? []) {
    const path = file.Path ?? Buffer.from(file['Encoded-Path'] ?? '', 'hex').toString();
    sums.set(path, file.Checksum ?? '');
  }
  return sums;
}

interface ManifestFile {
  readonly Path?: string;
  readonly 'Encoded-Path'?: string;
  readonly Checksum?: string;
}

function parsed<T>(text: string, source: string): T {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(source, 'its manifest is not readable');
  }
}
