// Whole sessions between two stores. What many of them do under faults is the simulator's to test.
import { describe, expect, test } from 'vitest';
import { assert } from '../base/assert.ts';
import { pureDigest as digest } from '../base/sha256.ts';
import { revision } from '../record/contract/scribe.test-kit.ts';
import { BrokenLink, Link, TestNode } from './link-bed.test-kit.ts';
import { printOfScopes } from './scopes.ts';

const pair = (): { lower: TestNode; upper: TestNode } => ({ lower: new TestNode('D1'), upper: new TestNode('S1') });
const has = async (node: TestNode, name: string): Promise<boolean> => (await node.scribe.get(name)) !== undefined;

/** Sessions on a link that breaks, until one is done; how many it took. */
async function untilDone(link: Link, most = 2_000): Promise<number> {
  for (let tries = 1; tries <= most; tries++)
    try {
      const ended = await link.session();
      if (ended.end === 'done') return tries;
    } catch (thrown) {
      if (!(thrown instanceof BrokenLink)) throw thrown;
    }
  throw new Error(`not done after ${most} sessions`);
}

describe('versions', () => {
  test('[SY28] the highest version that both speak is settled by the welcome, and the hello is in the lowest', async () => {
    for (const [below, above, version] of [
      [[1, 1], [1, 2], 1],
      [[1, 2], [1, 1], 1],
      [[1, 2], [1, 2], 2],
      [[1, 3], [2, 2], 2],
    ] as const) {
      const { lower, upper } = pair();
      const link = new Link(lower, upper, { speaks: below }, { speaks: above });
      expect(await link.session()).toMatchObject({ end: 'done' });
      const [hello, ...others] = link.exchanges.map((each) => each.version);
      expect(hello).toBe(below[0]);
      expect(new Set(others)).toEqual(new Set([version]));
    }
  });
  test('[SY28] without a common version nothing is read or written, on either side of the gap', async () => {
    for (const [below, above] of [
      [
        [1, 1],
        [2, 3],
      ],
      [
        [2, 3],
        [1, 1],
      ],
    ] as const) {
      const { lower, upper } = pair();
      await lower.scribe.create('Flag/f', {});
      const link = new Link(lower, upper, { speaks: below }, { speaks: above });
      expect(await link.session()).toEqual({ end: 'refused', why: 'version' });
      expect(link.exchanges).toHaveLength(1);
      expect(upper.counts().commits).toBe(0);
    }
  });
});

describe('forks', () => {
  test('[SY22] what a child writes on in an origin of which the region holds another history comes to the region all the same', async () => {
    const { lower: child, upper: site } = pair();
    const region = new TestNode('R1');
    await child.scribe.create('Flag/a', {});
    const { origin } = child.identity();
    const [written] = child.commits(child.carried()[0]?.origin ?? origin, 1, 1);
    assert(written !== undefined, 'the device wrote');
    const header = written.header.replace(/,\d+,""\]$/, ',7,""]');
    await region.receive([{ ...written, header, hash: digest.sha256(header) }], 'below');
    const [toSite, toRegion] = [new Link(child, site), new Link(site, region, {}, { tier: 'region' })];
    await toSite.session();
    await toRegion.session();
    expect(site.link('R1')?.forked).toEqual([written.origin]);
    await child.scribe.create('Flag/b', {});
    await toSite.session();
    expect(await toRegion.session()).toMatchObject({ compared: true, rescued: 1 });
    expect(await has(region, 'Flag/b')).toBe(true);
    expect(await toRegion.session()).toMatchObject({ compared: false, rescued: 0 });
  });
});

describe('what people look up', () => {
  test('[SY29] is here at the end of the same session; what is refused is answered, too', async () => {
    const { lower, upper } = pair();
    upper.granted = [''];
    upper.sealed = ['pat/b'];
    await upper.scribe.create('Patient/a', {});
    await upper.scribe.create('Patient/b', {});
    const link = new Link(lower, upper);
    await link.session();
    expect(await has(lower, 'Patient/a')).toBe(false);
    await lower.want(['pat/a', 'pat/b']);
    expect(await link.session()).toMatchObject({ end: 'done', compared: true });
    expect([await has(lower, 'Patient/a'), await has(lower, 'Patient/b')]).toEqual([true, false]);
    expect(lower.wants()).toEqual([]);
    expect(link.of('want').map(({ reply }) => reply)).toEqual([
      { kind: 'granted', granted: ['pat/a'], refused: ['pat/b'] },
    ]);
  });
  test('[SY29] a question whose answer was lost is asked again', async () => {
    const { lower, upper } = pair();
    upper.granted = [''];
    await upper.scribe.create('Patient/a', {});
    await lower.want(['pat/a']);
    const link = new Link(lower, upper);
    link.breaksAfter = 1;
    await expect(link.session()).rejects.toThrow(BrokenLink);
    expect(lower.wants()).toEqual(['pat/a']);
    link.breaksAfter = Number.POSITIVE_INFINITY;
    await link.session();
    expect(await has(lower, 'Patient/a')).toBe(true);
  });
});

describe('where commits are safe', () => {
  test('[SY30] a push to a site is D1, to a region D2; what the site knows of the region comes with its welcome', async () => {
    const { lower, upper } = pair();
    const region = new TestNode('R1');
    await lower.scribe.create('Flag/f', {});
    const [tip] = lower.carried();
    const classNow = (): string => lower.durabilityOf(tip?.origin ?? '', tip?.seq ?? 0);
    const [toSite, toRegion] = [new Link(lower, upper), new Link(upper, region, {}, { tier: 'region' })];
    expect(classNow()).toBe('D0');
    await toSite.session();
    expect(classNow()).toBe('D1');
    await toRegion.session();
    expect(classNow()).toBe('D1');
    await toSite.session();
    expect(classNow()).toBe('D2');
    await region.learn(
      region.carried().map(({ origin, seq }) => [origin, seq]),
      [],
    );
    await toRegion.session();
    await toSite.session();
    expect(classNow()).toBe('D3');
  });
  test('[SY30] what another peer says ends what was said before: a class may fall', async () => {
    const { lower, upper } = pair();
    const region = new TestNode('R1');
    await lower.scribe.create('Flag/f', {});
    const [tip] = lower.carried();
    await new Link(lower, region, {}, { tier: 'region' }).session();
    expect(lower.durabilityOf(tip?.origin ?? '', 1)).toBe('D2');
    await new Link(lower, upper).session();
    expect(lower.durabilityOf(tip?.origin ?? '', 1)).toBe('D1');
  });
});

describe('pages', () => {
  const BODY = `{"resourceType":"Binary","id":"scan","contentType":"text/plain","data":"${'QUJD'.repeat(12_000)}"}`;

  test('[SY31] a large body comes last and in ranges, byte for byte, and goes on where it broke off', async () => {
    const { lower, upper } = pair();
    await upper.scribe.create('Binary/scan', BODY);
    await upper.scribe.create('Flag/f', {});
    const link = new Link(lower, upper, { bytes: 3_000 }, { large: 1_000 });
    // Hello, foremost, compare, fetch, pull and two ranges; then nothing.
    link.breaksAfter = 7;
    await expect(link.session()).rejects.toThrow(BrokenLink);
    expect(await has(lower, 'Flag/f')).toBe(true);
    expect(await has(lower, 'Binary/scan')).toBe(false);
    expect(lower.link('S1')?.deferred).toHaveLength(1);
    const sessions = await untilDone(link);
    expect(sessions).toBeGreaterThan(1);
    expect((await lower.scribe.get('Binary/scan'))?.text).toBe((await upper.scribe.get('Binary/scan'))?.text);
    expect(lower.link('S1')?.deferred).toEqual([]);
    const starts = link.of('body').map(({ request }) => (request.kind === 'body' ? request.from : -1));
    expect(starts).toEqual([...new Set(starts)].toSorted((a, b) => a - b));
    expect(Math.max(...link.exchanges.map(({ size }) => size))).toBeLessThan(6_000);
  });
  test('[SY31] one that comes through the feed is remembered behind the place, and fetched when it may be had', async () => {
    const { lower, upper } = pair();
    const link = new Link(lower, upper, { bytes: 3_000 }, { large: 1_000 });
    await link.session();
    await upper.scribe.create('Binary/scan', BODY);
    link.breaksAfter = 2;
    await expect(link.session()).rejects.toThrow(BrokenLink);
    expect(lower.link('S1')).toMatchObject({ arrival: 1, deferred: [expect.any(String)] });
    link.breaksAfter = Number.POSITIVE_INFINITY;
    await link.session();
    expect(await has(lower, 'Binary/scan')).toBe(true);
  });
  test('[SY32] where much is missing, heads are fetched in the order that the peer tells, before anything is compared', async () => {
    const { lower, upper } = pair();
    for (let n = 0; n < 12; n++) await upper.scribe.create(`Flag/f${n}`, { n });
    await upper.scribe.update('Flag/f3', { n: 99 });
    const link = new Link(lower, upper, { page: 4, backfillFrom: 1 });
    await link.session();
    const kinds = link.exchanges.map(({ request }) => request.kind);
    expect(kinds.slice(0, 4)).toEqual(['hello', 'foremost', 'fetch', 'foremost']);
    expect(kinds.lastIndexOf('foremost')).toBeLessThan(kinds.indexOf('compare'));
    const told = link.of('foremost').flatMap(({ reply }) => (reply.kind === 'ordered' ? reply.names : []));
    const fetched = link.of('fetch').flatMap(({ request }) => (request.kind === 'fetch' ? request.names : []));
    expect(told).toHaveLength(12);
    expect(fetched.slice(0, 12)).toEqual(told);
    // The version before comes with the comparison.
    expect(lower.counts().revisions).toBe(13);
  });
  test('[SY34] a commit of many revisions travels once, however many of them are asked for', async () => {
    const { lower, upper } = pair();
    await upper.scribe.land(...flags('many', 60));
    const link = new Link(lower, upper, { page: 7, backfillFrom: 1 });
    await link.session();
    expect(lower.counts().revisions).toBe(60);
    expect(link.of('fetch')).toHaveLength(1);
  });
  test('[SY33] scopes that are known do not travel, and what was filtered by others is not taken', async () => {
    const { lower, upper } = pair();
    upper.granted = ['', 'pat/a', 'pat/b'];
    await upper.scribe.create('Patient/a', {});
    const link = new Link(lower, upper, { peer: 'S1' });
    await link.session();
    await link.session();
    const [first, second] = link.of('hello');
    expect(first).toMatchObject({ request: { scopes: '' }, reply: { scopes: ['', 'pat/a', 'pat/b'] } });
    expect(second).toMatchObject({
      request: { scopes: printOfScopes(digest, upper.granted) },
      reply: { scopes: 'same' },
    });
    await upper.scribe.create('Patient/b', {});
    for (const kind of ['pull', 'compare', 'fetch'] as const) {
      const other = new Link(kind === 'pull' ? lower : new TestNode('D2'), upper);
      other.before = (request) => {
        upper.granted = request.kind === kind ? ['', 'pat/a'] : ['', 'pat/a', 'pat/b'];
      };
      expect(await other.session()).toEqual({ end: 'changed' });
      expect((await other.lower.link('S1'))?.arrival ?? 0).toBeLessThan(2);
    }
    upper.granted = ['', 'pat/a', 'pat/b'];
    await link.session();
    expect(await has(lower, 'Patient/b')).toBe(true);
  });
  test('[SY34] [SY35] a link that breaks after a few messages gets everything across, page by page, origin by origin in turn', async () => {
    const { lower, upper } = pair();
    for (let n = 0; n < 90; n++) await upper.scribe.create(`Flag/u${n}`, { n });
    for (let n = 0; n < 60; n++) await lower.scribe.create(`Flag/l${n}`, { n });
    await lower.renewOrigin();
    await lower.scribe.create('Flag/other', {});
    const link = new Link(lower, upper, { page: 5, bytes: 2_000, backfillFrom: 8 });
    link.breaksAfter = 6;
    const sessions = await untilDone(link, 300);
    expect(sessions).toBeGreaterThan(5);
    expect([lower.counts().revisions, upper.counts().revisions]).toEqual([151, 151]);
    const pushed = link.of('push').map(({ request }) => (request.kind === 'push' ? request.commits[0]?.origin : ''));
    expect(pushed.indexOf(lower.identity().origin)).toBe(1);
    expect(Math.max(...link.exchanges.map(({ size }) => size))).toBeLessThan(10_000);
  });
  test('[SY34] sets that differ much are compared in messages of bounded size, either way', async () => {
    const { lower, upper } = pair();
    for (let n = 0; n < 120; n++) await upper.scribe.land(...flags(`u${n}`, 10));
    for (let n = 0; n < 12; n++) await lower.scribe.land(...flags(`l${n}`, 10));
    const [below, above] = [lower.counts().revisions, upper.counts().revisions];
    const link = new Link(lower, upper, { page: 100 });
    // As if it were pushed already: all that is given is given by the comparison.
    const carried = lower.carried();
    lower.carried = () => [];
    link.before = (request) => {
      if (request.kind === 'offer') lower.carried = () => carried;
    };
    await untilDone(link);
    expect(upper.counts().revisions).toBe(above + below);
    expect(lower.counts().revisions).toBe(above + below);
    expect(Math.max(...link.exchanges.map(({ size }) => size))).toBeLessThan(200_000);
    const told = link.of('compare').map(({ reply }) => JSON.stringify(reply).length);
    expect(Math.max(...told)).toBeLessThan(100_000);
  });
});

function flags(name: string, count: number): readonly ReturnType<typeof flag>[] {
  return Array.from({ length: count }, (_, n) => flag(`${name}-${n}`));
}
const flag = (id: string): ReturnType<typeof revision> => revision(`Flag/${id}`, { n: 1 });
