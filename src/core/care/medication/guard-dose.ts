// Before a dose is charted: was it given already, is it too soon, too much, too early? It warns with the facts and merges nothing.
//
//   MD24  Another entry for the same order and due time, or within the window, is shown with its time, dose, who and where from (CR6, DT37).
//   MD25  An as-needed dose within its interval, or over its 24-hour maximum, wants a reason (CR6).
//   MD26  A dose is charted as given only in the past; one that differs from the order, is early, held or disputed wants a reason.
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { wentIn, type DoseEntry } from './dose-entry.ts';
import { instructionOf, lifeOf, shortestGap } from './due-times.ts';
import { DUE_BEFORE_MS } from './mar-rows.ts';
import { inUnit, type Amount } from './order-dose.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Two doses of one regular order nearer than this are looked at twice, whatever their due times. */
const WINDOW_MS = 90 * MINUTE_MS;
/** A clock of a device may be ahead a little. */
export const FUTURE_MS = 2 * MINUTE_MS;

export interface DoseToChart {
  readonly request: ResourceJson;
  readonly dueAt?: Instant;
  readonly at: Instant;
  readonly amount: Amount | undefined;
}
export type DoseWarning =
  /** Nobody can have given a dose in the future: refused. */
  | { readonly kind: 'in-the-future' }
  | { readonly kind: 'same-due-time' | 'close-by'; readonly others: readonly DoseEntry[] }
  | { readonly kind: 'too-soon'; readonly last: DoseEntry; readonly earliestAt: Instant }
  | { readonly kind: 'over-maximum'; readonly given: readonly DoseEntry[]; readonly sum: number; readonly most: Amount }
  /** Doses before cannot be added up: the maximum is not checked. */
  | { readonly kind: 'maximum-not-checked'; readonly most: Amount }
  | { readonly kind: 'early'; readonly dueAt: Instant }
  | { readonly kind: 'differs'; readonly ordered: Amount; readonly low?: Amount; readonly given: Amount }
  | { readonly kind: 'held' | 'ended' | 'stop-disputed' };

/** Whether a person may go on with a reason. */
export const isRefused = (warnings: readonly DoseWarning[]): boolean =>
  warnings.some(({ kind }) => kind === 'in-the-future');

/** `entries`: all of the patient's doses of this order. `conflict`: people must decide about the order. */
export function guardDose(
  dose: DoseToChart,
  entries: readonly DoseEntry[],
  now: Instant,
  conflict: boolean,
): readonly DoseWarning[] {
  const { request, at, dueAt, amount } = dose;
  const warnings: DoseWarning[] = [];
  if (at > now + FUTURE_MS) warnings.push({ kind: 'in-the-future' });
  const instruction = instructionOf(request);
  const given = entries.filter(wentIn).toSorted((a, b) => a.at - b.at);
  const same = dueAt === undefined ? [] : given.filter((one) => one.dueAt === dueAt);
  if (same.length > 0) warnings.push({ kind: 'same-due-time', others: same });
  const gap = instruction === undefined ? undefined : shortestGap(instruction);
  const window = instruction?.asNeeded === true ? 0 : Math.min(WINDOW_MS, (gap ?? 2 * WINDOW_MS) / 2);
  const close = given.filter((one) => !same.includes(one) && Math.abs(one.at - at) < window);
  if (close.length > 0) warnings.push({ kind: 'close-by', others: close });
  if (instruction?.cadence.kind === 'as-needed') {
    const { minutesApart } = instruction.cadence;
    const near = given.find((one) => minutesApart !== undefined && Math.abs(one.at - at) < minutesApart * MINUTE_MS);
    if (near !== undefined && minutesApart !== undefined)
      warnings.push({ kind: 'too-soon', last: near, earliestAt: near.at + minutesApart * MINUTE_MS });
    const most = instruction.dayMost;
    if (most !== undefined) warnings.push(...overMaximum(given, at, amount, most));
  }
  const differs = differsFrom(instruction?.dose, instruction?.doseLow, amount);
  if (differs !== undefined) warnings.push(differs);
  if (dueAt !== undefined && at < dueAt - DUE_BEFORE_MS) warnings.push({ kind: 'early', dueAt });
  if (conflict) warnings.push({ kind: 'stop-disputed' });
  else if (request['status'] === 'on-hold') warnings.push({ kind: 'held' });
  else if (instruction !== undefined && at >= lifeOf(request, instruction).until) warnings.push({ kind: 'ended' });
  return warnings;
}

/** Any 24 hours that hold the new dose: late entries have doses after them, too. */
function overMaximum(
  given: readonly DoseEntry[],
  at: Instant,
  amount: Amount | undefined,
  most: Amount,
): readonly DoseWarning[] {
  const value = (one: Amount | undefined): number | undefined =>
    one === undefined ? undefined : inUnit(one, most.unit);
  const own = value(amount);
  const around = given.filter((one) => Math.abs(one.at - at) < DAY_MS);
  if (own === undefined || around.some((one) => value(one.amount) === undefined))
    return [{ kind: 'maximum-not-checked', most }];
  const starts = [at, ...around.filter((one) => one.at <= at).map((one) => one.at)];
  for (const start of starts.toSorted((a, b) => a - b)) {
    const within = around.filter((one) => one.at >= start && one.at < start + DAY_MS);
    const sum = Number((own + within.reduce((total, one) => total + (value(one.amount) ?? 0), 0)).toPrecision(12));
    if (sum > most.value + 1e-9) return [{ kind: 'over-maximum', given: within, sum, most }];
  }
  return [];
}
function differsFrom(
  ordered: Amount | undefined,
  low: Amount | undefined,
  given: Amount | undefined,
): DoseWarning | undefined {
  if (ordered === undefined || given === undefined) return undefined;
  const value = inUnit(given, ordered.unit);
  const least = low === undefined ? ordered.value : (inUnit(low, ordered.unit) ?? ordered.value);
  const isWithin = value !== undefined && value <= ordered.value + 1e-9 && value >= least - 1e-9;
  return isWithin ? undefined : { kind: 'differs', ordered, ...(low === undefined ? {} : { low }), given };
}
