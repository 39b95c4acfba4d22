import { expect, test } from 'vitest';
import { parseJson } from '../../base/json.ts';
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { validateResource } from './validate.ts';

const errors = (value: JsonValue, options = {}) =>
  validateResource(value, options).filter((it) => it.severity === 'error');
const rules = (value: JsonValue, options = {}) => errors(value, options).map((it) => it.rule);

const whole: JsonObject = {
  resourceType: 'Patient',
  id: 'example-1.A',
  meta: { versionId: '1', lastUpdated: '2024-02-29T23:59:60.123+14:00', profile: ['http://x.org/p|1'] },
  text: {
    status: 'generated',
    div: '<div xmlns="http://www.w3.org/1999/xhtml">\n<p style="color:red">Ann &amp; &#39;Bo&#39;&nbsp;</p><!-- x --><img src="#photo" alt="x"/></div>',
  },
  contained: [{ resourceType: 'Organization', id: 'o', name: 'Clinic' }],
  extension: [
    { url: 'http://x.org/race', extension: [{ url: 'code', valueCode: 'x' }] },
    { url: 'http://x.org/when', valuePeriod: { start: '2020', end: '2020-06-01' } },
  ],
  name: [
    {
      given: ['Ann', null],
      _given: [
        null,
        { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' }] },
      ],
      family: 'Berg',
      _family: { id: 'f' },
    },
  ],
  gender: 'female',
  _birthDate: { extension: [{ url: 'http://x.org/unsure', valueBoolean: true }] },
  deceasedBoolean: false,
  multipleBirthInteger: 2,
  managingOrganization: { reference: '#o' },
  generalPractitioner: [
    { reference: 'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7' },
    { reference: 'Practitioner/9' },
  ],
};

test('[FV6] a valid resource has no faults', () => {
  expect(validateResource(whole)).toEqual([]);
  expect(validateResource({ resourceType: 'Patient' })).toEqual([]);
});

test('[FV6] a fault says all that a person needs, errors first', () => {
  const faults = validateResource({ resourceType: 'ValueSet', name: 'bad name', status: 'drafft' });
  expect(faults).toEqual([
    {
      severity: 'error',
      type: 'code-invalid',
      path: 'ValueSet.status',
      rule: 'binding-required',
      message: expect.stringContaining('http://hl7.org/fhir/ValueSet/publication-status') as string,
      spec: 'http://hl7.org/fhir/R4/valueset.html',
    },
    expect.objectContaining({ severity: 'warning', rule: 'vsd-0', path: 'ValueSet' }),
  ]);
});

test('[FV7] no value and no name that may be one stands in a fault', () => {
  const secret = 'Zaphod Beeblebrox 1234567';
  const faults = validateResource({
    resourceType: 'Patient',
    id: secret,
    gender: secret,
    birthDate: secret,
    [secret]: secret,
    name: [{ use: secret, period: { start: secret } }],
    generalPractitioner: [{ reference: `Patient/${secret}`, type: secret }],
    text: { status: secret, div: `<div>${secret}<script/></div>` },
    contained: [{ resourceType: secret, id: secret }],
    extension: [{ url: secret, valueUri: secret }],
  });
  expect(faults.length).toBeGreaterThan(8);
  expect(JSON.stringify(faults)).not.toMatch(/Zaphod|1234567/);
});

test('[FV8] no input makes it throw, and the list of faults is bounded', () => {
  const cases: readonly JsonValue[] = [null, true, 5, 'x', [], {}, [[]], { resourceType: null }, { resourceType: [] }];
  for (const value of cases) expect(rules(value)).toEqual(['resource-type']);
  const many = validateResource({ resourceType: 'Patient', name: Array.from({ length: 5000 }, () => ({ use: 'x' })) });
  expect(many.length).toBe(201);
  expect(many.at(-1)?.rule).toBe('too-many-faults');
  let nested: JsonValue = 'x';
  for (let at = 0; at < 5000; at++) nested = at % 2 === 0 ? { extension: nested } : [nested];
  expect(errors({ resourceType: 'Patient', extension: nested }).length).toBeGreaterThan(0);
});

test('[FV8] long lists are not looked at again for each of their members', () => {
  // Minutes where a rule is quadratic, seconds where it is not: the runner's time limit tells them apart.
  const element = Array.from({ length: 25_000 }, (_, at) => ({ id: `Patient.x${at}`, path: `Patient.x${at}` }));
  const value = {
    resourceType: 'StructureDefinition',
    url: 'http://x.org/y',
    name: 'Y',
    status: 'draft',
    kind: 'logical',
    abstract: false,
    type: 'http://x.org/y',
    baseDefinition: 'http://x.org/z',
    derivation: 'specialization',
    differential: { element },
  };
  expect(rules(value)).toEqual([]);
});

test('[FV8] the same value gives the same answer, and is left as it was', () => {
  const text = JSON.stringify(whole);
  validateResource(whole);
  const broken: JsonObject = { ...whole, gender: 'x' };
  expect(validateResource(broken)).toEqual(validateResource(broken));
  expect(JSON.stringify(whole)).toBe(text);
});

test('[FV9] a rule can be switched off by name, and only that one', () => {
  const value = { resourceType: 'Patient', gender: 'x', birthDate: '2024-02-30' };
  expect(rules(value)).toEqual(['binding-required', 'format-date']);
  expect(rules(value, { without: ['binding-required'] })).toEqual(['format-date']);
});

test('[FV15] an extension counts where a required value is not known', () => {
  const value = {
    resourceType: 'Observation',
    _status: {
      extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
    },
    code: { text: 'x' },
  };
  expect(rules(value)).toEqual([]);
});

test('[FV18] the text of a number counts where it was kept', () => {
  const of = (number: string): readonly string[] => {
    const parsed = parseJson(`{"resourceType":"Patient","multipleBirthInteger":${number}}`, { numbers: 'lossless' });
    return parsed.ok ? rules(parsed.value.value) : ['json'];
  };
  expect(of('2')).toEqual([]);
  for (const text of ['2.0', '2e0', '-0', '12345678901234567890']) expect(of(text)).toEqual(['format-integer']);
  const decimal = parseJson(
    '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.500}}',
    { numbers: 'lossless' },
  );
  expect(decimal.ok && rules(decimal.value.value)).toEqual([]);
});

test('[FV21] what leads nowhere is accepted, whatever its form', () => {
  const of = (reference: string): readonly string[] =>
    rules({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference } });
  for (const text of [
    'Patient/nobody',
    'https://elsewhere.org/fhir/Patient/1',
    'https://elsewhere.org/some/thing',
    'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7',
    'urn:oid:1.2.3',
    'Patient?identifier=http://x.org|1',
  ])
    expect(of(text), text).toEqual([]);
});

test('[FV22] a fragment in a contained resource resolves in the container, and # is the container', () => {
  const value = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    contained: [
      { resourceType: 'Patient', id: 'p', managingOrganization: { reference: '#o' } },
      { resourceType: 'Organization', id: 'o', name: 'x' },
      {
        resourceType: 'Provenance',
        id: 'v',
        target: [{ reference: '#' }],
        recorded: '2024-01-01T00:00:00Z',
        agent: [{ who: { reference: '#o' } }],
      },
    ],
    subject: { reference: '#p' },
  };
  expect(rules(value)).toEqual([]);
});

test('[FV28] cheap warnings come by default, advice on demand', () => {
  const value = { resourceType: 'Patient', active: true };
  expect(validateResource(value)).toEqual([]);
  expect(validateResource(value, { bestPractice: true })).toEqual([
    expect.objectContaining({ severity: 'warning', rule: 'dom-6', path: 'Patient' }),
  ]);
  const library = { resourceType: 'Library', name: 'bad name', status: 'draft', type: { text: 'x' } };
  expect(validateResource(library).map((it) => [it.severity, it.rule])).toEqual([['warning', 'lib-0']]);
});

test('[FV29] an expression that says it is FHIRPath and is not gets a warning', () => {
  const value = {
    resourceType: 'Library',
    status: 'draft',
    type: { text: 'x' },
    dataRequirement: [{ type: 'Patient' }],
    extension: [{ url: 'http://x.org/y', valueExpression: { language: 'text/fhirpath', expression: '$ and x' } }],
  };
  expect(validateResource(value).map((it) => [it.severity, it.rule])).toEqual([['warning', 'expression-syntax']]);
});
