import { describe, expect, test } from 'vitest';
import { ageInYears, ageText } from './clinical-age.ts';

const HOUR = 3_600_000;
const at = (text: string): number => new Date(`${text}T12:00:00`).getTime();

describe('age', () => {
  const born = new Date('2026-02-10T10:00:00').toISOString();
  test.each([
    [0, '0min'],
    [119 * 60_000, '119min'],
    [2 * HOUR, '2h'],
    [47 * HOUR, '47h'],
    [48 * HOUR, '2d'],
  ])('[SR6] a birth with its time, %i ms later, is %s', (later, text) => {
    expect(ageText(born, Date.parse(born) + later)).toBe(text);
  });
  test.each([
    ['2026-02-10', '2026-02-10', '0d'],
    ['2026-01-14', '2026-02-10', '27d'],
    ['2026-01-13', '2026-02-10', '4w 0d'],
    ['2025-02-11', '2026-02-10', '52w 0d'],
    ['2025-02-10', '2026-02-10', '12m 0d'],
    ['2024-02-11', '2026-02-10', '23m 30d'],
    ['2024-02-10', '2026-02-10', '2y 0m'],
    ['2008-02-11', '2026-02-10', '17y 11m'],
    ['2008-02-10', '2026-02-10', '18y'],
    ['1945-07-14', '2026-02-10', '80y'],
    ['2024-02-29', '2025-02-28', '12m 0d'],
    ['2026-02-11', '2026-02-10', ''],
    ['unknown', '2026-02-10', ''],
  ])('[SR6] born %s, on %s: %s', (birth, day, text) => {
    expect(ageText(birth, at(day))).toBe(text);
  });
  test('[SR6] a birth of which only the year or the month is known makes a range', () => {
    expect(ageText('1950', at('2026-02-10'))).toBe('75–76y');
    expect(ageText('1950-02', at('2026-02-10'))).toBe('75–76y');
    expect(ageText('1950-01', at('2026-02-10'))).toBe('76y');
    expect(ageText('2026', at('2026-02-10'))).toBe('0y');
    expect(ageInYears('1950', at('2026-02-10'))).toBeUndefined();
    expect(ageInYears('1950-02-11', at('2026-02-10'))).toBe(75);
  });
});
