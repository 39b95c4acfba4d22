import { expect, test } from 'vitest';
import { printJson } from '../../base/json.ts';
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import { countResults } from '../ward/count-results.ts';
import {
  acknowledgementsOf,
  acknowledgementTask,
  faultsOfReadBack,
  leadingCriticals,
  openCriticals,
  type ReadBack,
} from './critical-results.ts';
import { changeOf, momentsOf, resultPanels, resultValue, type ResultRow, type ResultSource } from './read-results.ts';
import { reportLines, waitedFor } from './waited-for.ts';

const NOW = Date.parse('2026-02-10T14:20:00Z');
const LAB = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] };
const flagged = (code: string): JsonObject => ({ interpretation: [{ coding: [{ code }] }] });

const potassium = (value: string, taken: string, more: JsonObject = {}, unit = 'mmol/L'): ResultSource => {
  const id = `k-${taken}-${value}`;
  const resource: ResourceJson = {
    resourceType: 'Observation',
    id,
    status: 'final',
    category: [LAB],
    code: { coding: [{ system: 'http://loinc.org', code: '2823-3' }], text: 'Potassium' },
    effectiveDateTime: taken,
    issued: taken,
    valueQuantity: { value: Number(value), unit },
    referenceRange: [{ low: { value: 3.5 }, high: { value: 5.3 } }],
    ...more,
  };
  const text = printJson(resource).replace(`"value":${String(Number(value))},"unit"`, `"value":${value},"unit"`);
  return { resource, text, conflict: false };
};
const report = (of: readonly ResultSource[], more: JsonObject = {}): ResultSource => ({
  resource: {
    resourceType: 'DiagnosticReport',
    id: 'r',
    status: 'final',
    category: [{ coding: [{ code: 'LAB' }] }],
    code: { text: 'Urea and electrolytes' },
    result: of.map(({ resource }) => ({ reference: `Observation/${resource.id ?? ''}` })),
    ...more,
  },
  text: '',
  conflict: false,
});
const rowsOf = (all: readonly ResultSource[]): readonly ResultRow[] => resultPanels(all).flatMap(({ rows }) => rows);

test('[LR1] a value keeps the digits, the comparator and the unit that were reported', () => {
  const at = '2026-02-10T08:00:00Z';
  expect(resultValue(potassium('4.10', at))).toMatchObject({
    value: '4.10',
    number: 4.1,
    unit: 'mmol/L',
    comparator: '',
  });
  const above = potassium('90', at, { valueQuantity: { value: 90, unit: 'mL/min', comparator: '>=' } });
  expect(resultValue(above)).toMatchObject({ value: '90', comparator: '>=' });
  const grown = potassium('1', at, { valueQuantity: undefined, valueCodeableConcept: { text: 'No growth' } });
  expect(resultValue(grown)).toMatchObject({ value: 'No growth', unit: '' });
});

test('[LR1] values of another unit are another row, and what is no result of a laboratory is in none', () => {
  const all = [
    potassium('4.1', '2026-02-10T08:00:00Z'),
    potassium('16', '2026-02-09T08:00:00Z', {}, 'mg/dL'),
    potassium('4.4', '2026-02-08T08:00:00Z', { category: [{ coding: [{ code: 'vital-signs' }] }] }),
  ];
  const rows = rowsOf([...all, report(all)]);
  expect(rows.map(({ unit, values }) => [unit, values.map(({ value }) => value)])).toEqual([
    ['mmol/L', ['4.1']],
    ['mg/dL', ['16']],
  ]);
  expect(resultPanels([...all, report(all)]).map(({ words }) => words)).toEqual(['Urea and electrolytes']);
  expect(momentsOf(resultPanels(all))).toEqual(['2026-02-10T08:00:00Z', '2026-02-09T08:00:00Z'].map(Date.parse));
});

test('[LR2] the interpretation is the one recorded; the printed range speaks only where there is none, and never of critical', () => {
  const at = '2026-02-10T08:00:00Z';
  const grade = (value: string, more: JsonObject = {}): string => resultValue(potassium(value, at, more)).grade;
  // Recorded as normal by the laboratory, whatever the range says.
  expect(grade('6.9', flagged('N'))).toBe('normal');
  expect(grade('4.0', flagged('HH'))).toBe('critical-high');
  expect(['LL', 'AA', 'H', 'L', 'A'].map((code) => grade('4.0', flagged(code)))).toEqual([
    'critical-low',
    'critical',
    'high',
    'low',
    'abnormal',
  ]);
  expect(grade('9.9')).toBe('above-range');
  expect(grade('1.1')).toBe('below-range');
  expect(grade('4.0')).toBe('none');
  // A code that is not known is not silently made something else.
  expect(grade('9.9', flagged('ZZ'))).toBe('none');
  expect(grade('9.9', { valueQuantity: { value: 9.9, unit: 'mmol/L', comparator: '<' } })).toBe('none');
});

test('[LR4] the change is between plain numbers of one unit, with the digits of the value that has most', () => {
  const change = (...values: readonly ResultSource[]): unknown => {
    const [row] = rowsOf(values);
    const found = row === undefined ? undefined : changeOf(row);
    return found === undefined ? undefined : [found.way, found.by, found.before.value];
  };
  const old = potassium('4.05', '2026-02-09T08:00:00Z');
  expect(change(old, potassium('4.6', '2026-02-10T08:00:00Z'))).toEqual(['up', '+0.55', '4.05']);
  expect(change(old, potassium('3.9', '2026-02-10T08:00:00Z'))).toEqual(['down', '-0.15', '4.05']);
  expect(change(old, potassium('4.050', '2026-02-10T08:00:00Z'))).toEqual(['same', '0', '4.05']);
  const above = { valueQuantity: { value: 7, unit: 'mmol/L', comparator: '>' } };
  expect(change(old, potassium('7', '2026-02-10T08:00:00Z', above))).toEqual(['unknown', undefined, '4.05']);
  expect(change(old)).toBeUndefined();
});

test('[LR5] preliminary and corrected say so; cancelled and in error have no value, and are not the latest', () => {
  const states = (['preliminary', 'corrected', 'amended', 'cancelled', 'entered-in-error'] as const).map((status) =>
    resultValue(potassium('6.9', '2026-02-10T08:00:00Z', { status, ...flagged('HH') })),
  );
  expect(states.map(({ state, value, grade }) => [state, value, grade])).toEqual([
    ['preliminary', '6.9', 'critical-high'],
    ['corrected', '6.9', 'critical-high'],
    ['corrected', '6.9', 'critical-high'],
    ['cancelled', '', 'none'],
    ['in-error', '', 'none'],
  ]);
  const all = [
    potassium('4.1', '2026-02-09T08:00:00Z'),
    potassium('9.9', '2026-02-10T08:00:00Z', { status: 'entered-in-error' }),
  ];
  const [row] = rowsOf(all);
  expect(rowsOf(all)).toHaveLength(1);
  expect(row?.shown.map(({ value }) => value)).toEqual(['4.1']);
  expect(row?.values).toHaveLength(2);
});

const request = (more: JsonObject = {}): ResourceJson => ({
  resourceType: 'ServiceRequest',
  id: 'q',
  status: 'active',
  category: [{ coding: [{ code: '108252007' }] }],
  code: { text: 'Potassium' },
  priority: 'urgent',
  authoredOn: '2026-02-10T12:20:00Z',
  ...more,
});
test('[LR6] an investigation is waited for until a final report answers it; a preliminary one is told', () => {
  const answer = (status: string): ResourceJson => ({
    ...report([]).resource,
    status,
    basedOn: [{ reference: 'ServiceRequest/q' }],
  });
  expect(waitedFor([request()])).toMatchObject([
    { since: NOW - 2 * 3_600_000, hasPreliminary: false, priority: 'urgent' },
  ]);
  expect(waitedFor([request(), answer('preliminary')])).toMatchObject([{ hasPreliminary: true }]);
  expect(waitedFor([request(), answer('final')])).toEqual([]);
  expect(waitedFor([request({ status: 'revoked' })])).toEqual([]);
  expect(waitedFor([request({ category: [{ coding: [{ code: 'service-diet' }] }] })])).toEqual([]);
});

const DAY = 86_400_000;
const dayAgo = (days: number): string => new Date(NOW - days * DAY).toISOString();
const HIGH = potassium('6.9', dayAgo(0.1), flagged('HH'));
const done = (focus: string, more: JsonObject = {}): ResourceJson => ({
  resourceType: 'Task',
  id: 't',
  status: 'completed',
  focus: { reference: focus },
  ...more,
});
test('[LR8] a critical result counts until a completed Task is about it or about its report, here and on the ward’s board', () => {
  const { resource } = HIGH;
  const name = `Observation/${resource.id ?? ''}`;
  const counts = (...more: readonly ResourceJson[]): readonly number[] => [
    openCriticals([resource, ...more]).length,
    countResults([resource, ...more], NOW, undefined).critical,
  ];
  expect(counts()).toEqual([1, 1]);
  expect(counts(done(name, { status: 'requested' }))).toEqual([1, 1]);
  expect(counts(done('ServiceRequest/q'))).toEqual([1, 1]);
  expect(counts(done(name))).toEqual([0, 0]);
  expect(counts(report([HIGH]).resource, done('DiagnosticReport/r'))).toEqual([0, 0]);
  expect(openCriticals([{ ...resource, status: 'entered-in-error' }])).toEqual([]);
});

test('[LR8] of seven days or of the stay, whichever is longer; older ones are counted; the board has the same', () => {
  const at = [1, 6, 20, 40].map((days) => potassium('6.9', dayAgo(days), flagged('HH')).resource);
  const count = (stayFrom: number | undefined): readonly number[] => {
    const { lead, older } = leadingCriticals(at, NOW, stayFrom);
    return [lead.length, older];
  };
  expect(count(undefined)).toEqual([2, 2]);
  expect(count(NOW - 2 * DAY)).toEqual([2, 2]);
  expect(count(NOW - 30 * DAY)).toEqual([3, 1]);
  expect(countResults(at, NOW, NOW - 30 * DAY).critical).toBe(3);
});

test('[LR11] a score of vital signs that calls itself critical is no critical result', () => {
  const score = { ...HIGH.resource, category: [{ coding: [{ code: 'vital-signs' }] }] };
  expect(openCriticals([score])).toEqual([]);
  expect(countResults([score], NOW, undefined).critical).toBe(0);
});

const TYPED: ReadBack = {
  how: 'phone',
  toldBy: 'J. Okafor, laboratory',
  value: '6.9',
  at: NOW,
  action: 'Dr Reid told, calcium given',
  informed: 'Dr Reid',
};
test('[LR9] who, how, the value read back, when and what was done are asked for; another value is not taken', () => {
  const result = resultValue(HIGH);
  const faults = (more: Partial<ReadBack>): readonly string[] => faultsOfReadBack({ ...TYPED, ...more }, result, NOW);
  expect(faults({})).toEqual([]);
  expect(faults({ value: '6,90' })).toEqual([]);
  expect(faults({ value: '6.8' })).toEqual(['differs']);
  expect(faults({ value: '69' })).toEqual(['differs']);
  expect(faults({ value: '6.9.1' })).toEqual(['differs']);
  expect(faults({ how: '', toldBy: '', value: '', at: undefined, action: '' })).toEqual([
    'how',
    'no-value',
    'no-time',
    'no-action',
  ]);
  expect(faults({ toldBy: ' ' })).toEqual(['told-by']);
  expect(faults({ how: 'screen', toldBy: '' })).toEqual([]);
  expect(faults({ at: NOW + DAY })).toEqual(['future']);
  expect(faults({ at: result.takenAt - 1 })).toEqual(['before']);
  const grown = { value: 'Gram-negative rods seen', takenAt: 0 };
  expect(faultsOfReadBack({ ...TYPED, value: 'gram-negative rods seen ' }, grown, NOW)).toEqual([]);
  expect(faultsOfReadBack({ ...TYPED, value: 'no growth' }, grown, NOW)).toEqual(['differs']);
});

const acknowledged = acknowledgementTask(HIGH.resource, TYPED, {
  id: 'ack',
  subject: 'Patient/p',
  encounter: 'Encounter/e',
  me: { who: 'Practitioner/n', name: 'A. Nurse' },
  told: '2026-02-10T14:19:00Z',
  written: '2026-02-10T14:20:00Z',
  words: 'Potassium 6.9 mmol/L',
});
test('[LR9] it is a completed Task about the result by the person, and reads back as it was written', () => {
  expect(acknowledged).toMatchObject({
    resourceType: 'Task',
    status: 'completed',
    focus: { reference: `Observation/${HIGH.resource.id ?? ''}` },
    for: { reference: 'Patient/p' },
    owner: { reference: 'Practitioner/n' },
  });
  expect(acknowledgementsOf(`Observation/${HIGH.resource.id ?? ''}`, [acknowledged])).toMatchObject([
    {
      value: '6.9 mmol/L',
      readBack: '6.9',
      how: 'phone',
      toldBy: 'J. Okafor, laboratory',
      by: 'A. Nurse',
      action: 'Dr Reid told, calcium given',
      informed: 'Dr Reid',
    },
  ]);
});

test('[LR10] corrected to another critical value, it must be acknowledged again', () => {
  expect(openCriticals([HIGH.resource, acknowledged])).toEqual([]);
  const corrected = { ...HIGH.resource, status: 'corrected', valueQuantity: { value: 7.4, unit: 'mmol/L' } };
  expect(openCriticals([corrected, acknowledged])).toHaveLength(1);
  expect(countResults([corrected, acknowledged], NOW, undefined).critical).toBe(1);
});

test('[LR13] the report of a study is read here, and the pictures are said where they are', () => {
  const study: ResultSource = {
    resource: {
      resourceType: 'ImagingStudy',
      id: 's',
      identifier: [
        { system: 'urn:dicom:uid', value: 'urn:oid:2.25.1' },
        { system: 'accession', value: 'P1-CT' },
      ],
      modality: [{ code: 'CT', display: 'Computed Tomography' }],
      numberOfInstances: 120,
      started: dayAgo(1),
    },
    text: '',
    conflict: false,
  };
  const ct = report([], {
    category: [{ coding: [{ code: 'RAD' }] }],
    conclusion: 'No bleed.',
    imagingStudy: [{ reference: 'ImagingStudy/s' }],
    issued: dayAgo(1),
  });
  expect(reportLines([ct, study])).toMatchObject([
    { kind: 'imaging', conclusion: 'No bleed.', studies: [{ pictures: 120, accession: 'P1-CT' }] },
  ]);
  expect(reportLines([report([HIGH])])).toEqual([]);
  expect(reportLines([report([], { status: 'entered-in-error' })])).toEqual([]);
  expect(reportLines([ct, study], NOW)).toEqual([]);
});
