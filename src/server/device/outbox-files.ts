// The log of a device on its disk: files of sealed entries, one more for every opening.
//
//   DV8   What `append` answered is there after `kill -9` and after the power fails: written, then fdatasync, then answered.
//   DV9   A torn end is cut off at the next opening; what is spoiled elsewhere costs itself alone, is counted and is set aside, never
//         silently dropped.
//   DV10  Everything is encrypted; no nonce is used twice.
//   DV11  Writing the log anew replaces it whole or not at all, at whatever point the process dies.
import {
  closeSync,
  copyFileSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LogEntry, OutboxLog } from '../../core/sync/memory-sync-log.ts';
import { decodeHead, encodeHead, HEAD_BYTES, newHead, openEntries, Sealer, type FileHead } from './sealed-file.ts';

const datasync = promisify(fdatasync);
const NAME = /^outbox-(\d{8})\.log$/;
const CHUNK_BYTES = 1024 * 1024;

export interface OutboxFiles extends OutboxLog {
  /** What was there at the opening, in order. */
  readonly entries: readonly LogEntry[];
  /** Parts that could not be read at the opening; their files are kept beside as `.spoiled`. */
  readonly spoiled: number;
  /** Of all files, and of what the last snapshot took. */
  sizes(): { readonly bytes: number; readonly snapshotBytes: number; readonly files: number };
  close(): void;
}

interface OpenFile {
  readonly path: string;
  readonly file: number;
  readonly sealer: Sealer;
  bytes: number;
  place: number;
}

/** `deviceKey`: 32 bytes. The folder must be this process's alone. */
export function openOutboxFiles(folder: string, deviceKey: Uint8Array): OutboxFiles {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const read = readAll(folder, deviceKey);
  let older = read.files;
  let number = read.last;
  let open: OpenFile | undefined;
  let snapshotBytes = read.snapshotBytes;
  let olderBytes = read.bytes;

  const create = (kind: FileHead['kind'], path: (number: number) => string): OpenFile => {
    number += 1;
    const head = newHead(kind, number);
    const made = { path: path(number), sealer: new Sealer(head, deviceKey), place: 0 };
    rmSync(made.path, { force: true });
    const file = openSync(made.path, 'ax', 0o600);
    writeAll(file, encodeHead(head));
    return { ...made, file, bytes: HEAD_BYTES };
  };
  const pathOf = (of: number): string => join(folder, `outbox-${String(of).padStart(8, '0')}.log`);

  return {
    entries: read.entries,
    spoiled: read.spoiled,
    append: async (entries) => {
      if (open === undefined) {
        const made = create('log', pathOf);
        syncFolder(folder);
        open = made;
      }
      const { sealer, file } = open;
      const sealed = entries.map((entry, i) => sealer.seal(JSON.stringify(entry), (open?.place ?? 0) + i));
      const bytes = Buffer.concat(sealed);
      try {
        writeAll(file, bytes);
        await datasync(file);
      } catch (error) {
        // What may have got there was not acknowledged: it must not stand before what comes next.
        open = cutBack(open) ? open : undefined;
        throw error;
      }
      open.bytes += bytes.length;
      open.place += entries.length;
    },
    replace: async (entries) => {
      const made = create('snapshot', (of) => `${pathOf(of)}.new`);
      const path = pathOf(number);
      try {
        let chunk: Buffer[] = [];
        let size = 0;
        const flush = (): void => {
          writeAll(made.file, Buffer.concat(chunk));
          made.bytes += size;
          [chunk, size] = [[], 0];
        };
        for (const entry of entries) {
          const sealed = made.sealer.seal(JSON.stringify(judgedAgain(entry)), made.place++);
          chunk.push(sealed);
          size += sealed.length;
          if (size >= CHUNK_BYTES) flush();
        }
        flush();
        fsyncSync(made.file);
        renameSync(made.path, path);
        syncFolder(folder);
      } catch (error) {
        closeSync(made.file);
        rmSync(made.path, { force: true });
        throw error;
      }
      // From here on it stands for everything before; what is left of that is taken away at the latest by the next opening.
      if (open !== undefined) closeSync(open.file);
      const gone = open === undefined ? older : [...older, open.path];
      open = { ...made, path };
      [older, olderBytes, snapshotBytes] = [[], 0, made.bytes];
      for (const file of gone) rmSync(file, { force: true });
    },
    sizes: () => ({
      bytes: olderBytes + (open?.bytes ?? 0),
      snapshotBytes,
      files: older.length + (open === undefined ? 0 : 1),
    }),
    close: () => {
      if (open !== undefined) closeSync(open.file);
      open = undefined;
    },
  };
}

/** Files are read whole at every opening, by whatever version: each revision is judged then. */
function judgedAgain(entry: LogEntry): LogEntry {
  if (entry.put !== 'commit') return entry;
  const { plain: _plain, ...rest } = entry;
  return rest;
}

function cutBack({ file, bytes }: OpenFile): boolean {
  try {
    ftruncateSync(file, bytes);
    return true;
  } catch {
    closeSync(file);
    return false;
  }
}

interface ReadAll {
  readonly entries: readonly LogEntry[];
  readonly spoiled: number;
  readonly files: readonly string[];
  readonly last: number;
  readonly bytes: number;
  readonly snapshotBytes: number;
}

function readAll(folder: string, deviceKey: Uint8Array): ReadAll {
  const names = readdirSync(folder);
  for (const name of names) if (name.endsWith('.log.new')) rmSync(join(folder, name), { force: true });
  const all = names
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const bytes = readFileSync(path);
      return { path, bytes, head: decodeHead(bytes), number: Number(NAME.exec(name)?.[1]) };
    });
  const last = Math.max(0, ...all.map(({ number }) => number));
  const from = Math.max(
    0,
    all.findLastIndex(({ head }) => head?.kind === 'snapshot'),
  );
  for (const { path } of all.slice(0, from)) rmSync(path, { force: true });
  const entries: LogEntry[] = [];
  const files: string[] = [];
  let spoiled = 0;
  let size = 0;
  let snapshotBytes = 0;
  for (const { path, bytes, head } of all.slice(from)) {
    if (head === undefined) {
      // Made, and never written: the process ended between the two. Anything else is kept.
      if (bytes.length >= HEAD_BYTES) {
        spoiled += 1;
        renameSync(path, `${path}.spoiled`);
      } else rmSync(path, { force: true });
      continue;
    }
    const opened = openEntries(bytes, head, deviceKey);
    if (opened.spoiled > 0) {
      spoiled += opened.spoiled;
      copyFileSync(path, `${path}.spoiled`);
    }
    if (opened.wholeBytes < bytes.length) truncateSync(path, opened.wholeBytes);
    for (const text of opened.texts) entries.push(JSON.parse(text) as LogEntry);
    files.push(path);
    size += opened.wholeBytes;
    if (head.kind === 'snapshot') snapshotBytes = opened.wholeBytes;
  }
  return { entries, spoiled, files, last, bytes: size, snapshotBytes };
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
function syncFolder(folder: string): void {
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
