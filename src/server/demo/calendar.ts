// Times of the demo: everything hangs on the `now` that was given, read in the hospital's own offset from UTC.
import type { Instant } from '../../core/base/ports.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const YEAR = 365.25 * DAY;

export interface Calendar {
  readonly now: Instant;
  /** A FHIR dateTime or instant to the second: `2026-03-01T08:00:00+00:00`. */
  at(time: Instant): string;
  /** A FHIR date. */
  on(time: Instant): string;
  /** For people: `01-Mar-2026`. */
  spoken(time: Instant): string;
  /** For people: `08:05`. */
  clock(time: Instant): string;
  /** Midnight that began the local day of `time`. */
  dayStart(time: Instant): Instant;
  /** Local hours since midnight, with fractions. */
  hour(time: Instant): number;
  /** 0 is Sunday. */
  weekday(time: Instant): number;
  /** `clock` ("08:30") on the local day of `time`, `days` later. */
  atClock(time: Instant, clock: string, days?: number): Instant;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const two = (n: number): string => (n < 10 ? `0${n}` : `${n}`);

export function calendarAt(now: Instant, utcOffsetMinutes: number): Calendar {
  const offset = utcOffsetMinutes * MINUTE;
  const away = Math.abs(utcOffsetMinutes);
  const zone = `${utcOffsetMinutes < 0 ? '-' : '+'}${two(Math.floor(away / 60))}:${two(away % 60)}`;
  const local = (time: Instant): Date => new Date(time + offset);
  const dayStart = (time: Instant): Instant => Math.floor((time + offset) / DAY) * DAY - offset;
  return {
    now,
    at: (time) => local(time).toISOString().slice(0, 19) + zone,
    on: (time) => local(time).toISOString().slice(0, 10),
    spoken: (time) => {
      const day = local(time);
      return `${two(day.getUTCDate())}-${MONTHS[day.getUTCMonth()] ?? ''}-${day.getUTCFullYear()}`;
    },
    clock: (time) => local(time).toISOString().slice(11, 16),
    dayStart,
    hour: (time) => (time - dayStart(time)) / HOUR,
    weekday: (time) => (Math.floor((time + offset) / DAY) + 4) % 7,
    atClock: (time, clock, days = 0) =>
      dayStart(time) + days * DAY + Number(clock.slice(0, 2)) * HOUR + Number(clock.slice(3, 5)) * MINUTE,
  };
}
