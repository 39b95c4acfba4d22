// When doses of an order are due, in a stretch of time. Local clock times are read in the ward's zone.
//
//   MD15  A dose is due only within the life of its order; an order whose times cannot be read has none, and says so.
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { instructionsOf, type Instruction } from './order-dose.ts';
import { momentOf } from './patient-facts.ts';
import { statusSince } from './medication-lines.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Minutes east of UTC at an instant. */
export type Zone = (at: Instant) => number;

export interface Life {
  readonly from: Instant;
  readonly until: Instant;
}
const ENDED = ['stopped', 'cancelled', 'completed', 'entered-in-error'];
/** Half-open. An order that ended at a time nobody wrote down has no due times: what was given of it is shown as it was given. */
export function lifeOf(request: ResourceJson, { from, until }: Instruction): Life {
  const start = momentOf(from) ?? momentOf(request['authoredOn']) ?? -Infinity;
  const end = momentOf(until) ?? Infinity;
  const isEnded = ENDED.includes(String(request['status']));
  const endedAt = isEnded ? (statusSince(request) ?? (end === Infinity ? start : end)) : Infinity;
  return { from: start, until: Math.min(end, endedAt) };
}

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** Midnight that began the local day of `at`, by `days` later. */
export function dayStart(at: Instant, zone: Zone, days = 0): Instant {
  const local = Math.floor((at + zone(at) * MINUTE_MS) / DAY_MS) + days;
  return fromLocal(local * DAY_MS, zone);
}
/** An instant whose local reading is `local` (milliseconds as if UTC). In the hour that is skipped the clock has moved on. */
function fromLocal(local: number, zone: Zone): Instant {
  const guess = local - zone(local) * MINUTE_MS;
  return local - zone(guess) * MINUTE_MS;
}
export function atClock(day: Instant, clock: string, zone: Zone): Instant {
  const local = Math.floor((day + zone(day) * MINUTE_MS) / DAY_MS) * DAY_MS;
  return fromLocal(local + Number(clock.slice(0, 2)) * HOUR_MS + Number(clock.slice(3, 5)) * MINUTE_MS, zone);
}

/** Ascending, within [from, until). As-needed orders, and infusions, have none: their doses follow each other. */
export function dueTimes(
  request: ResourceJson,
  instruction: Instruction,
  { from, until }: Life,
  zone: Zone,
): readonly Instant[] {
  const life = lifeOf(request, instruction);
  const [lo, hi] = [Math.max(from, life.from), Math.min(until, life.until)];
  if (!(lo < hi)) return [];
  const { cadence } = instruction;
  switch (cadence.kind) {
    case 'times': {
      const found: Instant[] = [];
      const first = life.from === -Infinity ? lo : life.from;
      const firstDay = Math.round((dayStart(first, zone) + zone(first) * MINUTE_MS) / DAY_MS);
      for (let day = dayStart(lo, zone); day < hi; day = dayStart(day + 26 * HOUR_MS, zone)) {
        const number = Math.round((day + zone(day) * MINUTE_MS) / DAY_MS);
        if ((number - firstDay) % cadence.every !== 0) continue;
        if (cadence.days.length > 0 && !cadence.days.includes(WEEKDAYS[(((number + 4) % 7) + 7) % 7] ?? '')) continue;
        for (const clock of cadence.times) {
          const due = atClock(day, clock, zone);
          if (due >= lo && due < hi) found.push(due);
        }
      }
      return found.sort((a, b) => a - b);
    }
    case 'interval': {
      const step = (cadence.hours / cadence.count) * HOUR_MS;
      if (life.from === -Infinity || !(step >= 5 * MINUTE_MS)) return [];
      const found: Instant[] = [];
      for (let n = Math.max(0, Math.ceil((lo - life.from) / step)); life.from + n * step < hi; n++)
        found.push(life.from + n * step);
      return found;
    }
    case 'once':
      return life.from >= lo && life.from < hi ? [life.from] : [];
    case 'moments':
      return cadence.at.flatMap((text) => {
        const due = momentOf(text);
        return due !== undefined && due >= lo && due < hi ? [due] : [];
      });
    case 'as-needed':
    case 'infusion':
    case 'words':
      return [];
  }
}

/** The shortest time between two doses in a row; undefined where doses have no rhythm. */
export function shortestGap({ cadence }: Instruction): number | undefined {
  if (cadence.kind === 'interval') return (cadence.hours / cadence.count) * HOUR_MS;
  if (cadence.kind === 'infusion') return cadence.hours * HOUR_MS;
  if (cadence.kind !== 'times') return undefined;
  const minutes = cadence.times.map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5)));
  if (minutes.length === 1) return cadence.every * DAY_MS;
  const gaps = minutes.map((one, n) => ((minutes[(n + 1) % minutes.length] ?? one) - one + 1440) % 1440 || 1440);
  return Math.min(...gaps) * MINUTE_MS;
}
export const instructionOf = (request: ResourceJson): Instruction | undefined => instructionsOf(request)[0];
