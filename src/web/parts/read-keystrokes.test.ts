import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readKey, SCANNERS, SILENCE, type ScanOptions } from './read-keystrokes.ts';

/** What comes of keys that are `gapMs` apart. */
function type(keys: readonly string[], gapMs: number, options: ScanOptions = SCANNERS): readonly string[] {
  let burst = SILENCE;
  const codes: string[] = [];
  for (const [n, key] of keys.entries()) {
    const read = readKey(burst, key, n * gapMs, options);
    burst = read.burst;
    if (read.code !== undefined) codes.push(read.code);
  }
  return codes;
}

test('[SR15] a code that comes as a scanner types is one code, whole', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[A-Za-z0-9()|.-]{5,40}$/),
      fc.integer({ min: 0, max: 35 }),
      fc.constantFrom('Enter', 'Tab'),
      (code, gap, end) => {
        expect(type([...code, end], gap)).toEqual([code]);
      },
    ),
  );
  expect(type(['Shift', 'A', 'B', 'Shift', 'C', '1', '2', 'Enter'], 5)).toEqual(['ABC12']);
  expect(type([...'0105012345678900', '\u001d', ...'17270101', 'Enter'], 5)).toEqual([
    '0105012345678900\u001d17270101',
  ]);
});
test('[SR15] what a person types is never a scan', () => {
  expect(type([...'cast-sepsis', 'Enter'], 80)).toEqual([]);
  expect(type([...'ab', 'Enter'], 5)).toEqual([]);
  expect(type([...'abc', 'ArrowLeft', ...'de', 'Enter'], 5)).toEqual([]);
});
test('[SR15] a prefix tells scanners from everything else, and is not part of the code', () => {
  const options = { ...SCANNERS, prefix: '~' };
  expect(type([...'~12345', 'Enter'], 5, options)).toEqual(['12345']);
  expect(type([...'123456', 'Enter'], 5, options)).toEqual([]);
});
