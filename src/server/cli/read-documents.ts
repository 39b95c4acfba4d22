// Reads FHIR documents from files: one a line (NDJSON) or one a file, plain, gzip or Brotli (OP29).
//
//   1. Memory holds one document at a time (and what is on its way), never a file.
//   2. A document is named by its file and the line that it begins on.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import type { Document } from '../jobs/send-documents.ts';
import { errorCode, Trouble } from '../storage/embedded/trouble.ts';

/** Longer than any document that the API takes; a guard against a file that is not NDJSON at all. */
const DOCUMENT_CHARS_MAX = 200_000_000;

/** Refuses the whole list when one of the files is not there: before anything is sent. */
export async function assertReadable(files: readonly string[]): Promise<void> {
  for (const file of files) {
    if (file === '-') continue;
    try {
      const found = await stat(file);
      if (!found.isFile()) throw new Trouble(`${file} is not a file.`);
    } catch (error) {
      if (error instanceof Trouble) throw error;
      throw new Trouble(`${file} cannot be read (${errorCode(error) ?? 'unknown'}).`, { cause: error });
    }
  }
}

/** The documents of `files` in order; `-` is standard input. */
export async function* readDocuments(
  files: readonly string[],
  input: Readable = process.stdin,
): AsyncGenerator<Document> {
  for (const file of files) {
    const name = file === '-' ? '(standard input)' : basename(file);
    try {
      yield* documentsOf(name, file === '-' ? input : createReadStream(file), file);
    } catch (error) {
      if (error instanceof Trouble) throw error;
      throw new Trouble(`${name} cannot be read to its end (${errorCode(error) ?? 'unknown'}).`, { cause: error });
    }
  }
}

async function* documentsOf(name: string, raw: Readable, file: string): AsyncGenerator<Document> {
  let first = true;
  let whole: string[] | undefined;
  for await (const { text, line } of linesOf(await decompressed(raw, file))) {
    if (text.trim() === '') {
      whole?.push(text);
      continue;
    }
    // A first line that is no document by itself: the file is one document over many lines.
    if (first && !isWhole(text)) whole = [];
    first = false;
    if (whole === undefined) yield { place: `${name}:${line}`, text };
    else whole.push(text);
  }
  if (whole !== undefined) yield { place: `${name}:1`, text: whole.join('\n') };
}

function isWhole(line: string): boolean {
  const text = line.trimEnd();
  if (!text.endsWith('}')) return false;
  // A long line that ends like a document is one; a short one is looked at.
  if (text.length > 10_000) return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Many lines of NDJSON may follow a broken first one: `{` alone or an open object is a pretty-printed file.
    return (text.match(/\{/g)?.length ?? 0) === (text.match(/\}/g)?.length ?? 0);
  }
}

async function decompressed(raw: Readable, file: string): Promise<Readable> {
  if (file.endsWith('.br')) return through(raw, createBrotliDecompress());
  if (file.endsWith('.gz')) return through(raw, createGunzip());
  if (file !== '-') return raw;
  // Standard input has no name: gzip tells itself by its first two bytes, Brotli does not.
  const head = await firstBytes(raw);
  return head[0] === 0x1f && head[1] === 0x8b ? through(raw, createGunzip()) : raw;
}

function through<T extends NodeJS.ReadWriteStream & Readable>(raw: Readable, step: T): T {
  // An error of either end comes out of `step`, where the reader waits for it.
  pipeline(raw, step, () => undefined);
  return step;
}

/** At least two bytes where there are two; they are put back. */
async function firstBytes(raw: Readable): Promise<Buffer> {
  let head = Buffer.alloc(0);
  for await (const chunk of raw.iterator({ destroyOnReturn: false })) {
    head = Buffer.concat([head, Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))]);
    if (head.length >= 2) break;
  }
  if (head.length > 0) raw.unshift(head);
  return head;
}

async function* linesOf(stream: Readable): AsyncGenerator<{ readonly text: string; readonly line: number }> {
  const decoder = new StringDecoder('utf8');
  let pending: string[] = [];
  let pendingChars = 0;
  let line = 1;
  for await (const chunk of stream) {
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk);
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      pending.push(text.slice(from, at));
      yield { text: pending.join('').replace(/^\uFEFF/, ''), line };
      line += 1;
      pending = [];
      pendingChars = 0;
      from = at + 1;
    }
    const rest = text.slice(from);
    pending.push(rest);
    pendingChars += rest.length;
    if (pendingChars > DOCUMENT_CHARS_MAX) throw new Trouble('A line of the input is longer than any FHIR document.');
  }
  const last = pending.join('') + decoder.end();
  if (last !== '') yield { text: last.replace(/^\uFEFF/, ''), line };
}
