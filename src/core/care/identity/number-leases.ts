// Leased numbers as the record holds them, and what follows from them. Pure (why so: decisions/0012-numbers.md).
//
//   order   the operator's word: this node may have so many of the series. Written at the region.
//   range   the region's answer to an order: from, to. Ranges of a series do not overlap.
//   wish    a node's: of this incarnation, compared with that incarnation of the region, so many in all.
//   end     the operator's word: nothing more is cut from this range.
//   block   the region's answer to a wish: from, to, for that incarnation of that node alone. Cut from the node's own range.
//
//   ID38  A block is of one incarnation: no other one, of the same node or a copy of it, gives from it.
//   ID39  A wish is answered by that incarnation of the region with which its node has been compared, and by no other: what the node
//         holds of blocks that the region forgot is known before the next one is cut.
//   ID40  A range is found only when every site has been compared so; or where the operator says the first number.
//   ID41  What overlaps is used no more, at either end.
import { assert } from '../../base/assert.ts';
import { lastOf, type NumberShape } from './leased-number.ts';

export interface LeasedSeries extends NumberShape {
  /** 2 to 16 of a-z, 0-9: `nhs`. */
  readonly name: string;
  /** Identifier.system. */
  readonly system: string;
  readonly text: string;
}
export interface LeaseOrder {
  readonly id: string;
  readonly series: string;
  readonly node: string;
  readonly count: number;
  /** So many the node keeps ready; so many, at most, are lost when it starts. */
  readonly hold: number;
  /** Told by the operator. */
  readonly first?: number;
}
export interface Span {
  readonly first: number;
  readonly last: number;
}
export interface LeasedRange extends Span {
  readonly series: string;
  readonly order: string;
  readonly node: string;
}
/** Of the range that begins with `first`. */
export interface LeaseEnd {
  readonly series: string;
  readonly first: number;
  readonly why: string;
}
export interface LeasedBlock extends Span {
  readonly series: string;
  readonly node: string;
  readonly incarnation: string;
  /** Written twice with what differs: the record was cut back at both ends. */
  readonly doubtful?: boolean;
}
export interface NumberWish {
  readonly series: string;
  readonly node: string;
  readonly incarnation: string;
  /** The region's incarnation that the node was compared with last. */
  readonly met: string;
  /** How many blocks of the series the node's record holds, of whatever incarnation of it. */
  readonly knows: number;
  /** Of this incarnation, in all, with what it has got. */
  readonly wants: number;
}

export const isSeriesName = (text: string): boolean => /^[a-z][a-z0-9]{1,15}$/.test(text);
export const REFILL_AT = 0.4;

const sizeOf = ({ first, last }: Span): number => last - first + 1;
export const sizeOfAll = (spans: readonly Span[]): number => spans.reduce((sum, span) => sum + sizeOf(span), 0);
const meet = (a: Span, b: Span): boolean => a.first <= b.last && b.first <= a.last;
/** Those that overlap no other of the list. A list holds each once. */
export const apart = <T extends Span>(spans: readonly T[]): readonly T[] =>
  spans.filter((one) => spans.every((other) => other === one || !meet(one, other)));

/** The range for an order; or why there is none yet. `unmet`: sites that the region has not been compared with since it started. */
export function rangeFor(
  order: LeaseOrder,
  series: LeasedSeries,
  ranges: readonly Span[],
  blocks: readonly Span[],
  unmet: readonly string[],
): LeasedRange | { readonly waits: 'sites' | 'overlap' | 'series-full' } {
  const taken = [...ranges, ...blocks];
  if (order.first === undefined && unmet.length > 0) return { waits: 'sites' };
  const first = order.first ?? Math.max(0, ...taken.map(({ last }) => last)) + 1;
  const last = first + order.count - 1;
  if (last > lastOf(series)) return { waits: 'series-full' };
  if (taken.some((span) => meet(span, { first, last }))) return { waits: 'overlap' };
  return { series: order.series, order: order.id, node: order.node, first, last };
}

/**
 * The next block for a wish, from its node's own ranges (`ranges`: all of the series); undefined: nothing is due, or nothing is left.
 * `blocks`: all of the series; `region`: the region's incarnation.
 */
export function blockFor(
  wish: NumberWish,
  hold: number,
  ranges: readonly LeasedRange[],
  blocks: readonly LeasedBlock[],
  region: string,
): LeasedBlock | undefined {
  if (wish.met !== region) return undefined;
  const ofNode = blocks.filter(({ node }) => node === wish.node);
  // The node holds what has not come back yet.
  if (ofNode.length < wish.knows) return undefined;
  const own = ofNode.filter(({ incarnation }) => incarnation === wish.incarnation);
  const due = Math.min(hold, wish.wants - sizeOfAll(own));
  if (due <= 0) return undefined;
  for (const range of apart(ranges)) {
    if (range.node !== wish.node) continue;
    const inside = blocks.filter((one) => meet(one, range));
    if (inside.some(({ doubtful }) => doubtful === true)) continue;
    const cut = Math.max(range.first - 1, ...inside.map(({ last }) => last));
    if (cut >= range.last) continue;
    const { series, node, incarnation } = wish;
    return { series, node, incarnation, first: cut + 1, last: Math.min(range.last, cut + due) };
  }
  return undefined;
}

/** How many the incarnation wants in all; `left`: of `given`, how many it has not given yet. */
export function wantsNow(wanted: number, given: number, left: number, hold: number): number {
  assert(left <= given, 'no more is left than was given');
  // What was asked for and has not come is not asked for again.
  if (wanted > given || left >= hold * REFILL_AT) return wanted;
  return given + hold - left;
}

/** Blocks that this incarnation may give from, in order. */
export const usable = (
  blocks: readonly LeasedBlock[],
  me: { readonly node: string; readonly incarnation: string },
): readonly LeasedBlock[] =>
  apart(blocks)
    .filter(
      ({ node, incarnation, doubtful }) => node === me.node && incarnation === me.incarnation && doubtful !== true,
    )
    .toSorted((a, b) => a.first - b.first);
