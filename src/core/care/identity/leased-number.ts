// How a short number of a leased series reads: digits of a fixed width, the last one or two of them a check. Pure.
//
//   ID37  What kind of number a series holds is data: its system, its width, its check. Which mistakes each check finds is measured.
import { assert } from '../../base/assert.ts';

/**
 * `luhn`: ISO/IEC 7812-1, annex B. `mod11-10`: the hybrid, `mod97-10`: the pure system of ISO/IEC 7064, with one and two digits.
 * Only the last finds every two neighbours that changed places.
 */
export const CHECKS = ['none', 'luhn', 'mod11-10', 'mod97-10'] as const;
export type Check = (typeof CHECKS)[number];
export const isCheck = (text: string): text is Check => CHECKS.some((one) => one === text);

const CHECK_DIGITS: Readonly<Record<Check, number>> = { none: 0, luhn: 1, 'mod11-10': 1, 'mod97-10': 2 };

export interface NumberShape {
  /** Digits in all, the check included: 4 to 15. */
  readonly width: number;
  readonly check: Check;
}
export const WIDTH_MIN = 4;
export const WIDTH_MAX = 15;

/** The highest counter that has a number. The lowest is 1. */
export const lastOf = ({ width, check }: NumberShape): number => 10 ** (width - CHECK_DIGITS[check]) - 1;

/** The number of this counter, as printed. */
export function leasedText(shape: NumberShape, counter: number): string {
  assert(Number.isSafeInteger(counter) && counter >= 1 && counter <= lastOf(shape), 'a counter is inside its series');
  const body = String(counter).padStart(shape.width - CHECK_DIGITS[shape.check], '0');
  return body + checkOf(shape.check, body);
}

/** The counter of a number as somebody typed it; undefined: a mistake is in it. Blanks and hyphens do not count. */
export function readLeased(shape: NumberShape, typed: string): number | undefined {
  const digits = typed.replaceAll(/[\s-]+/g, '');
  if (!/^\d+$/.test(digits) || digits.length !== shape.width) return undefined;
  const body = digits.slice(0, digits.length - CHECK_DIGITS[shape.check]);
  return Number(body) >= 1 && body + checkOf(shape.check, body) === digits ? Number(body) : undefined;
}

function checkOf(check: Check, body: string): string {
  switch (check) {
    case 'none':
      return '';
    case 'luhn': {
      let sum = 0;
      [...body].toReversed().forEach((digit, at) => {
        const value = at % 2 === 0 ? Number(digit) * 2 : Number(digit);
        sum += value > 9 ? value - 9 : value;
      });
      return String((10 - (sum % 10)) % 10);
    }
    case 'mod11-10': {
      let product = 10;
      for (const digit of body) product = (((product + Number(digit)) % 10 || 10) * 2) % 11;
      return String((11 - product) % 10);
    }
    case 'mod97-10': {
      let rest = 0;
      for (const digit of `${body}00`) rest = (rest * 10 + Number(digit)) % 97;
      return String(98 - rest).padStart(2, '0');
    }
  }
}
