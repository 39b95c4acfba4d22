import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { parseJson } from '../../core/base/json.ts';
import { assert } from '../../core/base/assert.ts';
import { authorBody } from '../../core/record/body.ts';
import { createMemoryStore } from '../../core/record/memory-store.ts';
import type { ArrivedCommit, RecordStore } from '../../core/record/store.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { readBackup, writeBackup } from './backup-file.ts';

const { digest } = nodePorts();
const folders: string[] = [];
const newFile = (): string => {
  const folder = mkdtempSync('/tmp/holdfast-backup-');
  folders.push(folder);
  return join(folder, 'backup.ndjson.gz');
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const NOW = 1_700_000_000_000;

async function write(store: RecordStore, id: string, at: number): Promise<void> {
  // A decimal with zeros: what comes back must be the text.
  const text = `{"resourceType":"Observation","id":"${id}","status":"final","code":{"text":"ü"},"valueQuantity":{"value":1.50}}`;
  const parsed = parseJson(text);
  assert(parsed.ok, 'the example is JSON');
  const body = authorBody(text, parsed.value, id);
  const key = { type: 'Observation', id };
  const done = await store.append({
    receivedAt: at,
    revisions: [{ key, kind: 'put', parents: [], body, authoredAt: at, expectedHeads: [] }],
  });
  expect(done.ok).toBe(true);
}
async function storeOf(count: number): Promise<RecordStore> {
  const store = createMemoryStore({ digest, origin: 'test.1' });
  for (let n = 1; n <= count; n += 1) await write(store, `o${n}`, NOW - 1_000 + n);
  return store;
}
const feedOf = (store: RecordStore) => (after: number, limit: number) => store.feed(after, limit);
const context = { digest, version: '0.1.0', now: NOW };
const nothing = (): void => undefined;

async function restored(file: string): Promise<readonly ArrivedCommit[]> {
  const commits: ArrivedCommit[] = [];
  await readBackup(file, digest, async (batch) => void commits.push(...batch));
  return commits;
}

test('[OP31] a backup holds every commit with its exact header and bodies', async () => {
  const store = await storeOf(450);
  const file = newFile();
  const summary = await writeBackup(file, feedOf(store), context, nothing);
  expect(summary).toEqual({ commits: 450, revisions: 450, takenAt: NOW });
  expect(await restored(file)).toEqual(await store.feed(0, 1_000));
  expect(readdirSync(join(file, '..'))).toEqual(['backup.ndjson.gz']);
});

test('[OP31] what arrives while it is written does not keep it from ending', async () => {
  const store = await storeOf(450);
  let more = 0;
  const busy = async (after: number, limit: number): Promise<readonly ArrivedCommit[]> => {
    // As many new commits as a page holds: a backup that went on page by page would never end.
    for (let n = 0; n < 200; n += 1) await write(store, `late${(more += 1)}`, NOW + more);
    return store.feed(after, limit);
  };
  const file = newFile();
  const { commits } = await writeBackup(file, busy, context, nothing);
  expect(commits).toBeGreaterThanOrEqual(450);
  expect(commits).toBeLessThanOrEqual(450 + more);
  expect(await restored(file)).toEqual(await store.feed(0, commits));
});

test('[OP31] a backup never replaces another, and a failed one leaves nothing', async () => {
  const store = await storeOf(3);
  const file = newFile();
  await writeBackup(file, feedOf(store), context, nothing);
  await expect(writeBackup(file, feedOf(store), context, nothing)).rejects.toThrow(/there already/);
  const second = newFile();
  const torn = async (after: number, limit: number): Promise<readonly ArrivedCommit[]> => {
    const commits = await store.feed(after, limit);
    return commits.map((commit) =>
      commit.seq === 2 ? { ...commit, header: commit.header.replace('test.1', 'test.2') } : commit,
    );
  };
  await expect(writeBackup(second, torn, context, nothing)).rejects.toThrow(
    /The record is damaged: commit 2 of test\.1/,
  );
  expect(readdirSync(join(second, '..'))).toEqual([]);
  await expect(writeBackup('/nowhere/x.gz', feedOf(store), context, nothing)).rejects.toThrow(/ENOENT/);
});

test('[OP32] a backup that is cut anywhere is refused', async () => {
  const file = newFile();
  await writeBackup(file, feedOf(await storeOf(40)), context, nothing);
  const bytes = readFileSync(file);
  for (const share of [0, 0.1, 0.5, 0.9, 0.999]) {
    writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length * share)));
    await expect(restored(file), `cut at ${share}`).rejects.toThrow(/no whole backup/);
  }
  const lines = gunzipSync(bytes).toString().trimEnd().split('\n');
  for (const drop of [0, 1, 20, lines.length - 1]) {
    writeFileSync(file, gzipSync(`${lines.filter((_, at) => at !== drop).join('\n')}\n`));
    await expect(restored(file), `without line ${drop}`).rejects.toThrow(/no whole backup/);
  }
  writeFileSync(file, gzipSync(`${[...lines, lines[1]].join('\n')}\n`));
  await expect(restored(file)).rejects.toThrow(/goes on after its end/);
});

test('[OP32] a backup with one changed byte is refused', async () => {
  const file = newFile();
  await writeBackup(file, feedOf(await storeOf(20)), context, nothing);
  const bytes = readFileSync(file);
  const text = gunzipSync(bytes).toString();
  for (const [from, to] of [
    ['1.50', '1.51'],
    ['"takenAt":17', '"takenAt":18'],
    ['final', 'fimal'],
    ['"s":3,', '"s":4,'],
  ] as const) {
    expect(text).toContain(from);
    writeFileSync(file, gzipSync(text.replace(from, to)));
    await expect(restored(file), from).rejects.toThrow(/no whole backup/);
  }
  const flipped = Buffer.from(bytes);
  flipped.writeUInt8(flipped.readUInt8(flipped.length >> 1) ^ 0x10, flipped.length >> 1);
  writeFileSync(file, flipped);
  await expect(restored(file)).rejects.toThrow(/no whole backup/);
});

test('[OP32] a file that is none, is missing or is of a later format is named as such', async () => {
  const file = newFile();
  await expect(restored(file)).rejects.toThrow(/There is no file/);
  writeFileSync(file, 'hello');
  await expect(restored(file)).rejects.toThrow(/no whole backup/);
  writeFileSync(file, gzipSync('{"holdfast":"backup","format":2,"version":"9.9","takenAt":1}\n'));
  await expect(restored(file)).rejects.toThrow(/newer Holdfast \(9\.9\)/);
  expect(existsSync(file)).toBe(true);
});

test('[OP31] what other nodes wrote goes into a backup as far as it is here: in part, without what was before, of a later version', async () => {
  const [first, second, third] = await (await storeOf(3)).feed(0, 10);
  assert(first !== undefined && second !== undefined && third !== undefined, 'three were written');
  const header = second.header.replace('"c1"', '"c2"');
  const held: readonly ArrivedCommit[] = [
    { ...third, arrival: 1 },
    { ...first, arrival: 2, revisions: [] },
    { ...second, arrival: 3, header, hash: digest.sha256(header), signature: 'signed' },
    { ...first, arrival: 4 },
  ];
  const file = newFile();
  await writeBackup(file, async (after, limit) => held.slice(after, after + limit), context, nothing);
  expect(await restored(file)).toEqual(held);
  const gap = held.filter(({ arrival }) => arrival !== 2);
  const leaving = writeBackup(
    newFile(),
    async (after) => gap.filter(({ arrival }) => arrival > after),
    context,
    nothing,
  );
  await expect(leaving).rejects.toThrow(/left out/);
});
