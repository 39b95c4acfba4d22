// What the bar at the top says of where we stand, as tones, icons and keys of texts. Pure: from a Status alone.
//
//   SR24  The state is told by colour, shape and words together: live, this site only, this device only, downtime (DT7).
//   SR25  Data that the site last confirmed more than 30 minutes ago are called old, wherever we stand (DT6); never confirmed reads so.
//   SR26  Where a write is safe is said before it is made: the region, this site, this device, or nowhere over a restart.
import type { Instant } from '../../../core/base/ports.ts';
import type { Status } from '../../device/device.ts';
import type { IconName } from '../../parts/icon.part.tsx';
import type { Tone } from '../../parts/tones.ts';

/** A visible stale state after this (DT6). */
export const STALE_MS = 30 * 60_000;

export type Stand = 'live' | 'site' | 'device' | 'downtime';
/** Declared downtime stands before what answers: it changes what people do. */
export const standOf = (status: Pick<Status, 'place' | 'downtime'>): Stand =>
  status.downtime ? 'downtime' : status.place;

export const STAND_ICON: Readonly<Record<Stand, IconName>> = {
  live: 'circle-full',
  site: 'diamond-full',
  device: 'triangle-full',
  downtime: 'square-striped',
};

export const isStale = (asOf: Instant | undefined, now: Instant): boolean =>
  asOf === undefined || now - asOf > STALE_MS;

/** Where what is written now will be kept, as far as anybody can say beforehand. */
export type Safe = 'region' | 'site' | 'device' | 'nowhere';
export function safeAt(status: Pick<Status, 'place' | 'keeping'>): Safe {
  if (status.place === 'live') return 'region';
  if (status.place === 'site') return 'site';
  return status.keeping === 'thin' ? 'nowhere' : 'device';
}

export const SAFE_TONE: Readonly<Record<Safe, Tone>> = { region: 'ok', site: 'ok', device: 'warn', nowhere: 'danger' };

/** Commits that are nowhere but here. */
export const onlyHere = (status: Pick<Status, 'own'>): number => status.own.D0;
