// Which places lead to which: a ward to its hospital, a clinic's service to the clinic (specs/scopes.md, SC5).
//
//   1. Up and down agree: a place is under a root exactly where the root is reached from it.
//   2. A ring of places ends: each is looked at once.
import type { JsonValue, ResourceJson } from '../../core/base/json-types.ts';
import { parseReference } from '../../core/fhir/reference.ts';
import type { Criterion, SearchQuery } from '../../core/fhir/search/query.ts';
import { EVERYTHING, type RecordStore, type ResourceKey, type Stored } from '../../core/record/store.ts';

export type PlaceStore = Pick<RecordStore, 'read' | 'search'>;

/** By which parameter a place says what it belongs to. */
const UPWARD: readonly (readonly [type: string, param: string])[] = [
  ['Organization', 'partof'],
  ['Location', 'partof'],
  ['Location', 'organization'],
  ['HealthcareService', 'organization'],
  ['HealthcareService', 'location'],
  ['PractitionerRole', 'organization'],
  ['PractitionerRole', 'location'],
];
/** The elements behind those parameters. */
const ELEMENTS: Readonly<Record<string, readonly string[]>> = {
  Organization: ['partOf'],
  Location: ['partOf', 'managingOrganization'],
  HealthcareService: ['providedBy', 'location'],
  PractitionerRole: ['organization', 'location'],
};
export const isPlaceType = (type: string): boolean => Object.hasOwn(ELEMENTS, type);

const PAGE = 200;
/** References in one criterion. */
const AT_ONCE = 50;

export const nameOf = ({ type, id }: ResourceKey): string => `${type}/${id}`;
export const keyOf = (name: string): ResourceKey => {
  const [type = '', id = ''] = name.split('/');
  return { type, id };
};

/** `Type/id` of each reference to this server in `value`, which may be a Reference, a list, or anything else. */
export function referencesIn(value: JsonValue | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each: JsonValue) => referencesIn(each));
  const reference = membersOf(value)['reference'];
  if (typeof reference !== 'string') return [];
  const named = parseReference(reference);
  return named.kind === 'local' ? [`${named.type}/${named.id}`] : [];
}

export const membersOf = (value: JsonValue | undefined): Readonly<Record<string, JsonValue | undefined>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, JsonValue | undefined>>)
    : {};

/** Every resource that satisfies `where`, page by page. */
export async function* searchAll(
  store: PlaceStore,
  type: string,
  where: readonly Criterion[],
): AsyncGenerator<readonly Stored[]> {
  let after: string | undefined;
  do {
    const query: SearchQuery = { types: [type], where, sort: [], count: PAGE, total: 'none', include: [] };
    const page = await store.search(after === undefined ? query : { ...query, after }, EVERYTHING, {
      includes: 0,
      ms: 30_000,
    });
    if (!page.ok) throw new Error(`a search of ${type} for grants is too costly: ${page.error.what}`);
    yield page.value.hits.map(({ stored }) => stored);
    after = page.value.next;
  } while (after !== undefined);
}

/** Criteria by which resources are found that name one of `names` by `param`: few at a time. */
export function namedBy(param: string, names: readonly string[]): readonly Criterion[] {
  const criteria: Criterion[] = [];
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const values = names
      .slice(at, at + AT_ONCE)
      .map((name) => ({ kind: 'reference' as const, targets: [keyOf(name)] }));
    criteria.push({ kind: 'param', param, type: 'reference', values });
  }
  return criteria;
}

/** `roots` and all places that lead up to one of them. */
export async function placesUnder(store: PlaceStore, roots: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set(roots);
  for (let next = [...roots]; next.length > 0;) {
    const below: string[] = [];
    for (const [type, param] of UPWARD)
      for (const criterion of namedBy(param, next))
        for await (const page of searchAll(store, type, [criterion]))
          for (const { key } of page) {
            const name = nameOf(key);
            if (found.has(name)) continue;
            found.add(name);
            below.push(name);
          }
    next = below;
  }
  return found;
}

/** What a place says that it belongs to. */
export function placesAbove(place: ResourceJson): readonly string[] {
  return (ELEMENTS[place.resourceType] ?? []).flatMap((element) => referencesIn(place[element]));
}

/** Of each of `names`, itself and every place that it leads up to. */
export async function leadsUp(
  store: PlaceStore,
  names: readonly string[],
): Promise<(name: string) => ReadonlySet<string>> {
  const above = new Map<string, readonly string[]>();
  for (let next = names; next.length > 0;) {
    const asked = [...new Set(next)].filter((name) => !above.has(name) && isPlaceType(keyOf(name).type));
    const further: string[] = [];
    for (let at = 0; at < asked.length; at += PAGE) {
      const some = asked.slice(at, at + PAGE);
      const read = await store.read(some.map(keyOf), EVERYTHING);
      for (const [i, name] of some.entries()) {
        const stored = read[i];
        const isThere = stored !== undefined && !stored.deleted;
        const found = isThere ? placesAbove(JSON.parse(stored.text) as ResourceJson) : [];
        above.set(name, found);
        further.push(...found);
      }
    }
    next = further;
  }
  return (name) => {
    const reached = new Set([name]);
    for (const each of reached) for (const further of above.get(each) ?? []) reached.add(further);
    return reached;
  };
}
