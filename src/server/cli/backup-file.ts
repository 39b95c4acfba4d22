// The backup file: every commit of the record as it is, in order of arrival, in gzip-compressed NDJSON. It outlives the
// version of PostgreSQL, and of Holdfast, that it was written by.
//
//   line 1      {"holdfast":"backup","format":1,"version":…,"takenAt":…}
//   a commit    {"a":arrival,"o":origin,"s":seq,"h":hash,"p":prev,"c":header,"r":[{"h":hash,"c":header,"t":text}…],"g":signature}
//   last line   {"end":true,"commits":…,"revisions":…,"sha256":…}     the digest of all lines before it
//
//   1. The lines are what one look at the record had: one moment of it.
//   2. A file without its last line, or with another digest, is no backup.
//   3. Hashes and chains are checked when it is written, when it is looked at, and before anything is restored.
//   4. It may be encrypted as a whole (`backup-header.ts`, `backup-chunks.ts`): specs/secrets.md.
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  closeSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { createInterface } from 'node:readline';
import { createGunzip, createGzip } from 'node:zlib';
import { dirname } from 'node:path';
import { unreachable } from '../../core/base/assert.ts';
import type { Digest, Instant } from '../../core/base/ports.ts';
import { bodyHashOf, commitHash, decodeCommit, revisionHash } from '../../core/record/envelope.ts';
import type { ArrivedCommit } from '../../core/record/store.ts';
import { errorCode, folderTrouble, Trouble } from '../storage/embedded/trouble.ts';
import { ChunksBroken, openChunks, sealChunks } from './backup-chunks.ts';
import { HEAD_BYTES_MAX, isEncrypted, openHead, type BackupHolder, type SealedHead } from './backup-header.ts';

const FORMAT = 1;
const BATCH = 200;
/** A batch is given on sooner when its bodies are large. */
const BATCH_CHARS_MAX = 16_000_000;

export interface BackupSummary {
  readonly commits: number;
  readonly revisions: number;
  readonly takenAt: Instant;
}
type Feed = (after: number, limit: number) => Promise<readonly ArrivedCommit[]>;

/** Writes a backup of what had arrived by `now`. The file appears under its name only when it is whole and on the disk. */
export async function writeBackup(
  file: string,
  feed: Feed,
  context: { readonly digest: Digest; readonly version: string; readonly now: Instant },
  progress: (commits: number) => void,
  sealed?: SealedHead,
): Promise<BackupSummary> {
  if (existsSync(file)) throw new Trouble(`${file} is there already; a backup never replaces another.`);
  const half = `${file}.partial`;
  const target = createWriteStream(half, { mode: 0o600 });
  const gzip = createGzip({ level: 5 });
  if (sealed === undefined) gzip.pipe(target);
  else {
    target.write(sealed.head);
    const sealing = sealChunks(sealed.key);
    sealing.once('error', (error) => target.destroy(error));
    gzip.pipe(sealing).pipe(target);
  }
  // An error of the file must end the work, not the process.
  let broken: Error | undefined;
  target.once('error', (error) => {
    broken = error;
    gzip.destroy(error);
  });
  gzip.once('error', (error) => (broken ??= error));
  const closed = new Promise<void>((resolve) => gzip.once('close', () => resolve()));
  const sum = createHash('sha256');
  const write = async (value: object): Promise<void> => {
    const line = `${JSON.stringify(value)}\n`;
    sum.update(line);
    if (broken !== undefined) throw broken;
    if (!gzip.write(line)) await Promise.race([once(gzip, 'drain'), closed]);
  };
  try {
    const check = chainCheck(context.digest);
    await write({ holdfast: 'backup', format: FORMAT, version: context.version, takenAt: context.now });
    let after = 0;
    let commits = 0;
    let revisions = 0;
    for (let more = true, limit = BATCH; more;) {
      const page = await feed(after, limit);
      // A short page ends at the last commit of one look at the record: a moment. In the middle of a full one there may be
      // commits that were made before others and are numbered after them.
      more = page.length === limit;
      // A node that is written to as fast as we read is caught up with by larger looks.
      if (page.some((commit) => receivedAt(commit) > context.now)) limit = BATCH * 10;
      for (const commit of page) {
        const fault = check(commit);
        if (fault !== undefined) throw new Trouble(`The record is damaged: ${fault}. Run \`holdfast verify\`.`);
        await write(lineOf(commit));
        after = commit.arrival;
        commits += 1;
        revisions += commit.revisions.length;
      }
      progress(commits);
    }
    gzip.end(`${JSON.stringify({ end: true, commits, revisions, sha256: sum.digest('hex') })}\n`);
    await finished(target);
    syncToDisk(half);
    renameSync(half, file);
    syncToDisk(dirname(file));
    return { commits, revisions, takenAt: context.now };
  } catch (error) {
    rmSync(half, { force: true });
    throw folderTrouble(dirname(file), error);
  }
}

const damagedBackup = (file: string, what: string): Trouble =>
  new Trouble(`${file} is no whole backup: ${what}. Nothing was restored.`);

/** Where the content of a backup begins, and the key of it where it is encrypted. */
export interface OpenedBackup {
  readonly begin: number;
  readonly key?: Buffer;
}

/** Finds the key of an encrypted backup; one that is not encrypted needs none. Throws `Trouble`; reads the head alone. */
export async function openBackup(file: string, holder: BackupHolder): Promise<OpenedBackup> {
  const begin = beginOf(file);
  if (!isEncrypted(begin)) return { begin: 0 };
  const opened = await openHead(begin, holder);
  if (opened.ok) return { begin: opened.bytes, key: opened.key };
  const { refusal } = opened;
  switch (refusal.kind) {
    case 'damaged':
      throw damagedBackup(file, 'its head is damaged');
    case 'newer':
      throw new Trouble(
        `${file} is encrypted by a newer Holdfast (format ${refusal.format}); restore it with that one.`,
      );
    case 'no-key':
      throw new Trouble(
        `${file} is encrypted for the holder of a private key. Give it with --key. Nothing was restored.`,
      );
    case 'wrong-key':
      throw new Trouble(`${file} is encrypted for another key than the one given. Nothing was restored.`);
    case 'wrong-passphrase':
      throw new Trouble(`This is not the passphrase of ${file}. The file is as it was written. Nothing was restored.`);
    default:
      return unreachable(refusal);
  }
}

function beginOf(file: string): Buffer {
  try {
    const opened = openSync(file, 'r');
    try {
      const begin = Buffer.alloc(HEAD_BYTES_MAX);
      return begin.subarray(0, readSync(opened, begin, 0, HEAD_BYTES_MAX, 0));
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new Trouble(`There is no file ${file}.`);
    throw error;
  }
}

/**
 * Reads a backup to its end and checks it whole; hands its commits on in batches, where `take` is given. Throws `Trouble`.
 * `opened` comes from `openBackup`; absent: it is not encrypted.
 */
export async function readBackup(
  file: string,
  digest: Digest,
  take: (commits: readonly ArrivedCommit[]) => Promise<void>,
  opened: OpenedBackup = { begin: 0 },
): Promise<BackupSummary> {
  const damaged = (what: string): Trouble => damagedBackup(file, what);
  const raw = createReadStream(file, { start: opened.begin });
  const unzipped = createGunzip();
  raw.once('error', (error) => unzipped.destroy(error));
  if (opened.key === undefined) raw.pipe(unzipped);
  else {
    const opening = openChunks(opened.key);
    opening.once('error', (error) => unzipped.destroy(error));
    raw.pipe(opening).pipe(unzipped);
  }
  const lines = createInterface({ input: unzipped, crlfDelay: Infinity });
  let failure: unknown;
  unzipped.once('error', (error) => {
    failure = error;
    lines.close();
  });
  const sum = createHash('sha256');
  const check = chainCheck(digest);
  let batch: ArrivedCommit[] = [];
  let chars = 0;
  let takenAt: Instant | undefined;
  let commits = 0;
  let revisions = 0;
  let trailer: Line | undefined;
  try {
    for await (const text of lines) {
      if (trailer !== undefined) throw damaged('it goes on after its end');
      const line = lineIn(text);
      if (line === undefined) throw damaged(`line ${commits + 2} is not readable`);
      if (takenAt === undefined) {
        if (line['holdfast'] !== 'backup' || typeof line['takenAt'] !== 'number')
          throw damaged('it does not begin as one');
        if (line['format'] !== FORMAT) {
          throw new Trouble(`${file} is of a newer Holdfast (${String(line['version'])}); restore it with that one.`);
        }
        takenAt = line['takenAt'];
      } else if (line['end'] === true) {
        trailer = line;
        continue;
      } else {
        const commit = commitIn(line);
        const fault = commit === undefined ? 'a commit is not readable' : check(commit);
        if (commit === undefined || fault !== undefined) throw damaged(fault ?? 'a commit is not readable');
        commits += 1;
        revisions += commit.revisions.length;
        batch.push(commit);
        chars += text.length;
        if (batch.length >= BATCH || chars >= BATCH_CHARS_MAX) {
          await take(batch);
          batch = [];
          chars = 0;
        }
      }
      sum.update(`${text}\n`);
    }
  } catch (error) {
    if (error instanceof Trouble) throw error;
    failure ??= error;
  }
  if (failure !== undefined) {
    const code = errorCode(failure) ?? '';
    if (failure instanceof ChunksBroken) throw damaged('it is cut short or changed');
    if (code.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE') throw damaged('it is cut short or changed');
    if (code === 'ENOENT') throw new Trouble(`There is no file ${file}.`);
    throw failure;
  }
  if (takenAt === undefined || trailer === undefined) throw damaged('it is cut short');
  if (trailer['commits'] !== commits || trailer['revisions'] !== revisions || trailer['sha256'] !== sum.digest('hex')) {
    throw damaged('its content is not what its last line says');
  }
  if (batch.length > 0) await take(batch);
  return { commits, revisions, takenAt };
}

/**
 * Says what does not hold of a commit, seen in order of arrival; undefined when all holds. Of what other nodes wrote a part may be here,
 * a commit before may not, and there may be a second history; of a later version the header is not read.
 */
export function chainCheck(digest: Digest): (commit: ArrivedCommit) => string | undefined {
  const tips = new Map<string, { readonly seq: number; readonly hash: string }>();
  let arrival = 0;
  return (commit) => {
    const where = `commit ${commit.seq} of ${commit.origin}`;
    const tip = tips.get(commit.origin) ?? { seq: 0, hash: '' };
    const header = decodeCommit(commit.header);
    if (!header.ok && header.error.kind === 'malformed') return `${where} has a header that cannot be read`;
    if (commit.arrival !== arrival + 1) return `something before ${where} is left out`;
    if (commitHash(digest, commit.header) !== commit.hash) return `${where} does not have the hash that names it`;
    if (header.ok && (header.value.origin !== commit.origin || header.value.seq !== commit.seq))
      return `${where} is named otherwise in its header`;
    if (header.ok && commit.seq === tip.seq + 1 && header.value.prev !== tip.hash)
      return `${where} does not follow the one before`;
    const entries = header.ok ? new Set(header.value.entries) : undefined;
    for (const [at, revision] of commit.revisions.entries()) {
      const hash = revisionHash(digest, revision.header, bodyHashOf(digest, revision.text));
      // Each entry once: what is told twice is not what was written.
      if (hash !== revision.hash || entries?.delete(hash) === false)
        return `revision ${at + 1} of ${where} is not what was written`;
    }
    arrival = commit.arrival;
    if (commit.seq > tip.seq) tips.set(commit.origin, { seq: commit.seq, hash: commit.hash });
    return undefined;
  };
}

function receivedAt(commit: ArrivedCommit): Instant {
  const header = decodeCommit(commit.header);
  return header.ok ? header.value.receivedAt : 0;
}

const lineOf = (commit: ArrivedCommit): object => ({
  a: commit.arrival,
  o: commit.origin,
  s: commit.seq,
  h: commit.hash,
  p: commit.prev,
  c: commit.header,
  r: commit.revisions.map(({ hash, header, text }) => ({ h: hash, c: header, t: text })),
  g: commit.signature,
});

type Line = Readonly<Record<string, unknown>>;
const isLine = (value: unknown): value is Line => typeof value === 'object' && value !== null && !Array.isArray(value);

function lineIn(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isLine(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function commitIn(line: Line): ArrivedCommit | undefined {
  const { a, o, s, h, p, c, r, g } = line;
  if (typeof a !== 'number' || typeof o !== 'string' || typeof s !== 'number' || typeof h !== 'string')
    return undefined;
  if (typeof p !== 'string' || typeof c !== 'string' || !Array.isArray(r)) return undefined;
  const revisions: { hash: string; header: string; text: string | undefined }[] = [];
  for (const one of r) {
    if (!isLine(one) || typeof one['h'] !== 'string' || typeof one['c'] !== 'string') return undefined;
    const text = one['t'];
    if (text !== undefined && typeof text !== 'string') return undefined;
    revisions.push({ hash: one['h'], header: one['c'], text });
  }
  return {
    arrival: a,
    origin: o,
    seq: s,
    hash: h,
    prev: p,
    header: c,
    revisions,
    ...(typeof g === 'string' ? { signature: g } : {}),
  };
}

function syncToDisk(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
