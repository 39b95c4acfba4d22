import { expect, test } from 'vitest';
import { parseJson, printJson } from '../../base/json.ts';
import type { ResourceJson } from '../../base/json-types.ts';
import { validateResource } from '../../fhir/validate/validate.ts';
import { measureBy, MEASURES } from './sign-codes.ts';
import { signValuesOf, trendsOf, vitalSets, type Taken } from './read-vitals.ts';
import { doubtOf, vitalResources, type SetAsTyped } from './write-vitals.ts';

const TAKEN = '2026-03-01T10:00:00+01:00';
const AT = Date.UTC(2026, 2, 1, 9);
const SET: SetAsTyped = {
  patient: 'p',
  encounter: 'e',
  takenBy: 'Practitioner/n',
  takenText: TAKEN,
  takenAt: AT,
  writtenText: '2026-03-01T10:02:00+01:00',
  writtenAt: AT + 120_000,
  values: {
    breaths: '18',
    saturation: '97',
    systolic: '120',
    diastolic: '80',
    pulse: '70',
    temperature: '36.50',
    pain: '0',
  },
  onOxygen: false,
  consciousness: 'alert',
  scale: 1,
  isScored: true,
};
const written = (set: Partial<SetAsTyped> = {}): readonly ResourceJson[] => {
  let n = 0;
  return vitalResources({ ...SET, ...set }, () => `o${(n += 1)}`);
};
/** As a store gives them back. */
const back = (resources: readonly ResourceJson[]): readonly Taken[] =>
  resources.map((one) => {
    const parsed = parseJson(printJson(one));
    if (!parsed.ok) throw new Error('not JSON');
    return { resource: parsed.value.value as ResourceJson, conflict: false };
  });
const scores = (resources: readonly ResourceJson[]): readonly ResourceJson[] =>
  resources.filter((one) => one['valueInteger'] !== undefined && printJson(one).includes('news2'));

test('[VT7] what is saved is valid FHIR, digit by digit, and reads back as what was typed', () => {
  const resources = written();
  for (const one of resources) {
    const parsed = parseJson(printJson(one), { numbers: 'lossless' });
    if (!parsed.ok) throw new Error('not JSON');
    const faults = validateResource(parsed.value.value, { now: AT });
    expect(faults.filter(({ severity }) => severity === 'error')).toEqual([]);
  }
  expect(resources.map((one) => printJson(one)).join('')).toContain('"value":36.50');
  const [set, ...others] = vitalSets(back(resources));
  expect(others).toEqual([]);
  expect(set?.at).toBe(AT);
  expect(set && signValuesOf(set)).toEqual({
    breaths: 18,
    saturation: 97,
    onOxygen: false,
    systolic: 120,
    pulse: 70,
    consciousness: 'alert',
    temperature: 36.5,
  });
  expect(set?.score).toMatchObject({ value: 0, scale: 1 });
  expect(set?.values.pain?.value).toBe(0);
  expect(set?.takenBy).toEqual(['Practitioner/n']);
});

test('[VT7] what was not taken is not written; oxygen of an unknown flow is oxygen', () => {
  const few = written({ values: { pulse: '88' }, onOxygen: undefined, consciousness: undefined });
  expect(few).toHaveLength(1);
  expect(written({ values: {}, onOxygen: undefined, consciousness: undefined })).toEqual([]);
  const [set] = vitalSets(back(written({ values: { pulse: '88' }, onOxygen: true, consciousness: undefined })));
  expect(set?.onOxygen).toBe(true);
  expect(set?.values.oxygen).toBeUndefined();
  const [flow] = vitalSets(back(written({ values: { oxygen: '2.5' }, onOxygen: true })));
  expect(flow?.values.oxygen?.value).toBe(2.5);
});

test('[VT8] the score has the signs as members and says its scale; who has none gets none', () => {
  const [score] = scores(written({ scale: 2 }));
  expect(printJson(score ?? {})).toContain('scale 2');
  expect(score?.['hasMember']).toHaveLength(written().length - 1);
  expect(scores(written({ isScored: false }))).toEqual([]);
  expect(scores(written({ consciousness: undefined }))).toEqual([]);
  const [worse] = scores(written({ values: { ...SET.values, breaths: '25' } }));
  expect(printJson(worse ?? {})).toContain('"code":"H"');
});

test('[VT9] a late entry carries when it was made; one in time does not', () => {
  expect(written()[0]?.['extension']).toBeUndefined();
  const late = written({ writtenAt: AT + 3_600_001, writtenText: '2026-03-01T11:00:01+01:00' });
  expect(late[0]?.['extension']).toMatchObject([{ valueDateTime: '2026-03-01T11:00:01+01:00' }]);
  expect(late[0]?.['effectiveDateTime']).toBe(TAKEN);
});

test('[VT4] what is entered in error is not among the values, and what is in conflict is marked', () => {
  const resources = back(written());
  const wrong = resources.map((one) => ({ ...one, resource: { ...one.resource, status: 'entered-in-error' } }));
  expect(vitalSets(wrong)).toEqual([]);
  const [disputed] = vitalSets(resources.map((one) => ({ ...one, conflict: true })));
  expect(disputed?.values.pulse?.isDisputed).toBe(true);
  expect(disputed?.score?.isDisputed).toBe(true);
});

test('[VT5] [VT6] values of another unit stand on another line, oldest first', () => {
  const celsius = back(written());
  const later = back(
    vitalResources({ ...SET, takenText: '2026-03-01T12:00:00+01:00', values: { temperature: '37.1' } }, () => 'x'),
  );
  const fahrenheit = {
    conflict: false,
    resource: {
      resourceType: 'Observation',
      id: 'f',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '8310-5' }] },
      effectiveDateTime: '2026-03-01T11:00:00+01:00',
      valueQuantity: { value: 99.1, unit: '°F' },
    },
  };
  const lines = trendsOf(vitalSets([...later, fahrenheit, ...celsius]), 'temperature');
  expect(lines.map(({ unit, points }) => [unit, points.map(({ value }) => value)])).toEqual([
    ['°C', [36.5, 37.1]],
    ['°F', [99.1]],
  ]);
  expect(vitalSets([...later, ...celsius]).map(({ at }) => at)).toEqual([AT + 2 * 3_600_000, AT]);
});

test('[VT10] what is hardly possible is asked about, and what no body has is not taken', () => {
  const temperature = measureBy('temperature');
  expect(doubtOf(temperature, '36.6')).toBeUndefined();
  expect(doubtOf(temperature, '30.1')).toBe('implausible');
  expect(doubtOf(temperature, '98.6')).toBe('impossible');
  expect(doubtOf(temperature, '36.66')).toBe('too-many-digits');
  for (const text of ['', 'x', '1e3', '-1', '36,6', '٣٦']) expect(doubtOf(temperature, text), text).toBe('no-number');
  for (const { plausible, possible } of MEASURES) {
    expect(possible[0]).toBeLessThanOrEqual(plausible[0]);
    expect(possible[1]).toBeGreaterThanOrEqual(plausible[1]);
  }
});

test('[VT12] two values of one sign at one moment both stand, as sets of their own; two people are two sets', () => {
  const set = (pulse: string, by: string, id: string): readonly Taken[] => {
    let n = 0;
    return back(
      vitalResources({ ...SET, takenBy: by, values: { pulse, temperature: '37' } }, () => `${id}${(n += 1)}`),
    );
  };
  const all = [
    ...set('171', 'Practitioner/n', 'a'),
    ...set('172', 'Practitioner/n', 'b'),
    ...set('80', 'Practitioner/m', 'c'),
  ];
  const shown = vitalSets(all);
  expect(shown.map(({ values }) => values.pulse?.value).toSorted()).toEqual([171, 172, 80].toSorted());
  expect(shown.every(({ takenBy, values }) => takenBy.length === 1 && values.temperature?.value === 37)).toBe(true);
  expect(new Set(shown.flatMap(({ sources }) => sources)).size).toBe(all.length);
});
