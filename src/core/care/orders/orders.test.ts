import { expect, test } from 'vitest';
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import { CATALOGUE, kindOf, ORDER_KINDS } from './catalogue.ts';
import {
  departmentOf,
  departmentPatch,
  departmentsOf,
  departmentTask,
  departmentTaskOf,
  stepsOf,
  whoSaid,
} from './department.ts';
import { orderState, ORDER_STATES } from './order-state.ts';
import { unanswered } from './unanswered.ts';
import {
  earlierOnes,
  EMPTY_SERVICE,
  faultsOfService,
  serviceLine,
  serviceRequest,
  stopServicePatch,
  type ServiceForm,
} from './write-service.ts';

const NOW = Date.parse('2026-02-10T14:20:00Z');
const HOUR = 3_600_000;
const ago = (hours: number): string => new Date(NOW - hours * HOUR).toISOString();
const OF = {
  subject: 'Patient/p',
  encounter: 'Encounter/e',
  recorder: { who: 'Practitioner/d', name: 'Dr Reid' },
  at: '2026-02-10T14:20:00Z',
};
const CRP: ServiceForm = { ...EMPTY_SERVICE, entry: 'laboratory/crp', isConfirmed: true };

test('[OD5] every entry of the catalogue has a name and a kind of its own, and no name twice', () => {
  expect(new Set(CATALOGUE.map(({ key }) => key)).size).toBe(CATALOGUE.length);
  expect(new Set(CATALOGUE.map(({ kind, words }) => `${kind} ${words}`)).size).toBe(CATALOGUE.length);
  expect(new Set(CATALOGUE.map(({ kind }) => kind))).toEqual(new Set(ORDER_KINDS));
  for (const one of CATALOGUE) {
    expect(one.words, one.key).toMatch(/\p{L}/u);
    expect(one.againHours, one.key).toBeGreaterThanOrEqual(0);
    expect(String(one.coding?.['code'] ?? '1-1'), one.key).toMatch(/^\d+-\d$/);
  }
});

test('[OD5] an order says what, how urgent, why, when and by whom, with its codes', () => {
  const order = serviceRequest(
    { ...CRP, priority: 'stat', question: ' Sepsis? ', wanted: '2026-02-10T15:00:00Z', note: 'left arm' },
    'o',
    OF,
  );
  expect(order).toMatchObject({
    resourceType: 'ServiceRequest',
    id: 'o',
    status: 'active',
    intent: 'order',
    priority: 'stat',
    category: [{ coding: [{ code: '108252007' }] }],
    code: { coding: [{ system: 'http://loinc.org', code: '1988-5' }], text: 'C-reactive protein' },
    subject: { reference: 'Patient/p' },
    encounter: { reference: 'Encounter/e' },
    occurrenceDateTime: '2026-02-10T15:00:00Z',
    requester: { reference: 'Practitioner/d' },
    reasonCode: [{ text: 'Sepsis?' }],
  });
  expect(serviceLine(order)).toMatchObject({ words: 'C-reactive protein', question: 'Sepsis?', notes: ['left arm'] });
  for (const kind of ORDER_KINDS) expect(kindOf(serviceRequest({ ...CRP, kind }, 'o', OF))).toBe(kind);
  const free = serviceRequest({ ...CRP, entry: '', words: ' Copper ' }, 'o', OF);
  expect(free['code']).toEqual({ text: 'Copper' });
});

test('[OD5] imaging wants a question, and a time that is wanted is not past', () => {
  const faults = (form: Partial<ServiceForm>): readonly string[] => faultsOfService({ ...CRP, ...form }, [], NOW);
  expect(faults({})).toEqual([]);
  expect(faults({ entry: '', words: ' ' })).toEqual(['nothing']);
  expect(faults({ kind: 'imaging', entry: 'imaging/chest' })).toEqual(['no-question']);
  expect(faults({ kind: 'imaging', entry: 'imaging/chest', question: 'Pneumonia?' })).toEqual([]);
  expect(faults({ wanted: ago(1) })).toEqual(['past']);
  expect(faults({ wanted: 'tomorrow' })).toEqual(['past']);
});

test('[OD6] nothing is signed before the patient was confirmed', () => {
  expect(faultsOfService({ ...CRP, isConfirmed: false }, [], NOW)).toEqual(['not-confirmed']);
});

const earlierOrder = (hours: number, more: JsonObject = {}): ResourceJson => ({
  resourceType: 'ServiceRequest',
  id: 'x',
  status: 'completed',
  code: { text: 'C-reactive protein' },
  authoredOn: ago(hours),
  ...more,
});
test('[OD7] the same within its interval is told, asked for or reported, and wants a reason that stands in the order', () => {
  const found = (one: ResourceJson): number => earlierOnes(CRP, [one], NOW).length;
  expect(found(earlierOrder(23))).toBe(1);
  expect(found(earlierOrder(25))).toBe(0);
  // Asked for long ago and still open is the same request.
  expect(found(earlierOrder(60, { status: 'active' }))).toBe(1);
  expect(found(earlierOrder(1, { status: 'revoked' }))).toBe(0);
  expect(found(earlierOrder(1, { code: { coding: [{ code: '1988-5' }], text: 'CRP' } }))).toBe(1);
  expect(found(earlierOrder(1, { code: { text: 'Blood tests: Lactate, C-reactive protein' } }))).toBe(1);
  expect(found(earlierOrder(1, { code: { text: 'Lactate' } }))).toBe(0);
  expect(found(earlierOrder(1, { resourceType: 'DiagnosticReport', authoredOn: undefined, issued: ago(1) }))).toBe(1);
  // What may be asked for at any time is not asked about.
  const diet: ServiceForm = { ...CRP, kind: 'diet', entry: 'diet/soft' };
  expect(earlierOnes(diet, [earlierOrder(1, { code: { text: 'Soft diet' } })], NOW)).toEqual([]);

  const earlier = earlierOnes(CRP, [earlierOrder(1)], NOW);
  expect(faultsOfService(CRP, earlier, NOW)).toEqual(['again']);
  const again = { ...CRP, again: 'First was haemolysed' };
  expect(faultsOfService(again, earlier, NOW)).toEqual([]);
  expect(serviceLine(serviceRequest(again, 'o', OF)).notes).toEqual(['Asked for again: First was haemolysed']);
});

test('[OD8] an order is stopped with its reason', () => {
  expect(stopServicePatch(serviceRequest(CRP, 'o', OF), ' wrong patient ')).toEqual([
    { op: 'replace', path: '/status', value: 'revoked' },
    {
      op: 'add',
      path: '/extension',
      value: [
        {
          url: 'http://hl7.org/fhir/StructureDefinition/request-statusReason',
          valueCodeableConcept: { text: 'wrong patient' },
        },
      ],
    },
  ]);
  const stopped = {
    ...serviceRequest(CRP, 'o', OF),
    extension: [
      {
        url: 'http://hl7.org/fhir/StructureDefinition/request-statusReason',
        valueCodeableConcept: { text: 'wrong patient' },
      },
    ],
  };
  expect(serviceLine(stopped).why).toBe('wrong patient');
  expect(stopServicePatch(stopped, 'x')[1]).toMatchObject({ path: '/extension/-' });
});

test('[OD9] a department receives, accepts and refuses, and the order moves', () => {
  const order = serviceRequest(CRP, 'o', OF);
  const lab = { ...OF, recorder: { who: 'Practitioner/l', name: 'B. Lab' }, at: '2026-02-10T14:22:00Z' };
  const received = departmentTask(order, 'received', 't', '', lab);
  expect(orderState(order, [received], 'D1')).toMatchObject({ state: 'received', by: 'Task/t' });
  expect(whoSaid('Task/t', [received])).toBe('B. Lab');
  expect(departmentTaskOf('ServiceRequest/o', [received])).toBe(received);
  expect(departmentTaskOf('ServiceRequest/o', [{ ...received, code: { text: 'ring them' } }])).toBeUndefined();
  const later = { ...lab, at: '2026-02-10T14:25:00Z' };
  const patched = (step: 'accepted' | 'rejected', reason = ''): ResourceJson => {
    const next: Record<string, unknown> = { ...received };
    for (const one of departmentPatch(received, step, reason, later)) next[String(one['path']).slice(1)] = one['value'];
    return next as unknown as ResourceJson;
  };
  expect(orderState(order, [patched('accepted')], 'D1').state).toBe('acknowledged');
  expect(orderState(order, [patched('rejected', 'Haemolysed')], 'D1')).toMatchObject({
    state: 'refused',
    why: 'Haemolysed',
  });
  expect(orderState(order, [departmentTask(order, 'rejected', 't', 'No sample', lab)], 'D1').why).toBe('No sample');
});

test('[OD9] only departments have a word, of their own kind, and only while the order goes on', () => {
  expect(departmentsOf(['doctor', 'nurse'])).toEqual([]);
  expect(departmentsOf(['laboratory'])).toEqual(['laboratory']);
  const over: ReadonlySet<string> = new Set([
    'draft',
    'in-progress',
    'done',
    'held',
    'stopped',
    'disputed',
    'in-error',
  ]);
  for (const state of ORDER_STATES) expect(stepsOf(state).length === 0, state).toBe(over.has(state));
});

test('[OD10] the number of a department is the one recorded; none is made up', () => {
  const service: ResourceJson = {
    resourceType: 'HealthcareService',
    id: 's',
    active: true,
    name: 'Laboratory',
    location: [{ reference: 'Location/lab' }],
  };
  const place: ResourceJson = {
    resourceType: 'Location',
    id: 'lab',
    name: 'Pathology Laboratory',
    telecom: [{ system: 'phone', value: '01632 960 025' }],
  };
  expect(departmentOf('laboratory', [service], [place])).toEqual({
    name: 'Pathology Laboratory',
    phone: '01632 960 025',
  });
  expect(departmentOf('laboratory', [service], [])).toEqual({ name: 'Laboratory', phone: '' });
  expect(departmentOf('imaging', [service], [place])).toBeUndefined();
  expect(departmentOf('diet', [service], [place])).toBeUndefined();
});

test('[OD13] what must be phoned stands first, then the longest waiting; what is acknowledged or of another kind does not', () => {
  const order = (
    id: string,
    minutes: number,
    more: JsonObject = {},
  ): { resource: ResourceJson; conflict: boolean } => ({
    resource: { ...serviceRequest(CRP, id, OF), authoredOn: new Date(NOW - minutes * 60_000).toISOString(), ...more },
    conflict: false,
  });
  const all = [
    order('new', 1),
    order('old', 300),
    order('stat', 6, { priority: 'stat' }),
    order('taken', 400),
    order('diet', 500, { category: [{ coding: [{ code: 'service-diet' }] }] }),
  ];
  const { resource: taken } = order('taken', 400);
  const about = [departmentTask(taken, 'accepted', 't', '', OF)];
  const found = unanswered(all, about, ['laboratory'], NOW);
  expect(found.map((one) => [one.order.id, one.mustPhone])).toEqual([
    ['stat', true],
    ['old', false],
    ['new', false],
  ]);
  expect(unanswered(all, about, ['imaging'], NOW)).toEqual([]);
});
