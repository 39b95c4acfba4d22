// In what order a record is filled when there is much to fetch: what harms when it is missed comes first (specs/scopes.md).
//
//   SC12  A rank is told by type and status alone: the same at every tier. What has no status that says it is over counts as going on.
import type { JsonValue, ResourceJson } from '../base/json-types.ts';

/**
 * 0 who it is, allergies, alerts; 1 medication that goes on; 2 problems that go on; 3 encounters and appointments that go on or are
 * still to come; 4 the rest, and what was deleted.
 */
export type ClinicalRank = 0 | 1 | 2 | 3 | 4;
export const CLINICAL_RANKS: readonly ClinicalRank[] = [0, 1, 2, 3, 4];
const REST: ClinicalRank = 4;

/** The types of each rank but the last, which has all. */
const TYPES: readonly (readonly string[])[] = [
  ['AllergyIntolerance', 'Consent', 'Flag', 'Patient', 'RelatedPerson'],
  ['MedicationRequest', 'MedicationStatement'],
  ['CarePlan', 'Condition', 'EpisodeOfCare', 'ServiceRequest', 'Task'],
  ['Appointment', 'Encounter'],
];

/** Statuses by which a resource is over: then it is of the last rank. A code that is not listed goes on. */
const OVER: ReadonlySet<string> = new Set([
  'cancelled',
  'completed',
  'entered-in-error',
  'ended',
  'failed',
  'finished',
  'fulfilled',
  'inactive',
  'noshow',
  'not-taken',
  'rejected',
  'remission',
  'resolved',
  'revoked',
  'stopped',
]);

/** The types that a rank may have; undefined: every type. */
export const typesOfRank = (rank: ClinicalRank): readonly string[] | undefined => TYPES[rank];

/** Of the head that is shown; `undefined` where that is a deletion. */
export function clinicalRank(resource: ResourceJson | undefined): ClinicalRank {
  if (resource === undefined) return REST;
  const at = TYPES.findIndex((types) => types.includes(resource.resourceType));
  const rank = CLINICAL_RANKS[at];
  if (rank === undefined) return REST;
  // Who it is and what must not be missed come first whatever they say: a refuted allergy says that, too.
  if (rank === 0) return rank;
  return isOver(resource) ? REST : rank;
}

/** Whether a status says that nothing of it goes on. */
export const isOver = (resource: ResourceJson): boolean =>
  statusesOf(resource).some((status) => typeof status === 'string' && OVER.has(status));

/** `status`, and the codes of `clinicalStatus` and `verificationStatus`. */
function statusesOf(resource: ResourceJson): readonly string[] {
  const codes = [...codesOf(resource['clinicalStatus']), ...codesOf(resource['verificationStatus'])];
  return [resource['status'], ...codes].filter((each) => typeof each === 'string');
}

function codesOf(concept: JsonValue | undefined): readonly (JsonValue | undefined)[] {
  const coding = membersOf(concept)['coding'];
  return Array.isArray(coding) ? coding.map((each: JsonValue) => membersOf(each)['code']) : [];
}

const membersOf = (value: JsonValue | undefined): Readonly<Record<string, JsonValue | undefined>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, JsonValue | undefined>>)
    : {};
