import { expect, test } from 'vitest';
import type { JsonObject } from '../base/json-types.ts';
import { pureDigest } from '../base/sha256.ts';
import { CUSTODY_CODE, CUSTODY_SYSTEM } from '../care/medication/mar-custody.ts';
import { DUE_TIME_EXTENSION } from '../care/merge/find-collisions.ts';
import { memoryCollisionRows } from '../record/collision-rows.ts';
import { conflictFigures } from '../record/conflicts.ts';
import { revision, Scribe } from '../record/contract/scribe.test-kit.ts';
import { newMemoryRecord } from '../record/memory-record.ts';
import { createMemoryStore } from '../record/memory-store.ts';
import { limitsOf } from './find-collisions.ts';
import { followCollisions } from './follow-collisions.ts';

/** Two nodes over one record, as when they have met, and what collides there. */
function twoNodes() {
  const record = newMemoryRecord();
  const rows = memoryCollisionRows();
  const [here, there] = ['site.1', 'ward.1'].map(
    (origin) => new Scribe(createMemoryStore({ digest: pureDigest, origin }, record)),
  );
  if (here === undefined || there === undefined) throw new Error('two nodes');
  let now = 1_000;
  const follow = async (): Promise<void> => {
    while (await followCollisions(here.store, rows, ++now));
  };
  const open = async (): Promise<readonly string[]> => {
    await follow();
    const found = await rows.list({ limit: 99 });
    return found.map(
      ({ kind, severity, names, homes }) => `${severity} ${kind} ${names.join(' ')} of ${homes.join(' ')}`,
    );
  };
  return { here, there, rows, open, record };
}
const PATIENT = { reference: 'Patient/1' };
const dose = (due: string, status = 'completed', more: JsonObject = {}): JsonObject => ({
  status,
  subject: PATIENT,
  request: { reference: 'MedicationRequest/m' },
  effectiveDateTime: due,
  extension: [{ url: DUE_TIME_EXTENSION, valueDateTime: due }],
  ...more,
});
const stay = (patient: string, bed: string, status = 'in-progress'): JsonObject => ({
  status,
  subject: { reference: `Patient/${patient}` },
  location: [{ location: { reference: `Location/${bed}` } }],
});

test('[CW15] [MG30] two doses for one due time from two nodes are found when they meet, and go when one was in error', async () => {
  const { here, there, open } = twoNodes();
  await here.create('MedicationRequest/m', { status: 'active', subject: PATIENT });
  await here.create('MedicationAdministration/a', dose('2024-06-01T08:00:00Z'));
  await here.create('MedicationAdministration/other', dose('2024-06-01T14:00:00Z'));
  expect(await open()).toEqual([]);
  await there.create('MedicationAdministration/b', dose('2024-06-01T08:00:00Z'));
  expect(await open()).toEqual(['S1 double-dose MedicationAdministration/a MedicationAdministration/b of Patient/1']);
  await there.update('MedicationAdministration/b', dose('2024-06-01T08:00:00Z', 'entered-in-error'));
  expect(await open()).toEqual([]);
});

test('[CW16] two doses of one node are its own matter; of a dose that was written on since, the node is not known, and it is told', async () => {
  const { here, open } = twoNodes();
  await here.create('MedicationAdministration/a', dose('2024-06-01T08:00:00Z'));
  await here.create('MedicationAdministration/b', dose('2024-06-01T08:00:00Z'));
  expect(await open()).toEqual([]);
  await here.update('MedicationAdministration/b', dose('2024-06-01T08:00:00Z', 'completed', { language: 'en' }));
  expect(await open()).toHaveLength(1);
});

test('[CW15] [MG31] [MG35] as-needed doses against their order, and what was dispensed beyond it', async () => {
  const { here, there, open } = twoNodes();
  const asNeeded = { asNeededBoolean: true, timing: { repeat: { frequency: 1, period: 4, periodUnit: 'h' } } };
  const quantity = { value: 10, unit: 'tablet' };
  await here.create('MedicationRequest/m', {
    status: 'active',
    subject: PATIENT,
    dosageInstruction: [asNeeded],
    dispenseRequest: { quantity },
  });
  await here.create('MedicationAdministration/a', dose('2024-06-01T08:00:00Z'));
  await there.create('MedicationAdministration/b', dose('2024-06-01T10:00:00Z'));
  const dispense = {
    status: 'completed',
    subject: PATIENT,
    authorizingPrescription: [{ reference: 'MedicationRequest/m' }],
    quantity,
  };
  await here.create('MedicationDispense/1', dispense);
  await there.create('MedicationDispense/2', dispense);
  expect(await open()).toEqual([
    'S1 dose-too-soon MedicationAdministration/a MedicationAdministration/b of Patient/1',
    'S2 over-dispense MedicationDispense/1 MedicationDispense/2 MedicationRequest/m of Patient/1',
  ]);
  // The order changes, and with it what it allows.
  await here.update('MedicationRequest/m', {
    status: 'active',
    subject: PATIENT,
    dosageInstruction: [{ asNeededBoolean: true }],
  });
  expect(await open()).toEqual([]);
});

test('[CW15] [MG32] an identifier on two patients, until a link or a correction says otherwise', async () => {
  const { here, there, open } = twoNodes();
  const number = (value: string): JsonObject => ({ identifier: [{ system: 'urn:mrn', value }] });
  await here.create('Patient/1', number('7'));
  await there.create('Patient/2', number('7'));
  expect(await open()).toEqual(['S1 same-identifier Patient/1 Patient/2 of Patient/1 Patient/2']);
  await here.update('Patient/2', {
    ...number('7'),
    link: [{ type: 'replaced-by', other: { reference: 'Patient/1' } }],
  });
  expect(await open()).toEqual([]);
  await there.create('Patient/3', number('7'));
  expect(await open()).toHaveLength(1);
  // It is no longer said by any patient: what bore before is looked at again.
  await there.update('Patient/3', number('8'));
  expect(await open()).toEqual([]);
});

test('[CW15] [MG33] two patients in a bed, one patient in two beds, and neither once somebody has moved', async () => {
  const { here, there, open } = twoNodes();
  const bed = { physicalType: { coding: [{ code: 'bd' }] } };
  for (const id of ['bed-1', 'bed-2']) await here.create(`Location/${id}`, bed);
  await here.create('Location/ward', { physicalType: { coding: [{ code: 'wa' }] } });
  for (const id of ['1', '2']) await here.create(`Patient/${id}`, {});
  await here.create('Encounter/a', stay('1', 'bed-1'));
  await there.create('Encounter/w', stay('2', 'ward'));
  await here.create('Encounter/x', stay('1', 'ward'));
  expect(await open()).toEqual([]);
  await there.create('Encounter/b', stay('2', 'bed-1'));
  expect(await open()).toEqual(['S1 same-bed Encounter/a Encounter/b of Patient/1 Patient/2']);
  await there.update('Encounter/b', stay('1', 'bed-2'));
  expect(await open()).toEqual(['S1 two-beds Encounter/a Encounter/b of Patient/1']);
  await there.remove('Encounter/b');
  expect(await open()).toEqual([]);
});

test('[CW15] [MG35] a form twice for a visit, a bill paid twice; what was found keeps its time, and is found again from the start', async () => {
  const { here, there, rows, open } = twoNodes();
  const form = {
    status: 'completed',
    questionnaire: 'urn:form',
    subject: PATIENT,
    encounter: { reference: 'Encounter/1' },
  };
  const paid = { status: 'active', request: { reference: 'Invoice/1' } };
  await here.create('QuestionnaireResponse/1', form);
  await there.create('QuestionnaireResponse/2', form);
  await here.create('PaymentNotice/1', paid);
  await there.create('PaymentNotice/2', paid);
  const all = [
    'S2 same-form QuestionnaireResponse/1 QuestionnaireResponse/2 of Patient/1',
    'S3 double-payment PaymentNotice/1 PaymentNotice/2 of ',
  ];
  expect(await open()).toEqual(all);
  const [first] = await rows.list({ limit: 1 });
  await there.update('QuestionnaireResponse/2', { ...form, language: 'en' });
  expect(await open()).toEqual(all);
  expect((await rows.list({ limit: 1 }))[0]?.since).toBe(first?.since);
  const anew = memoryCollisionRows();
  while (await followCollisions(here.store, anew, 9));
  expect((await anew.list({ limit: 9 })).map(({ kind }) => kind)).toEqual(['same-form', 'double-payment']);
  expect(await anew.figures()).toEqual({ S1: 0, S2: 1 });
});

test('[MG31] an interval and a maximum are read from an order as needed where it says them plainly, else not at all', () => {
  const order = (dosage: JsonObject, ...more: JsonObject[]): JsonObject => ({ dosageInstruction: [dosage, ...more] });
  const every = (period: number, periodUnit: string, frequency = 1): JsonObject => ({
    asNeededBoolean: true,
    timing: { repeat: { frequency, period, periodUnit } },
  });
  expect(limitsOf(order(every(6, 'h')))).toEqual({ minutesApart: 360 });
  expect(limitsOf(order(every(30, 'min')))).toEqual({ minutesApart: 30 });
  expect(limitsOf(order(every(1, 'd', 4)))).toBeUndefined();
  expect(limitsOf(order({ ...every(6, 'h'), asNeededBoolean: false }))).toBeUndefined();
  expect(limitsOf(order(every(6, 'h'), every(4, 'h')))).toBeUndefined();
  const most = (value: number, unit: string): JsonObject => ({
    asNeededCodeableConcept: { text: 'pain' },
    maxDosePerPeriod: { numerator: { value: 4, unit: 'g' }, denominator: { value, unit } },
  });
  for (const [value, unit] of [
    [24, 'h'],
    [1, 'd'],
  ] as const) {
    expect(limitsOf(order(most(value, unit)))).toEqual({ in24Hours: { value: 4, unit: 'g' } });
  }
  expect(limitsOf(order(most(1, 'h')))).toBeUndefined();
});

test('[CW18] figures count what is open in resources and between them, and tell since when the oldest is', async () => {
  const { here, rows, open } = twoNodes();
  const number = (value: string): JsonObject => ({ identifier: [{ system: 'urn:mrn', value }] });
  expect(await conflictFigures(here.store, rows)).toEqual({ S1: { open: 0 }, S2: { open: 0 } });
  for (const id of ['1', '2']) await here.create(`Patient/${id}`, number('7'));
  await open();
  const [found] = await rows.list({ limit: 1 });
  expect(await conflictFigures(here.store, rows)).toEqual({ S1: { open: 1, oldestAt: found?.since }, S2: { open: 0 } });
  const base = await here.create('Basic/1', { language: 'en' });
  for (const language of ['fr', 'de']) {
    await here.land(revision('Basic/1', { language }, { parents: [base.versionId], expect: 'any' }));
  }
  // Of no policy any difference is S1; it came later than what was found.
  expect(await conflictFigures(here.store, rows)).toEqual({ S1: { open: 2, oldestAt: found?.since }, S2: { open: 0 } });
  expect((await conflictFigures(here.store)).S1.open).toBe(1);
});

test('[CW20] [MG34] custody of a MAR that two took apart is found, and ends when one takes it over from both', async () => {
  const { here, there, open } = twoNodes();
  const custody = (owner: JsonObject, after: readonly string[], more: JsonObject = {}): JsonObject => ({
    status: 'in-progress',
    intent: 'order',
    code: { coding: [{ system: CUSTODY_SYSTEM, code: CUSTODY_CODE }] },
    for: PATIENT,
    encounter: { reference: 'Encounter/1' },
    owner,
    partOf: after.map((id) => ({ reference: `Task/${id}` })),
    ...more,
  });
  const [site, tablet, paper] = [
    { reference: 'Organization/site' },
    { reference: 'Device/tablet' },
    { display: 'paper' },
  ];
  await here.create('Task/1', custody(site, []));
  expect(await open()).toEqual([]);
  await there.create('Task/2', custody(tablet, ['1']));
  expect(await open()).toEqual([]);
  await here.create('Task/3', custody(paper, ['1']));
  expect(await open()).toEqual(['S1 split-custody Task/2 Task/3 of Patient/1']);
  // Another stay, and another kind of task, are nothing to it.
  await here.create('Task/4', custody(site, [], { encounter: { reference: 'Encounter/2' } }));
  await here.create('Task/5', custody(site, [], { code: { text: 'something else' } }));
  expect(await open()).toHaveLength(1);
  await there.update('Task/3', custody(paper, ['1'], { status: 'cancelled' }));
  expect(await open()).toEqual([]);
  await there.update('Task/3', custody(paper, ['1']));
  expect(await open()).toHaveLength(1);
  // With the stay it ends, and it is found again where the end was an error.
  await here.create('Encounter/1', { status: 'finished', subject: PATIENT });
  expect(await open()).toEqual([]);
  await here.update('Encounter/1', { status: 'in-progress', subject: PATIENT });
  expect(await open()).toHaveLength(1);
  await there.create('Task/6', custody(site, ['2', '3']));
  expect(await open()).toEqual([]);
});
