import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { asColumns, breakLines, type TrendPoint } from './break-lines.ts';

const HOUR = 3_600_000;
const p = (hour: number, value: number | undefined, unit?: string): TrendPoint => ({
  at: hour * HOUR,
  value,
  ...(unit === undefined ? {} : { unit }),
});
const hours = (points: readonly TrendPoint[], gap = 6): readonly (readonly number[])[] =>
  breakLines(points, gap * HOUR).map((run) => run.map(({ at }) => at / HOUR));

test('[SR14] a line ends at a gap, at a value that is missing, and at another unit', () => {
  expect(hours([p(0, 1), p(4, 2), p(11, 3), p(12, 4)])).toEqual([
    [0, 4],
    [11, 12],
  ]);
  expect(hours([p(0, 1), p(1, undefined), p(2, 3)])).toEqual([[0], [2]]);
  expect(hours([p(0, 5, 'mmol/L'), p(1, 90, 'mg/dL'), p(2, 91, 'mg/dL')])).toEqual([[0], [1, 2]]);
  expect(hours([])).toEqual([]);
});
test('[SR14] nothing is drawn that was not measured, and everything that was', () => {
  const point = fc.record({
    hour: fc.integer({ min: 0, max: 100 }),
    value: fc.option(fc.integer(), { nil: undefined }),
    unit: fc.constantFrom('a', 'b'),
  });
  fc.assert(
    fc.property(fc.uniqueArray(point, { selector: (x) => x.hour }), (points) => {
      const given = points.map(({ hour, value, unit }) => p(hour, value, unit));
      const runs = breakLines(given, 6 * HOUR);
      const { times, columns } = asColumns(runs);
      expect(columns.flatMap((c) => c.filter((v) => v !== null)).length).toBe(
        given.filter((x) => x.value !== undefined).length,
      );
      expect([...times]).toEqual([...times].sort((a, b) => a - b));
      for (const run of runs) {
        for (const [n, x] of run.entries()) {
          const before = run[n - 1];
          if (before === undefined) continue;
          expect(x.at - before.at).toBeLessThanOrEqual(6 * HOUR);
          expect(x.unit).toBe(before.unit);
          expect(given.some((y) => y.value === undefined && y.at > before.at && y.at < x.at)).toBe(false);
        }
      }
    }),
  );
});
