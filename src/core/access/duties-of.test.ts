import { expect, test } from 'vitest';
import type { JsonObject, ResourceJson } from '../base/json-types.ts';
import { dutiesOf, placesWithin } from './duties-of.ts';
import { ROLE_SYSTEM } from './names.ts';
import { concept, day, NOW } from './small-hospital.test-kit.ts';

const HL7 = 'http://terminology.hl7.org/CodeSystem/practitioner-role';
const role = (more: JsonObject): ResourceJson => ({
  resourceType: 'PractitionerRole',
  id: 'r',
  active: true,
  practitioner: { reference: 'Practitioner/me' },
  organization: { reference: 'Organization/site' },
  code: [concept(ROLE_SYSTEM, 'nurse')],
  location: [{ reference: 'Location/ward-a' }],
  ...more,
});
const rolesOf = (more: JsonObject) => dutiesOf([role(more)], NOW).map((duty) => duty.role);

test('[AC27] an active role gives a duty at its site and places', () => {
  expect(dutiesOf([role({})], NOW)).toEqual([
    {
      id: 'PractitionerRole/r',
      role: 'nurse',
      site: 'Organization/site',
      places: ['Location/ward-a'],
      supervisor: false,
    },
  ]);
});

test('[AC27] our codes for staff and four of HL7; patient, service and what is unknown give nothing', () => {
  expect(rolesOf({ code: [concept(ROLE_SYSTEM, 'ward-clerk'), concept(ROLE_SYSTEM, 'receptionist')] })).toEqual([
    'ward-clerk',
    'receptionist',
  ]);
  expect(rolesOf({ code: [concept(HL7, 'doctor'), concept(ROLE_SYSTEM, 'doctor')] })).toEqual(['doctor']);
  expect(rolesOf({ code: [concept(HL7, 'ict')] })).toEqual(['it']);
  for (const code of ['patient', 'service', 'supervisor', 'constructor', 'Nurse'])
    expect(rolesOf({ code: [concept(ROLE_SYSTEM, code)] })).toEqual([]);
  expect(rolesOf({ code: [concept('urn:x', 'doctor')] })).toEqual([]);
  expect(rolesOf({ code: [concept(HL7, 'receptionist')] })).toEqual([]);
  expect(dutiesOf([{ resourceType: 'PractitionerRole' }], NOW)).toEqual([]);
  expect(dutiesOf([{ ...role({}), resourceType: 'Practitioner' }], NOW)).toEqual([]);
});

test('[AC27] supervisor is a code beside a role', () => {
  const [duty] = dutiesOf([role({ code: [concept(ROLE_SYSTEM, 'nurse'), concept(ROLE_SYSTEM, 'supervisor')] })], NOW);
  expect(duty).toMatchObject({ role: 'nurse', supervisor: true });
  expect(
    dutiesOf([role({ code: [concept(ROLE_SYSTEM, 'nurse'), concept('urn:x', 'supervisor')] })], NOW)[0]?.supervisor,
  ).toBe(false);
});

test('[AC27] only while it is active and its period runs', () => {
  expect(rolesOf({ active: false })).toEqual([]);
  expect(rolesOf({ period: { start: day(-1), end: day(1) } })).toEqual(['nurse']);
  expect(rolesOf({ period: { start: day(1) } })).toEqual([]);
  expect(rolesOf({ period: { end: day(-0.0001) } })).toEqual([]);
  expect(rolesOf({ period: { end: '2026-11-23' } })).toEqual(['nurse']);
  expect(rolesOf({ period: { end: '2026-11-22' } })).toEqual([]);
  expect(rolesOf({ period: {} })).toEqual(['nurse']);
  expect(rolesOf({ period: { end: 'soon' } })).toEqual([]);
  expect(rolesOf({ period: 'odd' })).toEqual([]);
});

const place = (id: string, partOf?: string): ResourceJson => ({
  resourceType: 'Location',
  id,
  ...(partOf === undefined ? {} : { partOf: { reference: `Location/${partOf}` } }),
});

test('[AC28] places come with all places below them, however deep, and rings end', () => {
  const locations = [
    place('site'),
    place('ward-a', 'site'),
    place('bay', 'ward-a'),
    place('bed-1', 'bay'),
    place('bed-2', 'bay'),
    place('ward-b', 'site'),
  ];
  expect(placesWithin(['Location/ward-a'], locations)).toEqual([
    'Location/bay',
    'Location/bed-1',
    'Location/bed-2',
    'Location/ward-a',
  ]);
  expect(placesWithin(['Location/site'], locations)).toHaveLength(6);
  expect(placesWithin([], locations)).toEqual([]);
  expect(placesWithin(['Location/x'], [place('x', 'y'), place('y', 'x'), place('z', 'z')])).toEqual([
    'Location/x',
    'Location/y',
  ]);
  expect(dutiesOf([role({})], NOW, locations)[0]?.places).toHaveLength(4);
});

test('[AC28] references that name no Location of this server by id are no places', () => {
  const location = [
    { reference: 'https://elsewhere.org/fhir/Location/1' },
    { display: 'ward' },
    { reference: 'Organization/1' },
    { reference: 'Location/ok/_history/2' },
  ];
  expect(dutiesOf([role({ location, organization: { display: 'x' } })], NOW)[0]).toEqual({
    id: 'PractitionerRole/r',
    role: 'nurse',
    places: ['Location/ok'],
    supervisor: false,
  });
});
