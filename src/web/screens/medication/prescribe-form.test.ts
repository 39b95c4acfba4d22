import { expect, test } from 'vitest';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import { demoRules, NOW, order } from '../../../core/care/medication/chart.test-kit.ts';
import { emptyForm, faultsOf, formOf, readForm, typedOf, withTemplate, type PrescribeForm } from './prescribe-form.ts';
import { checkHere, rulesInForce } from './use-content.ts';
import { doseFaults, firstForm, readDose } from '../mar/dose-form.ts';
import { marRows } from '../../../core/care/medication/mar-rows.ts';

const RULES = demoRules();
const typed: PrescribeForm = {
  ...emptyForm('id', NOW),
  medicine: 'amoxicillin',
  dose: '500',
  route: 'oral',
  clocks: '08:00 20:00',
};
const fields = (form: PrescribeForm): readonly string[] => faultsOf(form).map(({ field }) => field);

test('[MD39] what is missing is named by its field; a whole form has nothing', () => {
  expect(fields(emptyForm('id', NOW))).toEqual(['medicine', 'dose', 'route', 'clocks']);
  expect(fields(typed)).toEqual([]);
  expect(fields({ ...typed, clocks: '8 o’clock' })).toEqual(['clocks']);
  expect(fields({ ...typed, when: 'as-needed', hours: '6', most: '400' })).toEqual(['most', 'asNeededReason']);
  expect(fields({ ...typed, isFree: true, freeDosage: '', dose: '' })).toEqual(['freeDosage']);
  expect(fields({ ...typed, dose: '0' })).toEqual(['dose']);
  expect(typedOf({ ...typed, days: '5' }, RULES).endAt).toBe(typedOf(typed, RULES).startAt + 5 * 86_400_000);
});
test('[MD30] an order is typed anew as it was; what the fields cannot hold stays in its own words', () => {
  const prn = formOf(order(RULES, 'paracetamol', { dose: 1000, asNeeded: { hours: 6, most: 4000 } }), RULES, 'n', NOW);
  expect(prn).toMatchObject({ medicine: 'paracetamol', dose: '1000', when: 'as-needed', hours: '6', most: '4000' });
  const weekly = order(RULES, 'senna', { times: ['08:00'] });
  const [dosage] = weekly['dosageInstruction'] as readonly { timing: { repeat: object } }[];
  const onMonday = {
    ...weekly,
    dosageInstruction: [{ ...dosage, timing: { repeat: { ...dosage?.timing.repeat, dayOfWeek: ['mon'] } } }],
  } as unknown as ResourceJson;
  expect(formOf(onMonday, RULES, 'n', NOW)).toMatchObject({ isFree: true, freeDosage: 'as ordered' });
});
test('[MD39] a template per kilogram needs the weight and rounds down; drafts of another build say nothing', () => {
  const rule = RULES.medicines.find(({ key }) => key === 'paracetamol');
  const child = rule?.templates.find(({ children }) => children === true);
  if (child === undefined) throw new Error('no template for children');
  expect(withTemplate(typed, child, 13.3).dose).toBe('190');
  expect(withTemplate(typed, child, undefined).dose).toBe('');
  expect(readForm(typed)).toEqual(typed);
  for (const kept of [undefined, 'x', { ...typed, when: 'sometimes' }, { id: 'x' }])
    expect(readForm(kept)).toBeUndefined();
});
test('[MD36] content that is opening says nothing; content that is halted, broken or absent says NO CHECKS', () => {
  expect(rulesInForce({ state: 'opening' })).toBeUndefined();
  expect(rulesInForce({ state: 'failed' })).toEqual({ state: 'no-checks', why: 'failed' });
  const shelf = { halted: false, setAside: [], starts: 0, steps: [] };
  expect(rulesInForce({ state: 'none', shelf })).toEqual({ state: 'no-checks', why: 'no-content' });
  // A checker that throws is no blank.
  const broken = { state: 'active', rules: {} as never, content: 'x' } as const;
  const to = { order: order(RULES, 'senna'), record: [], now: NOW, stale: false };
  expect(checkHere(to, broken)).toEqual({ state: 'no-checks', why: 'failed' });
});
test('[MD44] a warning or a block wants a reason before a dose is charted as given; a time to come is refused whatever the reason', () => {
  const [row] = marRows([order(RULES, 'senna', { id: 'r' })], NOW - 12 * 3_600_000, NOW, {
    now: NOW,
    zoneMinutes: () => 0,
  });
  if (row === undefined) throw new Error('no row');
  const form = firstForm('id', row, undefined, NOW);
  const faults = (wants: boolean, future: boolean, more = {}): readonly string[] =>
    doseFaults({ ...form, ...more }, wants, future).map(({ fault }) => fault);
  expect(readDose(form)).toEqual(form);
  for (const kept of [null, {}, { ...form, what: 'maybe' }]) expect(readDose(kept)).toBeUndefined();
  expect(faults(false, false)).toEqual([]);
  expect(faults(true, false)).toEqual(['overrideMissing']);
  expect(faults(true, false, { override: 'prescriber called' })).toEqual([]);
  expect(faults(true, true, { override: 'prescriber called' })).toEqual(['future']);
  expect(faults(false, false, { what: 'not-given' })).toEqual(['reasonMissing']);
  expect(faults(false, false, { what: 'not-given', reason: 'other' })).toEqual(['wordsMissing']);
  expect(faults(false, false, { dose: '' })).toEqual(['doseMissing']);
});
