import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../base/json-types.ts';
import { accessOf } from './access-of.ts';
import type { Principal } from './principal.ts';
import { SENSITIVE_LABELS, SENSITIVITY_CODES, SHUTTING_CATEGORIES } from './sensitivity.ts';
import {
  about,
  by,
  concept,
  day,
  doctor,
  duty,
  hospital,
  label,
  medicine,
  note,
  NOW,
  nurse,
  patient,
  principal,
  service,
  stay,
  type Hospital,
} from './small-hospital.test-kit.ts';

const me = { reference: 'Practitioner/me' };
const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const pharmacist = principal([duty('pharmacist')]);
const onTeam: readonly [string, JsonObject] = [
  'CareTeam/t',
  { status: 'active', ...about('Patient/p1'), participant: [{ member: me }] },
];
const P1 = ['Patient/p1', 'Flag/flag-p1', 'AllergyIntolerance/al-p1', 'MedicationRequest/rx-p1', 'Composition/note-p1'];
const ALWAYS = P1.slice(0, 3);
const MEDICINES_TOO = P1.slice(0, 4);

describe('never a blind clinician', () => {
  test.each(['nurse', 'doctor', 'pharmacist', 'laboratory', 'imaging'] as const)(
    '[AC11] %s sees identity, flags and allergies of every patient, whatever label and consent there is',
    async (role) => {
      const house = await hospital(
        ['AllergyIntolerance/secret', { patient: { reference: 'Patient/p4' }, ...label('act', 'HIV') }],
        ['Consent/c', consent('Patient/p4', 'OPTOUT')],
        ['Consent/d', consent('Patient/p4', 'OPTOUT', 'Practitioner/me')],
      );
      await house.add('Patient/p4', label('conf', 'V'));
      const names = [
        'Patient/p4',
        'Flag/flag-p4',
        'AllergyIntolerance/al-p4',
        'AllergyIntolerance/secret',
        'Device/pacemaker',
        'Device/pump',
      ];
      expect(await house.sees(principal([duty(role)]), names)).toEqual(names);
      expect(await house.sees(principal([duty(role)]), ['Composition/note-p4', 'MedicationRequest/rx-p4'])).toEqual([]);
    },
  );

  test('[AC11] others see no flag, no allergy, and Devices of no patient', async () => {
    const house = await hospital();
    const names = ['Patient/p4', 'Flag/flag-p4', 'AllergyIntolerance/al-p4', 'Device/pacemaker', 'Device/pump'];
    for (const role of ['receptionist', 'ward-clerk', 'billing', 'incident-lead'] as const) {
      expect(await house.sees(principal([duty(role)]), names), role).toEqual(['Patient/p4', 'Device/pump']);
    }
    expect(await house.sees(principal([duty('it')]), names)).toEqual(['Device/pump']);
  });

  test('[AC12] medicines of a patient in reach are seen whatever their labels say', async () => {
    const house = await hospital(
      ['MedicationRequest/prep', medicine('Patient/p1', label('act', 'HIV'))],
      ['MedicationStatement/methadone', { status: 'active', ...about('Patient/p1'), ...label('conf', 'R') }],
      ['MedicationRequest/other', medicine('Patient/p5', label('act', 'HIV'))],
    );
    const names = ['MedicationRequest/prep', 'MedicationStatement/methadone', 'MedicationRequest/other'];
    for (const who of [nurse, doctor, pharmacist]) expect(await house.sees(who, names)).toEqual(names.slice(0, 2));
    expect(await house.sees(principal([duty('laboratory')]), names)).toEqual([]);
  });

  test('[AC13] care shows the Patients whose record is in reach, by relationship alone', async () => {
    const house = await hospital(['Composition/secret', note('Patient/p1', label('conf', 'V'))]);
    const patients = ['p1', 'p2', 'p3', 'p4', 'p5'].map((p) => `Patient/${p}`);
    const care = (who: Principal) => {
      const { care } = accessOf(who, NOW);
      if (care === undefined) throw new Error('no care');
      return care;
    };
    expect(await house.sees(care(nurse), patients)).toEqual(['Patient/p1']);
    expect(await house.sees(care(doctor), patients)).toEqual(['Patient/p1', 'Patient/p2']);
    expect(await house.sees(care(principal([duty('laboratory')])), patients)).toEqual(['Patient/p1', 'Patient/p2']);
    expect(await house.sees(care(nurse), ['Composition/note-p1'])).toEqual([]);
    const narrow = { ...nurse, scopes: ['patient/Observation.rs'], launchPatient: 'Patient/p1' };
    expect(await house.sees(care(narrow), patients)).toEqual(['Patient/p1']);
    await house.add('Patient/p1', label('act', 'EMP'));
    expect(await house.sees(care(nurse), patients)).toEqual([]);
    expect(await house.sees(nurse, ['Patient/p1'])).toEqual(['Patient/p1']);
    for (const role of ['receptionist', 'it', 'billing', 'ward-clerk'] as const) {
      expect(accessOf(principal([duty(role)]), NOW).care).toBeUndefined();
    }
  });
});

describe('labels on a resource', () => {
  test('[AC14] each of them hides it from reach, not from the team', async () => {
    const labels = [label('conf', 'R'), label('conf', 'V'), ...SENSITIVITY_CODES.map((code) => label('act', code))];
    const rows = labels.map((each, i): [string, JsonObject] => [`Composition/s${i}`, note('Patient/p1', each)]);
    const house = await hospital(...rows, ['Composition/normal', note('Patient/p1', label('conf', 'N'))]);
    const names = [...rows.map(([name]) => name), 'Composition/normal'];
    expect(rows).toHaveLength(SENSITIVE_LABELS.length);
    for (const who of [nurse, doctor, pharmacist]) expect(await house.sees(who, names)).toEqual(['Composition/normal']);
    await house.add(...onTeam);
    for (const who of [nurse, doctor, pharmacist]) expect(await house.sees(who, names)).toEqual(names);
  });

  test('[AC14] in reach a sensitive note may be written, and is then hidden from its writer', async () => {
    const house = await hospital();
    const secret = note('Patient/p1', label('conf', 'R'));
    expect(await house.may(nurse, 'create', 'Composition/new', secret)).toBe(true);
    expect(await house.may(nurse, 'update', 'Composition/note-p1', secret)).toBe(true);
    expect(await house.may(nurse, 'create', 'Composition/new', note('Patient/p2', label('conf', 'R')))).toBe(false);
    await house.add('Composition/note-p1', secret);
    expect(await house.sees(nurse, ['Composition/note-p1'])).toEqual([]);
  });
});

describe('a record that asks for more', () => {
  const cases: readonly (readonly [string, string, JsonObject])[] = [
    ['a member of staff', 'Patient/p1', label('act', 'EMP')],
    ['somebody whom everybody knows', 'Patient/p1', label('act', 'CEL')],
    ['a restricted patient', 'Patient/p1', label('conf', 'R')],
    ['a very restricted patient', 'Patient/p1', label('conf', 'V')],
    ...SHUTTING_CATEGORIES.map((code): readonly [string, string, JsonObject] => [
      `a consent ${code}`,
      'Consent/c',
      consent('Patient/p1', code),
    ]),
  ];
  test.each(cases)('[AC15] %s: the team sees it all, others what CR2 and CR4 leave them', async (_, name, content) => {
    const house = await hospital([
      name === 'Patient/p1' ? 'Basic/x' : name,
      name === 'Patient/p1' ? { code: { text: 'x' } } : content,
    ]);
    if (name === 'Patient/p1') await house.add(name, content);
    expect(await house.sees(nurse, P1)).toEqual(MEDICINES_TOO);
    expect(await house.sees(doctor, P1)).toEqual(MEDICINES_TOO);
    expect(await house.may(doctor, 'create', 'Encounter/new', stay('Patient/p1', by('site')))).toBe(false);
    expect(await house.may(doctor, 'create', 'Encounter/new', stay('Patient/p2', by('site')))).toBe(true);
    await house.add(...onTeam);
    expect(await house.sees(nurse, P1)).toEqual(P1);
  });

  test('[AC15] a consent that is not active, or of another kind, hides nothing', async () => {
    for (const content of [
      { ...consent('Patient/p1', 'OPTOUT'), status: 'inactive' },
      consent('Patient/p1', 'OPTIN'),
      { ...consent('Patient/p1', 'OPTOUT'), category: [concept('urn:x', 'OPTOUT')] },
    ]) {
      expect(await (await hospital(['Consent/c', content])).sees(nurse, P1)).toEqual(P1);
    }
  });

  test('[AC16] a consent that names the practitioner takes them out of reach, team or not, medicines too', async () => {
    const house = await hospital(onTeam, ['Consent/c', consent('Patient/p1', 'OPTOUT', 'Practitioner/me')]);
    expect(await house.sees(nurse, P1)).toEqual(ALWAYS);
    expect(await house.sees(doctor, P1)).toEqual(ALWAYS);
    expect(await house.sees({ ...nurse, who: 'Practitioner/other' }, P1)).toEqual(P1);
    expect(await house.may(nurse, 'create', 'Composition/new', note('Patient/p1'))).toBe(false);
  });

  test('[AC16] a consent that names them otherwise shuts nobody out', async () => {
    const named = consent('Patient/p1', 'OPTOUT', 'Practitioner/me');
    for (const content of [{ ...named, status: 'inactive' }, consent('Patient/p1', 'OPTIN', 'Practitioner/me')]) {
      expect(await (await hospital(['Consent/c', content])).sees(nurse, P1)).toEqual(P1);
    }
  });

  test('[AC16] by a role of theirs, too', async () => {
    const house = await hospital(['Consent/c', consent('Patient/p1', 'EMRGONLY', 'PractitionerRole/mine')]);
    expect(await house.sees(principal([duty('nurse', { id: 'PractitionerRole/mine' })]), P1)).toEqual(ALWAYS);
    expect(await house.sees(nurse, P1)).toEqual(P1);
  });

  test('[AC17] staff can be admitted, booked and billed; labels on the resource itself still hide it', async () => {
    const house = await hospital(['Encounter/secret', stay('Patient/p1', { ...by('site'), ...label('act', 'PSY') })]);
    await house.add('Patient/p1', label('act', 'EMP'));
    for (const role of ['ward-clerk', 'receptionist', 'billing', 'incident-lead'] as const) {
      const clerk = principal([duty(role)]);
      expect(await house.sees(clerk, ['Patient/p1', 'Encounter/e1', 'Encounter/secret']), role).toEqual([
        'Patient/p1',
        'Encounter/e1',
      ]);
    }
    expect(
      await house.may(principal([duty('ward-clerk')]), 'create', 'Encounter/n', stay('Patient/p1', by('site'))),
    ).toBe(true);
  });

  test('[AC17] a department sees what it was asked to do, and of others what anybody would', async () => {
    const lab = (more: JsonObject = {}): JsonObject => ({
      status: 'final',
      code: { text: 'K' },
      category: [concept('http://terminology.hl7.org/CodeSystem/observation-category', 'laboratory')],
      ...about('Patient/p1'),
      ...more,
    });
    const vital = {
      ...lab(),
      category: [concept('http://terminology.hl7.org/CodeSystem/observation-category', 'vital-signs')],
    };
    const house = await hospital(
      ['Observation/lab', lab()],
      ['Observation/hiv', lab(label('act', 'HIV'))],
      ['Observation/vital', vital],
      ['Observation/far', lab(about('Patient/p5'))],
      ['Specimen/s', { ...about('Patient/p1'), ...label('act', 'HIV') }],
    );
    const names = ['Observation/lab', 'Observation/hiv', 'Observation/vital', 'Observation/far', 'Specimen/s'];
    const scientist = principal([duty('laboratory')]);
    const radiographer = principal([duty('imaging')]);
    expect(await house.sees(scientist, names)).toEqual(['Observation/lab', 'Observation/hiv', 'Specimen/s']);
    expect(await house.sees(radiographer, names)).toEqual(['Observation/lab']);
    await house.add('Patient/p1', label('act', 'EMP'));
    expect(await house.sees(scientist, names)).toEqual(['Observation/lab', 'Observation/hiv', 'Specimen/s']);
    expect(await house.sees(radiographer, names)).toEqual([]);
    expect(await house.may(scientist, 'create', 'Observation/n', lab())).toBe(true);
    expect(await house.may(scientist, 'create', 'Observation/n', vital)).toBe(false);
    expect(await house.may(radiographer, 'create', 'Observation/n', lab())).toBe(false);
  });
});

test('[AC31] what carries a label of the node is seen and written by nobody', async () => {
  const own = (code: string): JsonObject => ({
    meta: { security: [{ system: 'https://holdfast.example/fhir/CodeSystem/security', code }] },
  });
  const house: Hospital = await hospital(
    ['Basic/account', { code: { text: 'x' }, ...own('credential') }],
    ['Binary/batch', { contentType: 'text/plain', ...own('audit-batch') }],
    ['Patient/odd', own('credential')],
  );
  const names = ['Basic/account', 'Binary/batch', 'Patient/odd'];
  expect(await house.sees(patient('odd'), names)).toEqual([]);
  const roles = [
    'nurse',
    'doctor',
    'pharmacist',
    'laboratory',
    'imaging',
    'it',
    'billing',
    'receptionist',
    'ward-clerk',
  ] as const;
  for (const who of [service, ...roles.map((role) => principal([duty(role, { supervisor: true })]))]) {
    expect(await house.sees(who, names), who.duties[0]?.role ?? '').toEqual([]);
    expect(await house.may(who, 'create', 'Patient/new', own('credential'))).toBe(false);
  }
});

function consent(patient: string, category: string, actor?: string): JsonObject {
  return {
    status: 'active',
    scope: { text: 'privacy' },
    category: [concept(ACT, category)],
    patient: { reference: patient },
    dateTime: day(-1),
    ...(actor === undefined
      ? {}
      : { provision: { actor: [{ role: { text: 'x' }, reference: { reference: actor } }] } }),
  };
}
