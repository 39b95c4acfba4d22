import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../core/base/ports.ts';
import { err, ok } from '../../core/base/result.ts';
import type { Change } from '../../core/engine/engine.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { vouchedFor } from '../sync-api/commit-words.ts';
import { nodePorts } from '../ports/node-ports.ts';
import type { Device } from './device.ts';
import {
  authoredIn,
  closeDevices,
  newFolder,
  observation,
  PASSPHRASE,
  testDevice,
  testParent,
  valuesIn,
  type TestParent,
} from './device.test-kit.ts';
import { openDevice } from './open-device.ts';
import type { ParentLink } from '../../core/sync/parent-links.ts';

afterEach(closeDevices);

const write = async (device: Device, value: string): Promise<{ origin: string; seq: number }> => {
  const done = await device.write([observation(value)]);
  if (!done.ok || done.value.commit === undefined) throw new Error(`refused: ${JSON.stringify(done)}`);
  return done.value.commit;
};
const names = (count: number, of = 'v'): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${of}${String(i).padStart(3, '0')}`);
const writeAll = async (device: Device, values: readonly string[]): Promise<void> => {
  for (const value of values) await write(device, value);
};
/** Meets until nothing is left, at most a few times. */
async function meet(device: Device): Promise<void> {
  const done = await device.syncNow();
  if (done.trouble !== undefined) throw new Error(done.trouble);
}

describe('alone', () => {
  test('[DV1] a device that knows nobody writes, reads and searches, and finds it again after it was closed', async () => {
    const folder = newFolder();
    const device = await testDevice({ folder });
    const patient = await device.write([
      { kind: 'update', type: 'Patient', id: 'p1', text: '{"resourceType":"Patient","id":"p1","active":true}' },
    ]);
    expect(patient).toMatchObject({ ok: true, value: { class: 'D0', commit: { seq: 1 } } });
    await writeAll(device, names(5));
    const done = await device.transaction([
      {
        fullUrl: 'urn:uuid:0b7e5b1c-6c1f-4a5e-9a51-1b9c6a3f6a01',
        change: {
          kind: 'create',
          type: 'Encounter',
          text: '{"resourceType":"Encounter","status":"in-progress","class":{"code":"IMP"},"subject":{"reference":"Patient/p1"}}',
        },
      },
      {
        change: {
          kind: 'create',
          type: 'Observation',
          text: '{"resourceType":"Observation","status":"final","code":{"text":"weight"},"subject":{"reference":"Patient/p1"},"encounter":{"reference":"urn:uuid:0b7e5b1c-6c1f-4a5e-9a51-1b9c6a3f6a01"},"valueQuantity":{"value":71.50}}',
        },
      },
    ]);
    expect(done.ok).toBe(true);
    expect(
      await device.write([{ kind: 'create', type: 'Observation', text: '{"resourceType":"Observation"}' }]),
    ).toMatchObject({
      ok: false,
      error: { refusal: { kind: 'invalid' } },
    });
    expect(device.unsent()).toMatchObject({ count: 7 });
    await device.close();
    const again = await testDevice({ folder });
    const found = await again.search('Observation?subject=Patient/p1&_count=20');
    expect(found.ok && found.value.found.length).toBe(6);
    const weight = found.ok ? found.value.found.find(({ text }) => text.includes('weight')) : undefined;
    expect(weight?.text).toContain('"value":71.50');
    expect(weight?.text).toMatch(/"encounter":\{"reference":"Encounter\//);
    expect(again.unsent()).toMatchObject({ count: 7 });
    expect((await again.store.verify()).findings).toEqual([]);
  });

  test('[DV12] the folder opens with its passphrase alone, and shows nothing of a patient to who has not got it', async () => {
    const folder = newFolder();
    const device = await testDevice({ folder });
    await write(device, 'secretvalue');
    await device.close();
    await expect(openDevice({ folder, passphrase: 'another passphrase altogether', link: 'off' })).rejects.toThrow(
      'not the passphrase',
    );
    await expect(testDevice({ passphrase: 'short' })).rejects.toThrow('12 characters');
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, file);
      if (!file.includes('.')) continue;
      expect(readFileSync(path, 'latin1'), file).not.toMatch(/secretvalue|Observation|PRIVATE KEY/);
    }
  });

  test('[DV13] a folder is worked with by one process at a time', async () => {
    const folder = newFolder();
    await testDevice({ folder });
    await expect(testDevice({ folder })).rejects.toThrow('already');
  });
});

describe('with a site', () => {
  const withSite = async (site: TestParent, more: Parameters<typeof testDevice>[0] = {}): Promise<Device> =>
    testDevice({ parents: [site.link('device-a')], ...more });

  test('[DV7] [DV19] a write climbs from D0 to D3 as others say that they hold it, and falls when a disk is gone', async () => {
    const [site, region] = [testParent('site'), testParent('region')];
    const device = await withSite(site);
    const commit = await write(device, 'a');
    expect(device.safetyOf(commit)).toEqual({ class: 'D0', alsoOn: [] });
    await meet(device);
    expect(device.safetyOf(commit).class).toBe('D1');
    expect(device.unsent()).toEqual({ count: 0 });
    expect(device.status().classes).toEqual({ D0: 0, D1: 1, D1m: 0, D2: 0 });
    await site.meet(region);
    await meet(device);
    expect(device.safetyOf(commit).class).toBe('D2');
    await region.store.learn([[commit.origin, commit.seq]], []);
    await site.meet(region);
    await meet(device);
    expect(device.safetyOf(commit).class).toBe('D3');
    const next = await write(device, 'b');
    await meet(device);
    expect(device.safetyOf(next).class).toBe('D1');
    site.loseDisk();
    await meet(device);
    expect(await valuesIn(site.store)).toContain('b');
    expect(device.safetyOf(next).class).toBe('D1');
  });

  test('[DV17] with the site gone the region is met, then the site again; everything is there once', async () => {
    const [site, region] = [testParent('site'), testParent('region')];
    const device = await testDevice({ parents: [region.link('device-a'), site.link('device-a')] });
    await writeAll(device, names(3, 'a'));
    await meet(device);
    expect((await valuesIn(site.store)).length).toBe(3);
    site.isUp = false;
    await writeAll(device, names(3, 'b'));
    expect(await device.syncNow()).toMatchObject({ met: 'region' });
    expect(await valuesIn(region.store)).toEqual([...names(3, 'a'), ...names(3, 'b')]);
    site.isUp = true;
    await writeAll(device, names(3, 'c'));
    expect((await device.syncNow()).met).toBe('site');
    await site.meet(region);
    const all = [...names(3, 'a'), ...names(3, 'b'), ...names(3, 'c')];
    for (const { store } of [site, region]) expect(await valuesIn(store)).toEqual(all);
    expect(device.status().parents.map(({ parent, trouble }) => [parent, trouble])).toEqual([
      ['site', undefined],
      ['region', undefined],
    ]);
  });

  test('[DV17] a site that is gone without a word is not waited for at every meeting, and is asked again in time', async () => {
    const [site, region] = [testParent('site'), testParent('region')];
    let elapsed = 0;
    let asked = 0;
    const link = site.link('device-a');
    const exchange: ParentLink['transport']['exchange'] = (request) => {
      asked += 1;
      return link.transport.exchange(request);
    };
    const parents = [{ ...link, transport: { ...link.transport, exchange } }, region.link('device-a')];
    const device = await testDevice({ monotonic: () => elapsed, silentMs: 10_000, parents });
    site.isUp = false;
    expect((await device.syncNow()).met).toBeUndefined();
    elapsed += 10_000;
    expect((await device.syncNow()).met).toBe('region');
    asked = 0;
    for (let meeting = 0; meeting < 3; meeting++) {
      elapsed += 5_000;
      expect((await device.syncNow()).met).toBe('region');
    }
    expect(asked).toBe(0);
    elapsed += 5_000;
    await device.syncNow();
    expect(asked).toBe(1);
    region.isUp = false;
    elapsed += 1_000;
    expect((await device.syncNow()).met).toBeUndefined();
    site.isUp = true;
    elapsed += 1_000;
    // Nobody else answers: it is asked, whatever was to be waited.
    await device.syncNow();
    elapsed += 10_000;
    expect((await device.syncNow()).met).toBe('site');
  });

  test('[DV18] a link that answers and takes nothing is forgotten after a while, and both sides are compared', async () => {
    const site = testParent('site');
    let elapsed = 0;
    const link = site.link('device-a');
    const kinds: string[] = [];
    let isWedged = false;
    const exchange: ParentLink['transport']['exchange'] = async (request) => {
      kinds.push(request.kind);
      if (!isWedged || request.kind !== 'push') return link.transport.exchange(request);
      const verdicts = request.commits.map(() => ({ result: 'gap', need: 1 }) as const);
      return ok({ reply: { kind: 'verdicts', verdicts }, skewMs: 0, tookMs: 0, sentBytes: 0, gotBytes: 0 });
    };
    const parents = [{ ...link, transport: { ...link.transport, exchange } }];
    const device = await testDevice({ monotonic: () => elapsed, parents });
    await meet(device);
    isWedged = true;
    await write(device, 'a');
    kinds.length = 0;
    for (let minute = 0; minute < 4; minute++) {
      elapsed += 60_000;
      await device.syncNow();
    }
    expect(kinds).not.toContain('compare');
    for (let minute = 0; minute < 4; minute++) {
      elapsed += 60_000;
      await device.syncNow();
    }
    expect(kinds).toContain('compare');
    isWedged = false;
    await meet(device);
    expect(await valuesIn(site.store)).toEqual(['a']);
  });

  test('[DV14] [DV15] a clock that is years ahead: taken in, marked, and it orders nothing', async () => {
    const site = testParent('site');
    const ports = nodePorts();
    const years = 10 * 365 * 24 * 3_600_000;
    const wrong: Clock = { now: () => Date.now() + years };
    // Seen from there, the parent is years behind.
    site.aheadMs = -years;
    const device = await testDevice({ ports: { ...ports, clock: wrong }, parents: [site.link('device-a')] });
    await meet(device);
    expect(device.status().clock).toMatchObject({ suspect: true });
    const done = await device.write([
      { kind: 'update', type: 'Patient', id: 'p1', text: '{"resourceType":"Patient","id":"p1","active":true}' },
    ]);
    expect(done.ok).toBe(true);
    await meet(device);
    const [authored] = await authoredIn(site.store, 'Patient', 'p1');
    expect(authored).toMatchObject({ skew: { suspect: true } });
    const { wallMs, hlc, skew } = authored as { wallMs: number; hlc: string; skew: { ms: number } };
    expect(Math.abs(wallMs - wrong.now())).toBeLessThan(60_000);
    expect(Math.abs(skew.ms - years)).toBeLessThan(60_000);
    // The order of what is shown is by the right time.
    expect(Math.abs(Number.parseInt(hlc.slice(0, 12), 16) - Date.now())).toBeLessThan(60_000);
  });

  test('[DV16] commits are signed by the device; a signature that cannot be proved is told, and the commit stands', async () => {
    const site = testParent('site');
    const device = await withSite(site);
    const { origin } = await write(device, 'a');
    await meet(device);
    const [commit] = await site.store.commits(origin, 1, 1);
    if (commit === undefined) throw new Error('the site has it');
    const known = device.publicKeys.sign;
    expect(vouchedFor(commit, (key) => key === known)).toBe('signed');
    expect(vouchedFor(commit, () => false)).toBe('unknown-key');
    expect(vouchedFor({ ...commit, signature: 'A'.repeat(86) }, () => true)).toBe('not-signed');
    expect(vouchedFor({ ...commit, header: commit.header.replace(known, '') }, () => true)).toBe('unsigned');
    const other = testParent('region');
    expect(await other.store.receive([{ ...commit, signature: 'no signature' }], 'below')).toEqual([
      { result: 'stored' },
    ]);
  });

  test('[DV25] two devices that changed the same apart show the same of it, as the site does', async () => {
    const site = testParent('site');
    const [a, b] = [await testDevice({ parents: [site.link('a')] }), await testDevice({ parents: [site.link('b')] })];
    const allergy = (more: string): Change => ({
      kind: 'update',
      type: 'AllergyIntolerance',
      id: 'x',
      text: `{"resourceType":"AllergyIntolerance","id":"x","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},"code":{"text":"Penicillin"},"patient":{"reference":"Patient/p1"}${more}}`,
    });
    await a.write([allergy('')]);
    await meet(a);
    await meet(b);
    await a.write([allergy(',"criticality":"high"')]);
    await b.write([allergy(',"criticality":"low","note":[{"text":"rash as a child"}]')]);
    for (const device of [a, b, a, b]) await meet(device);
    const [there] = await site.store.read([{ type: 'AllergyIntolerance', id: 'x' }], EVERYTHING);
    expect(there).toMatchObject({ conflict: true, severity: 'S1' });
    for (const device of [a, b]) {
      const here = await device.read('AllergyIntolerance', 'x');
      expect({ ...here, lastUpdatedAt: 0 }).toEqual({ ...there, lastUpdatedAt: 0 });
    }
  });

  test('[DV24] a device that its parent refuses goes on writing and reading, keeps everything, and says why', async () => {
    const site = testParent('site');
    const link = site.link('device-a');
    let isRetired = false;
    const exchange: ParentLink['transport']['exchange'] = async (request) =>
      isRetired ? err({ kind: 'retired', text: 'site has retired this node.' }) : link.transport.exchange(request);
    const folder = newFolder();
    const parents = [{ ...link, transport: { ...link.transport, exchange } }];
    const device = await testDevice({ folder, parents });
    await writeAll(device, names(2, 'before'));
    await meet(device);
    isRetired = true;
    await writeAll(device, names(3, 'after'));
    expect(await device.syncNow()).toEqual({ trouble: 'site has retired this node.', left: 3 });
    expect(device.status().parents).toMatchObject([{ trouble: 'site has retired this node.' }]);
    await device.close();
    const again = await testDevice({ folder, parents });
    await again.syncNow();
    expect(again.unsent().count).toBe(3);
    const found = await again.search('Observation?_count=10');
    expect(found.ok && found.value.found).toHaveLength(5);
    // Taken back: what it wrote meanwhile arrives.
    isRetired = false;
    await meet(again);
    expect(await valuesIn(site.store)).toEqual([...names(3, 'after'), ...names(2, 'before')]);
  });

  test('[DV3] a copied folder: both run, nothing that either wrote is lost', async () => {
    const site = testParent('site');
    const folder = newFolder();
    const device = await withSite(site, { folder });
    await writeAll(device, names(3, 'before'));
    const copy = newFolder();
    cpSync(folder, copy, { recursive: true });
    const twin = await withSite(site, { folder: copy });
    expect(twin.node).toBe(device.node);
    await writeAll(device, names(3, 'one'));
    await writeAll(twin, names(3, 'two'));
    await meet(device);
    await meet(twin);
    await writeAll(device, names(2, 'onemore'));
    await writeAll(twin, names(2, 'twomore'));
    await meet(twin);
    await meet(device);
    expect(await valuesIn(site.store)).toEqual(
      [
        ...names(3, 'before'),
        ...names(3, 'one'),
        ...names(3, 'two'),
        ...names(2, 'onemore'),
        ...names(2, 'twomore'),
      ].sort(),
    );
  });
});

describe('the ward', () => {
  interface Ward {
    readonly site: TestParent;
    readonly region: TestParent;
    readonly b: Device;
    openA(more?: Parameters<typeof testDevice>[0]): Promise<Device>;
  }
  /** Two devices that the site vouched for; B listens. */
  async function ward(more: Parameters<typeof testDevice>[0] = {}): Promise<Ward> {
    const [site, region] = [testParent('site'), testParent('region')];
    const b = await testDevice({
      parents: [site.link('b'), region.link('b')],
      ...more,
      ward: { port: 0, ...more.ward },
    });
    const port = b.status().wardPort;
    await site.vouchFor(b.node, 'Tablet B', b.publicKeys);
    return {
      site,
      region,
      b,
      openA: async (moreOfA = {}) => {
        const a = await testDevice({
          parents: [site.link('a'), region.link('a')],
          ward: { peers: [`http://127.0.0.1:${port}`] },
          ...moreOfA,
        });
        await site.vouchFor(a.node, 'Tablet A', a.publicKeys);
        await meet(a);
        await meet(b);
        return a;
      },
    };
  }

  test('[DV6] [DV19] A writes 100 entries with the site gone and is destroyed: what B held arrives, once', async () => {
    const { site, region, b, openA } = await ward();
    const a = await openA();
    await writeAll(a, names(20, 'early'));
    await meet(a);
    site.isUp = false;
    region.isUp = false;
    const last = [];
    for (const value of names(100)) last.push(await write(a, value));
    expect(a.safetyOf(last[99] ?? { origin: '', seq: 0 })).toEqual({ class: 'D0', alsoOn: [] });
    expect(await a.handOverNow()).toBe(true);
    for (const commit of last) expect(a.safetyOf(commit)).toEqual({ class: 'D0', alsoOn: ['Tablet B'] });
    // Nothing is shown at B of what it carries.
    const seen = await b.search('Observation?_count=1000');
    expect(seen.ok && seen.value.found.filter(({ text }) => text.includes('"v0')).length).toBe(0);
    expect(b.status().carried.count).toBeGreaterThanOrEqual(100);
    expect(b.unsent()).toEqual({ count: 0 });
    await a.close();
    // The site is gone for good, too: what it alone had is among the copies.
    region.isUp = true;
    expect(await b.syncNow()).toMatchObject({ met: 'region' });
    expect(await valuesIn(region.store)).toEqual([...names(20, 'early'), ...names(100)]);
    site.isUp = true;
    await meet(b);
    await site.meet(region);
    for (const { store } of [site, region])
      expect(await valuesIn(store)).toEqual([...names(20, 'early'), ...names(100)]);
  });

  test('[DV6] both come back: B, and A itself, hand over the same, and it is there once', async () => {
    const { site, region, b, openA } = await ward();
    const a = await openA();
    site.isUp = region.isUp = false;
    await writeAll(a, names(10));
    await a.handOverNow();
    await writeAll(a, names(10, 'w'));
    site.isUp = true;
    await meet(b);
    await meet(a);
    await meet(b);
    expect(await valuesIn(site.store)).toEqual([...names(10), ...names(10, 'w')]);
    expect((await b.store.verify()).findings).toEqual([]);
  });

  test('[DV20] nobody deals with a device that no parent vouched for, or that was retired', async () => {
    const { site, region, b, openA } = await ward();
    const a = await openA();
    const stranger = await testDevice({
      parents: [site.link('c')],
      ward: { peers: [`http://127.0.0.1:${b.status().wardPort}`] },
    });
    await meet(stranger);
    await site.retire(a.publicKeys);
    await meet(b);
    site.isUp = region.isUp = false;
    await write(a, 'retired');
    await write(stranger, 'strange');
    expect(await stranger.handOverNow()).toBe(false);
    expect(await a.handOverNow()).toBe(false);
    expect(b.status().carried.count).toBe(0);
  });

  test('[DV21] what was changed on the way, is for another, or is of another is not taken', async () => {
    const { site, region, b, openA } = await ward();
    const a = await openA();
    const c = await testDevice({ parents: [site.link('c')], ward: { peers: [] } });
    await site.vouchFor(c.node, 'Tablet C', c.publicKeys);
    await meet(b);
    site.isUp = region.isUp = false;
    await write(a, 'x');
    const url = `http://127.0.0.1:${b.status().wardPort}/ward/1`;
    const post = async (headers: Record<string, string>, body: string): Promise<number> =>
      (await fetch(url, { method: 'POST', headers, body })).status;
    const key = a.publicKeys.sign;
    expect(await post({}, 'x')).toBe(400);
    expect(
      await post(
        { 'x-holdfast-key': key, 'x-holdfast-to': b.publicKeys.sign, 'x-holdfast-signature': 'A'.repeat(86) },
        'x',
      ),
    ).toBe(403);
    expect(
      await post(
        { 'x-holdfast-key': key, 'x-holdfast-to': c.publicKeys.sign, 'x-holdfast-signature': 'A'.repeat(86) },
        'x',
      ),
    ).toBe(400);
    expect((await fetch(`http://127.0.0.1:${b.status().wardPort}/other`)).status).toBe(404);
    expect(b.status().carried.count).toBe(0);
  });

  test('[DV22] a device that is full says so, keeps what it has, and another one is asked', async () => {
    const { site, region, b, openA } = await ward({ ward: { port: 0, limits: { commits: 5, bytes: 1_000_000 } } });
    const c = await testDevice({ parents: [site.link('c')], ward: { port: 0 } });
    await site.vouchFor(c.node, 'Tablet C', c.publicKeys);
    await meet(c);
    const peers = [b, c].map((one) => `http://127.0.0.1:${one.status().wardPort}`);
    const a = await openA({ ward: { peers } });
    await meet(c);
    site.isUp = region.isUp = false;
    const first = await write(a, 'first');
    await a.handOverNow();
    await writeAll(a, names(10));
    expect(await a.handOverNow()).toBe(true);
    expect(b.status().carried.count).toBe(1);
    expect(a.safetyOf(first).alsoOn).toEqual(['Tablet B', 'Tablet C']);
  });
});

describe('the files', () => {
  test('[DV9] what is spoiled costs itself alone, is counted and set aside; both sides are compared then', async () => {
    const site = testParent('site');
    const folder = newFolder();
    const device = await testDevice({ folder, parents: [site.link('a')] });
    await meet(device);
    await writeAll(device, names(20));
    await device.close();
    const outbox = join(folder, 'outbox');
    const [file = ''] = readdirSync(outbox).filter((name) => name.endsWith('.log'));
    const bytes = readFileSync(join(outbox, file));
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 0x40, bytes.length >> 1);
    writeFileSync(join(outbox, file), bytes);
    const again = await testDevice({ folder, parents: [site.link('a')] });
    expect(again.status().spoiled).toBe(1);
    expect(existsSync(join(outbox, `${file}.spoiled`))).toBe(true);
    await meet(again);
    expect((await valuesIn(site.store)).length).toBe(19);
  });
});

test('the passphrase of tests is long enough', () => expect(PASSPHRASE.length).toBeGreaterThan(12));
