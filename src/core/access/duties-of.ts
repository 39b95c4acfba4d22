// PractitionerRoles as they stand in the record, to the duties that rights are made of.
//
//   AC27  What is active and has not ended gives a duty for every code that is a role of staff.
//   AC28  Places come with all places below them.
import type { JsonObject, JsonValue, ResourceJson } from '../base/json-types.ts';
import type { Instant } from '../base/ports.ts';
import { dateRange } from '../fhir/instant.ts';
import { parseReference } from '../fhir/reference.ts';
import { codingsOf, isObject } from './break-glass.ts';
import { ROLE_SYSTEM, SUPERVISOR_CODE } from './names.ts';
import { ROLES, type Duty, type Role } from './principal.ts';

/** HL7's own codes for what people do (http://hl7.org/fhir/R4/valueset-practitioner-role.html). */
const HL7_SYSTEM = 'http://terminology.hl7.org/CodeSystem/practitioner-role';
const HL7_ROLES: ReadonlyMap<string, Role> = new Map([
  ['doctor', 'doctor'],
  ['nurse', 'nurse'],
  ['pharmacist', 'pharmacist'],
  ['ict', 'it'],
]);
/** Never by a PractitionerRole: a patient is a Patient, a service is a client. */
const NOT_OF_STAFF: ReadonlySet<Role> = new Set<Role>(['patient', 'service']);
const STAFF_ROLES: ReadonlyMap<string, Role> = new Map(
  ROLES.filter((role) => !NOT_OF_STAFF.has(role)).map((role) => [role, role]),
);

/**
 * The duties that `practitionerRoles` give at `now`; `locations` are all Locations that may lie below the places they name (others do no harm).
 * For an enrolment that ran out and goes on unconfirmed (CR11), ask as of its end.
 */
export function dutiesOf(
  practitionerRoles: readonly ResourceJson[],
  now: Instant,
  locations: readonly ResourceJson[] = [],
): readonly Duty[] {
  const below = childrenOf(locations);
  return practitionerRoles.flatMap((resource) => {
    if (!holds(resource, now)) return [];
    const codings = arrayOf(resource['code']).flatMap(codingsOf);
    const roles = new Set(codings.flatMap((coding) => roleOf(coding) ?? []));
    const supervisor = codings.some(({ system, code }) => system === ROLE_SYSTEM && code === SUPERVISOR_CODE);
    const site = targetOf(resource['organization'], 'Organization');
    const places = expand(
      arrayOf(resource['location']).flatMap((each) => targetOf(each, 'Location') ?? []),
      below,
    );
    return [...roles].map((role) => ({
      ...(resource.id === undefined ? {} : { id: `PractitionerRole/${resource.id}` }),
      role,
      ...(site === undefined ? {} : { site }),
      places,
      supervisor,
    }));
  });
}

/** `places` (`Location/1`) with every place below them by `partOf` in `locations`, sorted. */
export function placesWithin(places: readonly string[], locations: readonly ResourceJson[]): readonly string[] {
  return expand(places, childrenOf(locations));
}

function expand(places: readonly string[], below: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const all = new Set(places);
  // A set is walked through what is added on the way, and takes nothing twice: rings end.
  for (const place of all) for (const child of below.get(place) ?? []) all.add(child);
  return [...all].toSorted();
}

function childrenOf(locations: readonly ResourceJson[]): ReadonlyMap<string, readonly string[]> {
  const below = new Map<string, string[]>();
  for (const location of locations) {
    const above = location.resourceType === 'Location' ? targetOf(location['partOf'], 'Location') : undefined;
    if (above === undefined || location.id === undefined) continue;
    const others = below.get(above);
    if (others === undefined) below.set(above, [`Location/${location.id}`]);
    else others.push(`Location/${location.id}`);
  }
  return below;
}

/** Active unless it says otherwise; a day that is named as its end belongs to it. */
function holds(resource: ResourceJson, now: Instant): boolean {
  if (resource.resourceType !== 'PractitionerRole' || resource['active'] === false) return false;
  const period = resource['period'];
  if (!isObject(period)) return period === undefined;
  const [start, end] = [period['start'], period['end']];
  if (start !== undefined && !(typeof start === 'string' && (dateRange(start)?.lo ?? Infinity) <= now)) return false;
  return end === undefined || (typeof end === 'string' && (dateRange(end)?.hi ?? -Infinity) > now);
}

function roleOf({ system, code }: JsonObject): Role | undefined {
  if (typeof code !== 'string') return undefined;
  if (system === ROLE_SYSTEM) return STAFF_ROLES.get(code);
  return system === HL7_SYSTEM ? HL7_ROLES.get(code) : undefined;
}

/** `Location/1` of a Reference by type and id, also with a version; undefined for any other. */
function targetOf(reference: JsonValue | undefined, type: string): string | undefined {
  const text = isObject(reference) ? reference['reference'] : undefined;
  if (typeof text !== 'string') return undefined;
  const parsed = parseReference(text);
  return parsed.kind === 'local' && parsed.type === type ? `${type}/${parsed.id}` : undefined;
}

const arrayOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : [];
