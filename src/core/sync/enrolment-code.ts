// The one-time code by which a node is enrolled, as people read it out and type it in.
//
//   KX7QM-…-3FZ8R     groups of five: four letters that say something, one that checks them
//
//   NL20  A wrong letter, two letters that changed places and two groups that did are found, and the group is named.
//   NL21  It holds a secret of 80 bits and, where the parent speaks TLS, 100 bits of the fingerprint of the parent's authority.
//
// Letters as Crockford's base32: no I, L, O, U; small letters are the same, I and L are read as 1, O as 0.
import { err, ok, type Result } from '../base/result.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const DATA = 4;
const SECRET_BYTES = 10;
const PRINT_BITS = 100;
const SECRET_LETTERS = 16;
const PRINT_LETTERS = PRINT_BITS / 5;
const LETTER_BITS = 5;

export interface EnrolmentCode {
  readonly secret: Uint8Array;
  /** The first 100 bits of the SHA-256 of the parent's authority, as 25 hexadecimal digits in capitals; absent: no TLS. */
  readonly print?: string;
}
export type CodeFault =
  | { readonly kind: 'length'; readonly letters: number }
  | { readonly kind: 'letter'; readonly letter: string }
  /** From 1. */
  | { readonly kind: 'group'; readonly group: number; readonly text: string };

/** `fingerprint`: `AB:CD:…`, or absent. `secret`: 10 bytes. */
export function printCode(secret: Uint8Array, fingerprint: string | undefined): string {
  const letters =
    lettersOf(bitsOf(secret)) + (fingerprint === undefined ? '' : lettersOf(hexBits(printOf(fingerprint))));
  return groupsOf(letters, DATA)
    .map((group, at) => group + checkOf(group, at))
    .join('-');
}

/** The part of a fingerprint (`AB:CD:…`) that a code holds. */
export const printOf = (fingerprint: string): string =>
  fingerprint
    .replaceAll(':', '')
    .toUpperCase()
    .slice(0, PRINT_BITS / 4);

export function readCode(typed: string): Result<EnrolmentCode, CodeFault> {
  const letters = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll(/[IL]/g, '1').replaceAll('O', '0');
  const strange = [...letters].find((letter) => !ALPHABET.includes(letter));
  if (strange !== undefined) return err({ kind: 'letter', letter: strange });
  const groups = groupsOf(letters, DATA + 1);
  const wrong = groups.findIndex(
    (group, at) => group.length !== DATA + 1 || checkOf(group.slice(0, DATA), at) !== group[DATA],
  );
  const isLong = letters.length === withChecks(SECRET_LETTERS + PRINT_LETTERS);
  if (!isLong && letters.length !== withChecks(SECRET_LETTERS)) {
    // A letter that was left out shifts all that follow: the first wrong group says where.
    if (wrong >= 0 && wrong < groups.length - 1)
      return err({ kind: 'group', group: wrong + 1, text: groups[wrong] ?? '' });
    return err({ kind: 'length', letters: letters.length });
  }
  if (wrong >= 0) return err({ kind: 'group', group: wrong + 1, text: groups[wrong] ?? '' });
  const data = groups.map((group) => group.slice(0, DATA)).join('');
  const bits = [...data].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(LETTER_BITS, '0')).join('');
  const secret = Uint8Array.from(groupsOf(bits.slice(0, SECRET_BYTES * 8), 8), (byte) => Number.parseInt(byte, 2));
  if (!isLong) return ok({ secret });
  const print = groupsOf(bits.slice(SECRET_BYTES * 8), 4)
    .map((four) => Number.parseInt(four, 2).toString(16).toUpperCase())
    .join('');
  return ok({ secret, print });
}

/** For people. */
export function codeFaultText(fault: CodeFault): string {
  switch (fault.kind) {
    case 'length':
      return `An enrolment code has ${withChecks(SECRET_LETTERS)} or ${withChecks(SECRET_LETTERS + PRINT_LETTERS)} letters and digits, not ${fault.letters}. Type it again.`;
    case 'letter':
      return `An enrolment code holds no ${JSON.stringify(fault.letter)}. Type it again.`;
    case 'group':
      return `Group ${fault.group} of the enrolment code is mistyped (${fault.text}). Look at it again.`;
  }
}

const withChecks = (letters: number): number => (letters / DATA) * (DATA + 1);

/**
 * A sum over GF(32), each letter times another power of a generator, plus the place of the group: every single wrong letter and every
 * swap of two letters changes it, and so does another place.
 */
function checkOf(group: string, at: number): string {
  let sum = at + 1;
  for (let i = 0; i < group.length; i += 1) sum ^= times(ALPHABET.indexOf(group[i] ?? '0'), 1 << (i + 1));
  return ALPHABET[sum & 31] ?? '';
}

/** In GF(2^5) by x^5 + x^2 + 1. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < LETTER_BITS; bit += 1) if ((b >> bit) & 1) product ^= a << bit;
  for (let bit = 2 * LETTER_BITS - 2; bit >= LETTER_BITS; bit -= 1)
    if ((product >> bit) & 1) product ^= 0b100101 << (bit - LETTER_BITS);
  return product;
}

const bitsOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
const hexBits = (hex: string): string =>
  [...hex].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
const lettersOf = (bits: string): string =>
  groupsOf(bits, LETTER_BITS)
    .map((five) => ALPHABET[Number.parseInt(five, 2)] ?? '')
    .join('');
const groupsOf = (text: string, size: number): readonly string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, at * size + size));
