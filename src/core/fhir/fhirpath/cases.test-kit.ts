// A made-up patient and observation, and how a table of cases is read. Of the project's own; no data from elsewhere.
import { compilePath } from './compile.ts';
import { FhirPathError } from './fhirpath.ts';
import type { JsonValue, ResourceJson } from '../../base/json-types.ts';

/** An expression and the values that it has on `patient`; 'compile' or 'run' where it must be refused then. */
export type Case = readonly [expression: string, expected: readonly JsonValue[] | 'compile' | 'run'];

export const patient: ResourceJson = {
  resourceType: 'Patient',
  id: 'p1',
  meta: { profile: ['http://example.org/profile'], tag: [{ code: 't' }] },
  contained: [{ resourceType: 'Organization', id: 'org', name: 'Hill Clinic' }],
  extension: [
    {
      url: 'http://example.org/weight',
      valueQuantity: { value: 5, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
    },
    { url: 'http://example.org/note', valueString: 'a note' },
  ],
  active: true,
  name: [
    { use: 'official', family: 'Okafor', given: ['Ada', 'Ngozi'], period: { start: '2001-05', end: '2001-05-20' } },
    {
      use: 'usual',
      given: ['Ada'],
      _given: [{ extension: [{ url: 'http://example.org/sound', valueString: 'AH-dah' }] }],
    },
    { use: 'old', family: 'Bello', given: ['Ada', 'Ngozi'] },
  ],
  telecom: [
    { system: 'phone', value: '555-0100', rank: 1 },
    { system: 'email', value: 'ada@example.org' },
  ],
  gender: 'female',
  birthDate: '1974-12-25',
  _birthDate: { extension: [{ url: 'http://example.org/time', valueDateTime: '1974-12-25T14:35:45-05:00' }] },
  _deceasedBoolean: { extension: [{ url: 'http://example.org/unknown', valueCode: 'asked' }] },
  multipleBirthInteger: 2,
  contact: [
    {
      relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0131', code: 'N' }] }],
      name: { family: 'Eze' },
    },
  ],
  generalPractitioner: [
    { reference: 'Practitioner/7', display: 'Dr Bright' },
    { reference: 'http://example.org/fhir/Organization/9/_history/2' },
    { reference: '#org' },
    { type: 'PractitionerRole', identifier: { value: 'x' } },
    { reference: 'urn:uuid:7e1cfdc1-6c33-4a5a-8b4d-1d4a5a7f2c11' },
  ],
  managingOrganization: { reference: '#org' },
};

/** 2024-02-29T12:30:15.250Z */
export const now = 1_709_209_815_250;

export function evaluate(
  expression: string,
  resource: ResourceJson = patient,
): readonly JsonValue[] | 'compile' | 'run' {
  let path;
  try {
    path = compilePath(expression);
  } catch (thrown) {
    if (thrown instanceof FhirPathError) return 'compile';
    throw thrown;
  }
  try {
    return path({ resource, now }).map(({ value }) => value);
  } catch (thrown) {
    if (thrown instanceof FhirPathError) return 'run';
    throw thrown;
  }
}
