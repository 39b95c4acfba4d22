// Which points of a trend may be joined.
//
//   SR14  A line never runs over a gap, nor from one unit to another: what was not measured is not drawn.
import type { Instant } from '../../core/base/ports.ts';

export interface TrendPoint {
  readonly at: Instant;
  /** Undefined: it should have been measured and was not, or could not be read. The line ends there. */
  readonly value: number | undefined;
  /** Of this point, where it differs from the others': the line ends there. */
  readonly unit?: string;
}

/**
 * Runs of points that are joined, in order of time. A run ends before a point without a value, at another unit, and where more than
 * `gapMs` lie between two points.
 */
export function breakLines(points: readonly TrendPoint[], gapMs: number): readonly (readonly TrendPoint[])[] {
  const runs: TrendPoint[][] = [];
  let run: TrendPoint[] = [];
  for (const point of [...points].sort((a, b) => a.at - b.at)) {
    const before = run.at(-1);
    const ends =
      before !== undefined && (point.value === undefined || before.unit !== point.unit || point.at - before.at > gapMs);
    if (ends) {
      runs.push(run);
      run = [];
    }
    if (point.value !== undefined) run.push(point);
  }
  if (run.length > 0) runs.push(run);
  return runs;
}

/**
 * The runs as one table of columns, as a plotter takes it: all times, and for each run its values at its own times and null elsewhere.
 */
export function asColumns(runs: readonly (readonly TrendPoint[])[]): {
  readonly times: readonly number[];
  readonly columns: readonly (readonly (number | null)[])[];
} {
  const times = [...new Set(runs.flatMap((run) => run.map((p) => p.at)))].sort((a, b) => a - b);
  const columns = runs.map((run) => {
    const at = new Map(run.map((p) => [p.at, p.value]));
    return times.map((time) => at.get(time) ?? null);
  });
  return { times, columns };
}
