// Writing down: one write a turn, a disk that refuses, what becomes durable.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { decodeEntry, encodeEntry } from '../../core/access/audit-lines.ts';
import type { AuditEntry } from '../../core/access/audit-trail.ts';
import { nodeDisk, type Disk } from './disk.ts';
import { Journal, WAITING_MAX } from './journal.ts';
import { readOwnSegment } from './segments.ts';
import { readOf } from './trail.test-kit.ts';

const NAME = 'abcdefghijklmnop';
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

class Full extends Error {
  readonly code = 'ENOSPC';
}
/** The real disk, until `broken`; what is written while it fails is half there. */
class Fragile implements Disk {
  writes = 0;
  synced: (() => void) | undefined;
  broken: 'no' | 'write' | 'write and truncate' = 'no';

  create(path: string): number {
    if (this.broken !== 'no') throw new Full();
    return nodeDisk.create(path);
  }
  append(file: number, bytes: Uint8Array): void {
    this.writes += 1;
    if (this.broken === 'no') return nodeDisk.append(file, bytes);
    nodeDisk.append(file, bytes.subarray(0, Math.floor(bytes.length / 2)));
    throw new Full();
  }
  truncate(file: number, length: number): void {
    if (this.broken === 'write and truncate') throw new Full();
    nodeDisk.truncate(file, length);
  }
  async sync(file: number): Promise<void> {
    await nodeDisk.sync(file);
    this.synced?.();
  }
  close(file: number): void {
    nodeDisk.close(file);
  }
}

function opened(disk: Disk): { readonly journal: Journal; readonly folder: string; readonly troubles: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-journal-'));
  folders.push(folder);
  const troubles: string[] = [];
  const journal = new Journal({
    folder,
    name: NAME,
    disk,
    clock: { now: () => 1_000 },
    own: () => mkdirSync(folder, { recursive: true }),
    onFull: () => undefined,
    onTrouble: (code) => troubles.push(code),
  });
  return { journal, folder, troubles };
}
const entriesOf = (journal: Journal, folder: string): readonly AuditEntry[] =>
  journal.ended.flatMap(({ number, bytes, lines }) => {
    const { text, count } = readOwnSegment(folder, { journal: NAME, number }, bytes, lines);
    const all = text.split('\n').slice(0, -1);
    expect(all.length).toBe(count);
    return all.map((line) => {
      const entry = decodeEntry(line);
      if (!entry.ok) throw new Error('a line of the journal is an entry');
      return entry.value;
    });
  });
const whats = (entries: readonly AuditEntry[]): readonly (string | undefined)[] => entries.map(({ what }) => what?.[0]);
const line = (n: number): string => encodeEntry(readOf(n));

test('[AU6] [AU7] what comes in one turn is one write, and it is in the file when the promises resolve', async () => {
  const disk = new Fragile();
  const { journal, folder } = opened(disk);
  await Promise.all([1, 2, 3].map((n) => journal.record(line(n))));
  expect(disk.writes).toBe(1);
  const [file = ''] = readdirSync(folder);
  expect(readFileSync(join(folder, file), 'utf8').split('\n').slice(1)).toEqual([line(1), line(2), line(3), '']);
  await journal.record(line(4));
  expect(disk.writes).toBe(2);
  await journal.close();
  expect(whats(entriesOf(journal, folder))).toEqual([1, 2, 3, 4].map((n) => `Observation/${n}`));
});

test('[AU9] what was written is synced though nothing more comes', async () => {
  const disk = new Fragile();
  const { journal } = opened(disk);
  const synced = new Promise<void>((resolve) => (disk.synced = resolve));
  await journal.record(line(1));
  await synced;
  await journal.close();
});

test.each(['write', 'write and truncate'] as const)(
  '[AU8] a full disk (%s) makes nobody wait; what waited is written once, what was lost is counted',
  async (broken) => {
    const disk = new Fragile();
    const { journal, folder, troubles } = opened(disk);
    await journal.record(line(0));
    disk.broken = broken;
    // Each in a turn of its own: every one of them is refused by the disk.
    for (let n = 1; n <= 5; n++) await journal.record(line(n));
    expect(journal.state).toEqual({ broken: true, waiting: 5, lost: 0 });
    await Promise.all(Array.from({ length: WAITING_MAX }, (_, i) => journal.record(line(6 + i))));
    expect(journal.state).toEqual({ broken: true, waiting: WAITING_MAX, lost: 5 });
    expect(troubles).toEqual(['ENOSPC']);
    disk.broken = 'no';
    await journal.record(line(9_000));
    // That one came while nothing more could wait.
    expect(journal.state).toEqual({ broken: false, waiting: 0, lost: 6 });
    await journal.record(line(9_001));
    await journal.close();
    const entries = entriesOf(journal, folder);
    expect(entries.filter(({ act }) => act === 'gap')).toMatchObject([{ count: 6, ok: false }]);
    const kept = [...Array.from({ length: WAITING_MAX + 1 }, (_, n) => n), 9_001];
    expect(whats(entries.filter(({ act }) => act === 'read'))).toEqual(kept.map((n) => `Observation/${n}`));
  },
);

test('[AU8] a folder that is gone is made again', async () => {
  const { journal, folder } = opened(nodeDisk);
  rmSync(folder, { recursive: true });
  await journal.record(line(1));
  expect(journal.state.broken).toBe(false);
  await journal.close();
  expect(whats(entriesOf(journal, folder))).toEqual(['Observation/1']);
});

test('[AU8] many entries become several files, each small enough for a commit', async () => {
  const { journal, folder } = opened(nodeDisk);
  const big = (n: number): string => encodeEntry(readOf(n, { query: 'x'.repeat(10_000) }));
  await Promise.all(Array.from({ length: 300 }, (_, n) => journal.record(big(n))));
  await Promise.all(Array.from({ length: 5_000 }, (_, n) => journal.record(line(300 + n))));
  await journal.close();
  expect(journal.ended.length).toBeGreaterThan(4);
  for (const { bytes } of journal.ended) expect(bytes).toBeLessThan(1_300_000);
  expect(whats(entriesOf(journal, folder))).toEqual(Array.from({ length: 5_300 }, (_, n) => `Observation/${n}`));
});
