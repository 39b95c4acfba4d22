// Emergency access: the Task that opens a patient's record to one clinician, the Flag that tells everybody, the review.
//
//   AC19  A Task opens for its requester alone, until its period ends or a reviewer rejects it.
//   AC20  It has a reason in words, lasts 4 hours unless told, and 12 at most.
//   AC21  A reviewer is not the requester; a review has a note.
//
// Made here and written by the operations alone: `judge-write.ts` refuses them to everyone else.
import type { JsonObject, JsonValue, ResourceJson } from '../base/json-types.ts';
import type { Instant } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { SearchQuery } from '../fhir/search/query.ts';
import { instantText } from '../record/body.ts';
import type { ResourceFilter } from '../record/store.ts';
import { ACCESS_SYSTEM, BREAK_GLASS_CODE } from './names.ts';
import { codes, names } from './sensitivity.ts';

export const BREAK_GLASS_HOURS = 4;
export const BREAK_GLASS_HOURS_MAX = 12;
const HOUR = 3_600_000;
const REASON_CHARS_MAX = 1000;

/** http://terminology.hl7.org/CodeSystem/v3-ActReason: purposes of use. */
const REASONS = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
export const EMERGENCY_REASON = 'ETREAT';

export interface BreakGlassWish {
  /** `Patient/1`. */
  readonly patient: string;
  /** `Practitioner/1`, with the name for people. */
  readonly who: string;
  readonly name: string;
  /** In words. */
  readonly reason: string;
  /** Of v3-ActReason; ETREAT unless told. */
  readonly reasonCode?: string;
  /** Hours; BREAK_GLASS_HOURS unless told. */
  readonly hours?: number;
}
export type BreakGlassRefusal = 'no-reason' | 'reason-too-long' | 'not-a-time' | 'not-a-patient';

export interface BreakGlass {
  readonly task: ResourceJson;
  readonly flag: ResourceJson;
  readonly endsAt: Instant;
}

/** What opens the record, and what stands on the chart; neither has an id yet. Both are written in one commit. */
export function breakGlass(wish: BreakGlassWish, now: Instant): Result<BreakGlass, BreakGlassRefusal> {
  const reason = wish.reason.trim();
  const { hours = BREAK_GLASS_HOURS, reasonCode = EMERGENCY_REASON } = wish;
  if (!wish.patient.startsWith('Patient/')) return err('not-a-patient');
  if (!/\p{L}/u.test(reason)) return err('no-reason');
  if (reason.length > REASON_CHARS_MAX) return err('reason-too-long');
  if (!(hours > 0 && hours <= BREAK_GLASS_HOURS_MAX)) return err('not-a-time');
  const endsAt = now + Math.round(hours * HOUR);
  const period = { start: instantText(now), end: instantText(endsAt) };
  const person = { reference: wish.who, display: wish.name };
  const patient = { reference: wish.patient };
  return ok({
    endsAt,
    task: {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      priority: 'urgent',
      code: BREAK_GLASS,
      description: `Emergency access by ${wish.name} until ${period.end}`,
      for: patient,
      executionPeriod: period,
      authoredOn: period.start,
      requester: person,
      reasonCode: { coding: [{ system: REASONS, code: reasonCode }], text: reason },
    },
    flag: {
      resourceType: 'Flag',
      status: 'active',
      category: [{ coding: [{ system: FLAG_CATEGORY, code: 'admin', display: 'Administrative' }] }],
      code: { ...BREAK_GLASS, text: `Emergency access by ${wish.name} until ${period.end}` },
      subject: patient,
      period,
      author: person,
    },
  });
}

const FLAG_CATEGORY = 'http://terminology.hl7.org/CodeSystem/flag-category';
const BREAK_GLASS = {
  coding: [{ system: ACCESS_SYSTEM, code: BREAK_GLASS_CODE, display: 'Break-glass' }],
  text: 'Emergency access (break-glass)',
};

/** What an open grant of `who` looks like in the compartment of the patient whom it opens. */
export function openBreakGlass(who: string, now: Instant): ResourceFilter {
  return {
    types: ['Task'],
    where: [
      BREAK_GLASS_TASK,
      names('requester', [who]),
      // Reviewed while it runs, it goes on; rejected, it ends.
      codes('status', ['requested', 'completed']),
      { kind: 'param', param: 'period', type: 'date', values: [{ kind: 'date', prefix: 'gt', lo: now, hi: now + 1 }] },
    ],
  };
}
const BREAK_GLASS_TASK: ResourceFilter['where'][number] = {
  kind: 'param',
  param: 'code',
  type: 'token',
  values: [{ kind: 'token', system: ACCESS_SYSTEM, code: BREAK_GLASS_CODE }],
};

/** Break-glasses that nobody has reviewed, the oldest first. Searched with EVERYTHING: a reviewer's own reach does not matter. */
export function openReviews(count: number, after?: string): SearchQuery {
  return {
    types: ['Task'],
    where: [BREAK_GLASS_TASK, codes('status', ['requested'])],
    sort: [{ param: 'authored-on', type: 'date', descending: false }],
    count,
    total: 'none',
    include: [],
    ...(after === undefined ? {} : { after }),
  };
}

export interface Review {
  /** `Practitioner/2`, with the name for people. */
  readonly who: string;
  readonly name: string;
  readonly accepted: boolean;
  readonly note: string;
}
export type ReviewRefusal = 'not-a-break-glass' | 'own' | 'reviewed' | 'no-note';

/** `task` as the review leaves it. */
export function reviewed(task: ResourceJson, review: Review, now: Instant): Result<ResourceJson, ReviewRefusal> {
  if (task.resourceType !== 'Task' || !isBreakGlass(task)) return err('not-a-break-glass');
  if (task['status'] !== 'requested') return err('reviewed');
  if (refersTo(task['requester'], review.who)) return err('own');
  const note = review.note.trim();
  if (!/\p{L}/u.test(note) || note.length > REASON_CHARS_MAX) return err('no-note');
  const person = { reference: review.who, display: review.name };
  const before = Array.isArray(task['note']) ? (task['note'] as readonly JsonValue[]) : [];
  return ok({
    ...task,
    status: review.accepted ? 'completed' : 'rejected',
    businessStatus: { text: review.accepted ? 'Reviewed: accepted' : 'Reviewed: not accepted' },
    lastModified: instantText(now),
    owner: person,
    note: [...before, { authorReference: person, time: instantText(now), text: note }],
  });
}

/** Whether a Task or a Flag is one of break-glass: written by the operations alone. */
export function isBreakGlass(resource: JsonObject): boolean {
  return codingsOf(resource['code']).some(({ system }) => system === ACCESS_SYSTEM);
}

/** The codings of a CodeableConcept. */
export function codingsOf(concept: JsonValue | undefined): readonly JsonObject[] {
  const codings = isObject(concept) ? concept['coding'] : undefined;
  return Array.isArray(codings) ? (codings as readonly JsonValue[]).filter(isObject) : [];
}

/** Whether a Reference names `Type/id`, relative, absolute or with a version. */
export function refersTo(reference: JsonValue | undefined, target: string): boolean {
  const text = isObject(reference) ? reference['reference'] : undefined;
  return typeof text === 'string' && `/${text}/`.includes(`/${target}/`);
}

export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
