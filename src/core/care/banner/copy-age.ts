// How old the copy is that a chart is drawn from, and what that makes of its words.
//
//   CH2  A copy is stale when the site last told everything more than 30 minutes ago, or never (DT6).
//   CH3  Offline is said where nobody answers, stale where the copy is old; both may be so.
import type { Instant } from '../../base/ports.ts';

/** Minutes after which what is shown is marked as old (DT6). A first setting for a clinical safety officer. */
export const STALE_MINUTES = 30;
const MINUTE_MS = 60_000;

export interface CopyAge {
  /** Absent: this device never heard from a site. */
  readonly asOf?: Instant;
  readonly isStale: boolean;
  readonly isOffline: boolean;
  /** Whole minutes since `asOf`, at least 0. */
  readonly minutes?: number;
}

/** `place`: who answers now. A clock that was set back makes nothing younger than 0 minutes. */
export function copyAge(asOf: Instant | undefined, now: Instant, place: 'live' | 'site' | 'device'): CopyAge {
  const isOffline = place === 'device';
  if (asOf === undefined) return { isStale: true, isOffline };
  const minutes = Math.max(0, Math.floor((now - asOf) / MINUTE_MS));
  return { asOf, minutes, isStale: minutes > STALE_MINUTES, isOffline };
}
