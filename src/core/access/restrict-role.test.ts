import { expect, test } from 'vitest';
import type { ResourceJson } from '../base/json-types.ts';
import { dutiesOf } from './duties-of.ts';
import { ROLE_SYSTEM } from './names.ts';
import { restrictedPerson, restrictedRole } from './restrict-role.ts';

const NOW = Date.UTC(2026, 10, 23);
const role = (codes: readonly string[], wards: readonly string[], more: object = {}): ResourceJson =>
  ({
    resourceType: 'PractitionerRole',
    id: 'r',
    practitioner: { reference: 'Practitioner/1' },
    organization: { reference: 'Organization/s' },
    code: codes.map((code) => ({ coding: [{ system: ROLE_SYSTEM, code }] })),
    location: wards.map((ward) => ({ reference: `Location/${ward}` })),
    ...more,
  }) as ResourceJson;
const dutiesIn = (...sides: readonly (ResourceJson | undefined)[]): readonly string[] => {
  const [shown] = sides.filter((side) => side !== undefined);
  if (shown === undefined) throw new Error('something is shown');
  const of = (all: typeof sides): readonly string[] =>
    dutiesOf([restrictedRole(shown, all)], NOW).map(({ role: name, places, site, supervisor }) =>
      [name, site ?? 'nowhere', ...places, ...(supervisor ? ['supervisor'] : [])].join(' '),
    );
  const answers = of(sides);
  // Whatever is shown, and in whatever order the sides come.
  expect(of(sides.toReversed())).toEqual(answers);
  return answers;
};

test('[CW13] of a role in conflict counts what every side gives: codes, places, site and time', () => {
  expect(dutiesIn(role(['nurse', 'doctor'], ['a', 'b']), role(['nurse'], ['b', 'c']))).toEqual([
    'nurse Organization/s Location/b',
  ]);
  expect(dutiesIn(role(['nurse', 'supervisor'], ['a']), role(['nurse'], ['a']))).toEqual([
    'nurse Organization/s Location/a',
  ]);
  expect(dutiesIn(role(['nurse'], ['a']), role(['doctor'], ['a']))).toEqual([]);
  expect(
    dutiesIn(role(['nurse'], ['a']), role(['nurse'], ['a'], { organization: { reference: 'Organization/t' } })),
  ).toEqual([]);
  // No place is the whole site: of that and a ward the ward is left, of two wards nothing.
  expect(dutiesIn(role(['nurse'], []), role(['nurse'], ['a']))).toEqual(['nurse Organization/s Location/a']);
  expect(dutiesIn(role(['nurse'], ['a']), role(['nurse'], ['b']))).toEqual([]);
  expect(dutiesIn(role(['nurse'], []), role(['nurse'], []))).toEqual(['nurse Organization/s']);
  expect(dutiesIn(role(['nurse'], []), role(['nurse'], [], { period: { end: '2026-11-01' } }))).toEqual([]);
  expect(
    dutiesIn(
      role(['nurse'], [], { period: { start: '2026-01-01' } }),
      role(['nurse'], [], { period: { start: '2027-01-01' } }),
    ),
  ).toEqual([]);
  expect(
    dutiesIn(role(['nurse'], [], { period: { end: '2027' } }), role(['nurse'], [], { period: { end: 'when?' } })),
  ).toEqual([]);
});

test('[CW13] a revocation holds, wherever it was written: inactive, deleted, or given to somebody else', () => {
  const plain = role(['nurse'], ['a']);
  expect(dutiesIn(plain, plain)).toEqual(['nurse Organization/s Location/a']);
  expect(dutiesIn(plain, role(['nurse'], ['a'], { active: false }))).toEqual([]);
  expect(dutiesIn(plain, undefined)).toEqual([]);
  expect(dutiesIn(plain, role(['nurse'], ['a'], { practitioner: { reference: 'Practitioner/2' } }))).toEqual([]);
  const person = { resourceType: 'Practitioner', id: '1', active: true } as ResourceJson;
  expect(restrictedPerson(person, [person, person])['active']).toBe(true);
  expect(restrictedPerson(person, [person, { ...person, active: false }])['active']).toBe(false);
  expect(restrictedPerson(person, [person, undefined])['active']).toBe(false);
});
