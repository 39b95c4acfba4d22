// Searches about a patient find what stands in every record of the same person (specs/identity.md, ID23 to ID26).
//
//   1. A criterion that names a patient, by reference, compartment or chain, names all records of that person. What is written is found
//      by nothing of this: criteria of conditional changes stay as they are.
//   2. Rights are judged by compartment, as always; but who sees the medicines or allergies of one record of a person sees those of all
//      (CR2, CR4).
//   3. Where nobody has links, nothing is asked.
import { NEVER_HIDDEN, sightOfLinked } from '../../core/access/linked-sight.ts';
import type { Criterion, ReferenceValue, SearchQuery } from '../../core/fhir/search/query.ts';
import type { ResourceKey, SearchHit, Stored, Visibility, VisibilityRule } from '../../core/record/store.ts';
import type { Api, Ask } from './ask.ts';

export interface LinkedSearch {
  readonly query: SearchQuery;
  readonly ask: Ask;
}

/** `query` about all records of whom it names, and who asks with the sight that goes with them. */
export async function withLinkedPatients(query: SearchQuery, ask: Ask, api: Api): Promise<LinkedSearch> {
  if (!(await api.links.isAnyLinked())) return { query, ask };
  const homes = new Set<string>();
  const where = await Promise.all(query.where.map((criterion) => widened(criterion, query.types, homes, ask, api)));
  if (homes.size === 0) return { query, ask };
  return { query: { ...query, where }, ask: await withSight(ask, homes, api) };
}

/** `types`: of which resources the criterion speaks. `homes`: gathers ids of patients whose records were joined. */
async function widened(
  criterion: Criterion,
  types: readonly string[],
  homes: Set<string>,
  ask: Ask,
  api: Api,
): Promise<Criterion> {
  switch (criterion.kind) {
    case 'compartment': {
      if (criterion.type !== 'Patient') return criterion;
      const [ids = []] = (await joined([criterion.id], homes, api)).values();
      return ids.length === 0 ? criterion : { kind: 'any', of: ids.map((id) => ({ ...criterion, id })) };
    }
    case 'param': {
      // Who is linked with whom is asked of the links as they stand.
      if (criterion.type !== 'reference' || criterion.modifier !== undefined || criterion.param === 'link')
        return criterion;
      const named = criterion.values.flatMap((value) => (value.kind === 'reference' ? patientsIn(value) : []));
      const others = new Set([...(await joined(named, homes, api)).values()].flat());
      for (const id of named) others.delete(id);
      return others.size === 0 ? criterion : { ...criterion, values: [...criterion.values, ...referencesTo(others)] };
    }
    case 'chain': {
      const where = await widened(criterion.where, [criterion.targetType], homes, ask, api);
      const chain: Criterion = { ...criterion, where };
      if (criterion.targetType !== 'Patient' || criterion.param === 'link') return chain;
      const ids = await joinedWithMatches(where, homes, ask, api);
      if (ids.size === 0) return chain;
      const direct: Criterion = { kind: 'param', param: criterion.param, type: 'reference', values: referencesTo(ids) };
      return { kind: 'any', of: [chain, direct] };
    }
    case 'has': {
      const where = await widened(criterion.where, [criterion.type], homes, ask, api);
      const has: Criterion = { ...criterion, where };
      if (types.length !== 1 || types[0] !== 'Patient' || criterion.param === 'link') return has;
      const ids = await joinedWithMatches(has, homes, ask, api);
      return ids.size === 0 ? has : { kind: 'any', of: [has, { kind: 'id', ids: [...ids] }] };
    }
    case 'any':
      return { kind: 'any', of: await Promise.all(criterion.of.map((one) => widened(one, types, homes, ask, api))) };
    default:
      return criterion;
  }
}

const patientsIn = ({ targets, version }: ReferenceValue): readonly string[] =>
  version === undefined ? targets.flatMap(({ type, id }) => (type === 'Patient' ? [id] : [])) : [];
const referencesTo = (ids: Iterable<string>): readonly ReferenceValue[] =>
  [...ids].map((id) => ({ kind: 'reference', targets: [{ type: 'Patient', id }] }));

async function joined(
  ids: readonly string[],
  homes: Set<string>,
  api: Api,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const closures = await api.links.closuresOf(ids);
  for (const all of closures.values()) for (const id of all) homes.add(id);
  return closures;
}

const HAS_LINKS: Criterion = {
  kind: 'param',
  param: 'link',
  type: 'reference',
  modifier: 'missing',
  values: [{ kind: 'missing', missing: false }],
};
const MATCHES_MAX = 500;

/** All records of the people of whom one record satisfies `where`, as far as records are joined. */
async function joinedWithMatches(
  where: Criterion,
  homes: Set<string>,
  ask: Ask,
  api: Api,
): Promise<ReadonlySet<string>> {
  const found = await api.store.search(
    { types: ['Patient'], where: [where, HAS_LINKS], sort: [], count: MATCHES_MAX, total: 'none', include: [] },
    ask.actor.visible,
    { includes: 0, ms: api.limits.searchMs },
  );
  if (!found.ok) return new Set();
  const ids = found.value.hits.map(({ stored }) => stored.key.id);
  return new Set([...(await joined(ids, homes, api)).values()].flat());
}

/** The same person's medicines and allergies are seen in all records where they are seen in one. */
async function withSight(ask: Ask, patients: ReadonlySet<string>, api: Api): Promise<Ask> {
  const { visible } = ask.actor;
  if (visible.see === 'everything') return ask;
  const rules = await sightOf(visible, patients, api);
  if (rules.length === 0) return ask;
  return { ...ask, actor: { ...ask.actor, visible: { see: 'some', rules: [...visible.rules, ...rules] } } };
}

/** Each closure for itself: to see one person's medicines opens nobody else's. */
async function sightOf(
  visible: Visibility,
  patients: ReadonlySet<string>,
  api: Api,
): Promise<readonly VisibilityRule[]> {
  const closures = new Map<string, readonly string[]>();
  for (const ids of (await api.links.closuresOf([...patients])).values()) closures.set(ids[0] ?? '', ids);
  return sightOfLinked(visible, closures.values(), api.store);
}

/** A medicine or allergy that is hidden by its compartment, of a person another of whose records is seen. */
export async function readLinked(key: ResourceKey, ask: Ask, api: Api): Promise<Stored | undefined> {
  if (!NEVER_HIDDEN.some((type) => type === key.type) || !(await api.links.isAnyLinked())) return undefined;
  const [hidden] = await api.store.read([key], { see: 'everything' });
  if (hidden === undefined || !hidden.home.startsWith('Patient/')) return undefined;
  const [ids] = (await api.links.closuresOf([hidden.home.slice('Patient/'.length)])).values();
  if (ids === undefined) return undefined;
  const sighted = await withSight(ask, new Set(ids), api);
  const [stored] = await api.store.read([key], sighted.actor.visible);
  return stored;
}

/**
 * What a search for patients brings along by `_revinclude` stands in the other records of the same people too: they are brought along,
 * with what refers to them.
 */
export async function alongLinked(
  hits: readonly SearchHit[],
  { types, include }: SearchQuery,
  ask: Ask,
  api: Api,
): Promise<readonly SearchHit[]> {
  const isChart = types.length === 1 && types[0] === 'Patient' && include.some(({ kind }) => kind === 'revinclude');
  if (!isChart || !(await api.links.isAnyLinked())) return [];
  const matched = hits.filter(({ mode }) => mode === 'match').map(({ stored }) => stored.key.id);
  const closures = await api.links.closuresOf(matched);
  const others = new Set([...closures.values()].flat());
  for (const id of matched) others.delete(id);
  if (others.size === 0) return [];
  const sighted = await withSight(ask, new Set([...closures.values()].flat()), api);
  const found = await api.store.search(
    { types, where: [{ kind: 'id', ids: [...others] }], sort: [], count: others.size, total: 'none', include },
    sighted.actor.visible,
    { includes: api.limits.includes, ms: api.limits.searchMs },
  );
  if (!found.ok) return [];
  const known = new Set(hits.map(({ stored }) => `${stored.key.type}/${stored.key.id}`));
  return found.value.hits
    .filter(({ stored }) => !known.has(`${stored.key.type}/${stored.key.id}`))
    .map(({ stored }) => ({ stored, mode: 'include' }));
}
