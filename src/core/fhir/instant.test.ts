import { expect, test } from 'vitest';
import { dateRange } from './instant.ts';

const spanOf = (text: string) => {
  const span = dateRange(text);
  return span && [new Date(span.lo).toISOString(), span.hi - span.lo];
};
const DAY = 86_400_000;

test('[FS1] a text names the span of its own precision', () => {
  expect(spanOf('1980')).toEqual(['1980-01-01T00:00:00.000Z', 366 * DAY]);
  expect(spanOf('1981-02')).toEqual(['1981-02-01T00:00:00.000Z', 28 * DAY]);
  expect(spanOf('2000-02-29')).toEqual(['2000-02-29T00:00:00.000Z', DAY]);
  expect(spanOf('1980-05-11T16:32')).toEqual(['1980-05-11T16:32:00.000Z', 60_000]);
  expect(spanOf('1980-05-11T16:32:15Z')).toEqual(['1980-05-11T16:32:15.000Z', 1000]);
  expect(spanOf('1980-05-11T16:32:15.5Z')).toEqual(['1980-05-11T16:32:15.500Z', 100]);
  expect(spanOf('1980-05-11T16:32:15.123456Z')).toEqual(['1980-05-11T16:32:15.123Z', 1]);
  expect(spanOf('9999-12-31')).toEqual(['9999-12-31T00:00:00.000Z', DAY]);
  expect(spanOf('0001-01-01')).toEqual(['0001-01-01T00:00:00.000Z', DAY]);
});

test('[FS1] zones shift, no zone is UTC, a leap second is the one after :59', () => {
  expect(spanOf('2020-01-01T00:00:00+02:00')).toEqual(['2019-12-31T22:00:00.000Z', 1000]);
  expect(spanOf('2020-01-01T00:00:00-14:00')).toEqual(['2020-01-01T14:00:00.000Z', 1000]);
  expect(spanOf('2020-01-01T00:00:00')).toEqual(spanOf('2020-01-01T00:00:00Z'));
  expect(spanOf('2016-12-31T23:59:60Z')).toEqual(['2017-01-01T00:00:00.000Z', 1000]);
});

test('[FS1] every month of many years begins where the platform says it does', () => {
  for (let year = 1; year <= 9999; year += 7) {
    for (let month = 1; month <= 12; month++) {
      const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`;
      const next =
        month === 12
          ? `${String(year + 1).padStart(4, '0')}-01`
          : `${text.slice(0, 5)}${String(month + 1).padStart(2, '0')}`;
      const span = dateRange(text);
      expect(span?.lo, text).toBe(Date.parse(`${text}-01T00:00:00Z`));
      if (year < 9999) expect(span?.hi, text).toBe(Date.parse(`${next}-01T00:00:00Z`));
    }
  }
});

test('[FS2] what is no date names nothing', () => {
  const wrong = [
    '',
    '1',
    '198',
    '0000',
    '19800',
    '1980-',
    '1980-13',
    '1980-00',
    '1980-1',
    '1980-02-30',
    '1981-02-29',
    '1900-02-29',
    '1980-05-11T',
    '1980-05-11T16',
    '1980-05-11T24:00Z',
    '1980-05-11T16:60Z',
    '1980-05-11T16:32:61Z',
    '1980-05-11T16:32:15.Z',
    '1980-05-11T16:32:15z',
    '1980-05-11t16:32:15Z',
    '1980-05-11T16:32:15+15:00',
    '1980-05-11T16:32:15+0200',
    '1980-05-11T16:32:15Zx',
    '1980/05/11',
    '1980-05-11 16:32',
    '***',
    ' 1980',
    '1980 ',
    '１９８０',
    '-980',
    '+980',
  ];
  for (const text of wrong) expect(dateRange(text), text).toBeUndefined();
});
