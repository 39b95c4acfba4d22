import { array, assert, boolean, constantFrom, option, property, record, subarray, type Arbitrary } from 'fast-check';
import { expect, test } from 'vitest';
import { isVisible, type Around, type Seen } from '../record/visible.ts';
import type { ResourceFilter, Visibility, VisibilityRule } from '../record/store.ts';
import { intersect, simplified } from './rules.ts';

// A filter is known by its place here; `around` says which of them find something in which compartment.
const FILTERS: readonly ResourceFilter[] = Array.from({ length: 4 }, (_, n) => ({
  types: ['A', 'B'],
  where: [{ kind: 'id', ids: [`f${n}`] }],
}));
const TYPES = ['A', 'B', 'C'];
const HOMES = ['', 'Patient/1', 'Patient/2'];
const LABELS = ['s|R', 's|V'];

const some = <T>(of: readonly T[]) => option(subarray([...of]), { nil: undefined });
const ruleOf = record({
  types: some(TYPES),
  compartments: some(HOMES),
  withoutSecurity: some(LABELS),
  matching: some(FILTERS),
  related: option(array(subarray([...FILTERS]), { maxLength: 2 }), { nil: undefined }),
  unrelated: some(FILTERS),
}).map((rule): VisibilityRule => Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined)));
const rulesOf = array(ruleOf, { maxLength: 4 });
const worldOf = record({
  type: constantFrom(...TYPES),
  home: constantFrom(...HOMES),
  labels: subarray(LABELS),
  id: constantFrom('f0', 'f1', 'f2', 'f3', 'other'),
  finds: array(boolean(), { minLength: 4, maxLength: 4 }),
});
type World = typeof worldOf extends Arbitrary<infer W> ? W : never;

function shows(rules: readonly VisibilityRule[], { type, home, labels, id, finds }: World): boolean {
  const visible: Visibility = { see: 'some', rules };
  const indexed = { type, id, lastUpdatedAt: 0, entries: [], resource: { resourceType: type, id } };
  const seen: Seen = { type, home, labels: new Set(labels), indexed };
  const finding = (group: readonly ResourceFilter[]): boolean =>
    group.some((filter) => finds[FILTERS.indexOf(filter)] === true);
  const around: Around = { findsAny: finding, findsNone: (group) => !finding(group) };
  return isVisible(visible, seen, around);
}

test('[AC22] an intersection shows exactly what both unions show', () => {
  assert(
    property(rulesOf, rulesOf, worldOf, (a, b, world) => {
      expect(shows(intersect(a, b), world)).toBe(shows(a, world) && shows(b, world));
    }),
    { numRuns: 5000 },
  );
});

test('[AC38] a simplified union shows what it showed, with no more rules', () => {
  let fewer = 0;
  assert(
    property(rulesOf, array(worldOf, { minLength: 5, maxLength: 5 }), (rules, worlds) => {
      const less = simplified(rules);
      if (less.length < rules.length) fewer += 1;
      expect(less.length).toBeLessThanOrEqual(rules.length);
      for (const world of worlds) expect(shows(less, world)).toBe(shows(rules, world));
    }),
    { numRuns: 3000 },
  );
  expect(fewer).toBeGreaterThan(100);
});

test('[AC38] equal conditions become one rule; what nothing meets and what another covers goes', () => {
  const [f, g] = FILTERS;
  if (f === undefined || g === undefined) throw new Error('filters');
  expect(
    simplified([
      { types: ['B'], related: [[f]] },
      { types: ['A'], related: [[f]] },
    ]),
  ).toEqual([{ types: ['A', 'B'], related: [[f]] }]);
  expect(
    simplified([{ types: [] }, { compartments: [] }, { related: [[]] }, { compartments: [''], related: [[f]] }]),
  ).toEqual([]);
  expect(simplified([{ types: ['C'], matching: [f] }])).toEqual([]);
  expect(
    simplified([
      { types: ['A'], related: [[f]] },
      { types: ['A'], related: [[f, g]] },
    ]),
  ).toEqual([{ types: ['A'], related: [[f, g]] }]);
  expect(simplified([{ types: ['A'], withoutSecurity: ['s|R'] }, { types: ['A', 'B'] }])).toEqual([
    { types: ['A', 'B'] },
  ]);
});
