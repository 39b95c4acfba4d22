import { describe, expect, test } from 'vitest';
import type { ResourceJson } from '../../base/json-types.ts';
import type { Entry } from '../banner/allergy-section.ts';
import { allRows, passes, patientsAt, wardBoards, type WardFacts } from './board.ts';
import { namesAlike } from './names-alike.ts';
import { inOrder, wardsOf } from './places.ts';
import { lastScore } from './scores.ts';
import { currentStay, occupantsIn, staysOf } from './stays.ts';

const NOW = Date.UTC(2026, 1, 10, 14, 20);
const HOUR = 3_600_000;
const at = (hours: number): string => new Date(NOW + hours * HOUR).toISOString();
const told = (resource: ResourceJson, conflict = false): Entry => ({ resource, conflict });

const ward = (id: string, name: string): ResourceJson => ({
  resourceType: 'Location',
  id,
  name,
  status: 'active',
  physicalType: { coding: [{ code: 'wa' }] },
});
const bed = (id: string, name: string, partOf: string, more: object = {}): ResourceJson => ({
  resourceType: 'Location',
  id,
  name,
  status: 'active',
  physicalType: { coding: [{ code: 'bd' }] },
  partOf: { reference: `Location/${partOf}` },
  ...more,
});
const room: ResourceJson = {
  resourceType: 'Location',
  id: 'room',
  name: 'Room',
  status: 'active',
  physicalType: { coding: [{ code: 'ro' }] },
  partOf: { reference: 'Location/w' },
};
const PLACES = [
  ward('w', 'Ward A'),
  bed('b10', 'Ward A, bed 10', 'w'),
  bed('b2', 'Ward A, bed 2', 'w'),
  room,
  bed('b1', 'Ward A, bed 1', 'room'),
  bed('b3', 'Ward A, bed 3', 'w', { operationalStatus: { code: 'K' } }),
];
const patient = (id: string, family: string, given: string, more: object = {}): ResourceJson => ({
  resourceType: 'Patient',
  id,
  active: true,
  name: [{ use: 'official', family, given: [given] }],
  ...more,
});
interface Where {
  readonly place: string;
  readonly status?: string;
  readonly from?: number;
  readonly to?: number;
}
const stay = (id: string, who: string, places: readonly Where[], more: object = {}): ResourceJson => ({
  resourceType: 'Encounter',
  id,
  status: 'in-progress',
  class: { code: 'IMP' },
  subject: { reference: `Patient/${who}` },
  period: { start: at(-30) },
  location: places.map(({ place, status = 'active', from = -20, to }) => ({
    location: { reference: `Location/${place}`, display: place },
    status,
    period: { start: at(from), ...(to === undefined ? {} : { end: at(to) }) },
  })),
  ...more,
});
const NOBODY: WardFacts = {
  wards: [],
  encounters: [],
  patients: [],
  flags: [],
  allergies: [],
  scores: [],
  tasks: [],
};
const COPY = { held: 'whole', isStale: false, asOf: NOW } as const;
const boardOf = (facts: Partial<WardFacts>) => {
  const wards = wardsOf(PLACES);
  const [board] = wardBoards(wards, { ...NOBODY, wards, ...facts }, COPY, NOW);
  if (board === undefined) throw new Error('there is a ward');
  return board;
};

describe('the board', () => {
  test('[WB1] a patient lies at the last place that is not over, whatever the order in which places were written', () => {
    const [moved] = staysOf([
      stay('e', 'p', [
        { place: 'b2', from: -2 },
        { place: 'emergency', status: 'completed', from: -30, to: -20 },
        { place: 'b1', status: 'completed', from: -20, to: -2 },
      ]),
    ]);
    expect(moved?.now?.place).toBe('Location/b2');
    const [ended] = staysOf([stay('e', 'p', [{ place: 'b2', to: -1 }])]);
    expect(ended?.now).toBeUndefined();
    const [over] = staysOf([stay('e', 'p', [{ place: 'b2' }], { status: 'finished' })]);
    expect(over?.now).toBeUndefined();
    expect(currentStay(staysOf([stay('e', 'p', [{ place: 'b2' }], { status: 'entered-in-error' })]))).toBeUndefined();
  });
  test('[WB2] bed 2 stands before bed 10; a bed in a room is of the ward; labels are without the ward', () => {
    const [one] = wardsOf(PLACES);
    expect(one?.beds.map(({ label }) => label)).toEqual(['Bed 1', 'Bed 2', 'Bed 3', 'Bed 10']);
    expect(['Bay 10', 'bay 9', 'Bay 9a'].toSorted(inOrder)).toEqual(['bay 9', 'Bay 9a', 'Bay 10']);
  });
  test('[WB3] every bed stands there: taken, twice taken, empty, closed', () => {
    const board = boardOf({
      encounters: [told(stay('e1', 'p1', [{ place: 'b1' }])), told(stay('e2', 'p2', [{ place: 'b1' }]))],
      patients: [told(patient('p1', 'Holt', 'Ann')), told(patient('p2', 'Reeves', 'Tom'))],
    });
    expect(board.beds.map(({ rows }) => rows.length)).toEqual([2, 0, 0, 0]);
    expect(board.beds.map((row) => row.bed.isClosed)).toEqual([false, false, true, false]);
    expect(board.counts).toEqual({ beds: 4, taken: 1, free: 2, closed: 1 });
  });
  test('[WB4] who has no bed, who is expected and a child beside its mother: nobody is missing', () => {
    const board = boardOf({
      encounters: [
        told(stay('e1', 'mother', [{ place: 'b10' }])),
        told(stay('e2', 'child', [{ place: 'b1' }], { partOf: { reference: 'Encounter/e1' } })),
        told(stay('e3', 'loose', [{ place: 'w' }])),
        told(stay('e4', 'coming', [{ place: 'b2', status: 'planned', from: 3 }], { status: 'planned' })),
        told(stay('e5', 'elsewhere', [{ place: 'other' }])),
      ],
      patients: ['mother', 'child', 'loose', 'coming'].map((id) => told(patient(id, `Of${id}`, id))),
    });
    expect(board.beds.map((row) => row.bed.label)).toEqual(['Bed 2', 'Bed 3', 'Bed 10', 'Bed 1']);
    expect(board.withoutBed.map(({ id }) => id)).toEqual(['loose']);
    expect(board.expected.map(({ id }) => id)).toEqual(['coming']);
    expect(board.beds[0]?.expected.map(({ id }) => id)).toEqual(['coming']);
    expect(allRows(board)).toHaveLength(4);
    const places = new Set(['Location/b1', 'Location/b2', 'Location/b10', 'Location/w']);
    const stays = [stay('e1', 'mother', [{ place: 'b10' }]), stay('e5', 'elsewhere', [{ place: 'other' }])];
    expect(patientsAt(stays, places)).toEqual(['mother']);
  });
  test('[WB10] a score has its age, the one before and its band; an old one reads old', () => {
    const score = (value: number, hours: number): ResourceJson => ({
      resourceType: 'Observation',
      id: `s${hours}`,
      status: 'final',
      code: { coding: [{ code: 'news2' }] },
      valueInteger: value,
      effectiveDateTime: at(hours),
    });
    expect(lastScore([score(3, -5), score(7, -1)], NOW)).toEqual({
      score: 7,
      at: NOW - HOUR,
      before: 3,
      trend: 'up',
      band: 'high',
      isOld: false,
      source: 'Observation/s-1',
    });
    expect(lastScore([score(5, -13)], NOW)).toMatchObject({ band: 'medium', isOld: true, trend: 'first' });
    expect(lastScore([{ ...score(9, -1), status: 'entered-in-error' }], NOW)).toBeUndefined();
    expect(lastScore([], NOW)).toBeUndefined();
  });
  test('[WB11] mine are those whose doctor I am or whose open task is mine; alerts and due follow from the row', () => {
    const attending = {
      participant: [{ type: [{ coding: [{ code: 'ATND' }] }], individual: { reference: 'Practitioner/d' } }],
    };
    const board = boardOf({
      encounters: [told(stay('e1', 'p1', [{ place: 'b1' }], attending)), told(stay('e2', 'p2', [{ place: 'b2' }]))],
      patients: [told(patient('p1', 'Holt', 'Ann')), told(patient('p2', 'Reeves', 'Tom'))],
      flags: [told(flag('f', 'p2', { text: 'Pressure sore' }))],
    });
    const [one, two] = allRows(board);
    if (one === undefined || two === undefined) throw new Error('both are there');
    expect([one, two].map((row) => passes(row, 'mine', 'Practitioner/d', 0))).toEqual([true, false]);
    expect([one, two].map((row) => passes(row, 'alerts', '', 0))).toEqual([false, true]);
    expect([one, two].map((row) => passes(row, 'due', '', 1))).toEqual([true, true]);
    expect([one, two].map((row) => passes(row, 'due', '', 0))).toEqual([false, false]);
  });
  test('who lies in a bed, but for the stay that asks', () => {
    const stays = staysOf([stay('e1', 'p1', [{ place: 'b1' }]), stay('e2', 'p2', [{ place: 'b1' }])]);
    expect(occupantsIn(stays, 'Location/b1', 'e1').map(({ patient: who }) => who)).toEqual(['p2']);
  });
});

const flag = (id: string, who: string, code: ResourceJson['x'], more: object = {}): ResourceJson =>
  ({
    resourceType: 'Flag',
    id,
    status: 'active',
    code,
    subject: { reference: `Patient/${who}` },
    ...more,
  }) as ResourceJson;

describe('tags', () => {
  const tagsOf = (flags: readonly Entry[]): readonly string[] => {
    const board = boardOf({
      encounters: [told(stay('e1', 'p1', [{ place: 'b1' }]))],
      patients: [told(patient('p1', 'Holt', 'Ann'))],
      flags,
    });
    return allRows(board)[0]?.tags.map(({ kind, words }) => `${kind} ${words}`) ?? [];
  };
  test('[WB7] what is in force is a tag, what is over is none, and what has no tag of its own has its words', () => {
    const isolation = { coding: [{ code: '40174006' }], text: 'Barrier nursing' };
    expect(tagsOf([told(flag('1', 'p1', isolation)), told(flag('2', 'p1', { text: 'Interpreter: Somali' }))])).toEqual([
      'isolation Barrier nursing',
      'other Interpreter: Somali',
    ]);
    expect(tagsOf([told(flag('1', 'p1', isolation, { status: 'inactive' }))])).toEqual([]);
    expect(tagsOf([told(flag('1', 'p1', isolation, { period: { end: at(-1) } }))])).toEqual([]);
    expect(tagsOf([told(flag('1', 'p1', { coding: [{ code: 'flag-falls' }], text: 'Falls' }))])).toEqual([
      'falls Falls',
    ]);
  });
  test('[WB8] resuscitation in conflict is disputed, not one of its sides (CR5)', () => {
    const dnacpr = { coding: [{ code: '304253006' }], text: 'DNACPR' };
    expect(tagsOf([told(flag('1', 'p1', dnacpr))])).toEqual(['not-for-cpr DNACPR']);
    expect(tagsOf([told(flag('1', 'p1', dnacpr), true)])).toEqual(['cpr-disputed DNACPR']);
  });
});

describe('names alike', () => {
  const alike = (...names: readonly (readonly [string, string])[]): Readonly<Record<string, string>> =>
    Object.fromEntries(
      [...namesAlike(names.map(([family, given], i) => patient(`p${i}`, family, given)))].map(([id, others]) => [
        id,
        others.map((other) => `${other.id} ${other.how}`).join(),
      ]),
    );
  test('[WB5] one family name, a like one, and names the other way round are an alert on both (DT27)', () => {
    expect(alike(['Clarke', 'Joan'], ['Clark', 'Joanne'])).toEqual({ p0: 'p1 like-name', p1: 'p0 like-name' });
    expect(alike(['Holt', 'Ann'], ['Holt', 'Peter'])).toEqual({ p0: 'p1 same-family', p1: 'p0 same-family' });
    expect(alike(['Hussain', 'Mohammed'], ['Hussein', 'Mohamed'])).toMatchObject({ p0: 'p1 like-name' });
    expect(alike(['Schmidt', 'Eva'], ['Schmitt', 'Karl'])).toMatchObject({ p0: 'p1 like-family' });
    expect(alike(['Thomas', 'James'], ['James', 'Thomas'])).toMatchObject({ p0: 'p1 like-name' });
    expect(alike(['Marsh', 'Ann'], ['Norris', 'Ann'], ['Pickering', 'Tom'])).toEqual({});
  });
  test('[WB6] a mother and her child are no alert, twins are', () => {
    const people = [patient('m', 'Holt', 'Ann'), patient('c1', 'Holt', 'Girl 1'), patient('c2', 'Holt', 'Girl 2')];
    const found = namesAlike(people, [
      ['m', 'c1'],
      ['m', 'c2'],
    ]);
    expect(found.has('m')).toBe(false);
    expect(found.get('c1')?.map(({ id }) => id)).toEqual(['c2']);
  });
});
