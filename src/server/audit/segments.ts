// A journal's files: `<journal>-<number>.ndjson`, a heading and one entry a line. Nothing else is a file of entries.
//
//   1. What a file holds depends on its bytes and its time alone, so that whoever reads it a second time makes the same batch of it.
//   2. A line counts when it ends. What does not end, or is no entry, is left out and counted (AU14).
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '../../core/base/ports.ts';
import { decodeEntry, encodeEntry, isJournal, type BatchName } from '../../core/access/audit-lines.ts';
import { errorCode } from './disk.ts';

export const segmentFile = ({ journal, number }: BatchName): string => `${journal}-${number}.ndjson`;

const FILE = /^([a-z2-7]{16})-([1-9][0-9]{0,11})\.ndjson$/;

/** The files of entries in a folder, by journal, then number. [] where there is no folder yet. */
export function listSegments(folder: string): readonly BatchName[] {
  return listFolder(folder)
    .flatMap((file): BatchName[] => {
      const [, journal, number] = FILE.exec(file) ?? [];
      return journal === undefined || number === undefined ? [] : [{ journal, number: Number(number) }];
    })
    .sort((a, b) => (a.journal < b.journal ? -1 : a.journal > b.journal ? 1 : a.number - b.number));
}

export function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The first line of a file. */
export const encodeHeading = ({ journal, number }: BatchName, openedAt: Instant): string =>
  JSON.stringify(['j1', journal, number, openedAt]);

export interface Segment {
  readonly lines: readonly string[];
  /** What a power cut left of lines, or of the heading. */
  readonly torn: number;
}

/** The lines of a file, each with its line end, and how many they are. */
export interface Lines {
  readonly text: string;
  readonly count: number;
}
export const linesOf = (lines: readonly string[]): Lines => ({
  text: lines.map((line) => `${line}\n`).join(''),
  count: lines.length,
});

/** The lines in the first `bytes` of a file that this process wrote itself: nothing in it is doubted. None where it is gone. */
export function readOwnSegment(folder: string, name: BatchName, bytes: number, count: number): Lines {
  const text = readIfThere(join(folder, segmentFile(name)))?.toString('utf8', 0, bytes);
  return text === undefined ? { text: '', count: 0 } : { text: text.slice(text.indexOf('\n') + 1), count };
}

/** The whole lines of a file that anybody wrote, and how many are not whole; undefined where it is gone. */
export function readSegment(folder: string, name: BatchName): Segment | undefined {
  const content = readIfThere(join(folder, segmentFile(name)));
  if (content === undefined) return undefined;
  const rows = content.toString('utf8').split('\n');
  const tail = rows.pop() ?? '';
  const [heading, ...rest] = rows;
  const lines = rest.filter(isLine);
  const isHeaded = heading !== undefined && isHeading(heading, name);
  return { lines, torn: rest.length - lines.length + (tail === '' ? 0 : 1) + (isHeaded || tail !== '' ? 0 : 1) };
}

/** The lines of a file that nobody writes to any more, with a line for what is missing at the end. */
export function readLeftSegment(folder: string, name: BatchName): readonly string[] | undefined {
  const path = join(folder, segmentFile(name));
  const segment = readSegment(folder, name);
  if (segment === undefined || segment.torn === 0) return segment?.lines;
  const last = segment.lines.at(-1);
  const entry = last === undefined ? undefined : decodeEntry(last);
  const at = entry?.ok === true ? entry.value.at : Math.floor(statSync(path).mtimeMs);
  const gap = encodeEntry({ at, act: 'gap', ok: false, count: segment.torn, detail: 'half-written entries were lost' });
  return [...segment.lines, gap];
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Of this version or of a later one. */
function isLine(row: string): boolean {
  const entry = decodeEntry(row);
  return entry.ok || entry.error.kind === 'unknown-version';
}

function isHeading(row: string, { journal, number }: BatchName): boolean {
  return isJournal(journal) && row.startsWith(`${JSON.stringify(['j1', journal, number]).slice(0, -1)},`);
}
