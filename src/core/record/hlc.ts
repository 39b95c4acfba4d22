// The hybrid logical clock: orders revisions on a screen and breaks ties. It never decides a conflict.
//
//   EV9  Text order is time order; it never goes back or repeats in one process; a foreign time moves it by 5 minutes at most.
import { assert } from '../base/assert.ts';
import type { Instant } from '../base/ports.ts';

/** 12 hexadecimal digits of milliseconds since 1970, then 4 of a counter. */
export type Hlc = string;

/** A device with a wrong year must be able to write, and unable to drag the others along. */
export const FOREIGN_AHEAD_MAX_MS = 5 * 60_000;

export const HLC_START: Hlc = '0000000000000000';

const COUNTER_MAX = 0xffff;
const MS_MAX = 0xffff_ffff_ffff;
const FORM = /^[0-9a-f]{16}$/;

export const isHlc = (text: string): boolean => FORM.test(text);
export const hlcMs = (hlc: Hlc): Instant => Number.parseInt(hlc.slice(0, 12), 16);

/** The time of the next event here, later than `last` and not before `now`. */
export function tick(last: Hlc, now: Instant): Hlc {
  const ms = hlcMs(last);
  const counter = Number.parseInt(last.slice(12), 16);
  if (now > ms) return print(now, 0);
  return counter < COUNTER_MAX ? print(ms, counter + 1) : print(ms + 1, 0);
}

/** `last` after `foreign` was seen at `now`: not before it, unless it lies too far ahead. */
export function witness(last: Hlc, foreign: Hlc, now: Instant): Hlc {
  const limit = now + FOREIGN_AHEAD_MAX_MS;
  const clamped = hlcMs(foreign) > limit ? print(limit, 0) : foreign;
  return clamped > last ? clamped : last;
}

function print(ms: Instant, counter: number): Hlc {
  assert(Number.isInteger(ms) && ms >= 0 && ms <= MS_MAX, 'a hybrid time has whole milliseconds since 1970');
  return ms.toString(16).padStart(12, '0') + counter.toString(16).padStart(4, '0');
}
