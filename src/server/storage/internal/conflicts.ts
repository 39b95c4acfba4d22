// What people must decide, in SQL: rows of `resource` in conflict, and the sides of one (CW1, CW2 of specs/conflicts.md).
import { assert } from '../../../core/base/assert.ts';
import type {
  ConflictPage,
  ConflictQuery,
  OpenConflict,
  OpenSeverity,
  Side,
  Siblings,
} from '../../../core/record/conflicts.ts';
import { decodeRevision } from '../../../core/record/envelope.ts';
import type { ResourceKey, Stored, Visibility } from '../../../core/record/store.ts';
import { authorOf } from '../../../core/record/view.ts';
import { texts } from './binary-arrays.ts';
import type { Queryable, Row } from './connections.ts';
import { knownFork } from './history.ts';
import { CONFLICT_TOKENS } from './index-rows.ts';
import type { StoreTools } from './prepare.ts';
import { readRows } from './read.ts';
import { Values } from './stored-rows.ts';
import { visibleSql } from './visible-sql.ts';

/** Since when there are several heads, of `resource r`: what came after the last version of one. */
const SINCE = `coalesce((SELECT min(v.received) FROM revision v WHERE v.c = r.c AND v.rid = r.rid
    AND v.n > coalesce((SELECT max(w.n) FROM revision w WHERE w.c = r.c AND w.rid = r.rid
      AND coalesce(cardinality(w.heads), 1) = 1), 0)), r.updated)`;

/** severity, since, type, id. */
type Place = readonly [string, number, string, string];

/** `visible` is one that SQL answers exactly. */
export async function conflicts(
  db: Queryable,
  tools: StoreTools,
  query: ConflictQuery,
  visible: Visibility,
): Promise<ConflictPage> {
  const values = new Values();
  const parts = ['r.conflict', 'NOT r.deleted'];
  if (query.severity !== undefined) {
    // What was written before conflicts had a severity counts as grave.
    parts.push(
      `${query.severity === 'S2' ? '' : 'NOT '}r.tokens @> ARRAY[${values.add(CONFLICT_TOKENS.S2, 'bigint')}]::bigint[]`,
    );
  }
  if (query.types !== undefined) parts.push(`r.type = ANY (${values.add(texts(query.types), 'text[]')})`);
  if (query.homes !== undefined) {
    parts.push(`r.c = ANY (${values.bigints(query.homes.map((home) => tools.compartment(home).key))})`);
    parts.push(`r.home = ANY (${values.add(texts(query.homes), 'text[]')})`);
  }
  const may = visibleSql(tools, visible, values);
  if (may !== undefined) parts.push(may);
  const [after] = query.after === undefined ? [] : [JSON.parse(query.after) as Place];
  const open = `SELECT r.type, r.id, r.home, r.version, r.updated, r.heads, ${SINCE} AS since,
      CASE WHEN r.tokens @> ARRAY[${CONFLICT_TOKENS.S2}]::bigint[] THEN 'S2' ELSE 'S1' END AS severity
    FROM resource r WHERE ${parts.join(' AND ')}`;
  const order = query.order === 'newest' ? 'since DESC, type, id' : 'severity, since, type, id';
  const rows = await db.query(
    ...values.used(`WITH open AS MATERIALIZED (${open})
      SELECT o.*, t.total FROM (SELECT count(*) AS total FROM open) AS t
      LEFT JOIN LATERAL (SELECT * FROM open WHERE ${beyond(query, after, values)} ORDER BY ${order}
        LIMIT ${values.add(query.count + 1, 'int')}) AS o ON true`),
  );
  const total = Number(rows[0]?.at(-1) ?? 0);
  const found = rows.filter((row) => row[0] !== null).map(openOf);
  const page = found.slice(0, query.count);
  const last = page.at(-1);
  const isMore = last !== undefined && found.length > page.length;
  return { conflicts: page, total, ...(isMore ? { next: JSON.stringify(placeOf(last)) } : {}) };
}

function beyond(query: ConflictQuery, after: Place | undefined, values: Values): string {
  if (after === undefined) return 'true';
  const [severity, since, type, id] = after;
  const at = values.add(since, 'bigint');
  const name = `(${values.add(type, 'text')}, ${values.add(id, 'text')})`;
  return query.order === 'newest'
    ? `(since < ${at} OR (since = ${at} AND (type, id) > ${name}))`
    : `(severity, since, type, id) > (${values.add(severity, 'text')}, ${at}, ${name.slice(1)}`;
}

function openOf(row: Row): OpenConflict {
  const [type, id, home, version, updated, heads, since, severity] = row;
  return {
    key: { type: type as string, id: id as string },
    home: home as string,
    severity: severity as OpenSeverity,
    versionId: version as string,
    lastUpdatedAt: Number(updated),
    heads: heads === null ? [version as string] : (heads as string[]),
    since: Number(since),
  };
}
const placeOf = ({ severity, since, key }: OpenConflict): Place => [severity, since, key.type, key.id];

/** Whether the reader may see a version, by its name. */
export type MaySee = (versionId: string) => Promise<boolean>;

/** `stored`'s sides: those of its heads and ancestors that `maySee`. */
export async function siblings(
  db: Queryable,
  tools: StoreTools,
  key: ResourceKey,
  visible: Visibility,
  maySee: MaySee,
): Promise<Siblings | undefined> {
  const [row] = await readRows(db, tools, [key], visible);
  if (row === undefined) return undefined;
  const { stored } = row;
  const { heads, ancestors } = await knownFork(db, row, stored.heads);
  const names = [...heads, ...ancestors].map(({ hash }) => hash);
  const cameBy = await comings(db, row, names);
  const seen = async (of: typeof heads): Promise<readonly Side[]> => {
    const ordered = [...of].sort((a, b) => (a.hash < b.hash ? -1 : 1));
    const may = await Promise.all(
      ordered.map(({ hash }) => visible.see === 'everything' || hash === stored.versionId || maySee(hash)),
    );
    return ordered.flatMap((known, i) => {
      const came = cameBy.get(known.hash);
      return may[i] !== true || came === undefined ? [] : [sideOf(known, came)];
    });
  };
  const sides = await seen(heads);
  const since = await sinceOf(db, row, stored);
  return { stored, heads: sides, ancestors: await seen(ancestors), hidden: stored.heads.length - sides.length, since };
}

interface Coming {
  readonly origin: string;
  readonly seq: number;
  readonly receivedAt: number;
}

/** By which commit each revision came, by its name. */
async function comings(
  db: Queryable,
  place: { readonly c: number; readonly rid: number },
  names: readonly string[],
): Promise<ReadonlyMap<string, Coming>> {
  const values = new Values();
  const rows = await db.query(
    `SELECT v.hash, g.name, v.seq, v.received FROM revision v JOIN origin g ON g.o = v.o
     WHERE v.c = ${values.add(place.c, 'bigint')} AND v.rid = ${values.add(place.rid, 'bigint')}
       AND v.hash = ANY (${values.add(texts(names), 'text[]')})`,
    values.list,
  );
  return new Map(
    rows.map(([hash, origin, seq, received]) => [
      hash as string,
      // The second history of an origin stands under a name of its own.
      { origin: String(origin).split('#')[0] ?? '', seq: Number(seq), receivedAt: Number(received) },
    ]),
  );
}

async function sinceOf(
  db: Queryable,
  place: { readonly c: number; readonly rid: number },
  stored: Stored,
): Promise<number> {
  if (stored.heads.length < 2) return stored.lastUpdatedAt;
  const values = new Values();
  const [row] = await db.query(
    `SELECT ${SINCE} FROM resource r WHERE r.c = ${values.add(place.c, 'bigint')} AND r.rid = ${values.add(place.rid, 'bigint')}`,
    values.list,
  );
  return Number(row?.[0] ?? stored.lastUpdatedAt);
}

function sideOf(known: Awaited<ReturnType<typeof knownFork>>['heads'][number], came: Coming): Side {
  const decoded = decodeRevision(known.header);
  assert(decoded.ok, 'a kept header of version 1 decodes');
  const { hash, generation, hlc, text } = known;
  const { parents, kind, author, authored } = decoded.value;
  const by = author === undefined ? {} : { by: author };
  return { hash, generation, hlc, text, parents, kind, ...authorOf(author), ...by, authored, ...came };
}
