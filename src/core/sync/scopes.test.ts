import { expect, test } from 'vitest';
import { added, filterCommit, intersection, mayEvict, permits } from './scopes.ts';

const header = (scope: readonly string[], tag = 'r1'): string =>
  JSON.stringify([tag, 'Flag', 'f', [], 'put', null, [1, '0000000000000001', 0], scope, '4.0.1', '']);
const revisions = [
  { hash: 'h1', header: header(['pat/a']), text: '{}' },
  { hash: 'h2', header: header(['pat/b']), text: '{}' },
  { hash: 'h3', header: header([]), text: '{}' },
  { hash: 'h4', header: header(['pat/a'], 'r2'), text: '{}' },
];
const commit = { origin: 'S.e', seq: 1, hash: 'c', prev: '', header: 'all of it', revisions };
const names = (scopes: 'all' | readonly string[]): readonly string[] | undefined =>
  filterCommit(commit, scopes)?.revisions.map((each) => each.hash);

test('[SY17] a filtered commit has its whole header and the permitted revisions', () => {
  expect(names('all')).toEqual(['h1', 'h2', 'h3', 'h4']);
  expect(names(['', 'pat/a'])).toEqual(['h1', 'h3']);
  expect(filterCommit(commit, ['pat/b'])?.header).toBe('all of it');
  expect(filterCommit(commit, ['pat/x'])).toBeUndefined();
  expect(filterCommit(commit, [])).toBeUndefined();
});
test('[SY18] what cannot be read is permitted to nobody but all', () => {
  expect(permits('all', undefined)).toBe(true);
  expect(permits(['', 'pat/a'], undefined)).toBe(false);
});
test('[SY19] only what is stable, beyond every scope and undisputed may go', () => {
  const gone = { keys: ['pat/a'], stable: true, conflict: false };
  expect(mayEvict(gone, ['pat/b'])).toBe(true);
  expect(mayEvict({ ...gone, stable: false }, ['pat/b'])).toBe(false);
  expect(mayEvict({ ...gone, conflict: true }, ['pat/b'])).toBe(false);
  expect(mayEvict(gone, ['pat/a'])).toBe(false);
  expect(mayEvict(gone, 'all')).toBe(false);
});
test('[SY15] what was added is all but what was known', () => {
  expect(added(['a', 'b'], ['b'])).toEqual(['a']);
  expect(added('all', ['b'])).toBe('all');
  expect(added(['a'], 'all')).toEqual([]);
  expect(intersection(['a', 'b'], ['b', 'c'])).toEqual(['b']);
  expect(intersection('all', ['b'])).toEqual(['b']);
});
