// What a search becomes: one statement without its order, and the walk over all that it finds.
//
//   PG14  A patient and a hot token are one range of one index; a hot token alone another; else the tokens under one GIN.
//   PG21  Where the patient has resources of several heads, what the range lacks of them is asked too.
import { assert } from '../../../core/base/assert.ts';
import type { SearchQuery } from '../../../core/fhir/search/query.ts';
import type { ResourceKey, Visibility } from '../../../core/record/store.ts';
import { confirmation } from './confirm.ts';
import type { Queryable, Row } from './connections.ts';
import { anyToken, siblingsToken } from './index-rows.ts';
import type { StoreTools } from './prepare.ts';
import { narrow, type Narrowing } from './search-sql.ts';
import { sightOf } from './sight.ts';
import { STORED_COLUMNS, storedOf, Values, type StoredRow } from './stored-rows.ts';
import { homeNamed } from './home-named.ts';
import { perhapsVisibleSql, visibleSql, visibleThereSql, type KnownHome } from './visible-sql.ts';

/** Ends a search with the port's refusal. */
export class TooCostly extends Error {
  override readonly name = 'TooCostly';
}

/** What a search is asked within. */
export interface Asking {
  readonly db: Queryable;
  readonly tools: StoreTools;
  /** Exact in SQL. */
  readonly visible: Visibility;
  /** What was looked up of the compartment that the search names. */
  readonly known?: KnownHome | undefined;
  /** By performance.now(). */
  readonly until: number;
}

export const checkTime = (asking: Asking): void => {
  if (performance.now() > asking.until) throw new TooCostly('the search took longer than its time limit');
};

/** Rows that one statement of a walk brings. */
export const BATCH = 500;

/** A search with everything in it but the order, the limit and where to begin. */
export interface Plan {
  readonly values: Values;
  readonly from: string;
  readonly where: readonly string[];
  readonly narrowed: readonly Narrowing[];
  readonly hot: boolean;
  /** What finds a row where siblings could have more to say than this plan asks. */
  readonly doubt?: string;
}

/**
 * The rows of one range of `hot`, each looked up by its key. The fence (OFFSET 0) keeps the planner from reading the GIN for
 * a condition that the range has all but met: it cannot know that a patient's rows and those that name the patient are
 * the same, and took 9 ms where this takes a fraction of one.
 */
const hotFirst = (rows: string): string =>
  `${rows} h CROSS JOIN LATERAL (SELECT * FROM resource r0 WHERE r0.c = h.c AND r0.rid = h.rid OFFSET 0) r`;

/** Of a list the planner expects ten. */
const isOne = (of: readonly number[], values: Values): string =>
  of.length === 1 ? `= ${values.add(of[0], 'bigint')}` : `= ANY (${values.bigints(of)})`;

/** The rows of `token`, or those of it in `homes`; with `siblings`, also what a sibling that is not shown would put there. */
function hotRows(
  tools: StoreTools,
  token: number,
  homes: readonly string[] | undefined,
  siblings: readonly number[] | undefined,
  values: Values,
): string {
  const hash = values.add(token, 'bigint');
  if (homes === undefined) return `(SELECT c, main, rid FROM hot WHERE hash = ${hash})`;
  const keys = homes.map((home) => tools.compartment(home).key);
  const shown = `SELECT c, main, rid FROM hot WHERE hash = ${hash} AND c ${isOne(keys, values)}`;
  return siblings === undefined
    ? `(${shown})`
    : `(${shown} UNION SELECT c, main, rid FROM hot WHERE hash ${isOne(siblings, values)})`;
}

/** Whether the matches can be counted from the hot table alone. */
export type Form = 'rows' | 'count';

function planOf(asking: Asking, query: SearchQuery, form: Form, withSiblings: boolean): Plan {
  const { tools } = asking;
  const values = new Values();
  const scope = { types: query.types, tools, values };
  const narrowed = query.where.map((criterion) => narrow(criterion, scope));
  const [type] = query.types;
  const isOneType = query.types.length === 1 && type !== undefined;
  const homes = narrowed.find((each) => each.homes !== undefined)?.homes;
  const hotToken = isOneType ? hottest(narrowed) : undefined;
  const may = maySql(asking, query, values, withSiblings ? 'siblings' : 'rows');
  // Alone, or within a patient, a hot token is a range of its index; among others the GIN narrows better.
  const others = narrowed.filter((each) => each !== hotToken && each.tokens !== undefined && each.homes === undefined);
  const drives = isOneType && (homes !== undefined || (hotToken !== undefined && others.length === 0));
  const where: string[] = [];
  let from = 'resource r';
  let doubt: string | undefined;
  if (drives) {
    const tokens = hotToken?.tokens ?? [anyToken(type)];
    const [only] = tokens;
    assert(only !== undefined && tokens.length === 1, 'one hot token drives a search');
    const siblings = homes?.map((home) => siblingsToken(type, home));
    if (siblings !== undefined && !withSiblings) {
      // What stands in the patient's compartment and is hidden costs what is absent costs (PG18).
      const shown = maySql(asking, query, values, 'perhaps');
      const hash = `hash ${isOne(siblings, values)}`;
      doubt =
        shown === undefined
          ? `SELECT 1 FROM hot WHERE ${hash}`
          : `SELECT 1 FROM ${hotFirst('hot')} WHERE h.${hash} AND NOT r.deleted AND ${shown}`;
    }
    const rows = hotRows(tools, only, homes, withSiblings ? siblings : undefined, values);
    from = hotFirst(rows);
    if (form === 'count' && narrowed.every((each) => each === hotToken) && may === undefined) {
      return { values, from: `${rows} h`, where: ['true'], narrowed, hot: true };
    }
  } else {
    // Beside the tokens of one patient the index of a type has nothing to say, yet a plan for any values would read all of it.
    const column = homeNamed(query) === undefined ? 'r.type' : "(r.type || '')";
    where.push(
      isOneType ? `${column} = ${values.add(type, 'text')}` : `${column} = ANY (${values.add(query.types, 'text[]')})`,
    );
  }
  where.push('NOT r.deleted');
  for (const each of narrowed) {
    // What siblings put there may lack the hot token.
    const isMet = drives && each === hotToken && !(withSiblings && homes !== undefined);
    if (isMet || each.sql === 'true') continue;
    // The fence hides that the row's key is that of the hot row: said of the hot row, it narrows before the look-up.
    where.push(drives ? each.sql.replaceAll(/\br\.(c|rid)\b/g, 'h.$1') : each.sql);
  }
  if (may) where.push(may);
  return { values, from, where, narrowed, hot: drives, ...(doubt === undefined ? {} : { doubt }) };
}

/** The criteria alone, to judge whether SQL answers them. */
export const narrowedOf = ({ tools }: Asking, { types, where }: SearchQuery): readonly Narrowing[] =>
  where.map((criterion) => narrow(criterion, { types, tools, values: new Values() }));

/**
 * Sends the statement that `write` makes of a plan. Siblings are rare and make a statement dear: it asks besides, in the same snapshot,
 * whether the patient has any, and only then is all asked once more with them (PG21).
 */
export async function askPlanned(
  asking: Asking,
  query: SearchQuery,
  form: Form,
  write: (plan: Plan) => string,
): Promise<{ readonly rows: readonly Row[]; readonly plan: Plan }> {
  const { db } = asking;
  const plan = planOf(asking, query, form, false);
  const { doubt, values } = plan;
  if (doubt === undefined) return { plan, rows: await db.query(...values.used(write(plan))) };
  // Of one row joined to others a nested loop is all that can be made, and it keeps their order.
  const text = `SELECT doubt.has, found.* FROM (SELECT EXISTS (${doubt}) AS has) doubt LEFT JOIN (${write(plan)}) found ON true`;
  const rows = await db.query(...values.used(text));
  if (rows[0]?.[0] !== true) {
    return { plan, rows: rows.filter((row) => row[1] !== null).map((row) => row.slice(1)) };
  }
  const whole = planOf(asking, query, form, true);
  return { plan: whole, rows: await db.query(...whole.values.used(write(whole))) };
}

function maySql(
  { tools, visible, known }: Asking,
  query: SearchQuery,
  values: Values,
  what: 'rows' | 'siblings' | 'perhaps',
): string | undefined {
  if (visible.see === 'everything') return undefined;
  const [type] = query.types;
  const only = query.types.length === 1 ? type : undefined;
  const sight = only === undefined ? visible : sightOf(visible, only).visible;
  if (known === undefined || sight.see === 'everything') return visibleSql(tools, sight, values, undefined, only);
  const named = homeNamed(query);
  if (named?.isOnly !== true || named.home !== known.home || what === 'siblings')
    return visibleSql(tools, sight, values, known, only);
  return what === 'rows'
    ? visibleThereSql(tools, sight, values, known, only)
    : perhapsVisibleSql(tools, sight, values, known, only);
}

/** The token of the most telling parameter, where it is one. */
function hottest(narrowed: readonly Narrowing[]): Narrowing | undefined {
  return narrowed.find((each) => each.hot === true && each.tokens?.length === 1);
}

/** All matches, in batches, in the order of their row numbers. */
export async function* scan(
  asking: Asking,
  query: Pick<SearchQuery, 'types' | 'where'>,
): AsyncIterable<readonly StoredRow[]> {
  let after = 0;
  for (;;) {
    checkTime(asking);
    const all: SearchQuery = { ...query, sort: [], count: 1, total: 'none', include: [] };
    const { rows, plan } = await askPlanned(
      asking,
      all,
      'rows',
      ({ from, where, values }) =>
        `SELECT ${STORED_COLUMNS} FROM ${from} WHERE ${where.join(' AND ')} AND r.rid > ${values.add(after, 'bigint')}
         ORDER BY r.rid LIMIT ${BATCH}`,
    );
    const { confirm } = confirmation(asking.tools, query.where, plan.narrowed);
    const found = rows.map(storedOf);
    const last = found.at(-1);
    if (found.length > 0) yield await confirm(asking.db, found);
    if (last === undefined || found.length < BATCH) return;
    after = last.rid;
  }
}

/** The keys of all matches, at most `limit`. */
export async function matchingKeys(
  asking: Asking,
  query: Pick<SearchQuery, 'types' | 'where'>,
  limit: number,
): Promise<readonly ResourceKey[]> {
  const keys: ResourceKey[] = [];
  for await (const rows of scan(asking, query)) {
    for (const { stored } of rows) keys.push(stored.key);
    if (keys.length > limit) throw new TooCostly(`a chained search passes through more than ${limit} resources`);
  }
  return keys;
}
