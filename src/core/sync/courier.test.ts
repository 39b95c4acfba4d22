// Bundles with the keys that servers have: ed25519 signs, X25519 and AES-GCM seal.
import {
  createCipheriv,
  createDecipheriv,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { expect, test } from 'vitest';
import { pureDigest as digest } from '../base/sha256.ts';
import { T0 } from '../record/contract/scribe.test-kit.ts';
import { packCourier, takeCourier, type CourierContents, type CourierReader, type CourierTaken } from './courier.ts';
import { Link, TestNode } from './link-bed.test-kit.ts';

interface Keys {
  readonly sign: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly seal: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
}
const newKeys = (): Keys => ({ sign: generateKeyPairSync('ed25519'), seal: generateKeyPairSync('x25519') });
const KEYS: ReadonlyMap<string, Keys> = new Map([...'DSRX'].map((name) => [`${name}1`, newKeys()]));
const keysOf = (node: string): Keys => KEYS.get(node) ?? newKeys();
const contentKey = (privateKey: KeyObject, publicKey: KeyObject): Buffer =>
  Buffer.from(hkdfSync('sha256', diffieHellman({ privateKey, publicKey }), '', 'courier', 32));

const EXPIRES = T0 + 1_000;
async function pack(from: TestNode, to: string, contents: CourierContents, signer = 'D1'): Promise<string[]> {
  const ephemeral = generateKeyPairSync('x25519');
  const key = contentKey(ephemeral.privateKey, keysOf(to).seal.publicKey);
  const { node } = from.identity();
  const lines: string[] = [];
  for await (const line of packCourier(from, { bundle: 'b1', from: node, to, made: T0, expires: EXPIRES }, contents, {
    digest,
    sign: (text) => sign(null, Buffer.from(text), keysOf(signer).sign.privateKey).toString('base64url'),
    wrapped: ephemeral.publicKey.export({ format: 'der', type: 'spki' }).toString('base64url'),
    seal: (text, context) => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
    },
  }))
    lines.push(line);
  return lines;
}
const readerOf = (node: string, more: Partial<CourierReader> = {}): CourierReader => ({
  digest,
  to: node,
  now: T0,
  verify: (from, text, signature) =>
    KEYS.has(from) && verify(null, Buffer.from(text), keysOf(from).sign.publicKey, Buffer.from(signature, 'base64url')),
  open: (wrapped) => {
    const publicKey = createPublicKey({ key: Buffer.from(wrapped, 'base64url'), format: 'der', type: 'spki' });
    const key = contentKey(keysOf(node).seal.privateKey, publicKey);
    return (sealed, context) => {
      const bytes = Buffer.from(sealed, 'base64url');
      const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(context));
      cipher.setAuthTag(bytes.subarray(-16));
      try {
        return Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    };
  },
  ...more,
});
const take = (node: TestNode, lines: readonly string[], more: Partial<CourierReader> = {}): Promise<CourierTaken> => {
  const { node: to } = node.identity();
  return takeCourier(node, lines, readerOf(to, more), (from) => (from === 'R1' ? 'above' : 'below'));
};
const CARRIED: CourierContents = { kind: 'carried', since: [] };

/** A device with three chunks' worth of notes. */
async function full(): Promise<TestNode> {
  const device = new TestNode('D1');
  for (let n = 0; n < 3; n++)
    await device.scribe.create(`Flag/n${n}`, { code: { text: `note ${n} ${'x'.repeat(300_000)}` } });
  return device;
}

test('[SY36] [SY38] a bundle brings everything across, byte for byte; a second time changes nothing', async () => {
  const [device, site] = [await full(), new TestNode('S1')];
  const lines = await pack(device, 'S1', CARRIED);
  expect(lines).toHaveLength(5);
  expect(lines.join('\n')).not.toContain('note');
  expect(lines.every((line) => !line.includes('\n'))).toBe(true);
  const taken = await take(site, lines);
  expect(taken.verdicts).toMatchObject({ stored: 3, dup: 0, gap: 0 });
  expect(taken.outcome).toMatchObject({ end: 'read', torn: false, missing: 0, head: { from: 'D1', bundle: 'b1' } });
  for (let n = 0; n < 3; n++)
    expect((await site.scribe.get(`Flag/n${n}`))?.text).toBe((await device.scribe.get(`Flag/n${n}`))?.text);
  expect((await take(site, lines)).verdicts).toMatchObject({ stored: 0, dup: 3 });
  expect(site.counts().commits).toBe(3);
});
test('[SY37] cut off anywhere, all whole chunks before the cut are taken in; the rest comes with a second copy', async () => {
  const device = await full();
  const text = (await pack(device, 'S1', CARRIED)).join('\n');
  for (const share of [0.3, 0.6, 0.97]) {
    const site = new TestNode('S1');
    const cut = text.slice(0, Math.floor(text.length * share)).split('\n');
    const { outcome, verdicts } = await take(site, cut);
    expect(outcome).toMatchObject({ end: 'read', torn: true });
    expect(verdicts.stored).toBe(cut.length - 2);
    expect((await take(site, text.split('\n'))).outcome).toMatchObject({ torn: false, missing: 0 });
    expect(site.counts().commits).toBe(3);
  }
});
test('[SY36] [SY37] a chunk that was changed, moved from another bundle or left out is not taken in, and is counted', async () => {
  const device = await full();
  const [lines, others] = [await pack(device, 'S1', CARRIED), await pack(device, 'S1', CARRIED)];
  const changed = (at: number, line: string): string[] => lines.map((each, i) => (i === at ? line : each));
  const second = lines[2] ?? '';
  for (const forged of [
    changed(
      2,
      second.replace(/.(.{3})$/, (end) => (end.startsWith('A') ? 'B' : 'A') + end.slice(1)),
    ),
    changed(2, second.replace('["chunk",1,', '["chunk",7,')),
    changed(2, others[2] ?? ''),
    changed(2, 'nonsense'),
    lines.filter((_, i) => i !== 2),
  ]) {
    const site = new TestNode('S1');
    const { outcome, verdicts } = await take(site, forged);
    expect(outcome).toMatchObject({ end: 'read', torn: false, missing: 1 });
    // What follows the missing one in its origin waits for it.
    expect(verdicts).toMatchObject({ stored: 1, gap: 1 });
  }
  // Chunks in another order are all there.
  const [head = '', ...chunks] = lines;
  const site = new TestNode('S1');
  expect((await take(site, [head, ...chunks.toReversed()])).outcome).toMatchObject({ torn: false, missing: 0 });
});
test('[SY40] [SY36] who it is not for, who sent it, when it expires: refused by name', async () => {
  const device = await full();
  const lines = await pack(device, 'S1', CARRIED);
  const [head = ''] = lines;
  const refusal = async (
    node: TestNode,
    given: readonly string[],
    more: Partial<CourierReader> = {},
  ): Promise<unknown> => {
    const { outcome } = await take(node, given, more);
    expect(node.counts().commits).toBe(0);
    return outcome.end === 'refused' ? outcome.why : outcome;
  };
  expect(await refusal(new TestNode('X1'), lines)).toBe('not-for-us');
  expect(await refusal(new TestNode('S1'), await pack(device, 'S1', CARRIED, 'X1'))).toBe('unknown-sender');
  expect(await refusal(new TestNode('S1'), [head.replace('"S1"', '"S2"'), ...lines.slice(1)])).toBe('not-for-us');
  expect(await refusal(new TestNode('S1'), [head.replace(String(EXPIRES), '9999999999999'), ...lines.slice(1)])).toBe(
    'unknown-sender',
  );
  expect(await refusal(new TestNode('S1'), [head.replace('courier1', 'courier2')])).toBe('later-version');
  expect(await refusal(new TestNode('S1'), ['hello'])).toBe('no-bundle');
  expect(await refusal(new TestNode('S1'), [])).toBe('no-bundle');
  expect(await refusal(new TestNode('S1'), lines, { open: () => undefined })).toBe('wrong-key');
  expect(await refusal(new TestNode('S1'), lines, { now: EXPIRES })).toBe('expired');
  const site = new TestNode('S1');
  expect((await take(site, lines, { now: EXPIRES, evenExpired: true })).verdicts.stored).toBe(3);
});
test('[SY39] neither making a bundle nor handing it over moves a mark, a place or a class at its sender', async () => {
  const [device, site] = [await full(), new TestNode('S1')];
  const before = {
    carried: device.carried(),
    stable: device.stable(),
    class: device.durabilityOf(device.identity().origin, 3),
  };
  await take(site, await pack(device, 'S1', CARRIED));
  expect({
    carried: device.carried(),
    stable: device.stable(),
    class: device.durabilityOf(device.identity().origin, 3),
  }).toEqual(before);
  expect(site.link('D1')).toBeUndefined();
  // The link then finds that all of it is there, and says so.
  const link = new Link(device, site);
  await link.session();
  expect(link.of('push')).toEqual([]);
  expect(device.durabilityOf(device.identity().origin, 3)).toBe('D1');
});
test('[SY38] [SY12] a bundle from above has what its receiver may have, and ends what is remembered of other parents', async () => {
  const [region, site] = [new TestNode('R1'), new TestNode('S1')];
  await region.scribe.create('Patient/a', {});
  await region.scribe.create('Patient/b', {});
  const record = { incarnation: 'i', arrival: 1, scopes: ['pat/a'], forked: [], deferred: [] };
  await site.setLink({ peer: 'R2', record });
  await site.setLink({ peer: 'R1', record });
  const lines = await pack(region, 'S1', { kind: 'granted', scopes: ['pat/a'], after: 0 }, 'R1');
  expect((await take(site, lines)).verdicts).toMatchObject({ stored: 1 });
  expect((await site.scribe.get('Patient/a'))?.text).toBeDefined();
  expect(await site.scribe.get('Patient/b')).toBeUndefined();
  expect([site.link('R1'), site.link('R2')]).toEqual([record, undefined]);
  expect(site.carried()).toEqual([]);
});
