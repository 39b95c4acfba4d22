// Numbers for whoever sits at the terminal: an incarnation of its own beside the servers of the node.
import { formatUuid } from '../../core/base/id.ts';
import { assert } from '../../core/base/assert.ts';
import type { Chance, Clock } from '../../core/base/ports.ts';
import { isSeries, SERIES } from '../../core/care/identity/number-series.ts';
import { readNumber } from '../../core/care/identity/number-text.ts';
import type { NumberRows } from '../ports/number-rows.ts';
import { issueNumbers } from './issue-numbers.ts';
import type { LeaseCommands } from './leases-for-commands.ts';

export interface NodeNumbers {
  readonly rows: NumberRows;
  /** Leased series, and what was leased to whom. */
  readonly leases: LeaseCommands;
  readonly series: readonly string[];
  /** `given`, or that of the installation. */
  siteCode(given: string | undefined): string;
  /** As printed, of one of `series`. Each is given once. */
  issue(series: string, count: number, siteCode: string | undefined): Promise<readonly string[]>;
  /** A number as somebody typed it, as it is printed; undefined: a mistake is in it. */
  read(typed: string): string | undefined;
}

/** `ownCode`: of the installation, where nobody gave the site one. */
export function numbersForCommands({
  rows,
  leases,
  clock,
  chance,
  ownCode,
}: {
  readonly rows: NumberRows;
  readonly leases: LeaseCommands;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly ownCode: string;
}): NodeNumbers {
  const incarnation = `command ${formatUuid(chance.bytes(16))}`;
  const startedAt = clock.now();
  return {
    rows,
    leases,
    series: SERIES,
    siteCode: (given) => given ?? ownCode,
    issue: async (series, count, given) => {
      assert(isSeries(series), 'whoever asks looked it up');
      const node = { siteCode: given ?? ownCode, incarnation, startedAt };
      return issueNumbers(series, count, { rows, clock, chance, node });
    },
    read: (typed) => readNumber(typed)?.text,
  };
}
