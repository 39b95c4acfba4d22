// Laboratory results as rows over time: each Observation a value as it was reported, each row one code in one unit.
//
//   LR1  Values keep their digits, comparator and unit; another unit is another row.
//   LR2  The interpretation is the one recorded. What only the printed range says is told apart.
//   LR4  A change is told between plain numbers of one unit alone.
//   LR5  What was cancelled or entered in error has no value.
//
// FHIR R4: http://hl7.org/fhir/R4/observation.html, http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation
import { JsonNumber, numberOf, parseJson } from '../../base/json.ts';
import type { JsonValue, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { conceptWords } from '../banner/allergy-section.ts';
import { at, codesOf, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';

/** As a device shows a resource; `text` has the digits that `resource` may have lost. */
export interface ResultSource {
  readonly resource: ResourceJson;
  readonly text: string;
  readonly conflict: boolean;
}

export type Grade =
  | 'critical-high'
  | 'critical-low'
  | 'critical'
  | 'high'
  | 'low'
  | 'abnormal'
  | 'normal'
  /** By the range that is printed with it, where the laboratory gave no interpretation. */
  | 'above-range'
  | 'below-range'
  | 'none';
export type ResultState = 'final' | 'preliminary' | 'corrected' | 'cancelled' | 'in-error';

export interface Range {
  readonly low?: string;
  readonly high?: string;
  /** Where it is in words. */
  readonly text: string;
}
export interface ResultValue {
  /** `Observation/1` */
  readonly name: string;
  readonly takenAt: Instant;
  readonly issuedAt: Instant;
  /** `>=`; '' of a plain value. */
  readonly comparator: string;
  /** As reported: `4.10`, `No growth`. '' where none is shown. */
  readonly value: string;
  readonly number?: number;
  readonly unit: string;
  readonly grade: Grade;
  /** As recorded: `HH`. */
  readonly flag: string;
  readonly state: ResultState;
  readonly range?: Range;
  readonly comments: readonly string[];
  readonly absent: string;
  readonly isDisputed: boolean;
}
export interface ResultRow {
  /** Of the code and the unit. */
  readonly key: string;
  readonly words: string;
  readonly unit: string;
  /** Newest first. */
  readonly values: readonly ResultValue[];
  /** Newest first: those that have a value. */
  readonly shown: readonly ResultValue[];
}
export interface ResultPanel {
  readonly key: string;
  readonly words: string;
  readonly rows: readonly ResultRow[];
}

const CRITICAL: ReadonlySet<string> = new Set(['critical-high', 'critical-low', 'critical']);
export const isCriticalGrade = (grade: Grade): boolean => CRITICAL.has(grade);
const GRADES: readonly (readonly [Grade, readonly string[]])[] = [
  ['critical-high', ['HH', 'HU']],
  ['critical-low', ['LL', 'LU']],
  ['critical', ['AA']],
  ['high', ['H', 'HX', '>']],
  ['low', ['L', 'LX', '<']],
  ['abnormal', ['A', 'POS', 'R', 'DET']],
  ['normal', ['N', 'NEG', 'S', 'ND']],
];
const STATES: Readonly<Record<string, ResultState>> = {
  registered: 'preliminary',
  preliminary: 'preliminary',
  final: 'final',
  amended: 'corrected',
  corrected: 'corrected',
  cancelled: 'cancelled',
  'entered-in-error': 'in-error',
  unknown: 'preliminary',
};

/** A result of a laboratory: by its category; vital signs and what is scored from them are none (LR11). */
export const isLaboratory = (resource: ResourceJson): boolean =>
  resource.resourceType === 'Observation' && codesOf(resource['category']).includes('laboratory');

export function resultValue({ resource, text, conflict }: ResultSource): ResultValue {
  const state = STATES[textOf(resource['status'])] ?? 'preliminary';
  const takenAt =
    instant(resource['effectiveDateTime']) ??
    instant(resource['effectiveInstant']) ??
    instant(at(resource['effectivePeriod'], 'start')) ??
    instant(resource['issued']) ??
    0;
  const whole = exact(text) ?? resource;
  const hasValue = state !== 'cancelled' && state !== 'in-error';
  const amount = at(whole, 'valueQuantity');
  const measured = hasValue ? (numberOf(at(amount, 'value')) ?? numberOf(at(whole, 'valueInteger'))) : undefined;
  const comparator = textOf(at(amount, 'comparator'));
  const flag = itemsOf(resource['interpretation'])
    .flatMap((one) => codesOf(one))
    .filter((code) => code !== '');
  const range = rangeOf(whole);
  return {
    name: `Observation/${resource.id ?? ''}`,
    takenAt,
    issuedAt: instant(resource['issued']) ?? takenAt,
    comparator,
    value: hasValue ? valueWords(whole) : '',
    ...(measured === undefined ? {} : { number: measured }),
    unit: textOf(at(amount, 'unit')) || textOf(at(amount, 'code')),
    grade: hasValue ? gradeOf(flag, comparator === '' ? measured : undefined, range) : 'none',
    flag: flag[0] ?? '',
    state,
    ...(range === undefined ? {} : { range }),
    comments: itemsOf(resource['note'])
      .map((one) => textOf(at(one, 'text')))
      .filter((one) => one !== ''),
    absent: conceptWords(resource['dataAbsentReason']),
    isDisputed: conflict,
  };
}

/** `4.10`, `>= 90`, `No growth`; '' of none. Without the unit. */
function valueWords(whole: JsonValue): string {
  const amount = digits(at(whole, 'valueQuantity.value')) ?? digits(at(whole, 'valueInteger'));
  if (amount !== undefined) return amount;
  const words = textOf(at(whole, 'valueString')) || conceptWords(at(whole, 'valueCodeableConcept') ?? null);
  if (words !== '') return words;
  const answer = at(whole, 'valueBoolean');
  if (typeof answer === 'boolean') return answer ? '+' : '–';
  const ratio = [digits(at(whole, 'valueRatio.numerator.value')), digits(at(whole, 'valueRatio.denominator.value'))];
  if (ratio[0] !== undefined) return ratio.filter((one) => one !== undefined).join(':');
  const ends = [digits(at(whole, 'valueRange.low.value')), digits(at(whole, 'valueRange.high.value'))];
  if (ends.some((one) => one !== undefined)) return ends.map((one) => one ?? '').join('–');
  return itemsOf(at(whole, 'component'))
    .map(
      (one) => `${conceptWords(at(one, 'code') ?? null)} ${valueWords(one)} ${textOf(at(one, 'valueQuantity.unit'))}`,
    )
    .map((one) => one.trim())
    .join('; ');
}
const digits = (value: JsonValue | undefined): string | undefined => {
  if (value instanceof JsonNumber) return value.text;
  return typeof value === 'number' ? String(value) : undefined;
};
function exact(text: string): JsonValue | undefined {
  if (text === '') return undefined;
  const parsed = parseJson(text, { numbers: 'lossless' });
  return parsed.ok ? parsed.value.value : undefined;
}
const instant = (value: JsonValue | undefined): Instant | undefined => dateRange(textOf(value))?.lo;

/** The first range that is for everybody, else the first: `normal` before others of FHIR's meanings. */
function rangeOf(whole: JsonValue): Range | undefined {
  const all = itemsOf(at(whole, 'referenceRange'));
  const first =
    all.find((one) => codesOf(at(one, 'type')).includes('normal')) ??
    all.find((one) => isObject(one) && one['type'] === undefined) ??
    all[0];
  if (first === undefined) return undefined;
  const low = digits(at(first, 'low.value'));
  const high = digits(at(first, 'high.value'));
  const text = textOf(at(first, 'text'));
  if (low === undefined && high === undefined && text === '') return undefined;
  const words = low === undefined ? `≤ ${high ?? ''}` : high === undefined ? `≥ ${low}` : `${low}–${high}`;
  return {
    ...(low === undefined ? {} : { low }),
    ...(high === undefined ? {} : { high }),
    text: low === undefined && high === undefined ? text : words,
  };
}

function gradeOf(flags: readonly string[], value: number | undefined, range: Range | undefined): Grade {
  const found = GRADES.find(([, codes]) => flags.some((flag) => codes.includes(flag)));
  if (found !== undefined) return found[0];
  if (flags.length > 0 || value === undefined || range === undefined) return 'none';
  if (range.high !== undefined && value > Number(range.high)) return 'above-range';
  return range.low !== undefined && value < Number(range.low) ? 'below-range' : 'none';
}

/** Later than `from`; all without it. A value that stands in no report is of the panel ''. */
export function resultPanels(all: readonly ResultSource[], from?: Instant): readonly ResultPanel[] {
  const panels = new Map<string, string>();
  const panelOf = new Map<string, string>();
  for (const { resource } of all) {
    if (resource.resourceType !== 'DiagnosticReport') continue;
    const key = codeKey(resource['code']);
    if (!panels.has(key)) panels.set(key, conceptWords(resource['code']));
    for (const one of itemsOf(resource['result'])) panelOf.set(textOf(at(one, 'reference')), key);
  }
  const rows = new Map<string, Map<string, { readonly words: string; readonly values: ResultValue[] }>>();
  for (const source of all) {
    if (!isLaboratory(source.resource)) continue;
    const value = resultValue(source);
    if (from !== undefined && value.takenAt < from && value.issuedAt < from) continue;
    const panel = panelOf.get(value.name) ?? '';
    const ofPanel = rows.get(panel) ?? new Map<string, { readonly words: string; readonly values: ResultValue[] }>();
    rows.set(panel, ofPanel);
    const code = codeKey(source.resource['code']);
    // What has no value has no unit either: it stands in the row of its code.
    const key =
      value.number === undefined
        ? ([...ofPanel.keys()].find((one) => one.startsWith(`${code} `)) ?? `${code} `)
        : `${code} ${value.unit}`;
    const row = ofPanel.get(key) ?? { words: conceptWords(source.resource['code']), values: [] };
    row.values.push(value);
    ofPanel.set(key, row);
  }
  return [...rows]
    .map(([key, ofPanel]): ResultPanel => ({
      key,
      words: panels.get(key) ?? '',
      rows: [...ofPanel].map(([rowKey, { words, values }]) => rowOf(rowKey, words, values)),
    }))
    .toSorted((a, b) => newest(b) - newest(a) || (a.words < b.words ? -1 : 1));
}
function rowOf(key: string, words: string, found: readonly ResultValue[]): ResultRow {
  const values = found.toSorted((a, b) => b.takenAt - a.takenAt || b.issuedAt - a.issuedAt);
  return {
    key,
    words,
    unit: values.find(({ unit }) => unit !== '')?.unit ?? '',
    values,
    shown: values.filter(({ value }) => value !== ''),
  };
}
const newest = ({ rows }: ResultPanel): number => Math.max(0, ...rows.map(({ values }) => values[0]?.takenAt ?? 0));

/** One of the concept's codes, or its words: what makes two results one row. */
function codeKey(concept: JsonValue | undefined): string {
  const coding = itemsOf(at(concept, 'coding')).find((one) => textOf(at(one, 'code')) !== '');
  return coding === undefined
    ? conceptWords(concept ?? null).toLowerCase()
    : `${textOf(at(coding, 'system'))}|${textOf(at(coding, 'code'))}`;
}

export interface Change {
  readonly before: ResultValue;
  /** `+0.6`, `-12`, `0`; absent where no number tells it. */
  readonly by?: string;
  readonly way: 'up' | 'down' | 'same' | 'unknown';
}
/** Of the latest value against the one before; undefined where there is none before. */
export function changeOf({ shown }: ResultRow): Change | undefined {
  const [now, before] = shown;
  if (now === undefined || before === undefined) return undefined;
  const isPlain = [now, before].every((one) => one.number !== undefined && one.comparator === '');
  if (!isPlain || now.unit !== before.unit || now.number === undefined || before.number === undefined)
    return { before, way: 'unknown' };
  const places = Math.max(...[now, before].map(({ value }) => (value.split('.')[1] ?? '').length));
  const by = now.number - before.number;
  const words = by.toFixed(Math.min(places, 6));
  if (Number(words) === 0) return { before, way: 'same', by: '0' };
  return { before, way: by > 0 ? 'up' : 'down', by: by > 0 ? `+${words}` : words };
}

/** The moments at which something was taken, newest first. */
export const momentsOf = (panels: readonly ResultPanel[]): readonly Instant[] =>
  [
    ...new Set(panels.flatMap(({ rows }) => rows.flatMap(({ values }) => values.map(({ takenAt }) => takenAt)))),
  ].toSorted((a, b) => b - a);
