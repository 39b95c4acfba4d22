import { expect, test } from 'vitest';
import { neededTerminology, stillNeeded, terminologyOf } from './terminology.ts';

const codes = (...list: readonly string[]) => list.map((code) => ({ code }));
const animals = {
  resourceType: 'CodeSystem',
  url: 'http://cs',
  content: 'complete',
  concept: [
    { code: 'animal', concept: [{ code: 'bird', concept: codes('owl', 'gull') }, { code: 'fish' }] },
    { code: 'gannet', property: [{ code: 'parent', valueCode: 'bird' }] },
  ],
};
const valueSet = (url: string, compose: object) => ({ resourceType: 'ValueSet', url, compose }) as never;
const found = (canonical: string, ...resources: readonly never[]) =>
  terminologyOf([animals, ...resources])
    .valueSet(canonical)
    ?.map(({ system, code }) => `${system}|${code}`)
    .toSorted();

test('[FS26] value sets stand for what they list, filter, import, and leave out', () => {
  const listed = valueSet('http://a', { include: [{ system: 'http://x', concept: codes('1', '2') }] });
  expect(found('http://a', listed)).toEqual(['http://x|1', 'http://x|2']);
  expect(found('http://a|3', listed)).toBeUndefined();
  const filter = (op: string, value: string) => [{ property: 'concept', op, value }];
  const isA = valueSet('http://b', { include: [{ system: 'http://cs', filter: filter('is-a', 'bird') }] });
  expect(found('http://b', isA)).toEqual(['http://cs|bird', 'http://cs|gannet', 'http://cs|gull', 'http://cs|owl']);
  const below = valueSet('http://c', {
    include: [{ system: 'http://cs', filter: filter('descendent-of', 'bird') }, { valueSet: ['http://a'] }],
    exclude: [{ system: 'http://cs', concept: codes('owl') }],
  });
  expect(found('http://c', below, listed)).toEqual(['http://cs|gannet', 'http://cs|gull', 'http://x|1', 'http://x|2']);
  const both = valueSet('http://d', { include: [{ system: 'http://cs', valueSet: ['http://b'] }] });
  expect(found('http://d', both, isA)).toHaveLength(4);
  const expanded = {
    resourceType: 'ValueSet',
    url: 'http://e',
    expansion: {
      contains: [
        { system: 's', code: 'a', contains: [{ system: 's', code: 'b' }] },
        { abstract: true, code: 'c' },
      ],
    },
  } as never;
  expect(found('http://e', expanded)).toEqual(['s|a', 's|b']);
  expect(found('http://hl7.org/fhir/ValueSet/administrative-gender')).toContain(
    'http://hl7.org/fhir/administrative-gender|male',
  );
});

test('[FS26] one part that cannot be enumerated makes the whole unusable', () => {
  const listed = { system: 'http://x', concept: codes('1') };
  for (const other of [
    { system: 'http://unknown' },
    { system: 'http://cs', filter: [{ property: 'concept', op: 'regex', value: '.*' }] },
    { system: 'http://cs', filter: [{ property: 'colour', op: '=', value: 'red' }] },
    { valueSet: ['http://nowhere'] },
  ]) {
    expect(found('http://a', valueSet('http://a', { include: [listed, other] }))).toBeUndefined();
  }
  const page = {
    resourceType: 'ValueSet',
    url: 'http://e',
    expansion: { total: 5, contains: [{ system: 's', code: 'a' }] },
  } as never;
  expect(found('http://e', page)).toBeUndefined();
  expect(found('http://nowhere')).toBeUndefined();
  const fragment = { ...animals, content: 'fragment' };
  expect(terminologyOf([fragment]).subsumed('below', 'http://cs', 'bird')).toBeUndefined();
});

test('[FS26] above and below go along the tree, the code itself included', () => {
  const { subsumed } = terminologyOf([animals]);
  expect(subsumed('below', 'http://cs', 'bird')?.toSorted()).toEqual(['bird', 'gannet', 'gull', 'owl']);
  expect(subsumed('above', 'http://cs', 'gannet')?.toSorted()).toEqual(['animal', 'bird', 'gannet']);
  expect(subsumed('below', 'http://cs', 'dragon')).toBeUndefined();
  expect(subsumed('below', 'http://other', 'bird')).toBeUndefined();
});

test('[FS27] rings end', () => {
  const one = valueSet('http://1', { include: [{ valueSet: ['http://2'] }] });
  const two = valueSet('http://2', { include: [{ valueSet: ['http://1'] }] });
  expect(found('http://1', one, two)).toBeUndefined();
  const ring = {
    resourceType: 'CodeSystem',
    url: 'http://ring',
    concept: [
      { code: 'a', property: [{ code: 'parent', valueCode: 'b' }] },
      { code: 'b', property: [{ code: 'parent', valueCode: 'a' }] },
    ],
  };
  expect(terminologyOf([ring]).subsumed('below', 'http://ring', 'a')?.toSorted()).toEqual(['a', 'b']);
});

test('[FS26] what a request needs is told, and what that needs in turn', () => {
  expect(
    neededTerminology([
      ['code:in', 'http://a,http://b|1'],
      ['subject:Patient.gender:not-in', 'http://c'],
      ['code:below', 'http://cs|x'],
      ['code', 'http://no|x'],
    ]),
  ).toEqual({ valueSets: ['http://a', 'http://b|1', 'http://c'], codeSystems: ['http://cs'] });
  const importing = valueSet('http://a', {
    include: [
      { valueSet: ['http://b|2'] },
      { system: 'http://whole' },
      { system: 'http://listed', concept: codes('1') },
    ],
    exclude: [{ system: 'http://cs' }],
  });
  expect(stillNeeded([importing, animals])).toEqual({ valueSets: ['http://b|2'], codeSystems: ['http://whole'] });
});
