// Dates and times as clinicians read them: NHS Common User Interface, Date and Time Display (D+Ta-0002 to D+Ta-0019).
//
//   SR4  A date is `09-Sep-2008` in every language: nobody reads day for month. A time is `14:05`, of 24 hours.
//   SR5  What is known to the month or the year is shown to the month or the year. A date without a time is never moved by a time zone.
import type { Instant } from '../../core/base/ports.ts';
import { inOwnOrder } from './own-order.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const two = (n: number): string => String(n).padStart(2, '0');
const HAS_TIME = /T\d\d:\d\d/;

/** A FHIR date, dateTime or instant, or milliseconds since 1970. Times are shown in the time zone of this device. */
export type When = string | Instant;

/** `09-Sep-2008`; `Sep-2008` and `2008` of what is not known better. What is no date is given back as it is. */
export const formatDate = (when: When): string => inOwnOrder(dateOf(when));

function dateOf(when: When): string {
  if (typeof when === 'string' && !HAS_TIME.test(when)) {
    const [, year, month, day] = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?$/.exec(when) ?? [];
    if (year === undefined) return when;
    const name = month === undefined ? undefined : MONTHS[Number(month) - 1];
    if (name === undefined) return year;
    return day === undefined ? `${name}-${year}` : `${day}-${name}-${year}`;
  }
  const at = new Date(when);
  return Number.isNaN(at.getTime())
    ? String(when)
    : `${two(at.getDate())}-${MONTHS[at.getMonth()] ?? ''}-${String(at.getFullYear()).padStart(4, '0')}`;
}

/** `14:05`; '' of what has no time. */
export function formatTime(when: When): string {
  if (typeof when === 'string' && !HAS_TIME.test(when)) return '';
  const at = new Date(when);
  return Number.isNaN(at.getTime()) ? '' : `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** `09-Sep-2008 14:05`; the date alone of what has no time. */
export function formatDateTime(when: When): string {
  const time = formatTime(when);
  return inOwnOrder(time === '' ? dateOf(when) : `${dateOf(when)} ${time}`);
}

/** `14:05` of today, `09-Sep-2008 14:05` of any other day: for columns where today is what is read. */
export function formatMoment(when: When, now: Instant): string {
  const time = formatTime(when);
  return time !== '' && dateOf(when) === dateOf(now) ? time : formatDateTime(when);
}

/** For `<input type="date">` and `type="datetime-local">`: `2008-09-09`, `2008-09-09T14:05`, in the time zone of this device. */
export function toInputDate(at: Instant): string {
  const date = new Date(at);
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
export function toInputDateTime(at: Instant): string {
  const date = new Date(at);
  return `${toInputDate(at)}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Of such an input's text: a FHIR dateTime with the offset of this device, `2008-09-09T14:05:00+01:00`; undefined of what is no time. */
export function fromInputDateTime(text: string): string | undefined {
  const date = new Date(text);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text) && !Number.isNaN(date.getTime())
    ? toFhirDateTime(date.getTime())
    : undefined;
}

/** `2008-09-09T14:05:00+01:00`: with the offset that held there then, so that everybody else knows both the moment and the ward's clock. */
export function toFhirDateTime(at: Instant): string {
  const date = new Date(at);
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? '-' : '+';
  const size = Math.abs(offset);
  return `${toInputDateTime(at)}:${two(date.getSeconds())}${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
