// How a number of people's and things' reads: `KIS-7QX-0DD5X2K-C`, site, lane, counter, check character. Pure.
//
//   ID1  One wrong character, and two characters that changed places, are always found.
//   ID2  What is printed holds no I, L, O or U behind the site, so that it can be read out. Who types one is told so: to take O for 0
//        would let a site's O that changed places with another character pass.
//
// The check character is that of ISO/IEC 7064 MOD 37-2: weights are powers of 2, which all differ modulo 37 for 36 places. The
// hybrid MOD 37,36 misses 72 of 45,360 neighbours that changed places. The pure system has a 37th character, `*`: numbers that would
// end in it, or in a letter that is mistaken for another, are left out (5 of 37).
import { assert } from '../../base/assert.ts';

/** Crockford's base 32: https://www.crockford.com/base32.html */
export const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** The characters of ISO/IEC 7064 MOD 37-2, by their value. */
const VALUES = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*';

export const LANE_LENGTH = 3;
export const LANES = 32 ** LANE_LENGTH;
const COUNTER_LENGTH = 7;

/** A number, taken apart. */
export interface NumberParts {
  readonly site: string;
  readonly lane: string;
  readonly counter: number;
  /** Given in place of another that could not be had, or to somebody who is not known yet: `T-KIS-…`. */
  readonly temporary: boolean;
}

export const isSiteCode = (text: string): boolean => /^[A-Z0-9]{2,6}$/.test(text) && text !== 'T';

/** The check character of `text` (letters and digits in upper case; all else is passed over); `*` is one of 37. */
export function checkCharacter(text: string): string {
  let sum = 0;
  for (const character of text) {
    const value = VALUES.indexOf(character);
    if (value >= 0 && value < 36) sum = ((sum + value) * 2) % 37;
  }
  return VALUES.charAt((38 - sum) % 37);
}

/** The number as it is printed; undefined where its check character would be mistaken for another: it is never issued. */
export function numberText({ site, lane, counter, temporary }: NumberParts): string | undefined {
  assert(isSiteCode(site) && lane.length === LANE_LENGTH, 'a number is of a site and a lane');
  const body = `${temporary ? 'T-' : ''}${site}-${lane}-${base32(counter, COUNTER_LENGTH)}`;
  const check = checkCharacter(body);
  return DIGITS.includes(check) ? `${body}-${check}` : undefined;
}

const PRINTED = /^(T-)?([A-Z0-9]{2,6})-([0-9A-Z]{3})-([0-9A-Z]{7,10})-([0-9A-Z])$/;

/** A number as somebody typed it, in its printed form; undefined: a mistake is in it. Case and blanks do not count. */
export function readNumber(typed: string): { readonly text: string; readonly parts: NumberParts } | undefined {
  const found = PRINTED.exec(typed.replace(/\s+/g, '').toUpperCase());
  if (found === null) return undefined;
  const [, temporary, site = '', lane = '', counter = '', check = ''] = found;
  const count = fromBase32(counter);
  if (count === undefined || fromBase32(lane) === undefined) return undefined;
  const parts = { site, lane, counter: count, temporary: temporary !== undefined };
  const text = `${temporary ?? ''}${site}-${lane}-${counter}-${check}`;
  return numberText(parts) === text ? { text, parts } : undefined;
}

/** `count` in base 32, at least `length` long. */
export function base32(count: number, length: number): string {
  assert(Number.isSafeInteger(count) && count >= 0, 'a counter is a whole number');
  let text = '';
  for (let rest = count; rest > 0; rest = Math.floor(rest / 32)) text = DIGITS.charAt(rest % 32) + text;
  return text.padStart(length, '0');
}

function fromBase32(text: string): number | undefined {
  let count = 0;
  for (const character of text) {
    const value = DIGITS.indexOf(character);
    if (value < 0) return undefined;
    count = count * 32 + value;
  }
  return Number.isSafeInteger(count) ? count : undefined;
}
