// Critical results that nobody has acknowledged, and the acknowledgement: who told whom, the value read back, and what was done.
//
//   LR8   A critical result counts until a completed Task is about it, or about its report.
//   LR9   Said: who told it, how, the value read back, when, what was done. A value read back that differs is not taken.
//   LR10  It is of a value: where that is another one now, it counts again.
//
// FHIR R4: http://hl7.org/fhir/R4/task.html
import { numberOf } from '../../base/json.ts';
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { at, codesOf, criticalCodesOf, itemsOf, textOf } from '../merge/clinical-words.ts';
import { conceptWords } from '../banner/allergy-section.ts';
import type { ResultValue } from './read-results.ts';

const SYSTEM = 'https://holdfast.example/fhir/CodeSystem/critical-result';
export const ACKNOWLEDGEMENT = 'acknowledged';
const DAY = 86_400_000;
/** How far back unacknowledged critical results are looked for where no stay reaches further. */
export const CRITICAL_WINDOW_MS = 7 * DAY;

const GONE: ReadonlySet<string> = new Set(['entered-in-error', 'cancelled']);
/** Critical, of any laboratory or report; not of vital signs (LR11), nor withdrawn. */
const isCritical = (one: ResourceJson): boolean =>
  one.resourceType === 'Observation' &&
  !codesOf(one['category']).includes('vital-signs') &&
  !GONE.has(textOf(one['status'])) &&
  criticalCodesOf(one).length > 0;

/** `resources`: Observations, DiagnosticReports and Tasks of one patient. Those that nobody has acknowledged, the latest first. */
export function openCriticals(resources: readonly ResourceJson[]): readonly ResourceJson[] {
  const acknowledged = new Map<string, (string | undefined)[]>();
  for (const task of resources) {
    if (task.resourceType !== 'Task' || task['status'] !== 'completed') continue;
    const about = textOf(at(task['focus'], 'reference'));
    if (about !== '') acknowledged.set(about, [...(acknowledged.get(about) ?? []), inputOf(task, 'value')]);
  }
  const reports = resources.filter(
    (one) => one.resourceType === 'DiagnosticReport' && acknowledged.has(`DiagnosticReport/${one.id ?? ''}`),
  );
  const isSeen = (one: ResourceJson): boolean => {
    const name = `Observation/${one.id ?? ''}`;
    const of = acknowledged.get(name) ?? [];
    // A Task that names no value is about whatever stands there: some other system's word.
    if (of.some((value) => value === undefined || value === valueKey(one))) return true;
    return reports.some((report) => itemsOf(report['result']).some((item) => textOf(at(item, 'reference')) === name));
  };
  return resources
    .filter((one) => isCritical(one) && !isSeen(one))
    .toSorted((a, b) => (criticalSince(b) ?? 0) - (criticalSince(a) ?? 0));
}

/** When it was told; else when the sample was taken. */
export const criticalSince = (one: ResourceJson): Instant | undefined =>
  dateRange(textOf(one['issued']))?.lo ?? dateRange(textOf(one['effectiveDateTime']))?.lo;

/** LR8: what stands first now, and how many older ones nobody acknowledged. `stayFrom`: when the stay that goes on began. */
export function leadingCriticals(
  resources: readonly ResourceJson[],
  now: Instant,
  stayFrom: Instant | undefined,
): { readonly lead: readonly ResourceJson[]; readonly older: number } {
  const from = Math.min(now - CRITICAL_WINDOW_MS, stayFrom ?? now);
  const open = openCriticals(resources);
  // One without a time is never taken for old.
  const lead = open.filter((one) => (criticalSince(one) ?? now) >= from);
  return { lead, older: open.length - lead.length };
}

/** What the acknowledgement is of: the value in a form that two readers write alike. */
export function valueKey(one: ResourceJson): string {
  const amount = one['valueQuantity'];
  const value = numberOf(at(amount, 'value')) ?? numberOf(one['valueInteger']);
  const words =
    value === undefined
      ? textOf(one['valueString']) || conceptWords(one['valueCodeableConcept'] ?? null)
      : `${textOf(at(amount, 'comparator'))}${String(value)}`;
  return `${words} ${textOf(at(amount, 'unit'))}`.trim();
}

export const TOLD_HOW = ['phone', 'in-person', 'screen'] as const;
export type ToldHow = (typeof TOLD_HOW)[number];

/** As typed. */
export interface ReadBack {
  readonly how: ToldHow | '';
  /** Who told it; nobody where it was read on the screen. */
  readonly toldBy: string;
  readonly value: string;
  readonly at: Instant | undefined;
  readonly action: string;
  /** Who was told then: the doctor who decides. */
  readonly informed: string;
}
export type ReadBackFault = 'how' | 'told-by' | 'no-value' | 'differs' | 'no-time' | 'before' | 'future' | 'no-action';
const MINUTE = 60_000;

/** What is wrong with it; [] of what may be saved. `result`: the value as it is recorded now. */
export function faultsOfReadBack(
  typed: ReadBack,
  result: Pick<ResultValue, 'value' | 'number' | 'takenAt'>,
  now: Instant,
): readonly ReadBackFault[] {
  const faults: ReadBackFault[] = [];
  if (typed.how === '') faults.push('how');
  if (typed.how !== '' && typed.how !== 'screen' && !/\p{L}/u.test(typed.toldBy)) faults.push('told-by');
  if (typed.value.trim() === '') faults.push('no-value');
  else if (!isSameValue(typed.value, result)) faults.push('differs');
  if (typed.at === undefined) faults.push('no-time');
  else if (typed.at > now + MINUTE) faults.push('future');
  else if (typed.at < result.takenAt) faults.push('before');
  if (!/\p{L}/u.test(typed.action)) faults.push('no-action');
  return faults;
}
/** A number by what it is, with a comma or a point; words by their letters. */
function isSameValue(typed: string, { value, number }: Pick<ResultValue, 'value' | 'number'>): boolean {
  const text = typed.trim();
  if (number === undefined) return text.toLowerCase() === value.trim().toLowerCase();
  const plain = text.replace(/^[<>]=?\s*|^[≤≥]\s*/, '').replace(',', '.');
  return /^-?\d+(?:\.\d+)?$/.test(plain) && Number(plain) === number;
}

export interface Acknowledging {
  readonly id: string;
  readonly subject: string;
  readonly encounter: string | undefined;
  readonly me: { readonly who: string; readonly name: string };
  /** FHIR dateTimes with a zone: when it was told, and now. */
  readonly told: string;
  readonly written: string;
  /** `Potassium 6.9 mmol/L`: as it was read. */
  readonly words: string;
}

/** The Task of an acknowledgement that has no faults. */
export function acknowledgementTask(result: ResourceJson, typed: ReadBack, of: Acknowledging): ResourceJson {
  const input = (code: string, text: string, value: string): readonly JsonObject[] =>
    value.trim() === '' ? [] : [{ type: concept(code, text), valueString: value.trim() }];
  const how = typed.how === '' ? 'screen' : typed.how;
  return {
    resourceType: 'Task',
    id: of.id,
    status: 'completed',
    intent: 'order',
    priority: 'stat',
    code: concept(ACKNOWLEDGEMENT, 'Critical result acknowledged'),
    description: `Critical result acknowledged: ${of.words}`,
    focus: { reference: `Observation/${result.id ?? ''}` },
    for: { reference: of.subject },
    ...(of.encounter === undefined ? {} : { encounter: { reference: of.encounter } }),
    executionPeriod: { start: of.told, end: of.written },
    authoredOn: of.written,
    lastModified: of.written,
    requester: { reference: of.me.who, display: of.me.name },
    owner: { reference: of.me.who, display: of.me.name },
    input: [
      ...input('value', 'Value', valueKey(result)),
      ...input('read-back', 'Value read back', typed.value),
      ...input('told-how', 'Told how', how),
      ...(how === 'screen' ? [] : input('told-by', 'Told by', typed.toldBy)),
    ],
    output: [...input('action', 'Action', typed.action), ...input('informed', 'Informed', typed.informed)],
  };
}
const concept = (code: string, text: string): JsonObject => ({
  coding: [{ system: SYSTEM, code, display: text }],
  text,
});

const partOf = (list: JsonValue | undefined, code: string): string | undefined => {
  const found = itemsOf(list).find((one) => codesOf(at(one, 'type')).includes(code));
  return found === undefined ? undefined : textOf(at(found, 'valueString'));
};
const inputOf = (task: ResourceJson, code: string): string | undefined => partOf(task['input'], code);

export interface AcknowledgedLine {
  readonly name: string;
  /** Of the value that was acknowledged. */
  readonly value: string;
  readonly readBack: string;
  readonly how: string;
  readonly toldBy: string;
  readonly told: string;
  readonly written: string;
  readonly by: string;
  readonly action: string;
  readonly informed: string;
}
/** Acknowledgements of `observation` (`Observation/1`), the latest first. */
export function acknowledgementsOf(
  observation: string,
  resources: readonly ResourceJson[],
): readonly AcknowledgedLine[] {
  return resources
    .filter(
      (one) =>
        one.resourceType === 'Task' &&
        one['status'] === 'completed' &&
        textOf(at(one['focus'], 'reference')) === observation,
    )
    .map((task) => ({
      name: `Task/${task.id ?? ''}`,
      value: inputOf(task, 'value') ?? '',
      readBack: inputOf(task, 'read-back') ?? '',
      how: inputOf(task, 'told-how') ?? '',
      toldBy: inputOf(task, 'told-by') ?? '',
      told: textOf(at(task['executionPeriod'], 'start')),
      written: textOf(task['authoredOn']),
      by: textOf(at(task['owner'], 'display')),
      action: partOf(task['output'], 'action') ?? textOf(task['description']),
      informed: partOf(task['output'], 'informed') ?? '',
    }))
    .toSorted((a, b) => (a.written < b.written ? 1 : -1));
}
