import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { definitions } from '../definitions/r4.ts';
import type { JsonObject } from '../../base/json-types.ts';
import { branchesOf } from './branches.ts';
import { emitter } from './emit.ts';
import { extract, extractorOf } from './extract.ts';
import type { IndexEntry } from './index-entry.ts';
import { paramInfos } from './param-info.ts';

const of = (resourceType: string, content: JsonObject, param: string): readonly IndexEntry[] =>
  extract({ resourceType, ...content }).filter((entry) => entry.param === param);

test('[FS6] elements of types that their parameter cannot read give nothing', () => {
  expect(of('Procedure', { performedRange: { low: { value: 1 } } }, 'date')).toEqual([]);
  expect(of('Immunization', { occurrenceString: '2020' }, 'date')).toEqual([]);
  expect(of('Procedure', { performedDateTime: '2020' }, 'date')).toHaveLength(1);
});

test('[FS7] names and addresses give each of their parts', () => {
  const name = [{ family: 'Ng', given: ['Eve', 'Li'], prefix: ['Dr'], text: 'Dr Eve Ng' }];
  const values = (entries: readonly IndexEntry[]) =>
    entries.flatMap((entry) => (entry.kind === 'string' ? entry.value : []));
  expect(values(of('Patient', { name }, 'name'))).toEqual(['Ng', 'Eve', 'Li', 'Dr', 'Dr Eve Ng']);
  expect(values(of('Patient', { name }, 'given'))).toEqual(['Eve', 'Li']);
  const address = [{ line: ['1 Main St'], city: 'Bath', postalCode: 'BA1' }];
  expect(values(of('Patient', { address }, 'address'))).toEqual(['1 Main St', 'Bath', 'BA1']);
  expect(values(of('Patient', { address }, 'address-city'))).toEqual(['Bath']);
});

test('[FS7] concepts give each coding with its texts, or their text alone', () => {
  const code = { coding: [{ system: 's', code: 'a', display: 'A' }, { code: 'b' }], text: 'T' };
  expect(of('Observation', { code }, 'code')).toEqual([
    { kind: 'token', param: 'code', system: 's', code: 'a', text: ['A', 'T'] },
    { kind: 'token', param: 'code', code: 'b', text: ['T'] },
  ]);
  expect(of('Observation', { code: { text: 'T' } }, 'code')).toEqual([{ kind: 'token', param: 'code', text: ['T'] }]);
});

test('[FS7] identifiers, contact points, codes and booleans are tokens', () => {
  const identifier = [{ system: 's', value: 'v', type: { coding: [{ system: 't', code: 'MR' }], text: 'record' } }];
  expect(of('Patient', { identifier }, 'identifier')).toEqual([
    { kind: 'token', param: 'identifier', system: 's', code: 'v', text: ['record'], identifierTypes: ['t|MR'] },
  ]);
  const telecom = [
    { system: 'phone', value: '1' },
    { system: 'email', value: 'a@b' },
  ];
  expect(of('Patient', { telecom }, 'phone')).toEqual([{ kind: 'token', param: 'phone', code: '1' }]);
  expect(of('Patient', { telecom }, 'telecom')).toHaveLength(2);
  expect(of('Patient', { gender: 'male', active: true }, 'gender')).toEqual([
    { kind: 'token', param: 'gender', code: 'male' },
  ]);
  expect(of('Patient', { active: false }, 'active')).toEqual([{ kind: 'token', param: 'active', code: 'false' }]);
});

test('[FS7] periods are open where a bound is missing, timings have outer limits', () => {
  const [period] = of('Encounter', { period: { start: '2020-01-01' } }, 'date');
  expect(period).toEqual({ kind: 'date', param: 'date', lo: Date.UTC(2020, 0, 1), hi: Number.POSITIVE_INFINITY });
  expect(of('Encounter', { period: {} }, 'date')).toEqual([]);
  const occurrenceTiming = { event: ['2020-03', '2020-01-05'] };
  expect(of('ServiceRequest', { occurrenceTiming }, 'occurrence')).toEqual([
    { kind: 'date', param: 'occurrence', lo: Date.UTC(2020, 0, 5), hi: Date.UTC(2020, 3, 1) },
  ]);
});

test('[FS7] quantities have their comparator, ranges and samples their bounds, money its currency', () => {
  const quantity = (valueQuantity: JsonObject) => of('Observation', { valueQuantity }, 'value-quantity')[0];
  expect(quantity({ value: 5, unit: 'mg', system: 'u', code: 'mg' })).toEqual({
    kind: 'quantity',
    param: 'value-quantity',
    lo: 5,
    hi: 5,
    system: 'u',
    code: 'mg',
    unit: 'mg',
  });
  expect(quantity({ value: 5, comparator: '<' })).toMatchObject({ lo: Number.NEGATIVE_INFINITY, hi: 5 });
  const onsetRange = { low: { value: 3, code: 'a' }, high: { value: 4 } };
  expect(of('Condition', { onsetRange }, 'onset-age')[0]).toMatchObject({ lo: 3, hi: 4, code: 'a' });
  const valueSampledData = { origin: { value: 10, code: 'mV' }, factor: 2, data: '1 E -3 2', period: 1, dimensions: 1 };
  expect(of('Observation', { valueSampledData }, 'value-quantity')[0]).toMatchObject({ lo: 4, hi: 14, code: 'mV' });
  expect(of('Invoice', { totalNet: { value: 5, currency: 'EUR' } }, 'totalnet')[0]).toMatchObject({
    lo: 5,
    system: 'urn:iso:std:iso:4217',
    code: 'EUR',
  });
  expect(of('RiskAssessment', { prediction: [{ probabilityDecimal: 0.5 }] }, 'probability')).toEqual([
    { kind: 'number', param: 'probability', lo: 0.5, hi: 0.5 },
  ]);
});

test('[FS7] references keep type and id, or URL and version, with identifier and display', () => {
  const subject = (value: JsonObject) => of('Observation', { subject: value }, 'subject')[0];
  expect(subject({ reference: 'Patient/1', display: 'Eve' })).toEqual({
    kind: 'reference',
    param: 'subject',
    type: 'Patient',
    id: '1',
    display: 'Eve',
  });
  expect(subject({ reference: 'urn:uuid:a' })).toMatchObject({ url: 'urn:uuid:a' });
  expect(subject({ identifier: { system: 's', value: 'v' } })).toMatchObject({
    identifier: { system: 's', value: 'v' },
  });
  const questionnaire = 'http://a.org/q|2';
  expect(of('QuestionnaireResponse', { questionnaire }, 'questionnaire')).toEqual([
    { kind: 'reference', param: 'questionnaire', url: 'http://a.org/q', version: '2' },
  ]);
  const entry = [
    { resource: { resourceType: 'Composition', id: 'c' } },
    { resource: { resourceType: 'Patient', id: 'p' } },
  ];
  expect(of('Bundle', { entry }, 'composition')).toEqual([
    { kind: 'reference', param: 'composition', type: 'Composition', id: 'c' },
  ]);
});

test('[FS7] resolve() is Patient goes by the type that the reference tells', () => {
  const patients = (subject: JsonObject, more: JsonObject = {}) =>
    of('Observation', { subject, ...more }, 'patient').length;
  expect(patients({ reference: 'Patient/1' })).toBe(1);
  expect(patients({ reference: 'Group/1' })).toBe(0);
  expect(patients({ reference: 'http://other.org/fhir/Patient/1' })).toBe(1);
  expect(patients({ type: 'Patient', identifier: { value: 'x' } })).toBe(1);
  expect(patients({ reference: '#a' }, { contained: [{ resourceType: 'Patient', id: 'a' }] })).toBe(1);
  expect(patients({ reference: '#a' }, { contained: [{ resourceType: 'Group', id: 'a' }] })).toBe(0);
});

test('[FS7] canonicals of a uri parameter are found with their version and without', () => {
  const meta = { profile: ['http://a.org/p|1#x'], tag: [{ code: 't' }], security: [{ code: 'R' }], source: 'urn:x' };
  expect(of('Patient', { meta }, '_profile').map((entry) => entry.kind === 'uri' && entry.value)).toEqual([
    'http://a.org/p',
    'http://a.org/p|1',
  ]);
  for (const param of ['_tag', '_security', '_source']) expect(of('Patient', { meta }, param)).toHaveLength(1);
});

test('[FS8] expressions are typed paths; only one of R4 is left to FHIRPath', () => {
  const left = definitions.resourceTypes.flatMap((type) =>
    [...paramInfos(type).values()]
      .filter(({ branches }) => branches === undefined)
      .map(({ code }) => `${type}.${code}`),
  );
  expect(left).toEqual(['Patient.deceased']);
  expect(branchesOf("Patient.telecom.where(system='phone').value", 'Patient')).toEqual([
    {
      fromResource: false,
      edges: [{ member: 'telecom', only: { name: 'system', value: 'phone' } }, { member: 'value' }],
      type: 'string',
      many: true,
    },
  ]);
  expect(branchesOf("Patient.extension('http://x').value.ofType(Coding)", 'Patient')?.[0]).toMatchObject({
    edges: [{ member: 'extension', only: { name: 'url', value: 'http://x' } }, { member: 'valueCoding' }],
    type: 'Coding',
  });
  for (const expression of [
    'Patient.name.count()',
    'Patient.name[',
    'a + b',
    '%other.x',
    'Patient.name.where(given)',
  ]) {
    expect(branchesOf(expression, 'Patient'), expression).toBeUndefined();
  }
  const deceased = (content: JsonObject) =>
    of('Patient', content, 'deceased').map((entry) => entry.kind === 'token' && entry.code);
  expect(deceased({})).toEqual(['false']);
  expect(deceased({ deceasedBoolean: false })).toEqual(['false']);
  expect(deceased({ deceasedDateTime: '2020' })).toEqual(['true']);
});

test('[FS9] the same resource gives the same entries in the same order; base URLs make absolute references local', () => {
  const resource = {
    resourceType: 'Observation',
    subject: { reference: 'http://a.org/fhir/Patient/1' },
    status: 'final',
  };
  expect(extract(resource)).toEqual(extract(structuredClone(resource)));
  const baseUrls = ['http://a.org/fhir'];
  const local = extract(resource, { baseUrls }).find(({ param }) => param === 'subject');
  expect(local).toEqual({ kind: 'reference', param: 'subject', type: 'Patient', id: '1' });
  const some = extractorOf('Observation', ['status', 'unknown'])(resource);
  expect(some).toEqual([{ kind: 'token', param: 'status', code: 'final' }]);
});

test('[FS10] every R4 parameter with an expression can be read from at least one of its elements, composites in every part', () => {
  let params = 0;
  for (const type of definitions.resourceTypes) {
    for (const info of paramInfos(type).values()) {
      if (info.type === 'text' || info.branches === undefined) continue;
      params += 1;
      const { branches, components } = info;
      if (info.type !== 'composite') {
        expect(
          branches.some((branch) => emitter(info.type, branch.type)),
          `${type}.${info.code}`,
        ).toBe(true);
        continue;
      }
      expect(components.length).toBeGreaterThan(1);
      for (const { info: component, expression } of components) {
        const readable = branches.flatMap((branch) => branchesOf(expression, branch.type) ?? []);
        const reads = readable.some((branch) => emitter(component.type, branch.type));
        expect(reads, `${type}.${info.code} ${component.code}`).toBe(true);
      }
    }
  }
  expect(params).toBeGreaterThan(1700);
});

test('[FS10] a composite has one entry for each element that has all of its parts', () => {
  const component = [
    { code: { coding: [{ code: 'a' }] }, valueQuantity: { value: 1 } },
    { code: { coding: [{ code: 'b' }] }, valueString: 'x' },
    { code: { coding: [{ code: 'c' }] }, valueQuantity: { value: 2 } },
  ];
  const entries = of('Observation', { code: { coding: [{ code: 'p' }] }, component }, 'component-code-value-quantity');
  expect(entries.map((entry) => entry.kind === 'composite' && entry.parts.map((part) => part[0]))).toEqual([
    [
      { kind: 'token', param: 'component-code', code: 'a' },
      { kind: 'quantity', param: 'component-value-quantity', lo: 1, hi: 1 },
    ],
    [
      { kind: 'token', param: 'component-code', code: 'c' },
      { kind: 'quantity', param: 'component-value-quantity', lo: 2, hi: 2 },
    ],
  ]);
});

test('[FS11] whatever stands in a resource, extraction ends without an exception', () => {
  const names = [
    'name',
    'subject',
    'code',
    'coding',
    'valueQuantity',
    'period',
    'reference',
    'deceasedBoolean',
    'component',
    'meta',
    'contained',
    'telecom',
    'entry',
    'resource',
    'toString',
    '__proto__',
  ];
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, 5, -0.5, 1e300, '', 'x', 'Patient/1', '2020-01', '#'),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('any'), { maxKeys: 5 }),
    ),
  })).any;
  const types = fc.constantFrom('Patient', 'Observation', 'Bundle', 'Encounter', 'ValueSet', 'Nothing');
  fc.assert(
    fc.property(types, fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 6 }), (resourceType, content) => {
      const resource = { ...(content as JsonObject), resourceType };
      for (const entry of extract(resource)) expect(typeof entry.param).toBe('string');
    }),
    { numRuns: 2000, verbose: 1 },
  );
  expect(extract({ resourceType: 'Nothing' })).toEqual([]);
  expect(extract({ resourceType: 'toString' })).toEqual([]);
});

const examples = resolve('../shared/conformance/fhir-r4-examples/instances');
test.skipIf(!existsSync(examples))(
  `[FS10] the official examples give entries for most of their parameters${existsSync(examples) ? '' : ' (skipped: no ../shared/conformance beside the checkout)'}`,
  () => {
    const seen = new Set<string>();
    for (const file of readdirSync(examples)) {
      const resource = JSON.parse(readFileSync(`${examples}/${file}`, 'utf8')) as JsonObject & { resourceType: string };
      for (const { param } of extract(resource)) seen.add(`${resource.resourceType}.${param}`);
    }
    expect(seen.size).toBeGreaterThan(800);
  },
);
