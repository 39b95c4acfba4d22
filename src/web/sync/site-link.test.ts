// A browser's link against a real server: enrolled, signed, packed, handed over.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deviceClock } from '../../core/sync/device-clock.ts';
import type { ParentRecord } from '../../core/sync/link-words.ts';
import { openMemorySyncStore, type MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import { commitWords } from '../../core/sync/signed-words.ts';
import { vouchedFor } from '../../server/sync-api/commit-words.ts';
import { bedNode, write, type BedNode } from '../../server/sync-api/link-bed.test-kit.ts';
import { isSignedBy as isSignedByServer } from '../../server/sync-api/node-keys.ts';
import { packText as packOnServer, unpackText as unpackOnServer } from '../../server/sync-api/pack-message.ts';
import { assert } from '../../core/base/assert.ts';
import { authorBody } from '../../core/record/body.ts';
import { parseJson } from '../../core/base/json.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { browserPorts } from '../ports/browser-ports.ts';
import { browserKeys, drawBrowserKeys, isSignedBy, type BrowserKeys } from './browser-keys.ts';
import { enrolHere } from './enrol-here.ts';
import { packText, unpackText } from './pack-text.ts';
import { SiteLink, type LinkNews } from './site-link.ts';
import { siteTransport, type Fetch } from './site-transport.ts';

const ports = browserPorts();
const NODE = 'dev-abc';
let site: BedNode;
let keys: BrowserKeys;
const open: SiteLink[] = [];
beforeEach(async () => {
  site = bedNode('site', 'site');
  keys = drawBrowserKeys(ports.chance);
  await site.listen();
});
afterEach(async () => {
  for (const link of open.splice(0)) link.close();
  await site.close();
});

const enrolled = async (): Promise<ParentRecord> => {
  const code = await site.invite({ name: 'tablet 3', tier: 'device', site: 'Location/ward-a' });
  const done = await enrolHere({ origin: site.url, code, node: NODE, keys, clock: ports.clock });
  assert(done.ok, 'the site takes it in');
  return done.value;
};
function linkTo(
  parent: ParentRecord,
  fetch?: Fetch,
): { readonly store: MemorySyncStore; readonly link: SiteLink; readonly news: LinkNews[] } {
  const clock = deviceClock(ports.clock, ports.monotonic, 0);
  const signing = { key: keys.publicKeys.sign, sign: (hash: string) => keys.sign(commitWords(hash)) };
  const log = { append: async () => undefined, replace: async () => undefined };
  const store = openMemorySyncStore({ ...ports, clock, node: NODE, signing }, log);
  const news: LinkNews[] = [];
  const { incarnation } = store.identity();
  const transport = siteTransport({
    origin: site.url,
    parent,
    keys,
    incarnation,
    ports,
    ...(fetch === undefined ? {} : { fetch }),
  });
  const link = new SiteLink({
    store,
    clock,
    ports,
    parent,
    transport,
    askNow: async () => ({ site: 'Kisoro', code: 'KIS', region: 'away', downtime: true }),
    told: (one) => void news.push(one),
  });
  open.push(link);
  return { store, link, news };
}
async function writeHere(store: MemorySyncStore, id: string): Promise<void> {
  const text = `{"resourceType":"Patient","id":"${id}"}`;
  const parsed = parseJson(text);
  assert(parsed.ok, 'it parses');
  const body = authorBody(text, parsed.value, id);
  const key = { type: 'Patient', id };
  const at = ports.clock.now();
  await store.append({ receivedAt: at, revisions: [{ key, kind: 'put', parents: [], body, authoredAt: at }] });
}

test('[BD20] signatures, packs and keys of a browser are those of every other node', async () => {
  expect(isSignedByServer(keys.publicKeys.sign, 'words', keys.sign('words'))).toBe(true);
  expect(isSignedBy(site.keys.publicKeys.sign, 'words', site.keys.sign('words'))).toBe(true);
  expect(isSignedBy(site.keys.publicKeys.sign, 'other', site.keys.sign('words'))).toBe(false);
  expect(isSignedBy('AAAA', 'words', 'AAAA')).toBe(false);
  expect(browserKeys(keys.text).publicKeys).toEqual(keys.publicKeys);
  const text = 'aé€😀\n'.repeat(1_000);
  expect(await unpackOnServer(await packText(text))).toEqual({ ok: true, value: text });
  expect(await unpackText(await packOnServer(text))).toEqual({ ok: true, value: text });
  expect(await unpackText(await packOnServer(text), 100)).toEqual({ ok: false, error: 'too-large' });
  expect(await unpackText(new Uint8Array([1, 2, 3]))).toEqual({ ok: false, error: 'malformed' });
});

test('[BD22] a code makes a browser a device; who does not know the code is not believed', async () => {
  expect(await enrolled()).toMatchObject({ node: 'site', as: { name: 'tablet 3', site: 'Location/ward-a' } });
  expect(site.enrolled).toMatchObject([{ node: NODE, tier: 'device', site: 'Location/ward-a', keys: keys.publicKeys }]);
  const enrol = (code: string, fetch?: Fetch): ReturnType<typeof enrolHere> =>
    enrolHere({
      origin: site.url,
      code,
      node: NODE,
      keys,
      clock: ports.clock,
      ...(fetch === undefined ? {} : { fetch }),
    });
  expect(await enrol('KX7QM')).toMatchObject({ ok: false, error: { kind: 'code' } });
  const code = await site.invite({ name: 'tablet 4', tier: 'device', site: 'Location/ward-a' });
  const lying: Fetch = async () => Response.json({ node: 'site', name: 'x', tier: 'site', keys: keys.publicKeys });
  expect(await enrol(code, lying)).toEqual({ ok: false, error: { kind: 'untrusted' } });
  const away: Fetch = () => Promise.reject(new TypeError('Failed to fetch'));
  expect(await enrol(code, away)).toEqual({ ok: false, error: { kind: 'unreachable' } });
});

test('[BD21] [BD23] [BD24] what is written is handed over, signed; what the site has comes; and where it stands is told', async () => {
  const parent = await enrolled();
  const asked: RequestInit[] = [];
  const { store, link, news } = linkTo(parent, (address, init) => {
    asked.push(init);
    expect(address).toBe(`${site.url}/sync/1`);
    return fetch(address, init);
  });
  await write(site, 'Patient', 'from-site');
  await writeHere(store, 'from-here');
  await link.meet();
  expect((await store.read([{ type: 'Patient', id: 'from-site' }], EVERYTHING))[0]).toBeDefined();
  const [got] = await site.store.read([{ type: 'Patient', id: 'from-here' }], EVERYTHING);
  expect(got).toBeDefined();
  const { origin } = store.identity();
  expect(store.durabilityOf(origin, 1)).toBe('D1');
  const [carried] = site.store.commits(origin, 1, 1);
  assert(carried !== undefined, 'the site holds the commit');
  expect(vouchedFor(carried, (key) => key === keys.publicKeys.sign)).toBe('signed');
  expect(Object.assign({}, ...news)).toMatchObject({
    place: 'site',
    downtime: true,
    siteCode: 'KIS',
    isRefused: false,
  });
  expect(news.at(-1)?.asOf).toBeGreaterThan(0);
  for (const init of asked) expect(init).toMatchObject({ credentials: 'omit', redirect: 'error', method: 'POST' });
  // A write that is made while nobody watches goes by itself.
  link.start();
  await writeHere(store, 'later');
  link.wake();
  await expect
    .poll(async () => (await site.store.read([{ type: 'Patient', id: 'later' }], EVERYTHING))[0], { timeout: 20_000 })
    .toBeDefined();
});

test('[BD24] a site that refuses the device, or is away, stops nothing and is told', async () => {
  const parent = await enrolled();
  const { store, link, news } = linkTo(parent);
  const entry = site.enrolled[0];
  assert(entry !== undefined, 'it is in the register');
  await site.register.retire(entry, 'lost in a taxi');
  await writeHere(store, 'kept');
  await link.meet();
  expect(news.at(-1)).toEqual({ place: 'device', isRefused: true });
  expect((await store.read([{ type: 'Patient', id: 'kept' }], EVERYTHING))[0]).toBeDefined();
  await site.close();
  await link.meet();
  expect(news.at(-1)).toEqual({ place: 'device', isRefused: false });
  expect(store.below('D1')).toHaveLength(1);
});

test('[BD25] a network that swallows everything is found out, and what is under way ends with the link', async () => {
  const parent = await enrolled();
  const swallows: Fetch = (_address, { signal }) =>
    new Promise((_answered, failed) => signal?.addEventListener('abort', () => failed(new Error('aborted'))));
  const options = { origin: site.url, parent, keys, incarnation: 'x', ports, fetch: swallows };
  const hello = { kind: 'offer', names: [] } as const;
  const silent = await siteTransport({ ...options, answerMs: 20 }).exchange(hello);
  expect(silent).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
  const patient = siteTransport(options);
  const asked = patient.exchange(hello);
  await new Promise((later) => setTimeout(later, 20));
  patient.reset();
  expect(await asked).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
});

test('[BD24] a filling is told while something comes, and a comparison that finds nothing is none', async () => {
  const parent = await enrolled();
  for (let n = 0; n < 450; n++) await write(site, 'Patient', `p${n}`);
  const { store, link, news } = linkTo(parent);
  await link.meet();
  const told = news.flatMap(({ filling }) => (filling === undefined || filling === null ? [] : [filling]));
  expect(told.length).toBeGreaterThan(0);
  expect(told.every(({ done, of }) => done < of && of >= 450)).toBe(true);
  expect(news.at(-1)).toMatchObject({ filling: null });
  news.length = 0;
  await store.forgetLinks();
  await link.meet();
  expect(news.flatMap(({ filling }) => filling ?? [])).toEqual([]);
});
