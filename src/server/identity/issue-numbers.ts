// Gives numbers of a series, each once (specs/identity.md; why so: decisions/0012-numbers.md).
//
//   1. What is given is durable in the lane's row first. What is left over when a process dies is lost to nobody.
//   2. It needs no other node and is never exhausted: where a lane has no room yet, the incarnation opens another.
import { assert } from '../../core/base/assert.ts';
import type { Chance, Clock, Instant } from '../../core/base/ports.ts';
import { ceilingOf, drawLane, floorOf, type Series } from '../../core/care/identity/number-series.ts';
import { numberText } from '../../core/care/identity/number-text.ts';
import type { NumberRows } from '../ports/number-rows.ts';
import type { NodeIdentity } from './identity-deps.ts';

export const COUNT_MAX = 5_000;
/** Draws of a lane that nobody had before; so many in vain and nearly all are known: then one is used again. */
const DRAWS = 64;

export interface NumberSource {
  readonly rows: NumberRows;
  readonly node: NodeIdentity;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** `count` numbers as printed, in the order given. */
export async function issueNumbers(series: Series, count: number, source: NumberSource): Promise<readonly string[]> {
  assert(Number.isInteger(count) && count >= 1 && count <= COUNT_MAX, 'numbers are asked for in sensible counts');
  const { rows, node } = source;
  const given: string[] = [];
  while (given.length < count) {
    const ceiling = ceilingOf(node.startedAt, latest(source));
    // Some are left out for their check character.
    const wanted = Math.ceil((count - given.length) * 1.2);
    const taken = await rows.take(series, node.incarnation, wanted, ceiling);
    if (taken === undefined) {
      await openLane(series, source);
      continue;
    }
    for (let counter = taken.first; counter < taken.first + taken.count; counter++) {
      const text = numberText({ site: node.siteCode, lane: taken.lane, counter, temporary: series === 'temporary' });
      if (text !== undefined && given.length < count) given.push(text);
    }
  }
  return given;
}

async function openLane(series: Series, { rows, node, chance }: NumberSource): Promise<void> {
  const { incarnation, startedAt } = node;
  for (let draw = 0; draw < DRAWS * 64; draw++) {
    const opening = { lane: drawLane(chance), series, incarnation, first: floorOf(startedAt) };
    if (await rows.open(opening, draw >= DRAWS)) return;
  }
  assert(false, 'among thousands of lanes one can be used');
}

/** The latest moment that was seen: a clock that is set back gives no number twice and stops nothing. */
function latest({ node, clock }: NumberSource): Instant {
  const now = Math.max(clock.now(), seen.get(node) ?? 0);
  seen.set(node, now);
  return now;
}
const seen = new WeakMap<NodeIdentity, Instant>();
