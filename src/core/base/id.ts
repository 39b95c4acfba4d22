// Names for resources: UUIDv7 (RFC 9562) from a given clock and chance, so that ids sort by birth and the simulator
// can repeat them. Two made in one millisecond differ by 74 bits of chance, never by a shared counter.
import { assert } from './assert.ts';
import type { Chance, Clock } from './ports.ts';

/** http://hl7.org/fhir/R4/datatypes.html#id */
const FHIR_ID = /^[A-Za-z0-9\-.]{1,64}$/;

export const isFhirId = (text: string): boolean => FHIR_ID.test(text);

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A version 7 UUID in lower case: 48 bits of milliseconds, then chance. */
export function uuidV7(clock: Clock, chance: Chance): string {
  const now = clock.now();
  assert(Number.isInteger(now) && now >= 0 && now < 2 ** 48, 'a clock gives whole milliseconds since 1970');
  const bytes = new Uint8Array(16);
  bytes.set(chance.bytes(10), 6);
  const high = Math.floor(now / 0x1_0000_0000);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, high);
  view.setUint32(2, now >>> 0);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  return formatUuid(bytes);
}

/** 16 bytes as 8-4-4-4-12 hexadecimal digits in lower case. */
export function formatUuid(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += HEX[bytes[i] ?? 0];
  }
  return text;
}
