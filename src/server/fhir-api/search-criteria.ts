// From an address's query to the query that a store answers, with the value sets that it names fetched first.
import { parseJson } from '../../core/base/json.ts';
import type { ResourceJson } from '../../core/base/json-types.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { parseCanonical } from '../../core/fhir/reference.ts';
import { parseSearch, type ParsedSearch } from '../../core/fhir/search/parse.ts';
import type { SearchQuery } from '../../core/fhir/search/query.ts';
import {
  neededTerminology,
  stillNeeded,
  terminologyOf,
  type NeededTerminology,
  type Terminology,
} from '../../core/fhir/search/terminology.ts';
import type { Api, Ask } from './ask.ts';
import { withLinks } from './canonical-links.ts';
import { isStrict } from './negotiate.ts';
import { issueOfFault, type Refusal } from './outcome.ts';
import { isObject } from './parameters.ts';
import { pairsOf, type Pair } from './query-text.ts';

/** A search at the place of `ask`: of a type, the system or a compartment. */
export async function parseSearchAt(
  pairs: readonly Pair[],
  ask: Ask,
  api: Api,
): Promise<Result<ParsedSearch, Refusal>> {
  const { type, id, member } = ask.place;
  const isCompartment = member !== undefined && type !== undefined && id !== undefined;
  const searched = isCompartment ? (member === '*' ? undefined : member) : type;
  const parsed = parseSearch({
    ...(searched === undefined ? {} : { type: searched }),
    ...(isCompartment ? { compartment: { type, id } } : {}),
    params: pairs,
    now: api.clock.now(),
    baseUrls: [ask.base],
    lenient: !isStrict(ask.headers),
    ...(await withTerminology(pairs, ask, api)),
    countDefault: api.limits.pageDefault,
    countMax: api.limits.pageMax,
  });
  if (!parsed.ok) return err({ kind: 'bad-params', issues: parsed.error.map(issueOfFault) });
  const query = await withLinks(parsed.value.query, ask, api);
  return query.ok ? ok({ ...parsed.value, query: query.value }) : query;
}

/** The criteria of a conditional change: strict, and at least one, since a parameter that is not understood could widen them. */
export async function parseCriteria(
  type: string,
  query: string,
  ask: Ask,
  api: Api,
): Promise<Result<SearchQuery, Refusal>> {
  const pairs = pairsOf(query).filter(([name]) => name !== '_format' && name !== '_pretty');
  const parsed = parseSearch({
    type,
    params: pairs,
    now: api.clock.now(),
    baseUrls: [ask.base],
    lenient: false,
    ...(await withTerminology(pairs, ask, api)),
    countDefault: 2,
    countMax: 2,
  });
  if (!parsed.ok) return err({ kind: 'bad-params', issues: parsed.error.map(issueOfFault) });
  const { query: found, ignored } = parsed.value;
  if (found.where.length === 0 || ignored.length > 0) return err({ kind: 'no-criteria' });
  return withLinks(
    { types: found.types, where: found.where, sort: [], count: 2, total: 'none', include: [] },
    ask,
    api,
  );
}

/** Value sets may name others, these again others; nobody nests them deeper. */
const roundsMax = 10;
const resourcesMax = 200;

async function withTerminology(
  pairs: readonly Pair[],
  ask: Ask,
  api: Api,
): Promise<{ readonly terminology?: Terminology }> {
  let needed = neededTerminology(pairs);
  if (needed.valueSets.length === 0 && needed.codeSystems.length === 0) return {};
  const have: ResourceJson[] = [];
  const asked = new Set<string>();
  for (let round = 0; round < roundsMax && have.length < resourcesMax; round++) {
    const fresh = [
      ...(await fetched('ValueSet', needed, asked, ask, api)),
      ...(await fetched('CodeSystem', needed, asked, ask, api)),
    ];
    if (fresh.length === 0) break;
    have.push(...fresh);
    needed = stillNeeded(have);
  }
  return { terminology: terminologyOf(have) };
}

async function fetched(
  type: 'ValueSet' | 'CodeSystem',
  needed: NeededTerminology,
  asked: Set<string>,
  ask: Ask,
  api: Api,
): Promise<readonly ResourceJson[]> {
  const urls = (type === 'ValueSet' ? needed.valueSets : needed.codeSystems)
    .map((canonical) => parseCanonical(canonical).url)
    .filter((url) => !asked.has(`${type} ${url}`));
  if (urls.length === 0) return [];
  for (const url of urls) asked.add(`${type} ${url}`);
  const query: SearchQuery = {
    types: [type],
    where: [{ kind: 'param', param: 'url', type: 'uri', values: urls.map((value) => ({ kind: 'uri', value })) }],
    sort: [],
    count: resourcesMax,
    total: 'none',
    include: [],
  };
  const found = await api.store.search(query, ask.actor.visible, { includes: 0, ms: api.limits.searchMs });
  if (!found.ok) return [];
  return found.value.hits.flatMap(({ stored }) => {
    const parsed = parseJson(stored.text, { depthMax: 1_000 });
    return parsed.ok && isResource(parsed.value.value) ? [parsed.value.value] : [];
  });
}

const isResource = (value: Parameters<typeof isObject>[0]): value is ResourceJson =>
  isObject(value) && typeof value['resourceType'] === 'string';
