// The device's time. Its wall clock may be wrong by years, and may jump: it is written down as it is, with what is known of its error,
// and never orders anything by itself.
//
//   DV14  Once a parent told its time, time goes on from there by a clock that does not jump.
//   DV15  The time of a write is doubtful where the wall clock is more than 15 min off, or where nobody measured since the start and it
//         cannot be right by what was written before.
import type { Clock, Instant } from '../base/ports.ts';

export interface DeviceClock extends Clock {
  /** The best that is known. */
  now(): Instant;
  /** What the wall clock shows. */
  wall(): Instant;
  /** For the header of a revision that is written now. */
  skew(): { readonly ms: number | null; readonly suspect: boolean };
  /** A parent's clock was that much ahead of this one just now. */
  measured(parentAheadMs: number): void;
}

export const SUSPECT_MS = 15 * 60_000;
const BACK_MS = 2 * 60_000;
const AWAY_MS_MAX = 35 * 24 * 3_600_000;

/** `lastKnown`: the latest time that this device is known to have lived through; 0 where there is none. */
export function deviceClock(raw: Clock, monotonic: () => number, lastKnown: Instant): DeviceClock {
  const startedAt = monotonic();
  let base: { readonly time: Instant; readonly at: number } | undefined;
  const wall = (): Instant => Math.max(0, Math.round(raw.now()));
  const isImpossible = (): boolean =>
    lastKnown > 0 && (wall() < lastKnown - BACK_MS || wall() > lastKnown + AWAY_MS_MAX);
  const now = (): Instant => {
    if (base !== undefined) return Math.round(base.time + (monotonic() - base.at));
    return isImpossible() ? Math.round(lastKnown + (monotonic() - startedAt)) : wall();
  };
  return {
    now,
    wall,
    skew: () => {
      if (base === undefined) return { ms: null, suspect: isImpossible() };
      const ms = wall() - now();
      return { ms, suspect: Math.abs(ms) > SUSPECT_MS };
    },
    measured: (parentAheadMs) => {
      base = { time: wall() + parentAheadMs, at: monotonic() };
    },
  };
}
