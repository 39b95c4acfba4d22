// The last vital signs, as they stand under the banner on every page of a chart: each with its own age.
//
//   CH60  Of each sign the newest value, with its time; the score as it was recorded, with the one before it. A sign is weighed by its
//         points in NEWS2 only for whom a score was recorded with it (adults); errors are not among them, disputed ones are, marked.
import type { Instant } from '../../base/ports.ts';
import { news2, riskOf, type Risk, type Sign } from '../vitals/news2.ts';
import { signValuesOf, vitalSets, type SignValue, type Taken, type VitalSet } from '../vitals/read-vitals.ts';
import type { MeasureKey } from '../vitals/sign-codes.ts';

export type StripKey =
  | 'score'
  | 'breaths'
  | 'saturation'
  | 'oxygen'
  | 'pressure'
  | 'pulse'
  | 'consciousness'
  | 'temperature'
  | 'pain';
export interface StripValue {
  readonly key: StripKey;
  /** `120/80`, `37.2`, `A`. */
  readonly words: string;
  readonly unit: string;
  readonly at: Instant;
  /** Points of the sign in NEWS2; of the score its risk as points. 0 where nothing is scored. */
  readonly weight: 0 | 1 | 2 | 3;
  readonly isDisputed: boolean;
  /** Of the score: the one before. */
  readonly before?: number;
}

/** Older than this a set is called old while the stay goes on. */
export const VITALS_OLD_MS = 12 * 3_600_000;
const LETTERS = { alert: 'A', 'new-confusion': 'C', voice: 'V', pain: 'P', unresponsive: 'U' } as const;
const RISK: Readonly<Record<Risk, 0 | 1 | 2 | 3>> = { low: 0, 'low-single': 1, medium: 2, high: 3 };
const SIGN: Readonly<Partial<Record<StripKey, Sign>>> = {
  breaths: 'breaths',
  saturation: 'saturation',
  oxygen: 'oxygen',
  pressure: 'systolic',
  pulse: 'pulse',
  consciousness: 'consciousness',
  temperature: 'temperature',
};

/** In the order of a chart; only what was ever taken. */
export function vitalStrip(taken: readonly Taken[]): readonly StripValue[] {
  const sets = vitalSets(taken);
  const found: StripValue[] = [];
  const scored = sets.filter(({ score }) => score !== undefined);
  const [last, before] = scored;
  if (last?.score !== undefined) {
    const parts = partsOf(last);
    const risk = riskOf(last.score.value, Object.values(parts).includes(3));
    found.push({
      key: 'score',
      words: String(last.score.value),
      unit: '',
      at: last.at,
      weight: RISK[risk],
      isDisputed: last.score.isDisputed,
      ...(before?.score === undefined ? {} : { before: before.score.value }),
    });
  }
  const add = (key: StripKey, set: VitalSet | undefined, words: string, unit: string, isDisputed: boolean): void => {
    if (set !== undefined) found.push({ key, words, unit, at: set.at, isDisputed, weight: weightOf(key, set) });
  };
  const single = (key: StripKey & MeasureKey): void => {
    const set = sets.find(({ values }) => values[key] !== undefined);
    const value = set?.values[key];
    if (value !== undefined) add(key, set, String(value.value), value.unit, value.isDisputed);
  };
  single('breaths');
  single('saturation');
  // A flow of another time says nothing of the saturation that is shown: what was written beside it stands, or nothing.
  const breathed = sets.find(({ values }) => values.saturation !== undefined || values.oxygen !== undefined);
  const flow = breathed?.values.oxygen;
  if (flow !== undefined) add('oxygen', breathed, String(flow.value), flow.unit, flow.isDisputed);
  const pressed = sets.find(({ values }) => values.systolic !== undefined);
  if (pressed?.values.systolic !== undefined) {
    const { systolic, diastolic } = pressed.values;
    const isDisputed = systolic.isDisputed || diastolic?.isDisputed === true;
    add('pressure', pressed, `${systolic.value}/${numberWords(diastolic)}`, systolic.unit, isDisputed);
  }
  single('pulse');
  const minded = sets.find(({ consciousness }) => consciousness !== undefined);
  if (minded?.consciousness !== undefined) {
    add('consciousness', minded, LETTERS[minded.consciousness.value], '', minded.consciousness.isDisputed);
  }
  single('temperature');
  single('pain');
  return found;
}
const numberWords = (value: SignValue | undefined): string => (value === undefined ? '–' : String(value.value));
const partsOf = (set: VitalSet): Readonly<Partial<Record<Sign, number>>> =>
  news2(signValuesOf(set), set.score?.scale ?? 1).parts;
function weightOf(key: StripKey, set: VitalSet): 0 | 1 | 2 | 3 {
  const sign = SIGN[key];
  if (sign === undefined || set.score === undefined) return 0;
  const points = partsOf(set)[sign] ?? 0;
  return points === 0 ? 0 : points === 1 ? 1 : points === 2 ? 2 : 3;
}
