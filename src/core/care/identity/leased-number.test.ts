// Short numbers: how they read, and which mistakes each check finds.
import { expect, test } from 'vitest';
import { CHECKS, lastOf, leasedText, readLeased, type NumberShape } from './leased-number.ts';

test('[ID37] known numbers of each check, of a fixed width, read back', () => {
  // ISO/IEC 7812-1 and ISO/IEC 7064 give these.
  expect(leasedText({ width: 11, check: 'luhn' }, 7_992_739_871)).toBe('79927398713');
  expect(leasedText({ width: 5, check: 'mod11-10' }, 794)).toBe('07945');
  expect(leasedText({ width: 5, check: 'mod97-10' }, 794)).toBe('79444');
  expect(leasedText({ width: 7, check: 'none' }, 12)).toBe('0000012');
  for (const check of CHECKS) {
    const shape: NumberShape = { width: 8, check };
    for (const counter of [1, 2, 999, lastOf(shape)]) {
      const text = leasedText(shape, counter);
      expect(text).toMatch(/^\d{8}$/);
      expect(readLeased(shape, ` ${text.slice(0, 3)}-${text.slice(3)}`)).toBe(counter);
    }
    expect(readLeased(shape, '00000000')).toBeUndefined();
    expect(readLeased(shape, '1234567')).toBeUndefined();
  }
});

test('[ID37] every wrong digit is found by each check; swapped neighbours by mod97-10 always, by the others but for the pairs told', () => {
  const missed: Record<string, Set<string>> = { luhn: new Set(), 'mod11-10': new Set(), 'mod97-10': new Set() };
  let swaps = 0;
  for (const check of ['luhn', 'mod11-10', 'mod97-10'] as const) {
    const shape: NumberShape = { width: 6, check };
    const stride = check === 'mod97-10' ? 3 : 31;
    for (let counter = 1; counter <= lastOf(shape); counter += stride) {
      const text = leasedText(shape, counter);
      for (let at = 0; at < text.length; at++) {
        for (let digit = 0; digit < 10; digit++) {
          const wrong = `${text.slice(0, at)}${digit}${text.slice(at + 1)}`;
          if (wrong !== text && readLeased(shape, wrong) !== undefined) missed[check]?.add(`${text} as ${wrong}`);
        }
        const [a, b] = [text[at], text[at + 1]];
        if (b === undefined || a === b || a === undefined) continue;
        swaps += 1;
        const swapped = text.slice(0, at) + b + a + text.slice(at + 2);
        if (readLeased(shape, swapped) !== undefined) missed[check]?.add([a, b].toSorted().join(''));
      }
    }
  }
  expect(swaps).toBeGreaterThan(20_000);
  expect([...(missed['mod97-10'] ?? [])]).toEqual([]);
  expect([...(missed['luhn'] ?? [])]).toEqual(['09']);
  expect([...(missed['mod11-10'] ?? [])].every((pair) => pair.length === 2)).toBe(true);
});
