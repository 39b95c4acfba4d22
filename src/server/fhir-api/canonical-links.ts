// Links by canonical URL (http://hl7.org/fhir/R4/references.html#canonical), which no store follows by itself: what a
// chain, a reverse chain or an include means where its parameter reads canonicals (QuestionnaireResponse:questionnaire).
//
//   1. A canonical with a version means the resource of that url and version; without one, every version that is here:
//      which of them is the latest, business versions do not say (FR49).
//   2. Chains become criteria that every store answers, before the search; includes are searched for after it.
//   3. All of it sees what the actor may see, and nothing else.
import { parseJson } from '../../core/base/json.ts';
import type { ResourceJson } from '../../core/base/json-types.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { extractorOf } from '../../core/fhir/search/extract.ts';
import { paramInfos } from '../../core/fhir/search/param-info.ts';
import type { Criterion, Include, ReferenceValue, SearchQuery } from '../../core/fhir/search/query.ts';
import type { SearchHit, Stored } from '../../core/record/store.ts';
import type { Api, Ask } from './ask.ts';
import type { Refusal } from './outcome.ts';
import { isObject } from './parameters.ts';

/** A canonical as it stands in a reference, or of the resource that it names. */
interface Canonical {
  readonly url: string;
  readonly version?: string;
}

const URIS: ReadonlySet<string> = new Set(['canonical', 'uri']);
const linkParams = new Map<string, ReadonlyMap<string, boolean>>();

/** The reference parameters of `type` that read canonicals; true where they read nothing else. */
function linksOf(type: string): ReadonlyMap<string, boolean> {
  let found = linkParams.get(type);
  if (found === undefined) {
    found = new Map(
      [...paramInfos(type).values()].flatMap(({ code, type: kind, branches = [] }) =>
        kind === 'reference' && branches.some((branch) => URIS.has(branch.type))
          ? [[code, branches.every((branch) => URIS.has(branch.type))] as const]
          : [],
      ),
    );
    linkParams.set(type, found);
  }
  return found;
}

const hasUrl = (type: string): boolean => paramInfos(type).get('url')?.type === 'uri';

// --- chains ------------------------------------------------------------------------------------------------------------

/** Resources that one chain may pass through. */
const throughMax = 10_000;

/** `query` with the chains over canonicals worked out. */
export async function withLinks(query: SearchQuery, ask: Ask, api: Api): Promise<Result<SearchQuery, Refusal>> {
  if (!query.where.some((criterion) => isLinked(query.types, criterion))) return ok(query);
  const where: Criterion[] = [];
  for (const criterion of query.where) {
    const resolved = await resolve(query.types, criterion, ask, api);
    if (!resolved.ok) return resolved;
    where.push(resolved.value);
  }
  return ok({ ...query, where });
}

function isLinked(types: readonly string[], criterion: Criterion): boolean {
  switch (criterion.kind) {
    case 'any':
      return criterion.of.some((each) => isLinked(types, each));
    case 'chain':
      return (
        types.some((type) => linksOf(type).has(criterion.param)) || isLinked([criterion.targetType], criterion.where)
      );
    case 'has':
      return linksOf(criterion.type).has(criterion.param) || isLinked([criterion.type], criterion.where);
    default:
      return false;
  }
}

async function resolve(
  types: readonly string[],
  criterion: Criterion,
  ask: Ask,
  api: Api,
): Promise<Result<Criterion, Refusal>> {
  if (!isLinked(types, criterion)) return ok(criterion);
  if (criterion.kind === 'any') {
    const of: Criterion[] = [];
    for (const each of criterion.of) {
      const resolved = await resolve(types, each, ask, api);
      if (!resolved.ok) return resolved;
      of.push(resolved.value);
    }
    return ok({ kind: 'any', of });
  }
  if (criterion.kind !== 'chain' && criterion.kind !== 'has') return ok(criterion);
  const inner = await resolve(
    [criterion.kind === 'chain' ? criterion.targetType : criterion.type],
    criterion.where,
    ask,
    api,
  );
  if (!inner.ok) return inner;
  const plain: Criterion = { ...criterion, where: inner.value };
  const linked =
    criterion.kind === 'chain'
      ? await chained({ ...criterion, where: inner.value }, types, ask, api)
      : await reversed({ ...criterion, where: inner.value }, types, ask, api);
  if (!linked.ok) return linked;
  return ok(linked.value === undefined ? plain : { kind: 'any', of: [...linked.value.besides, linked.value.link] });
}

type Linked = Result<{ readonly link: Criterion; readonly besides: readonly Criterion[] } | undefined, Refusal>;

/** `questionnaire.title=x`: what refers to the url of one that matches. */
async function chained(
  criterion: Extract<Criterion, { kind: 'chain' }>,
  types: readonly string[],
  ask: Ask,
  api: Api,
): Promise<Linked> {
  const { param, targetType, where } = criterion;
  const links = types.map((type) => linksOf(type).get(param));
  if (links.every((link) => link === undefined)) return ok(undefined);
  const besides = links.every((link) => link === true) ? [] : [criterion];
  if (!hasUrl(targetType)) return ok({ link: NOTHING, besides });
  const found = await searched([targetType], [where], throughMax, ask, api);
  if (!found.ok) return found;
  const canonicals = found.value.flatMap(({ stored }) => canonicalOf(stored) ?? []);
  const link: Criterion =
    canonicals.length === 0
      ? NOTHING
      : { kind: 'param', param, type: 'reference', values: canonicals.flatMap(namesOf) };
  return ok({ link, besides });
}

const NOTHING: Criterion = { kind: 'any', of: [] };

/** `_has:QuestionnaireResponse:questionnaire:…`: what is named by one that matches. Of one type: ids alone say which. */
async function reversed(
  criterion: Extract<Criterion, { kind: 'has' }>,
  types: readonly string[],
  ask: Ask,
  api: Api,
): Promise<Linked> {
  const { type, param, where } = criterion;
  const link = linksOf(type).get(param);
  const [only, ...others] = types;
  if (link === undefined || only === undefined || others.length > 0 || !hasUrl(only)) return ok(undefined);
  const found = await searched([type], [where], throughMax, ask, api);
  if (!found.ok) return found;
  const named = await referredTo([only], referencesOf(found.value, type, [param]), throughMax, ask, api);
  if (!named.ok) return named;
  return ok({
    link: { kind: 'id', ids: named.value.map(({ stored }) => stored.key.id) },
    besides: link ? [] : [criterion],
  });
}

// --- includes ----------------------------------------------------------------------------------------------------------

/** What `hits`, the answer to `query`, need beside them: the resources that its includes reach by canonicals. */
export async function withLinkedIncludes(
  hits: readonly SearchHit[],
  query: SearchQuery,
  ask: Ask,
  api: Api,
): Promise<Result<readonly SearchHit[], Refusal>> {
  const linked = query.include.filter(({ source, param }) =>
    param === '*' ? linksOf(source).size > 0 : linksOf(source).has(param),
  );
  if (linked.length === 0) return ok(hits);
  const seen = new Set(hits.map(nameOf));
  const found: SearchHit[] = [];
  // Without :iterate an include looks at matches only.
  let round: readonly SearchHit[] = hits;
  let isFirst = true;
  let room = api.limits.includes - hits.filter(({ mode }) => mode === 'include').length;
  while (round.length > 0) {
    const next: SearchHit[] = [];
    for (const include of linked) {
      const sources = include.iterate ? round : isFirst ? round.filter(({ mode }) => mode === 'match') : [];
      if (sources.length === 0) continue;
      const more = await linkedBy(sources, include, query.include, room, ask, api);
      if (!more.ok) return more;
      for (const hit of more.value) {
        if (seen.has(nameOf(hit))) continue;
        seen.add(nameOf(hit));
        next.push({ stored: hit.stored, mode: 'include' });
        if (--room < 0) return err(tooMany(api.limits.includes));
      }
    }
    found.push(...next);
    round = next;
    isFirst = false;
  }
  if (found.length === 0) return ok(hits);
  const matches = hits.filter(({ mode }) => mode === 'match');
  const includes = [...hits.filter(({ mode }) => mode === 'include'), ...found];
  includes.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return ok([...matches, ...includes]);
}

const nameOf = ({ stored: { key } }: SearchHit): string => `${key.type}/${key.id}`;
const tooMany = (limit: number): Refusal => ({ kind: 'too-costly', what: `more than ${limit} included resources` });

/** What one include reaches from `sources`, with what the iterating ones among `all` reach from there in the store. */
function linkedBy(
  sources: readonly SearchHit[],
  include: Include,
  all: readonly Include[],
  room: number,
  ask: Ask,
  api: Api,
): Promise<Result<readonly SearchHit[], Refusal>> {
  const iterated = all.filter(({ iterate }) => iterate);
  const params = include.param === '*' ? [...linksOf(include.source).keys()] : [include.param];
  if (include.kind === 'include') {
    const targets = params.flatMap((param) => paramInfos(include.source).get(param)?.targets ?? []);
    const types = [...new Set(targets)].filter(
      (type) => hasUrl(type) && (include.target === undefined || include.target === type),
    );
    return referredTo(types, referencesOf(sources, include.source, params), room, ask, api, iterated);
  }
  const values = sources
    .filter(({ stored: { key } }) => hasUrl(key.type) && (include.target === undefined || include.target === key.type))
    .flatMap(({ stored }) => canonicalOf(stored) ?? [])
    .flatMap(namesOf);
  if (values.length === 0) return Promise.resolve(ok([]));
  const of = params.map((param): Criterion => ({ kind: 'param', param, type: 'reference', values }));
  return searched([include.source], [{ kind: 'any', of }], room, ask, api, iterated);
}

// --- canonicals --------------------------------------------------------------------------------------------------------

/** The references that mean `canonical`: those with its version, and those with none. */
const namesOf = ({ url, version }: Canonical): readonly ReferenceValue[] => [
  { kind: 'reference', targets: [], url, version: '' },
  ...(version === undefined ? [] : [{ kind: 'reference', targets: [], url, version } as const]),
];

function resourceIn({ text }: Stored): ResourceJson | undefined {
  const parsed = parseJson(text, { depthMax: 1_000 });
  // A stored body is a resource.
  return parsed.ok && isObject(parsed.value.value) ? (parsed.value.value as ResourceJson) : undefined;
}

function canonicalOf(stored: Stored): Canonical | undefined {
  const resource = resourceIn(stored);
  const url = resource?.['url'];
  const version = resource?.['version'];
  if (typeof url !== 'string') return undefined;
  return { url, ...(typeof version === 'string' ? { version } : {}) };
}

/** The canonicals that resources of `type` among `hits` name by `params`. */
function referencesOf(hits: readonly SearchHit[], type: string, params: readonly string[]): readonly Canonical[] {
  const extract = extractorOf(type, params);
  const found = new Map<string, Canonical>();
  for (const { stored } of hits) {
    const resource = stored.key.type === type ? resourceIn(stored) : undefined;
    for (const entry of resource === undefined ? [] : extract(resource)) {
      if (entry.kind !== 'reference' || entry.url === undefined) continue;
      const { url, version } = entry;
      found.set(`${url}|${version ?? ''}`, { url, ...(version === undefined ? {} : { version }) });
    }
  }
  return [...found.values()];
}

/** The resources of `types` that `references` mean, and what `include` brings from there. */
async function referredTo(
  types: readonly string[],
  references: readonly Canonical[],
  limit: number,
  ask: Ask,
  api: Api,
  include: readonly Include[] = [],
): Promise<Result<readonly SearchHit[], Refusal>> {
  if (types.length === 0 || references.length === 0) return ok([]);
  const urls = [...new Set(references.map(({ url }) => url))];
  const where: Criterion = {
    kind: 'param',
    param: 'url',
    type: 'uri',
    values: urls.map((value) => ({ kind: 'uri', value })),
  };
  const found = await searched(types, [where], limit, ask, api, include);
  if (!found.ok) return found;
  const means = (stored: Stored): boolean => {
    const canonical = canonicalOf(stored);
    return references.some(
      ({ url, version }) => url === canonical?.url && (version === undefined || version === canonical.version),
    );
  };
  const wrong = found.value.filter(({ mode, stored }) => mode === 'match' && !means(stored));
  if (wrong.length === 0) return found;
  const right = found.value.filter(({ mode, stored }) => mode === 'match' && means(stored));
  // What came along with a wrong version may not belong here: the right ones are asked for by themselves.
  if (include.length === 0 || right.length === 0) return ok(right);
  const ids: Criterion = { kind: 'id', ids: right.map(({ stored }) => stored.key.id) };
  return searched([...new Set(right.map(({ stored }) => stored.key.type))], [where, ids], limit, ask, api, include);
}

/** All that matches, page by page, each page's includes with it. More than `limit` is refused. */
async function searched(
  types: readonly string[],
  where: readonly Criterion[],
  limit: number,
  ask: Ask,
  api: Api,
  include: readonly Include[] = [],
): Promise<Result<readonly SearchHit[], Refusal>> {
  const hits: SearchHit[] = [];
  let after: string | undefined;
  do {
    const page = await api.store.search(
      {
        types,
        where,
        sort: [],
        count: Math.max(1, Math.min(limit + 1, api.limits.pageMax)),
        total: 'none',
        include,
        ...(after === undefined ? {} : { after }),
      },
      ask.actor.visible,
      { includes: api.limits.includes, ms: api.limits.searchMs },
    );
    if (!page.ok) return err({ kind: 'too-costly', what: page.error.what });
    hits.push(...page.value.hits);
    if (hits.length > limit)
      return err({ kind: 'too-costly', what: `more than ${limit} resources by canonical links` });
    after = page.value.next;
  } while (after !== undefined);
  return ok(hits);
}
