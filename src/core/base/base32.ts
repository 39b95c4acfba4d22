// RFC 4648 base32 in lower case without padding: bytes as text that is a legal FHIR id and safe in a URL.

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

const VALUE_OF = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) VALUE_OF[ALPHABET.charCodeAt(i)] = i;

/** 8 characters for every 5 bytes; 32 bytes give 52 characters. */
export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held & 0xff) << 8) | byte;
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
