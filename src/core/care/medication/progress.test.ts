import { expect, test } from 'vitest';
import type { ResourceJson } from '../../base/json-types.ts';
import { at, demoRules, dose, NOW, order } from './chart.test-kit.ts';
import { custodyState, notShownSince, type Here } from './custody-here.ts';
import { holdersOf, takeCustody, type Where } from './mar-custody.ts';
import { acknowledgeTask, medicineProgress } from './order-progress.ts';
import { validatorFor } from './validate.test-kit.ts';

const RULES = demoRules();
const urgent: ResourceJson = {
  ...order(RULES, 'tazocin', { id: 'r' }),
  priority: 'urgent',
  authoredOn: at(NOW - 6 * 60_000),
};

test('[MD37] written, sent, acknowledged by a Task, a dose or a dispense; urgent and unacknowledged for five minutes wants a phone call (DT33)', () => {
  const state = (all: readonly ResourceJson[], safe: 'D0' | undefined, one = urgent): readonly unknown[] => {
    const { state: reached, waiting } = medicineProgress(one, all, safe, false, NOW);
    return [reached, waiting];
  };
  expect(state([], 'D0')).toEqual(['written', true]);
  expect(state([], undefined)).toEqual(['sent', true]);
  expect(state([], undefined, { ...urgent, authoredOn: at(NOW - 4 * 60_000) })).toEqual(['sent', false]);
  expect(state([], undefined, { ...urgent, priority: 'routine' })).toEqual(['sent', false]);
  const task = acknowledgeTask(urgent, { reference: 'Practitioner/n', display: 'Nurse N' }, at(NOW));
  expect(validatorFor(task)).toEqual([]);
  expect(state([{ ...task, resourceType: 'Task', id: 't' }], undefined)).toEqual(['acknowledged', false]);
  expect(state([dose('1', 'r', NOW)], 'D0')).toEqual(['acknowledged', false]);
  const dispense: ResourceJson = {
    resourceType: 'MedicationDispense',
    id: 'd',
    status: 'completed',
    authorizingPrescription: [{ reference: 'MedicationRequest/r' }],
  };
  expect(state([dispense], undefined)).toEqual(['acknowledged', false]);
  expect(medicineProgress({ ...urgent, status: 'on-hold' }, [], undefined, false, NOW)).toMatchObject({
    state: 'held',
    waiting: false,
  });
});

test('[MD41] custody is here, at a site that answers, elsewhere since a time, or with two (CR7)', () => {
  const here: Here = { device: 'Device/me', siteCode: 'KIS', place: 'live', asOf: NOW, stale: false };
  const holders = (...wheres: readonly Where[]) =>
    holdersOf(
      'Encounter/1',
      wheres.map((where, n) => ({
        name: `Task/${n}`,
        body: takeCustody({ patient: 'Patient/1', stay: 'Encounter/1', where, since: at(NOW - 3_600_000), after: [] }),
      })),
    );
  const site = { on: 'site', site: 'KIS' } as const;
  expect(custodyState([], here)).toEqual({ kind: 'nobody', since: undefined });
  const deaf = { ...here, asOf: NOW - 600_000 };
  expect(notShownSince(custodyState([], { ...deaf, place: 'device' }))).toBe(NOW - 600_000);
  expect(notShownSince(custodyState([], { ...deaf, stale: true }))).toBe(NOW - 600_000);
  expect(custodyState(holders({ on: 'device', device: 'Device/me' }), here)).toEqual({ kind: 'here' });
  expect(custodyState(holders(site), here)).toEqual({ kind: 'site' });
  // Away from the site nothing is shown that was charted there since it was last heard.
  const alone = custodyState(holders(site), { ...here, place: 'device', asOf: NOW - 600_000 });
  expect(alone).toMatchObject({ kind: 'elsewhere', on: 'site', since: NOW - 600_000 });
  expect(custodyState(holders(site), { ...deaf, stale: true })).toMatchObject({
    kind: 'elsewhere',
    since: NOW - 600_000,
  });
  expect(custodyState(holders({ on: 'site', site: 'MUL' }), here)).toMatchObject({ kind: 'elsewhere', on: 'site' });
  const paper = custodyState(holders({ on: 'paper', site: 'KIS' }), here);
  expect(paper).toMatchObject({ kind: 'elsewhere', on: 'paper', since: NOW - 3_600_000 });
  expect(notShownSince(paper)).toBe(NOW - 3_600_000);
  expect(notShownSince({ kind: 'here' })).toBeUndefined();
  const two = custodyState(holders(site, { on: 'device', device: 'Device/other' }), here);
  expect(two).toMatchObject({ kind: 'several', where: ['site KIS', 'Device/other'] });
});
