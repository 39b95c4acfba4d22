// FHIR date, dateTime and instant text as the span of time that it names (http://hl7.org/fhir/R4/datatypes.html#dateTime).
//
//   FS1  A text names the half-open span [lo, hi) of its own precision: `1980-05` is the whole of May.
//   FS2  Text that is no date of years 0001 to 9999 names nothing: never a guess, never an exception.
//
// Arithmetic of the proleptic Gregorian calendar in plain integers: no Date, no clock, no locale.

/** Half-open [lo, hi) in milliseconds since 1970-01-01T00:00:00Z. */
export interface TimeSpan {
  readonly lo: number;
  readonly hi: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Days from 1970-01-01 to the first day of a month (1–12) of the proleptic Gregorian calendar. */
function daysToMonth(year: number, month: number): number {
  // Years begin in March here, so that the leap day is the last day of its year.
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5);
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysInMonth(year: number, month: number): number {
  if (month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) return 29;
  return MONTH_DAYS[month - 1] ?? 0;
}

/** The number that `count` digits from `at` make; -1 where one of them is no digit. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

const DASH = 45;
const PLUS = 43;
const COLON = 58;
const DOT = 46;

/**
 * The span that `text` names: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, or a day with `Thh:mm[:ss[.fraction]]` and an optional
 * zone (`Z`, `±hh:mm`; none is read as UTC). A leap second (`:60`) is the second after `:59`. Fractions beyond a
 * millisecond name the millisecond they are in. `undefined` for anything else.
 */
export function dateRange(text: string): TimeSpan | undefined {
  const length = text.length;
  const year = digits(text, 0, 4);
  if (year < 1) return undefined;
  if (length === 4) return { lo: daysToMonth(year, 1) * DAY_MS, hi: daysToMonth(year + 1, 1) * DAY_MS };
  const month = digits(text, 5, 2);
  if (text.charCodeAt(4) !== DASH || month < 1 || month > 12) return undefined;
  const first = daysToMonth(year, month);
  if (length === 7) return { lo: first * DAY_MS, hi: (first + daysInMonth(year, month)) * DAY_MS };
  const day = digits(text, 8, 2);
  if (text.charCodeAt(7) !== DASH || day < 1 || day > daysInMonth(year, month)) return undefined;
  const midnight = (first + day - 1) * DAY_MS;
  if (length === 10) return { lo: midnight, hi: midnight + DAY_MS };
  return timeRange(text, midnight);
}

function timeRange(text: string, midnight: number): TimeSpan | undefined {
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  if (text.charAt(10) !== 'T' || text.charCodeAt(13) !== COLON) return undefined;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return undefined;
  let lo = midnight + hour * HOUR_MS + minute * MINUTE_MS;
  let width = MINUTE_MS;
  let at = 16;
  if (text.charCodeAt(at) === COLON) {
    const second = digits(text, 17, 2);
    if (second < 0 || second > 60) return undefined;
    lo += second * 1000;
    width = 1000;
    at = 19;
    if (text.charCodeAt(at) === DOT) {
      at += 1;
      const from = at;
      let unit = 100;
      for (let digit = digits(text, at, 1); digit >= 0; digit = digits(text, at, 1)) {
        lo += digit * Math.floor(unit);
        unit /= 10;
        at += 1;
      }
      if (at === from) return undefined;
      width = Math.max(1, 10 ** (3 - (at - from)));
    }
  }
  const zone = zoneMinutes(text, at);
  if (zone === undefined) return undefined;
  lo -= zone * MINUTE_MS;
  return { lo, hi: lo + width };
}

/** Minutes east of UTC that the zone at `at` says, which must end the text. */
function zoneMinutes(text: string, at: number): number | undefined {
  if (at === text.length) return 0;
  const sign = text.charCodeAt(at);
  if (text.charAt(at) === 'Z') return at + 1 === text.length ? 0 : undefined;
  if ((sign !== PLUS && sign !== DASH) || text.length !== at + 6 || text.charCodeAt(at + 3) !== COLON) return undefined;
  const hours = digits(text, at + 1, 2);
  const minutes = digits(text, at + 4, 2);
  if (hours < 0 || minutes < 0 || minutes > 59 || hours * 60 + minutes > 14 * 60) return undefined;
  const east = hours * 60 + minutes;
  return sign === DASH ? -east : east;
}
