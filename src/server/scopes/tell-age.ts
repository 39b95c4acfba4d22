// How old what is here is, for the patients who matter most: those in the house and those of the next five days (SC24).
import type { Instant } from '../../core/base/ports.ts';
import type { Criterion } from '../../core/fhir/search/query.ts';
import type { Completeness } from '../../core/record/holding.ts';
import { searchAll, type PlaceStore } from './find-places.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const CLOCK_SLACK_MS = MINUTE_MS;
export const AHEAD_MS = 5 * DAY_MS;
/** First settings, for the safety officer to change. */
export const LATE_MS = 5 * MINUTE_MS;
export const ALERT_MS = 15 * MINUTE_MS;

export interface DataAge {
  /** How many patients are in the house, or expected in the next five days. */
  readonly patients: number;
  /** Those of them whose record is not all here. */
  readonly incomplete: number;
  /** Of the oldest, and of 99 in 100; absent: some of them is not here, or nothing was ever confirmed. */
  readonly maxMs?: number;
  readonly p99Ms?: number;
  /** `late`: 99 in 100 are older than 5 minutes, or not here. `alert`: than 15. */
  readonly level: 'fine' | 'late' | 'alert';
}

const IN_THE_HOUSE = ['arrived', 'in-progress', 'onleave', 'triaged'];
const EXPECTED = ['arrived', 'booked', 'checked-in', 'pending'];

const statuses = (codes: readonly string[]): Criterion => ({
  kind: 'param',
  param: 'status',
  type: 'token',
  values: codes.map((code) => ({ kind: 'token', code })),
});
const within = (lo: Instant, hi: Instant): readonly Criterion[] => [
  { kind: 'param', param: 'date', type: 'date', values: [{ kind: 'date', prefix: 'ge', lo, hi: lo + 1 }] },
  { kind: 'param', param: 'date', type: 'date', values: [{ kind: 'date', prefix: 'lt', lo: hi, hi: hi + 1 }] },
];

/** Ids of the patients in the house and of those expected from yesterday on, each once. */
export async function patientsNow(store: PlaceStore, now: Instant): Promise<readonly string[]> {
  const ids = new Set<string>();
  const searches: readonly (readonly [type: string, where: readonly Criterion[]])[] = [
    ['Encounter', [statuses(IN_THE_HOUSE)]],
    ['Appointment', [statuses(EXPECTED), ...within(now - DAY_MS, now + AHEAD_MS)]],
  ];
  for (const [type, where] of searches)
    for await (const page of searchAll(store, type, where))
      for (const { home } of page) if (home.startsWith('Patient/')) ids.add(home.slice('Patient/'.length));
  return [...ids];
}

export function ageOf(now: Instant, found: readonly Completeness[]): DataAge {
  const ages = found
    .map(({ holding, asOf }) => {
      // What is as of a time to come, is of before the clock was set back: nobody knows how old it is.
      const isKnown = holding === 'whole' && asOf !== undefined && asOf <= now + CLOCK_SLACK_MS;
      return isKnown ? Math.max(0, now - asOf) : Infinity;
    })
    .toSorted((a, b) => a - b);
  const incomplete = found.filter(({ holding }) => holding !== 'whole').length;
  const max = ages.at(-1) ?? 0;
  const p99 = ages[Math.max(0, Math.ceil(ages.length * 0.99) - 1)] ?? 0;
  return {
    patients: found.length,
    incomplete,
    ...(Number.isFinite(max) ? { maxMs: max } : {}),
    ...(Number.isFinite(p99) ? { p99Ms: p99 } : {}),
    level: p99 >= ALERT_MS ? 'alert' : p99 > LATE_MS ? 'late' : 'fine',
  };
}
