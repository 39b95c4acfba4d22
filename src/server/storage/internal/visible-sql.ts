// A visibility as a condition on `resource r`: exact, whatever its filters ask.
//
//   1. Nothing that SQL cannot answer exactly gets here: `exactly` first turns such a filter into the names of what it finds.
//   2. A filter looks into one compartment alone: a range of `hot`, each row by its key. The fences (OFFSET 0) keep the planner from
//      making a join over all compartments of it.
//   3. Within a rule what the row itself tells comes first, and rules that look around come last.
import type { ResourceFilter, Visibility, VisibilityRule } from '../../../core/record/store.ts';
import { filterMatcher } from '../../../core/record/visible.ts';
import { anyToken, hasToken, labelTokens } from './index-rows.ts';
import { compartmentKeySql } from './hashes.ts';
import type { StoreTools } from './prepare.ts';
import { narrow, type Narrowing } from './search-sql.ts';
import { groupOf } from './sight.ts';
import { Values } from './stored-rows.ts';

/** A compartment that is spoken of in SQL. */
export interface PlaceSql {
  readonly c: string;
  readonly home: string;
}
const OF_ROW: PlaceSql = { c: 'r.c', home: 'r.home' };

/** What is known already of one compartment: rows of it need no look around. */
export interface KnownHome {
  readonly home: string;
  /** By the group's key. */
  readonly finds: ReadonlyMap<string, boolean>;
}

/** The condition on `resource r` that a reader may know of it; undefined: no condition. */
export function visibleSql(
  tools: StoreTools,
  visible: Visibility,
  values: Values,
  known?: KnownHome,
  type?: string,
): string | undefined {
  if (visible.see === 'everything') return undefined;
  if (known === undefined || visible.rules.every((rule) => !looksAround(rule))) {
    return kept(tools, visible, values, 'rows', ({ rules }, own) => anyRuleSql(tools, rules, own, type));
  }
  const elsewhere = kept(tools, visible, values, 'elsewhere', ({ rules }, own) => elsewhereSql(tools, rules, own));
  const here = anyRuleSql(
    tools,
    visible.rules.flatMap((rule) => standing(rule, known)),
    values,
    type,
  );
  return `CASE WHEN r.home = ${values.add(known.home, 'text')} THEN ${here} ELSE ${elsewhere} END`;
}

interface Fragment {
  readonly text: string;
  readonly list: readonly unknown[];
}
type Write = (visible: Visibility & { readonly see: 'some' }, values: Values) => string;

/** The condition of a visibility is written once: its text and its values, to be put among others. `what`: one name a `write`. */
function kept(
  tools: StoreTools,
  visible: Visibility & { readonly see: 'some' },
  values: Values,
  what: string,
  write: Write,
): string {
  let ofTools = written.get(tools);
  if (ofTools === undefined) written.set(tools, (ofTools = new WeakMap()));
  let ofVisible = ofTools.get(visible);
  if (ofVisible === undefined) ofTools.set(visible, (ofVisible = new Map()));
  let made = ofVisible.get(what);
  if (made === undefined) {
    const own = new Values();
    ofVisible.set(what, (made = { text: write(visible, own), list: own.list }));
  }
  return values.put(made.text, made.list);
}
const written = new WeakMap<StoreTools, WeakMap<Visibility, Map<string, Fragment>>>();

/** What a version says itself, in SQL without values of its own. */
export interface VersionSql {
  /** A `text[]`, never null. */
  readonly labels: string;
  /** True only where no head had another home than the resource has now. */
  readonly stayed: string;
  /** A query of the homes that its heads had, as `home`; null: of no patient. */
  readonly homes: string;
}

/** The home that a header's scope says; the scope is the last array of it, and its texts hold no bracket. */
export const homeOfHeaderSql = (header: string): string =>
  `'Patient/' || substring(${header} FROM '"pat/([A-Za-z0-9.-]{1,64})"[^][]*\\],"[^"]*","[^"]*"\\]$')`;
/** Told by the header's text alone, since this is asked of every version. */
export const stayedSql = (header: string): string =>
  `(strpos(${header}, '"pat/') = 0 OR strpos(${header}, '"pat/' || substr(r.home, 9) || '"') > 0)`;

/**
 * Of a version `v` of `resource r`: one rule must be met by the resource as it is, and by the version's own labels; and each home that
 * it had elsewhere must meet one (RS33). `elsewhere`: what was elsewhere is not yet judged, is left out, or is judged: that doubles what
 * a statement costs before it runs, and few resources ever moved.
 */
export function versionVisibleSql(
  tools: StoreTools,
  visible: Visibility,
  values: Values,
  version: VersionSql,
  elsewhere: 'later' | 'left-out' | 'judged',
): string {
  if (visible.see === 'everything') return 'true';
  return kept(tools, visible, values, `${elsewhere} ${JSON.stringify(version)}`, ({ rules }, own) => {
    const now = either(
      rules.map((rule) => {
        const lookSql: LookSql = (filters) => groupSql(tools, filters, OF_ROW, own);
        const met = both(ownSql(tools, rule, own), aroundSql(rule, lookSql));
        return both(freeSql(rule, version.labels, own), met);
      }),
    );
    if (elsewhere !== 'judged') return elsewhere === 'later' ? now : both(now, version.stayed);
    const there = either(rules.map((rule) => elsewhereRuleSql(tools, rule, version.labels, own)));
    return both(
      now,
      `(${version.stayed} OR NOT EXISTS (SELECT 1 FROM (${version.homes}) had
        CROSS JOIN LATERAL (SELECT had.home, ${compartmentKeySql('had.home')} AS c OFFSET 0) e
      WHERE e.home IS NOT NULL AND e.home <> r.home AND NOT ${there} OFFSET 0))`,
    );
  });
}

const freeSql = ({ withoutSecurity }: VisibilityRule, labelsSql: string, values: Values): string =>
  withoutSecurity === undefined || withoutSecurity.length === 0
    ? 'true'
    : `NOT ${labelsSql} && ${values.add(withoutSecurity, 'text[]')}`;

/** The rule for a version whose home was `e.home`, with the key `e.c`. */
function elsewhereRuleSql(tools: StoreTools, rule: VisibilityRule, labelsSql: string, values: Values): string {
  const { compartments, withoutSecurity: _ofVersion, related, unrelated, ...own } = rule;
  const lookSql: LookSql = (filters) => groupSql(tools, filters, { c: 'e.c', home: 'e.home' }, values);
  const parts = [
    freeSql(rule, labelsSql, values),
    ...(compartments === undefined ? [] : [`e.home = ANY (${values.add(compartments, 'text[]')})`]),
    ownSql(tools, own, values),
    ...(related ?? []).map(lookSql),
    ...(unrelated === undefined ? [] : [`NOT ${lookSql(unrelated)}`]),
  ].filter((sql) => sql !== 'true');
  return parts.length === 0 ? 'true' : `(${parts.join(' AND ')})`;
}

/** The same for rows of one compartment alone. */
export function visibleThereSql(
  tools: StoreTools,
  visible: Visibility & { readonly see: 'some' },
  values: Values,
  known: KnownHome,
  type: string | undefined,
): string {
  const rules = visible.rules
    .filter(({ compartments }) => compartments === undefined || compartments.includes(known.home))
    .flatMap((rule) => standing(rule, known))
    .map(({ compartments: _named, ...rest }) => rest);
  return `(r.home = ${values.add(known.home, 'text')} AND ${anyRuleSql(tools, rules, values, type)})`;
}

/** True of every row that may be seen, and of some elsewhere that may not: nothing is looked up for it. */
export function perhapsVisibleSql(
  tools: StoreTools,
  { rules }: Visibility & { readonly see: 'some' },
  values: Values,
  known: KnownHome,
  type: string | undefined,
): string {
  const here = rules.flatMap((rule) => standing(rule, known));
  const elsewhere = rules.map(({ related: _related, unrelated: _unrelated, ...rest }) => rest);
  return `CASE WHEN r.home = ${values.add(known.home, 'text')} THEN ${anyRuleSql(tools, here, values, type)}
    ELSE ${anyRuleSql(tools, elsewhere, values, type)} END`;
}

const looksAround = ({ related, unrelated }: VisibilityRule): boolean =>
  related !== undefined || unrelated !== undefined;

/** The rule for rows of the known home, without what is known of it; none where that refuses. */
function standing(rule: VisibilityRule, { home, finds }: KnownHome): readonly VisibilityRule[] {
  const { related, unrelated, ...rest } = rule;
  const isFound = (group: readonly ResourceFilter[]): boolean => finds.get(groupOf(group).key) === true;
  const asked = [...(related ?? []), ...(unrelated === undefined ? [] : [unrelated])];
  if (!asked.every((group) => finds.has(groupOf(group).key))) return [rule];
  if (related !== undefined && (home === '' || !related.every(isFound))) return [];
  return home !== '' && unrelated !== undefined && isFound(unrelated) ? [] : [rest];
}

/** The condition on a group of filters. */
type LookSql = (filters: readonly ResourceFilter[]) => string;

/**
 * For rows that are few: each group once, and all of them for every row. A statement costs by the scans in it before it runs, and this
 * one has the fewest.
 */
function elsewhereSql(tools: StoreTools, rules: readonly VisibilityRule[], values: Values): string {
  const looks = new Map<string, { readonly name: string; readonly sql: string }>();
  const lookSql: LookSql = (filters) => {
    const { key } = groupOf(filters);
    let look = looks.get(key);
    if (look === undefined) {
      look = { name: `look${looks.size}`, sql: groupSql(tools, filters, OF_ROW, values) };
      looks.set(key, look);
    }
    return `looked.${look.name}`;
  };
  const sql = anyRuleSql(tools, rules, values, undefined, lookSql);
  const columns = [...looks.values()].map((look) => `${look.sql} AS ${look.name}`);
  return `EXISTS (SELECT 1 FROM (SELECT ${columns.join(', ')} OFFSET 0) looked WHERE ${sql})`;
}

/** Rules that look around in the same way share the look. */
function anyRuleSql(
  tools: StoreTools,
  rules: readonly VisibilityRule[],
  values: Values,
  type?: string,
  lookSql: LookSql = (filters) => groupSql(tools, filters, OF_ROW, values),
): string {
  const byLook = new Map<string, VisibilityRule[]>();
  for (const rule of rules) {
    const look = lookOf(rule);
    const alike = byLook.get(look);
    if (alike === undefined) byLook.set(look, [rule]);
    else alike.push(rule);
  }
  const shared = [...byLook].sort(([a], [b]) => Number(a !== '') - Number(b !== ''));
  return either(
    shared.map(([, alike]) => {
      const [first] = alike;
      const own = either(alike.map((rule) => ownSql(tools, rule, values, type)));
      return first === undefined ? 'false' : both(own, aroundSql(first, lookSql));
    }),
  );
}

const lookOf = ({ related, unrelated }: VisibilityRule): string =>
  related === undefined && unrelated === undefined
    ? ''
    : JSON.stringify([related?.map((group) => groupOf(group).key), unrelated && groupOf(unrelated).key]);

const either = (each: readonly string[]): string => {
  if (each.includes('true')) return 'true';
  const left = [...new Set(each)].filter((sql) => sql !== 'false');
  return left.length === 0 ? 'false' : left.length === 1 ? (left[0] ?? 'false') : `(${left.join(' OR ')})`;
};
const both = (own: string, around: string): string =>
  around === 'true' ? own : own === 'true' ? around : own === 'false' ? 'false' : `(${own} AND ${around})`;

/** What the row itself must be. `type`: of all the rows, where they are of one. */
function ownSql(tools: StoreTools, rule: VisibilityRule, values: Values, type?: string): string {
  const parts: string[] = [];
  if (rule.types) parts.push(`r.type = ANY (${values.add(rule.types, 'text[]')})`);
  if (rule.compartments) {
    parts.push(`r.c = ANY (${values.bigints(rule.compartments.map((name) => tools.compartment(name).key))})`);
    parts.push(`r.home = ANY (${values.add(rule.compartments, 'text[]')})`);
  }
  if (rule.withoutSecurity && rule.withoutSecurity.length > 0) {
    const isFreeSql = `NOT (r.tokens && ${values.bigints(labelTokens(rule.withoutSecurity))})`;
    // Most resources have no label at all, and one token says so: two lists are compared each with each, which was half of the
    // work of a page of twenty. What was deleted, also beside a sibling that lives, keeps its labels without it.
    const hasAnySql = type === undefined ? undefined : `r.tokens @> ${values.bigints([hasToken(type, '_security')])}`;
    parts.push(
      hasAnySql === undefined
        ? isFreeSql
        : `((r.heads IS NULL AND NOT r.deleted AND NOT ${hasAnySql}) OR ${isFreeSql})`,
    );
  }
  for (const filter of rule.matching ?? []) {
    const types = values.add(filter.types, 'text[]');
    parts.push(`r.type = ANY (${types})`, 'NOT r.deleted', ...narrowed(tools, filter, values).map(({ sql }) => sql));
  }
  return parts.length === 0 ? 'true' : `(${parts.join(' AND ')})`;
}

/** What its compartment must hold. */
function aroundSql({ related, unrelated }: VisibilityRule, lookSql: LookSql): string {
  const parts: string[] = [];
  if (related !== undefined) {
    parts.push("r.home <> ''", ...related.map(lookSql));
  }
  if (unrelated !== undefined) {
    parts.push(`(r.home = '' OR NOT ${lookSql(unrelated)})`);
  }
  return parts.length === 0 ? 'true' : `(${parts.join(' AND ')})`;
}

/**
 * Whether any of `filters` finds a live resource at `place`, which is not the compartment of no patient: one walk for all of them,
 * since what a statement costs grows with its scans.
 */
export function groupSql(
  tools: StoreTools,
  filters: readonly ResourceFilter[],
  place: PlaceSql,
  values: Values,
): string {
  if (filters.length === 0) return 'false';
  const each = filters.map((filter) => walkOf(tools, filter, values));
  const tokens = [...new Set(each.flatMap((walk) => walk.tokens))];
  const [only] = tokens;
  const hash =
    tokens.length === 1 && only !== undefined ? `= ${values.add(only, 'bigint')}` : `= ANY (${values.bigints(tokens)})`;
  const asked = either(each.map((walk) => walk.sql)).replaceAll(/\br\./g, 'x.');
  return `EXISTS (SELECT 1 FROM hot hx CROSS JOIN LATERAL
      (SELECT * FROM resource x0 WHERE x0.c = hx.c AND x0.rid = hx.rid OFFSET 0) x
    WHERE hx.hash ${hash} AND hx.c = ${place.c} AND x.home = ${place.home} AND NOT x.deleted AND ${asked} OFFSET 0)`;
}

/** Tokens that stand in `hot` for all that a filter can find, and what else it asks. */
function walkOf(
  tools: StoreTools,
  filter: ResourceFilter,
  values: Values,
): { readonly tokens: readonly number[]; readonly sql: string } {
  const criteria = narrowed(tools, filter, values);
  const leading = criteria.find((each) => each.hot === true && each.tokens !== undefined);
  const parts = [`r.type = ANY (${values.add(filter.types, 'text[]')})`, ...criteria.map(({ sql }) => sql)];
  return { tokens: leading?.tokens ?? filter.types.map(anyToken), sql: `(${parts.join(' AND ')})` };
}

function narrowed(tools: StoreTools, filter: ResourceFilter, values: Values): readonly Narrowing[] {
  return filter.where.map((criterion) => narrow(criterion, { types: filter.types, tools, values }));
}

// --- filters that SQL cannot answer --------------------------------------------------------------------------------------

/** Whether SQL answers the filter exactly. Throws where it is none. */
function isExact(tools: StoreTools, filter: ResourceFilter): boolean {
  const known = exact.get(filter);
  if (known !== undefined) return known;
  filterMatcher(filter);
  const made = narrowed(tools, filter, new Values()).every((each) => each.isExact);
  exact.set(filter, made);
  return made;
}
const exact = new WeakMap<ResourceFilter, boolean>();

const asItIs = new WeakSet<Visibility>();

/** The names of all that a filter finds, by the shared evaluator. */
export type FindNames = (filter: ResourceFilter) => Promise<readonly string[]>;

/** `visible` with every filter that SQL answers exactly as it is, and the others as the names of what they find now. */
export async function exactly(tools: StoreTools, visible: Visibility, names: FindNames): Promise<Visibility> {
  if (visible.see === 'everything' || asItIs.has(visible)) return visible;
  const all = visible.rules.flatMap((rule) => [
    ...(rule.matching ?? []),
    ...(rule.related ?? []).flat(),
    ...(rule.unrelated ?? []),
  ]);
  const open = new Set(all.filter((filter) => !isExact(tools, filter)));
  if (open.size === 0) {
    asItIs.add(visible);
    return visible;
  }
  const named = new Map<ResourceFilter, ResourceFilter>();
  for (const filter of open) {
    named.set(filter, { types: filter.types, where: [{ kind: 'id', ids: await names(filter) }] });
  }
  const instead = (filter: ResourceFilter): ResourceFilter => named.get(filter) ?? filter;
  const rules = visible.rules.map(({ matching, related, unrelated, ...rest }) => ({
    ...rest,
    ...(matching === undefined ? {} : { matching: matching.map(instead) }),
    ...(related === undefined ? {} : { related: related.map((group) => group.map(instead)) }),
    ...(unrelated === undefined ? {} : { unrelated: unrelated.map(instead) }),
  }));
  return { see: 'some', rules };
}
