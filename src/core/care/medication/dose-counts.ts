// How many doses of a patient are due, overdue or unknown now: for the board of a ward.
//
//   MD23  The board counts what the chart of doses shows, by the same rules: never an overdue prompt for a dose that is on paper (DT37).
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { marRows } from './mar-rows.ts';

const HOUR_MS = 3_600_000;

export interface DoseCounts {
  readonly due: number;
  readonly overdue: number;
  /** Of them, those that are time-critical. */
  readonly overdueCritical: number;
  /** "Unknown: check paper" (CR9), or charted elsewhere (CR7). */
  readonly unknown: number;
  /** Lines whose stop is disputed (CR8). */
  readonly disputed: number;
  readonly nextDueAt?: Instant;
}
/** `resources` of one patient. */
export function doseCounts(
  resources: readonly ResourceJson[],
  at: {
    readonly now: Instant;
    readonly zoneMinutes: (at: Instant) => number;
    readonly reconciling: boolean;
    readonly elsewhereSince?: Instant;
    /** `MedicationRequest/1` of which people must decide. */
    readonly conflicts?: ReadonlySet<string>;
  },
): DoseCounts {
  const rows = marRows(resources, at.now - 24 * HOUR_MS, at.now + 24 * HOUR_MS, {
    now: at.now,
    zoneMinutes: at.zoneMinutes,
    ...(at.reconciling ? { paper: {} } : {}),
    ...(at.elsewhereSince === undefined ? {} : { elsewhereSince: at.elsewhereSince }),
    ...(at.conflicts === undefined ? {} : { conflicts: at.conflicts }),
  });
  const cells = rows.flatMap((row) => row.cells.map((cell) => ({ ...cell, critical: row.critical })));
  const late = cells.filter(({ state }) => state === 'overdue' || state === 'missed');
  const next = rows.flatMap(({ nextDueAt }) => (nextDueAt === undefined || nextDueAt < at.now ? [] : [nextDueAt]));
  return {
    due: cells.filter(({ state }) => state === 'due').length,
    overdue: late.length,
    overdueCritical: late.filter(({ critical }) => critical).length,
    unknown: cells.filter(({ state }) => state === 'unknown').length,
    disputed: rows.filter(({ disputed }) => disputed).length,
    ...(next.length === 0 ? {} : { nextDueAt: Math.min(...next) }),
  };
}
