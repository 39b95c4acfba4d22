import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodePorts } from '../../ports/node-ports.ts';
import { openKeys, ROTATE_MS, TELL_MS, type NodeKeys } from './keys.ts';

const { chance } = nodePorts();
const DAY_MS = 86_400_000;
let folder: string;
let now: number;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'holdfast-keys-')), 'keys');
  now = 1_700_000_000_000;
});
afterEach(async () => rm(join(folder, '..'), { recursive: true }));

const open = (): NodeKeys => openKeys({ folder, clock: { now: () => now }, chance });
const kidsOf = async (keys: NodeKeys): Promise<readonly string[]> => (await keys.current()).jwks.map(({ kid }) => kid);

test('[SM4] keys are made on first need, for their owner alone', async () => {
  const { jwks, cookieKeys } = await open().current();
  expect(jwks.map(({ kty, crv, alg }) => [kty, crv ?? alg])).toEqual([
    ['EC', 'P-256'],
    ['RSA', undefined],
    ['EC', 'P-384'],
  ]);
  expect(cookieKeys[0]).toMatch(/^[\w-]{43}$/);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const [file, ...more] = await readdir(folder);
  expect(more).toEqual([]);
  expect((await stat(join(folder, file ?? ''))).mode & 0o777).toBe(0o600);
});
test('[SM4] processes that make keys at the same time use the same ones', async () => {
  const kids = await Promise.all([open(), open(), open(), open()].map(kidsOf));
  for (const each of kids) expect(each).toEqual(kids[0]);
  expect(await readdir(folder)).toHaveLength(1);
  expect(await kidsOf(open())).toEqual(kids[0]);
});
test('[SM5] after 90 days there are new keys, told an hour before they sign', async () => {
  const keys = open();
  const before = await keys.current();
  now += ROTATE_MS - 1;
  expect((await keys.current()).version).toBe(before.version);
  now += 60_001;
  const told = await keys.current();
  expect(told.jwks).toHaveLength(6);
  expect(told.jwks[0]?.kid).toBe(before.jwks[0]?.kid);
  expect(told.cookieKeys[0]).toBe(before.cookieKeys[0]);
  now += TELL_MS;
  const changed = await keys.current();
  expect(changed.jwks[0]?.kid).toBe(told.jwks[3]?.kid);
  expect(changed.jwks.map(({ kid }) => kid)).toContain(before.jwks[0]?.kid);
  expect(changed.cookieKeys).toEqual([...told.cookieKeys].reverse());
  expect(changed.version).not.toBe(told.version);
});
test('[SM5] keys that were changed long ago are gone, from the folder too', async () => {
  const keys = open();
  const [first] = await kidsOf(keys);
  for (let day = 0; day < 190; day += 10) {
    now += 10 * DAY_MS;
    await keys.current();
  }
  expect(await kidsOf(keys)).not.toContain(first);
  const files = await readdir(folder);
  const texts = await Promise.all(files.map(async (file) => readFile(join(folder, file), 'utf8')));
  expect(texts.join('')).not.toContain(first);
  expect(files.length).toBeGreaterThan(1);
});
test('[SM5] a node that was off for a year has keys at once', async () => {
  const [first] = await kidsOf(open());
  now += 365 * DAY_MS;
  const kids = await kidsOf(open());
  expect(kids).toHaveLength(3);
  expect(kids).not.toContain(first);
});
test('[SM6] a process sees what another made, within a minute', async () => {
  const [one, other] = [open(), open()];
  await Promise.all([one.current(), other.current()]);
  now += ROTATE_MS;
  const made = await one.current();
  now += 60_000;
  expect((await other.current()).version).toBe(made.version);
  expect(await kidsOf(other)).toEqual(await kidsOf(one));
});
