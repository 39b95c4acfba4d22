import { expect, test } from 'vitest';
import type { JsonObject } from '../../base/json-types.ts';
import { comparatorOf, compareSortValues, matcherOf, matches, type Indexed, type Resolver } from './evaluate.ts';
import { extract } from './extract.ts';
import { resolveIncludes } from './include.ts';
import { parseSearch } from './parse.ts';
import type { SearchQuery } from './query.ts';

const to = (reference: string) => ({ reference });
function indexed(name: string, content: JsonObject, lastUpdatedAt = 0): Indexed {
  const [type = '', id = ''] = name.split('/');
  const resource = { ...content, resourceType: type, id };
  return { type, id, resource, lastUpdatedAt, entries: extract(resource) };
}
function resolverOf(all: readonly Indexed[]): Resolver {
  return {
    get: (type, id) => all.find((each) => each.type === type && each.id === id),
    all: (type) => all.filter((each) => each.type === type),
  };
}
function queryOf(type: string, query: string): SearchQuery {
  const params = [...new URLSearchParams(query)];
  const parsed = parseSearch({ type, params, now: 0, baseUrls: [], lenient: false, countDefault: 9, countMax: 9 });
  if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join(' '));
  return parsed.value.query;
}
const nameOf = ({ type, id }: Indexed): string => `${type}/${id}`;
function search(all: readonly Indexed[], type: string, query: string): readonly string[] {
  const resolver = resolverOf(all);
  const { where, sort } = queryOf(type, query);
  const matchers = where.map((criterion) => matcherOf(criterion, resolver));
  return [...resolver.all(type)]
    .filter((subject) => matchers.every((matcher) => matcher(subject)))
    .toSorted(comparatorOf(sort))
    .map(({ id }) => id);
}

const people = [
  indexed('Patient/a', { gender: 'male', name: [{ family: 'Ng' }], birthDate: '1980' }, Date.UTC(2020, 0, 1)),
  indexed('Patient/b', { gender: 'female', name: [{ family: 'Ödön' }, { family: 'Zulu' }], birthDate: '1990-05' }),
  indexed('Patient/c', { name: [{ family: 'Adams' }], text: { div: '<div>Fever and <b>cough</b></div>' } }),
  indexed('Group/g', { member: [{ entity: to('Patient/a') }], code: { coding: [{ code: 'x' }] } }),
  indexed('Observation/1', {
    subject: to('Patient/a'),
    code: { coding: [{ code: 'hb' }] },
    performer: [to('Patient/c')],
  }),
  indexed('Observation/2', { subject: to('Patient/b'), code: { coding: [{ code: 'na' }] } }),
  indexed('Observation/3', { subject: to('Patient/gone'), code: { coding: [{ code: 'hb' }] } }),
];

test('[FS40] criteria are all asked for, values are alternatives', () => {
  expect(search(people, 'Patient', 'gender=male,female')).toEqual(['a', 'b']);
  expect(search(people, 'Patient', 'gender=male,female&name=zu')).toEqual(['b']);
  expect(search(people, 'Patient', 'name=od&name=zu')).toEqual(['b']);
  expect(search(people, 'Patient', '_id=a,c&_lastUpdated=ge2020')).toEqual(['a']);
  expect(search(people, 'Patient', '_lastUpdated=2020-01-01T00:00:00.000Z')).toEqual(['a']);
  expect(search(people, 'Patient', '_text=cough,measles')).toEqual(['c']);
  expect(search(people, 'Patient', '_text=cough measles')).toEqual([]);
  expect(search(people, 'Patient', '_content=adams')).toEqual(['c']);
  expect(matches(people[0] ?? indexed('Patient/x', {}), { kind: 'any', of: [] }, resolverOf([]))).toBe(false);
});

test('[FS41] :not finds what has no value too, :missing just that', () => {
  expect(search(people, 'Patient', 'gender:not=male')).toEqual(['b', 'c']);
  expect(search(people, 'Patient', 'gender:missing=true')).toEqual(['c']);
  expect(search(people, 'Patient', 'gender:missing=false')).toEqual(['a', 'b']);
  expect(search(people, 'Patient', '_id:not=a')).toEqual(['b', 'c']);
});

test('[FS42] chains and _has see what the resolver shows and no more', () => {
  expect(search(people, 'Observation', 'subject:Patient.gender=male')).toEqual(['1']);
  expect(search(people, 'Observation', 'subject:Patient.gender:not=male')).toEqual(['2']);
  expect(search(people, 'Patient', '_has:Observation:patient:code=hb')).toEqual(['a']);
  expect(search(people, 'Patient', '_has:Observation:subject:code:not=hb')).toEqual(['b']);
  expect(search(people, 'Observation', 'subject:Patient._has:Group:member:code=x')).toEqual(['1']);
  const hidden = people.filter(({ id }) => id !== 'a');
  expect(search(hidden, 'Observation', 'subject:Patient.gender:not=female')).toEqual([]);
});

test('[FS42] a compartment is the membership of the standard, and its own resource', () => {
  const of = (type: string, id: string) =>
    search([...people], type, '').filter((each) =>
      matches(
        people.find((one) => one.type === type && one.id === each) ?? indexed('Patient/x', {}),
        { kind: 'compartment', type: 'Patient', id },
        resolverOf(people),
      ),
    );
  expect(of('Observation', 'c')).toEqual(['1']);
  expect(of('Patient', 'c')).toEqual(['c']);
});

test('[FS43] least upwards, greatest downwards, none last, equals by id', () => {
  expect(search(people, 'Patient', '_sort=family')).toEqual(['c', 'a', 'b']);
  expect(search(people, 'Patient', '_sort=-family')).toEqual(['b', 'a', 'c']);
  expect(search(people, 'Patient', '_sort=birthdate')).toEqual(['a', 'b', 'c']);
  expect(search(people, 'Patient', '_sort=-birthdate')).toEqual(['b', 'a', 'c']);
  expect(search(people, 'Patient', '_sort=-_lastUpdated,-_id')).toEqual(['a', 'c', 'b']);
  expect(search(people, 'Observation', '_sort=code')).toEqual(['1', '3', '2']);
  const odd = [indexed('Patient/x', { name: [{ family: '?' }] }), indexed('Patient/y', { name: [{ family: 'Z' }] })];
  expect(search(odd, 'Patient', '_sort=family')).toEqual(['y', 'x']);
});

test('[FS43] texts stand in the order of their code points', () => {
  const texts = ['', 'a', 'ab', 'b', 'é', '\uffee', '\u{10000}', '\u{10001}'];
  for (const [i, a] of texts.entries()) {
    for (const [j, b] of texts.entries()) expect(Math.sign(compareSortValues(a, b))).toBe(Math.sign(i - j));
  }
});

const included = (all: readonly Indexed[], names: readonly string[], type: string, query: string, limit = 100) => {
  const found = resolveIncludes(
    all.filter((each) => names.includes(nameOf(each))),
    queryOf(type, query).include,
    resolverOf(all),
    limit,
  );
  return found.ok ? found.value.map(nameOf).toSorted() : found.error;
};
const chain = [
  ...people,
  ...[1, 2, 3, 4].map((n) => indexed(`Organization/${n}`, { partOf: to(`Organization/${n + 1}`) })),
  indexed('Patient/o', { managingOrganization: to('Organization/1') }),
];

test('[FS44] an included resource comes once and is no match', () => {
  expect(
    included(
      people,
      ['Observation/1', 'Observation/2'],
      'Observation',
      '_include=Observation:subject&_include=Observation:patient',
    ),
  ).toEqual(['Patient/a', 'Patient/b']);
  expect(included(chain, ['Organization/1', 'Organization/2'], 'Organization', '_include=Organization:partof')).toEqual(
    ['Organization/3'],
  );
  expect(
    included(
      people,
      ['Patient/a', 'Patient/b'],
      'Patient',
      '_revinclude=Observation:patient&_revinclude=Observation:subject:Patient',
    ),
  ).toEqual(['Observation/1', 'Observation/2']);
  expect(included(people, ['Patient/a'], 'Patient', '_revinclude=Observation:subject:Group')).toEqual([]);
});

test('[FS45] only :iterate goes on from what was included', () => {
  expect(
    included(chain, ['Patient/o'], 'Patient', '_include=Patient:organization&_include=Organization:partof'),
  ).toEqual(['Organization/1']);
  expect(
    included(chain, ['Patient/o'], 'Patient', '_include=Patient:organization&_include:iterate=Organization:partof'),
  ).toEqual(['Organization/1', 'Organization/2', 'Organization/3', 'Organization/4']);
  expect(included(chain, ['Organization/3'], 'Organization', '_revinclude:iterate=Organization:partof')).toEqual([
    'Organization/1',
    'Organization/2',
  ]);
});

test('[FS46] a star stands for every reference', () => {
  expect(included(people, ['Observation/1'], 'Observation', '_include=*')).toEqual(['Patient/a', 'Patient/c']);
  expect(included(people, ['Patient/c'], 'Patient', '_revinclude=Observation:*')).toEqual(['Observation/1']);
});

test('[FS47] more than the limit is refused', () => {
  expect(
    included(people, ['Observation/1', 'Observation/2'], 'Observation', '_include=Observation:subject', 2),
  ).toHaveLength(2);
  expect(included(people, ['Observation/1', 'Observation/2'], 'Observation', '_include=Observation:subject', 1)).toBe(
    'too-many',
  );
});
