import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '../../base/json.ts';
import { patient } from '../fhirpath/cases.test-kit.ts';
import { patchers } from './patchers.ts';

const paths = [
  'Patient',
  'Patient.name',
  'name[0]',
  'name.given',
  'Patient.name[1].given[0]',
  'birthDate',
  'Patient.deceased',
  'extension[0].value',
  'contained[0]',
  'id',
  'meta.profile',
  'name.where(use = 1)',
  'descendants()',
  "extension('x')",
  'name[0].given.first()',
  '$this',
  'contact.name.family',
  'nothing(',
  '1',
  '%resource.active',
];
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    null,
    'x',
    0,
    [],
    {},
    [null],
    { text: 'x' },
    [[]],
    { extension: [{ url: 'x' }] },
    { resourceType: 'Basic' },
  ),
);
const type = fc.constantFrom('add', 'insert', 'delete', 'replace', 'move', 'copy');
const key = fc.constantFrom(
  'valueString',
  'valueBoolean',
  'valueHumanName',
  '_valueString',
  'valueExtension',
  'resource',
  'part',
  'valueQuantity',
  '__proto__',
);
const named = (name: string, value: fc.Arbitrary<unknown>, at: fc.Arbitrary<string>): fc.Arbitrary<object> =>
  fc.tuple(at, value).map(([member, content]) => ({ name, [member]: content }));

const fhirPathOperation = fc
  .tuple(
    named('type', type, fc.constant('valueCode')),
    named('path', fc.constantFrom(...paths), fc.constant('valueString')),
    named(
      'name',
      fc.constantFrom(
        'name',
        'extension',
        'given',
        'value',
        'deceased',
        'deceasedBoolean',
        '__proto__',
        'birthDate',
        'contained',
      ),
      fc.constant('valueString'),
    ),
    named('value', json, key),
    named('index', fc.nat(4), fc.constant('valueInteger')),
    named('source', fc.nat(4), fc.constant('valueInteger')),
    named('destination', fc.nat(4), fc.constant('valueInteger')),
  )
  .map((part) => ({ name: 'operation', part }));

const tokens = [
  'name',
  '0',
  '1',
  '-',
  'given',
  '_given',
  'meta',
  '__proto__',
  'constructor',
  'length',
  '',
  'extension',
  'contained',
  'new',
];
const pointer = fc
  .array(fc.constantFrom(...tokens), { maxLength: 4 })
  .map((all) => all.map((token) => `/${token}`).join(''));
const jsonOperation = fc.record(
  {
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
    path: pointer,
    from: pointer,
    value: json,
  },
  { requiredKeys: ['op', 'path'] },
);

/** Half a surrogate pair is no JSON for `parseJson`; `fc.jsonValue` makes none, but keep the property honest. */
const printed = (value: unknown): string => JSON.stringify(value);

test('[PT13] [PT3] any operations on the sample give a text that can be read, or faults', () => {
  const text = printed(patient);
  const seen = { done: 0, refused: 0 };
  const run = (form: 'json-patch' | 'fhirpath-patch', patch: string): void => {
    const result = patchers[form](text, patch);
    if (!result.ok) {
      expect(result.error.length).toBeGreaterThan(0);
      seen.refused++;
      return;
    }
    expect(parseJson(result.value).ok).toBe(true);
    seen.done++;
  };
  fc.assert(
    fc.property(fc.array(jsonOperation, { maxLength: 3 }), (operations) => run('json-patch', printed(operations))),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.array(fhirPathOperation, { maxLength: 2 }), (parameter) =>
      run('fhirpath-patch', printed({ resourceType: 'Parameters', parameter })),
    ),
    { numRuns: 500 },
  );
  expect(seen.done).toBeGreaterThan(50);
  expect(seen.refused).toBeGreaterThan(50);
  expect(({} as Record<string, unknown>)['text']).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test('[PT13] any texts at all, as resource and as patch', () => {
  const text = fc.oneof(
    json.map(printed),
    fc.string(),
    fc.constantFrom(
      '',
      '{}',
      '[]',
      'null',
      '{"resourceType":"Patient"}',
      '{"resourceType":"Parameters","parameter":[]}',
      '{"resourceType":5}',
    ),
  );
  fc.assert(
    fc.property(
      text,
      text,
      fc.constantFrom('json-patch' as const, 'fhirpath-patch' as const),
      (resource, patch, form) => {
        const result = patchers[form](resource, patch);
        if (result.ok) expect(parseJson(result.value).ok).toBe(true);
      },
    ),
    { numRuns: 400 },
  );
});
