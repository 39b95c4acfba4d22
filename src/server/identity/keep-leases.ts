// Leased numbers kept going by one process of a node: a site says what it wants, the region answers (specs/identity.md, ID38 to ID43).
//
//   1. Every step may be repeated, and broken off anywhere: what is due follows from the record alone.
//   2. A region gives no leased numbers itself: after a restore nobody could tell it how far it had got.
import {
  apart,
  blockFor,
  REFILL_AT,
  rangeFor,
  sizeOfAll,
  usable,
  wantsNow,
  type LeasedSeries,
  type LeaseOrder,
} from '../../core/care/identity/number-leases.ts';
import type { NumberRows } from '../ports/number-rows.ts';
import { blockId, metTag, nodeTag, seriesTag, wishTag, type LeaseRecord } from './lease-record.ts';

export interface SiteLeases {
  readonly record: LeaseRecord;
  readonly rows: Pick<NumberRows, 'lanes'>;
  readonly node: string;
  readonly incarnation: string;
  /** The incarnation of the parent with which this node's record was compared last; undefined: with none. */
  readonly met: () => Promise<string | undefined>;
}

/** Says what this incarnation wants of each series, and with which region it has been compared. */
export async function wishForBlocks({ record, rows, node, incarnation, met }: SiteLeases): Promise<void> {
  const region = await met();
  if (region === undefined) return;
  const all = await record.list('series');
  if (all.length === 0) return;
  const orders = await record.list('order', nodeTag(node));
  const lanes = new Map((await rows.lanes()).map(({ lane, next }) => [lane, next]));
  for (const { is: series } of all) {
    const me = { series: series.name, node, incarnation };
    const now = await record.get('wish', record.wishId(me));
    const hold = holdOf(orders.map(({ is }) => is).filter((order) => order.series === series.name));
    const known = (await record.list('block', nodeTag(node)))
      .map(({ is }) => is)
      .filter((one) => one.series === series.name);
    const own = usable(known, me);
    const given = sizeOfAll(known.filter((one) => one.incarnation === incarnation));
    const left = own.reduce((sum, one) => sum + one.last + 1 - (lanes.get(blockId(one)) ?? one.first), 0);
    const wants = wantsNow(now?.is.wants ?? 0, given, left, hold);
    if (now?.is.met === region && now.is.wants === wants) continue;
    await record.put('wish', { ...me, met: region, wants, knows: known.length }, 'node', now?.heads ?? []);
  }
}

const holdOf = (orders: readonly LeaseOrder[]): number => Math.max(0, ...orders.map(({ hold }) => hold));

export interface RegionLeases {
  readonly record: LeaseRecord;
  /** This start of the region. */
  readonly incarnation: string;
  /** Nodes below that are sites and not retired. */
  readonly sites: () => Promise<readonly { readonly node: string; readonly name: string }[]>;
}

/** Every so many looks all is looked at, whatever seems unchanged. */
const THOROUGH_EVERY = 30;

/**
 * `answerWishes`, but for looks at which no wish, order or range is another than at the last one, where nothing was due: to list all
 * blocks of a country every two seconds would be for nothing.
 */
export function openAnswering(deps: RegionLeases): () => Promise<void> {
  let quiet = '';
  let looks = 0;
  return async () => {
    const { record, incarnation } = deps;
    const wishes = await record.list('wish', metTag(incarnation));
    const others = [...(await record.list('order')), ...(await record.list('range')), ...(await record.list('end'))];
    const seen = JSON.stringify([wishes.map(({ heads }) => heads), others.map(({ id }) => id)]);
    looks += 1;
    if (seen === quiet && looks % THOROUGH_EVERY !== 0) return;
    quiet = (await answerWishes(deps)) ? '' : seen;
  };
}

/** Answers whether anything was done. Finds ranges for orders and cuts blocks for wishes, one of each a series and a wish at a time. */
export async function answerWishes({ record, incarnation, sites }: RegionLeases): Promise<boolean> {
  let isDone = false;
  const all = await record.list('series');
  if (all.length === 0) return false;
  const wishes = (await record.list('wish', metTag(incarnation))).map(({ is }) => is);
  for (const { is: series } of all) {
    const tag = seriesTag(series.name);
    const orders = (await record.list('order', tag)).map(({ is }) => is);
    if (orders.length === 0) continue;
    const ranges = (await record.list('range', tag)).map(({ is }) => is);
    const blocks = (await record.list('block', tag)).map(({ is }) => is);
    const open = orders.filter(({ id }) => ranges.every(({ order }) => order !== id));
    const ended = new Set((await record.list('end', tag)).map(({ is }) => is.first));
    const mine = wishes.filter((wish) => wish.series === series.name);
    if (open.length > 0) {
      const unmet = unmetOf(await sites(), mine);
      const [first] = open.flatMap((order) => {
        const range = rangeFor(order, series, ranges, blocks, unmet);
        return 'waits' in range ? [] : [range];
      });
      if (first !== undefined) {
        await record.put('range', first, 'node');
        ranges.push(first);
        isDone = true;
      }
    }
    for (const wish of mine) {
      const hold = holdOf(orders.filter(({ node }) => node === wish.node));
      const open = apart(ranges).filter(({ first }) => !ended.has(first));
      const block = blockFor(wish, hold, open, blocks, incarnation);
      if (block === undefined) continue;
      isDone = true;
      if (await record.put('block', block, 'node')) blocks.push(block);
    }
  }
  return isDone;
}

const unmetOf = (
  sites: readonly { readonly node: string; readonly name: string }[],
  wishes: readonly { readonly node: string }[],
): readonly string[] => {
  const met = new Set(wishes.map(({ node }) => node));
  return sites.filter(({ node }) => !met.has(node)).map(({ name }) => name);
};

export interface LeaseState {
  readonly series: LeasedSeries;
  readonly orders: readonly (LeaseOrder & {
    readonly first?: number;
    readonly last?: number;
    /** Not cut yet. */
    readonly uncut: number;
    /** Less than 40 % is uncut: time to order more. */
    readonly low: boolean;
    /** Why it has no range yet. */
    readonly waits?: string;
    /** Overlaps another: used no more. */
    readonly overlaps: boolean;
    readonly ended: boolean;
  })[];
}

/** How series, orders and ranges stand, for people. `region`: the incarnation that answered last. */
export async function leaseStates(record: LeaseRecord): Promise<readonly LeaseState[]> {
  const states: LeaseState[] = [];
  for (const { is: series } of await record.list('series')) {
    const tag = seriesTag(series.name);
    const ranges = (await record.list('range', tag)).map(({ is }) => is);
    const blocks = (await record.list('block', tag)).map(({ is }) => is);
    const ended = new Set((await record.list('end', tag)).map(({ is }) => is.first));
    const orders = (await record.list('order', tag)).map(({ is: order }) => {
      const range = ranges.find((one) => one.order === order.id);
      if (range === undefined) {
        const found = rangeFor(order, series, ranges, blocks, []);
        const waits = 'waits' in found ? found.waits : 'sites';
        return { ...order, uncut: 0, low: false, overlaps: false, ended: false, waits };
      }
      const inside = blocks.filter(({ first }) => first >= range.first && first <= range.last);
      const uncut = range.last - Math.max(range.first - 1, ...inside.map(({ last }) => last));
      const overlaps = ranges.some((one) => one !== range && one.first <= range.last && range.first <= one.last);
      const { first, last } = range;
      return { ...order, first, last, uncut, low: uncut < order.count * REFILL_AT, overlaps, ended: ended.has(first) };
    });
    states.push({ series, orders });
  }
  return states;
}

/** What a node's own incarnation has left to give, of what it was given. */
export async function leftHere(
  series: string,
  { record, rows, node, incarnation }: Omit<SiteLeases, 'met'>,
): Promise<number> {
  const wish = record.wishId({ series, node, incarnation });
  const own = usable(
    (await record.list('block', wishTag(wish))).map(({ is }) => is),
    { node, incarnation },
  );
  const lanes = new Map((await rows.lanes()).map(({ lane, next }) => [lane, next]));
  return own.reduce((sum, one) => sum + one.last + 1 - (lanes.get(blockId(one)) ?? one.first), 0);
}

const PAUSE_MS = 2_000;
const PAUSE_AFTER_TROUBLE_MS = 30_000;

/** Does `step` again and again while it is this process's turn. `close` waits for the step under way. */
export function keepLeases(options: {
  readonly step: () => Promise<void>;
  readonly isOurTurn: () => boolean;
  readonly log: (message: string) => void;
  readonly pauseMs?: number;
}): { close(): Promise<void> } {
  const pauseMs = options.pauseMs ?? PAUSE_MS;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const once = async (): Promise<number> => {
    if (!options.isOurTurn()) return pauseMs;
    try {
      await options.step();
      return pauseMs;
    } catch (error) {
      if (!closed)
        options.log(`leased numbers were not looked at: ${error instanceof Error ? error.name : typeof error}`);
      return Math.max(pauseMs, PAUSE_AFTER_TROUBLE_MS);
    }
  };
  const again = (waitMs: number): void => {
    if (closed) return;
    timer = setTimeout(() => {
      running = once().then(again);
    }, waitMs).unref();
  };
  let running: Promise<void> = once().then(again);
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
