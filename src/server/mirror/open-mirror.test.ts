import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMemoryStore } from '../../core/record/memory-store.ts';
import { newMemoryRecord, type MemoryRecord } from '../../core/record/memory-record.ts';
import { revision, Scribe } from '../../core/record/contract/scribe.test-kit.ts';
import type { ArrivedCommit, RecordStore } from '../../core/record/store.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { restoreNodeFiles } from './copy-node-files.ts';
import { decodeLine, encodeLine } from './mirror-lines.ts';
import { mirrorState } from './mirror-state.ts';
import { openMirror, type Mirror, type MirrorOptions } from './open-mirror.ts';
import { mirrorLogIn, readMirror } from './restore-mirror.ts';

const ports = nodePorts();
const INSTALL = 'install-1';
let root = '';
let folder = '';
let data = '';
let record: MemoryRecord;
let store: RecordStore;
let scribe: Scribe;
let told: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mirror-'));
  folder = join(root, 'second-disk');
  data = join(root, 'data');
  mkdirSync(data);
  record = newMemoryRecord();
  store = createMemoryStore({ digest: ports.digest, origin: 'install-1.epoch' }, record);
  scribe = new Scribe(store);
  told = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (more: Partial<MirrorOptions> = {}): Mirror =>
  openMirror({
    folder,
    data,
    store,
    install: INSTALL,
    ...ports,
    hasTurn: () => true,
    log: (_fields, message) => void told.push(message),
    everyMs: 0,
    ...more,
  });
const write = (count: number, from = 0): Promise<void> =>
  Array.from({ length: count }, (_, i) => i + from).reduce(async (before, i) => {
    await before;
    await scribe.create(`Patient/p${i}`, { name: [{ family: `Ärzte "${i}"\n` }], birthDate: '1980-01-01' });
  }, Promise.resolve());
const mirrored = async (): Promise<{ commits: ArrivedCommit[]; damaged: readonly string[]; torn: boolean }> => {
  const log = await mirrorLogIn(folder);
  const commits: ArrivedCommit[] = [];
  if (log === undefined) return { commits, damaged: [], torn: false };
  const { damaged, torn } = await readMirror(log.path, ports.digest, async (some) => void commits.push(...some));
  return { commits, damaged, torn };
};
const lastFile = async (): Promise<string> => {
  const log = await mirrorLogIn(folder);
  const name = readdirSync(log?.path ?? '')
    .filter((each) => each.endsWith('.log'))
    .sort()
    .at(-1);
  return join(log?.path ?? '', name ?? '');
};

test('[CM1] the mirror holds every commit byte for byte in the order of arrival, filtered ones as they are', async () => {
  await write(250);
  const [first] = record.commits;
  if (first !== undefined) record.commits[0] = { ...first, signature: 'signed', revisions: [] };
  const mirror = open();
  await mirror.catchUp();
  expect((await mirrored()).commits).toEqual(await store.feed(0, 1_000));
  await write(3, 250);
  await mirror.catchUp();
  expect((await mirrored()).commits).toEqual(await store.feed(0, 1_000));
  await mirror.close();
});

test('[CM2] what the mirror can be counted on for is on its disk, and is of this very history', async () => {
  expect((await mirrorState(folder, INSTALL, store)).arrival).toBe(0);
  await write(5);
  const mirror = open();
  await mirror.catchUp();
  await write(2, 5);
  expect(await mirrorState(folder, INSTALL, store)).toMatchObject({ arrival: 5 });
  expect((await mirrorState(folder, INSTALL, store)).trouble).toBeUndefined();
  expect(await mirrorState(folder, 'another', store)).toMatchObject({ arrival: 0 });
  // The record was restored from before: what stands at that arrival is something else, or nothing.
  const older = createMemoryStore({ digest: ports.digest, origin: 'install-1.later' });
  await new Scribe(older).create('Patient/x', { birthDate: '1999-01-01' });
  expect(await mirrorState(folder, INSTALL, older)).toMatchObject({ arrival: 0 });
  await mirror.close();
});

test('[CM3] a torn end is cut, wherever it was torn, and what it held is written again', async () => {
  await write(4);
  const mirror = open();
  await mirror.catchUp();
  await mirror.close();
  const file = await lastFile();
  const whole = readFileSync(file);
  const lineStart = whole.subarray(0, -1).lastIndexOf(0x0a) + 1;
  for (const length of [whole.length - 1, lineStart + 40, lineStart + 1, lineStart]) {
    writeFileSync(file, whole);
    truncateSync(file, length);
    const { commits } = await mirrored();
    expect(commits).toHaveLength(3);
    const again = open();
    await again.catchUp();
    await again.close();
    expect((await mirrored()).commits, `torn at ${length} of ${whole.length}`).toEqual(await store.feed(0, 100));
  }
});

test('[CM3] blocks that a power cut left behind a gap are found by their checksum, and cut', async () => {
  await write(4);
  const mirror = open();
  await mirror.catchUp();
  await mirror.close();
  const file = await lastFile();
  const bytes = readFileSync(file);
  const third = bytes.indexOf(0x0a, bytes.indexOf(0x0a, bytes.indexOf(0x0a) + 1) + 1);
  bytes.fill(0, third + 10, third + 60);
  writeFileSync(file, bytes);
  appendFileSync(file, 'half a line');
  const again = open();
  await again.catchUp();
  await again.close();
  expect((await mirrored()).commits).toEqual(await store.feed(0, 100));
});

test('[CM3] no changed byte of a line passes', async () => {
  await write(1);
  const [commit] = await store.feed(0, 1);
  if (commit === undefined) throw new Error('a commit is there');
  const line = encodeLine(ports.digest, commit);
  expect(decodeLine(ports.digest, line)).toEqual({ ok: true, value: commit });
  for (let at = 0; at < line.length; at += 7) {
    const changed = `${line.slice(0, at)}${line[at] === 'a' ? 'b' : 'a'}${line.slice(at + 1)}`;
    expect(decodeLine(ports.digest, changed).ok).toBe(false);
  }
});

test('[CM4] a process without the turn writes nothing, and one that gets it goes on where the disk ends', async () => {
  await write(3);
  const turn = { first: true };
  const first = open({ hasTurn: () => turn.first });
  const second = open({ hasTurn: () => !turn.first });
  await second.catchUp();
  expect((await mirrored()).commits).toHaveLength(0);
  await first.catchUp();
  await write(3, 3);
  turn.first = false;
  await first.catchUp();
  expect((await mirrored()).commits).toHaveLength(3);
  await second.catchUp();
  expect((await mirrored()).commits).toEqual(await store.feed(0, 100));
  expect(told).toEqual([]);
  await first.close();
  await second.close();
});

test('[CM5] a disk that is away is told, and what it missed follows when it is back', async () => {
  await write(3);
  const mirror = open();
  await mirror.catchUp();
  renameSync(folder, `${folder}.away`);
  writeFileSync(folder, 'no folder');
  await write(3, 3);
  const away = open();
  await expect(away.catchUp()).rejects.toThrow();
  expect(await mirrorState(folder, INSTALL, store)).toMatchObject({
    arrival: 0,
    trouble: expect.stringContaining('disk'),
  });
  rmSync(folder);
  renameSync(`${folder}.away`, folder);
  await away.catchUp();
  expect((await mirrored()).commits).toEqual(await store.feed(0, 100));
  await mirror.close();
  await away.close();
});

test('[CM6] a log of another history is left as it is, and a new one begins beside it', async () => {
  await write(5);
  const mirror = open();
  await mirror.catchUp();
  await mirror.close();
  const before = await mirrorLogIn(folder);
  const bytes = readFileSync(await lastFile());
  const restored = createMemoryStore({ digest: ports.digest, origin: 'install-1.later' });
  const later = new Scribe(restored);
  for (let i = 0; i < 6; i++) await later.create(`Patient/q${i}`, { birthDate: '1970-01-01' });
  const again = open({ store: restored });
  await again.catchUp();
  await again.close();
  expect(told).toEqual([expect.stringContaining('another history')]);
  const after = await mirrorLogIn(folder);
  expect(after?.path).not.toBe(before?.path);
  expect((await mirrored()).commits).toEqual(await restored.feed(0, 100));
  const [old] = readdirSync(before?.path ?? '').filter((name) => name.endsWith('.log'));
  expect(readFileSync(join(before?.path ?? '', old ?? ''))).toEqual(bytes);
});

test('[CM7] what is damaged in the middle is named by its place and left out; the rest is read', async () => {
  await write(6);
  const mirror = open();
  await mirror.catchUp();
  await mirror.close();
  const file = await lastFile();
  const lines = readFileSync(file, 'utf8').split('\n');
  lines[3] = (lines[3] ?? '').replace('1980', '1890');
  writeFileSync(file, lines.join('\n'));
  const { commits, damaged, torn } = await mirrored();
  expect(commits.map(({ arrival }) => arrival)).toEqual([1, 2, 4, 5, 6]);
  expect(damaged).toEqual([`${file}, line 4`]);
  expect(torn).toBe(false);
});

test('[CM8] keys and what is known of the parent are copied for their owner alone, and come back into an empty folder', async () => {
  mkdirSync(join(data, 'keys'), { mode: 0o700 });
  writeFileSync(join(data, 'keys', 'node.key'), 'secret', { mode: 0o600 });
  writeFileSync(join(data, 'parent.json'), '{}', { mode: 0o600 });
  writeFileSync(join(data, 'postmaster.pid'), '1');
  await write(1);
  const mirror = open();
  await mirror.catchUp();
  await mirror.close();
  expect(statSync(join(folder, 'node')).mode & 0o077).toBe(0);
  expect(statSync(folder).mode & 0o077).toBe(0);
  const fresh = join(root, 'fresh');
  expect(await restoreNodeFiles(join(folder, 'node'), fresh)).toEqual([]);
  expect(readFileSync(join(fresh, 'keys', 'node.key'), 'utf8')).toBe('secret');
  expect(statSync(join(fresh, 'keys', 'node.key')).mode & 0o077).toBe(0);
  expect(readdirSync(fresh).sort()).toEqual(['keys', 'parent.json']);
  // A folder that has keys of its own keeps them.
  writeFileSync(join(fresh, 'parent.json'), 'mine');
  expect((await restoreNodeFiles(join(folder, 'node'), fresh)).toSorted()).toEqual(['keys', 'parent.json']);
  expect(readFileSync(join(fresh, 'parent.json'), 'utf8')).toBe('mine');
});

test('[CM1] commits are written with their revisions of any size, over more than one file', async () => {
  const text = 'x'.repeat(900_000);
  for (let i = 0; i < 3; i++) await scribe.create(`Binary/b${i}`, { contentType: 'text/plain', data: text });
  const mirror = open({ fileBytesMax: 1_000_000 });
  await mirror.catchUp();
  const update = await store.read([{ type: 'Binary', id: 'b0' }], { see: 'everything' });
  await scribe.land(revision('Binary/b0', undefined, { parents: update[0]?.heads ?? [] }));
  await mirror.catchUp();
  await mirror.close();
  const log = await mirrorLogIn(folder);
  expect(readdirSync(log?.path ?? '').filter((name) => name.endsWith('.log')).length).toBeGreaterThan(1);
  expect((await mirrored()).commits).toEqual(await store.feed(0, 100));
  chmodSync(folder, 0o700);
});
