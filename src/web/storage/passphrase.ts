// A passphrase as a key: Argon2id (RFC 9106) with 64 MiB, in whatever thread asks.
//
//   BS12 At least five words, or fourteen characters: such a phrase outlives whoever has the disk. A PIN does not.
import { argon2idAsync } from '@noble/hashes/argon2.js';
import type { Bytes } from './sealing.ts';

/** What a passphrase was made a key with; kept beside what it wraps, so that it may change. */
export interface Stretching {
  readonly kind: 'argon2id';
  readonly memoryKiB: number;
  readonly passes: number;
  readonly salt: Bytes;
}

export const WORDS_MIN = 5;
export const CHARACTERS_MIN = 14;
/** A letter is no word: `a b c d e` is nine characters. */
const WORD_CHARACTERS_MIN = 3;
const MEMORY_KIB = 64 * 1024;
const PASSES = 1;
const KEY_BYTES = 32;

export function isStrong(passphrase: string): boolean {
  const text = normalised(passphrase);
  const words = text.split(/\s+/u).filter((word) => [...word].length >= WORD_CHARACTERS_MIN);
  return words.length >= WORDS_MIN || [...text].length >= CHARACTERS_MIN;
}

export const newStretching = (salt: Bytes): Stretching => ({
  kind: 'argon2id',
  memoryKiB: MEMORY_KIB,
  passes: PASSES,
  salt,
});

export async function stretched(passphrase: string, { memoryKiB, passes, salt }: Stretching): Promise<Bytes> {
  const options = { t: passes, m: memoryKiB, p: 1, dkLen: KEY_BYTES };
  return new Uint8Array(await argon2idAsync(normalised(passphrase), salt, options));
}

/** The same phrase on every keyboard, however its letters are put together and its words spaced. */
const normalised = (passphrase: string): string => passphrase.normalize('NFKC').trim().replace(/\s+/gu, ' ');
