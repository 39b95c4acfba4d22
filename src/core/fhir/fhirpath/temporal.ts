// Dates, times and their partial forms (http://hl7.org/fhirpath/N1/#datetime-comparison).
//
//   1  Comparing two partial values that agree as far as both go has no answer (undefined), not a guess.
//   2  Two values with a time and an offset are compared as instants. Where only one has an offset they are told apart by days
//      that lie two or more apart, and not at all below that.
//   3  No Date object and no time zone of the machine.

/** Year, month, day, hour, minute, second (with its fraction), as far as the text goes. */
export interface Temporal {
  readonly fields: readonly number[];
  /** Minutes east of UTC; undefined when the text has none. */
  readonly offsetMin: number | undefined;
  readonly isTime: boolean;
}

const datePattern =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T(?:(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d+)?))?)?)?(Z|[+-]\d\d:\d\d)?)?$/;
const timePattern = /^T?(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d+)?))?)?$/;
const daysInMonths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const daysIn = (year: number, month: number): number =>
  month === 2 && isLeap(year) ? 29 : (daysInMonths[month - 1] ?? 31);

/** A date or date-time; undefined when the text is none, or the day does not exist. */
export function readDate(text: string): Temporal | undefined {
  const found = datePattern.exec(text);
  if (found === null) return undefined;
  const fields: number[] = [];
  for (let i = 1; i <= 6 && found[i] !== undefined; i++) fields.push(Number(found[i]));
  // `2015T10` would leave a hole between the year and the hour.
  if (fields.length < 6 && found.slice(fields.length + 1, 7).some((part) => part !== undefined)) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = fields;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second >= 61) return undefined;
  return { fields, offsetMin: readOffset(found[7]), isTime: false };
}

function readOffset(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(4, 6));
  return text.startsWith('-') ? -minutes : minutes;
}

/** A time of day, with or without a leading T; undefined when the text is none. */
export function readTime(text: string): Temporal | undefined {
  const found = timePattern.exec(text);
  if (found === null) return undefined;
  const fields: number[] = [];
  for (let i = 1; i <= 3 && found[i] !== undefined; i++) fields.push(Number(found[i]));
  const [hour = 0, minute = 0, second = 0] = fields;
  return hour > 23 || minute > 59 || second >= 60 ? undefined : { fields, offsetMin: undefined, isTime: true };
}

/** Below 0, 0, above 0; undefined where precision does not let it be told. */
export function compareTemporals(a: Temporal, b: Temporal): number | undefined {
  if (a.isTime !== b.isTime) return undefined;
  const isMixed = (a.offsetMin === undefined) !== (b.offsetMin === undefined);
  if (isMixed && a.fields.length > 3 && b.fields.length > 3) {
    const days = dayOf(a) - dayOf(b);
    return Math.abs(days) < 2 ? undefined : days;
  }
  const left = inUtc(a);
  const right = inUtc(b);
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length === right.length ? 0 : undefined;
}

/** The same text for what compares as equal. */
export function temporalKey(temporal: Temporal): string {
  const isZoned = temporal.offsetMin !== undefined && temporal.fields.length > 3;
  return `${temporal.isTime ? 'T' : ''}${inUtc(temporal).join('-')}${isZoned ? 'Z' : ''}`;
}

function dayOf({ fields: [year = 0, month = 1, day = 1] }: Temporal): number {
  return daysFromCivil(year, month, day);
}

function inUtc(temporal: Temporal): readonly number[] {
  const { fields, offsetMin } = temporal;
  if (temporal.isTime || offsetMin === undefined || offsetMin === 0 || fields.length < 5) return fields;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = fields;
  const total = daysFromCivil(year, month, day) * 1440 + hour * 60 + minute - offsetMin;
  const days = Math.floor(total / 1440);
  const rest = total - days * 1440;
  return [...civilFromDays(days), Math.floor(rest / 60), rest % 60, ...fields.slice(5)];
}

/** Days since 1970-01-01 (Howard Hinnant, chrono-compatible low-level date algorithms). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468;
}

export function civilFromDays(days: number): readonly [number, number, number] {
  const z = days + 719468;
  const era = Math.floor(z / 146097);
  const dayOfEra = z - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1];
}

/** The units that dates can be moved by, in the order of `Temporal.fields`. */
export type CalendarUnit = 'year' | 'month' | 'week' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond';

/** The text moved by `amount` units, at its own precision; undefined when the result is no date. */
export function addToTemporal(text: string, isTime: boolean, amount: number, unit: CalendarUnit): string | undefined {
  const temporal = isTime ? readTime(text) : readDate(text);
  if (temporal === undefined) return undefined;
  // Only seconds have fractions; the others count whole units (N1, date/time arithmetic).
  const whole = unit === 'second' || unit === 'millisecond' ? amount : Math.trunc(amount);
  return isTime ? addToTime(text, temporal, whole, unit) : addToDate(text, temporal, whole, unit);
}

const msOf: Readonly<Record<string, number>> = {
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1_000,
  millisecond: 1,
};

function addToTime(text: string, { fields }: Temporal, amount: number, unit: CalendarUnit): string | undefined {
  const unitMs = msOf[unit];
  if (unitMs === undefined || unit === 'week' || unit === 'day') return undefined;
  const [hour = 0, minute = 0, second = 0] = fields;
  const day = 86_400_000;
  const precisionMs = fields.length === 1 ? 3_600_000 : fields.length === 2 ? 60_000 : 1;
  const moved =
    hour * 3_600_000 + minute * 60_000 + Math.round(second * 1_000) + truncateTo(amount * unitMs, precisionMs);
  const ms = ((moved % day) + day) % day;
  const parts = [pad(Math.floor(ms / 3_600_000)), pad(Math.floor(ms / 60_000) % 60), printSeconds(ms % 60_000, text)];
  return parts.slice(0, fields.length).join(':');
}

const truncateTo = (ms: number, precisionMs: number): number => Math.trunc(ms / precisionMs) * precisionMs;

function addToDate(text: string, temporal: Temporal, amount: number, unit: CalendarUnit): string | undefined {
  const { fields } = temporal;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = fields;
  const moved = unit === 'year' || unit === 'month' ? undefined : amount * (msOf[unit] ?? 0);
  if (moved === undefined || fields.length < 3) {
    // Finer units are turned into the precision that the text has: 30 days a month, 365 days a year.
    const months =
      unit === 'year' ? amount * 12 : unit === 'month' ? amount : monthsIn(moved ?? 0, fields.length === 1);
    const total = year * 12 + (month - 1) + (fields.length === 1 ? Math.trunc(months / 12) * 12 : months);
    const newYear = Math.floor(total / 12);
    const newMonth = total - newYear * 12 + 1;
    return printDate(text, temporal, [newYear, newMonth, Math.min(day, daysIn(newYear, newMonth))], undefined);
  }
  const precisionMs = [86_400_000, 3_600_000, 60_000, 1][fields.length - 3] ?? 1;
  const dayMs = 86_400_000;
  const clock = hour * 3_600_000 + minute * 60_000 + Math.round(second * 1_000);
  const total = daysFromCivil(year, month, day) * dayMs + clock + truncateTo(Math.round(moved), precisionMs);
  const days = Math.floor(total / dayMs);
  return printDate(text, temporal, civilFromDays(days), total - days * dayMs);
}

function monthsIn(ms: number, wholeYears: boolean): number {
  const days = Math.trunc(ms / 86_400_000);
  return wholeYears ? Math.trunc(days / 365) * 12 : Math.trunc(days / 30);
}

/** Prints in the form of `text`; `ms` undefined keeps its time of day. */
function printDate(
  text: string,
  { fields }: Temporal,
  [year, month, day]: readonly [number, number, number],
  ms: number | undefined,
): string | undefined {
  if (year < 1 || year > 9999) return undefined;
  const date = [String(year).padStart(4, '0'), pad(month), pad(day)].slice(0, Math.min(fields.length, 3)).join('-');
  const at = text.indexOf('T');
  if (at === -1) return date;
  if (ms === undefined || fields.length < 4) return date + text.slice(at);
  const offset = /(?:Z|[+-]\d\d:\d\d)$/.exec(text.slice(at))?.[0] ?? '';
  const time = [pad(Math.floor(ms / 3_600_000)), pad(Math.floor(ms / 60_000) % 60), printSeconds(ms % 60_000, text)];
  return `${date}T${time.slice(0, fields.length - 3).join(':')}${offset}`;
}

const pad = (value: number): string => String(value).padStart(2, '0');

function printSeconds(ms: number, like: string): string {
  const digits = /\.(\d+)/.exec(like)?.[1]?.length ?? (ms % 1_000 === 0 ? 0 : 3);
  return digits === 0 ? pad(Math.floor(ms / 1_000)) : (ms / 1_000).toFixed(digits).padStart(3 + digits, '0');
}

/** An instant as a date-time in UTC with milliseconds. */
export function printInstant(instant: number): string {
  const days = Math.floor(instant / 86_400_000);
  const [year, month, day] = civilFromDays(days);
  const ms = instant - days * 86_400_000;
  const time = `${pad(Math.floor(ms / 3_600_000))}:${pad(Math.floor(ms / 60_000) % 60)}:${printSeconds(ms % 60_000, '.000')}`;
  return `${String(year).padStart(4, '0')}-${pad(month)}-${pad(day)}T${time}Z`;
}
