import { expect, test } from 'vitest';
import type { ResourceJson } from '../../base/json-types.ts';
import { mustPhone, orderState } from './order-state.ts';

const order = (status: string, more: Partial<ResourceJson> = {}): ResourceJson => ({
  resourceType: 'ServiceRequest',
  id: 'x',
  status,
  authoredOn: '2026-03-01T10:00:00Z',
  ...more,
});
const task = (status: string, lastModified: string, more: Partial<ResourceJson> = {}): ResourceJson => ({
  resourceType: 'Task',
  id: status,
  status,
  focus: { reference: 'ServiceRequest/x' },
  lastModified,
  ...more,
});
const report = (status: string): ResourceJson => ({
  resourceType: 'DiagnosticReport',
  id: 'r',
  status,
  basedOn: [{ reference: 'ServiceRequest/x' }],
  issued: '2026-03-01T12:00:00Z',
});
const stateOf = (all: readonly ResourceJson[], status = 'active'): string => orderState(order(status), all, 'D1').state;

test('[OD1] an order is written where this device alone has it, and sent when its site has it', () => {
  expect(orderState(order('active'), [], 'D0')).toEqual({ state: 'written' });
  for (const safe of ['D1', 'D1m', 'D2', 'D3', undefined] as const)
    expect(orderState(order('active'), [], safe)).toEqual({ state: 'sent' });
});

test('[OD1] received, acknowledged, in progress and done are what the department said, and who said it', () => {
  expect(orderState(order('active'), [task('received', '2026-03-01T10:02:00Z')], 'D1')).toEqual({
    state: 'received',
    since: Date.UTC(2026, 2, 1, 10, 2),
    by: 'Task/received',
  });
  expect(stateOf([task('accepted', '2026-03-01T10:03:00Z'), task('received', '2026-03-01T10:02:00Z')])).toBe(
    'acknowledged',
  );
  expect(stateOf([task('in-progress', '2026-03-01T10:04:00Z')])).toBe('in-progress');
  expect(stateOf([report('preliminary')])).toBe('in-progress');
  expect(stateOf([report('final'), task('received', '2026-03-01T10:02:00Z')])).toBe('done');
  expect(stateOf([], 'completed')).toBe('done');
});

test('[OD1] what is about another order, or says nothing of it, is not heard', () => {
  expect(stateOf([task('accepted', '', { focus: { reference: 'ServiceRequest/y' } })])).toBe('sent');
  expect(stateOf([task('requested', '2026-03-01T10:02:00Z'), task('cancelled', '2026-03-01T10:02:00Z')])).toBe('sent');
  expect(stateOf([{ ...report('final'), basedOn: [{ reference: 'ServiceRequest/y' }] }])).toBe('sent');
  expect(stateOf([report('entered-in-error')])).toBe('sent');
});

test('[OD2] stopped, held, drafted or in error comes before how far it came', () => {
  const done = [report('final')];
  for (const [status, state] of [
    ['revoked', 'stopped'],
    ['on-hold', 'held'],
    ['draft', 'draft'],
    ['entered-in-error', 'in-error'],
  ] as const)
    expect(stateOf(done, status)).toBe(state);
  expect(orderState(order('revoked'), done, 'D1', true)).toEqual({ state: 'disputed' });
});

test('[OD3] a refusal is told with its reason, until the department says otherwise', () => {
  const refused = task('rejected', '2026-03-01T10:05:00Z', { statusReason: { text: 'Sample haemolysed' } });
  const received = task('received', '2026-03-01T10:02:00Z');
  expect(orderState(order('active'), [refused, received], 'D2')).toMatchObject({
    state: 'refused',
    why: 'Sample haemolysed',
    by: 'Task/rejected',
  });
  expect(stateOf([refused, received, task('accepted', '2026-03-01T10:06:00Z')])).toBe('acknowledged');
});

test('[OD4] an order that cannot wait and is not acknowledged for five minutes must be phoned', () => {
  const stat = order('active', { priority: 'stat' });
  const at = (minutes: number): number => Date.UTC(2026, 2, 1, 10, minutes);
  expect(mustPhone(stat, { state: 'sent' }, at(5))).toBe(false);
  for (const state of ['written', 'sent', 'received', 'refused'] as const)
    expect(mustPhone(stat, { state }, at(5) + 1)).toBe(true);
  for (const state of ['acknowledged', 'in-progress', 'done', 'stopped'] as const)
    expect(mustPhone(stat, { state }, at(30))).toBe(false);
  expect(mustPhone(order('active', { priority: 'routine' }), { state: 'sent' }, at(30))).toBe(false);
});
