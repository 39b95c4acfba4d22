import { expect, test } from 'vitest';
import { definitions } from '../definitions/r4.ts';
import { parseSearch, type ParsedSearch, type SearchRequest } from './parse.ts';

const request = (query: string, more: Partial<SearchRequest> = {}): SearchRequest => ({
  type: 'Patient',
  params: [...new URLSearchParams(query)],
  now: 0,
  baseUrls: [],
  lenient: true,
  countDefault: 20,
  countMax: 100,
  ...more,
});
function parsed(query: string, more?: Partial<SearchRequest>): ParsedSearch {
  const result = parseSearch(request(query, more));
  if (!result.ok) throw new Error(result.error.map(({ message }) => message).join(' '));
  return result.value;
}
const faults = (query: string, more?: Partial<SearchRequest>) => {
  const result = parseSearch(request(query, more));
  return result.ok ? [] : result.error;
};
/** Of the whole system. */
const system = (query: string, more: Partial<SearchRequest> = {}): SearchRequest => {
  const { type: _, ...rest } = request(query, more);
  return rest;
};

test('[FS28] the unknown is ignored and told by the lenient, refused by the strict', () => {
  const lenient = parsed('foo=1&gender=male&_sort=bar,birthdate&Okafor%20Ada=1');
  expect(lenient.ignored.map(({ name }) => name)).toEqual(['foo', '_sort', 'a parameter']);
  expect(lenient.ignored[0]?.message).toContain('foo');
  expect(lenient.query.where).toHaveLength(1);
  expect(lenient.query.sort).toEqual([{ param: 'birthdate', type: 'date', descending: false }]);
  expect(faults('foo=1&_sort=bar', { lenient: false }).map(({ path }) => path)).toEqual(['foo', '_sort']);
});

test('[FS28] what is known and wrong, or not supported, is refused either way', () => {
  for (const query of [
    'birthdate=x',
    'name:foo=x',
    '_count=-1',
    '_count=x',
    '_total=x',
    '_summary=x',
    '_contained=true',
    '_containedType=container',
    '_filter=x',
    '_query=x',
    '_sort:asc=name',
    '_include=Patient',
    '_include=Patient:name',
    '_include=Nothing:x',
    '_include=Patient:organization:Nothing',
    '_include:recurse=Patient:organization',
    '_revinclude=*',
    '_type=Observation',
    '_type=Nothing',
  ]) {
    expect(faults(query), query).toHaveLength(1);
  }
  expect(parsed('_contained=false&_format=json&_pretty=true&name=').query.where).toEqual([]);
  expect(faults('', { type: 'Nothing' })).toHaveLength(1);
  expect(faults('near=1|2|3|km', { type: 'Location' })).toHaveLength(1);
});

test('[FS29] all faults come at once, each with its parameter, a rule and a page', () => {
  const all = faults('birthdate=x&gender:foo=y&_count=z');
  expect(all.map(({ path }) => path)).toEqual(['birthdate', 'gender:foo', '_count']);
  for (const fault of all) {
    expect(fault.spec).toMatch(/^http:\/\/hl7\.org\/fhir\/R4\/search\.html#/u);
    expect(fault.rule).not.toBe('');
  }
});

test('[FS30] used is what counted, in the order of the request', () => {
  expect(parsed('gender=male&foo=1&_count=5&name=&_include=Patient:organization').used).toEqual([
    ['gender', 'male'],
    ['_count', '5'],
    ['_include', 'Patient:organization'],
  ]);
});

test('[FS31] counts are cut, zero and _summary=count ask for the total alone', () => {
  expect(parsed('').query).toMatchObject({ types: ['Patient'], count: 20, total: 'none' });
  expect(parsed('_count=7').query.count).toBe(7);
  expect(parsed('_count=999999999').query.count).toBe(100);
  expect(parsed('_count=0').query).toMatchObject({ count: 0, total: 'accurate' });
  expect(parsed('_count=7&_summary=count').query).toMatchObject({ count: 0, total: 'accurate' });
  expect(parsed('_summary=count&_count=7').query).toMatchObject({ count: 0, total: 'accurate' });
  expect(parsed('_total=accurate').query.total).toBe('accurate');
  expect(parsed('_summary=text&_elements=id,name&_elements=gender')).toMatchObject({
    summary: 'text',
    elements: ['id', 'name', 'gender'],
  });
});

test('[FS31] sorts and includes become keys and edges', () => {
  expect(parsed('_sort=-birthdate,_id,-_lastUpdated,family').query.sort).toEqual([
    { param: 'birthdate', type: 'date', descending: true },
    { param: '_id', type: 'id', descending: false },
    { param: '_lastUpdated', type: 'lastUpdated', descending: true },
    { param: 'family', type: 'string', descending: false },
  ]);
  expect(
    parsed('_include=Patient:organization:Organization&_include:iterate=*&_revinclude=Observation:*').query.include,
  ).toEqual([
    { kind: 'include', source: 'Patient', param: 'organization', target: 'Organization', iterate: false },
    { kind: 'include', source: 'Patient', param: '*', iterate: true },
    { kind: 'revinclude', source: 'Observation', param: '*', iterate: false },
  ]);
});

test('[FS31] the system and compartments know what all their types share', () => {
  const all = parseSearch(system('_tag=x&_id=1'));
  expect(all.ok && all.value.query.types).toEqual(definitions.resourceTypes);
  const some = parseSearch(system('_type=Patient,Device&_has:Observation:subject:code=x&identifier=y'));
  expect(some.ok && some.value.query).toMatchObject({
    types: ['Device', 'Patient'],
    where: [{ kind: 'has' }, { param: 'identifier' }],
  });
  const differing = parseSearch(system('_type=Patient,Organization&birthdate=2020', { lenient: false }));
  expect(differing.ok).toBe(false);
  const compartment = { type: 'Patient', id: '1' };
  expect(parsed('code=x', { type: 'Observation', compartment }).query.where[0]).toEqual({
    kind: 'compartment',
    ...compartment,
  });
  const whole = parseSearch(system('', { compartment }));
  expect(whole.ok && whole.value.query.types).toContain('Patient');
  expect(whole.ok && whole.value.query.types).not.toContain('Organization');
});

test('[FS25] a search has at most 200 parameters and 50 includes', () => {
  expect(faults('gender=male&'.repeat(201))[0]?.type).toBe('too-costly');
  expect(faults('_include=Patient:organization&'.repeat(51))[0]?.type).toBe('too-costly');
  expect(
    faults(
      `_sort=${['name', 'family', 'given', 'gender', 'birthdate', 'email', 'phone', 'telecom', 'address', 'identifier', 'active'].join(',')}`,
    ),
  ).toHaveLength(1);
});
