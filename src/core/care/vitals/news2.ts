// NEWS2, the early warning score of adults: Royal College of Physicians, National Early Warning Score (NEWS) 2, London 2017, charts 1 and 2.
//
//   VT1  Each sign scores by the bands of chart 1; the sum is the score, and a single sign of 3 is told by itself.
//   VT2  Without every sign there is no score: what is lacking is said, and what the signs that are there come to at least.
//   VT3  It is not for children under 16 and not in pregnancy: then there is none, and why is said.

export const SIGNS = ['breaths', 'saturation', 'oxygen', 'systolic', 'pulse', 'consciousness', 'temperature'] as const;
export type Sign = (typeof SIGNS)[number];
/** Alert, new confusion, responds to voice, to pain, unresponsive. */
export const CONSCIOUSNESS = ['alert', 'new-confusion', 'voice', 'pain', 'unresponsive'] as const;
export type Consciousness = (typeof CONSCIOUSNESS)[number];

/** Absent: not taken. */
export interface SignValues {
  /** A minute. */
  readonly breaths?: number | undefined;
  /** Percent, by pulse oximetry. */
  readonly saturation?: number | undefined;
  readonly onOxygen?: boolean | undefined;
  /** mmHg */
  readonly systolic?: number | undefined;
  /** A minute. */
  readonly pulse?: number | undefined;
  readonly consciousness?: Consciousness | undefined;
  /** °C */
  readonly temperature?: number | undefined;
}
/** 2: a target of 88 to 92 %, for hypercapnic respiratory failure, as a competent clinician decided. */
export type SaturationScale = 1 | 2;

/** Chart 2. `low-single`: 3 in one sign, whatever the sum below 5. */
export type Risk = 'low' | 'low-single' | 'medium' | 'high';
export type News2 =
  | {
      readonly kind: 'score';
      readonly score: number;
      readonly parts: Readonly<Record<Sign, number>>;
      readonly risk: Risk;
    }
  | {
      readonly kind: 'incomplete';
      readonly missing: readonly Sign[];
      readonly parts: Readonly<Partial<Record<Sign, number>>>;
      /** Of the signs that are there. */
      readonly atLeast: number;
    };

/** The first band whose upper bound is not passed says the points. */
type Bands = readonly (readonly [upTo: number, points: number])[];
const BREATHS: Bands = [
  [8, 3],
  [11, 1],
  [20, 0],
  [24, 2],
  [Number.POSITIVE_INFINITY, 3],
];
const SATURATION_1: Bands = [
  [91, 3],
  [93, 2],
  [95, 1],
  [Number.POSITIVE_INFINITY, 0],
];
const SATURATION_2_LOW: Bands = [
  [83, 3],
  [85, 2],
  [87, 1],
  [Number.POSITIVE_INFINITY, 0],
];
/** On oxygen alone: too much of it harms, too. */
const SATURATION_2_HIGH: Bands = [
  [92, 0],
  [94, 1],
  [96, 2],
  [Number.POSITIVE_INFINITY, 3],
];
const SYSTOLIC: Bands = [
  [90, 3],
  [100, 2],
  [110, 1],
  [219, 0],
  [Number.POSITIVE_INFINITY, 3],
];
const PULSE: Bands = [
  [40, 3],
  [50, 1],
  [90, 0],
  [110, 1],
  [130, 2],
  [Number.POSITIVE_INFINITY, 3],
];
const TEMPERATURE: Bands = [
  [35, 3],
  [36, 1],
  [38, 0],
  [39, 1],
  [Number.POSITIVE_INFINITY, 2],
];
const points = (bands: Bands, value: number): number => bands.find(([upTo]) => value <= upTo)?.[1] ?? 0;

export function news2(values: SignValues, scale: SaturationScale): News2 {
  const { breaths, saturation, onOxygen, systolic, pulse, consciousness, temperature } = values;
  const parts: Partial<Record<Sign, number>> = {};
  if (breaths !== undefined) parts.breaths = points(BREATHS, breaths);
  // On scale 2 the points of a high saturation hang on whether oxygen is given: without that the sign is not whole.
  if (saturation !== undefined && (scale === 1 || onOxygen !== undefined || saturation <= 92))
    parts.saturation = saturationPoints(saturation, scale, onOxygen === true);
  if (onOxygen !== undefined) parts.oxygen = onOxygen ? 2 : 0;
  if (systolic !== undefined) parts.systolic = points(SYSTOLIC, systolic);
  if (pulse !== undefined) parts.pulse = points(PULSE, pulse);
  if (consciousness !== undefined) parts.consciousness = consciousness === 'alert' ? 0 : 3;
  if (temperature !== undefined) parts.temperature = points(TEMPERATURE, temperature);
  const missing = SIGNS.filter((sign) => parts[sign] === undefined);
  const sum = SIGNS.reduce((total, sign) => total + (parts[sign] ?? 0), 0);
  if (missing.length > 0) return { kind: 'incomplete', missing, parts, atLeast: sum };
  const whole = parts as Readonly<Record<Sign, number>>;
  return { kind: 'score', score: sum, parts: whole, risk: riskOf(sum, Object.values(whole).includes(3)) };
}

const saturationPoints = (saturation: number, scale: SaturationScale, onOxygen: boolean): number =>
  scale === 1
    ? points(SATURATION_1, saturation)
    : points(SATURATION_2_LOW, saturation) + (onOxygen ? points(SATURATION_2_HIGH, saturation) : 0);

/** Chart 2. */
export const riskOf = (score: number, isAnySignThree: boolean): Risk =>
  score >= 7 ? 'high' : score >= 5 ? 'medium' : isAnySignThree ? 'low-single' : 'low';

/** Chart 4: the least number of hours between two sets; 0: watched without a break. */
export const hoursToNext = (risk: Risk, score: number): number => {
  if (risk === 'high') return 0;
  if (risk === 'medium' || risk === 'low-single') return 1;
  return score === 0 ? 12 : 6;
};

const ADULT_YEARS = 16;
/** Why there is no score for this person; undefined: there is. An unknown age is no reason: on a ward of adults it is one of theirs. */
export const notScored = (ageYears: number | undefined, isPregnant: boolean): 'child' | 'pregnant' | undefined =>
  ageYears !== undefined && ageYears < ADULT_YEARS ? 'child' : isPregnant ? 'pregnant' : undefined;
