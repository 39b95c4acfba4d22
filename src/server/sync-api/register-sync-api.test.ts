// Two nodes and real HTTP: who is believed, who is refused, and in what words.
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { parseJson } from '../../core/base/json.ts';
import { pureDigest } from '../../core/base/sha256.ts';
import { authorBody } from '../../core/record/body.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { SPEAKS, type Request } from '../../core/sync/messages.ts';
import { bedNode, enrolled, holds, transportOf, write, type BedNode } from './link-bed.test-kit.ts';
import { drawNodeKeys } from './node-keys.ts';
import { nodeTransport, parentUrl } from './node-transport.ts';
import { NONCE_MS } from './peer-nonces.ts';
import { isClone } from './peer-sightings.ts';
import { entryId, retirementId, writeEntry } from './register-entry.ts';
import { CONTENT_TYPE, HEADERS, requestWords, SYNC_PATH } from './signed-words.ts';

const open: BedNode[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
const bed = async (): Promise<{ region: BedNode; site: BedNode }> => {
  const region = bedNode('region', 'region');
  const site = bedNode('site', 'site');
  open.push(region, site);
  await region.listen();
  return { region, site };
};
const hello = (node: string): Request => ({
  kind: 'hello',
  node,
  incarnation: `${node}-1`,
  speaks: SPEAKS,
  tips: [],
  marks: pureDigest.sha256(''),
  scopes: '',
});
const offer: Request = { kind: 'offer', names: [] };

test('[NL10] [NL11] [NL12] an enrolled node asks, and the parent answers; each knows the other by its key', async () => {
  const { region, site } = await bed();
  const parent = await enrolled(region, site);
  expect(parent).toMatchObject({ node: 'region', tier: 'region', keys: region.keys.publicKeys });
  const way = transportOf(site, parent);
  const said = await way.exchange(hello('site'));
  expect(said.ok && said.value.reply).toMatchObject({ kind: 'welcome', node: 'region', tier: 'region' });
  expect(said.ok && said.value.skewMs).toBeLessThanOrEqual(0);
  way.reset();
  expect((await way.exchange(hello('site'))).ok).toBe(true);
  way.reset();
});

test('[NL9] a node whose clock is wrong by ten years is answered, and hears by how much', async () => {
  const { region } = await bed();
  const late = bedNode('late', 'site', { at: Date.UTC(2016, 0, 1) });
  const way = transportOf(late, await enrolled(region, late));
  const said = await way.exchange(hello('late'));
  expect(said.ok && Math.round(said.value.skewMs / 86_400_000 / 365)).toBe(11);
  way.reset();
});

test('[NL10] a nonce that is over, or was given to another key, is not taken; the exchange goes on with another', async () => {
  const { region, site } = await bed();
  const other = bedNode('other', 'site');
  const parent = await enrolled(region, site);
  await enrolled(region, other);
  const way = transportOf(site, parent);
  expect((await way.exchange(offer)).ok).toBe(true);
  region.clock.at += NONCE_MS;
  expect((await way.exchange(offer)).ok).toBe(true);
  way.reset();
  const first = await raw(region, site, '');
  expect(first.status).toBe(401);
  const nonce = first.headers.get(HEADERS.nonce) ?? '';
  expect((await raw(region, site, nonce)).status).toBe(200);
  expect((await raw(region, other, nonce)).status).toBe(401);
});

test('[NL11] a request that was changed in its bytes, its nonce, its incarnation or its parent is refused', async () => {
  const { region, site } = await bed();
  await enrolled(region, site);
  const nonce = (await raw(region, site, '')).headers.get(HEADERS.nonce) ?? '';
  expect((await raw(region, site, nonce)).status).toBe(200);
  const changes: readonly Parameters<typeof raw>[3][] = [
    { body: gzipSync('other') },
    { nonce: `${nonce}x` },
    { incarnation: 'another' },
    { to: drawNodeKeys().publicKeys.sign },
  ];
  for (const change of changes) {
    const answer = await raw(region, site, nonce, change);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({ refused: 'signature' });
  }
});

test('[NL12] an answer of somebody else, whatever it says, is a parent that cannot be reached', async () => {
  const { region, site } = await bed();
  const parent = await enrolled(region, site);
  const wrong = { ...parent, keys: drawNodeKeys().publicKeys };
  const way = nodeTransport({ parent: wrong, keys: site.keys, incarnation: 'i', clock: site.clock });
  const said = await way.exchange(offer);
  expect(!said.ok && said.error.kind).toBe('untrusted');
  way.reset();
  await region.close();
  const gone = transportOf(site, parent);
  const none = await gone.exchange(offer);
  expect(!none.ok && none.error).toMatchObject({ kind: 'unreachable' });
  gone.reset();
});

test('[NL13] unknown, retired, of another parent, in another name: each is refused with its remedy', async () => {
  const { region, site } = await bed();
  const parent = await enrolled(region, site);
  const stranger = transportOf(bedNode('stranger', 'site'), parent);
  const unknown = await stranger.exchange(offer);
  expect(!unknown.ok && unknown.error).toMatchObject({ kind: 'unknown-node' });
  expect(!unknown.ok && unknown.error.text).toContain('holdfast node invite');
  stranger.reset();
  const way = transportOf(site, parent);
  const other = await way.exchange(hello('another'));
  expect(!other.ok && other.error.text).toContain('database');
  const [entry] = await region.register.list();
  expect(entry).toBeDefined();
  if (entry !== undefined) await region.register.retire(entry, 'closed');
  const retired = await way.exchange(offer);
  expect(!retired.ok && retired.error).toMatchObject({ kind: 'retired' });
  expect(!retired.ok && retired.error.text).toContain('holdfast start --enrol');
  way.reset();
});

test('[NL14] what is pushed has the verdict of the store: a commit that is not what it says stops nobody', async () => {
  const { region, site } = await bed();
  const way = transportOf(site, await enrolled(region, site));
  await write(site, 'Basic', 'a');
  const [tip] = site.store.carried() as readonly { readonly origin: string }[];
  const commits = await site.store.commits(tip?.origin ?? '', 1, 10, 1_000_000);
  const spoilt = commits.map((commit) => ({ ...commit, hash: pureDigest.sha256('no') }));
  const bad = await way.exchange({ kind: 'push', commits: spoilt });
  expect(bad.ok && bad.value.reply).toMatchObject({ kind: 'verdicts', verdicts: [{ result: 'quarantined' }] });
  const good = await way.exchange({ kind: 'push', commits });
  expect(good.ok && good.value.reply).toMatchObject({ verdicts: [{ result: 'stored' }] });
  expect(await holds(region, 'Basic', 'a')).toBe(true);
  way.reset();
});

test('[NL15] a bomb is refused without being unpacked, and only after its signature was proved', async () => {
  const { region, site } = await bed();
  await enrolled(region, site);
  const nonce = (await raw(region, site, '')).headers.get(HEADERS.nonce) ?? '';
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const refused = await raw(region, site, nonce, {}, bomb);
  expect([refused.status, await refused.json()]).toEqual([413, { refused: 'too-large' }]);
  const unsigned = await raw(region, site, nonce, { body: bomb });
  expect(await unsigned.json()).toEqual({ refused: 'signature' });
  const garbage = await raw(region, site, nonce, {}, randomBytes(200));
  expect(await garbage.json()).toEqual({ refused: 'malformed' });
});

test('[NL13] a neighbour of a later version is told so, and what is no request is refused', async () => {
  const { region, site } = await bed();
  await enrolled(region, site);
  const nonce = (await raw(region, site, '')).headers.get(HEADERS.nonce) ?? '';
  const later = await raw(region, site, nonce, {}, gzipSync('["s9","offer","1",[]]\n'));
  expect([later.status, await later.json()]).toEqual([400, { refused: 'version' }]);
  const reply = await raw(region, site, nonce, {}, gzipSync('["s1","lacking","1",[]]\n'));
  expect(await reply.json()).toEqual({ refused: 'malformed' });
});

test('[NL4] [NL5] an entry that a node below writes for itself or another counts for nothing', async () => {
  const { region, site } = await bed();
  await enrolled(region, site);
  expect((await region.register.list()).map(({ name, node, site: place }) => [name, node, place])).toEqual([
    ['site', 'site', 'Organization/1'],
  ]);
  const rogue = drawNodeKeys();
  const claims = {
    node: 'rogue',
    name: 'Rogue',
    tier: 'site',
    keys: rogue.publicKeys,
    parent: 'region',
    enrolledAt: 1,
  } as const;
  await put(region, writeEntry(claims, site.keys), entryId(rogue.publicKeys.sign));
  expect(await region.register.byKey(rogue.publicKeys.sign)).toBeUndefined();
  expect(await region.register.list()).toHaveLength(1);
});

test('[NL6] a retired node stays retired: its old entry again, or its retirement deleted, changes nothing', async () => {
  const { region, site } = await bed();
  await enrolled(region, site);
  const sign = site.keys.publicKeys.sign;
  const entry = await region.register.byKey(sign);
  if (entry === undefined) throw new Error('not enrolled');
  await region.register.retire(entry, 'lost');
  const { id: _id, ...same } = entry;
  await put(region, writeEntry(same, region.keys), entryId(sign));
  expect(await region.register.byKey(sign)).toMatchObject({ retiredWhy: 'lost' });
  const key = { type: 'Basic', id: retirementId(sign) };
  const [there] = await region.store.read([key], EVERYTHING);
  await region.store.append({
    revisions: [{ key, kind: 'tombstone', parents: there?.heads ?? [], authoredAt: 1 }],
    receivedAt: 1,
  });
  expect((await region.register.byKey(sign))?.retiredAt).toBeDefined();
  const again = await enrolled(region, site).catch((error: unknown) => String(error));
  expect(again).toContain('retired');
});

test('[NL7] a device that a site enrolled may come to the region, another site of its making may not', async () => {
  const { region, site } = await bed();
  await enrolled(region, site);
  for (const tier of ['device', 'site'] as const) {
    const keys = drawNodeKeys();
    const entry = { node: tier, name: tier, tier, keys: keys.publicKeys, parent: 'site', enrolledAt: 1 };
    await put(region, writeEntry(entry, site.keys), entryId(keys.publicKeys.sign));
    const found = await region.register.byKey(keys.publicKeys.sign);
    expect(found?.tier).toBe(tier === 'device' ? 'device' : undefined);
  }
});

test('[NL30] two incarnations that come in turns are a clone, a restart is none, and both are served', async () => {
  const { region, site } = await bed();
  const parent = await enrolled(region, site);
  const first = transportOf(site, parent, 'first');
  const second = transportOf(site, parent, 'second');
  const suspected = async (): Promise<boolean> =>
    isClone((await region.sightings.all()).get('site') ?? [], region.clock.now());
  for (const way of [first, first, second, second]) {
    region.clock.at += 10_000;
    expect((await way.exchange(offer)).ok).toBe(true);
  }
  expect(await suspected()).toBe(false);
  region.clock.at += 10_000;
  expect((await first.exchange(offer)).ok).toBe(true);
  expect(await suspected()).toBe(true);
  // Put right, it is forgotten.
  region.clock.at += 3_600_000;
  expect((await second.exchange(offer)).ok).toBe(true);
  expect(await suspected()).toBe(false);
  first.reset();
  second.reset();
});

test('[NL8] plain HTTP is spoken on loopback alone', () => {
  for (const good of [
    'https://region.example.org:8443',
    'http://127.0.0.1:8080',
    'http://localhost:1',
    'http://[::1]:2',
  ])
    expect(parentUrl(good), good).toBeDefined();
  for (const bad of [
    'http://region.example.org',
    'http://10.0.0.1',
    'ftp://x',
    'https://a:b@c',
    'https://x/?a',
    'region',
  ])
    expect(parentUrl(bad), bad).toBeUndefined();
});

async function raw(
  region: BedNode,
  child: BedNode,
  nonce: string,
  change: {
    readonly body?: Uint8Array;
    readonly nonce?: string;
    readonly incarnation?: string;
    readonly to?: string;
  } = {},
  body: Uint8Array = gzipSync('["s1","offer","1",[]]\n'),
): Promise<Response> {
  const key = child.keys.publicKeys.sign;
  const words = { path: SYNC_PATH, key, to: region.keys.publicKeys.sign, nonce, incarnation: 'i', body };
  const { to, ...sent } = { ...words, ...change };
  const signed = to === words.to ? words : { ...words, to };
  return fetch(`${region.url}${SYNC_PATH}`, {
    method: 'POST',
    headers: {
      'content-type': CONTENT_TYPE,
      [HEADERS.key]: key,
      [HEADERS.nonce]: sent.nonce,
      [HEADERS.incarnation]: sent.incarnation,
      [HEADERS.signature]: child.keys.sign(requestWords(signed)),
    },
    body: Buffer.from(sent.body),
  });
}

async function put(node: BedNode, text: string, id: string): Promise<void> {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error('no resource');
  const key = { type: 'Basic', id };
  const [before] = await node.store.read([key], EVERYTHING);
  const body = authorBody(text, parsed.value, id);
  await node.store.append({
    revisions: [{ key, kind: 'put', parents: before?.heads ?? [], body, authoredAt: 1 }],
    receivedAt: 1,
  });
}
