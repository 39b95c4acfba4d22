// A person's chart for tests of medication: small resources as the product writes and reads them.
import { readFileSync } from 'node:fs';
import { assert } from '../../base/assert.ts';
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import { parseJson } from '../../base/json.ts';
import type { RulesInForce } from './check-order.ts';
import type { DrugRules } from './drug-rules.ts';
import { ROUTE_CODES, UCUM_OF } from './order-dose.ts';
import { readDrugRules } from './read-drug-rules.ts';

export const NOW = Date.UTC(2026, 2, 1, 12);
export const at = (ms: number): string => new Date(ms).toISOString();
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export function demoRules(): DrugRules {
  const parsed = parseJson(readFileSync('content/demo-formulary/drug-rules.json', 'utf8'));
  assert(parsed.ok, 'the demonstration rules are JSON');
  const rules = readDrugRules(parsed.value.value);
  assert(rules.ok, 'the demonstration rules can be read');
  return rules.value;
}
export const inForce = (rules: DrugRules): RulesInForce => ({ state: 'active', rules, content: 'demo 1' });

export const patient = (birthDate: string | undefined, gender = 'male'): ResourceJson => ({
  resourceType: 'Patient',
  id: 'p',
  gender,
  ...(birthDate === undefined ? {} : { birthDate }),
});
export const ADULT = patient('1970-05-05');
export const born = (years: number, gender = 'male'): ResourceJson =>
  patient(at(NOW - years * 365.25 * DAY - DAY).slice(0, 10), gender);

const observation = (id: string, code: string, value: number, unit: string, days: number): ResourceJson => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code }] },
  effectiveDateTime: at(NOW - days * DAY),
  valueQuantity: { value, unit, code: unit },
});
export const weight = (kg: number, days = 1): ResourceJson => observation('w', '29463-7', kg, 'kg', days);
export const egfr = (value: number, days = 1): ResourceJson =>
  observation('g', '98979-8', value, 'mL/min/{1.73_m2}', days);
export const creatinine = (value: number, days = 1): ResourceJson => observation('k', '14682-9', value, 'umol/L', days);
export const allergy = (
  code: string | undefined,
  words: string,
  more: JsonObject = {},
  verified: 'confirmed' | 'unconfirmed' | 'refuted' | 'entered-in-error' = 'confirmed',
): ResourceJson => ({
  resourceType: 'AllergyIntolerance',
  id: `a-${words}`,
  clinicalStatus: { coding: [{ code: 'active' }] },
  verificationStatus: { coding: [{ code: verified }] },
  code: {
    ...(code === undefined ? {} : { coding: [{ system: 'http://snomed.info/sct', code, display: words }] }),
    text: words,
  },
  patient: { reference: 'Patient/p' },
  ...more,
});
export const NO_ALLERGIES = allergy('716186003', 'No known allergies');
export const PREGNANT: ResourceJson = {
  resourceType: 'Condition',
  id: 'c',
  clinicalStatus: { coding: [{ code: 'active' }] },
  code: { coding: [{ system: 'http://snomed.info/sct', code: '77386006' }] },
  subject: { reference: 'Patient/p' },
};

export interface OrderWish {
  readonly id?: string;
  readonly status?: string;
  readonly dose?: number;
  readonly unit?: keyof typeof UCUM_OF;
  readonly times?: readonly string[];
  readonly asNeeded?: { readonly hours: number; readonly most?: number };
  readonly over?: number;
  readonly route?: keyof typeof ROUTE_CODES;
  readonly from?: number;
  readonly until?: number;
  readonly more?: JsonObject;
}
const CLOCKS = [
  '08:00',
  '20:00',
  '14:00',
  '22:00',
  '02:00',
  '06:00',
  '10:00',
  '12:00',
  '16:00',
  '18:00',
  '23:00',
  '04:00',
];
/** `count` times of a day. */
export const times = (count: number): readonly string[] => CLOCKS.slice(0, count).toSorted();

/** An order of a medicine of the rules by its key, or of a name that they do not have. */
export function order(rules: DrugRules, key: string, wish: OrderWish = {}): ResourceJson {
  const medicine = rules.medicines.find((one) => one.key === key);
  const unit = wish.unit ?? medicine?.unit ?? 'mg';
  const route = wish.route ?? medicine?.route ?? 'oral';
  const [code, display] = ROUTE_CODES[route];
  const quantity = (value: number): JsonObject => ({
    value,
    unit,
    system: 'http://unitsofmeasure.org',
    code: UCUM_OF[unit],
  });
  const bounds = {
    boundsPeriod: {
      start: at(wish.from ?? NOW - 2 * DAY),
      ...(wish.until === undefined ? {} : { end: at(wish.until) }),
    },
  };
  const clocks = wish.times ?? ['08:00'];
  const repeat: JsonObject =
    wish.asNeeded !== undefined
      ? { ...bounds, frequency: 1, period: wish.asNeeded.hours, periodUnit: 'h' }
      : wish.over !== undefined
        ? { ...bounds, duration: wish.over, durationUnit: 'h' }
        : {
            ...bounds,
            frequency: clocks.length,
            period: 1,
            periodUnit: 'd',
            timeOfDay: clocks.map((one) => `${one}:00`),
          };
  return {
    resourceType: 'MedicationRequest',
    id: wish.id ?? 'new',
    status: wish.status ?? 'active',
    intent: 'order',
    medicationCodeableConcept:
      medicine === undefined
        ? { text: key }
        : {
            coding: medicine.codes.map((one) => ({ ...one, display: medicine.name })),
            text: `${medicine.name} ${medicine.form}`,
          },
    subject: { reference: 'Patient/p' },
    authoredOn: at(wish.from ?? NOW - 2 * DAY),
    dosageInstruction: [
      {
        text: 'as ordered',
        timing: { repeat },
        ...(wish.asNeeded === undefined ? {} : { asNeededBoolean: true }),
        route: { coding: [{ system: 'http://snomed.info/sct', code, display }], text: route },
        doseAndRate: [{ doseQuantity: quantity(wish.dose ?? medicine?.doses.at(-1)?.singleMin ?? 1) }],
        ...(wish.asNeeded?.most === undefined
          ? {}
          : { maxDosePerPeriod: { numerator: quantity(wish.asNeeded.most), denominator: { value: 1, code: 'd' } } }),
      },
    ],
    ...wish.more,
  };
}

/** A dose that was charted. */
export function dose(
  id: string,
  request: string,
  when: number,
  wish: {
    readonly due?: number;
    readonly value?: number;
    readonly unit?: string;
    readonly status?: string;
    readonly more?: JsonObject;
  } = {},
): ResourceJson {
  return {
    resourceType: 'MedicationAdministration',
    id,
    ...(wish.due === undefined
      ? {}
      : {
          extension: [
            { url: 'https://holdfast.example/fhir/StructureDefinition/due-time', valueDateTime: at(wish.due) },
          ],
        }),
    status: wish.status ?? 'completed',
    medicationCodeableConcept: { text: 'paracetamol' },
    subject: { reference: 'Patient/p' },
    request: { reference: `MedicationRequest/${request}` },
    effectiveDateTime: at(when),
    performer: [{ actor: { reference: 'Practitioner/n', display: 'Nurse N' } }],
    dosage: {
      dose: { value: wish.value ?? 1000, unit: wish.unit ?? 'mg', code: wish.unit ?? 'mg' },
      site: { text: 'left arm' },
    },
    ...wish.more,
  };
}
