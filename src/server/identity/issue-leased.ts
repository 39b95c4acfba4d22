// Gives short numbers from the blocks of this incarnation, each once (specs/identity.md, ID38, ID42).
//
//   1. What is given is durable in the block's row first, as with any number (ID6).
//   2. It never waits and asks nobody: what cannot be had is answered with fewer, and whoever asked gives a temporary number instead.
import { leasedText } from '../../core/care/identity/leased-number.ts';
import { usable, type LeasedSeries } from '../../core/care/identity/number-leases.ts';
import type { NumberRows } from '../ports/number-rows.ts';
import { blockId, wishTag, type LeaseRecord } from './lease-record.ts';

export interface LeaseDesk {
  /** `undefined`: there is no such series. Fewer than `count`, or none, where no more are to be had now. */
  issue(
    series: string,
    count: number,
  ): Promise<{ readonly series: LeasedSeries; readonly numbers: readonly string[] } | undefined>;
  /** The names of all series. */
  names(): Promise<readonly string[]>;
}

export function openLeaseDesk(deps: {
  readonly record: LeaseRecord;
  readonly rows: Pick<NumberRows, 'open' | 'take'>;
  readonly node: string;
  readonly incarnation: string;
}): LeaseDesk {
  const { record, rows, node, incarnation } = deps;
  return {
    names: async () => (await record.list('series')).map(({ is }) => is.name).toSorted(),
    issue: async (name, count) => {
      const series = (await record.get('series', `numseries-${name}`))?.is;
      if (series === undefined) return undefined;
      const wish = record.wishId({ series: name, node, incarnation });
      const blocks = (await record.list('block', wishTag(wish))).map(({ is }) => is);
      const numbers: string[] = [];
      for (const block of usable(blocks, { node, incarnation })) {
        const lane = blockId(block);
        // Known already where another number was given from it.
        await rows.open({ lane, series: lane, incarnation, first: block.first }, false);
        while (numbers.length < count) {
          const taken = await rows.take(lane, incarnation, count - numbers.length, block.last + 1);
          if (taken === undefined) break;
          for (let at = taken.first; at < taken.first + taken.count; at++) numbers.push(leasedText(series, at));
        }
      }
      return { series, numbers };
    },
  };
}
