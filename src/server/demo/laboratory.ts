// Laboratory results: values that follow the illness, reference ranges, interpretation, reports.
//
// Invariants (specs/demo.md): DM24 every value within what a living person can have; DM26 H, L, HH and LL follow from the range
// that is printed beside the value.
import { assert } from '../../core/base/assert.ts';
import type { Dice } from './dice.ts';
import {
  clamp,
  hl7,
  LABORATORY_NUMBER,
  loinc,
  quantity,
  ref,
  resource,
  round,
  words,
  type Json,
  type Resource,
} from './fhir-parts.ts';
import type { Sex } from './names.ts';
import type { Charting } from './vitals.ts';

export interface Analyte {
  readonly key: string;
  readonly code: string;
  readonly display: string;
  readonly short: string;
  readonly unit: string;
  readonly ucum: string;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly criticalLow: number | undefined;
  readonly criticalHigh: number | undefined;
  /** Beyond these nobody lives, or the machine does not print. */
  readonly least: number;
  readonly most: number;
  readonly digits: number;
}
/** `key; LOINC; LOINC name; short; unit; UCUM; low-high; critical low-high; least-most; digits`. `_` is "none". */
const ROWS = `
hb; 718-7; Hemoglobin [Mass/volume] in Blood; Haemoglobin; g/L; g/L; 120~160; 70~200; 45~220; 0
wbc; 6690-2; Leukocytes [#/volume] in Blood by Automated count; White cells; 10*9/L; 10*9/L; 4~11; 1~30; 0.3~60; 1
neutrophils; 751-8; Neutrophils [#/volume] in Blood by Automated count; Neutrophils; 10*9/L; 10*9/L; 2~7.5; 0.5~_; 0.1~50; 1
platelets; 777-3; Platelets [#/volume] in Blood by Automated count; Platelets; 10*9/L; 10*9/L; 150~400; 30~1000; 8~1200; 0
mcv; 787-2; MCV [Entitic volume] by Automated count; MCV; fL; fL; 80~100; _~_; 60~125; 0
sodium; 2951-2; Sodium [Moles/volume] in Serum or Plasma; Sodium; mmol/L; mmol/L; 133~146; 120~160; 112~168; 0
potassium; 2823-3; Potassium [Moles/volume] in Serum or Plasma; Potassium; mmol/L; mmol/L; 3.5~5.3; 2.5~6.5; 2~7.6; 1
urea; 22664-7; Urea [Moles/volume] in Serum or Plasma; Urea; mmol/L; mmol/L; 2.5~7.8; _~40; 0.8~60; 1
creatinine; 14682-9; Creatinine [Moles/volume] in Serum or Plasma; Creatinine; µmol/L; umol/L; 45~104; _~700; 15~1200; 0
egfr; 98979-8; Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum, Plasma or Blood by Creatinine-based formula (CKD-EPI 2021); eGFR; mL/min/1.73m2; mL/min/{1.73_m2}; 60~_; _~_; 3~90; 0
alt; 1742-6; Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma; ALT; U/L; U/L; 5~45; _~1000; 4~4000; 0
alp; 6768-6; Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma; ALP; U/L; U/L; 30~130; _~_; 15~1500; 0
bilirubin; 14631-6; Bilirubin.total [Moles/volume] in Serum or Plasma; Bilirubin; µmol/L; umol/L; 1~21; _~_; 1~400; 0
albumin; 1751-7; Albumin [Mass/volume] in Serum or Plasma; Albumin; g/L; g/L; 35~50; _~_; 14~55; 0
crp; 1988-5; C reactive protein [Mass/volume] in Serum or Plasma; CRP; mg/L; mg/L; 0~5; _~300; 0~550; 0
lactate; 2524-7; Lactate [Moles/volume] in Serum or Plasma; Lactate; mmol/L; mmol/L; 0.5~2.2; _~4; 0.4~18; 1
troponin; 67151-1; Troponin T.cardiac [Mass/volume] in Serum or Plasma by High sensitivity method; Troponin T (hs); ng/L; ng/L; 0~14; _~100; 3~10000; 0
bnp; 33762-6; Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma; NT-proBNP; ng/L; ng/L; 0~400; _~_; 10~35000; 0
inr; 6301-6; INR in Platelet poor plasma by Coagulation assay; INR; {INR}; {INR}; 0.8~1.2; _~5; 0.8~9; 1
glucose; 14749-6; Glucose [Moles/volume] in Serum or Plasma; Glucose; mmol/L; mmol/L; 3.9~7.8; 2.5~25; 1.8~50; 1
ketones; 6873-4; Beta hydroxybutyrate [Moles/volume] in Serum or Plasma; Ketones; mmol/L; mmol/L; 0~0.6; _~3; 0~9; 1
ph; 2744-1; pH of Arterial blood; pH; pH; [pH]; 7.35~7.45; 7.2~7.6; 6.9~7.65; 2
bicarbonate; 1963-8; Bicarbonate [Moles/volume] in Serum or Plasma; Bicarbonate; mmol/L; mmol/L; 22~29; 10~_; 5~42; 0
pco2; 2019-8; Carbon dioxide [Partial pressure] in Arterial blood; pCO2; kPa; kPa; 4.7~6; _~9; 2.5~13; 1
hba1c; 59261-8; Hemoglobin A1c/Hemoglobin.total in Blood by IFCC protocol; HbA1c; mmol/mol; mmol/mol; 20~41; _~_; 20~150; 0
tsh; 3016-3; Thyrotropin [Units/volume] in Serum or Plasma; TSH; mIU/L; m[IU]/L; 0.3~4.5; _~_; 0.01~60; 2
cholesterol; 14647-2; Cholesterol [Moles/volume] in Serum or Plasma; Cholesterol; mmol/L; mmol/L; _~5; _~_; 1.8~11; 1
magnesium; 2601-3; Magnesium [Moles/volume] in Serum or Plasma; Magnesium; mmol/L; mmol/L; 0.7~1; 0.4~2; 0.3~2.5; 2
calcium; 2000-8; Calcium [Moles/volume] in Serum or Plasma; Calcium; mmol/L; mmol/L; 2.2~2.6; 1.8~3.2; 1.5~3.8; 2
phosphate; 14879-1; Phosphate [Moles/volume] in Serum or Plasma; Phosphate; mmol/L; mmol/L; 0.8~1.5; 0.4~_; 0.3~3.5; 2
amylase; 1798-8; Amylase [Enzymatic activity/volume] in Serum or Plasma; Amylase; U/L; U/L; 30~110; _~_; 15~4000; 0
ddimer; 48065-7; Fibrin D-dimer FEU [Mass/volume] in Platelet poor plasma; D-dimer; ng/mL FEU; ng/mL{FEU}; 0~500; _~_; 100~20000; 0
`;
const bound = (text: string | undefined): number | undefined =>
  text === undefined || text === '_' ? undefined : Number(text);
export const ANALYTES: ReadonlyMap<string, Analyte> = new Map(
  ROWS.trim()
    .split('\n')
    .map((row): [string, Analyte] => {
      const [
        key = '',
        code = '',
        display = '',
        short = '',
        unit = '',
        ucum = '',
        range = '',
        critical = '',
        all = '',
        digits = '0',
      ] = row.split(';').map((c) => c.trim());
      const [low, high] = range.split('~').map(bound);
      const [criticalLow, criticalHigh] = critical.split('~').map(bound);
      const [least, most] = all.split('~').map(Number);
      assert(least !== undefined && most !== undefined && least < most, `analyte row ${key}`);
      return [
        key,
        {
          key,
          code,
          display,
          short,
          unit,
          ucum,
          low,
          high,
          criticalLow,
          criticalHigh,
          least,
          most,
          digits: Number(digits),
        },
      ];
    }),
);
interface Panel {
  readonly title: string;
  readonly code: readonly [string, string] | undefined;
  readonly analytes: readonly string[];
}
export const PANELS: Readonly<Record<string, Panel>> = {
  fbc: {
    title: 'Full blood count',
    code: ['58410-2', 'CBC panel - Blood by Automated count'],
    analytes: ['hb', 'wbc', 'neutrophils', 'platelets', 'mcv'],
  },
  ue: {
    title: 'Urea and electrolytes',
    code: ['24362-6', 'Renal function 2000 panel - Serum or Plasma'],
    analytes: ['sodium', 'potassium', 'urea', 'creatinine', 'egfr'],
  },
  lft: {
    title: 'Liver function',
    code: ['24325-3', 'Hepatic function 2000 panel - Serum or Plasma'],
    analytes: ['alt', 'alp', 'bilirubin', 'albumin'],
  },
  crp: { title: 'C-reactive protein', code: undefined, analytes: ['crp'] },
  lactate: { title: 'Lactate', code: undefined, analytes: ['lactate'] },
  gas: { title: 'Blood gas', code: undefined, analytes: ['ph', 'pco2', 'bicarbonate', 'glucose', 'lactate'] },
  troponin: { title: 'Troponin', code: undefined, analytes: ['troponin'] },
  bnp: { title: 'NT-proBNP', code: undefined, analytes: ['bnp'] },
  inr: { title: 'Clotting', code: undefined, analytes: ['inr'] },
  ketones: { title: 'Ketones and glucose', code: undefined, analytes: ['ketones', 'glucose'] },
  hba1c: { title: 'HbA1c', code: undefined, analytes: ['hba1c'] },
  tsh: { title: 'Thyroid function', code: undefined, analytes: ['tsh'] },
  lipids: { title: 'Cholesterol', code: undefined, analytes: ['cholesterol'] },
  magnesium: { title: 'Magnesium', code: undefined, analytes: ['magnesium'] },
  calcium: { title: 'Bone profile', code: undefined, analytes: ['calcium', 'phosphate'] },
  amylase: { title: 'Amylase', code: undefined, analytes: ['amylase'] },
  ddimer: { title: 'D-dimer', code: undefined, analytes: ['ddimer'] },
};

export interface LabPerson {
  readonly age: number;
  readonly sex: Sex;
  /** Filtration in health, mL/min/1.73 m². */
  readonly egfrUsual: number;
  readonly diabetic: boolean;
  readonly dialysis: boolean;
  readonly anticoagulated: boolean;
}
/** CKD-EPI 2021 from creatinine in µmol/L (Inker and others, 2021). */
export function ckdEpi(creatinine: number, age: number, sex: Sex): number {
  const kappa = sex === 'female' ? 0.7 : 0.9;
  const alpha = sex === 'female' ? -0.241 : -0.302;
  const x = creatinine / 88.4 / kappa;
  return 142 * Math.min(x, 1) ** alpha * Math.max(x, 1) ** -1.2 * 0.9938 ** age * (sex === 'female' ? 1.012 : 1);
}
/** The creatinine (µmol/L) that gives this eGFR: the formula turned round. */
export function creatinineFor(egfr: number, age: number, sex: Sex): number {
  const kappa = sex === 'female' ? 0.7 : 0.9;
  const alpha = sex === 'female' ? -0.241 : -0.302;
  const ratio = (142 * 0.9938 ** age * (sex === 'female' ? 1.012 : 1)) / egfr;
  return 88.4 * kappa * (ratio >= 1 ? ratio ** (1 / 1.2) : ratio ** (-1 / alpha));
}

/** A person's own values in health: drawn once, so that results over years belong to one body. */
export function usualValues(dice: Dice, p: LabPerson): Map<string, number> {
  const values = new Map<string, number>();
  for (const a of ANALYTES.values()) {
    const low = a.low ?? (a.high ?? 0) * 0.6;
    const high = a.high ?? low * 1.5;
    values.set(a.key, low + (high - low) * clamp(0.5 + dice.bell() * 0.15, 0.1, 0.9));
  }
  const set = (key: string, value: number): void => void values.set(key, value);
  set('hb', (p.sex === 'male' ? 144 : 131) - Math.max(0, p.age - 70) * 0.5 + dice.bell() * 6 - (p.dialysis ? 28 : 0));
  if (p.age < 12) set('hb', 122 + dice.bell() * 5);
  set('creatinine', p.age < 16 ? 18 + p.age * 2.8 : creatinineFor(p.egfrUsual, p.age, p.sex));
  set('urea', p.dialysis ? 21 + dice.bell() * 3 : p.egfrUsual < 50 ? 9.5 : 4.8 + dice.bell());
  set('troponin', 6 + dice.next() * 5);
  set('bnp', 90 + dice.next() * 150);
  set('crp', 1 + dice.next() * 4);
  set('inr', 1);
  set('ketones', 0.1 + dice.next() * 0.2);
  set('ddimer', 180 + dice.next() * 200);
  set('hba1c', p.diabetic ? 56 + dice.bell() * 9 : 36 + dice.bell() * 2);
  set('glucose', p.diabetic ? 10.2 + dice.bell() * 1.8 : 5.6 + dice.bell() * 0.6);
  set('cholesterol', 4.9 + dice.bell() * 0.8);
  if (p.dialysis) {
    set('phosphate', 1.75 + dice.bell() * 0.2);
    set('potassium', 5.2 + dice.bell() * 0.4);
    set('bicarbonate', 21);
  }
  return values;
}

/** Value of `key` when the story is at `share` (1 worst, 0 well). */
function valueAt(
  dice: Dice,
  key: string,
  usual: ReadonlyMap<string, number>,
  story: Readonly<Record<string, readonly [number, number]>>,
  share: number,
  p: LabPerson,
  drawn: ReadonlyMap<string, number>,
): number {
  const a = ANALYTES.get(key);
  assert(a !== undefined, `no analyte ${key}`);
  const own = usual.get(key) ?? a.least;
  const told = story[key];
  const factor = story['akiFactor'];
  const aki = factor === undefined || p.dialysis ? 1 : factor[1] + (factor[0] - factor[1]) * share;
  let value = told === undefined ? own : told[1] + (told[0] - told[1]) * share;
  if (key === 'creatinine') value = own * aki;
  if (key === 'urea' && told === undefined) value = own * (1 + (aki - 1) * 0.9);
  if (key === 'egfr') return clamp(round(ckdEpi(drawn.get('creatinine') ?? own, p.age, p.sex), 0), a.least, a.most);
  if (key === 'neutrophils' && told === undefined)
    value = (drawn.get('wbc') ?? 7) * (share > 0.3 && story['wbc'] !== undefined ? 0.84 : 0.6);
  if (key === 'inr' && p.anticoagulated) value = own * 1.1;
  const noise =
    key === 'ph'
      ? 0.01
      : key === 'sodium'
        ? 1.2
        : key === 'potassium'
          ? 0.15
          : key === 'albumin' || key === 'mcv'
            ? 0.6
            : value * 0.04;
  return clamp(round(value + dice.bell() * noise, a.digits), a.least, a.most);
}

const INTERPRETATIONS = { HH: 'Critical high', H: 'High', N: 'Normal', L: 'Low', LL: 'Critical low' } as const;
/** Which of H, L, HH, LL a value has in its own range. */
export function interpret(a: Analyte, value: number, sex: Sex, age: number): keyof typeof INTERPRETATIONS {
  const [low, high] = rangeOf(a, sex, age);
  if (a.criticalHigh !== undefined && value >= a.criticalHigh) return 'HH';
  if (a.criticalLow !== undefined && value <= a.criticalLow) return 'LL';
  if (high !== undefined && value > high) return 'H';
  if (low !== undefined && value < low) return 'L';
  return 'N';
}
function rangeOf(a: Analyte, sex: Sex, age: number): readonly [number | undefined, number | undefined] {
  if (a.key === 'hb') return age < 12 ? [105, 140] : sex === 'male' ? [130, 170] : [115, 160];
  if (a.key === 'creatinine') return age < 16 ? [13, 74] : sex === 'male' ? [59, 104] : [45, 84];
  if (age < 12 && a.key === 'alp') return [60, 425];
  if (age < 6 && (a.key === 'wbc' || a.key === 'neutrophils')) return a.key === 'wbc' ? [5, 15] : [1.5, 8.5];
  return [a.low, a.high];
}

export interface LabOrder {
  readonly panels: readonly string[];
  readonly story: Readonly<Record<string, readonly [number, number]>>;
  readonly share: number;
  readonly request?: Json;
  readonly reportedAt: string;
  readonly labNumber: string;
  readonly lab: Json;
}
export interface LabResult {
  readonly resources: readonly Resource[];
  readonly values: ReadonlyMap<string, number>;
  readonly critical: readonly string[];
}

/** One blood sample: the observations, then a report for each panel. */
export function labResources(
  dice: Dice,
  c: Charting,
  p: LabPerson,
  usual: ReadonlyMap<string, number>,
  order: LabOrder,
): LabResult {
  const resources: Resource[] = [];
  const values = new Map<string, number>();
  const critical: string[] = [];
  const category = [hl7('observation-category', 'laboratory', 'Laboratory')];
  const encounter = c.encounter === undefined ? {} : { encounter: c.encounter };
  for (const panelKey of order.panels) {
    const panel = PANELS[panelKey];
    assert(panel !== undefined, `no panel ${panelKey}`);
    const results: Json[] = [];
    const notes: string[] = [];
    for (const key of panel.analytes) {
      const a = ANALYTES.get(key);
      if (a === undefined || values.has(key) || (key === 'egfr' && p.age < 18)) continue;
      const value = valueAt(dice, key, usual, order.story, order.share, p, values);
      values.set(key, value);
      const flag = interpret(a, value, p.sex, p.age);
      const [low, high] = rangeOf(a, p.sex, p.age);
      const amount = (n: number): Json => quantity(n, a.unit, a.ucum);
      const observation = resource('Observation', c.id('obs'), {
        ...(order.request === undefined ? {} : { basedOn: [order.request] }),
        status: 'final',
        category,
        code: loinc(a.code, a.display, a.short),
        subject: c.subject,
        ...encounter,
        effectiveDateTime: c.at,
        issued: order.reportedAt,
        performer: [order.lab],
        valueQuantity: key === 'egfr' && value >= 90 ? { ...amount(90), comparator: '>=' } : amount(value),
        interpretation: [
          {
            coding: [
              {
                system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation',
                code: flag,
                display: INTERPRETATIONS[flag],
              },
            ],
          },
        ],
        referenceRange: [
          { ...(low === undefined ? {} : { low: amount(low) }), ...(high === undefined ? {} : { high: amount(high) }) },
        ],
      });
      resources.push(observation);
      results.push(ref('Observation', observation.id));
      if (flag === 'HH' || flag === 'LL') critical.push(`${a.short} ${value} ${a.unit}`);
      if (flag !== 'N') notes.push(`${a.short} ${value} (${INTERPRETATIONS[flag].toLowerCase()})`);
    }
    if (results.length === 0) continue;
    resources.push(
      resource('DiagnosticReport', c.id('report'), {
        identifier: [{ system: LABORATORY_NUMBER, value: `${order.labNumber}-${panelKey.toUpperCase()}` }],
        ...(order.request === undefined ? {} : { basedOn: [order.request] }),
        status: 'final',
        category: [hl7('v2-0074', 'LAB', 'Laboratory')],
        code: panel.code === undefined ? words(panel.title) : loinc(panel.code[0], panel.code[1], panel.title),
        subject: c.subject,
        ...encounter,
        effectiveDateTime: c.at,
        issued: order.reportedAt,
        performer: [order.lab],
        result: results,
        conclusion: notes.length === 0 ? 'All within the reference range.' : `${notes.join(', ')}.`,
      }),
    );
  }
  return { resources, values, critical };
}
