// The signs as they are coded in Observations: LOINC where it has them (http://hl7.org/fhir/R4/observation-vitalsigns.html), UCUM units, and the bounds
// beyond which a value is probably mistyped. Bounds warn; they never refuse, since people live through more than tables know.
import { assert } from '../../base/assert.ts';

export type MeasureKey =
  | 'breaths'
  | 'saturation'
  | 'oxygen'
  | 'systolic'
  | 'diastolic'
  | 'pulse'
  | 'temperature'
  | 'pain'
  | 'weight'
  | 'height';

export interface Measure {
  readonly key: MeasureKey;
  /** The first is what is written; all are read. */
  readonly codes: readonly string[];
  readonly display: string;
  /** As people read it. */
  readonly unit: string;
  readonly ucum: string;
  /** Digits after the point that are typed at most. */
  readonly digits: number;
  /** Outside of these somebody is asked to look again. */
  readonly plausible: readonly [least: number, most: number];
  /** Nothing that a body can have: the form asks for another value. */
  readonly possible: readonly [least: number, most: number];
}

const measure = (
  key: MeasureKey,
  codes: readonly string[],
  display: string,
  [unit, ucum]: readonly [string, string],
  digits: number,
  plausible: readonly [number, number],
  possible: readonly [number, number],
): Measure => ({ key, codes, display, unit, ucum, digits, plausible, possible });

export const MEASURES: readonly Measure[] = [
  measure('breaths', ['9279-1'], 'Respiratory rate', ['/min', '/min'], 0, [5, 60], [0, 150]),
  measure('saturation', ['59408-5', '2708-6'], 'Oxygen saturation', ['%', '%'], 0, [60, 100], [0, 100]),
  measure('oxygen', ['3151-8'], 'Inhaled oxygen flow rate', ['L/min', 'L/min'], 1, [0, 15], [0, 80]),
  measure('systolic', ['8480-6'], 'Systolic blood pressure', ['mmHg', 'mm[Hg]'], 0, [50, 260], [0, 350]),
  measure('diastolic', ['8462-4'], 'Diastolic blood pressure', ['mmHg', 'mm[Hg]'], 0, [20, 160], [0, 300]),
  measure('pulse', ['8867-4'], 'Heart rate', ['/min', '/min'], 0, [30, 220], [0, 350]),
  measure('temperature', ['8310-5'], 'Temperature', ['°C', 'Cel'], 1, [32, 42], [15, 46]),
  measure('pain', ['72514-3'], 'Pain score', ['of 10', '{score}'], 0, [0, 10], [0, 10]),
  measure('weight', ['29463-7'], 'Weight', ['kg', 'kg'], 2, [1, 250], [0.2, 700]),
  measure('height', ['8302-2'], 'Height', ['cm', 'cm'], 1, [40, 220], [15, 280]),
];
const BY_CODE: ReadonlyMap<string, Measure> = new Map(
  MEASURES.flatMap((one) => one.codes.map((code) => [code, one] as const)),
);
export const measureOf = (code: string): Measure | undefined => BY_CODE.get(code);

export function measureBy(key: MeasureKey): Measure {
  const found = MEASURES.find((one) => one.key === key);
  assert(found !== undefined, `no measure ${key}`);
  return found;
}

export const LOINC = 'http://loinc.org';
export const UCUM = 'http://unitsofmeasure.org';
/** Blood pressure is one Observation of two components. */
export const PRESSURE_CODES: readonly string[] = ['85354-9', '55284-4'];
/** Our own, where no code is free of charge. */
export const LOCAL_CODE = 'https://holdfast.example/fhir/CodeSystem/vital-sign';
export const CONSCIOUSNESS_CODE = 'acvpu';
export const SCORE_CODE = 'news2';
/** How the score's saturation scale is said: in Observation.method. */
export const SCALE_2_WORDS = 'NEWS2, saturation scale 2 (target 88–92 %)';
export const SCALE_1_WORDS = 'NEWS2, saturation scale 1';
