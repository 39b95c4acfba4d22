// A log of the mirror on its disk: files of lines that only grow, the last of which is written.
//
//   <folder>/holdfast-<log>/000000000001.log      from the arrival in its name
//   <folder>/holdfast-<log>/mark.json             what of it is synced (CM2)
//
//   CM2  The mark is written after the sync of what it covers, by rename.
//   CM3  A torn end is cut off when a log is opened for writing; nothing else is ever cut or changed.
//   CM5  Nothing here waits for the disk in the event loop's time: a disk that hangs would stop the node.
import { mkdir, open, readdir, readFile, rename, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest, Hash, Instant } from '../../core/base/ports.ts';
import type { ArrivedCommit } from '../../core/record/store.ts';
import { decodeHeading, decodeLine, encodeHeading, encodeLine, isLogName, type Heading } from './mirror-lines.ts';

/** A file ends when it has as many bytes. */
export const FILE_BYTES_MAX = 64_000_000;
const NAME = /^(\d{12})\.log$/;
const PREFIX = 'holdfast-';

/** What of a log is on the disk for sure. */
export interface MirrorMark {
  readonly install: string;
  readonly log: string;
  /** All commits up to this arrival, which is that of `hash`; 0 and '' where there is none yet. */
  readonly arrival: number;
  readonly hash: Hash | '';
  readonly at: Instant;
}

/** The folders of logs, the one that was marked last at the end. Those without a mark come first. [] where there is no such folder. */
export async function logsIn(
  folder: string,
): Promise<readonly { readonly path: string; readonly mark: MirrorMark | undefined }[]> {
  const names = (await namesIn(folder)).filter(
    (name) => name.startsWith(PREFIX) && isLogName(name.slice(PREFIX.length)),
  );
  const logs = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), mark: await readMark(join(folder, name)) })),
  );
  return logs.sort((a, b) => (a.mark?.at ?? 0) - (b.mark?.at ?? 0));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
const isAbsent = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

async function readMark(log: string): Promise<MirrorMark | undefined> {
  let value: Partial<MirrorMark>;
  try {
    value = JSON.parse(await readFile(join(log, 'mark.json'), 'utf8')) as Partial<MirrorMark>;
  } catch (error) {
    // Not written yet, or torn by a power cut: nothing is counted on.
    if (isAbsent(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
  const { install, log: name, arrival, hash, at } = value;
  if (typeof install !== 'string' || typeof name !== 'string' || typeof hash !== 'string') return undefined;
  if (!Number.isSafeInteger(arrival) || !Number.isSafeInteger(at)) return undefined;
  return { install, log: name, arrival: Number(arrival), hash, at: Number(at) };
}

/** Files of a log with the arrival from which each goes on, in order. */
async function filesOf(log: string): Promise<readonly { readonly path: string; readonly from: number }[]> {
  return (await readdir(log))
    .flatMap((name) => {
      const from = NAME.exec(name)?.[1];
      return from === undefined ? [] : [{ path: join(log, name), from: Number(from) }];
    })
    .sort((a, b) => a.from - b.from);
}

/** A log that is open for writing. Not safe for two at once (CM4 is the caller's). */
export class LogWriter {
  readonly #path: string;
  readonly #digest: Digest;
  readonly #heading: Omit<Heading, 'from'>;
  #file: FileHandle | undefined;
  #bytes = 0;
  #last: Last;

  private constructor(path: string, digest: Digest, heading: Omit<Heading, 'from'>, last: Last) {
    this.#path = path;
    this.#digest = digest;
    this.#heading = heading;
    this.#last = last;
  }

  /** A log that holds nothing yet. */
  static async begin(folder: string, digest: Digest, install: string, log: string): Promise<LogWriter> {
    const path = join(folder, `${PREFIX}${log}`);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return new LogWriter(path, digest, { install, log }, { arrival: 0, hash: '' });
  }

  /** Goes on with a log: cuts a torn end. Undefined where what it holds cannot be gone on with. */
  static async resume(path: string, digest: Digest, install: string): Promise<LogWriter | undefined> {
    for (const { path: name, from } of (await filesOf(path)).toReversed()) {
      const file = await open(name, 'r+');
      const tail = await readTail(file, digest, install).catch(async (error: unknown) => {
        await file.close();
        throw error;
      });
      // A file of which not even the heading is whole: the one before it has the end.
      if (tail === undefined || tail.log === '') {
        await file.close();
        if (tail === undefined) return undefined;
        continue;
      }
      const last = tail.last ?? { arrival: from - 1, hash: '' };
      const writer = new LogWriter(path, digest, { install, log: tail.log }, last);
      await file.truncate(tail.bytes);
      writer.#file = file;
      writer.#bytes = tail.bytes;
      return writer;
    }
    return undefined;
  }

  get last(): Last {
    return this.#last;
  }

  /** Writes, syncs, marks: when it resolves, all of it is on the disk. Rejects with what the disk says; then close it. */
  async write(commits: readonly ArrivedCommit[], at: Instant, fileBytesMax = FILE_BYTES_MAX): Promise<void> {
    const end = commits.at(-1);
    if (end === undefined) return;
    if (this.#file !== undefined && this.#bytes >= fileBytesMax) await this.close();
    const file = this.#file ?? (await this.#open(commits[0]?.arrival ?? 0));
    const bytes = Buffer.from(commits.map((commit) => `${encodeLine(this.#digest, commit)}\n`).join(''));
    await writeAt(file, bytes, this.#bytes);
    await file.datasync();
    this.#bytes += bytes.length;
    this.#last = { arrival: end.arrival, hash: end.hash };
    await this.#mark(at);
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #open(from: number): Promise<FileHandle> {
    // What may stand there is a file of which nothing is whole.
    const file = await open(join(this.#path, `${String(from).padStart(12, '0')}.log`), 'w', 0o600);
    this.#file = file;
    const heading = Buffer.from(`${encodeHeading(this.#digest, { ...this.#heading, from })}\n`);
    await writeAt(file, heading, 0);
    this.#bytes = heading.length;
    await syncFolder(this.#path);
    return file;
  }

  async #mark(at: Instant): Promise<void> {
    const mark: MirrorMark = { ...this.#heading, ...this.#last, at };
    const file = join(this.#path, 'mark.json');
    await writeFile(`${file}.new`, JSON.stringify(mark), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
}

interface Last {
  readonly arrival: number;
  readonly hash: Hash | '';
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

/** So that a new file's name is on the disk too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

interface Tail {
  /** '' where the heading is not whole. */
  readonly log: string;
  readonly last: { readonly arrival: number; readonly hash: Hash } | undefined;
  /** Up to the end of the last whole line. */
  readonly bytes: number;
}
const NO_HEADING: Tail = { log: '', last: undefined, bytes: 0 };
/**
 * Undefined where the file is another record's, or of a later version. All of the file is read: a power cut may leave the blocks of
 * its end without those before them.
 */
async function readTail(file: FileHandle, digest: Digest, install: string): Promise<Tail | undefined> {
  let tail = NO_HEADING;
  let rest: Buffer = Buffer.alloc(0);
  for (let position = 0; ;) {
    const bytes = await readAt(file, position, CHUNK_BYTES);
    if (bytes.length === 0) return tail;
    position += bytes.length;
    rest = Buffer.concat([rest, bytes]);
    for (let end = rest.indexOf(LINE_END); end >= 0; end = rest.indexOf(LINE_END)) {
      const text = rest.toString('utf8', 0, end);
      if (tail.log === '') {
        const heading = decodeHeading(digest, text);
        if (!heading.ok) return heading.error.kind === 'damaged' ? NO_HEADING : undefined;
        if (heading.value.install !== install) return undefined;
        tail = { log: heading.value.log, last: undefined, bytes: end + 1 };
      } else {
        const line = decodeLine(digest, text);
        if (!line.ok) return tail;
        tail = { log: tail.log, last: line.value, bytes: tail.bytes + end + 1 };
      }
      rest = rest.subarray(end + 1);
    }
  }
}
/** Read at once: what is parsed of it in one turn of the event loop. */
const CHUNK_BYTES = 262_144;
const LINE_END = 0x0a;

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** What a log holds, file by file, for reading it back. */
export type Read =
  | { readonly commit: ArrivedCommit }
  /** A line that is not what it was. `torn`: the end of the last file, which no sync had covered. */
  | { readonly damaged: string; readonly torn: boolean };

/** All lines of a log, in order. Memory: a line at a time. */
export async function* readLog(path: string, digest: Digest): AsyncGenerator<Read> {
  const files = await filesOf(path);
  for (const [i, file] of files.entries()) {
    const isLast = i === files.length - 1;
    let number = 0;
    for await (const { text, ended } of linesOf(file.path)) {
      number += 1;
      const where = `${file.path}, line ${number}`;
      if (number === 1) {
        const heading = decodeHeading(digest, text);
        if (!heading.ok && (ended || !isLast)) yield { damaged: where, torn: false };
        continue;
      }
      const line = decodeLine(digest, text);
      if (line.ok && ended) yield { commit: line.value };
      else yield { damaged: where, torn: isLast && !ended };
    }
  }
}

async function* linesOf(path: string): AsyncGenerator<{ readonly text: string; readonly ended: boolean }> {
  const file = await open(path);
  try {
    let rest: Buffer[] = [];
    for await (const chunk of file.createReadStream({ highWaterMark: 1_000_000 }) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
        yield { text: Buffer.concat([...rest, chunk.subarray(from, end)]).toString('utf8'), ended: true };
        rest = [];
        from = end + 1;
      }
      if (from < chunk.length) rest.push(chunk.subarray(from));
    }
    if (rest.length > 0) yield { text: Buffer.concat(rest).toString('utf8'), ended: false };
  } finally {
    await file.close().catch(() => undefined);
  }
}
