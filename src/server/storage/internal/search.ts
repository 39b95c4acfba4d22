// Searches: chains first, then one plan for the matches, then what is included.
//
//   PG10  SQL brings a superset, the body confirms (confirm.ts).
//   PG14  A patient and a hot token are one range of one index; a hot token alone another; else the tokens under one GIN.
//   PG15  Time and size are bounded: what would take more is `too-costly`, never a page that lacks something.
import { assert } from '../../../core/base/assert.ts';
import { err, ok, type Result } from '../../../core/base/result.ts';
import { comparatorOf, type Indexed } from '../../../core/fhir/search/evaluate.ts';
import type { SearchQuery } from '../../../core/fhir/search/query.ts';
import { TimeoutError } from '../../../core/record/busy.ts';
import type {
  ResourceKey,
  SearchHit,
  SearchLimits,
  SearchPage,
  SearchRefusal,
  Stored,
  Visibility,
} from '../../../core/record/store.ts';
import { confirmation, indexedOf } from './confirm.ts';
import type { Queryable } from './connections.ts';
import { includesOf } from './search-includes.ts';
import { anyToken } from './index-rows.ts';
import type { StoreTools } from './prepare.ts';
import { resolveChains } from './resolve-chains.ts';
import { beyondSql, orderOf, orderSql, type OrderPart } from './search-order.ts';
import { narrow, type Narrowing } from './search-sql.ts';
import { STORED_COLUMNS, STORED_WIDTH, storedOf, Values, visibleSql, type StoredRow } from './stored-rows.ts';

/** Ends a search with the port's refusal. */
export class TooCostly extends Error {
  override readonly name = 'TooCostly';
}

/** What a search is asked within. */
export interface Asking {
  readonly db: Queryable;
  readonly tools: StoreTools;
  readonly visible: Visibility;
  /** By performance.now(). */
  readonly until: number;
}

export const checkTime = (asking: Asking): void => {
  if (performance.now() > asking.until) throw new TooCostly('the search took longer than its time limit');
};

const BATCH = 500;

export async function search(
  db: Queryable,
  tools: StoreTools,
  query: SearchQuery,
  visible: Visibility,
  limits: SearchLimits,
): Promise<Result<SearchPage, SearchRefusal>> {
  const asking = { db, tools, visible, until: performance.now() + limits.ms };
  try {
    const where = await resolveChains(asking, query.types, query.where);
    const asked = { ...query, where };
    const needsTotal = query.total === 'accurate' || query.count === 0;
    const [page, total] = await Promise.all([
      query.count === 0 ? { rows: [], next: undefined } : pageOf(asking, asked),
      needsTotal ? countOf(asking, asked) : undefined,
    ]);
    const matches: SearchHit[] = page.rows.map(({ stored }) => ({ stored, mode: 'match' }));
    const included = await includesOf(asking, page.rows, query.include, limits.includes);
    const hits = [...matches, ...included.map((stored: Stored): SearchHit => ({ stored, mode: 'include' }))];
    return ok({
      hits,
      ...(total === undefined ? {} : { total }),
      ...(page.next === undefined ? {} : { next: page.next }),
    });
  } catch (error) {
    if (error instanceof TooCostly) return err({ kind: 'too-costly', what: error.message });
    if (error instanceof TimeoutError) return err({ kind: 'too-costly', what: 'the search took longer than its time limit' });
    throw error;
  }
}

interface Page {
  readonly rows: readonly StoredRow[];
  readonly next: string | undefined;
}

/** A search with everything in it but the order, the limit and where to begin. */
interface Plan {
  readonly values: Values;
  readonly from: string;
  readonly where: readonly string[];
  readonly narrowed: readonly Narrowing[];
  readonly hot: boolean;
}

/** Whether the matches can be counted from the hot table alone. */
type Form = 'rows' | 'count';

function planOf({ tools, visible }: Asking, query: SearchQuery, form: Form): Plan {
  const values = new Values();
  const scope = { types: query.types, tools, values };
  const narrowed = query.where.map((criterion) => narrow(criterion, scope));
  const [type] = query.types;
  const isOneType = query.types.length === 1 && type !== undefined;
  const homes = narrowed.find((each) => each.homes !== undefined)?.homes;
  const hotToken = isOneType ? hottest(narrowed) : undefined;
  const may = visibleSql(tools, visible, values);
  // Alone, or within a patient, a hot token is a range of its index; among others the GIN narrows better.
  const others = narrowed.filter((each) => each !== hotToken && each.tokens !== undefined && each.homes === undefined);
  const drives = isOneType && (homes !== undefined || (hotToken !== undefined && others.length === 0));
  const where: string[] = [];
  let from = 'resource r';
  if (drives) {
    const tokens = hotToken?.tokens ?? [anyToken(type)];
    from = 'hot h JOIN resource r ON r.c = h.c AND r.rid = h.rid';
    const [only] = tokens;
    assert(only !== undefined && tokens.length === 1, 'one hot token drives a search');
    where.push(`h.hash = ${values.add(only, 'bigint')}`);
    if (homes) {
      const [home] = homes;
      where.push(homes.length === 1 ? `h.c = ${values.add(home, 'bigint')}` : `h.c = ANY (${values.bigints(homes)})`);
    }
    if (form === 'count' && narrowed.every((each) => each === hotToken) && may === undefined) {
      return { values, from: 'hot h', where, narrowed, hot: true };
    }
  } else {
    where.push(isOneType ? `r.type = ${values.add(type, 'text')}` : `r.type = ANY (${values.add(query.types, 'text[]')})`);
  }
  where.push('NOT r.deleted');
  for (const each of narrowed) if (!(drives && each === hotToken) && each.sql !== 'true') where.push(each.sql);
  if (may) where.push(may);
  return { values, from, where, narrowed, hot: drives };
}

/** The token of the most telling parameter, where it is one. */
function hottest(narrowed: readonly Narrowing[]): Narrowing | undefined {
  return narrowed.find((each) => each.hot === true && each.tokens?.length === 1);
}

async function countOf(asking: Asking, query: SearchQuery): Promise<number> {
  const plan = planOf(asking, query, 'count');
  const exact = confirmation(asking.tools, query.where, plan.narrowed).isExact;
  if (exact) {
    const [row] = await asking.db.query(
      ...plan.values.used(`SELECT count(*) FROM ${plan.from} WHERE ${plan.where.join(' AND ')}`),
    );
    return Number(row?.[0] ?? 0);
  }
  let count = 0;
  for await (const rows of scan(asking, query)) count += rows.length;
  return count;
}

/** All matches, in batches, in the order of their row numbers. */
export async function* scan(asking: Asking, query: Pick<SearchQuery, 'types' | 'where'>): AsyncIterable<readonly StoredRow[]> {
  let after = 0;
  for (;;) {
    checkTime(asking);
    const plan = planOf(asking, { ...query, sort: [], count: 1, total: 'none', include: [] }, 'rows');
    const { confirm } = confirmation(asking.tools, query.where, plan.narrowed);
    const rows = await asking.db.query(
      ...plan.values.used(
        `SELECT ${STORED_COLUMNS} FROM ${plan.from} WHERE ${plan.where.join(' AND ')} AND r.rid > ${plan.values.add(after, 'bigint')}
         ORDER BY r.rid LIMIT ${BATCH}`,
      ),
    );
    const found = rows.map(storedOf);
    const last = found.at(-1);
    if (found.length > 0) yield await confirm(asking.db, found);
    if (last === undefined || found.length < BATCH) return;
    after = last.rid;
  }
}

/** The keys of all matches, at most `limit`. */
export async function matchingKeys(asking: Asking, query: Pick<SearchQuery, 'types' | 'where'>, limit: number): Promise<readonly ResourceKey[]> {
  const keys: ResourceKey[] = [];
  for await (const rows of scan(asking, query)) {
    for (const { stored } of rows) keys.push(stored.key);
    if (keys.length > limit) throw new TooCostly(`a chained search passes through more than ${limit} resources`);
  }
  return keys;
}

async function pageOf(asking: Asking, query: SearchQuery): Promise<Page> {
  let after = query.after === undefined ? undefined : cursorKeys(query.after);
  const wanted = query.count + 1;
  const rows: StoredRow[] = [];
  const keys: (readonly string[])[] = [];
  for (let limit = wanted; ; limit = Math.max(BATCH / 5, Math.min(BATCH, limit * 4))) {
    checkTime(asking);
    const plan = planOf(asking, query, 'rows');
    const order = orderFor(query, plan);
    if (order === undefined) return sortedHere(asking, query);
    const { confirm } = confirmation(asking.tools, query.where, plan.narrowed);
    const found = await asking.db.query(...plan.values.used(pageSql(plan, order, after, limit)));
    const keysOf = new Map<number, readonly string[]>();
    for (const row of found) keysOf.set(row[1] as number, row.slice(STORED_WIDTH).map(String));
    const confirmed = await confirm(asking.db, found.map(storedOf));
    for (const row of confirmed) {
      rows.push(row);
      keys.push(keysOf.get(row.rid) ?? []);
      if (rows.length === wanted) break;
    }
    const last = found.at(-1);
    if (rows.length === wanted || last === undefined || found.length < limit) break;
    after = keysOf.get(last[1] as number);
  }
  const page = rows.slice(0, query.count);
  const end = keys[query.count - 1];
  return { rows: page, next: rows.length > query.count && end !== undefined ? JSON.stringify(end) : undefined };
}

const cursorKeys = (cursor: string): readonly string[] => JSON.parse(cursor) as readonly string[];

function orderFor(query: SearchQuery, plan: Plan): readonly OrderPart[] | undefined {
  if (query.sort.length > 0) {
    const parts = orderOf(query.sort, query.types, plan.values);
    if (!plan.hot) return parts;
    return parts?.map((part) => ({ ...part, sql: part.sql.replaceAll('r.main', 'h.main') }));
  }
  if (!plan.hot) return [{ sql: 'r.rid', descending: false, cast: 'bigint' }];
  return ['c', 'main', 'rid'].map((name) => ({ sql: `h.${name}`, descending: false, cast: 'bigint' as const }));
}

function pageSql(plan: Plan, order: readonly OrderPart[], after: readonly string[] | undefined, limit: number): string {
  const { values } = plan;
  const where = [...plan.where];
  if (after) where.push(beyondSql(order, after, values));
  // Keys as text: a cursor must give back just what the database compares.
  const keys = order.map(({ sql }) => `(${sql})::text`).join(', ');
  return `SELECT ${STORED_COLUMNS}, ${keys} FROM ${plan.from} WHERE ${where.join(' AND ')}
    ORDER BY ${orderSql(order)} LIMIT ${values.add(limit, 'int')}`;
}

/** By values that the index keeps as hashes only: all matches are fetched and sorted here. */
async function sortedHere(asking: Asking, query: SearchQuery): Promise<Page> {
  const { sort, count } = query;
  const found: { readonly indexed: Indexed; readonly row: StoredRow }[] = [];
  for await (const rows of scan(asking, query)) {
    for (const row of rows) found.push({ indexed: slim(await indexedOf(asking.db, asking.tools, row), query), row });
    checkTime(asking);
  }
  const compare = comparatorOf(sort);
  found.sort((a, b) => compare(a.indexed, b.indexed));
  const after = query.after === undefined ? undefined : (JSON.parse(query.after) as Indexed);
  const rest = after === undefined ? found : found.filter(({ indexed }) => compare(indexed, after) > 0);
  const page = rest.slice(0, count);
  const end = page.at(-1);
  const next = rest.length > count && end !== undefined ? JSON.stringify(end.indexed) : undefined;
  return { rows: page.map(({ row }) => row), next };
}

/** What the order needs of a resource, and nothing of its body: it goes into the cursor. */
function slim({ type, id, lastUpdatedAt, entries }: Indexed, { sort }: SearchQuery): Indexed {
  const kept = entries.filter((entry) => sort.some(({ param }) => param === entry.param));
  return { type, id, lastUpdatedAt, entries: kept, resource: { resourceType: type } };
}
