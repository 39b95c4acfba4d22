// A set of vital signs as it is saved: Observations of one moment, and the score that follows from them, for one commit.
//
//   VT7  What is saved is what was typed, digit by digit; what was not taken is not written.
//   VT8  The score is saved where every sign is there, with the signs as its members and the scale that it was judged by. It is never saved for who has none (VT3).
//   VT9  An entry that is made more than an hour after the signs were taken carries when it was made (CR12).
import { JsonNumber } from '../../base/json.ts';
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { LATE_ENTRY_EXTENSION } from '../medication/dose-entry.ts';
import { news2, riskOf, type Consciousness, type News2, type SaturationScale, type SignValues } from './news2.ts';
import {
  CONSCIOUSNESS_CODE,
  LOCAL_CODE,
  LOINC,
  measureBy,
  MEASURES,
  PRESSURE_CODES,
  SCALE_1_WORDS,
  SCALE_2_WORDS,
  SCORE_CODE,
  UCUM,
  type Measure,
  type MeasureKey,
} from './sign-codes.ts';

export interface SetAsTyped {
  /** Ids. */
  readonly patient: string;
  readonly encounter: string | undefined;
  /** `Practitioner/1` */
  readonly takenBy: string;
  /** When the signs were taken: as a FHIR dateTime with the ward's offset, and as an instant. */
  readonly takenText: string;
  readonly takenAt: Instant;
  readonly writtenText: string;
  readonly writtenAt: Instant;
  /** As typed, with a point: `36.5`. '' and absent: not taken. */
  readonly values: Readonly<Partial<Record<MeasureKey, string>>>;
  readonly onOxygen: boolean | undefined;
  readonly consciousness: Consciousness | undefined;
  readonly scale: SaturationScale;
  /** Nobody scores children, and nobody in pregnancy. */
  readonly isScored: boolean;
}

export const LATE_MS = 3_600_000;

const NUMBER = /^(?:0|[1-9]\d{0,4})(?:\.\d{1,3})?$/;
/** The number that was typed; undefined for none, and for what is no number. */
export const typedNumber = (text: string | undefined): number | undefined =>
  text !== undefined && NUMBER.test(text.trim()) ? Number(text) : undefined;

export type Doubt = 'no-number' | 'impossible' | 'implausible' | 'too-many-digits';
/** What is to be looked at again: `implausible` alone may be saved as it is. */
export function doubtOf({ possible, plausible, digits }: Measure, text: string): Doubt | undefined {
  const value = typedNumber(text);
  if (value === undefined) return 'no-number';
  if (value < possible[0] || value > possible[1]) return 'impossible';
  if ((text.trim().split('.')[1] ?? '').length > digits) return 'too-many-digits';
  return value < plausible[0] || value > plausible[1] ? 'implausible' : undefined;
}

export function typedSigns({ values, onOxygen, consciousness }: SetAsTyped): SignValues {
  return {
    breaths: typedNumber(values.breaths),
    saturation: typedNumber(values.saturation),
    onOxygen,
    systolic: typedNumber(values.systolic),
    pulse: typedNumber(values.pulse),
    consciousness,
    temperature: typedNumber(values.temperature),
  };
}

/** One id for each resource is asked of `newId`. Empty where nothing was taken. */
export function vitalResources(set: SetAsTyped, newId: () => string): readonly ResourceJson[] {
  const base = (code: JsonObject, value: JsonObject): ResourceJson => ({
    resourceType: 'Observation',
    id: newId(),
    ...(set.writtenAt - set.takenAt > LATE_MS
      ? { extension: [{ url: LATE_ENTRY_EXTENSION, valueDateTime: set.writtenText }] }
      : {}),
    status: 'final',
    category: [VITAL_SIGNS],
    code,
    subject: { reference: `Patient/${set.patient}` },
    ...(set.encounter === undefined ? {} : { encounter: { reference: `Encounter/${set.encounter}` } }),
    effectiveDateTime: set.takenText,
    performer: [{ reference: set.takenBy }],
    ...value,
  });
  const typed = (key: MeasureKey): string => (set.values[key] ?? '').trim();
  const out: ResourceJson[] = [];
  for (const measure of MEASURES) {
    const { key } = measure;
    if (key === 'systolic' || key === 'diastolic' || key === 'oxygen' || typedNumber(typed(key)) === undefined)
      continue;
    out.push(base(codeOf(measure), valueOf(measure, typed(key))));
  }
  const pressure = (['systolic', 'diastolic'] as const).filter((key) => typedNumber(typed(key)) !== undefined);
  if (pressure.length > 0) {
    const component = pressure.map((key) => ({ code: codeOf(measureBy(key)), ...valueOf(measureBy(key), typed(key)) }));
    out.push(base(PRESSURE, { component }));
  }
  // Air is written, too: without it nobody can tell air from "not asked".
  if (set.onOxygen !== undefined) {
    const flow = set.onOxygen ? typed('oxygen') : '0';
    const oxygen = measureBy('oxygen');
    out.push(base(codeOf(oxygen), typedNumber(flow) === undefined ? FLOW_UNKNOWN : valueOf(oxygen, flow)));
  }
  if (set.consciousness !== undefined) {
    const coding = [{ system: LOCAL_CODE, code: set.consciousness, display: CONSCIOUSNESS_WORDS[set.consciousness] }];
    const value = { valueCodeableConcept: { coding, text: CONSCIOUSNESS_WORDS[set.consciousness] } };
    out.push(base(local(CONSCIOUSNESS_CODE, 'Consciousness (ACVPU)'), value));
  }
  const judged = set.isScored ? news2(typedSigns(set), set.scale) : undefined;
  if (judged?.kind === 'score') out.push(base(local(SCORE_CODE, 'NEWS2 score'), scoreValue(judged, set.scale, out)));
  return out;
}

const scoreValue = (
  { score, parts }: Extract<News2, { kind: 'score' }>,
  scale: SaturationScale,
  members: readonly ResourceJson[],
): JsonObject => {
  const risk = riskOf(score, Object.values(parts).includes(3));
  const [code, display] = risk === 'high' ? ['HH', 'Critical high'] : risk === 'low' ? ['N', 'Normal'] : ['H', 'High'];
  return {
    valueInteger: score,
    interpretation: [{ coding: [{ system: INTERPRETATION, code, display }] }],
    method: { text: scale === 2 ? SCALE_2_WORDS : SCALE_1_WORDS },
    hasMember: members.map(({ id }) => ({ reference: `Observation/${id ?? ''}` })),
  };
};

const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';
const VITAL_SIGNS = {
  coding: [
    {
      system: 'http://terminology.hl7.org/CodeSystem/observation-category',
      code: 'vital-signs',
      display: 'Vital Signs',
    },
  ],
};
const local = (code: string, display: string): JsonObject => ({
  coding: [{ system: LOCAL_CODE, code, display }],
  text: display,
});
const codeOf = ({ codes, display }: Measure): JsonObject => ({
  coding: [{ system: LOINC, code: codes[0] ?? '' }],
  text: display,
});
const PRESSURE: JsonObject = {
  coding: [{ system: LOINC, code: PRESSURE_CODES[0] ?? '' }],
  text: 'Blood pressure',
};
/** http://terminology.hl7.org/CodeSystem/data-absent-reason */
const FLOW_UNKNOWN: JsonObject = {
  dataAbsentReason: {
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'unknown', display: 'Unknown' },
    ],
    text: 'On oxygen, flow not recorded',
  },
};
/** English, in the record; screens have the words of other languages. */
export const CONSCIOUSNESS_WORDS: Readonly<Record<Consciousness, string>> = {
  alert: 'Alert',
  'new-confusion': 'New confusion',
  voice: 'Responds to voice',
  pain: 'Responds to pain',
  unresponsive: 'Unresponsive',
};

function valueOf({ key, unit, ucum }: Measure, text: string): JsonObject {
  if (key === 'pain') return { valueInteger: Number(text) };
  // As typed: 36.50 stays 36.50.
  const value = String(Number(text)) === text ? Number(text) : new JsonNumber(text);
  return { valueQuantity: { value, unit, system: UCUM, code: ucum } };
}
