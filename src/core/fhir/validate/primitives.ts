// The formats of R4's primitives, value by value (http://hl7.org/fhir/R4/datatypes.html#primitive).
//
//   1  Every check is linear in the text: no regular expression here can backtrack over input.
//   2  Dates are checked against the calendar: 2023-02-29 is refused, 2024-02-29 is not.
//   3  Numbers may come as `JsonNumber` (lossless parsing); then the text counts, so `1.0` is no integer.
import { JsonNumber } from '../../base/json.ts';
import type { JsonValue } from '../../base/json-types.ts';
import { checkNarrative } from './narrative.ts';

/** What is wrong with a value of a primitive type, in the order of looking. */
export type PrimitiveVerdict = 'valid' | 'json-type' | 'json-empty' | 'format';
export type PrimitiveCheck = (value: JsonValue) => PrimitiveVerdict;

/** FHIR strings are at most 1 MB (http://hl7.org/fhir/R4/datatypes.html#string). */
const STRING_MAX = 1024 * 1024;
const INTEGER_MAX = 2_147_483_647;

const ID = /^[A-Za-z0-9\-.]{1,64}$/;
const OID = /^urn:oid:[0-2](\.(0|[1-9][0-9]*))+$/;
const UUID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UUID_ANY_CASE = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const SPACE = /\s/;
/** No whitespace at the ends, and single blanks between. */
const CODE_BAD = /^\s|\s$|\s\s/;
// Everything below blank but TAB, LF and CR (http://hl7.org/fhir/R4/datatypes.html#string).
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

const CHECKS: ReadonlyMap<string, PrimitiveCheck> = new Map<string, PrimitiveCheck>([
  ['boolean', (value) => (typeof value === 'boolean' ? 'valid' : 'json-type')],
  ['integer', integer(-INTEGER_MAX - 1)],
  ['unsignedInt', integer(0)],
  ['positiveInt', integer(1)],
  [
    'decimal',
    (value) => {
      if (value instanceof JsonNumber) return 'valid';
      if (typeof value !== 'number') return 'json-type';
      return Number.isFinite(value) ? 'valid' : 'format';
    },
  ],
  ['string', text(isString)],
  ['markdown', text(isString)],
  ['code', text((value) => !CODE_BAD.test(value) && !CONTROL.test(value))],
  ['id', text((value) => ID.test(value))],
  ['uri', text(isUri)],
  ['url', text(isUri)],
  ['canonical', text(isUri)],
  ['oid', text((value) => OID.test(value))],
  ['uuid', text((value) => UUID.test(value))],
  ['base64Binary', text(isBase64)],
  ['date', text((value) => isDate(value))],
  ['dateTime', text((value) => isDateTime(value, false))],
  ['instant', text((value) => isDateTime(value, true))],
  ['time', text((value) => timeEnd(value, 0) === value.length)],
  ['xhtml', text((value) => checkNarrative(value) !== 'malformed')],
]);

/** The check of a primitive type by its name; undefined for other types. */
export function primitiveCheck(type: string): PrimitiveCheck | undefined {
  return CHECKS.get(type);
}

function text(isValid: (value: string) => boolean): PrimitiveCheck {
  return (value) => {
    if (typeof value !== 'string') return 'json-type';
    if (value === '') return 'json-empty';
    return isValid(value) ? 'valid' : 'format';
  };
}

function integer(min: number): PrimitiveCheck {
  return (value) => {
    // Lossless parsing leaves a number as text only where it is not written as an integer is: `1.0`, `1e3`, `-0`.
    if (value instanceof JsonNumber) return 'format';
    if (typeof value !== 'number') return 'json-type';
    return Number.isInteger(value) && value >= min && value <= INTEGER_MAX && !Object.is(value, -0)
      ? 'valid'
      : 'format';
  };
}

function isString(value: string): boolean {
  return value.length <= STRING_MAX && !CONTROL.test(value);
}

function isUri(value: string): boolean {
  if (SPACE.test(value)) return false;
  if (value.startsWith('urn:oid:')) return OID.test(value);
  if (value.startsWith('urn:uuid:')) return UUID_ANY_CASE.test(value);
  return !CONTROL.test(value);
}

/** Groups of four with padding at the end only; whitespace anywhere, as R4 allows. */
function isBase64(value: string): boolean {
  let count = 0;
  let padding = 0;
  for (let at = 0; at < value.length; at++) {
    const c = value.charCodeAt(at);
    if (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) continue;
    if (c === 0x3d) {
      padding++;
      count++;
      continue;
    }
    const isLetter = (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a);
    const isOther = (c >= 0x30 && c <= 0x39) || c === 0x2b || c === 0x2f;
    if (padding > 0 || !(isLetter || isOther)) return false;
    count++;
  }
  return count > 0 && count % 4 === 0 && padding <= 2;
}

/** The number made of `count` digits at `at`, or -1. */
function digits(value: string, at: number, count: number): number {
  if (at + count > value.length) return -1;
  let number = 0;
  for (let i = at; i < at + count; i++) {
    const c = value.charCodeAt(i) - 0x30;
    if (c < 0 || c > 9) return -1;
    number = number * 10 + c;
  }
  return number;
}

/** Where the date that starts the text ends (4, 7 or 10), or -1. */
function dateEnd(value: string): number {
  const year = digits(value, 0, 4);
  if (year < 1) return -1;
  if (value.charCodeAt(4) !== 0x2d) return 4;
  const month = digits(value, 5, 2);
  if (month < 1 || month > 12) return -1;
  if (value.charCodeAt(7) !== 0x2d) return 7;
  const day = digits(value, 8, 2);
  return day >= 1 && day <= daysIn(year, month) ? 10 : -1;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isDate(value: string): boolean {
  return dateEnd(value) === value.length;
}

/** Where the time hh:mm:ss[.f] at `at` ends, or -1. Second 60 is a leap second. */
function timeEnd(value: string, at: number): number {
  const hour = digits(value, at, 2);
  const minute = digits(value, at + 3, 2);
  const second = digits(value, at + 6, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1;
  if (value.charCodeAt(at + 2) !== 0x3a || value.charCodeAt(at + 5) !== 0x3a) return -1;
  let end = at + 8;
  if (value.charCodeAt(end) !== 0x2e) return end;
  end++;
  const start = end;
  while (digits(value, end, 1) >= 0) end++;
  return end > start ? end : -1;
}

/** `whole`: an instant, which has everything; else any precision, and a zone wherever there is a time. */
function isDateTime(value: string, whole: boolean): boolean {
  const date = dateEnd(value);
  if (date === value.length) return !whole;
  if (date !== 10 || value.charCodeAt(10) !== 0x54) return false;
  const end = timeEnd(value, 11);
  if (end < 0) return false;
  if (value.charCodeAt(end) === 0x5a) return end + 1 === value.length;
  const sign = value.charCodeAt(end);
  if ((sign !== 0x2b && sign !== 0x2d) || end + 6 !== value.length) return false;
  const hour = digits(value, end + 1, 2);
  const minute = digits(value, end + 4, 2);
  if (value.charCodeAt(end + 3) !== 0x3a || hour < 0 || minute < 0 || minute > 59) return false;
  return hour < 14 || (hour === 14 && minute === 0);
}
