// RFC 4648 base32 in lower case without padding: bytes as text that is a legal FHIR id and safe in a URL.

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

const VALUE_OF = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) VALUE_OF[ALPHABET.charCodeAt(i)] = i;

/** Two characters for each 10 bits: hashes are printed several times a write. */
const PAIRS = Array.from({ length: 1024 }, (_, bits) => ALPHABET.charAt(bits >>> 5) + ALPHABET.charAt(bits & 31));

const pair = (bits: number): string => PAIRS[bits & 1023] ?? '';

/** 8 characters for every 5 bytes; 32 bytes give 52 characters. */
export function toBase32(bytes: Uint8Array): string {
  const whole = bytes.length - (bytes.length % 5);
  let text = '';
  for (let at = 0; at < whole; at += 5) {
    const a = bytes[at] ?? 0;
    const b = bytes[at + 1] ?? 0;
    const c = bytes[at + 2] ?? 0;
    const d = bytes[at + 3] ?? 0;
    const e = bytes[at + 4] ?? 0;
    text += pair((a << 2) | (b >>> 6)) + pair((b << 4) | (c >>> 4)) + pair((c << 6) | (d >>> 2)) + pair((d << 8) | e);
  }
  let held = 0;
  let bits = 0;
  for (let at = whole; at < bytes.length; at++) {
    held = ((held & 0xff) << 8) | (bytes[at] ?? 0);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >>> bits) & 31];
    }
  }
  if (bits > 0) text += ALPHABET[(held << (5 - bits)) & 31];
  return text;
}

/** The bytes, or `undefined` where `text` is not what `toBase32` prints (wrong letter, wrong length, bits left over). */
export function fromBase32(text: string): Uint8Array | undefined {
  const count = Math.floor((text.length * 5) / 8);
  if (Math.ceil((count * 8) / 5) !== text.length) return undefined;
  const bytes = new Uint8Array(count);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const value = VALUE_OF[text.charCodeAt(i)] ?? -1;
    if (value < 0) return undefined;
    held = ((held & 0xff) << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >>> bits) & 0xff;
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}
