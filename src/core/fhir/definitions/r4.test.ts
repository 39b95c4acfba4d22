import { expect, test } from 'vitest';
import { definitions } from './r4.ts';

const element = (type: string, name: string) => definitions.type(type)?.elements.find((it) => it.name === name);

test('[FV1] there are the 146 resource types of R4, and none of a later version or of another maker', () => {
  expect(definitions.resourceTypes).toHaveLength(146);
  expect(definitions.resourceTypes).toEqual(definitions.resourceTypes.toSorted());
  for (const name of ['SubscriptionStatus', 'MetadataResource', 'DomainResource', 'Resource', 'Project', '__proto__'])
    expect(definitions.resourceTypes).not.toContain(name);
  for (const name of ['Project', '__proto__', 'constructor', 'toString', 'SubscriptionStatus'])
    expect(definitions.type(name)).toBeUndefined();
  const names = (type: string) => definitions.type(type)?.elements.map((it) => it.name);
  expect(names('Meta')).toEqual([
    'id',
    'extension',
    'versionId',
    'lastUpdated',
    'source',
    'profile',
    'security',
    'tag',
  ]);
  expect(names('Binary')).toEqual([
    'id',
    'meta',
    'implicitRules',
    'language',
    'contentType',
    'securityContext',
    'data',
  ]);
  expect(names('EvidenceVariable.characteristic')).toContain('usageContext');
});

test('[FV1] elements say cardinality, types, targets, bindings and flags as the standard does', () => {
  expect(element('Patient', 'gender')).toMatchObject({
    min: 0,
    max: 1,
    types: [{ code: 'code' }],
    binding: 'http://hl7.org/fhir/ValueSet/administrative-gender',
    summary: true,
    modifier: false,
  });
  expect(element('Patient', 'contact')).toMatchObject({ max: Infinity, types: [{ code: 'Patient.contact' }] });
  expect(element('Patient', 'deceased')).toMatchObject({
    choice: true,
    modifier: true,
    types: [{ code: 'boolean' }, { code: 'dateTime' }],
  });
  expect(element('Observation', 'specimen')?.types).toEqual([{ code: 'Reference', targets: ['Specimen'] }]);
  expect(element('Observation', 'focus')?.types).toEqual([{ code: 'Reference' }]);
  expect(element('Observation.referenceRange', 'low')?.types).toEqual([
    { code: 'Quantity', profile: 'SimpleQuantity' },
  ]);
  expect(element('Bundle.entry', 'link')?.types).toEqual([{ code: 'Bundle.link' }]);
  expect(element('AuditEvent.source', 'observer')?.types[0]?.targets).not.toContain('Subscription');
  expect(definitions.type('Age')).toMatchObject({ kind: 'complex', base: 'Quantity' });
  expect(definitions.type('code')).toMatchObject({ kind: 'primitive', base: 'string' });
  expect(definitions.type('Patient.contact')).toMatchObject({ kind: 'backbone', base: 'BackboneElement' });
  expect(definitions.type('Patient')?.invariants.map((it) => it.key)).toContain('dom-2');
  expect(definitions.type('Patient.contact')?.invariants.map((it) => it.key)).toEqual(['ele-1', 'pat-1']);
  expect(element('Organization', 'telecom')?.invariants.map((it) => it.key)).toEqual(['org-3']);
});

test('[FV1] every type that an element names exists', () => {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const type = definitions.type(name);
    expect(type, name).toBeDefined();
    for (const it of type?.elements ?? []) for (const ref of it.types) visit(ref.code);
  };
  for (const name of definitions.resourceTypes) visit(name);
  expect(seen.size).toBeGreaterThan(650);
});

test('[FV2] codes of required value sets can be looked up with and without their system', () => {
  const codes = definitions.codes('http://hl7.org/fhir/ValueSet/administrative-gender');
  expect(codes?.has('female')).toBe(true);
  expect(codes?.has('http://hl7.org/fhir/administrative-gender|female')).toBe(true);
  expect(codes?.has('F')).toBe(false);
  expect(definitions.codes('http://hl7.org/fhir/ValueSet/currencies')).toBeUndefined();
  expect(definitions.codes('http://hl7.org/fhir/ValueSet/resource-types')?.has('Project')).toBe(false);
  expect(definitions.codes('__proto__')).toBeUndefined();
});

test('[FV3] search parameters are cut to their type and include those of every resource', () => {
  const uses = definitions.resourceTypes.map((type) => {
    const own = [...definitions.searchParams(type).values()];
    for (const it of own)
      if (it.expression !== '')
        expect(it.expression, `${type} ${it.code}`).toMatch(new RegExp(`\\b(${type}|Resource|DomainResource)\\b`));
    return own.filter((it) => !it.code.startsWith('_')).length;
  });
  expect(uses.reduce((a, b) => a + b, 0)).toBe(1699);
  const patient = definitions.searchParams('Patient');
  expect(patient.get('_id')?.expression).toBe('Resource.id');
  expect([...patient.keys()].filter((it) => it.startsWith('_')).toSorted()).toEqual([
    '_content',
    '_id',
    '_lastUpdated',
    '_profile',
    '_security',
    '_source',
    '_tag',
    '_text',
  ]);
  expect(definitions.searchParams('Bundle').has('_text')).toBe(false);
  expect(definitions.searchParams('Observation').get('patient')).toEqual({
    code: 'patient',
    url: 'http://hl7.org/fhir/SearchParameter/clinical-patient',
    type: 'reference',
    expression: 'Observation.subject.where(resolve() is Patient)',
    targets: ['Patient'],
  });
  expect(definitions.searchParams('Observation').get('code-value-quantity')?.components).toEqual([
    { code: 'code', expression: 'code' },
    { code: 'value-quantity', expression: 'value.as(Quantity)' },
  ]);
  expect(definitions.searchParams('InsurancePlan').get('name')?.expression).toBe(
    'InsurancePlan.name | InsurancePlan.alias',
  );
  expect(definitions.searchParams('Nonsense').size).toBe(0);
});

test('[FV4] compartments say by which parameters a type is a member', () => {
  expect(definitions.compartmentParams('Patient', 'Observation')).toEqual(['subject', 'performer']);
  expect(definitions.compartmentParams('Patient', 'Organization')).toEqual([]);
  expect(definitions.compartmentParams('Encounter', 'Encounter')).toEqual([]);
  expect(definitions.compartmentParams('Practitioner', 'Appointment')).toEqual(['actor']);
  expect(definitions.compartmentParams('constructor', 'Patient')).toEqual([]);
});
