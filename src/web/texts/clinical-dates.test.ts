import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatDate,
  formatDateTime,
  formatMoment,
  formatTime,
  fromInputDateTime,
  toFhirDateTime,
  toInputDateTime,
} from './clinical-dates.ts';

/** In the zone of whoever runs this, as on a ward. */
const at = (year: number, month: number, day: number, hour = 0, minute = 0): number =>
  new Date(year, month - 1, day, hour, minute).getTime();

describe('dates and times', () => {
  test('[SR4] a date is two digits, three letters, four digits; a time has 24 hours', () => {
    expect(formatDate('2008-09-09')).toBe('09-Sep-2008');
    expect(formatDateTime(at(2008, 9, 9, 14, 5))).toBe('09-Sep-2008 14:05');
    expect(formatTime(at(2008, 9, 9, 0, 0))).toBe('00:00');
    expect(formatTime(at(2008, 9, 9, 23, 59))).toBe('23:59');
  });
  test('[SR4] of today only the time is said, of any other day the day too', () => {
    const now = at(2026, 2, 10, 14, 20);
    expect(formatMoment(at(2026, 2, 10, 6, 0), now)).toBe('06:00');
    expect(formatMoment(at(2026, 2, 9, 23, 59), now)).toBe('09-Feb-2026 23:59');
    expect(formatMoment('2026-02-10', now)).toBe('10-Feb-2026');
  });
  test.each([
    ['2008', '2008'],
    ['2008-09', 'Sep-2008'],
    ['1899-12-31', '31-Dec-1899'],
    ['last spring', 'last spring'],
    ['', ''],
  ])('[SR5] %s is shown as %s: no more than is known', (when, shown) => {
    expect(formatDate(when)).toBe(shown);
    expect(formatTime(when)).toBe('');
    expect(formatDateTime(when)).toBe(shown);
  });
  test('[SR5] a date without a time is the same in every zone', () => {
    const zone = process.env['TZ'];
    try {
      for (const tz of ['Pacific/Kiritimati', 'America/Los_Angeles', 'UTC']) {
        process.env['TZ'] = tz;
        expect(formatDate('2008-09-09')).toBe('09-Sep-2008');
      }
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });
  test('[SR5] what is typed into a field comes back as the same moment, with its offset', () => {
    fc.assert(
      fc.property(fc.integer({ min: at(1970, 1, 2), max: at(2100, 1, 1) }), (ms) => {
        const minute = Math.floor(ms / 60_000) * 60_000;
        const fhir = toFhirDateTime(minute);
        expect(fhir).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/);
        expect(Date.parse(fhir)).toBe(minute);
        expect(Date.parse(fromInputDateTime(toInputDateTime(minute)) ?? '')).toBe(minute);
      }),
    );
    expect(fromInputDateTime('')).toBeUndefined();
    expect(fromInputDateTime('2026-02-10')).toBeUndefined();
  });
});
