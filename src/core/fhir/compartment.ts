// Which patient a resource is of (http://hl7.org/fhir/R4/compartmentdefinition-patient.html; architecture 4 and 10).
//
//   FS12  One home: the same resource has the same home at every node, whatever else is stored there.
//   FS13  A Patient's home is itself. Otherwise it is the first patient that the first of the type's compartment
//         parameters names which names any: what the resource is about comes before who did or wrote it. A Group and a
//         Device have none. A type that the standard leaves out has the home that its `subject` or `patient` names; a
//         Binary, the patient that its `securityContext` names (http://hl7.org/fhir/R4/binary.html#security).
//   FS14  `homeParams` never names a parameter by which a search could find a resource of another home.
//   FS15  Membership follows the standard's compartment definitions, and every resource of a compartment's own type is in
//         its own.
import { definitions } from './definitions/r4.ts';
import type { ResourceJson } from '../base/json-types.ts';
import type { IndexEntry } from './search/index-entry.ts';
import { extractorOf, type ExtractOptions } from './search/extract.ts';
import { parseReference } from './reference.ts';
import { paramInfos } from './search/param-info.ts';

type Extractor = (resource: ResourceJson, options?: ExtractOptions) => readonly IndexEntry[];

/** Whom a resource is about, before the others that the standard lists (author, performer, recorder, …). */
const ABOUT = ['subject', 'patient', 'beneficiary', 'individual', 'actor'];
/** A Group is of many patients, and the order of its members means nothing; a Device passes from one to the next. */
const OF_MANY: ReadonlySet<string> = new Set(['Device', 'Group']);

const COMPARTMENTS = ['Device', 'Encounter', 'Patient', 'Practitioner', 'RelatedPerson'];

/** The parameters that may say the home of a resource of `type`, in the order in which they are asked. */
function homeOrder(type: string): readonly string[] {
  if (type === 'Patient' || OF_MANY.has(type)) return [];
  let params = definitions.compartmentParams('Patient', type);
  // Task, Contract and GuidanceResponse are in no patient's compartment by the standard, yet are about a patient: what
  // hides one patient's record must hide them too.
  if (params.length === 0 && paramInfos(type).has('patient')) params = ['subject', 'patient'];
  return [...ABOUT.filter((code) => params.includes(code)), ...params.filter((code) => !ABOUT.includes(code))];
}

const homes = new Map<string, readonly Extractor[]>();

/**
 * `Patient/123`, or '' for a resource of no patient. References count that name a Patient of this server by type and id;
 * those to contained, remote or unresolved patients do not.
 */
export function homeCompartment(resource: ResourceJson, options?: ExtractOptions): string {
  const type = resource.resourceType;
  if (type === 'Patient') return resource.id === undefined ? '' : `Patient/${resource.id}`;
  if (type === 'Binary') return contextOf(resource, options);
  let extractors = homes.get(type);
  if (extractors === undefined) {
    extractors = homeOrder(type).map((code) => extractorOf(type, [code]));
    if (paramInfos(type).size > 0) homes.set(type, extractors);
  }
  for (const extractor of extractors) {
    for (const entry of extractor(resource, options)) {
      if (entry.kind === 'reference' && entry.type === 'Patient' && entry.id !== undefined)
        return `Patient/${entry.id}`;
    }
  }
  return '';
}

/** No search parameter reads it. */
function contextOf(resource: ResourceJson, options: ExtractOptions | undefined): string {
  const context = resource['securityContext'];
  const reference =
    typeof context === 'object' && context !== null && 'reference' in context ? context['reference'] : '';
  const named = parseReference(typeof reference === 'string' ? reference : '', options?.baseUrls ?? []);
  return named.kind === 'local' && named.type === 'Patient' ? `Patient/${named.id}` : '';
}

/**
 * The reference parameters of `type` that decide the home alone: every resource of `type` that a search by one of them
 * for `Patient/x` finds has the home `Patient/x`, so that a planner may restrict the search to that compartment. They
 * read just the element that is asked first for the home, and that element does not repeat. [] for Patient, whose `_id`
 * is its home.
 */
export function homeParams(type: string): readonly string[] {
  const cached = deciding.get(type);
  if (cached !== undefined) return cached;
  const params = findHomeParams(type);
  if (paramInfos(type).size > 0) deciding.set(type, params);
  return params;
}
const deciding = new Map<string, readonly string[]>();

function findHomeParams(type: string): readonly string[] {
  const infos = paramInfos(type);
  const [first = ''] = homeOrder(type);
  const [branch, ...others] = infos.get(first)?.branches ?? [];
  if (branch === undefined || others.length > 0 || branch.many) return [];
  const element = JSON.stringify(branch.edges);
  return [...infos.values()]
    .filter(({ type, targets, branches }) => type === 'reference' && targets.includes('Patient') && branches?.length)
    .filter(({ branches }) => branches?.every(({ edges }) => JSON.stringify(edges) === element))
    .map(({ code }) => code);
}

interface Membership {
  readonly extractor: Extractor;
  /** `Patient subject`: a reference of that parameter to that type is a membership. */
  readonly counts: ReadonlySet<string>;
}
const memberships = new Map<string, Membership>();

/** Every compartment that `resource` is a member of, itself included: `Device/3`, `Encounter/2`, `Patient/1`, sorted. */
export function compartmentMembership(resource: ResourceJson, options?: ExtractOptions): readonly string[] {
  const type = resource.resourceType;
  let membership = memberships.get(type);
  if (membership === undefined) {
    membership = findMembership(type);
    if (paramInfos(type).size > 0) memberships.set(type, membership);
  }
  const found = new Set<string>();
  if (COMPARTMENTS.includes(type) && resource.id !== undefined) found.add(`${type}/${resource.id}`);
  for (const entry of membership.extractor(resource, options)) {
    if (entry.kind !== 'reference' || entry.type === undefined || entry.id === undefined) continue;
    if (membership.counts.has(`${entry.type} ${entry.param}`)) found.add(`${entry.type}/${entry.id}`);
  }
  return [...found].toSorted();
}

function findMembership(type: string): Membership {
  const counts = new Set<string>();
  const codes = new Set<string>();
  for (const compartment of COMPARTMENTS) {
    for (const code of definitions.compartmentParams(compartment, type)) {
      counts.add(`${compartment} ${code}`);
      codes.add(code);
    }
  }
  return { extractor: extractorOf(type, [...codes]), counts };
}
