// A search of AuditEvents: the node's own, rendered from its trail, and those that others wrote into the record, as one list.
//
//   FR61  Newest first unless `_sort` says otherwise; all parameters of AuditEvent hold for both alike.
//   FR62  A page ends at an event, by its time and id, and the next begins after it, whatever has come meanwhile.
//
// The trail narrows by what its index knows (patient, person, time, id); what the query asks is judged on the rendered
// event, by the evaluator that every store is measured by.
import type { AuditQuery } from '../../core/access/audit-trail.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { comparatorOf, matcherOf, type Indexed, type Matcher, type Resolver } from '../../core/fhir/search/evaluate.ts';
import { extract } from '../../core/fhir/search/extract.ts';
import type { Criterion, DateValue, SearchQuery, SortKey } from '../../core/fhir/search/query.ts';
import type { ResourceKey, SearchHit, SearchPage, SearchRefusal, Stored } from '../../core/record/store.ts';
import type { Api, Ask } from './ask.ts';
import { eventOf, keptEvent, withinAudit } from './own-events.ts';

type Narrowed = Omit<AuditQuery, 'count' | 'after'>;
type Refused = Result<never, SearchRefusal>;

/** Own events that one search may look at, and events that one may sort by anything else than their time. */
const LOOKED_MAX = 50_000;
const SORTED_MAX = 5_000;
const PAGE = 500;

const NEWEST: readonly SortKey[] = [{ param: 'date', type: 'date', descending: true }];

export const isAuditSearch = ({ types }: SearchQuery): boolean => types.length === 1 && types[0] === 'AuditEvent';

interface Event {
  readonly stored: Stored;
  readonly indexed: Indexed;
  readonly at: number;
}

/** As the store answers a search; `query` is of AuditEvents alone. */
export async function searchAudit(query: SearchQuery, ask: Ask, api: Api): Promise<Result<SearchPage, SearchRefusal>> {
  const narrowed = withinAudit(narrowedBy(query.where), ask.access);
  const limits = { includes: api.limits.includes, ms: api.limits.searchMs };
  if (narrowed === undefined) return api.store.search(query, ask.actor.visible, limits);
  const where = await withoutChains(query.where, ask, api);
  if (!where.ok) return where;
  const matchers = where.value.map((criterion) => matcherOf(criterion, NO_OTHERS));
  const own = (from: Mark | undefined): AsyncIterable<Event> => ownEvents(narrowed, matchers, from, ask, api);
  const kept = (from: Place['kept']): AsyncIterable<KeptEvent> => keptEvents(query, matchers, from, ask, api);

  let total: number | undefined;
  if (query.count === 0 || query.total === 'accurate') {
    const theirs = await countKept(query, kept, ask, api);
    if (!theirs.ok) return theirs;
    const mine = await counting(own(undefined));
    if (!mine.ok) return mine;
    total = theirs.value + mine.value;
    if (query.count === 0) return ok({ hits: [], total });
  }
  const page = isByTime(query.sort)
    ? await newestFirst(query, own, kept)
    : await sorted(query, own(undefined), kept(undefined));
  if (!page.ok) return page;
  const { events, next } = page.value;
  const hits: SearchHit[] = events.map(({ stored }) => ({ stored, mode: 'match' }));
  hits.push(...(await includesOf(events, query, ask, api)));
  return ok({ hits, ...(total === undefined ? {} : { total }), ...(next === undefined ? {} : { next }) });
}

const isByTime = ([first, ...others]: readonly SortKey[]): boolean =>
  first === undefined ||
  (others.length === 0 && first.descending && (first.param === 'date' || first.param === '_lastUpdated'));

// --- pages -------------------------------------------------------------------------------------------------------------

/** The last event of a page. */
type Mark = readonly [at: number, id: string];
interface Place {
  readonly own?: Mark;
  /** The record's page, and the last that was taken of it. */
  readonly kept?: { readonly after?: string; readonly last: string };
}
interface Events {
  readonly events: readonly Event[];
  readonly next: string | undefined;
}

async function newestFirst(
  query: SearchQuery,
  own: (from: Mark | undefined) => AsyncIterable<Event>,
  kept: (from: Place['kept']) => AsyncIterable<KeptEvent>,
): Promise<Result<Events, SearchRefusal>> {
  const place = query.after === undefined ? {} : (JSON.parse(query.after) as Place);
  const mine = own(place.own)[Symbol.asyncIterator]();
  const theirs = kept(place.kept)[Symbol.asyncIterator]();
  let left: Event | undefined;
  let right: KeptEvent | undefined;
  let { own: lastOwn, kept: lastKept } = place;
  const events: Event[] = [];
  try {
    left = (await mine.next()).value;
    right = (await theirs.next()).value;
    while (events.length < query.count && (left !== undefined || right !== undefined)) {
      if (left !== undefined && (right === undefined || left.at >= right.at)) {
        events.push(left);
        lastOwn = [left.at, left.stored.key.id];
        left = (await mine.next()).value;
      } else if (right !== undefined) {
        events.push(right);
        lastKept = { ...(right.page === undefined ? {} : { after: right.page }), last: right.stored.key.id };
        right = (await theirs.next()).value;
      }
    }
  } catch (thrown) {
    return refusedBy(thrown);
  }
  const hasMore = left !== undefined || right !== undefined;
  const next: Place = {
    ...(lastOwn === undefined ? {} : { own: lastOwn }),
    ...(lastKept === undefined ? {} : { kept: lastKept }),
  };
  return ok({ events, next: hasMore ? JSON.stringify(next) : undefined });
}

/** By anything but time: all are gathered, so there may not be many. A page begins after the id that the last ended with. */
async function sorted(
  query: SearchQuery,
  own: AsyncIterable<Event>,
  kept: AsyncIterable<Event>,
): Promise<Result<Events, SearchRefusal>> {
  const all: Event[] = [];
  try {
    for (const source of [own, kept]) {
      for await (const event of source) {
        all.push(event);
        if (all.length > SORTED_MAX)
          throw new TooMany(`more than ${SORTED_MAX} AuditEvents in another order than their time's`);
      }
    }
  } catch (thrown) {
    return refusedBy(thrown);
  }
  const compare = comparatorOf(query.sort);
  all.sort((a, b) => compare(a.indexed, b.indexed));
  const from = query.after === undefined ? 0 : all.findIndex(({ stored }) => stored.key.id === query.after) + 1;
  const events = all.slice(from, from + query.count);
  return ok({ events, next: from + events.length < all.length ? events.at(-1)?.stored.key.id : undefined });
}

class TooMany extends Error {}

function refusedBy(thrown: unknown): Refused {
  if (thrown instanceof TooMany) return err({ kind: 'too-costly', what: thrown.message });
  throw thrown;
}

async function counting(events: AsyncIterable<Event>): Promise<Result<number, SearchRefusal>> {
  let count = 0;
  try {
    for await (const _event of events) count++;
  } catch (thrown) {
    return refusedBy(thrown);
  }
  return ok(count);
}

// --- the two sources ---------------------------------------------------------------------------------------------------

/** Own events that match, newest first, after `from`. */
async function* ownEvents(
  narrowed: Narrowed,
  matchers: readonly Matcher[],
  from: Mark | undefined,
  { base, access }: Ask,
  api: Api,
): AsyncGenerator<Event, undefined> {
  // What came since has a later time; of those of the same millisecond, what stands before the last was shown.
  const to = from === undefined ? narrowed.to : Math.min(from[0] + 1, narrowed.to ?? Infinity);
  let isPassing = from !== undefined;
  let looked = 0;
  let after: string | undefined;
  do {
    const page = await api.auditReader.search({
      ...narrowed,
      ...(to === undefined ? {} : { to }),
      count: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    const passed = page.events.findIndex(({ id }) => id === from?.[1]);
    for (const [index, rendered] of page.events.entries()) {
      if (isPassing && rendered.at === from?.[0] && index <= passed) continue;
      isPassing &&= rendered.at === from?.[0];
      const { stored, resource } = eventOf(rendered, access);
      const indexed: Indexed = {
        type: 'AuditEvent',
        id: stored.key.id,
        lastUpdatedAt: rendered.at,
        entries: extract(resource, { baseUrls: [base] }),
        resource,
      };
      if (matchers.every((matcher) => matcher(indexed))) yield { stored, indexed, at: rendered.at };
    }
    looked += page.events.length;
    if (looked >= LOOKED_MAX && page.next !== undefined)
      throw new TooMany(`more than ${LOOKED_MAX} AuditEvents to look at`);
    after = page.next;
  } while (after !== undefined);
  return undefined;
}

interface KeptEvent extends Event {
  readonly page: string | undefined;
}

/**
 * Those of the record that match, newest first. Who is told of one record alone is told of each event only in part, and a search
 * must not tell the rest: it is asked of that part.
 */
async function* keptEvents(
  { after: _first, ...query }: SearchQuery,
  matchers: readonly Matcher[],
  from: Place['kept'],
  { base, access, actor }: Ask,
  api: Api,
): AsyncGenerator<KeptEvent, undefined> {
  const limits = { includes: 0, ms: api.limits.searchMs };
  const isPart = access.auditOf !== undefined;
  const asked = { ...query, where: isPart ? [] : query.where, sort: NEWEST, include: [], total: 'none' } as const;
  let looked = 0;
  let after = from?.after;
  let last = from?.last;
  do {
    const found = await api.store.search(
      { ...asked, count: Math.max(query.count, 100), ...(after === undefined ? {} : { after }) },
      access.auditOf?.kept ?? actor.visible,
      limits,
    );
    if (!found.ok) throw new TooMany(found.error.what);
    const hits = found.value.hits;
    const start = last === undefined ? 0 : hits.findIndex(({ stored }) => stored.key.id === last) + 1;
    last = undefined;
    for (const hit of hits.slice(start)) {
      const { stored, resource } = keptEvent(hit.stored, access);
      const entries = extract(resource, { baseUrls: [base] });
      const date = entries.find((entry) => entry.param === 'date');
      const indexed: Indexed = { ...stored.key, lastUpdatedAt: stored.lastUpdatedAt, entries, resource };
      if (isPart && !matchers.every((matcher) => matcher(indexed))) continue;
      yield { stored, indexed, at: date?.kind === 'date' ? date.lo : stored.lastUpdatedAt, page: after };
    }
    looked += hits.length;
    after = found.value.next;
    if (isPart && looked >= LOOKED_MAX && after !== undefined)
      throw new TooMany(`more than ${LOOKED_MAX} AuditEvents to look at`);
  } while (after !== undefined);
  return undefined;
}

async function countKept(
  query: SearchQuery,
  kept: (from: Place['kept']) => AsyncIterable<Event>,
  { access, actor }: Ask,
  api: Api,
): Promise<Result<number, SearchRefusal>> {
  if (access.auditOf !== undefined) return counting(kept(undefined));
  const limits = { includes: 0, ms: api.limits.searchMs };
  const counted = await api.store.search({ ...query, count: 0, include: [] }, actor.visible, limits);
  return counted.ok ? ok(counted.value.total ?? 0) : counted;
}

// --- criteria ----------------------------------------------------------------------------------------------------------

/** What the trail's index can be asked: never narrower than the criteria. */
function narrowedBy(where: readonly Criterion[]): Narrowed {
  let narrowed: Narrowed = {};
  for (const criterion of where) narrowed = { ...of(criterion), ...narrowed };
  return narrowed;
}

function of(criterion: Criterion): Narrowed {
  switch (criterion.kind) {
    case 'id':
      return criterion.not === true ? {} : { ids: criterion.ids };
    case 'compartment':
      return criterion.type === 'Patient' ? { patients: [`Patient/${criterion.id}`] } : {};
    case 'lastUpdated':
      return timesOf(criterion.values);
    case 'param': {
      const { param, modifier, values } = criterion;
      if (modifier !== undefined) return {};
      if (param === 'date') return timesOf(values.filter((value) => value.kind === 'date'));
      if (param !== 'patient' && param !== 'agent') return {};
      const names: string[] = [];
      for (const value of values) {
        if (value.kind !== 'reference' || value.targets.length === 0 || value.identifier !== undefined) return {};
        names.push(...value.targets.map(({ type, id }) => `${type}/${id}`));
      }
      return param === 'patient' ? { patients: names } : { who: names };
    }
    default:
      return {};
  }
}

function timesOf(values: readonly DateValue[]): Narrowed {
  const [value, ...others] = values;
  if (value === undefined || others.length > 0) return {};
  const { prefix, lo, hi } = value;
  const from = Number.isFinite(lo) ? { from: lo } : {};
  const to = Number.isFinite(hi) ? { to: hi } : {};
  if (prefix === 'eq' || prefix === 'ap') return { ...from, ...to };
  if (prefix === 'ge' || prefix === 'gt' || prefix === 'sa') return from;
  return prefix === 'le' || prefix === 'lt' || prefix === 'eb' ? to : {};
}

/** What is asked of other resources is worked out first: the trail has none beside it. */
const NO_OTHERS: Resolver = { get: () => undefined, all: () => [] };

async function withoutChains(
  where: readonly Criterion[],
  ask: Ask,
  api: Api,
): Promise<Result<readonly Criterion[], SearchRefusal>> {
  const resolved: Criterion[] = [];
  for (const criterion of where) {
    const each = await withoutChain(criterion, ask, api);
    if (!each.ok) return each;
    resolved.push(each.value);
  }
  return ok(resolved);
}

async function withoutChain(criterion: Criterion, ask: Ask, api: Api): Promise<Result<Criterion, SearchRefusal>> {
  if (criterion.kind === 'any') {
    const of = await withoutChains(criterion.of, ask, api);
    return of.ok ? ok({ kind: 'any', of: of.value }) : of;
  }
  if (criterion.kind !== 'chain') return ok(criterion);
  const { param, targetType, where } = criterion;
  const found = await api.store.search(
    { types: [targetType], where: [where], sort: [], count: api.limits.pageMax, total: 'none', include: [] },
    ask.actor.visible,
    { includes: 0, ms: api.limits.searchMs },
  );
  if (!found.ok) return found;
  if (found.value.next !== undefined) {
    return err({ kind: 'too-costly', what: `more than ${api.limits.pageMax} resources in a chain` });
  }
  const targets = found.value.hits.map(({ stored }) => stored.key);
  if (targets.length === 0) return ok({ kind: 'any', of: [] });
  return ok({ kind: 'param', param, type: 'reference', values: [{ kind: 'reference', targets }] });
}

// --- includes ----------------------------------------------------------------------------------------------------------

/** Who and what the events name, as far as it is asked for and seen. */
async function includesOf(
  events: readonly Event[],
  { include }: SearchQuery,
  ask: Ask,
  api: Api,
): Promise<readonly SearchHit[]> {
  const wanted = include.filter(({ kind, source }) => kind === 'include' && source === 'AuditEvent');
  if (wanted.length === 0) return [];
  const keys = new Map<string, ResourceKey>();
  for (const { indexed } of events) {
    for (const entry of indexed.entries) {
      if (entry.kind !== 'reference' || entry.type === undefined || entry.id === undefined) continue;
      const { param, type, id } = entry;
      const isWanted = wanted.some(
        (each) => (each.param === '*' || each.param === param) && (each.target === undefined || each.target === type),
      );
      if (isWanted) keys.set(`${type}/${id}`, { type, id });
    }
  }
  for (const { stored } of events) keys.delete(`AuditEvent/${stored.key.id}`);
  if (keys.size === 0) return [];
  const found = await api.store.read([...keys.values()], ask.actor.visible);
  return found.flatMap((stored) =>
    stored === undefined || stored.deleted ? [] : [{ stored, mode: 'include' as const }],
  );
}
