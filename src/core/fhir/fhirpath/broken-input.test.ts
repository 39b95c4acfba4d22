// Rules and search parameters run on what clients send, before or without validation.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue, ResourceJson } from '../../base/json-types.ts';
import { JsonNumber } from '../../base/json.ts';
import { definitions } from '../definitions/r4.ts';
import { patient } from './cases.test-kit.ts';
import { compileCondition, compilePath } from './compile.ts';
import { FhirPathError } from './fhirpath.ts';

const names = [
  'id',
  'extension',
  'url',
  'value',
  'valueQuantity',
  'code',
  'coding',
  'system',
  'name',
  'given',
  '_given',
  'reference',
  'contained',
  'resourceType',
  'period',
  'start',
  '__proto__',
  'constructor',
];
const anything: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<JsonValue>(
      null,
      true,
      0,
      -1.5,
      1e300,
      '',
      '2020',
      '#',
      '#org',
      'Patient/1',
      'Patient',
      'x',
      new JsonNumber('1.50'),
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 4 }) as fc.Arbitrary<JsonValue>,
  ),
})).value;

/** The sample with some of its values, at any depth, replaced by anything. */
function damaged(value: JsonValue, replace: (value: JsonValue) => JsonValue): JsonValue {
  const kept = replace(value);
  if (kept !== value || typeof value !== 'object' || value === null) return kept;
  if (Array.isArray(value)) return value.map((item: JsonValue) => damaged(item, replace));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, damaged(member ?? null, replace)]));
}

test('[FP26] damaged resources make no expression of R4 throw anything but FhirPathError', () => {
  const types = ['Patient', 'Observation', 'Bundle', 'Questionnaire'];
  const expressions = new Set<string>();
  for (const type of types) {
    for (const { expression } of definitions.searchParams(type).values())
      if (expression !== '') expressions.add(expression);
    for (const { expression } of definitions.type(type)?.invariants ?? []) expressions.add(expression);
    for (const element of definitions.type(type)?.elements ?? [])
      for (const { expression } of element.invariants) expressions.add(expression);
  }
  for (const type of ['Element', 'Extension', 'Reference', 'Period', 'Quantity', 'Age', 'Range', 'Timing.repeat']) {
    for (const { expression } of definitions.type(type)?.invariants ?? []) expressions.add(expression);
  }
  const compiled = [...expressions].map(
    (expression) => [compilePath(expression), compileCondition(expression)] as const,
  );
  expect(compiled.length).toBeGreaterThan(80);
  let refused = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...types),
      fc.infiniteStream(fc.option(anything, { freq: 6 })),
      anything,
      (type, stream, whole) => {
        const replace = (value: JsonValue): JsonValue => {
          const { value: put } = stream.next() as { value: JsonValue };
          // `option` gives null five times in six here: that is "leave it".
          return put === null ? value : put;
        };
        const some = Object.entries(patient).map(([name, member]) => [name, damaged(member ?? null, replace)] as const);
        const rest = typeof whole === 'object' && whole !== null && !Array.isArray(whole) ? whole : {};
        const resource = { ...Object.fromEntries(some), ...rest, resourceType: type } as ResourceJson;
        for (const [path, condition] of compiled) {
          for (const run of [path, condition]) {
            try {
              run({ resource, now: 0 });
            } catch (thrown) {
              if (!(thrown instanceof FhirPathError)) throw thrown;
              refused++;
            }
          }
        }
      },
    ),
    { numRuns: 150 },
  );
  expect(refused).toBeGreaterThan(0);
});
