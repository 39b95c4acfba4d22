import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Scribe } from '../../core/record/contract/scribe.test-kit.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import type { CourierHead, CourierTaken } from '../../core/sync/courier.ts';
import type { OutboxLog } from '../../core/sync/memory-sync-log.ts';
import { openMemorySyncStore, type MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { drawNodeKeys, isSignedBy, sealFor, type NodeKeys } from '../sync-api/node-keys.ts';
import { takeBundle, writeBundle, type TakeBundle } from './carry-bundles.ts';

const { clock, chance, digest } = nodePorts();
const DAY_MS = 86_400_000;
const forgetfulLog: OutboxLog = { append: async () => undefined, replace: async () => undefined };
let folder = '';
let file = '';
let region: Node;
let site: Node;

interface Node {
  readonly name: string;
  readonly store: MemorySyncStore;
  readonly keys: NodeKeys;
}
const nodeCalled = (name: string): Node => ({
  name,
  store: openMemorySyncStore({ digest, clock, chance, node: name }, forgetfulLog),
  keys: drawNodeKeys(),
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'courier-'));
  file = join(folder, 'bundle.holdfast');
  region = nodeCalled('region');
  site = nodeCalled('site');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = async (count: number, from = 0): Promise<void> => {
  const scribe = new Scribe(site.store);
  for (let i = from; i < from + count; i++)
    await scribe.create(`Patient/p${i}`, { name: [{ family: `Secretname${i}` }], birthDate: '1980-01-01' });
};
const headOf = (more: Partial<CourierHead> = {}): CourierHead => ({
  bundle: 'b1',
  from: 'site',
  to: 'region',
  made: clock.now(),
  expires: clock.now() + DAY_MS,
  ...more,
});
const pack = (head = headOf(), receiver = region, sender = site, target = file): Promise<{ readonly bytes: number }> =>
  writeBundle({
    file: target,
    store: sender.store,
    head,
    contents: { kind: 'carried', since: [] },
    keys: sender.keys,
    sealForReceiver: (bytes) => sealFor(receiver.keys.publicKeys.seal, bytes),
    digest,
    progress: () => undefined,
  });
const take = (more: Partial<TakeBundle> = {}, path = file): Promise<CourierTaken> =>
  takeBundle({
    file: path,
    store: region.store,
    node: region.name,
    now: clock.now(),
    keys: region.keys,
    verify: (from, text, signature) => from === 'site' && isSignedBy(site.keys.publicKeys.sign, text, signature),
    side: () => 'below',
    evenExpired: false,
    digest,
    ...more,
  });
const heldBy = async ({ store }: Node): Promise<readonly string[]> =>
  (await store.feed(0, 10_000)).map(({ hash }) => hash);

test('[CM9] a bundle brings all that a node carries, and shows nothing of it to whoever carries it', async () => {
  await write(30);
  await pack();
  const text = readFileSync(file, 'utf8');
  expect(text).not.toContain('Secretname');
  expect(text).not.toContain('Patient');
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(readdirSync(folder)).toEqual(['bundle.holdfast']);
  const taken = await take();
  expect(taken).toMatchObject({ outcome: { end: 'read', torn: false, missing: 0 }, verdicts: { stored: 30 } });
  expect(await heldBy(region)).toEqual(await heldBy(site));
  const [stored] = await region.store.read([{ type: 'Patient', id: 'p7' }], EVERYTHING);
  expect(stored?.text).toContain('Secretname7');
});

test('[CM9] a bundle never replaces a file, and leaves none where it could not be finished', async () => {
  await write(2);
  writeFileSync(file, 'something else');
  await expect(pack()).rejects.toMatchObject({ code: 'EEXIST' });
  expect(readFileSync(file, 'utf8')).toBe('something else');
  await expect(pack(headOf(), region, site, join(folder, 'no', 'such', 'folder'))).rejects.toMatchObject({
    code: 'ENOENT',
  });
  expect(readdirSync(folder)).toEqual(['bundle.holdfast']);
});

test('[CM10] a bundle that comes again changes nothing, and a later one goes on where it ended', async () => {
  await write(5);
  await pack();
  await take();
  expect((await take()).verdicts).toMatchObject({ stored: 0, dup: 5 });
  await write(3, 5);
  const second = join(folder, 'second');
  await pack(headOf({ bundle: 'b2' }), region, site, second);
  expect((await take({}, second)).verdicts).toMatchObject({ stored: 3, dup: 5 });
  expect(await heldBy(region)).toEqual(await heldBy(site));
});

test('[CM10] what is not for this node, of a stranger, expired or no bundle is refused and changes nothing', async () => {
  await write(3);
  const other = nodeCalled('elsewhere');
  await pack(headOf({ to: 'elsewhere' }), other);
  expect((await take()).outcome).toMatchObject({ end: 'refused', why: 'not-for-us' });
  const mislabelled = join(folder, 'mislabelled');
  await pack(headOf(), other, site, mislabelled);
  expect((await take({}, mislabelled)).outcome).toMatchObject({ end: 'refused', why: 'wrong-key' });
  const stranger = nodeCalled('site');
  const forged = join(folder, 'forged');
  await new Scribe(stranger.store).create('Patient/x', { birthDate: '1999-01-01' });
  await pack(headOf(), region, stranger, forged);
  expect((await take({}, forged)).outcome).toMatchObject({ end: 'refused', why: 'unknown-sender' });
  const old = join(folder, 'old');
  await pack(headOf({ expires: clock.now() - 1 }), region, site, old);
  expect((await take({}, old)).outcome).toMatchObject({ end: 'refused', why: 'expired' });
  writeFileSync(join(folder, 'text'), 'Dear colleague,\n');
  expect((await take({}, join(folder, 'text'))).outcome).toMatchObject({ end: 'refused', why: 'no-bundle' });
  expect(await heldBy(region)).toEqual([]);
  expect((await take({ evenExpired: true }, old)).verdicts).toMatchObject({ stored: 3 });
});

test('[CM10] of a bundle that was cut off or changed, the whole parts before are taken, and it is said', async () => {
  // Chunks end by size.
  const scribe = new Scribe(site.store);
  for (let i = 0; i < 8; i++)
    await scribe.create(`Binary/b${i}`, { contentType: 'text/plain', data: `${i}`.repeat(200_000) });
  await pack();
  const lines = readFileSync(file, 'utf8').split('\n');
  expect(lines.length).toBeGreaterThan(5);
  const cut = join(folder, 'cut');
  writeFileSync(cut, [...lines.slice(0, 3), (lines[3] ?? '').slice(0, 5_000)].join('\n'));
  const torn = await take({}, cut);
  expect(torn.outcome).toMatchObject({ end: 'read', torn: true });
  expect(torn.verdicts.stored).toBeGreaterThan(0);
  expect(torn.verdicts.stored).toBeLessThan(8);
  const changed = join(folder, 'changed');
  const line = lines[2] ?? '';
  const middle = Math.floor(line.length / 2);
  lines[2] = `${line.slice(0, middle)}${line[middle] === 'A' ? 'B' : 'A'}${line.slice(middle + 1)}`;
  writeFileSync(changed, lines.join('\n'));
  expect((await take({ store: nodeCalled('region').store }, changed)).outcome).toMatchObject({
    end: 'read',
    missing: 1,
  });
  expect((await take()).outcome).toMatchObject({ torn: false, missing: 0 });
  expect(await heldBy(region)).toEqual(await heldBy(site));
});

test('[CM11] a bundle that was made, or taken in, counts as held nowhere for its sender', async () => {
  await write(4);
  const before = JSON.stringify([await site.store.carried(), await site.store.stable()]);
  await pack();
  await take();
  expect(JSON.stringify([await site.store.carried(), await site.store.stable()])).toBe(before);
  const first = (await site.store.feed(0, 1))[0];
  expect(await site.store.link('region')).toBeUndefined();
  expect(first?.seq).toBe(1);
});
