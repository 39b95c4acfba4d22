// The host of a browser that keeps nothing, against a real site.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { duty, principal } from '../../core/access/small-hospital.test-kit.ts';
import { assert } from '../../core/base/assert.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { bedNode, type BedNode } from '../../server/sync-api/link-bed.test-kit.ts';
import { browserPorts } from '../ports/browser-ports.ts';
import type { SignedWho } from './gate.ts';
import { serveCalls } from './calls.ts';
import { servedBy } from './serve-host.ts';
import { principalOf, readSignedWho } from './signed-who.ts';
import { RemoteDevice } from './remote-device.ts';
import { WardHost } from './ward-host.ts';

let site: BedNode;
const hosts: WardHost[] = [];
beforeEach(async () => {
  site = bedNode('site', 'site', { at: Date.now() });
  await site.listen();
});
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
  await site.close();
});

const WHO = principal([duty('service', { places: [] })], { who: 'Practitioner/me', name: 'Me' });
function signed(by: BedNode, node = by.node, at = Date.now()): SignedWho {
  const text = JSON.stringify({ who: WHO, site: 'Kisoro', node, at });
  return { text, signature: by.keys.sign(`holdfast who 1\n${text}`) };
}
const never = (): never => {
  throw new Error('a browser that keeps nothing opens no store');
};
function thinHost(): WardHost {
  const host = new WardHost({
    ports: browserPorts(),
    origin: site.url,
    build: 'test',
    openVaults: never,
    newNodeName: () => 'dev-thin',
    openLog: never,
    fill: never,
  });
  hosts.push(host);
  return host;
}
const code = (): Promise<string> => site.invite({ name: 'nobody’s tablet', tier: 'device', site: 'Location/ward-a' });

test('[BD30] rights are those that the own site signed, of itself; old ones are used and marked', () => {
  const parent = { node: 'site', keys: site.keys.publicKeys };
  const profile = readSignedWho(signed(site), parent);
  assert(profile !== undefined, 'the site signed it');
  expect(profile.principal.who).toBe('Practitioner/me');
  const { text, signature } = signed(site);
  expect(readSignedWho({ text: text.replace('service', 'doctor'), signature }, parent)).toBeUndefined();
  expect(readSignedWho(signed(site, 'another-site'), parent)).toBeUndefined();
  expect(readSignedWho(signed(bedNode('site', 'site')), parent)).toBeUndefined();
  const HOUR = 3_600_000;
  expect(principalOf(profile, profile.at + 71 * HOUR).unconfirmed).toBeUndefined();
  expect(principalOf(profile, profile.at + 73 * HOUR)).toMatchObject({ who: 'Practitioner/me', unconfirmed: true });
});

test('[BD32] a browser that keeps nothing works, hands over what is written, and is gone with the tab', async () => {
  const host = thinHost();
  expect(host.device.status()).toMatchObject({ session: { kind: 'none' } });
  expect(await host.beginThin(signed(bedNode('other', 'site')), await code())).toMatchObject({ ok: false });
  expect(await host.beginThin(signed(site), await code())).toEqual({ ok: true });
  const { device } = host;
  expect(device.status()).toMatchObject({ keeping: 'thin', session: { kind: 'open' }, site: 'Kisoro' });
  const text = '{"resourceType":"Patient"}';
  const done = await device.save([{ kind: 'create', type: 'Patient', text }]);
  assert(done.ok && done.value.commit !== undefined, 'it is written');
  expect(done.value.safe).toBe('D0');
  await device.syncNow();
  expect(device.safetyOf(done.value.commit)).toBe('D1');
  const id = done.value.shown[0]?.key.id ?? '';
  expect((await site.store.read([{ type: 'Patient', id }], EVERYTHING))[0]).toBeDefined();
  await device.lock('person');
  expect(device.status()).toMatchObject({ session: { kind: 'none' } });
  expect(await device.save([{ kind: 'create', type: 'Patient', text }])).toMatchObject({
    ok: false,
    error: { kind: 'locked' },
  });
});

test('[BD32] where a browser lets nothing be kept, there is a device that keeps nothing', async () => {
  const host = thinHost();
  await host.begin();
  expect(host.device.status()).toMatchObject({ keeping: 'thin', session: { kind: 'none' } });
  expect(host.state()).toMatchObject({ people: [], isEnrolled: false });
  expect(await host.unlock('Practitioner/me', { way: 'passphrase', passphrase: 'x' })).toMatchObject({
    ok: false,
    error: { kind: 'store' },
  });
  expect(await host.beginThin(signed(site), await code())).toEqual({ ok: true });
  expect(host.device.status().session.kind).toBe('open');
});

test('[BD33] a look at a host that went is asked again, a write is told to be unknown', async () => {
  const heard: ((message: unknown) => void)[] = [];
  const posted: { readonly id: number; readonly call: string }[] = [];
  const status = thinHost().device.status();
  const remote = new RemoteDevice(
    { post: (message) => void posted.push(message as (typeof posted)[number]), listen: (one) => void heard.push(one) },
    status,
  );
  const tell = (message: unknown): void => {
    for (const one of heard) one(message);
  };
  const look = remote.chart('p1');
  const write = remote.save([]);
  tell({ gone: true });
  expect(await write).toMatchObject({ ok: false, error: { kind: 'contended' } });
  await expect.poll(() => posted.map(({ call }) => call)).toEqual(['chart', 'save', 'chart']);
  tell({ id: posted[2]?.id, value: { patient: -1, all: [], held: 'unknown', beyondReach: false } });
  expect(await look).toEqual({ patient: undefined, all: [], held: 'unknown', beyondReach: false });
});

test('[BD37] a page is shown what the device shows, and what it had before as the same object', async () => {
  const host = thinHost();
  await host.beginThin(signed(site), await code());
  const toPage: ((message: unknown) => void)[] = [];
  const toHost: ((message: unknown) => void)[] = [];
  const post = (to: ((message: unknown) => void)[]) => (message: unknown) =>
    void queueMicrotask(() => to.forEach((heard) => heard(structuredClone(message))));
  const { device } = host;
  const tell = serveCalls(servedBy(host), { post: post(toPage), listen: (heard) => void toHost.push(heard) });
  device.listen((news) => {
    tell({ status: device.status() });
    tell({ news });
  });
  const page = new RemoteDevice({ post: post(toHost), listen: (heard) => void toPage.push(heard) }, device.status());
  await page.begin();
  const patient = '{"resourceType":"Patient","id":"p","name":[{"family":"Ō"}]}';
  const made = await page.save([{ kind: 'create', type: 'Patient', id: 'p', text: patient }]);
  assert(made.ok, 'it is written');
  expect(made.value.shown[0]?.resource).toEqual(JSON.parse(patient));
  const [first, again] = [await page.chart('p'), await page.chart('p')];
  expect(first).toEqual(await device.chart('p'));
  expect(again.patient).toBe(first.patient);
  const [read] = await page.read([{ type: 'Patient', id: 'p' }]);
  expect(read).toBe(first.patient);
  expect(await page.search('Patient')).toEqual(await device.search('Patient'));
  expect(await page.history({ type: 'Patient', id: 'p' })).toEqual(await device.history({ type: 'Patient', id: 'p' }));
  await page.save([{ kind: 'update', type: 'Patient', id: 'p', text: patient.replace('Ō', 'Ó') }]);
  expect((await page.chart('p')).patient?.resource).toMatchObject({ name: [{ family: 'Ó' }] });
  await page.lock('person');
  expect(page.status().session.kind).toBe('none');
  expect(await page.chart('p')).toMatchObject({ all: [], held: 'unknown' });
});
