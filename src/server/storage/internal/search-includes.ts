// The resources that go along with the matches of a page; the rules are those of core/fhir/search/include.ts (FS44–FS47).
import { definitions } from '../../../core/fhir/definitions/r4.ts';
import type { Include } from '../../../core/fhir/search/query.ts';
import type { ResourceKey, Stored } from '../../../core/record/store.ts';
import { compareTexts } from '../../../core/record/ancestry.ts';
import { indexedOf } from './confirm.ts';
import { paramHash, textToken } from './index-rows.ts';
import { readRows } from './read.ts';
import { checkTime, TooCostly, type Asking } from './search-plan.ts';
import { sightOf } from './sight.ts';
import { STORED_COLUMNS, storedOf, Values, type StoredRow } from './stored-rows.ts';
import { visibleSql } from './visible-sql.ts';

const nameOf = ({ type, id }: ResourceKey): string => `${type}/${id}`;

/** By type and id, each once; more than `limit` is too costly. */
export async function includesOf(
  asking: Asking,
  matches: readonly StoredRow[],
  includes: readonly Include[],
  limit: number,
): Promise<readonly Stored[]> {
  const seen = new Set(matches.map(({ stored }) => nameOf(stored.key)));
  const found: Stored[] = [];
  let asked = includes;
  let round = matches;
  while (round.length > 0 && asked.length > 0) {
    const next: StoredRow[] = [];
    for (const include of asked) {
      checkTime(asking);
      const room = limit - found.length;
      const more =
        include.kind === 'include'
          ? await referredBy(asking, round, include, seen)
          : await referring(asking, round, include, room + seen.size + 1);
      for (const row of more) {
        const name = nameOf(row.stored.key);
        if (seen.has(name)) continue;
        seen.add(name);
        next.push(row);
        found.push(row.stored);
        if (found.length > limit) throw new TooCostly(`more than ${limit} resources would be included`);
      }
    }
    round = next;
    asked = includes.filter(({ iterate }) => iterate);
  }
  return found.sort((a, b) => compareTexts(a.key.type, b.key.type) || compareTexts(a.key.id, b.key.id));
}

async function referredBy(
  asking: Asking,
  sources: readonly StoredRow[],
  include: Include,
  seen: ReadonlySet<string>,
): Promise<readonly StoredRow[]> {
  const keys = new Map<string, ResourceKey>();
  for (const source of sources) {
    if (source.stored.key.type !== include.source) continue;
    const { entries } = await indexedOf(asking.db, asking.tools, source);
    for (const entry of entries) {
      if (entry.kind !== 'reference' || entry.type === undefined || entry.id === undefined) continue;
      if (include.param !== '*' && include.param !== entry.param) continue;
      if (include.target !== undefined && include.target !== entry.type) continue;
      const key = { type: entry.type, id: entry.id };
      if (!seen.has(nameOf(key))) keys.set(nameOf(key), key);
    }
  }
  const rows = await readRows(asking.db, asking.tools, [...keys.values()], asking.visible, asking.known);
  return rows.flatMap((row) => (row === undefined || row.stored.deleted ? [] : [row]));
}

async function referring(
  asking: Asking,
  targets: readonly StoredRow[],
  include: Include,
  limit: number,
): Promise<readonly StoredRow[]> {
  const names = targets
    .map(({ stored }) => stored.key)
    .filter(({ type }) => include.target === undefined || type === include.target)
    .map(nameOf);
  if (names.length === 0) return [];
  const params =
    include.param === '*'
      ? [...definitions.searchParams(include.source).values()].filter((p) => p.type === 'reference').map((p) => p.code)
      : [include.param];
  const tokens = params.flatMap((param) => {
    const p = paramHash(include.source, param);
    return names.map((name) => textToken(p, name));
  });
  const values = new Values();
  const type = values.add(include.source, 'text');
  const list = values.bigints(tokens);
  const may = visibleSql(asking.tools, sightOf(asking.visible, include.source).visible, values, asking.known) ?? 'true';
  const rows = await asking.db.query(
    ...values.used(
      `SELECT ${STORED_COLUMNS} FROM resource r WHERE r.type = ${type} AND r.tokens && ${list} AND NOT r.deleted AND ${may}
     ORDER BY r.rid LIMIT ${values.add(limit, 'int')}`,
    ),
  );
  return rows.map(storedOf);
}
