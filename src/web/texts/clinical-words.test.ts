import { afterEach, describe, expect, test } from 'vitest';
import { ageText } from './clinical-age.ts';
import { formatDate, formatDateTime, formatMoment } from './clinical-dates.ts';
import { chooseName, formatIdentifier, formatName, preferredName } from './clinical-names.ts';
import { formatDose, formatDoseNumber, formatNumber, formatQuantity } from './clinical-numbers.ts';

import { words } from './language.ts';

const NBSP = '\u00a0';

describe('people', () => {
  test('[SR7] the family name is in capitals and first, the title in brackets', () => {
    expect(formatName({ family: 'Clarke', given: ['Joan', 'Mary'], prefix: ['Mrs'] })).toBe('CLARKE, Joan Mary (Mrs)');
    expect(formatName({ family: "O'Neill", given: [] })).toBe("O'NEILL");
    expect(formatName({ given: ['Björk'] })).toBe('Björk');
    expect(formatName({ text: 'Unknown male, bay 3' })).toBe('Unknown male, bay 3');
    expect(formatName(undefined)).toBe('');
  });
  test('[SR7] an old name is not the one shown while there is another', () => {
    const old = { use: 'maiden', family: 'Smith' };
    const now = { family: 'Clarke' };
    expect(chooseName([old, now])).toBe(now);
    expect(chooseName([old])).toBe(old);
    expect(
      preferredName([
        { use: 'official', family: 'Clarke', given: ['Joan'] },
        { use: 'nickname', given: ['Jo'] },
      ]),
    ).toBe('Jo');
    expect(preferredName([now])).toBe('');
  });
  test('[SR8] ten digits are grouped 3-3-4, everything else stands', () => {
    expect(formatIdentifier('9434765919')).toBe('943 476 5919');
    expect(formatIdentifier('943-476-5919')).toBe('943 476 5919');
    expect(formatIdentifier('T-KIS-0042')).toBe('T-KIS-0042');
  });
});

describe('numbers', () => {
  test.each([
    [0.5, '0.5'],
    ['.5', '0.5'],
    [1000, '1,000'],
    ['12500.50', '12,500.50'],
    ['1234567', '1,234,567'],
    ['0.12345', '0.12345'],
    [-40, '-40'],
    [1e-7, '0.0000001'],
    ['<5', '<5'],
    ['positive', 'positive'],
  ])('[SR9] %s reads %s', (value, text) => expect(formatNumber(value)).toBe(text));
  test('[SR9] the space before a unit does not break', () => {
    expect(formatQuantity('5.10', 'mmol/L')).toBe(`5.10${NBSP}mmol/L`);
    expect(formatQuantity(7, '1')).toBe('7');
  });
  test('[SR10] a dose has no trailing zero, a measured value keeps its digits', () => {
    expect(formatDose('5.0', 'mg')).toBe(`5${NBSP}mg`);
    expect(formatDose('0.50', 'mg')).toBe(`0.5${NBSP}mg`);
    expect(formatDoseNumber('100')).toBe('100');
    expect(formatDoseNumber('1000.0')).toBe('1,000');
    expect(formatNumber('5.0')).toBe('5.0');
  });
  test.each([
    ['U', 'units'],
    ['IU', 'units'],
    ['ug', 'microgram'],
    ['µg', 'microgram'],
    ['mg', 'mg'],
  ])('[SR11] %s is written as %s', (unit, word) => expect(formatDose(10, unit)).toBe(`10${NBSP}${word}`));
});

describe('from right to left', () => {
  afterEach(() => void words.changeLanguage('en'));
  const isolated = (text: string): string => `\u2066${text}\u2069`;

  test('[SR19] dates, ages, quantities and numbers of people are isolated; from left to right nothing is added', () => {
    const now = Date.parse('2026-02-10T14:20:00Z');
    const all = (): readonly string[] => [
      formatDate('2008-09-09'),
      formatDateTime('2008-09-09'),
      formatMoment('2008-09-09', now),
      ageText('1945-07-14', now),
      formatIdentifier('9434765919'),
      formatQuantity('-5.1', 'mmol/L'),
      formatDose('5.0', 'mg'),
    ];
    const plain = all();
    expect(plain.join('')).not.toMatch(/[\u2066-\u2069]/);
    void words.changeLanguage('ar');
    expect(all()).toEqual(plain.map(isolated));
    expect(formatDate('')).toBe('');
    expect(formatName({ family: 'Holt', prefix: ['Mrs'] })).toBe('\u2068HOLT (Mrs)\u2069');
  });
  test('[SR19] a bare number is never more than its digits: fields are filled with it', () => {
    void words.changeLanguage('ar');
    expect(formatNumber('1500')).toBe('1,500');
    expect(formatDoseNumber('5.0')).toBe('5');
  });
});
