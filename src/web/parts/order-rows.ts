// The order of a table's rows.

export interface Sorting {
  readonly key: string;
  /** Highest first. */
  readonly down: boolean;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Stable. Rows without a value stand last in both directions: what is not known is neither most nor least. */
export function orderRows<R>(
  rows: readonly R[],
  by: (row: R) => string | number | undefined,
  down: boolean,
): readonly R[] {
  const turn = down ? -1 : 1;
  return [...rows].sort((one, other) => {
    const a = by(one);
    const b = by(other);
    if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
    return turn * (typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b)));
  });
}
