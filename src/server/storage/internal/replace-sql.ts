// What a batch reads of the resources that it changes, and how their old rows go.
import { assert } from '../../../core/base/assert.ts';
import { headsAfter, lowestCommonAncestors, type Node } from '../../../core/record/ancestry.ts';
import { decodeRevision } from '../../../core/record/envelope.ts';
import type { Current, Known } from './batch.ts';
import { int8s, texts } from './binary-arrays.ts';
import type { Queryable, Row } from './connections.ts';
import { arrayText } from './land-sql.ts';
import type { ResourceKey } from '../../../core/record/store.ts';

export const LOCK = `
SELECT count(*) FROM (
  SELECT 1 FROM locator l JOIN unnest($1::text[], $2::text[]) AS k(type, id) ON l.type = k.type AND l.id = k.id
  ORDER BY l.type, l.id FOR UPDATE OF l) AS locked`;

const STATE = `
SELECT l.type, l.id, r.c, r.rid, r.n, r.deleted, r.heads, v.hash, v.generation, v.hlc, v.header, v.labels, r.splice, r.updated
FROM unnest($1::text[], $2::text[]) AS k(type, id)
JOIN locator l ON l.type = k.type AND l.id = k.id
JOIN resource r ON r.c = l.c AND r.rid = l.rid
JOIN revision v ON v.c = r.c AND v.rid = r.rid AND v.n = r.n`;

/** Named revisions of resources, with their bodies wherever those are kept. */
export const KNOWN = `
SELECT v.c, v.rid, v.hash, v.generation, v.hlc, v.header, v.labels, v.splice,
  CASE WHEN r.n = v.n AND r.heads IS NULL AND NOT r.deleted THEN r.body ELSE v.body END
FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS k(c, rid, names)
JOIN revision v ON v.c = k.c AND v.rid = k.rid AND v.hash = ANY (k.names::text[])
JOIN resource r ON r.c = v.c AND r.rid = v.rid`;

const SKELETONS = `
SELECT v.rid, v.hash, v.hlc, v.header FROM unnest($1::bigint[], $2::bigint[]) AS k(c, rid)
JOIN revision v ON v.c = k.c AND v.rid = k.rid`;

/** All revisions of resources as graphs, by rid. */
export async function skeletons(
  db: Queryable,
  places: readonly { readonly c: number; readonly rid: number }[],
): Promise<ReadonlyMap<number, ReadonlyMap<string, Node>>> {
  const graphs = new Map(places.map(({ rid }) => [rid, new Map<string, Node>()]));
  if (places.length === 0) return graphs;
  const rows = await db.query(SKELETONS, [int8s(places.map(({ c }) => c)), int8s(places.map(({ rid }) => rid))]);
  for (const [rid, hash, hlc, header] of rows) {
    const decoded = decodeRevision(header as string);
    const parents = decoded.ok ? decoded.value.parents : [];
    graphs.get(Number(rid))?.set(hash as string, { hash: hash as string, hlc: hlc as string, parents });
  }
  return graphs;
}

export interface Wanted {
  readonly key: ResourceKey;
  /** Of the revision that comes; absent: none comes. */
  readonly parents?: readonly string[];
}

/** What the heads will be, with the graph that they are of: the revision that comes is `''`. */
function headsToBe(
  graph: ReadonlyMap<string, Node>,
  heads: readonly string[],
  parents: readonly string[] | undefined,
): { readonly graph: ReadonlyMap<string, Node>; readonly heads: readonly string[] } {
  if (parents === undefined) return { graph, heads };
  const coming: Node = { hash: '', hlc: '', parents };
  return { graph: new Map(graph).set('', coming), heads: headsAfter(heads, coming) };
}

/** Locks the resources in the order of their keys, then reads them. By `Type/id`; what is not there is left out. */
export async function lockAndRead(
  connection: Queryable,
  wanted: readonly Wanted[],
  lock: boolean,
): Promise<ReadonlyMap<string, Current>> {
  const keys = [texts(wanted.map((w) => w.key.type)), texts(wanted.map((w) => w.key.id))];
  // Two statements: the second sees what those that held the locks have written.
  const [, rows] = await Promise.all([lock ? connection.query(LOCK, keys) : undefined, connection.query(STATE, keys)]);
  const parentsOf: ParentsOf = new Map(wanted.map((w) => [`${w.key.type}/${w.key.id}`, w.parents] as const));
  const deep: { readonly c: number; readonly rid: number; readonly names: readonly string[] }[] = [];
  const forks: { readonly c: number; readonly rid: number; readonly name: string }[] = [];
  const found = new Map<string, Found>();
  for (const row of rows) {
    const [type, id, c, rid, n, deleted, heads, hash, generation, hlc, header, labels, splice, updated] = row;
    const name = `${String(type)}/${String(id)}`;
    const coming = parentsOf.get(name);
    const parents = coming ?? [];
    const newest = knownOf([hash, generation, hlc, header, labels, splice, deleted === true ? null : '']);
    const names = Array.isArray(heads) ? (heads as string[]) : [newest.hash];
    found.set(name, {
      c: Number(c),
      rid: Number(rid),
      n: Number(n),
      updated: Number(updated),
      heads: names,
      isPlain: heads === null,
      known: new Map([[newest.hash, newest]]),
      ancestors: [],
    });
    // An only head is not the newest revision where an ancestor of it came later.
    const isPlain = names.length === 1 && names[0] === newest.hash && parents.length === 1 && parents[0] === names[0];
    if (!isPlain) deep.push({ c: Number(c), rid: Number(rid), names: [...new Set([...names, ...parents])] });
    const isFork = coming === undefined ? names.length > 1 : names.some((head) => !coming.includes(head));
    if (isFork) forks.push({ c: Number(c), rid: Number(rid), name });
  }
  if (deep.length === 0) return found;
  const below = await lowestOf(connection, forks, found, parentsOf);
  const byRid = new Map([...found.values()].map((current) => [current.rid, current]));
  const more = await connection.query(KNOWN, [
    int8s(deep.map((d) => d.c)),
    int8s(deep.map((d) => d.rid)),
    texts(deep.map((d) => arrayText([...new Set([...d.names, ...(below.get(d.rid) ?? [])])]))),
  ]);
  for (const [, rid, ...rest] of more) {
    const known = knownOf(rest);
    const current = byRid.get(Number(rid));
    current?.known.set(known.hash, known);
    if (below.get(Number(rid))?.includes(known.hash) === true) current?.ancestors.push(known);
  }
  return found;
}

type ParentsOf = ReadonlyMap<string, readonly string[] | undefined>;

interface Found extends Current {
  readonly known: Map<string, Known>;
  readonly ancestors: Known[];
}

/** The lowest common ancestors of what the heads of `forks` will be, by rid: asked for where there will be several. */
async function lowestOf(
  connection: Queryable,
  forks: readonly { readonly c: number; readonly rid: number; readonly name: string }[],
  found: ReadonlyMap<string, Current>,
  parentsOf: ParentsOf,
): Promise<ReadonlyMap<number, readonly string[]>> {
  if (forks.length === 0) return new Map();
  const graphs = await skeletons(connection, forks);
  return new Map(
    forks.map(({ rid, name }) => {
      const toBe = headsToBe(graphs.get(rid) ?? new Map(), found.get(name)?.heads ?? [], parentsOf.get(name));
      return [rid, lowestCommonAncestors(toBe.graph, toBe.heads)];
    }),
  );
}

/** hash, generation, hlc, header, labels, splice, body. */
export function knownOf(row: Row): Known {
  const [hash, generation, hlc, header, labels, splice, body] = row;
  assert(
    typeof hash === 'string' && typeof hlc === 'string' && typeof header === 'string',
    'a revision row has its texts',
  );
  return {
    hash,
    generation: Number(generation),
    hlc,
    header,
    labels: Array.isArray(labels) ? (labels as string[]) : [],
    splice: Number(splice),
    text: typeof body === 'string' ? body : undefined,
  };
}

/** The body of an only head goes from `resource` to its revision when it stops being that. */
const KEEP_BODY = `
UPDATE revision v SET body = r.body
FROM unnest($1::bigint[], $2::bigint[]) AS k(c, rid)
JOIN resource r ON r.c = k.c AND r.rid = k.rid AND r.heads IS NULL AND NOT r.deleted
WHERE v.c = r.c AND v.rid = r.rid AND v.n = r.n`;

/** The current state and the index rows. */
export const REMOVE = `
WITH gone AS (
  DELETE FROM resource r USING unnest($1::bigint[], $2::bigint[]) AS k(c, rid) WHERE r.c = k.c AND r.rid = k.rid
  RETURNING r.c, r.rid, r.main, r.tokens[1:r.hot] AS tokens),
del_hot AS (
  DELETE FROM hot h USING (SELECT c, rid, main, unnest(tokens) AS hash FROM gone) AS g
  WHERE h.hash = g.hash AND h.c = g.c AND h.main = g.main AND h.rid = g.rid),
del_string AS (
  DELETE FROM index_string s USING unnest($1::bigint[], $2::bigint[]) AS k(c, rid) WHERE s.c = k.c AND s.rid = k.rid),
del_date AS (
  DELETE FROM index_date s USING unnest($1::bigint[], $2::bigint[]) AS k(c, rid) WHERE s.c = k.c AND s.rid = k.rid)
DELETE FROM index_number s USING unnest($1::bigint[], $2::bigint[]) AS k(c, rid) WHERE s.c = k.c AND s.rid = k.rid`;

/** History and locator follow a resource to its new compartment; a distribution column is never updated. */
const MOVE = `
WITH gone AS (
  DELETE FROM revision v USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k(c, rid, to_c)
  WHERE v.c = k.c AND v.rid = k.rid
  RETURNING k.to_c, v.*),
del_locator AS (
  DELETE FROM locator l USING unnest($4::text[], $5::text[]) AS k(type, id) WHERE l.type = k.type AND l.id = k.id)
INSERT INTO revision
  (c, rid, n, received, o, seq, entry, part, generation, splice, type, hlc, hash, header, version, heads, labels, body)
SELECT to_c, rid, n, received, o, seq, entry, part, generation, splice, type, hlc, hash, header, version, heads, labels, body FROM gone`;

export interface Moved {
  readonly from: number;
  readonly to: number;
  readonly rid: number;
  readonly key: ResourceKey;
}

/**
 * The statements that take away what `replaced` were, in order, to be sent without waiting between them. `isSuperseded`: a newer
 * revision comes, so that the old body must be kept in history.
 */
export function removals(
  connection: Queryable,
  replaced: readonly { readonly c: number; readonly rid: number }[],
  moved: readonly Moved[],
  isSuperseded = true,
): Promise<unknown>[] {
  const places = [int8s(replaced.map((r) => r.c)), int8s(replaced.map((r) => r.rid))];
  const sent: Promise<unknown>[] = isSuperseded ? [connection.query(KEEP_BODY, places)] : [];
  sent.push(connection.query(REMOVE, places));
  if (moved.length > 0) {
    sent.push(
      connection.query(MOVE, [
        int8s(moved.map((m) => m.from)),
        int8s(moved.map((m) => m.rid)),
        int8s(moved.map((m) => m.to)),
        texts(moved.map((m) => m.key.type)),
        texts(moved.map((m) => m.key.id)),
      ]),
    );
  }
  return sent;
}
