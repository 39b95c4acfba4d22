// Whether to attempt resuscitation, as the banner says it.
//
//   CH8   In conflict, or where entries in force contradict each other, it is disputed: the words of CR5, with every entry beside it.
//   CH9   Nothing recorded is not a decision: it is said as "no decision recorded".
import type { ResourceJson } from '../../base/json-types.ts';
import { codesOf, isResuscitation, limitsResuscitation, textOf } from '../merge/clinical-words.ts';
import { conceptWords, type Entry } from './allergy-section.ts';

export interface ResuscitationEntry {
  /** `Flag/1` */
  readonly name: string;
  /** As its author worded it. */
  readonly words: string;
  /** As written: FHIR dateTime; '' where none is. */
  readonly date: string;
  /** Who decided, for people; '' where nobody is named. */
  readonly by: string;
  readonly limits: boolean;
  readonly isDisputed: boolean;
}
export type Resuscitation =
  | { readonly kind: 'disputed'; readonly entries: readonly ResuscitationEntry[] }
  /** Cardiopulmonary resuscitation is limited: in the words of its author. */
  | { readonly kind: 'limited'; readonly entries: readonly ResuscitationEntry[] }
  | { readonly kind: 'attempt'; readonly entries: readonly ResuscitationEntry[] }
  | { readonly kind: 'not-recorded' };

const OVER: ReadonlySet<string> = new Set([
  'inactive',
  'entered-in-error',
  'rejected',
  'revoked',
  'cancelled',
  'completed',
  'draft',
  'proposed',
]);
const TELLS: ReadonlySet<string> = new Set(['Flag', 'Consent', 'ServiceRequest', 'Observation', 'CarePlan', 'Goal']);

/** Thousands of these are in a chart, and none tells whether to resuscitate: a look at the category spares the look at the words. */
const MEASURED: ReadonlySet<string> = new Set(['vital-signs', 'laboratory']);
const isMeasured = (body: ResourceJson): boolean =>
  body.resourceType === 'Observation' && codesOf(body['category']).some((code) => MEASURED.has(code));

/** Of what is here of one patient. */
export function resuscitationOf(entries: readonly Entry[]): Resuscitation {
  const about = entries.filter(
    ({ resource }) => TELLS.has(resource.resourceType) && !isMeasured(resource) && isResuscitation(resource),
  );
  const inForce = about.filter(({ resource, conflict }) => conflict || !OVER.has(textOf(resource['status'])));
  if (inForce.length === 0) return { kind: 'not-recorded' };
  const told = inForce.map(entryOf).sort((a, b) => (a.date > b.date ? -1 : 1));
  const limits = told.filter((one) => one.limits).length;
  if (told.some((one) => one.isDisputed) || (limits > 0 && limits < told.length)) {
    return { kind: 'disputed', entries: told };
  }
  return { kind: limits > 0 ? 'limited' : 'attempt', entries: told };
}

function entryOf({ resource, conflict }: Entry): ResuscitationEntry {
  return {
    name: `${resource.resourceType}/${resource.id ?? ''}`,
    words: wordsOf(resource),
    date: dateOf(resource),
    by: authorOf(resource),
    limits: limitsResuscitation(resource),
    isDisputed: conflict,
  };
}
function wordsOf(body: ResourceJson): string {
  const ways = [body['code'], body['valueCodeableConcept']].map((each) => conceptWords(each));
  const categories = Array.isArray(body['category']) ? body['category'].map((each) => conceptWords(each)) : [];
  return [...ways, ...categories].find((words) => words !== '') ?? codesOf(body['code']).join(' ');
}
function dateOf(body: ResourceJson): string {
  const period = body['period'];
  const start = typeof period === 'object' && period !== null && 'start' in period ? textOf(period['start']) : '';
  const dates = ['dateTime', 'effectiveDateTime', 'authoredOn', 'created'].map((each) => textOf(body[each]));
  return [start, ...dates].find((each) => each !== '') ?? '';
}
function authorOf(body: ResourceJson): string {
  for (const name of ['author', 'performer', 'requester'] as const) {
    const value = body[name];
    const [first] = Array.isArray(value) ? value : [value];
    if (typeof first === 'object' && first !== null && 'display' in first) return textOf(first['display']);
  }
  return '';
}
