import { describe, expect, test } from 'vitest';
import type { ResourceJson } from '../../base/json-types.ts';
import { validatorFor } from './validate.test-kit.ts';
import { ADULT, at, DAY, demoRules, dose, HOUR, inForce, NOW, order } from './chart.test-kit.ts';
import { checkOrder } from './check-order.ts';
import { entryOf } from './dose-entry.ts';
import { guardDose, isRefused, type DoseWarning } from './guard-dose.ts';
import { lineOf, medicationLines, partsOf, plainNumber } from './medication-lines.ts';
import { tallMan } from './tall-man.ts';
import { doseResource, endInfusionPatch, undoPatch, type Charting } from './write-dose.ts';
import { orderResource, stepPatch, stepsOf, withChecks, type OrderAround, type OrderAsTyped } from './write-order.ts';
import { ruleOf, searchMedicines } from './find-medicine.ts';

const RULES = demoRules();
const qds = order(RULES, 'paracetamol', { id: 'r', dose: 1000, times: ['08:00', '12:00', '18:00', '22:00'] });
const prn = order(RULES, 'paracetamol', { id: 'r', dose: 1000, asNeeded: { hours: 6, most: 4000 } });
const entries = (...resources: readonly ResourceJson[]) => resources.flatMap((one) => entryOf(one) ?? []);
const GRAM = { value: 1000, unit: 'mg' } as const;
const kinds = (warnings: readonly DoseWarning[]): readonly string[] => warnings.map(({ kind }) => kind);

describe('before a dose is charted', () => {
  test('[MD24] another dose for the due time or close by is shown with its facts, wherever it is from (DT37)', () => {
    const paper = dose('1', 'r', NOW - 600_000, {
      due: NOW,
      more: {
        extension: [
          { url: 'https://holdfast.example/fhir/StructureDefinition/due-time', valueDateTime: at(NOW) },
          { url: 'https://holdfast.example/fhir/StructureDefinition/entered-from', valueCode: 'paper' },
        ],
      },
    });
    const charted = { request: qds, dueAt: NOW, at: NOW, amount: GRAM };
    const [warning] = guardDose(charted, entries(paper), NOW, false);
    expect(warning).toMatchObject({
      kind: 'same-due-time',
      others: [{ source: 'paper', at: NOW - 600_000, by: 'Nurse N' }],
    });
    const near = dose('2', 'r', NOW - HOUR, { due: NOW - 4 * HOUR });
    expect(kinds(guardDose(charted, entries(near), NOW, false))).toEqual(['close-by']);
    expect(guardDose(charted, entries(dose('3', 'r', NOW - 4 * HOUR, { due: NOW - 4 * HOUR })), NOW, false)).toEqual(
      [],
    );
    const refused = dose('4', 'r', NOW, { due: NOW, status: 'not-done' });
    expect(guardDose(charted, entries(refused), NOW, false)).toEqual([]);
  });
  test('[MD25] as-needed doses: interval and 24-hour maximum, also around a late entry (CR6)', () => {
    const charted = { request: prn, at: NOW, amount: GRAM };
    expect(kinds(guardDose(charted, entries(dose('1', 'r', NOW - 5 * HOUR)), NOW, false))).toEqual(['too-soon']);
    expect(guardDose(charted, entries(dose('1', 'r', NOW - 6 * HOUR)), NOW, false)).toEqual([]);
    const four = entries(...[6, 12, 18, 23].map((hours) => dose(`${hours}`, 'r', NOW - hours * HOUR)));
    expect(guardDose(charted, four, NOW, false)).toMatchObject([{ kind: 'over-maximum', sum: 5000 }]);
    // A late entry before four that follow within its 24 hours.
    const after = entries(...[6, 12, 18, 23].map((hours) => dose(`${hours}`, 'r', NOW + hours * HOUR)));
    expect(kinds(guardDose(charted, after, NOW + DAY, false))).toContain('over-maximum');
    const unknown = entries(dose('1', 'r', NOW - 8 * HOUR, { unit: 'spoons' }));
    expect(kinds(guardDose(charted, unknown, NOW, false))).toEqual(['maximum-not-checked']);
  });
  test('[MD26] nothing is given in the future; early, differing, held, ended and disputed are asked about', () => {
    const future = guardDose({ request: qds, dueAt: NOW + HOUR, at: NOW + HOUR, amount: GRAM }, [], NOW, false);
    expect(isRefused(future)).toBe(true);
    const give = (more: Partial<Parameters<typeof guardDose>[0]>, conflict = false): readonly string[] =>
      kinds(guardDose({ request: qds, dueAt: NOW, at: NOW, amount: GRAM, ...more }, [], NOW, conflict));
    expect(give({})).toEqual([]);
    expect(give({ dueAt: NOW + 6 * HOUR })).toEqual(['early']);
    expect(give({ amount: { value: 500, unit: 'mg' } })).toEqual(['differs']);
    expect(give({ amount: { value: 1, unit: 'g' } })).toEqual([]);
    expect(give({ request: { ...qds, status: 'on-hold' } })).toEqual(['held']);
    expect(give({ request: { ...qds, status: 'stopped' } })).toEqual(['ended']);
    expect(give({ request: { ...qds, status: 'stopped' } }, true)).toEqual(['stop-disputed']);
  });
});

const charting: Charting = {
  request: qds,
  dueAt: NOW,
  at: NOW,
  now: NOW,
  done: { what: 'given', amount: GRAM, amountWord: 'mg', site: 'left arm', running: false },
  who: { reference: 'Practitioner/n', display: 'Nurse N' },
  fromPaper: false,
  override: '',
  scanned: true,
  note: '',
  stay: 'Encounter/e',
  textOf: at,
};
describe('what is written', () => {
  test('[MD27] each dose is a resource of its own with what was really done; it is valid and is read back', () => {
    const given = doseResource({ ...charting, witness: { display: 'Nurse W' } });
    expect(validatorFor(given)).toEqual([]);
    expect(entryOf({ ...given, resourceType: 'MedicationAdministration', id: '1' })).toMatchObject({
      status: 'given',
      amount: GRAM,
      site: 'left arm',
      dueAt: NOW,
      witness: 'Nurse W',
      scanned: true,
      by: 'Nurse N',
      lateAt: undefined,
    });
    const wasted = doseResource({ ...charting, done: { what: 'wasted', amount: GRAM, words: '' } });
    expect(validatorFor(wasted)).toEqual([]);
    expect(entryOf({ ...wasted, resourceType: 'MedicationAdministration', id: '2' })).toMatchObject({
      status: 'wasted',
      wasted: GRAM,
    });
    const refused = doseResource({ ...charting, done: { what: 'not-given', reason: 'refused', words: '' } });
    expect(validatorFor(refused)).toEqual([]);
    expect(entryOf({ ...refused, resourceType: 'MedicationAdministration', id: '3' })).toMatchObject({
      status: 'not-given',
      reason: 'Refused by patient',
    });
    expect(refused['dosage']).toBeUndefined();
  });
  test('[MD28] more than an hour later it is a late entry, whatever became of the patient; from paper it says so (CR12, CR13)', () => {
    const late = doseResource({ ...charting, now: NOW + 3 * HOUR, fromPaper: true });
    expect(entryOf({ ...late, resourceType: 'MedicationAdministration', id: '1' })).toMatchObject({
      lateAt: NOW + 3 * HOUR,
      source: 'paper',
    });
    const prompt = doseResource({ ...charting, now: NOW + HOUR });
    expect(entryOf({ ...prompt, resourceType: 'MedicationAdministration', id: '1' })?.lateAt).toBeUndefined();
  });
  test('[MD29] undoing is entered in error with a reason, beside the reasons that stood there', () => {
    expect(JSON.parse(undoPatch({}, 'wrong patient'))).toEqual([
      { op: 'replace', path: '/status', value: 'entered-in-error' },
      { op: 'add', path: '/statusReason', value: [{ text: 'wrong patient' }] },
    ]);
    expect(JSON.parse(undoPatch({ statusReason: [{ text: 'x' }] }, 'y'))[1]).toMatchObject({ path: '/statusReason/-' });
    expect(JSON.parse(endInfusionPatch({ effectivePeriod: { start: at(NOW) } }, at(NOW), true))).toEqual([
      { op: 'replace', path: '/status', value: 'stopped' },
      { op: 'add', path: '/effectivePeriod/end', value: at(NOW) },
    ]);
  });

  const medicine = RULES.medicines.find(({ key }) => key === 'amoxicillin');
  const typed: OrderAsTyped = {
    medicine,
    freeName: '',
    dose: { value: 500, unit: 'mg' },
    route: 'oral',
    timing: { kind: 'times', times: ['06:00', '14:00', '22:00'], days: [] },
    freeDosage: '',
    startAt: NOW,
    endAt: NOW + 5 * DAY,
    indication: 'pneumonia',
    note: '',
    urgent: false,
  };
  const around: OrderAround = {
    subject: 'Patient/p',
    stay: 'Encounter/e',
    who: { reference: 'Practitioner/d', display: 'Dr D' },
    now: NOW,
    replaces: 'MedicationRequest/old',
    textOf: at,
  };
  test('[MD30] a changed order is a new one that names the one it replaces; it is valid and is read back as it was typed', () => {
    const timings: readonly OrderAsTyped['timing'][] = [
      typed.timing,
      { kind: 'interval', hours: 6 },
      { kind: 'as-needed', hours: 6, most: 2000, reason: 'pain' },
      { kind: 'infusion', hours: 8 },
      { kind: 'once' },
    ];
    for (const timing of timings) {
      const written = orderResource({ ...typed, timing }, around);
      expect(validatorFor(written), timing.kind).toEqual([]);
      expect(written['priorPrescription']).toEqual({ reference: 'MedicationRequest/old' });
      const read = { ...written, resourceType: 'MedicationRequest', id: 'x' };
      expect(ruleOf(RULES, read)?.key).toBe('amoxicillin');
      const when = partsOf(read).find((part) => part.kind === 'when');
      expect(when?.kind === 'when' && when.cadence.kind).toBe(timing.kind);
      expect(partsOf(read).some((part) => part.kind === 'words')).toBe(false);
    }
    const free = orderResource(
      { ...typed, medicine: undefined, freeName: 'mouthwash', dose: undefined, freeDosage: 'rinse' },
      around,
    );
    expect(validatorFor(free)).toEqual([]);
    expect(partsOf(free)).toEqual([{ kind: 'words', text: 'rinse' }]);
  });
  test('[MD31] hold, resume and stop say why and since when, and only what the status permits', () => {
    const hold = JSON.parse(stepPatch(qds, 'hold', 'low pressure', at(NOW)));
    expect(hold).toMatchObject([{ value: 'on-hold' }, { value: { text: 'low pressure' } }, { path: '/extension' }]);
    expect(stepsOf(qds)).toEqual(['hold', 'stop']);
    expect(stepsOf({ ...qds, status: 'on-hold' })).toEqual(['resume', 'stop']);
    expect(stepsOf({ ...qds, status: 'stopped' })).toEqual([]);
  });
  test('[MD32] what was told and why it was signed all the same stands in the order', () => {
    const candidate = { ...orderResource(typed, around), resourceType: 'MedicationRequest', id: 'new' };
    const checked = checkOrder({ order: candidate, record: [ADULT], now: NOW, stale: false }, inForce(RULES));
    expect(checked.state).toBe('checked');
    if (checked.state !== 'checked') return;
    const [finding] = checked.findings;
    expect(finding?.kind).toBe('allergies-not-recorded');
    if (finding === undefined) return;
    const signed = withChecks(candidate, checked, [{ finding, words: 'no allergy status', reason: 'emergency' }], '');
    expect(validatorFor(signed)).toEqual([]);
    expect(JSON.stringify(signed['extension'])).toContain('emergency');
    const blind = withChecks(candidate, { state: 'no-checks', why: 'no-content' }, [], 'checker is off');
    expect(JSON.stringify(blind['extension'])).toContain('NO CHECKS');
    expect(validatorFor(blind)).toEqual([]);
  });
});

describe('lines', () => {
  test('[MD13] parts stand in order: form, dose, route, when, most; numbers have no trailing zero and a comma from 1,000', () => {
    const parts = partsOf(prn);
    expect(parts.map(({ kind }) => kind)).toEqual(['form', 'dose', 'route', 'when', 'most']);
    expect([0.5, 1000, 1_234_567.25, 2, 0.1 + 0.2].map(plainNumber)).toEqual([
      '0.5',
      '1,000',
      '1,234,567.25',
      '2',
      '0.3',
    ]);
    const strange = { ...qds, dosageInstruction: [{ text: 'one spoon when it hurts' }] };
    expect(partsOf(strange)).toContainEqual({ kind: 'words', text: 'one spoon when it hurts' });
  });
  test('[MD14] whatever is not known to have ended is current; what is in conflict is current; stopped lately is counted', () => {
    const one = (id: string, status: string, more: object = {}): ResourceJson => ({
      ...order(RULES, 'senna', { id, status }),
      ...more,
    });
    const since = {
      extension: [
        { url: 'https://holdfast.example/fhir/StructureDefinition/status-since', valueDateTime: at(NOW - DAY) },
      ],
    };
    const resources = [
      one('1', 'active'),
      one('2', 'on-hold'),
      one('3', 'stopped', since),
      one('4', 'unknown'),
      one('5', 'entered-in-error'),
      one('6', 'cancelled'),
    ];
    const lines = medicationLines(resources, NOW);
    expect(lines.current.map(({ id }) => id)).toEqual(['1', '4']);
    expect(lines.held.map(({ id }) => id)).toEqual(['2']);
    expect(lines.past.map(({ id }) => id)).toEqual(['3', '6']);
    expect(lines.recentlyStopped.map(({ id }) => id)).toEqual(['3']);
    const disputed = medicationLines(resources, NOW, new Set(['MedicationRequest/3']));
    expect(disputed.current.map(({ id }) => id)).toContain('3');
    expect(lineOf(prn).asNeeded).toBe(true);
  });
  test('[MD35] Tall Man letters change how a name is drawn, by word, and never what is searched', () => {
    expect(tallMan('hydralazine')).toBe('hydrALAZINE');
    // A site's own list goes before the one that is built in.
    expect(tallMan('ceftriaxone', new Map([['ceftriaxone', 'cefTRIAXone']]))).toBe('cefTRIAXone');
    expect(tallMan('nifedipine', RULES.tallMan)).toBe('NIFEdipine');
    expect(tallMan('paracetamol')).toBe('paracetamol');
    expect(searchMedicines(RULES, 'CEFT').map(({ name }) => name)).toEqual(['ceftriaxone']);
  });
  test('[MD3] search finds names, brands and forms by their beginnings; a shared code alone is never enough', () => {
    expect(searchMedicines(RULES, 'brufen')[0]?.key).toBe('ibuprofen');
    expect(searchMedicines(RULES, 'parac intrav').map(({ key }) => key)).toEqual(['paracetamol-iv']);
    expect(searchMedicines(RULES, '  ')).toEqual([]);
    const fluids = {
      resourceType: 'MedicationRequest',
      medicationCodeableConcept: { coding: [{ system: 'http://www.whocc.no/atc', code: 'B05BB01' }] },
    };
    expect(ruleOf(RULES, fluids)).toBeUndefined();
    for (const { key } of RULES.medicines) expect(ruleOf(RULES, order(RULES, key))?.key, key).toBe(key);
  });
});
