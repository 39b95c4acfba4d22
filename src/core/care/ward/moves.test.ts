import { describe, expect, test } from 'vitest';
import { parseJson } from '../../base/json.ts';
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { countResults } from './count-results.ts';
import {
  admission,
  arrival,
  cancelArrival,
  discharge,
  moveFault,
  patchText,
  transfer,
  undoing,
  type Step,
} from './moves.ts';
import { isReconciling } from './reconciling.ts';
import { stayOf, type Stay } from './stays.ts';
import { doneTask, newTask, openTaskAgain, taskOf, tasksOf } from './tasks.ts';
import { enteredLate } from './times.ts';

const NOW = Date.UTC(2026, 1, 10, 14, 20);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const text = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
const BED1 = { place: 'Location/b1', words: 'Ward, bed 1' };
const BED2 = { place: 'Location/b2', words: 'Ward, bed 2' };
const WISH = { patient: 'p', target: BED1, reason: 'Sepsis', isPlanned: false, isExpected: false } as const;

/** Adds and removes members of the root: all that these patches do. */
function applied(resource: ResourceJson, steps: readonly Step[]): ResourceJson {
  const next: Record<string, JsonValue | undefined> = { ...resource };
  for (const { op, path, value } of steps) {
    const name = path.slice(1);
    expect(name).not.toContain('/');
    if (op === 'remove') delete next[name];
    else next[name] = value;
  }
  return next as unknown as ResourceJson;
}
const stayIn = (resource: ResourceJson): Stay => {
  const stay = stayOf(resource);
  if (stay === undefined) throw new Error('it is a stay');
  return stay;
};
const admitted = (at: number, now = at): ResourceJson =>
  ({ ...admission({ ...WISH, at }, now), id: 'e' }) as unknown as ResourceJson;
const places = (resource: ResourceJson): readonly string[] =>
  stayIn(resource).places.map(({ place, state, to }) => `${place.slice(9)} ${state}${to === undefined ? '' : ' over'}`);

describe('moves', () => {
  test('[WB31] a move ends the place before and begins the next at one moment, and keeps every place', () => {
    const first = admitted(NOW - 5 * HOUR);
    const moved = applied(first, transfer(first, BED2, NOW, NOW));
    expect(places(moved)).toEqual(['b1 completed over', 'b2 active']);
    const [one, two] = stayIn(moved).places;
    expect(one?.to).toBe(NOW);
    expect(two?.from).toBe(NOW);
    expect(stayIn(moved).now?.place).toBe('Location/b2');
    const gone = applied(moved, discharge(moved, 'home', NOW + HOUR, NOW + HOUR));
    expect(stayIn(gone).state).toBe('ended');
    expect(places(gone)).toEqual(['b1 completed over', 'b2 completed over']);
    const expected = admission({ ...WISH, isExpected: true, at: NOW + HOUR }, NOW);
    const come = applied({ ...expected, id: 'e' } as unknown as ResourceJson, arrival(BED2, NOW, NOW));
    expect(stayIn(come).state).toBe('going-on');
    expect(places(come)).toEqual(['b2 active']);
    expect(stayIn(applied(come, cancelArrival())).state).toBe('never');
  });

  test('[WB32] every move can be undone, and nothing is deleted by it', () => {
    const first = admitted(NOW - 5 * HOUR);
    const none = undoing(first);
    expect(none?.what).toBe('admission');
    expect(applied(first, none?.steps ?? [])['status']).toBe('entered-in-error');
    const moved = applied(first, transfer(first, BED2, NOW, NOW));
    const back = undoing(moved);
    expect(back?.what).toBe('transfer');
    expect(applied(moved, back?.steps ?? [])).toEqual(first);
    const gone = applied(moved, discharge(moved, 'exp', NOW, NOW));
    const reopened = undoing(gone);
    expect(reopened).toMatchObject({ what: 'discharge', wasDeath: true });
    expect(applied(gone, reopened?.steps ?? [])).toEqual(moved);
    // The bed is taken meanwhile.
    const elsewhere = applied(gone, undoing(gone, { place: 'Location/w', words: 'Ward' })?.steps ?? []);
    expect(stayIn(elsewhere).now?.place).toBe('Location/w');
    expect(undoing(applied(first, none?.steps ?? []))).toBeUndefined();
  });

  test('[WB34] no move before the stay, before the last move, in the future, to where one lies, or of a stay that is over', () => {
    const first = admitted(NOW - 5 * HOUR);
    const moved = applied(first, transfer(first, BED2, NOW - HOUR, NOW));
    const stay = stayIn(moved);
    const fault = (target: string, when: number): string | undefined => moveFault(stay, target, when, NOW);
    expect(fault('Location/b1', NOW)).toBeUndefined();
    expect(fault('Location/b1', NOW - HOUR)).toBeUndefined();
    expect(fault('Location/b1', NOW - 6 * HOUR)).toBe('before-stay');
    expect(fault('Location/b1', NOW - 2 * HOUR)).toBe('before-last-move');
    expect(fault('Location/b1', NOW + 2 * MINUTE)).toBe('in-future');
    expect(fault('Location/b2', NOW)).toBe('same-place');
    expect(moveFault(stay, undefined, NOW, NOW)).toBeUndefined();
    const gone = stayIn(applied(moved, discharge(moved, 'home', NOW, NOW)));
    expect(moveFault(gone, 'Location/b1', NOW, NOW)).toBe('not-here');
  });

  test('[WB30] what is entered later than a quarter of an hour carries the time of entry (CR12)', () => {
    const late = admitted(NOW - 5 * HOUR, NOW);
    expect(late['period']).toMatchObject({ start: text(NOW - 5 * HOUR) });
    expect(enteredLate(late['period'])).toBe(text(NOW));
    expect(enteredLate(admitted(NOW - 10 * MINUTE, NOW)['period'])).toBeUndefined();
    const first = admitted(NOW - 5 * HOUR);
    const gone = applied(first, discharge(first, 'home', NOW - HOUR, NOW));
    expect(enteredLate(gone['period'])).toBe(text(NOW));
    expect(gone['period']).toMatchObject({ start: text(NOW - 5 * HOUR), end: text(NOW - HOUR) });
    const moved = applied(first, transfer(first, BED2, NOW - HOUR, NOW));
    const ends = (moved['location'] as readonly JsonObject[]).map((place) => enteredLate(place['period']));
    expect(ends).toEqual([text(NOW), text(NOW)]);
  });

  test('a patch keeps every digit of what the record had', () => {
    const authored = JSON.stringify(admitted(NOW - HOUR)).replace('"status":"active"', '"status":"active","x":1.500');
    const parsed = parseJson(authored, { numbers: 'lossless', depthMax: 100 });
    if (!parsed.ok) throw new Error('it is JSON');
    expect(patchText(transfer(parsed.value.value as ResourceJson, BED2, NOW, NOW))).toContain('"x":1.500');
  });
});

describe('tasks', () => {
  const ME = { who: 'Practitioner/n', name: 'Nurse' };
  const task = (due?: number, more: object = {}): ResourceJson =>
    ({
      ...newTask(
        { patient: 'p', words: 'Weigh', isUrgent: false, requester: ME, ...(due === undefined ? {} : { dueAt: due }) },
        NOW,
      ),
      id: `t${due ?? ''}`,
      ...more,
    }) as unknown as ResourceJson;
  test('[WB40] due an hour before, overdue from its time on, neither without a time; in that order, urgent first', () => {
    const urgencies = [task(NOW - 1), task(NOW), task(NOW + HOUR), task(NOW + HOUR + 1_000), task()].map(
      (one) => taskOf(one, NOW)?.urgency,
    );
    expect(urgencies).toEqual(['overdue', 'due', 'due', 'later', 'no-time']);
    const order = tasksOf([task(), task(NOW + HOUR), { ...task(NOW + 5), priority: 'urgent' }, task(NOW - HOUR)], NOW);
    expect(order.map(({ id }) => id)).toEqual([`t${NOW - HOUR}`, `t${NOW + 5}`, `t${NOW + HOUR}`, 't']);
    expect(taskOf(task(NOW, { code: { coding: [{ code: 'mar-custody' }] } }), NOW)).toBeUndefined();
    expect(taskOf(task(NOW, { code: { coding: [{ code: 'conflict' }] } }), NOW)?.isOfRecord).toBe(true);
  });
  test('[WB41] what is done says when and by whom, and is opened again as it was', () => {
    const open = task(NOW - HOUR);
    const done = applied(open, doneTask(open, ME, NOW));
    expect(taskOf(done, NOW)).toMatchObject({ isDone: true, isOpen: false, doneAt: NOW, owner: ME });
    const again = applied(done, openTaskAgain(done, open, NOW));
    expect(again).toEqual(open);
    expect(taskOf(applied(done, openTaskAgain(done, undefined, NOW)), NOW)).toMatchObject({ isOpen: true, owner: ME });
  });
});

describe('what is counted', () => {
  test('[WB14] while a downtime is declared and for 4 hours after it, doses may be on paper (CR9)', () => {
    const flag = (status: string, end?: number): ResourceJson => ({
      resourceType: 'Flag',
      identifier: [{ system: 'https://holdfast.example/fhir/id/downtime', value: 'declared' }],
      status,
      period: { start: text(NOW - 9 * HOUR), ...(end === undefined ? {} : { end: text(end) }) },
    });
    expect(isReconciling([], false, NOW)).toBe(false);
    expect(isReconciling([], true, NOW)).toBe(true);
    expect(isReconciling([flag('active')], false, NOW)).toBe(true);
    expect(isReconciling([flag('inactive', NOW - 3 * HOUR)], false, NOW)).toBe(true);
    expect(isReconciling([flag('inactive', NOW - 4 * HOUR)], false, NOW)).toBe(false);
    expect(isReconciling([flag('entered-in-error', NOW - HOUR)], false, NOW)).toBe(false);
  });
  test('[WB17] pending until a final report, critical until a Task about it is done', () => {
    const request: ResourceJson = {
      resourceType: 'ServiceRequest',
      id: 'r',
      status: 'active',
      category: [{ coding: [{ code: '108252007' }] }],
    };
    const report = (status: string): ResourceJson => ({
      resourceType: 'DiagnosticReport',
      id: 'd',
      status,
      issued: text(NOW - HOUR),
      basedOn: [{ reference: 'ServiceRequest/r' }],
      result: [{ reference: 'Observation/o' }],
    });
    const critical: ResourceJson = {
      resourceType: 'Observation',
      id: 'o',
      effectiveDateTime: text(NOW - HOUR),
      interpretation: [{ coding: [{ code: 'HH' }] }],
    };
    const seen = (focus: string): ResourceJson => ({
      resourceType: 'Task',
      id: 't',
      status: 'completed',
      focus: { reference: focus },
    });
    const counts = (...resources: readonly ResourceJson[]) => countResults(resources, NOW, NOW - 30 * HOUR);
    expect(counts(request)).toEqual({ pending: 1, fresh: 0, critical: 0 });
    expect(counts(request, report('preliminary'))).toMatchObject({ pending: 1, fresh: 0 });
    expect(counts(request, report('final'), critical)).toEqual({ pending: 0, fresh: 1, critical: 1 });
    expect(counts(critical, seen('Observation/o')).critical).toBe(0);
    expect(counts(report('final'), critical, seen('DiagnosticReport/d')).critical).toBe(0);
    expect(counts({ ...request, category: [{ coding: [{ code: 'service-diet' }] }] }).pending).toBe(0);
  });
});
