import { expect, test } from 'vitest';
import type { JsonObject } from '../base/json-types.ts';
import { compartmentMembership, homeCompartment, homeParams } from './compartment.ts';
import { definitions } from './definitions/r4.ts';
import { extract } from './search/extract.ts';
import { paramInfos } from './search/param-info.ts';

const home = (resourceType: string, content: JsonObject) => homeCompartment({ resourceType, ...content });
const to = (reference: string) => ({ reference });

test('[FS12] the home is told by the resource alone, with this server’s base URLs', () => {
  const subject = to('http://a.org/fhir/Patient/1');
  expect(homeCompartment({ resourceType: 'Observation', subject }, { baseUrls: ['http://a.org/fhir'] })).toBe(
    'Patient/1',
  );
  expect(home('Observation', { subject })).toBe('');
  expect(home('Observation', { subject: to('Patient/1/_history/3') })).toBe('Patient/1');
  expect(home('Observation', { subject: to('#p'), contained: [{ resourceType: 'Patient', id: 'p' }] })).toBe('');
  expect(home('NoSuchType', { subject: to('Patient/1') })).toBe('');
});

test('[FS13] whom it is about comes before who did it', () => {
  expect(home('Patient', { id: '1', link: [{ other: to('Patient/2') }] })).toBe('Patient/1');
  expect(home('Observation', { performer: [to('Patient/2')], subject: to('Patient/1') })).toBe('Patient/1');
  expect(home('Observation', { performer: [to('Practitioner/1'), to('Patient/2')], subject: to('Group/1') })).toBe(
    'Patient/2',
  );
  expect(home('Coverage', { policyHolder: to('Patient/2'), beneficiary: to('Patient/1') })).toBe('Patient/1');
  const participant = [{ actor: to('Practitioner/9') }, { actor: to('Patient/1') }, { actor: to('Patient/2') }];
  expect(home('Appointment', { participant })).toBe('Patient/1');
  expect(home('Organization', { name: 'x' })).toBe('');
});

test('[FS13] groups and devices have no home; tasks, contracts and guidance have their patient’s', () => {
  expect(home('Group', { member: [{ entity: to('Patient/1') }] })).toBe('');
  expect(home('Device', { patient: to('Patient/1') })).toBe('');
  expect(home('Task', { for: to('Patient/1'), owner: to('Patient/2') })).toBe('Patient/1');
  expect(home('Contract', { subject: [to('Organization/1'), to('Patient/1')] })).toBe('Patient/1');
  expect(home('GuidanceResponse', { subject: to('Patient/1') })).toBe('Patient/1');
});

test('[FS13] a binary is of the patient that its security context names', () => {
  expect(home('Binary', { securityContext: to('Patient/1') })).toBe('Patient/1');
  expect(home('Binary', { securityContext: to('Patient/1/_history/2') })).toBe('Patient/1');
  for (const securityContext of [
    to('DocumentReference/1'),
    to('#p'),
    { display: 'Patient/1' },
    'Patient/1',
    [to('Patient/1')],
    null,
  ]) {
    expect(home('Binary', { securityContext })).toBe('');
  }
  expect(home('Binary', {})).toBe('');
});

test('[FS14] home parameters read the one element that is asked first, and it does not repeat', () => {
  expect(homeParams('Observation')).toEqual(['patient', 'subject']);
  expect(homeParams('AllergyIntolerance')).toEqual(['patient']);
  expect(homeParams('Coverage')).toEqual(['beneficiary', 'patient']);
  for (const type of ['Appointment', 'Account', 'Patient', 'Group', 'Provenance', 'Organization', 'NoSuchType']) {
    expect(homeParams(type), type).toEqual([]);
  }
});

test('[FS14] no resource that a home parameter finds has another home, whatever its other references say', () => {
  let tried = 0;
  for (const type of definitions.resourceTypes) {
    for (const code of homeParams(type)) {
      const resource: Record<string, unknown> = { resourceType: type };
      // Every other element that may name a patient names another one.
      for (const { branches, targets, type: kind } of paramInfos(type).values()) {
        if (kind !== 'reference' || !targets.includes('Patient')) continue;
        for (const { edges } of branches ?? []) {
          const [first] = edges;
          if (edges.length === 1 && first !== undefined) resource[first.member] = to('Patient/other');
        }
      }
      const member = paramInfos(type).get(code)?.branches?.[0]?.edges[0]?.member ?? '';
      resource[member] = to('Patient/asked');
      const built = resource as JsonObject & { resourceType: string };
      const found = extract(built).some(
        (entry) => entry.kind === 'reference' && entry.param === code && entry.id === 'asked',
      );
      expect(found, `${type}.${code}`).toBe(true);
      expect(homeCompartment(built), `${type}.${code}`).toBe('Patient/asked');
      tried += 1;
    }
  }
  expect(tried).toBeGreaterThan(80);
});

test('[FS15] membership is what the compartment definitions say', () => {
  const resource = {
    resourceType: 'Observation',
    id: 'o',
    subject: to('Patient/1'),
    encounter: to('Encounter/2'),
    performer: [to('Patient/3'), to('Practitioner/4'), to('Organization/5')],
    focus: [to('Patient/6')],
  };
  expect(compartmentMembership(resource)).toEqual(['Encounter/2', 'Patient/1', 'Patient/3', 'Practitioner/4']);
  expect(compartmentMembership({ resourceType: 'Encounter', id: 'e' })).toEqual(['Encounter/e']);
  expect(compartmentMembership({ resourceType: 'Task', for: to('Patient/1') })).toEqual([]);
  expect(compartmentMembership({ resourceType: 'NoSuchType' })).toEqual([]);
});
