import { expect, test } from 'vitest';
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import type { Entry } from '../banner/allergy-section.ts';
import { carers, planLines, taskLines } from './care-lines.ts';
import { documentLines } from './document-lines.ts';
import { historyLines } from './history-lines.ts';
import { problemLines } from './problem-lines.ts';

const NOW = Date.parse('2026-11-23T14:00:00Z');
const entry = (resourceType: string, id: string, body: JsonObject, conflict = false): Entry => ({
  resource: { resourceType, id, ...body } as ResourceJson,
  conflict,
});
const codes = (code: string): JsonObject => ({ coding: [{ code }] });
const problem = (id: string, clinical: string, more: JsonObject = {}, conflict = false): Entry =>
  entry(
    'Condition',
    id,
    { clinicalStatus: codes(clinical), verificationStatus: codes('confirmed'), code: { text: id }, ...more },
    conflict,
  );

test('[CH18] problems are active, past or withdrawn, the latest first', () => {
  const lines = problemLines([
    problem('old', 'resolved', { onsetDateTime: '2001', abatementDateTime: '2002' }),
    problem('first', 'active', { onsetDateTime: '2010-05' }),
    problem('latest', 'recurrence', { onsetDateTime: '2020-05-01' }),
    problem('wrong', 'active', { verificationStatus: codes('entered-in-error') }),
    problem('not', 'active', { verificationStatus: codes('refuted') }),
  ]);
  expect(lines.map(({ words, group }) => `${words} ${group}`)).toEqual([
    'latest active',
    'first active',
    'old past',
    'not withdrawn',
    'wrong withdrawn',
  ]);
});
test('[CH19] what is unconfirmed or disputed stands among the active ones, marked', () => {
  const lines = problemLines([
    problem('disputed', 'resolved', {}, true),
    problem('maybe', 'active', { verificationStatus: codes('provisional'), note: [{ text: 'seen on CT' }] }),
  ]);
  expect(lines).toMatchObject([
    { words: 'disputed', group: 'active', isDisputed: true, isUnconfirmed: false },
    { words: 'maybe', group: 'active', isUnconfirmed: true, notes: ['seen on CT'] },
  ]);
});
test('[CH20] the timeline has every kind, the latest first, without errors, and tells what did not happen', () => {
  const lines = historyLines([
    entry('Encounter', 'e1', {
      status: 'finished',
      class: { code: 'IMP' },
      type: [{ text: 'Emergency admission' }],
      serviceType: { text: 'Cardiology' },
      period: { start: '2024-01-01', end: '2024-01-05' },
      reasonCode: [{ text: 'Chest pain' }],
    }),
    entry('Encounter', 'e2', {
      status: 'in-progress',
      class: { code: 'IMP', display: 'inpatient' },
      period: { start: '2026-11-20' },
    }),
    entry('Encounter', 'e3', {
      status: 'finished',
      class: { code: 'AMB' },
      type: [{ text: 'Clinic' }],
      period: { start: '2023-01-01' },
    }),
    entry('Procedure', 'p', { status: 'not-done', code: { text: 'Endoscopy' }, performedDateTime: '2025-02' }),
    entry('Immunization', 'i', {
      status: 'completed',
      vaccineCode: { text: 'Influenza' },
      occurrenceDateTime: '2025-10-01',
    }),
    entry('FamilyMemberHistory', 'f', {
      status: 'completed',
      relationship: { text: 'Mother' },
      condition: [{ code: { text: 'Asthma' } }],
    }),
    entry('Observation', 's', {
      status: 'final',
      category: [codes('social-history')],
      code: { text: 'Smoking' },
      valueCodeableConcept: { text: 'Never' },
      effectiveDateTime: '2022-01-01',
    }),
    entry('Observation', 'v', { status: 'final', category: [codes('vital-signs')], code: { text: 'Pulse' } }),
    entry('Procedure', 'x', { status: 'entered-in-error', code: { text: 'Wrong' } }),
  ]);
  expect(lines.map(({ kind, words, isOngoing, isNotDone }) => [kind, words, isOngoing, isNotDone])).toEqual([
    ['stay', 'inpatient', true, false],
    ['immunisation', 'Influenza', false, false],
    ['procedure', 'Endoscopy', false, true],
    ['stay', 'Emergency admission – Cardiology', false, false],
    ['visit', 'Clinic', false, false],
    ['social', 'Smoking: Never', false, false],
    ['family', 'Mother: Asthma', false, false],
  ]);
  expect(lines[3]?.details).toEqual(['Chest pain']);
});
test('[CH21] documents tell where their content is: in the record, in a Binary, or elsewhere', () => {
  const lines = documentLines([
    entry('DocumentReference', 'pdf', {
      status: 'current',
      date: '2026-01-03',
      description: 'Letter',
      content: [{ attachment: { contentType: 'application/pdf', url: 'Binary/b1' } }],
    }),
    entry('DocumentReference', 'out', {
      status: 'current',
      date: '2026-01-02',
      description: 'Scan',
      content: [{ attachment: { contentType: 'image/png', url: 'https://elsewhere.example/x' } }],
    }),
    entry('DocumentReference', 'note', {
      status: 'current',
      content: [{ attachment: { contentType: 'text/plain', data: 'YQ==' } }],
    }),
    entry('ImagingStudy', 'ct', {
      status: 'available',
      started: '2026-01-04',
      description: 'CT head',
      numberOfInstances: 120,
      modality: [{ code: 'CT', display: 'Computed Tomography' }],
    }),
    entry('DiagnosticReport', 'rad', {
      status: 'final',
      category: [codes('RAD')],
      code: { text: 'CT head' },
      conclusion: 'No bleed.',
      effectiveDateTime: '2026-01-05',
    }),
    entry('DiagnosticReport', 'lab', { status: 'final', category: [codes('LAB')], code: { text: 'Bloods' } }),
  ]);
  expect(lines.map(({ name, isElsewhere }) => [name, isElsewhere])).toEqual([
    ['DiagnosticReport/rad', false],
    ['ImagingStudy/ct', true],
    ['DocumentReference/pdf', false],
    ['DocumentReference/out', false],
  ]);
  expect(lines[2]?.contents).toEqual([{ contentType: 'application/pdf', title: '', binary: 'Binary/b1' }]);
  expect(lines[3]?.contents).toEqual([{ contentType: 'image/png', title: '' }]);
  expect(lines[0]?.says).toEqual(['No bleed.']);
  expect(lines[1]).toMatchObject({ says: ['Computed Tomography'], instances: 120 });
});
test('[CH22] team, plan and tasks show what goes on, and what sides differ on', () => {
  const stay = entry('Encounter', 'e', {
    status: 'in-progress',
    participant: [
      { type: [{ text: 'attender' }], individual: { reference: 'Practitioner/2', display: 'Dr Two' } },
      { individual: { reference: 'Practitioner/1', display: 'Dr One' } },
    ],
  });
  const team = entry('CareTeam', 't', {
    status: 'active',
    participant: [
      { role: [{ text: 'Nurse' }], member: { reference: 'Practitioner/1', display: 'Nurse One' } },
      { member: { display: 'Gone' }, period: { end: '2026-01-01' } },
    ],
  });
  expect(
    carers(
      [team, entry('CareTeam', 'x', { status: 'inactive', participant: [{ member: { display: 'No' } }] })],
      stay,
    ).map(({ name, role }) => [name, role]),
  ).toEqual([
    ['Nurse One', 'Nurse'],
    ['Dr Two', 'attender'],
  ]);
  expect(
    planLines([
      entry('Goal', 'g', { lifecycleStatus: 'active', description: { text: 'Walks alone' } }),
      entry('Goal', 'h', { lifecycleStatus: 'completed', description: { text: 'Done' } }),
      entry('CarePlan', 'p', {
        status: 'active',
        title: 'Plan',
        activity: [
          { detail: { status: 'in-progress', description: 'Physio' } },
          { detail: { status: 'completed', description: 'X-ray' } },
        ],
      }),
      entry('CarePlan', 'q', { status: 'revoked', title: 'Disputed' }, true),
    ]).map(({ kind, words, isDisputed }) => [kind, words, isDisputed]),
  ).toEqual([
    ['goal', 'Walks alone', false],
    ['plan', 'Plan', false],
    ['activity', 'Physio', false],
    ['plan', 'Disputed', true],
  ]);
  const task = (id: string, more: JsonObject): Entry =>
    entry('Task', id, { status: 'requested', intent: 'order', description: id, ...more });
  expect(
    taskLines(
      [
        task('later', { restriction: { period: { end: '2026-11-24' } } }),
        task('urgent', { priority: 'urgent' }),
        task('overdue', { restriction: { period: { end: '2026-11-23T10:00:00Z' } } }),
        task('done', { status: 'completed' }),
        task('custody', { code: codes('mar-custody') }),
      ],
      NOW,
    ).map(({ words, isOverdue }) => [words, isOverdue]),
  ).toEqual([
    ['overdue', true],
    ['urgent', false],
    ['later', false],
  ]);
});
