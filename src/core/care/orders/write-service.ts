// An order of laboratory, imaging, procedure, diet or nursing as it is typed, checked, written and stopped (ServiceRequest).
//
//   OD5  What is asked for, with its question; imaging wants one.
//   OD7  The same within its interval wants a reason, which stands in the order.
//   OD8  Stopped with a reason: status revoked, the reason in the extension that R4 gives for it.
//
// FHIR R4: http://hl7.org/fhir/R4/servicerequest.html, http://hl7.org/fhir/R4/extension-request-statusreason.html
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { conceptWords } from '../banner/allergy-section.ts';
import type { Recording } from '../banner/write-allergy.ts';
import { at, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import { entryBy, KIND_CODING, type CatalogueEntry, type OrderKind } from './catalogue.ts';

export const PRIORITIES = ['routine', 'urgent', 'asap', 'stat'] as const;
export type Priority = (typeof PRIORITIES)[number];
const STATUS_REASON = 'http://hl7.org/fhir/StructureDefinition/request-statusReason';
const HOUR = 3_600_000;
const MINUTE = 60_000;

export interface ServiceForm {
  readonly kind: OrderKind;
  /** Of the catalogue; '' where it is in words alone. */
  readonly entry: string;
  readonly words: string;
  readonly priority: Priority;
  readonly question: string;
  /** FHIR dateTime; '' for as its priority says. */
  readonly wanted: string;
  readonly note: string;
  /** Why the same is asked for again. */
  readonly again: string;
  readonly isConfirmed: boolean;
}
export const EMPTY_SERVICE: ServiceForm = {
  kind: 'laboratory',
  entry: '',
  words: '',
  priority: 'routine',
  question: '',
  wanted: '',
  note: '',
  again: '',
  isConfirmed: false,
};

export interface Earlier {
  /** `ServiceRequest/1`, `DiagnosticReport/1` */
  readonly name: string;
  readonly words: string;
  readonly at: Instant;
  /** It was asked for and nothing is reported yet. */
  readonly isOpen: boolean;
}
const DEAD: ReadonlySet<string> = new Set(['revoked', 'entered-in-error', 'cancelled', 'draft']);

/** OD7: the same within its interval, asked for or reported; the latest first. */
export function earlierOnes(form: ServiceForm, resources: readonly ResourceJson[], now: Instant): readonly Earlier[] {
  const entry = entryBy(form.entry);
  const hours = entry === undefined ? 24 : entry.againHours;
  if (hours === 0 || (entry === undefined && form.words.trim() === '')) return [];
  return resources
    .flatMap((one): readonly Earlier[] => {
      const isOrder = one.resourceType === 'ServiceRequest';
      if (!isOrder && one.resourceType !== 'DiagnosticReport') return [];
      const status = textOf(one['status']);
      if (DEAD.has(status) || !isSame(entry, form.words, one)) return [];
      const members = isOrder ? ['authoredOn'] : ['effectiveDateTime', 'issued'];
      const when = members.map((name) => dateRange(textOf(one[name]))?.lo).find((found) => found !== undefined);
      const isOpen = isOrder && (status === 'active' || status === 'on-hold');
      // What was asked for long ago and is still open is the same request.
      if (when === undefined || (!isOpen && when < now - hours * HOUR)) return [];
      return [
        { name: `${one.resourceType}/${one.id ?? ''}`, words: conceptWords(one['code'] ?? null), at: when, isOpen },
      ];
    })
    .toSorted((a, b) => b.at - a.at);
}
/** By code; else by its name, alone or in a list of several tests under one order. */
function isSame(entry: CatalogueEntry | undefined, typed: string, one: ResourceJson): boolean {
  const code = textOf(entry?.coding?.['code']);
  const codings = itemsOf(at(one['code'], 'coding'));
  if (code !== '' && codings.some((coding) => textOf(at(coding, 'code')) === code)) return true;
  const wanted = (entry?.words ?? typed).trim().toLowerCase();
  return conceptWords(one['code'] ?? null)
    .toLowerCase()
    .split(/[,;:]/)
    .some((part) => part.trim() === wanted);
}

export type ServiceFault = 'nothing' | 'no-question' | 'past' | 'again' | 'not-confirmed';
/** What keeps it from being signed; [] of what may be. */
export function faultsOfService(form: ServiceForm, earlier: readonly Earlier[], now: Instant): readonly ServiceFault[] {
  const faults: ServiceFault[] = [];
  if (entryBy(form.entry) === undefined && !/\p{L}/u.test(form.words)) faults.push('nothing');
  if (form.kind === 'imaging' && !/\p{L}/u.test(form.question)) faults.push('no-question');
  const wanted = dateRange(form.wanted)?.lo;
  if (form.wanted !== '' && (wanted === undefined || wanted < now - 5 * MINUTE)) faults.push('past');
  if (earlier.length > 0 && !/\p{L}/u.test(form.again)) faults.push('again');
  if (!form.isConfirmed) faults.push('not-confirmed');
  return faults;
}

/** Of a form without faults. */
export function serviceRequest(form: ServiceForm, id: string, of: Recording): ResourceJson {
  const entry = entryBy(form.entry);
  const words = entry?.words ?? form.words.trim();
  const notes = [
    ...(form.note.trim() === '' ? [] : [form.note.trim()]),
    ...(form.again.trim() === '' ? [] : [`Asked for again: ${form.again.trim()}`]),
  ];
  return {
    resourceType: 'ServiceRequest',
    id,
    status: 'active',
    intent: 'order',
    category: [{ coding: [KIND_CODING[form.kind]] }],
    priority: form.priority,
    code: { ...(entry?.coding === undefined ? {} : { coding: [entry.coding] }), text: words },
    subject: { reference: of.subject },
    ...(of.encounter === undefined ? {} : { encounter: { reference: of.encounter } }),
    ...(form.wanted === '' ? {} : { occurrenceDateTime: form.wanted }),
    authoredOn: of.at,
    requester: { reference: of.recorder.who, display: of.recorder.name },
    ...(form.question.trim() === '' ? {} : { reasonCode: [{ text: form.question.trim() }] }),
    ...(notes.length === 0 ? {} : { note: notes.map((text) => ({ text, time: of.at })) }),
  };
}

/** JSON Patch of an order that is shown. */
export function stopServicePatch(order: ResourceJson, reason: string): readonly JsonObject[] {
  const mark: JsonValue = { url: STATUS_REASON, valueCodeableConcept: { text: reason.trim() } };
  return [
    { op: 'replace', path: '/status', value: 'revoked' },
    Array.isArray(order['extension'])
      ? { op: 'add', path: '/extension/-', value: mark }
      : { op: 'add', path: '/extension', value: [mark] },
  ];
}

export interface ServiceLine {
  /** `ServiceRequest/1` */
  readonly name: string;
  readonly words: string;
  readonly priority: string;
  readonly question: string;
  readonly written: string;
  readonly wanted: string;
  readonly by: string;
  readonly notes: readonly string[];
  /** Why it was stopped or held. */
  readonly why: string;
}
export const serviceLine = (order: ResourceJson): ServiceLine => ({
  name: `${order.resourceType}/${order.id ?? ''}`,
  words: conceptWords(order['code'] ?? null),
  priority: textOf(order['priority']),
  question: itemsOf(order['reasonCode'])
    .map((one) => conceptWords(one))
    .filter((one) => one !== '')
    .join('; '),
  written: textOf(order['authoredOn']),
  wanted: textOf(order['occurrenceDateTime']) || textOf(at(order['occurrencePeriod'], 'start')),
  by: textOf(at(order['requester'], 'display')),
  notes: itemsOf(order['note'])
    .map((one) => textOf(at(one, 'text')))
    .filter((one) => one !== ''),
  why: itemsOf(order['extension'])
    .filter((one) => isObject(one) && one['url'] === STATUS_REASON)
    .map((one) => conceptWords(at(one, 'valueCodeableConcept') ?? null))
    .join('; '),
});
