// Searches: chains first, then one plan for the matches, then what is included.
//
//   PG10  SQL brings a superset, the body confirms (confirm.ts).
//   PG15  Time and size are bounded: what would take more is `too-costly`, never a page that lacks something.
import { assert } from '../../../core/base/assert.ts';
import { err, ok, type Result } from '../../../core/base/result.ts';
import { comparatorOf, type Indexed } from '../../../core/fhir/search/evaluate.ts';
import type { SearchQuery } from '../../../core/fhir/search/query.ts';
import { TimeoutError } from '../../../core/record/busy.ts';
import {
  EVERYTHING,
  type SearchHit,
  type SearchLimits,
  type SearchPage,
  type SearchRefusal,
  type Stored,
  type Visibility,
} from '../../../core/record/store.ts';
import { confirmation, indexedOf } from './confirm.ts';
import type { Queryable } from './connections.ts';
import type { StoreTools } from './prepare.ts';
import { resolveChains } from './resolve-chains.ts';
import { includesOf } from './search-includes.ts';
import { beyondSql, orderOf, orderSql, type OrderPart } from './search-order.ts';
import { homeNamed } from './home-named.ts';
import {
  askPlanned,
  BATCH,
  checkTime,
  matchingKeys,
  narrowedOf,
  scan,
  TooCostly,
  type Asking,
  type Plan,
} from './search-plan.ts';
import { groupsOf } from './sight.ts';
import { STORED_COLUMNS, STORED_WIDTH, storedOf, Values, type StoredRow } from './stored-rows.ts';
import type { Surroundings } from './surroundings.ts';
import { exactly, type FindNames, type KnownHome } from './visible-sql.ts';

/** `surroundings`: absent where all must be asked in one session. */
export async function search(
  db: Queryable,
  tools: StoreTools,
  query: SearchQuery,
  visible: Visibility,
  limits: SearchLimits,
  surroundings?: Surroundings,
): Promise<Result<SearchPage, SearchRefusal>> {
  const until = performance.now() + limits.ms;
  try {
    const [exact, known] = await Promise.all([
      exactly(tools, visible, namesFound(db, tools, until)),
      surroundings === undefined ? undefined : knownHome(tools, query, visible, surroundings),
    ]);
    const asking: Asking = { db, tools, visible: exact, until, known };
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
    if (error instanceof TimeoutError)
      return err({ kind: 'too-costly', what: 'the search took longer than its time limit' });
    throw error;
  }
}

/** What stands around in the compartment that the search names. */
async function knownHome(
  tools: StoreTools,
  query: SearchQuery,
  visible: Visibility,
  surroundings: Surroundings,
): Promise<KnownHome | undefined> {
  const home = homeNamed(query)?.home;
  const groups = visible.see === 'everything' || home === undefined ? [] : groupsOf(visible, query.types);
  if (home === undefined || groups.length === 0) return undefined;
  return { home, finds: await surroundings.known(groups, { c: tools.compartment(home).key, home }) };
}

/** For filters that SQL cannot answer: a walk over all that it finds, whoever asks. */
export const namesFound =
  (db: Queryable, tools: StoreTools, until = Infinity): FindNames =>
  async (filter) => {
    const asking: Asking = { db, tools, visible: EVERYTHING, until };
    const keys = await matchingKeys(asking, filter, Infinity);
    return keys.map(({ type, id }) => `${type}/${id}`);
  };

interface Page {
  readonly rows: readonly StoredRow[];
  readonly next: string | undefined;
}

async function countOf(asking: Asking, query: SearchQuery): Promise<number> {
  if (confirmation(asking.tools, query.where, narrowedOf(asking, query)).isExact) {
    const { rows } = await askPlanned(
      asking,
      query,
      'count',
      ({ from, where }) => `SELECT count(*) FROM ${from} WHERE ${where.join(' AND ')}`,
    );
    return Number(rows[0]?.[0] ?? 0);
  }
  let count = 0;
  for await (const rows of scan(asking, query)) count += rows.length;
  return count;
}

async function pageOf(asking: Asking, query: SearchQuery): Promise<Page> {
  let after = query.after === undefined ? undefined : cursorKeys(query.after);
  if (orderOf(query.sort, query.types, new Values(), false) === undefined) return sortedHere(asking, query);
  const wanted = query.count + 1;
  const rows: StoredRow[] = [];
  const keys: (readonly string[])[] = [];
  for (let limit = wanted; ; limit = Math.max(BATCH / 5, Math.min(BATCH, limit * 4))) {
    checkTime(asking);
    const begin = after;
    const { rows: found, plan } = await askPlanned(asking, query, 'rows', (each) => pageSql(query, each, begin, limit));
    const { confirm } = confirmation(asking.tools, query.where, plan.narrowed);
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

function orderFor(query: SearchQuery, plan: Plan): readonly OrderPart[] {
  if (query.sort.length > 0) {
    const ofPatient = plan.doubt !== undefined;
    const parts = orderOf(query.sort, query.types, plan.values, ofPatient);
    assert(parts !== undefined, 'what the index cannot sort is sorted elsewhere');
    if (!plan.hot) return parts;
    return parts.map((part) => ({ ...part, sql: part.sql.replaceAll('r.main', 'h.main') }));
  }
  if (!plan.hot) return [{ sql: 'r.rid', descending: false, cast: 'bigint' }];
  return ['c', 'main', 'rid'].map((name) => ({ sql: `h.${name}`, descending: false, cast: 'bigint' as const }));
}

function pageSql(query: SearchQuery, plan: Plan, after: readonly string[] | undefined, limit: number): string {
  const { values } = plan;
  const order = orderFor(query, plan);
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
