// Sets of vital signs, read from Observations: what was taken together stands together, with who took it and what came of it.
//
//   VT4  What is entered in error is not shown among the values; what is in conflict is, marked.
//   VT5  A value keeps its own unit. Values of other units are not turned into one another, and never stand on one line.
//   VT12 A second value of one sign at one moment is a set of its own: none hides another.
//   VT6  The time of a set is when it was taken, not when it was written; an entry made late says so.
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import { numberOf } from '../../base/json.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { at, codesOf, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import { CONSCIOUSNESS, type Consciousness, type SaturationScale, type SignValues } from './news2.ts';
import {
  CONSCIOUSNESS_CODE,
  measureOf,
  PRESSURE_CODES,
  SCALE_2_WORDS,
  SCORE_CODE,
  type MeasureKey,
} from './sign-codes.ts';

/** An Observation with what the store says of it. */
export interface Taken {
  readonly resource: ResourceJson;
  readonly conflict: boolean;
}
export interface SignValue {
  readonly value: number;
  readonly unit: string;
  /** `Observation/1`. */
  readonly source: string;
  readonly isDisputed: boolean;
}
export interface VitalSet {
  readonly at: Instant;
  readonly values: Readonly<Partial<Record<MeasureKey, SignValue>>>;
  readonly consciousness?: { readonly value: Consciousness; readonly source: string; readonly isDisputed: boolean };
  /** Absent: nobody wrote whether oxygen was given. */
  readonly onOxygen?: boolean;
  /** As it was recorded, never worked out again. */
  readonly score?: {
    readonly value: number;
    readonly scale: SaturationScale;
    readonly source: string;
    readonly isDisputed: boolean;
  };
  /** `Practitioner/1`, as far as it is written. */
  readonly takenBy: readonly string[];
  /** Of all Observations of the set: what is corrected or put in error together. */
  readonly sources: readonly string[];
}

const HIDDEN: ReadonlySet<string> = new Set(['entered-in-error', 'cancelled', 'registered']);
const SCORE_CODES: ReadonlySet<string> = new Set([SCORE_CODE, '1104051000000101']);

/** Newest first. Observations of other things are left out. */
export function vitalSets(taken: readonly Taken[]): readonly VitalSet[] {
  const byTime = new Map<Instant, VitalSet[]>();
  for (const one of taken) {
    const { resource } = one;
    if (resource.resourceType !== 'Observation' || HIDDEN.has(textOf(resource['status']))) continue;
    const when = dateRange(textOf(resource['effectiveDateTime']))?.lo;
    const read = when === undefined ? undefined : readOne(one, when);
    if (when === undefined || read === undefined) continue;
    const sets = byTime.get(when) ?? [];
    byTime.set(when, sets);
    const at = sets.findIndex((set) => isOfOneSet(set, read));
    const found = sets[at];
    if (found === undefined) sets.push(read);
    else sets[at] = together(found, read);
  }
  return [...byTime.values()].flat().toSorted((a, b) => b.at - a.at);
}

/** Taken by the same people, and no sign of it twice: a second value of one sign at one moment is a set of its own (VT12). */
function isOfOneSet(set: VitalSet, { values, consciousness, score, onOxygen, takenBy }: VitalSet): boolean {
  const isTwice =
    Object.keys(values).some((key) => Object.hasOwn(set.values, key)) ||
    (consciousness !== undefined && set.consciousness !== undefined) ||
    (score !== undefined && set.score !== undefined) ||
    (onOxygen !== undefined && set.onOxygen !== undefined);
  return !isTwice && set.takenBy.toSorted().join(' ') === takenBy.toSorted().join(' ');
}
const together = (one: VitalSet, other: VitalSet): VitalSet => ({
  ...one,
  ...other,
  values: { ...one.values, ...other.values },
  sources: [...one.sources, ...other.sources],
});

/** `undefined` where the Observation is of nothing that is known here. */
function readOne({ resource, conflict }: Taken, when: Instant): VitalSet | undefined {
  const codes = codesOf(resource['code']);
  const source = `Observation/${resource.id ?? ''}`;
  const values: Partial<Record<MeasureKey, SignValue>> = {};
  const read = (of: readonly string[], value: JsonObject): void => {
    const measure = of.map(measureOf).find((one) => one !== undefined);
    const quantity = value['valueQuantity'];
    const number = numberOf(isObject(quantity) ? quantity['value'] : value['valueInteger']);
    if (measure === undefined || number === undefined) return;
    const unit = textOf(at(quantity, 'unit')) || textOf(at(quantity, 'code')) || measure.unit;
    values[measure.key] = { value: number, unit, source, isDisputed: conflict };
  };
  if (codes.some((code) => PRESSURE_CODES.includes(code))) {
    for (const component of itemsOf(resource['component']).filter(isObject))
      read(codesOf(component['code']), component);
  } else read(codes, resource);
  const said = codesOf(resource['valueCodeableConcept']);
  const consciousness = codes.includes(CONSCIOUSNESS_CODE)
    ? CONSCIOUSNESS.find((one) => said.includes(one))
    : undefined;
  const score = codes.some((code) => SCORE_CODES.has(code)) ? scoreOf(resource) : undefined;
  // Oxygen of an unknown flow is oxygen.
  const isFlowUnknown =
    codes.some((code) => measureOf(code)?.key === 'oxygen') && resource['dataAbsentReason'] !== undefined;
  const onOxygen = values.oxygen === undefined ? isFlowUnknown || undefined : values.oxygen.value > 0;
  if (Object.keys(values).length === 0 && consciousness === undefined && score === undefined && !isFlowUnknown)
    return undefined;
  return {
    at: when,
    values,
    ...(onOxygen === undefined ? {} : { onOxygen }),
    ...(consciousness === undefined ? {} : { consciousness: { value: consciousness, source, isDisputed: conflict } }),
    ...(score === undefined ? {} : { score: { ...score, source, isDisputed: conflict } }),
    takenBy: itemsOf(resource['performer'])
      .map((one) => textOf(at(one, 'reference')))
      .filter((who) => who !== ''),
    sources: [source],
  };
}

function scoreOf(resource: ResourceJson): { readonly value: number; readonly scale: SaturationScale } | undefined {
  const value = numberOf(resource['valueInteger']) ?? numberOf(at(resource['valueQuantity'], 'value'));
  const scale = textOf(at(resource['method'], 'text')) === SCALE_2_WORDS ? 2 : 1;
  return value === undefined ? undefined : { value, scale };
}

/** What a set says to the score. */
export function signValuesOf({ values, onOxygen, consciousness }: VitalSet): SignValues {
  const { breaths, saturation, systolic, pulse, temperature } = values;
  return {
    breaths: breaths?.value,
    saturation: saturation?.value,
    onOxygen,
    systolic: systolic?.value,
    pulse: pulse?.value,
    consciousness: consciousness?.value,
    temperature: temperature?.value,
  };
}

export interface TrendPoint {
  readonly at: Instant;
  readonly value: number;
}
/** One line a unit, oldest first (VT5). */
export function trendsOf(
  sets: readonly VitalSet[],
  key: MeasureKey,
): readonly { readonly unit: string; readonly points: readonly TrendPoint[] }[] {
  const lines = new Map<string, TrendPoint[]>();
  for (const { at: when, values } of sets.toReversed()) {
    const found = values[key];
    if (found === undefined) continue;
    const line = lines.get(found.unit) ?? [];
    line.push({ at: when, value: found.value });
    lines.set(found.unit, line);
  }
  return [...lines].map(([unit, points]) => ({ unit, points }));
}
