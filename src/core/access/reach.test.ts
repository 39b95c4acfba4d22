import { describe, expect, test } from 'vitest';
import {
  at,
  by,
  concept,
  day,
  doctor,
  duty,
  hospital,
  note,
  nurse,
  patient,
  principal,
  service,
  stay,
} from './small-hospital.test-kit.ts';

const NOTES = ['p1', 'p2', 'p3', 'p4', 'p5'].map((p) => `Composition/note-${p}`);
const notesOf = (...patients: readonly string[]) => patients.map((p) => `Composition/note-${p}`);
const me = { reference: 'Practitioner/me' };
const alone = principal([{ role: 'doctor', places: [], supervisor: false }]);

describe('team', () => {
  test('[AC5] who takes part in an encounter that goes on or ended up to 90 days ago', async () => {
    const finished = (ago: number) =>
      stay('Patient/p4', {
        status: 'finished',
        period: { start: day(-200), end: day(-ago) },
        participant: [{ individual: me }],
      });
    expect(await (await hospital(['Encounter/x', finished(89)])).sees(alone, NOTES)).toEqual(notesOf('p4'));
    expect(await (await hospital(['Encounter/x', finished(91)])).sees(alone, NOTES)).toEqual([]);
    const open = stay('Patient/p4', { period: { start: day(-400) }, participant: [{ individual: me }] });
    expect(await (await hospital(['Encounter/x', open])).sees(alone, NOTES)).toEqual(notesOf('p4'));
    const undated = stay('Patient/p4', { period: {}, participant: [{ individual: me }] });
    expect(await (await hospital(['Encounter/x', undated])).sees(alone, NOTES)).toEqual(notesOf('p4'));
    const mistaken = { ...open, status: 'entered-in-error' };
    expect(await (await hospital(['Encounter/x', mistaken])).sees(alone, NOTES)).toEqual([]);
  });

  test('[AC5] who is on the care team, is the general practitioner, or is named by a role', async () => {
    const team = (status: string) => ({
      status,
      subject: { reference: 'Patient/p5' },
      participant: [{ member: { reference: 'PractitionerRole/mine' } }],
    });
    const byRole = principal([duty('doctor', { id: 'PractitionerRole/mine', places: [], site: 'Organization/none' })]);
    const gp = ['Patient/p4', { generalPractitioner: [me] }] as const;
    const house = await hospital(['CareTeam/t', team('active')]);
    await house.add(...gp);
    expect(await house.sees(byRole, NOTES)).toEqual(notesOf('p4', 'p5'));
    expect(await house.sees(alone, NOTES)).toEqual(notesOf('p4'));
    expect(await (await hospital(['CareTeam/t', team('inactive')])).sees(byRole, NOTES)).toEqual([]);
  });
});

describe('ward', () => {
  test('[AC6] encounters at the places of the duty, beds included; other wards are out of reach', async () => {
    const house = await hospital();
    expect(await house.sees(nurse, NOTES)).toEqual(notesOf('p1'));
    expect(await house.sees(principal([duty('nurse', { places: ['Location/ward-b'] })]), NOTES)).toEqual(notesOf('p2'));
  });

  test('[AC6] for seven days after its end, and when it is planned', async () => {
    const ended = (ago: number) =>
      stay('Patient/p4', { ...at('ward-a'), status: 'finished', period: { start: day(-30), end: day(-ago) } });
    expect(await (await hospital(['Encounter/x', ended(6)])).sees(nurse, NOTES)).toEqual(notesOf('p1', 'p4'));
    expect(await (await hospital(['Encounter/x', ended(8)])).sees(nurse, NOTES)).toEqual(notesOf('p1'));
    const planned = stay('Patient/p4', { ...at('ward-a'), status: 'planned', period: { start: day(3) } });
    expect(await (await hospital(['Encounter/x', planned])).sees(nurse, NOTES)).toEqual(notesOf('p1', 'p4'));
    const cancelled = { ...planned, status: 'cancelled' };
    expect(await (await hospital(['Encounter/x', cancelled])).sees(nurse, NOTES)).toEqual(notesOf('p1'));
  });

  test('[AC6] appointments there or with the practitioner, from a week back', async () => {
    const booked = (start: number, actor: string) => ({
      status: 'booked',
      start: day(start),
      end: day(start + 0.01),
      participant: [
        { actor: { reference: 'Patient/p4' }, status: 'accepted' },
        { actor: { reference: actor }, status: 'accepted' },
      ],
    });
    const cancelled = { ...booked(2, 'Location/ward-a'), status: 'cancelled' };
    expect(await (await hospital(['Appointment/x', cancelled])).sees(nurse, NOTES)).toEqual(notesOf('p1'));
    for (const actor of ['Location/ward-a', 'Practitioner/me']) {
      expect(await (await hospital(['Appointment/x', booked(2, actor)])).sees(nurse, NOTES)).toEqual(
        notesOf('p1', 'p4'),
      );
      expect(await (await hospital(['Appointment/x', booked(-8, actor)])).sees(nurse, NOTES)).toEqual(notesOf('p1'));
    }
    expect(await (await hospital(['Appointment/x', booked(2, 'Location/other')])).sees(nurse, NOTES)).toEqual(
      notesOf('p1'),
    );
  });

  test('[AC6] writes reach as far as reads, and a record cannot be moved out of reach into it', async () => {
    const house = await hospital();
    const dose = (p: string) => ({ status: 'completed', subject: { reference: p }, effectiveDateTime: day(0) });
    expect(await house.may(nurse, 'create', 'MedicationAdministration/new', dose('Patient/p1'))).toBe(true);
    expect(await house.may(nurse, 'create', 'MedicationAdministration/new', dose('Patient/p2'))).toBe(false);
    expect(await house.may(nurse, 'create', 'MedicationRequest/new', dose('Patient/p1'))).toBe(false);
    expect(await house.may(nurse, 'delete', 'MedicationAdministration/new', dose('Patient/p1'))).toBe(false);
    expect(await house.may(nurse, 'create', 'Encounter/new', stay('Patient/p4', at('ward-b')))).toBe(false);
  });
});

describe('site', () => {
  test('[AC7] encounters that the organization provides, going on or in the last two years, and its registered patients', async () => {
    const house = await hospital();
    expect(await house.sees(doctor, NOTES)).toEqual(notesOf('p1', 'p2'));
    await house.add(
      'Encounter/e3',
      stay('Patient/p3', { ...by('site'), status: 'finished', period: { start: day(-800), end: day(-729) } }),
    );
    await house.add('Patient/p4', { generalPractitioner: [{ reference: 'Organization/site' }] });
    expect(await house.sees(doctor, NOTES)).toEqual(notesOf('p1', 'p2', 'p3', 'p4'));
  });

  test('[AC8] a duty that names no place is at all of the site; one that names nothing reaches its team', async () => {
    const house = await hospital();
    expect(await house.sees(principal([duty('nurse', { places: [] })]), NOTES)).toEqual(notesOf('p1', 'p2'));
    expect(await house.sees(alone, NOTES)).toEqual([]);
  });
});

test('[AC4] duties add up, each by its own row', async () => {
  const house = await hospital();
  const both = principal([duty('nurse'), duty('nurse', { places: ['Location/ward-b'] })]);
  expect(await house.sees(both, NOTES)).toEqual(notesOf('p1', 'p2'));
  const clerkToo = principal([duty('receptionist'), duty('nurse')]);
  expect(await house.sees(clerkToo, [...NOTES, 'Encounter/e2'])).toEqual([...notesOf('p1'), 'Encounter/e2']);
  const nobody = principal([]);
  const everything = ['Patient/p1', 'Composition/note-p1', 'Location/ward-a', 'Task/trolley'];
  expect(await house.sees(nobody, everything)).toEqual([]);
});

test('[AC9] what is of no patient is open to who has reach in its class, unless a label hides it', async () => {
  const secret = {
    meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }] },
  };
  const task = { status: 'requested', intent: 'order' };
  const house = await hospital(['Task/secret', { ...task, ...secret }]);
  const tasks = ['Task/trolley', 'Task/secret'];
  expect(await house.sees(nurse, tasks)).toEqual(['Task/trolley']);
  expect(await house.sees(principal([duty('billing')]), tasks)).toEqual([]);
  expect(await house.sees(patient('p1'), tasks)).toEqual([]);
  expect(await house.may(nurse, 'create', 'Task/new', task)).toBe(true);
});

test('[AC9] what tells of a patient must name its patient, or services alone see and write it', async () => {
  const water = {
    status: 'final',
    code: { text: 'legionella' },
    category: [concept('http://terminology.hl7.org/CodeSystem/observation-category', 'laboratory')],
  };
  const scan = { contentType: 'text/plain', data: 'eA==' };
  const trail = {
    target: [{ reference: 'Composition/note-p1' }],
    recorded: day(0),
    agent: [{ who: { display: 'x' } }],
  };
  const house = await hospital(
    ['Observation/water', water],
    ['Binary/loose', scan],
    ['Binary/mine', { ...scan, securityContext: { reference: 'Patient/p1' } }],
    ['Binary/other', { ...scan, securityContext: { reference: 'Patient/p4' } }],
    ['Composition/loose', { ...note('Patient/p1'), subject: { display: 'somebody' } }],
    ['Provenance/x', trail],
    ['Provenance/named', { ...trail, target: [...trail.target, { reference: 'Patient/p1' }] }],
  );
  const names = [
    'Observation/water',
    'Binary/loose',
    'Binary/mine',
    'Binary/other',
    'Composition/loose',
    'Provenance/x',
    'Provenance/named',
  ];
  expect(await house.sees(service, names)).toEqual(names);
  expect(await house.sees(nurse, names)).toEqual(['Binary/mine', 'Provenance/named']);
  expect(await house.sees(doctor, names)).toEqual(['Binary/mine', 'Provenance/named']);
  expect(await house.sees(patient('p4'), names)).toEqual(['Binary/other']);
  expect(await house.sees(principal([duty('laboratory')]), names)).toEqual([
    'Observation/water',
    'Binary/mine',
    'Provenance/named',
  ]);
  expect(await house.may(nurse, 'create', 'Observation/new', water)).toBe(false);
  expect(await house.may(nurse, 'create', 'Binary/new', scan)).toBe(false);
  expect(await house.may(nurse, 'create', 'Provenance/new', trail)).toBe(true);
});

test('[AC10] patients see their own record alone, what is still to be told to them excepted', async () => {
  const taboo = { meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'TBOO' }] } };
  const mental = { meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'MH' }] } };
  const of = (more: object) => ({ code: { text: 'x' }, subject: { reference: 'Patient/p4' }, ...more });
  const house = await hospital(['Condition/bad-news', of(taboo)], ['Condition/mood', of(mental)]);
  const all = [
    ...NOTES,
    'Condition/bad-news',
    'Condition/mood',
    'Device/pacemaker',
    'Device/pump',
    'Location/ward-a',
    'Patient/p1',
    'Patient/p4',
  ];
  expect(await house.sees(patient('p4'), all)).toEqual([
    'Composition/note-p4',
    'Condition/mood',
    'Device/pacemaker',
    'Location/ward-a',
    'Patient/p4',
  ]);
  const visit = { status: 'proposed', participant: [{ actor: { reference: 'Patient/p4' }, status: 'needs-action' }] };
  expect(await house.may(patient('p4'), 'create', 'Appointment/new', visit)).toBe(true);
  expect(await house.may(patient('p1'), 'create', 'Appointment/new', visit)).toBe(false);
});

describe('admission', () => {
  test('[AC40] nurses and doctors admit anybody to their own place, and then reach them', async () => {
    const house = await hospital();
    for (const who of [nurse, doctor]) {
      expect(await house.may(who, 'create', 'Encounter/new', stay('Patient/p4', at('ward-a-bed-1')))).toBe(true);
      expect(await house.may(who, 'create', 'Encounter/new', stay('Patient/p4', at('elsewhere')))).toBe(false);
      expect(await house.may(who, 'create', 'Encounter/new', stay('Patient/p4', {}))).toBe(false);
      // It is the admission that is open, not what is there already.
      expect(await house.may(who, 'update', 'Encounter/e5', stay('Patient/p5', at('ward-a')))).toBe(false);
    }
    const ofTheSite = principal([duty('nurse', { places: [] })]);
    expect(await house.may(ofTheSite, 'create', 'Encounter/new', stay('Patient/p4', by('site')))).toBe(true);
    expect(await house.may(ofTheSite, 'create', 'Encounter/new', stay('Patient/p4', by('other-site')))).toBe(false);
    const pharmacist = principal([duty('pharmacist')]);
    expect(await house.may(pharmacist, 'create', 'Encounter/new', stay('Patient/p4', at('ward-a')))).toBe(false);
    expect(await house.sees(nurse, notesOf('p4'))).toEqual([]);
    await house.add('Encounter/new', stay('Patient/p4', at('ward-a-bed-1')));
    expect(await house.sees(nurse, notesOf('p4'))).toEqual(notesOf('p4'));
  });
});
