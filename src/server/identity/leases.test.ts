// Leased numbers through starts, kills, restores of old copies, clones and links that come and go: simulated nodes over a record that
// keeps every revision, as replication does. What the rule of incarnations keeps apart is proved by taking it away.
import { expect, test } from 'vitest';
import { ok } from '../../core/base/result.ts';
import { pureDigest } from '../../core/base/sha256.ts';
import type { LeasedSeries, LeaseOrder, NumberWish } from '../../core/care/identity/number-leases.ts';
import { blockFor, rangeFor, usable, wantsNow } from '../../core/care/identity/number-leases.ts';
import type { RecordStore, Stored } from '../../core/record/store.ts';
import { copyOfNumberDisk, emptyNumberDisk, memoryNumberRows, type NumberDisk } from '../ports/memory-number-rows.ts';
import { openLeaseDesk } from './issue-leased.ts';
import { answerWishes, leaseStates, openAnswering, wishForBlocks } from './keep-leases.ts';
import { openLeaseRecord, type LeaseRecord } from './lease-record.ts';

const SEED = Number(process.env['SEED'] ?? 20_261_123);
const T0 = Date.UTC(2026, 10, 23, 6);

function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

interface Revision {
  readonly id: string;
  readonly text: string;
  readonly parents: readonly string[];
}
type Revisions = Map<string, Revision>;
let drawn = 0;

/** Only what leases need of a store. */
function storeOver(revisions: Revisions): Pick<RecordStore, 'read' | 'search' | 'append'> {
  const grouped = (): Map<string, [string, Revision][]> => {
    const groups = new Map<string, [string, Revision][]>();
    for (const [hash, revision] of revisions) {
      const group = groups.get(revision.id);
      if (group === undefined) groups.set(revision.id, [[hash, revision]]);
      else group.push([hash, revision]);
    }
    return groups;
  };
  const shown = (id: string, own = grouped().get(id) ?? []): Stored | undefined => {
    const over = new Set(own.flatMap(([, { parents }]) => parents));
    const heads = own
      .map(([hash]) => hash)
      .filter((hash) => !over.has(hash))
      .toSorted();
    const text = revisions.get(heads[0] ?? '')?.text;
    if (text === undefined) return undefined;
    return {
      key: { type: 'Basic', id },
      home: '',
      versionId: heads.join('.'),
      lastUpdatedAt: T0,
      heads,
      displayed: heads[0] ?? '',
      deleted: false,
      conflict: heads.length > 1,
      text,
      splice: 0,
    };
  };
  return {
    read: async (keys) => keys.map(({ id }) => shown(id)),
    search: async (query) => {
      const codes = query.where.flatMap((one) =>
        one.kind === 'param' ? one.values.flatMap((value) => (value.kind === 'token' ? [value.code ?? ''] : [])) : [],
      );
      const hits = [...grouped()].flatMap(([id, own]) => {
        const stored = shown(id, own);
        return stored !== undefined && codes.every((code) => stored.text.includes(`"${code}"`)) ? [{ stored }] : [];
      });
      return ok({ hits, included: [] } as unknown as Extract<
        Awaited<ReturnType<RecordStore['search']>>,
        { ok: true }
      >['value']);
    },
    append: async ({ revisions: [draft] }) => {
      const heads = shown(draft?.key.id ?? '')?.heads ?? [];
      if (draft === undefined || JSON.stringify(heads) !== JSON.stringify(draft.expectedHeads))
        return { ok: false, error: { kind: 'stale', key: { type: 'Basic', id: '' }, heads } };
      revisions.set(`h${(drawn += 1)}`, { id: draft.key.id, text: draft.body?.text ?? '', parents: draft.parents });
      return ok({ origin: 'o', seq: drawn, hash: '' as never, written: [] });
    },
  };
}

interface Disk {
  readonly revisions: Revisions;
  readonly numbers: NumberDisk;
  met: string | undefined;
}
const emptyDisk = (): Disk => ({ revisions: new Map(), numbers: emptyNumberDisk(), met: undefined });
const copyOf = ({ revisions, numbers, met }: Disk): Disk => ({
  revisions: new Map(revisions),
  numbers: copyOfNumberDisk(numbers),
  met,
});

class Machine {
  incarnation = '';
  disk: Disk;
  readonly node: string;
  constructor(node: string, disk: Disk = emptyDisk()) {
    this.node = node;
    this.disk = disk;
    this.start();
  }
  start(): void {
    this.incarnation = `i${(drawn += 1)}`;
  }
  get record(): LeaseRecord {
    return openLeaseRecord({ store: storeOver(this.disk.revisions), clock: { now: () => T0 }, digest: pureDigest });
  }
  get rows(): ReturnType<typeof memoryNumberRows> {
    return memoryNumberRows(this.disk.numbers);
  }
  async give(count: number): Promise<readonly string[]> {
    const { record, rows, node, incarnation } = this;
    return (await openLeaseDesk({ record, rows, node, incarnation }).issue('nhs', count))?.numbers ?? [];
  }
  wish(): Promise<void> {
    const { record, rows, node, incarnation } = this;
    return wishForBlocks({ record, rows, node, incarnation, met: async () => this.disk.met });
  }
}
/** A whole session: what either lacks it has, both were compared. */
function link(site: Machine, region: Machine): void {
  for (const [hash, revision] of site.disk.revisions) region.disk.revisions.set(hash, revision);
  for (const [hash, revision] of region.disk.revisions) site.disk.revisions.set(hash, revision);
  site.disk.met = region.incarnation;
}
/** What a session hands over first: what the site wrote. */
function push(site: Machine, region: Machine): void {
  for (const [hash, revision] of site.disk.revisions)
    if (revision.id.startsWith('numwish') && revision.text.includes(`node ${site.node}"`))
      region.disk.revisions.set(hash, revision);
}
const SERIES: LeasedSeries = { name: 'nhs', system: 'urn:nhs', text: 'NHS number', width: 10, check: 'mod97-10' };
const orderOf = (node: string, count: number, hold: number, first?: number): LeaseOrder => ({
  id: `numorder-${node}-${(drawn += 1)}`,
  series: 'nhs',
  node,
  count,
  hold,
  ...(first === undefined ? {} : { first }),
});
const answer = ({ record, incarnation }: Machine, sites: readonly string[]): Promise<boolean> =>
  answerWishes({ record, incarnation, sites: async () => sites.map((node) => ({ node, name: node })) });

async function regionWith(sites: readonly Machine[], count = 5_000, hold = 100): Promise<Machine> {
  const region = new Machine('region');
  await region.record.put('series', SERIES, 'terminal');
  for (const { node } of sites) await region.record.put('order', orderOf(node, count, hold), 'terminal');
  return region;
}
async function round(site: Machine, region: Machine, sites: readonly string[]): Promise<void> {
  link(site, region);
  await site.wish();
  link(site, region);
  await answer(region, sites);
  await answer(region, sites);
  link(site, region);
}

test('[ID38] an incarnation gives from its own blocks alone: after a start, a restore or as a clone none, until the region gave it one', async () => {
  const site = new Machine('mary');
  const region = await regionWith([site]);
  expect(await site.give(1)).toEqual([]);
  await round(site, region, ['mary']);
  const first = await site.give(30);
  expect(first).toHaveLength(30);
  const old = copyOf(site.disk);
  const more = await site.give(30);
  const clone = new Machine('mary', old);
  expect(await clone.give(1)).toEqual([]);
  site.start();
  expect(await site.give(1)).toEqual([]);
  await round(site, region, ['mary']);
  await round(clone, region, ['mary']);
  const all = [...first, ...more, ...(await site.give(60)), ...(await clone.give(60))];
  expect(all).toHaveLength(180);
  expect(new Set(all).size).toBe(180);
});

test('[ID39] a restored region cuts for a node only after it was compared with it, whatever it forgot', async () => {
  const site = new Machine('mary');
  const region = await regionWith([site]);
  link(site, region);
  await site.wish();
  link(site, region);
  await answer(region, ['mary']);
  const backup = copyOf(region.disk);
  await answer(region, ['mary']);
  link(site, region);
  const given = await site.give(20);
  expect(given).toHaveLength(20);
  // The backup may know the wish and not the block: another incarnation of the region does not answer it.
  region.disk = backup;
  region.start();
  const before = (await region.record.list('block')).length;
  await answer(region, ['mary']);
  expect(await region.record.list('block')).toHaveLength(before);
  site.start();
  await round(site, region, ['mary']);
  const again = await site.give(20);
  expect(again).toHaveLength(20);
  expect(new Set([...given, ...again]).size).toBe(40);
});

test('[ID39] a wish that knows of more blocks than the region waits', () => {
  const wish: NumberWish = { series: 'nhs', node: 'mary', incarnation: 'i', met: 'r', knows: 1, wants: 10 };
  const range = { series: 'nhs', order: 'o', node: 'mary', first: 1, last: 100 };
  expect(blockFor(wish, 10, [range], [], 'r')).toBeUndefined();
  const block = { series: 'nhs', node: 'mary', incarnation: 'before', first: 1, last: 30 };
  expect(blockFor(wish, 10, [range], [block], 'r')).toEqual({ ...block, incarnation: 'i', first: 31, last: 40 });
});

test('[ID40] a range is found when every site has been compared, or where the operator says it, and never over another', async () => {
  const [mary, paul] = [new Machine('mary'), new Machine('paul')];
  const region = await regionWith([mary]);
  await round(mary, region, ['mary', 'paul']);
  expect(await region.record.list('range')).toEqual([]);
  expect((await leaseStates(region.record))[0]?.orders[0]?.waits).toBe('sites');
  await round(paul, region, ['mary', 'paul']);
  expect((await region.record.list('range')).map(({ is }) => is)).toMatchObject([
    { first: 1, last: 5_000, node: 'mary' },
  ]);
  // The region starts anew: nobody was compared with this start of it.
  region.start();
  await region.record.put('order', orderOf('paul', 100, 10), 'terminal');
  await region.record.put('order', orderOf('paul', 100, 10, 4_950), 'terminal');
  await region.record.put('order', orderOf('paul', 100, 10, 9_000), 'terminal');
  for (let step = 0; step < 4; step++) await answer(region, ['mary', 'paul']);
  const firsts = async (): Promise<readonly number[]> =>
    (await region.record.list('range')).map(({ is }) => is.first).toSorted((a, b) => a - b);
  expect(await firsts()).toEqual([1, 9_000]);
  await round(mary, region, ['mary', 'paul']);
  await round(paul, region, ['mary', 'paul']);
  expect(await firsts()).toEqual([1, 9_000, 9_100]);
  const waits = (await leaseStates(region.record))[0]?.orders.map((one) => one.waits ?? one.first);
  expect(waits?.map(String).toSorted()).toEqual(['1', '9000', '9100', 'overlap']);
  const huge = rangeFor(orderOf('paul', 10 ** 8, 1), SERIES, [], [], []);
  expect(huge).toEqual({ waits: 'series-full' });
});

test('[ID41] what was leased or cut twice, by records that were both cut back, is used no more at either end', async () => {
  const site = new Machine('mary');
  const region = await regionWith([site]);
  link(site, region);
  const [oldSite, oldRegion] = [copyOf(site.disk), copyOf(region.disk)];
  await round(site, region, ['mary']);
  expect(await site.give(1)).toHaveLength(1);
  // Both are set back behind the same block, and the lost one comes back late.
  const lost = copyOf(site.disk);
  site.disk = oldSite;
  region.disk = oldRegion;
  site.start();
  region.start();
  await round(site, region, ['mary']);
  expect(await site.give(1)).toHaveLength(1);
  for (const [hash, revision] of lost.revisions) region.disk.revisions.set(hash, revision);
  link(site, region);
  expect((await site.record.list('block')).map(({ is }) => is.doubtful)).toEqual([true]);
  expect(await site.give(1)).toEqual([]);
  await round(site, region, ['mary']);
  expect(await site.give(1)).toEqual([]);
  // Ranges that overlap.
  const over = { series: 'nhs', order: 'other', node: 'paul', first: 10, last: 20 };
  const range = { ...over, order: 'o', node: 'mary', first: 1, last: 100 };
  const wish: NumberWish = { series: 'nhs', node: 'mary', incarnation: 'i', met: 'r', knows: 0, wants: 10 };
  expect(blockFor(wish, 10, [range], [], 'r')).toBeDefined();
  expect(blockFor(wish, 10, [range, over], [], 'r')).toBeUndefined();
  const block = { series: 'nhs', node: 'mary', incarnation: 'i', first: 5, last: 9 };
  expect(usable([block, { ...block, incarnation: 'j', first: 9 }], wish)).toEqual([]);
});

test('[ID45] of a range that was ended nothing more is cut, and no other range meets it', async () => {
  const site = new Machine('mary');
  const region = await regionWith([site], 100, 10);
  await round(site, region, ['mary']);
  expect(await site.give(20)).toHaveLength(10);
  await region.record.put('end', { series: 'nhs', first: 1, why: 'both ends were lost' }, 'terminal');
  site.start();
  await round(site, region, ['mary']);
  expect(await site.give(1)).toEqual([]);
  await region.record.put('order', orderOf('mary', 100, 10, 50), 'terminal');
  await region.record.put('order', orderOf('mary', 100, 10), 'terminal');
  await round(site, region, ['mary']);
  await round(site, region, ['mary']);
  expect((await site.give(10))[0]).toMatch(/^00000101\d\d$/);
});

test('[ID42] under 40 % a site asks for more, once, however often it looks; what it holds lasts while it is cut off', async () => {
  expect(wantsNow(0, 0, 0, 100)).toBe(100);
  expect(wantsNow(100, 0, 0, 100)).toBe(100);
  expect(wantsNow(100, 100, 40, 100)).toBe(100);
  expect(wantsNow(100, 100, 39, 100)).toBe(161);
  const site = new Machine('mary');
  const region = await regionWith([site], 250, 100);
  await round(site, region, ['mary']);
  expect(await site.give(61)).toHaveLength(61);
  for (let look = 0; look < 5; look++) await site.wish();
  link(site, region);
  for (let look = 0; look < 5; look++) await answer(region, ['mary']);
  expect(await site.give(100)).toHaveLength(39);
  link(site, region);
  expect(await site.give(100)).toHaveLength(61);
  for (let look = 0; look < 5; look++) await round(site, region, ['mary']);
  const [state] = await leaseStates(region.record);
  expect(state?.orders[0]).toMatchObject({ uncut: 0, low: true });
  expect(await site.give(1_000)).toHaveLength(250 - 161);
});

test('[ID42] a look at which nothing is due costs no list of blocks, and what comes later is answered all the same', async () => {
  const [mary, paul] = [new Machine('mary'), new Machine('paul')];
  const region = await regionWith([mary, paul]);
  const { record, incarnation } = region;
  let blocks = 0;
  const counted: LeaseRecord = {
    ...record,
    list: (kind, tag) => {
      if (kind === 'block') blocks += 1;
      return record.list(kind, tag);
    },
  };
  const step = openAnswering({ record: counted, incarnation, sites: async () => [] });
  link(mary, region);
  await mary.wish();
  link(mary, region);
  for (let look = 0; look < 20; look++) await step();
  expect(blocks).toBeLessThan(6);
  expect(await record.list('block')).toHaveLength(1);
  link(paul, region);
  await paul.wish();
  link(paul, region);
  await step();
  expect(await record.list('block')).toHaveLength(2);
});

test('[ID38] what a client wrote in the form of a block, without the label of the node, is none', async () => {
  const site = new Machine('mary');
  const region = await regionWith([site]);
  await round(site, region, ['mary']);
  expect(await site.give(1)).toHaveLength(1);
  for (const [hash, revision] of site.disk.revisions)
    if (revision.id.startsWith('numblock'))
      site.disk.revisions.set(hash, { ...revision, text: revision.text.replace('"credential"', '"own"') });
  expect(await site.give(1)).toEqual([]);
});

interface Rules {
  readonly anyIncarnation?: boolean;
}
/** Random lives of a region and three sites. Answers how many numbers were given, how many of them twice, and what was done. */
async function live(seed: number, rules: Rules): Promise<{ given: number; twice: number; done: Map<string, number> }> {
  const pick = seeded(seed);
  const nodes = ['mary', 'paul', 'luke'];
  const sites = nodes.map((node) => new Machine(node));
  const region = await regionWith(sites, 2_000, 40);
  const copies = new Map<Machine, Disk[]>([region, ...sites].map((machine) => [machine, [copyOf(machine.disk)]]));
  const all: string[] = [];
  const done = new Map<string, number>();
  const count = (what: string): void => void done.set(what, (done.get(what) ?? 0) + 1);
  const restore = (machine: Machine): void => {
    const kept = copies.get(machine) ?? [];
    const copy = kept[pick(kept.length)];
    if (copy === undefined) return;
    // Not both ends behind the same block: what ID39 does not cover.
    const others = machine === region ? sites : [region];
    const lost = [...machine.disk.revisions].filter(([hash]) => !copy.revisions.has(hash));
    const isHeld = lost.every(([hash, { text }]) =>
      others.some(
        (other) => other.disk.revisions.has(hash) && (other === region || text.includes(`node ${other.node}"`)),
      ),
    );
    if (!isHeld) return count('restore left out');
    machine.disk = copyOf(copy);
    machine.start();
    count(machine === region ? 'region restored' : 'site restored');
  };
  for (let step = 0; step < 60; step++) {
    const site = sites[pick(sites.length)] ?? region;
    switch (pick(10)) {
      case 0:
        copies.get(site)?.push(copyOf(site.disk));
        copies.get(region)?.push(copyOf(region.disk));
        break;
      case 1:
        site.start();
        count('site started');
        break;
      case 2:
        if (pick(3) === 0) region.start();
        else restore(region);
        break;
      case 3:
        restore(site);
        break;
      case 4:
        if (pick(3) === 0) await region.record.put('order', orderOf(site.node, 500, 20), 'terminal');
        break;
      case 5:
        // Cut off after the push, before anything was compared.
        push(site, region);
        await answer(region, nodes);
        break;
      default:
        if (pick(3) > 0) await round(site, region, nodes);
        else await site.wish();
    }
    await answer(region, nodes);
    const was = site.incarnation;
    if (rules.anyIncarnation === true) {
      const [last] = (await site.record.list('wish', `node ${site.node}`)).slice(-1);
      if (last !== undefined) site.incarnation = last.is.incarnation;
    }
    all.push(...(await site.give(1 + pick(12))));
    site.incarnation = was;
  }
  return { given: all.length, twice: all.length - new Set(all).size, done };
}

test(`[ID38] [ID39] starts, restores of either end and cut links: no number twice; without the rule of incarnations many (seed ${SEED})`, async () => {
  const sum = { given: 0, twice: 0, bare: 0 };
  const done = new Map<string, number>();
  for (let at = 0; at < 60; at++) {
    const one = await live(SEED + at, {});
    sum.given += one.given;
    sum.twice += one.twice;
    for (const [what, times] of one.done) done.set(what, (done.get(what) ?? 0) + times);
  }
  for (let at = 0; at < 30; at++) sum.bare += (await live(SEED + at, { anyIncarnation: true })).twice;
  expect(sum.twice).toBe(0);
  expect(sum.given).toBeGreaterThan(3_000);
  expect(sum.bare).toBeGreaterThan(0);
  for (const what of ['site started', 'region restored', 'site restored'])
    expect(done.get(what) ?? 0, what).toBeGreaterThan(20);
});
