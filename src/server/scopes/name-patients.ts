// Whose patients a resource makes somebody: which places a visit, an order or a team names (specs/scopes.md, SC5).
import type { JsonValue, ResourceJson } from '../../core/base/json-types.ts';
import { isOver } from '../../core/record/clinical-rank.ts';
import { homeOfScope, patientScope } from '../../core/record/scope.ts';
import { isPlaceType, keyOf, membersOf, namedBy, referencesIn, searchAll, type PlaceStore } from './find-places.ts';

/** Elements that name a place, by type; `a.b`: the member b of each a. */
const ELEMENTS: Readonly<Record<string, readonly string[]>> = {
  Appointment: ['participant.actor'],
  CareTeam: ['managingOrganization', 'participant.member', 'participant.onBehalfOf'],
  Encounter: ['serviceProvider', 'location.location'],
  EpisodeOfCare: ['managingOrganization'],
  Patient: ['managingOrganization', 'generalPractitioner'],
  ServiceRequest: ['performer', 'locationReference'],
  Task: ['owner', 'location'],
};
/** The parameters by which all of those elements are found; without: some have none, so all of the type are looked at. */
const PARAMS: Readonly<Record<string, readonly string[] | undefined>> = {
  Appointment: ['actor'],
  CareTeam: undefined,
  Encounter: ['service-provider', 'location'],
  EpisodeOfCare: ['organization'],
  Patient: ['organization', 'general-practitioner'],
  ServiceRequest: undefined,
  Task: undefined,
};
export const namesPlaces = (type: string): boolean => Object.hasOwn(ELEMENTS, type);

/** `Type/id` of the places that `resource` names. */
export function placesNamed(resource: ResourceJson): readonly string[] {
  const named = (ELEMENTS[resource.resourceType] ?? []).flatMap((path) => {
    const [outer = '', inner] = path.split('.');
    const value = resource[outer];
    return inner === undefined
      ? referencesIn(value)
      : eachOf(value).flatMap((one) => referencesIn(membersOf(one)[inner]));
  });
  return named.filter((name) => isPlaceType(keyOf(name).type));
}

const eachOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly JsonValue[]) : [value];

/** A device is given what goes on; a site everybody who was ever there. */
export const countsFor = (tier: 'site' | 'device', resource: ResourceJson): boolean =>
  tier === 'site' || !isOver(resource);

/** `pat/<id>` of the home `Patient/<id>`; undefined where it is nobody's. */
export const keyOfHome = (home: string): string | undefined =>
  home.startsWith('Patient/') ? patientScope(home.slice('Patient/'.length)) : undefined;
export const keyOfScope = (scope: readonly string[]): string | undefined => keyOfHome(homeOfScope(scope));

/** Keys of the patients who are named together with one of `places`, page by page; some come again. */
export async function* patientsAt(
  store: PlaceStore,
  places: ReadonlySet<string>,
  tier: 'site' | 'device',
): AsyncGenerator<readonly string[]> {
  const names = [...places];
  for (const type of Object.keys(ELEMENTS)) {
    const params = PARAMS[type];
    const searches =
      params === undefined ? [[]] : params.flatMap((param) => namedBy(param, names).map((criterion) => [criterion]));
    for (const where of searches)
      for await (const page of searchAll(store, type, where)) {
        const keys = page.flatMap(({ home, text }) => {
          const key = keyOfHome(home);
          if (key === undefined) return [];
          const resource = JSON.parse(text) as ResourceJson;
          return countsFor(tier, resource) && placesNamed(resource).some((name) => places.has(name)) ? [key] : [];
        });
        yield keys;
      }
  }
}
