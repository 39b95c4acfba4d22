// The medicines of a person as lines: what is taken now, what is held, what was stopped lately, what is past.
//
//   MD13  A line has its parts in the order of NHS CUI (MEDi): name, form, dose, rate, route, when, the most, reason. No part is
//         ever cut; what cannot be read as parts stands in the words of the order.
//   MD14  Whatever is not known to have ended is current; what is in conflict is current and says so (CR8).
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { at, codesOf, itemsOf, textOf } from '../merge/clinical-words.ts';
import { isCriticalMedicine } from './critical-medicines.ts';
import type { RouteKey } from './drug-rules.ts';
import { medicineName } from './find-medicine.ts';
import { instructionsOf, type Amount, type Cadence } from './order-dose.ts';
import { momentOf } from './patient-facts.ts';

export type LinePart =
  | { readonly kind: 'form'; readonly text: string }
  | { readonly kind: 'dose'; readonly low?: Amount; readonly amount: Amount }
  | { readonly kind: 'rate'; readonly text: string }
  | { readonly kind: 'route'; readonly route?: RouteKey; readonly text: string }
  | { readonly kind: 'when'; readonly cadence: Cadence }
  | { readonly kind: 'most'; readonly amount: Amount }
  | { readonly kind: 'reason'; readonly text: string }
  | { readonly kind: 'note'; readonly text: string }
  /** The order's own words, where its parts could not be read. */
  | { readonly kind: 'words'; readonly text: string };

export type LineStatus = 'active' | 'held' | 'stopped' | 'completed' | 'cancelled' | 'draft' | 'unclear';
export interface MedicationLine {
  /** `MedicationRequest/1`, `MedicationStatement/1`. */
  readonly from: string;
  readonly id: string;
  readonly type: 'MedicationRequest' | 'MedicationStatement';
  /** Generic, lower case as stored; '' where nobody named it. */
  readonly name: string;
  readonly parts: readonly LinePart[];
  readonly status: LineStatus;
  /** Why it is held or was stopped. */
  readonly why: string;
  /** When that was, where the record says so. */
  readonly since: Instant | undefined;
  readonly startedAt: Instant | undefined;
  readonly endsAt: Instant | undefined;
  readonly asNeeded: boolean;
  readonly community: boolean;
  readonly critical: boolean;
  /** People must decide about it. */
  readonly conflict: boolean;
  readonly indication: string;
  readonly prescriber: string;
}
export interface MedicationLines {
  readonly current: readonly MedicationLine[];
  readonly held: readonly MedicationLine[];
  /** Ended within the last 72 hours; they stand among `past` too. */
  readonly recentlyStopped: readonly MedicationLine[];
  readonly past: readonly MedicationLine[];
}

export const RECENTLY_MS = 72 * 3_600_000;
/** Of MedicationRequest: since when its status is what it is (valueDateTime). */
export const STATUS_SINCE_EXTENSION = 'https://holdfast.example/fhir/StructureDefinition/status-since';

const STATUS: Readonly<Record<string, LineStatus>> = {
  active: 'active',
  'on-hold': 'held',
  stopped: 'stopped',
  completed: 'completed',
  cancelled: 'cancelled',
  draft: 'draft',
  unknown: 'unclear',
  'not-taken': 'stopped',
  intended: 'draft',
};
const conceptWords = (value: JsonObject[string]): string =>
  itemsOf(value)
    .map((one) => textOf(at(one, 'text')) || textOf(at(itemsOf(at(one, 'coding'))[0], 'display')))
    .find((words) => words !== '') ?? '';

export const statusSince = (body: JsonObject): Instant | undefined =>
  momentOf(
    at(
      itemsOf(body['extension']).find((one) => at(one, 'url') === STATUS_SINCE_EXTENSION),
      'valueDateTime',
    ),
  );

/** `form` is what the words of the medicine add to its name: `paracetamol` in `paracetamol tablet`. */
export function formOf(body: JsonObject): string {
  const name = medicineName(body);
  const words = textOf(at(body, 'medicationCodeableConcept.text'));
  return words.toLowerCase().startsWith(`${name.toLowerCase()} `) ? words.slice(name.length + 1).trim() : '';
}

export function partsOf(body: JsonObject): readonly LinePart[] {
  const form = formOf(body);
  const parts: LinePart[] = form === '' ? [] : [{ kind: 'form', text: form }];
  const dosage = body['dosageInstruction'] ?? body['dosage'];
  for (const one of instructionsOf(dosage === undefined ? {} : { dosageInstruction: dosage })) {
    const rate = textOf(at(one.rate, 'unit'));
    const rateValue = at(one.rate, 'value');
    const isRead = one.dose !== undefined && one.cadence.kind !== 'words';
    if (!isRead) {
      parts.push({ kind: 'words', text: one.words });
      continue;
    }
    if (one.dose !== undefined)
      parts.push({ kind: 'dose', ...(one.doseLow === undefined ? {} : { low: one.doseLow }), amount: one.dose });
    if (typeof rateValue === 'number' && rate !== '')
      parts.push({ kind: 'rate', text: `${plainNumber(rateValue)} ${rate}` });
    if (one.route !== undefined || one.routeWords !== '')
      parts.push({ kind: 'route', ...(one.route === undefined ? {} : { route: one.route }), text: one.routeWords });
    parts.push({ kind: 'when', cadence: one.cadence });
    if (one.dayMost !== undefined) parts.push({ kind: 'most', amount: one.dayMost });
    if (one.reason !== '') parts.push({ kind: 'reason', text: one.reason });
    for (const note of itemsOf(one.body['additionalInstruction'])) {
      const text = conceptWords(note);
      if (text !== '') parts.push({ kind: 'note', text });
    }
  }
  return parts;
}

/** NHS CUI MEDi, ISMP: no trailing zero, a leading zero, a comma from 1,000. Twelve digits. */
export function plainNumber(value: number): string {
  const text = Number(value.toPrecision(12)).toString();
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text;
  const [whole = '', fraction] = text.split('.');
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}

export function lineOf(body: ResourceJson, conflict = false): MedicationLine {
  const instructions = instructionsOf(body);
  const starts = instructions.map(({ from }) => momentOf(from)).filter((one) => one !== undefined);
  const ends = instructions.map(({ until }) => momentOf(until)).filter((one) => one !== undefined);
  const startedAt =
    starts.length > 0 ? Math.min(...starts) : (momentOf(body['authoredOn']) ?? momentOf(body['dateAsserted']));
  const type = body.resourceType === 'MedicationStatement' ? 'MedicationStatement' : 'MedicationRequest';
  return {
    from: `${type}/${body.id ?? ''}`,
    id: body.id ?? '',
    type,
    name: medicineName(body),
    parts: partsOf(body),
    status: STATUS[textOf(body['status'])] ?? 'unclear',
    why: conceptWords(body['statusReason']),
    since: statusSince(body),
    startedAt,
    // Of several instructions the last; one without an end has none.
    endsAt: ends.length > 0 && ends.length === instructions.length ? Math.max(...ends) : undefined,
    asNeeded: instructions.length > 0 && instructions.every(({ asNeeded }) => asNeeded),
    community: codesOf(body['category']).includes('community') || type === 'MedicationStatement',
    critical: isCriticalMedicine(body),
    conflict,
    indication: conceptWords(body['reasonCode']),
    prescriber: textOf(at(body, 'requester.display')),
  };
}

/** `conflicts`: names of resources of which people must decide. What was entered in error is left out: nobody ever ordered it. */
export function medicationLines(
  resources: readonly ResourceJson[],
  now: Instant,
  conflicts: ReadonlySet<string> = new Set(),
): MedicationLines {
  const lines = resources
    .filter(
      (one) =>
        (one.resourceType === 'MedicationRequest' || one.resourceType === 'MedicationStatement') &&
        one['status'] !== 'entered-in-error' &&
        one['doNotPerform'] !== true,
    )
    .map((one) => lineOf(one, conflicts.has(`${one.resourceType}/${one.id ?? ''}`)))
    .sort(byName);
  const isPast = (line: MedicationLine): boolean =>
    !line.conflict &&
    (['stopped', 'completed', 'cancelled'].includes(line.status) ||
      (line.status === 'active' && line.endsAt !== undefined && line.endsAt <= now));
  const past = lines.filter(isPast).toSorted((a, b) => (endedAt(b) ?? 0) - (endedAt(a) ?? 0) || byName(a, b));
  return {
    current: lines.filter((line) => !isPast(line) && line.status !== 'held'),
    held: lines.filter((line) => !isPast(line) && line.status === 'held'),
    recentlyStopped: past.filter((line) => {
      const ended = endedAt(line);
      return ended !== undefined && ended <= now && now - ended < RECENTLY_MS;
    }),
    past,
  };
}
export const endedAt = (line: MedicationLine): Instant | undefined => line.since ?? line.endsAt;
const byName = (a: MedicationLine, b: MedicationLine): number =>
  a.name.toLowerCase() < b.name.toLowerCase()
    ? -1
    : a.name.toLowerCase() > b.name.toLowerCase()
      ? 1
      : a.id < b.id
        ? -1
        : 1;
