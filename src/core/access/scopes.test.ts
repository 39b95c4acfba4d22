import { array, assert, asyncProperty, constantFrom, record, uniqueArray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../base/json-types.ts';
import { accessOf } from './access-of.ts';
import { ROLES, type Principal } from './principal.ts';
import { keyOf } from '../record/contract/scribe.test-kit.ts';
import { ACTIONS } from './roles.ts';
import { grantableScopes, parseScope } from './scopes.ts';
import {
  about,
  concept,
  doctor,
  duty,
  hospital,
  NOW,
  nurse,
  patient,
  principal,
  service,
} from './small-hospital.test-kit.ts';

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const observation = (p: string, category: string): JsonObject => ({
  status: 'final',
  code: { text: 'x' },
  category: [concept(CATEGORY, category)],
  ...about(`Patient/${p}`),
});
const OBSERVATIONS = ['Observation/lab-p1', 'Observation/vital-p1', 'Observation/lab-p2'];
const house = hospital(
  ['Observation/lab-p1', observation('p1', 'laboratory')],
  ['Observation/vital-p1', observation('p1', 'vital-signs')],
  ['Observation/lab-p2', observation('p2', 'laboratory')],
  ['Practitioner/dr', { name: [{ family: 'Dr' }] }],
);
const scoped = (who: Principal, ...scopes: readonly string[]): Principal => ({ ...who, scopes });
const launched = (who: Principal, launchPatient: string, ...scopes: readonly string[]): Principal => ({
  ...who,
  scopes,
  launchPatient,
});

describe('reading them', () => {
  test.each([
    ['patient/Observation.read', 'rs'],
    ['patient/Observation.write', 'cud'],
    ['patient/Observation.*', 'cruds'],
    ['user/*.cruds', 'cruds'],
    ['system/Patient.rs', 'rs'],
    ['user/Patient.c', 'c'],
    ['user/Patient.us', 'us'],
  ])('[AC22] %s', (text, permissions) => {
    expect([...(parseScope(text)?.permissions ?? [])].join('')).toBe(permissions);
  });

  test.each([
    'patient/Observation.sr',
    'patient/Observation.',
    'patient/Observation',
    'patient/Nothing.rs',
    'Patient/Observation.rs',
    'user/Observation.rrs',
    'user/constructor.rs',
    'openid',
    'fhirUser',
    'launch',
    'launch/patient',
    'offline_access',
    '',
    'user/Observation.rs?',
    'user/Observation.rs?category',
    'user/Observation.rs?patient.name=x',
    'user/Observation.rs?_has:Observation:subject:code=x',
    'user/Observation.rs?nothing=x',
    'user/Observation.rs?code:in=urn:x',
    'user/Observation.rs?_include=x',
    'user/Observation.rs?date=ap2020',
    'user/Observation.rs?_text=x',
    'user/Observation.rs?_lastUpdated=2020',
    'user/Observation.rs?category=%',
    'user/Observation.read?category=x',
    'user/Observation.rs?_list=1',
    'user/*.rs?category=x',
  ])('[AC24] %s gives nothing', (text) => expect(parseScope(text)).toBeUndefined());

  test('[AC24] one that is dropped takes nothing from the others', async () => {
    const who = scoped(doctor, 'user/Observation.rs', 'user/Observation.rs?nothing=x', 'user/Nothing.rs', 'launch');
    expect(await (await house).sees(who, OBSERVATIONS)).toEqual(OBSERVATIONS);
  });
});

describe('narrowing', () => {
  test('[AC22] by type, by permission, by search parameters', async () => {
    const h = await house;
    const names = [...OBSERVATIONS, 'Composition/note-p1', 'Patient/p1'];
    expect(await h.sees(scoped(doctor, 'user/Observation.rs'), names)).toEqual(OBSERVATIONS);
    expect(await h.sees(scoped(doctor, 'user/Observation.cud'), names)).toEqual([]);
    expect(await h.sees(scoped(doctor), names)).toEqual([]);
    expect(await h.sees(scoped(doctor, `user/Observation.rs?category=${CATEGORY}|laboratory`), names)).toEqual([
      'Observation/lab-p1',
      'Observation/lab-p2',
    ]);
    const two = scoped(doctor, `user/Observation.rs?category=${CATEGORY}%7Cvital-signs`, 'user/Patient.r');
    expect(await h.sees(two, names)).toEqual(['Observation/vital-p1', 'Patient/p1']);
    expect(await h.sees(scoped(doctor, 'user/Observation.rs?category=laboratory&status=final'), OBSERVATIONS)).toEqual([
      'Observation/lab-p1',
      'Observation/lab-p2',
    ]);
    expect(
      await h.sees(scoped(doctor, 'user/Observation.rs?category=laboratory&status=amended'), OBSERVATIONS),
    ).toEqual([]);
    expect(await h.sees(scoped(doctor, 'user/*.read'), names)).toEqual(names);
  });

  test('[AC22] writes need their own permission, and meet the same parameters', async () => {
    const h = await house;
    const lab = observation('p1', 'laboratory');
    const ward = scoped(nurse, 'user/Observation.cu?category=vital-signs', 'user/Observation.rs');
    expect(await h.may(ward, 'create', 'Observation/n', observation('p1', 'vital-signs'))).toBe(true);
    expect(await h.may(ward, 'create', 'Observation/n', lab)).toBe(false);
    expect(await h.may(scoped(nurse, 'user/Observation.read'), 'create', 'Observation/n', lab)).toBe(false);
    expect(await h.may(scoped(nurse, 'user/Observation.write'), 'create', 'Observation/n', lab)).toBe(true);
    expect(
      await h.may(scoped(nurse, 'user/Observation.write'), 'create', 'Observation/n', observation('p2', 'laboratory')),
    ).toBe(false);
  });

  test('[AC23] patient/ is about the launch patient and what is of no patient', async () => {
    const h = await house;
    const names = [
      ...OBSERVATIONS,
      'Patient/p1',
      'Patient/p2',
      'Practitioner/dr',
      'Location/ward-a',
      'Task/trolley',
      'Device/pump',
      'Device/pacemaker',
    ];
    expect(await h.sees(launched(doctor, 'Patient/p1', 'patient/*.rs'), names)).toEqual([
      'Observation/lab-p1',
      'Observation/vital-p1',
      'Patient/p1',
      'Practitioner/dr',
      'Location/ward-a',
    ]);
    expect(await h.sees(launched(patient('p4'), 'Patient/p4', 'patient/*.read'), names)).toEqual([
      'Practitioner/dr',
      'Location/ward-a',
      'Device/pacemaker',
    ]);
    expect(await h.sees(launched(doctor, 'Patient/p5', 'patient/Observation.rs'), names)).toEqual([]);
    expect(await h.sees(launched(patient('p1'), 'Patient/p2', 'patient/Observation.rs'), names)).toEqual([]);
    expect(await h.sees(scoped(doctor, 'patient/*.rs'), names)).toEqual([]);
  });

  test('[AC23] system/ gives to services alone', async () => {
    const h = await house;
    expect(await h.sees(scoped(doctor, 'system/*.rs'), OBSERVATIONS)).toEqual([]);
    expect(await h.sees(scoped(service, 'system/Observation.rs'), [...OBSERVATIONS, 'Patient/p1'])).toEqual(
      OBSERVATIONS,
    );
  });

  const SCOPES = [
    'patient/*.rs',
    'patient/*.cruds',
    'patient/Observation.read',
    'patient/Device.rs',
    'user/*.cruds',
    'user/*.*',
    'user/Patient.rs',
    'user/Composition.cu',
    'user/Observation.rs?category=laboratory',
    'user/MedicationRequest.read',
    'system/*.cruds',
    'system/Task.rs',
    'user/*.rs?_security=x',
    'nonsense',
    'user/Basic.cruds',
    'patient/Encounter.rs?status=finished',
    'user/Location.r',
  ];
  const NAMES = [
    ...OBSERVATIONS,
    'Patient/p1',
    'Patient/p4',
    'Composition/note-p1',
    'Composition/note-p2',
    'Composition/note-p5',
    'MedicationRequest/rx-p1',
    'Encounter/e1',
    'Encounter/e3',
    'Task/trolley',
    'Device/pump',
    'Device/pacemaker',
    'Location/ward-a',
    'Flag/flag-p3',
    'AllergyIntolerance/al-p5',
  ];
  test('[AC22] whatever scopes there are, nothing is opened that the roles do not open', async () => {
    const h = await house;
    let narrowed = 0;
    let opened = 0;
    const everyone = record({
      roles: uniqueArray(constantFrom(...ROLES), { minLength: 1, maxLength: 2 }),
      scopes: array(constantFrom(...SCOPES), { maxLength: 4 }),
      launchPatient: constantFrom(undefined, 'Patient/p1', 'Patient/p4'),
    });
    await assert(
      asyncProperty(everyone, async ({ roles, scopes, launchPatient }) => {
        const whole = principal(
          roles.map((role) => duty(role)),
          roles.includes('patient') ? { who: 'Patient/p1' } : {},
        );
        const narrow = { ...whole, scopes, ...(launchPatient === undefined ? {} : { launchPatient }) };
        for (const action of ACTIONS) {
          const key = action === 'read' ? 'visible' : action;
          const all = new Set(await h.sees(accessOf(whole, NOW)[key], NAMES));
          const some = await h.sees(accessOf(narrow, NOW)[key], NAMES);
          expect(some.filter((name) => !all.has(name))).toEqual([]);
          if (some.length < all.size) narrowed += 1;
          opened += some.length;
        }
        for (const name of NAMES) {
          const asked = { name: 'read', type: keyOf(name).type };
          if (accessOf(whole, NOW).refuses(asked) !== undefined)
            expect(accessOf(narrow, NOW).refuses(asked)).toBeDefined();
        }
      }),
      { numRuns: 150 },
    );
    expect(narrowed).toBeGreaterThan(50);
    expect(opened).toBeGreaterThan(50);
  });
});

test('[AC25] searching needs s, reading by id needs r', () => {
  const refusal = (scope: string, name: string) =>
    accessOf(scoped(doctor, scope), NOW).refuses({ name, type: 'Observation' })?.by;
  for (const name of ['read', 'vread', 'history-instance']) {
    expect(refusal('user/Observation.r', name)).toBeUndefined();
    expect(refusal('user/Observation.s', name)).toBe('scope');
  }
  for (const name of ['search-type', 'history-type']) {
    expect(refusal('user/Observation.s', name)).toBeUndefined();
    expect(refusal('user/Observation.r', name)).toBe('scope');
  }
});

test('[AC26] what can be granted is what the roles could use', () => {
  const asked = [
    'openid',
    'launch/patient',
    'patient/Observation.rs',
    'user/MedicationRequest.c',
    'user/Basic.rs',
    'system/*.rs',
    'user/*.cruds',
    'user/Nothing.rs',
  ];
  expect(grantableScopes(asked, nurse.duties)).toEqual(['patient/Observation.rs', 'user/*.cruds']);
  expect(grantableScopes(asked, doctor.duties)).toEqual([
    'patient/Observation.rs',
    'user/MedicationRequest.c',
    'user/*.cruds',
  ]);
  expect(grantableScopes(asked, service.duties)).toEqual([
    'patient/Observation.rs',
    'user/MedicationRequest.c',
    'user/Basic.rs',
    'system/*.rs',
    'user/*.cruds',
  ]);
  expect(grantableScopes(asked, [])).toEqual([]);
});
