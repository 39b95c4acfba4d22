import { expect, test } from 'vitest';
import { fold } from './fold.ts';

test('[FS5] case, accents, punctuation and white space do not count', () => {
  expect(fold('  Ó’Brien-MÜLLER ')).toBe('obrienmuller');
  expect(fold('12  Main\tSt.')).toBe('12 main st');
  expect(fold('Straße')).toBe(fold('STRASSE'));
  expect(fold('Łódź')).toBe('lodz');
  expect(fold('ΟΔΟΣ')).toBe(fold('οδός'));
  expect(fold('İstanbul')).toBe(fold('istanbul'));
  expect(fold('Ａｂｃ')).toBe('abc');
  expect(fold('مُحَمَّد')).toBe(fold('محمد'));
});

test('[FS5] what tells words apart stays', () => {
  expect(fold('か')).not.toBe(fold('が'));
  expect(fold('कि')).not.toBe(fold('की'));
  expect(fold('Ким')).toBe('ким');
  expect(fold('...')).toBe('');
});

test('[FS5] folding twice changes nothing', () => {
  for (const text of ['İ', 'ǅ', 'ﬃ', 'ẛ̣', '한글', 'ΑΣ', 'a . b', '‐a‑', 'Ǆ', '½', '№ 5', 'ﷺ', '㎏', 'Ω']) {
    expect(fold(fold(text)), text).toBe(fold(text));
  }
});
