// The order of two dates or times as FHIRPath sees it: they are compared as far as both are precise, and what differs
// only beyond that cannot be said (http://hl7.org/fhirpath/N1/#comparison).
import type { JsonValue } from '../../base/json-types.ts';

export type Order = 'before' | 'same' | 'after' | 'unknown';

const MOMENT = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d))?)?)?$/;

/** Compares two dates, dateTimes or instants; 'unknown' where one is absent, malformed or too vague. */
export function compareMoments(left: JsonValue | undefined, right: JsonValue | undefined): Order {
  if (typeof left !== 'string' || typeof right !== 'string') return 'unknown';
  if (left === right) return 'same';
  const a = MOMENT.exec(left);
  const b = MOMENT.exec(right);
  if (a === null || b === null) return 'unknown';
  if (a[4] !== undefined && b[4] !== undefined) return order(milliseconds(a), milliseconds(b));
  for (let part = 1; part <= 3; part++) {
    const x = a[part];
    const y = b[part];
    if (x === undefined || y === undefined) return 'unknown';
    if (x === y) continue;
    // A time zone may move a time into the next day, so a day and a time on the day beside it cannot be told apart.
    const isMixed = (a[4] === undefined) !== (b[4] === undefined);
    if (isMixed && part === 3 && Math.abs(Number(x) - Number(y)) === 1) return 'unknown';
    return order(Number(x), Number(y));
  }
  return a[4] === undefined && b[4] === undefined ? 'same' : 'unknown';
}

function order(a: number, b: number): Order {
  if (a === b) return 'same';
  return a < b ? 'before' : 'after';
}

function milliseconds(parts: RegExpExecArray): number {
  const part = (index: number): number => Number(parts[index] ?? 0);
  const zone = parts[7] ?? 'Z';
  const minutes =
    zone === 'Z' ? 0 : (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4)));
  return Date.UTC(part(1), part(2) - 1, part(3), part(4), part(5) - minutes) + part(6) * 1000;
}
