// What stands on a chart as an alert: isolation, emergency access, risks. Resuscitation and allergies have lines of their own.
//
//   CH10  An alert stands until it is ended or its period is over; one in conflict stands.
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { at, codesOf, isResuscitation, textOf } from '../merge/clinical-words.ts';
import { conceptWords, type Entry } from './allergy-section.ts';

export type AlertKind = 'isolation' | 'break-glass' | 'resuscitation' | 'safety' | 'clinical' | 'administrative';
export interface Alert {
  readonly kind: AlertKind;
  /** `Flag/1` */
  readonly name: string;
  readonly words: string;
  /** As written; '' where none is. */
  readonly since: string;
  readonly by: string;
  readonly isDisputed: boolean;
}

/** SNOMED CT: isolation procedure, and the kinds of it. */
export const ISOLATION_CODES: ReadonlySet<string> = new Set([
  '40174006', // Isolation procedure
  '409524006', // Airborne isolation
  '409526008', // Droplet isolation
  '409529001', // Contact isolation
  '170499009', // Isolation of infection contact
  '225372007', // Barrier nursing
  '409530006', // Protective isolation
]);
const ABOUT_ISOLATION = /\bisolat|barrier nurs|side room/i;
const EMERGENCY_ACCESS = 'break-glass';

/** A Flag asks for isolation: by code, or by words where it is not coded. */
export function isIsolation(body: JsonObject): boolean {
  const codes = codesOf(body['code']);
  return codes.some((code) => ISOLATION_CODES.has(code)) || ABOUT_ISOLATION.test(conceptWords(body['code']));
}

/** Alerts that stand at `now`; isolation first, then by kind and words. */
export function alertsOf(entries: readonly Entry[], now: Instant): readonly Alert[] {
  return entries
    .filter((entry) => stands(entry, now))
    .map(({ resource, conflict }) => ({
      kind: kindOf(resource),
      name: `Flag/${resource.id ?? ''}`,
      words: conceptWords(resource['code']),
      since: textOf(at(resource, 'period.start')),
      by: textOf(at(resource, 'author.display')),
      isDisputed: conflict,
    }))
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || (a.words < b.words ? -1 : 1));
}
const ORDER: readonly AlertKind[] = [
  'isolation',
  'resuscitation',
  'break-glass',
  'safety',
  'clinical',
  'administrative',
];

function stands({ resource, conflict }: Entry, now: Instant): boolean {
  if (resource.resourceType !== 'Flag') return false;
  if (conflict) return true;
  if (textOf(resource['status']) !== 'active') return false;
  const end = dateRange(textOf(at(resource, 'period.end')));
  return end === undefined || end.hi > now;
}

function kindOf(body: ResourceJson): AlertKind {
  if (isIsolation(body)) return 'isolation';
  if (codesOf(body['code']).includes(EMERGENCY_ACCESS)) return 'break-glass';
  if (isResuscitation(body)) return 'resuscitation';
  const categories = codesOf(body['category']);
  if (categories.includes('clinical')) return 'clinical';
  return categories.includes('admin') ? 'administrative' : 'safety';
}
