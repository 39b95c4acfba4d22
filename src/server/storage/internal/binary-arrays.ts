// Columns as PostgreSQL's binary arrays: what a batch of rows is sent as, without printing a number or escaping a text.
//
//   1. A parameter that is a Buffer is sent by `pg` in binary form; these are whole arrays in that form.
//   2. Format: int32 dimensions, flags, element type, count, lower bound; then int32 length and bytes of each element.
import { assert } from '../../../core/base/assert.ts';

const INT4 = 23;
const INT8 = 20;
const TEXT = 25;
const BOOL = 16;
const FLOAT8 = 701;
const HEADER = 20;
const TWO_32 = 4294967296;

function header(buffer: Buffer, type: number, count: number, hasNull: boolean): void {
  // An empty array has no dimension at all; the receiver accepts one of length 0 as well.
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(hasNull ? 1 : 0, 4);
  buffer.writeInt32BE(type, 8);
  buffer.writeInt32BE(count, 12);
  buffer.writeInt32BE(1, 16);
}

/** `bigint[]`; the values are safe integers, or ±Infinity for the ends of the type. */
export function int8s(values: readonly (number | null)[]): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER + values.length * 12);
  let at = HEADER;
  let hasNull = false;
  for (const value of values) {
    if (value === null) {
      hasNull = true;
      at = buffer.writeInt32BE(-1, at);
      continue;
    }
    at = buffer.writeInt32BE(8, at);
    if (value === Infinity) {
      at = buffer.writeInt32BE(0x7fffffff, at);
      at = buffer.writeInt32BE(-1, at);
    } else if (value === -Infinity) {
      at = buffer.writeInt32BE(-0x80000000, at);
      at = buffer.writeInt32BE(0, at);
    } else {
      const high = Math.floor(value / TWO_32);
      at = buffer.writeInt32BE(high, at);
      at = buffer.writeUInt32BE(value - high * TWO_32, at);
    }
  }
  header(buffer, INT8, values.length, hasNull);
  return buffer.subarray(0, at);
}

/** `int[]`. */
export function int4s(values: readonly number[]): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER + values.length * 8);
  header(buffer, INT4, values.length, false);
  let at = HEADER;
  for (const value of values) {
    at = buffer.writeInt32BE(4, at);
    at = buffer.writeInt32BE(value, at);
  }
  return buffer;
}

/** `double precision[]`. */
export function float8s(values: readonly number[]): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER + values.length * 12);
  header(buffer, FLOAT8, values.length, false);
  let at = HEADER;
  for (const value of values) {
    at = buffer.writeInt32BE(8, at);
    at = buffer.writeDoubleBE(value, at);
  }
  return buffer;
}

/** `boolean[]`. */
export function bools(values: readonly boolean[]): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER + values.length * 5);
  header(buffer, BOOL, values.length, false);
  let at = HEADER;
  for (const value of values) {
    at = buffer.writeInt32BE(1, at);
    at = buffer.writeUInt8(value ? 1 : 0, at);
  }
  return buffer;
}

/** `text[]`. No text may hold U+0000, which PostgreSQL cannot keep; FHIR forbids it. */
export function texts(values: readonly (string | null)[]): Buffer {
  let room = HEADER;
  // A UTF-16 unit takes at most three bytes.
  for (const value of values) room += 4 + (value === null ? 0 : value.length * 3);
  const buffer = Buffer.allocUnsafe(room);
  let at = HEADER;
  let hasNull = false;
  for (const value of values) {
    if (value === null) {
      hasNull = true;
      at = buffer.writeInt32BE(-1, at);
      continue;
    }
    const length = buffer.write(value, at + 4, 'utf8');
    buffer.writeInt32BE(length, at);
    at += 4 + length;
  }
  assert(at <= room, 'a text column has the room it was given');
  header(buffer, TEXT, values.length, hasNull);
  return buffer.subarray(0, at);
}
