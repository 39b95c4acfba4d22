// Series and leases for whoever sits at the region's terminal (specs/identity.md, ID37, ID40, ID44).
import { err, ok, type Result } from '../../core/base/result.ts';
import { CHECKS, isCheck, lastOf, leasedText, WIDTH_MAX, WIDTH_MIN } from '../../core/care/identity/leased-number.ts';
import { isSeriesName, type LeasedSeries } from '../../core/care/identity/number-leases.ts';
import { SERIES } from '../../core/care/identity/number-series.ts';
import type { NumberRows } from '../ports/number-rows.ts';
import { leaseStates, leftHere, type LeaseState } from './keep-leases.ts';
import { nodeTag, openLeaseRecord, type LeaseRecordDeps } from './lease-record.ts';

export interface LeaseFault {
  /** `use`: what was given makes no sense. `state`: it does not go with what is there. */
  readonly kind: 'use' | 'state';
  readonly text: string;
}
export interface LeaseShown {
  readonly series: string;
  readonly node: string;
  /** As printed; '' where there is no range yet. */
  readonly first: string;
  readonly last: string;
  readonly state: LeaseState['orders'][number];
}

export interface LeaseCommands {
  readonly record: ReturnType<typeof openLeaseRecord>;
  /** The lowest and the highest number, as printed. */
  define(
    given: Readonly<Record<'name' | 'system' | 'check' | 'text', string>> & { readonly width: number | undefined },
  ): Promise<Result<{ readonly first: string; readonly last: string }, LeaseFault>>;
  order(given: {
    readonly id: string;
    readonly series: string;
    readonly node: string;
    readonly count: number;
    readonly hold: number | undefined;
    readonly first: number | undefined;
  }): Promise<Result<{ readonly hold: number }, LeaseFault>>;
  /** Nothing more is cut from the range that begins with `first`, as printed. */
  end(series: string, first: string, why: string): Promise<Result<LeaseShown, LeaseFault>>;
  shown(): Promise<readonly LeaseShown[]>;
  /** Of each series: how many numbers are ready at this node, as of the last start that was compared with the region. */
  ready(node: string): Promise<readonly { readonly series: string; readonly left: number }[]>;
}

export function leasesForCommands(deps: LeaseRecordDeps, rows: NumberRows): LeaseCommands {
  const record = openLeaseRecord(deps);
  const all = async (): Promise<readonly LeasedSeries[]> => (await record.list('series')).map(({ is }) => is);
  const fault = (kind: LeaseFault['kind'], text: string): Result<never, LeaseFault> => err({ kind, text });
  const shown = async (): Promise<readonly LeaseShown[]> =>
    (await leaseStates(record)).flatMap(({ series, orders }) =>
      orders.map((state) => ({
        series: series.name,
        node: state.node,
        first: state.waits === undefined && state.first !== undefined ? leasedText(series, state.first) : '',
        last: state.waits === undefined && state.last !== undefined ? leasedText(series, state.last) : '',
        state,
      })),
    );
  return {
    record,
    shown,
    end: async (series, first, why) => {
      const found = (await shown()).find((one) => one.series === series && one.first !== '' && one.first === first);
      if (found?.state.first === undefined)
        return fault('use', 'No range of that series begins with that number. See `holdfast numbers status`.');
      // Ended twice is ended.
      await record.put('end', { series, first: found.state.first, why }, 'terminal');
      return ok(found);
    },
    define: async ({ name, system, check, text, width }) => {
      if (!isSeriesName(name) || SERIES.some((one) => one === name))
        return fault('use', '--name takes 2 to 16 of a-z and 0-9, a letter first, and no series that every node has.');
      if (!/^(?:https?:\/\/|urn:)\S{3,200}$/.test(system))
        return fault('use', "--system takes the authority's address of these numbers, as https://… or urn:oid:….");
      if (!isCheck(check)) return fault('use', `--check takes one of ${CHECKS.join(', ')}: as the authority says.`);
      if (width === undefined || width < WIDTH_MIN || width > WIDTH_MAX)
        return fault('use', `--width takes digits in all, ${WIDTH_MIN} to ${WIDTH_MAX}.`);
      const series = { name, system, text, width, check };
      const isNew = (await all()).every((one) => one.name !== name && one.system !== system);
      if (!isNew || !(await record.put('series', series, 'terminal')))
        return fault('state', 'There is a series of that name or system already. How numbers read is never changed.');
      return ok({ first: leasedText(series, 1), last: leasedText(series, lastOf(series)) });
    },
    order: async ({ id, series: name, node, count, hold: asked, first }) => {
      const series = (await all()).find((one) => one.name === name);
      if (series === undefined) return fault('use', '--series takes a leased series. See `holdfast numbers status`.');
      if (count > lastOf(series) || (asked ?? 1) > count || (first ?? 1) + count - 1 > lastOf(series))
        return fault('use', `${name} has ${lastOf(series)} numbers; --hold takes no more than --count.`);
      // A tenth: what a start burns is little, and what is ready lasts a while.
      const hold = asked ?? Math.min(count, Math.max(20, Math.ceil(count / 10)));
      await record.put(
        'order',
        { id, series: name, node, count, hold, ...(first === undefined ? {} : { first }) },
        'terminal',
      );
      return ok({ hold });
    },
    ready: async (node) => {
      const wishes = await record.list('wish', nodeTag(node));
      const found: { series: string; left: number }[] = [];
      for (const { name } of await all()) {
        const [last] = wishes.filter(({ is }) => is.series === name).toSorted((a, b) => b.at - a.at);
        if (last === undefined) continue;
        const { incarnation } = last.is;
        found.push({ series: name, left: await leftHere(name, { record, rows, node, incarnation }) });
      }
      return found;
    },
  };
}
