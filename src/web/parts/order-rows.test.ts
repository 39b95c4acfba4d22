import { expect, test } from 'vitest';
import { orderRows } from './order-rows.ts';

test('[SR13] rows without a value stand last in both directions, numbers by size, texts by language', () => {
  const rows = [{ v: 10 }, { v: undefined }, { v: 9 }, { v: 100 }];
  const by = (row: { readonly v: number | undefined }): number | undefined => row.v;
  expect(orderRows(rows, by, false).map(by)).toEqual([9, 10, 100, undefined]);
  expect(orderRows(rows, by, true).map(by)).toEqual([100, 10, 9, undefined]);
  expect(orderRows(['Bed 10', 'bed 2', 'Äst'], (x) => x, false)).toEqual(['Äst', 'bed 2', 'Bed 10']);
});
test('[SR13] equal rows keep their order', () => {
  const rows = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
  expect(orderRows(rows, () => 1, true)).toEqual(rows);
});
