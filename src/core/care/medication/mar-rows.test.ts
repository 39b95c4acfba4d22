import { describe, expect, test } from 'vitest';
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import { generateDemo } from '../../../server/demo/generate-demo.ts';
import { at, DAY, demoRules, dose, HOUR, NOW, order } from './chart.test-kit.ts';
import { doseCounts } from './dose-counts.ts';
import { entryOf, LATE_ENTRY_EXTENSION } from './dose-entry.ts';
import { dueTimes, instructionOf } from './due-times.ts';
import { asNeededState, marRows, type DoseContext, type MarRow } from './mar-rows.ts';
import { STATUS_SINCE_EXTENSION } from './medication-lines.ts';

const RULES = demoRules();
const UTC = (): number => 0;
/** Midnight of the day; NOW is at noon. */
const DAY_0 = NOW - 12 * HOUR;
const context: DoseContext = { now: NOW, zoneMinutes: UTC };
const only = (resources: readonly ResourceJson[], more: Partial<DoseContext> = {}): MarRow => {
  const rows = marRows(resources, DAY_0, DAY_0 + DAY, { ...context, ...more });
  const [row] = rows;
  if (row === undefined) throw new Error('no row');
  return row;
};
const states = (row: MarRow): readonly string[] => row.cells.map((one) => `${at(one.at).slice(11, 16)} ${one.state}`);
const qds = order(RULES, 'paracetamol', { id: 'r', dose: 1000, times: ['08:00', '12:00', '18:00', '22:00'] });

describe('due times', () => {
  const due = (request: ResourceJson, zone: (at: number) => number = UTC): readonly string[] => {
    const instruction = instructionOf(request);
    if (instruction === undefined) return [];
    return dueTimes(request, instruction, { from: DAY_0, until: DAY_0 + 2 * DAY }, zone).map((one) =>
      at(one).slice(5, 16),
    );
  };
  test('[MD15] times of a day stand within the life of the order, in the zone of the ward', () => {
    expect(due(order(RULES, 'senna', { times: ['08:00'] }))).toEqual(['03-01T08:00', '03-02T08:00']);
    expect(due(order(RULES, 'senna', { times: ['08:00'] }), () => 60)).toEqual(['03-01T07:00', '03-02T07:00']);
    const short = order(RULES, 'senna', { times: ['08:00', '20:00'], from: NOW, until: NOW + 12 * HOUR });
    expect(due(short)).toEqual(['03-01T20:00']);
    // A clock that is put forward: eight stays eight.
    const zone = (when: number): number => (when < DAY_0 + 26 * HOUR ? 60 : 120);
    expect(due(order(RULES, 'senna', { times: ['08:00'] }), zone)).toEqual(['03-01T07:00', '03-02T06:00']);
  });
  test('[MD15] every other day, weekdays, intervals, once, moments; words alone have none', () => {
    const repeat = (more: object, event?: readonly string[]): ResourceJson => {
      const base = order(RULES, 'senna', { from: DAY_0 });
      const [dosage] = base['dosageInstruction'] as readonly { timing: { repeat: object } }[];
      return {
        ...base,
        dosageInstruction: [
          {
            ...dosage,
            timing: {
              ...(event === undefined ? {} : { event }),
              repeat: { boundsPeriod: { start: at(DAY_0) }, ...more },
            },
          },
        ],
      } as ResourceJson;
    };
    expect(due(repeat({ frequency: 1, period: 2, periodUnit: 'd', timeOfDay: ['08:00:00'] }))).toEqual(['03-01T08:00']);
    // 2026-03-01 is a Sunday.
    expect(
      due(repeat({ frequency: 1, period: 1, periodUnit: 'd', timeOfDay: ['08:00:00'], dayOfWeek: ['mon'] })),
    ).toEqual(['03-02T08:00']);
    expect(due(repeat({ frequency: 1, period: 12, periodUnit: 'h' }))).toEqual([
      '03-01T00:00',
      '03-01T12:00',
      '03-02T00:00',
      '03-02T12:00',
    ]);
    expect(due(repeat({ count: 1 }))).toEqual(['03-01T00:00']);
    expect(due(repeat({}, [at(NOW)]))).toEqual(['03-01T12:00']);
    expect(due(repeat({}))).toEqual([]);
    expect(only([repeat({})]).timesUnclear).toBe(true);
  });
});

describe('cells', () => {
  test('[MD19] planned, due an hour before, overdue an hour after, critical after half an hour, missed when the next is due', () => {
    const row = (now: number, request = qds): readonly string[] => states(only([request], { now }));
    expect(row(DAY_0 + 6 * HOUR)).toEqual(['08:00 planned', '12:00 planned', '18:00 planned', '22:00 planned']);
    expect(row(DAY_0 + 7 * HOUR)[0]).toBe('08:00 due');
    expect(row(DAY_0 + 9 * HOUR)[0]).toBe('08:00 due');
    expect(row(DAY_0 + 9 * HOUR + 1)[0]).toBe('08:00 overdue');
    expect(row(NOW)[0]).toBe('08:00 missed');
    const critical = { ...qds, priority: 'urgent' };
    expect(row(DAY_0 + 8.5 * HOUR, critical)[0]).toBe('08:00 due');
    expect(row(DAY_0 + 8.5 * HOUR + 1, critical)[0]).toBe('08:00 overdue');
  });
  test('[MD18] each entry stands at its due time or its own; two at one due time stay two; what was entered in error is gone', () => {
    const eight = DAY_0 + 8 * HOUR;
    const row = only([
      qds,
      dose('1', 'r', eight + 600_000, { due: eight }),
      dose('2', 'r', eight + 900_000, { due: eight }),
      dose('3', 'r', DAY_0 + 11.5 * HOUR),
      dose('4', 'r', DAY_0 + 3 * HOUR, { status: 'entered-in-error' }),
      dose('5', 'r', DAY_0 + 4 * HOUR, { due: DAY_0 + 4 * HOUR }),
    ]);
    expect(states(row)).toEqual(['04:00 given', '08:00 given', '12:00 given', '18:00 planned', '22:00 planned']);
    expect(row.cells[1]?.entries.map(({ from }) => from)).toEqual([
      'MedicationAdministration/1',
      'MedicationAdministration/2',
    ]);
    expect(row.cells[2]?.entries[0]?.at).toBe(DAY_0 + 11.5 * HOUR);
  });
  test('[MD18] not given, wasted, running; a dose of an order that is not here is shown in a line of its own', () => {
    const reason = (code: string): JsonObject => ({
      statusReason: [{ coding: [{ code }], text: 'Refused by patient' }],
    });
    const row = only([
      qds,
      dose('1', 'r', DAY_0 + 8 * HOUR, { due: DAY_0 + 8 * HOUR, status: 'not-done', more: { ...reason('refused') } }),
      dose('2', 'r', NOW, { due: NOW, status: 'not-done', more: { ...reason('wasted') } }),
    ]);
    expect(states(row).slice(0, 2)).toEqual(['08:00 not-given', '12:00 wasted']);
    expect(row.cells[0]?.entries[0]?.reason).toBe('Refused by patient');
    const strange = marRows([dose('9', 'nowhere', NOW - HOUR)], DAY_0, DAY_0 + DAY, context);
    expect(strange.map(({ group, cells }) => [group, cells.length])).toEqual([['unordered', 1]]);
  });
  test('[MD18] a first dose off the schedule stands for the due time beside it', () => {
    const antibiotic = order(RULES, 'amoxicillin', {
      id: 'r',
      times: ['06:00', '14:00', '22:00'],
      from: DAY_0 + 9 * HOUR,
    });
    const first = dose('1', 'r', DAY_0 + 9.5 * HOUR, { due: DAY_0 + 9.25 * HOUR });
    expect(states(only([antibiotic, first], { now: DAY_0 + 18 * HOUR }))).toEqual([
      '09:30 given',
      '14:00 covered',
      '22:00 planned',
    ]);
  });
  test('[MD20] while a downtime is reconciled, overdue reads unknown: check paper; never nothing, never overdue (CR9)', () => {
    const critical = { ...qds, priority: 'urgent' };
    const paper = only([critical], { paper: {} });
    expect(states(paper)[0]).toBe('08:00 unknown');
    expect(paper.cells[0]).toMatchObject({ why: 'paper', escalate: true });
    const young = only([critical], { paper: {}, now: DAY_0 + 8.4 * HOUR }).cells[0];
    expect(young?.state).toBe('due');
    // The hold ends four hours after the all-clear, or at once where the dose is entered.
    const clearedAt = DAY_0 + 10 * HOUR;
    expect(states(only([qds], { paper: { clearedAt } }))[0]).toBe('08:00 unknown');
    expect(states(only([qds], { paper: { clearedAt }, now: clearedAt + 4 * HOUR }))[0]).toBe('08:00 missed');
    const entered = dose('1', 'r', DAY_0 + 8 * HOUR, { due: DAY_0 + 8 * HOUR });
    expect(states(only([qds, entered], { paper: {} }))[0]).toBe('08:00 given');
  });
  test('[MD20] charted elsewhere: what is not shown since then is unknown (CR7)', () => {
    const row = only([qds], { elsewhereSince: DAY_0 + 7 * HOUR, now: DAY_0 + 11 * HOUR });
    expect(row.cells[0]).toMatchObject({ state: 'unknown', why: 'elsewhere' });
    expect(only([qds], { elsewhereSince: DAY_0 + 9 * HOUR, now: DAY_0 + 11 * HOUR }).cells[0]?.state).toBe('overdue');
  });
  test('[MD21] a disputed stop leaves the line and its doses; a running infusion stays running (CR8)', () => {
    const conflicts = new Set(['MedicationRequest/r']);
    const stopped = { ...qds, status: 'stopped' };
    const row = only([stopped], { conflicts });
    expect(row.disputed).toBe(true);
    expect(new Set(row.cells.map(({ state }) => state))).toEqual(new Set(['stop-disputed']));
    expect(row.line.conflict).toBe(true);
    const infusion = { ...order(RULES, 'noradrenaline', { id: 'r', over: 6 }), status: 'stopped' };
    const running = dose('1', 'r', NOW - HOUR, {
      status: 'in-progress',
      more: { effectiveDateTime: undefined, effectivePeriod: { start: at(NOW - HOUR) } },
    });
    const line = only([infusion, running], { conflicts });
    expect(line.cells.some(({ state }) => state === 'running')).toBe(true);
    // And stopped without dispute, what still runs is shown as running.
    expect(only([infusion, running]).cells.some(({ state }) => state === 'running')).toBe(true);
  });
  test('[MD19] a held order is held from when it was held; what was due before stays asked for', () => {
    const held = {
      ...qds,
      status: 'on-hold',
      extension: [{ url: STATUS_SINCE_EXTENSION, valueDateTime: at(DAY_0 + 10 * HOUR) }],
    };
    expect(states(only([held]))).toEqual(['08:00 missed', '12:00 held', '18:00 held', '22:00 held']);
  });
  test('[MD22] the last dose given and the next due stand on the line (DT18)', () => {
    const eight = DAY_0 + 8 * HOUR;
    const row = only([qds, dose('1', 'r', eight, { due: eight }), dose('2', 'r', NOW - DAY, {})]);
    expect(row.lastGiven).toMatchObject({ at: eight, site: 'left arm', amount: { value: 1000, unit: 'mg' } });
    expect(row.nextDueAt).toBe(NOW);
    const infusion = order(RULES, 'balanced', { id: 'r', over: 8 });
    expect(only([infusion, dose('1', 'r', NOW - 2 * HOUR)]).nextDueAt).toBe(NOW + 6 * HOUR);
    expect(only([{ ...qds, status: 'on-hold' }]).nextDueAt).toBeUndefined();
  });
  test('[MD25] as-needed: the soonest next dose by interval and by the last 24 hours (CR6)', () => {
    const prn = order(RULES, 'paracetamol', { id: 'r', dose: 1000, asNeeded: { hours: 4, most: 4000 } });
    const instruction = instructionOf(prn);
    if (instruction === undefined) throw new Error('no instruction');
    const entries = [23, 17, 11, 5].flatMap((hours, n) => entryOf(dose(`${n}`, 'r', NOW - hours * HOUR)) ?? []);
    expect(asNeededState(instruction, entries, NOW)).toMatchObject({ given24: 4000, earliestAt: NOW + HOUR });
    expect(asNeededState(instruction, entries.slice(1), NOW)).toMatchObject({ given24: 3000, earliestAt: undefined });
    expect(asNeededState(instruction, entries.slice(3), NOW - 4 * HOUR).earliestAt).toBe(NOW - HOUR);
  });
  test('[MD16] an entry has all that was written of it, and [MD17] where it is from and whether it was late', () => {
    const paper = dose('1', 'r', NOW, {
      more: {
        extension: [
          { url: LATE_ENTRY_EXTENSION, valueDateTime: at(NOW + 2 * HOUR) },
          { url: 'https://holdfast.example/fhir/StructureDefinition/entered-from', valueCode: 'paper' },
        ],
      },
    });
    expect(entryOf(paper)).toMatchObject({ source: 'paper', lateAt: NOW + 2 * HOUR, by: 'Nurse N', status: 'given' });
    const here = entryOf(dose('2', 'r', NOW), new Set(['MedicationAdministration/2']));
    expect(here).toMatchObject({ source: 'here-alone', lateAt: undefined });
    expect(entryOf(dose('3', 'r', NOW))).toMatchObject({ source: 'elsewhere' });
  });
});

test('[MD23] the board counts what the chart shows, and [MD20] counts no dose as overdue that may be on paper (DT37)', () => {
  const resources = [qds, order(RULES, 'senna', { id: 's', times: ['12:30'] })];
  const ask = { now: NOW, zoneMinutes: UTC, reconciling: false };
  // Yesterday's doses of both are within the last 24 hours.
  expect(doseCounts(resources, ask)).toMatchObject({ due: 2, overdue: 5, unknown: 0, nextDueAt: NOW });
  expect(doseCounts(resources, { ...ask, reconciling: true })).toMatchObject({ due: 2, overdue: 0, unknown: 5 });
  expect(doseCounts(resources, { ...ask, conflicts: new Set(['MedicationRequest/s']) }).disputed).toBe(1);
});

test('[MD18] every dose of the demonstration hospital is on its chart, and few are overdue', () => {
  const now = Date.UTC(2026, 2, 1, 14, 10);
  const byPatient = new Map<string, ResourceJson[]>();
  for (const { resources } of generateDemo({ seed: 'holdfast', now, beds: 40, patients: 60 }))
    for (const one of resources) {
      const subject = (one['subject'] as { reference?: string } | undefined)?.reference;
      if (one.resourceType !== 'MedicationRequest' && one.resourceType !== 'MedicationAdministration') continue;
      const list = byPatient.get(subject ?? '') ?? [];
      list.push(one);
      byPatient.set(subject ?? '', list);
    }
  let shown = 0;
  let late = 0;
  for (const resources of byPatient.values()) {
    const rows = marRows(resources, now - DAY, now, { now, zoneMinutes: UTC });
    const names = new Set(rows.flatMap(({ cells }) => cells.flatMap(({ entries }) => entries.map(({ from }) => from))));
    for (const one of resources) {
      const entry = entryOf(one);
      // At the edge a dose belongs to the due time before it.
      if (entry === undefined || entry.at < now - DAY + 3 * HOUR || entry.at >= now) continue;
      shown += 1;
      expect(names.has(entry.from), entry.from).toBe(true);
    }
    late += rows.flatMap(({ cells }) => cells).filter(({ state }) => state === 'overdue' || state === 'missed').length;
  }
  expect(shown).toBeGreaterThan(200);
  expect(late / shown).toBeLessThan(0.1);
});
