// The statements by which commits from elsewhere are judged and land.
import type { Hash, Instant } from '../../../core/base/ports.ts';
import { decodeRevision } from '../../../core/record/envelope.ts';
import type { ResourceKey } from '../../../core/record/store.ts';
import type { CarriedCommit, LinkWrite, Mark } from '../../../core/sync/ports.ts';
import { bools, int4s, int8s, texts } from './binary-arrays.ts';
import type { Connection, Queryable } from './connections.ts';
import { arrayText } from './land-sql.ts';
import type { Amended, Base, RevisionRow, Skeleton, Standing } from './receive-plan.ts';
import { KNOWN, LOCK } from './replace-sql.ts';

/** How far an origin (the row `g` or `origin`) is had without a gap. */
export const contiguousSql = (origin: string): string =>
  `(CASE WHEN ${origin}.here THEN greatest(${origin}.floor, (SELECT coalesce(max(c.seq), 0) FROM commit c WHERE c.o = ${origin}.o)) ELSE ${origin}.contiguous END)`;

// --- origins and places ------------------------------------------------------------------------------------------------

export interface OriginRow {
  readonly o: number;
  readonly here: boolean;
  readonly contiguous: number;
}

const ORIGINS_MADE = `
INSERT INTO origin (name, here, carried) SELECT name, false, false FROM unnest($1::text[]) AS name ORDER BY name ON CONFLICT DO NOTHING`;
/** Held until the transaction ends: one receiver at a time makes an origin grow. */
const ORIGINS_LOCKED = `
SELECT name, o, here FROM origin WHERE name = ANY ($1::text[]) ORDER BY name FOR NO KEY UPDATE`;
const CONTIGUOUS = `SELECT name, ${contiguousSql('origin')} FROM origin WHERE name = ANY ($1::text[])`;

export async function lockOrigins(db: Queryable, names: readonly string[]): Promise<ReadonlyMap<string, OriginRow>> {
  if (names.length === 0) return new Map();
  const given = [texts(names)];
  // Three statements: the last sees what those that held the locks have written.
  const [, rows, contiguous] = await Promise.all([
    db.query(ORIGINS_MADE, given),
    db.query(ORIGINS_LOCKED, given),
    db.query(CONTIGUOUS, given),
  ]);
  const far = new Map(contiguous.map(([name, seq]) => [String(name), Number(seq)]));
  return new Map(
    rows.map(([name, o, here]) => [
      String(name),
      { o: Number(o), here: here === true, contiguous: far.get(String(name)) ?? 0 },
    ]),
  );
}

/** Each by its key, whatever the planner thinks of tables that grew a moment ago. */
const HELD_AT = `
SELECT k.i, c.hash, c.lacks, c.prev IS NOT NULL FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(name, seq, i)
CROSS JOIN LATERAL (
  SELECT hash, lacks, prev FROM commit WHERE o = (SELECT o FROM origin WHERE name = k.name) AND seq = k.seq OFFSET 0) AS c`;

export interface HeldPlace {
  readonly hash: Hash;
  readonly whole: boolean;
  /** Of a later version: what its entries are nobody here can tell. */
  readonly isLater: boolean;
}

/** The commits at some places, in their order. */
export async function heldAt(db: Queryable, at: readonly Mark[]): Promise<readonly (HeldPlace | undefined)[]> {
  const found: (HeldPlace | undefined)[] = at.map(() => undefined);
  if (at.length === 0) return found;
  const rows = await db.query(HELD_AT, [texts(at.map(([origin]) => origin)), int8s(at.map(([, seq]) => seq))]);
  for (const [i, hash, lacks, isLater] of rows)
    found[Number(i) - 1] = { hash: String(hash), whole: lacks === 0, isLater: isLater === true };
  return found;
}

const ENTRIES_OF = `
SELECT k.i, e.name FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(name, seq, i)
JOIN origin g ON g.name = k.name, LATERAL (
  SELECT v.hash AS name FROM revision v WHERE v.o = g.o AND v.seq = k.seq
  UNION ALL SELECT b.name FROM bearer b WHERE b.o = g.o AND b.seq = k.seq
  UNION ALL SELECT u.name FROM unread u WHERE u.o = g.o AND u.seq = k.seq) AS e`;

/** As `heldAt`; a commit of a later version is whole where it holds all revisions of the one that comes. */
export async function heldFor(
  db: Queryable,
  coming: readonly { readonly at: Mark; readonly commit: CarriedCommit }[],
): Promise<readonly (HeldPlace | undefined)[]> {
  const held = await heldAt(
    db,
    coming.map(({ at }) => at),
  );
  const later = coming.flatMap((each, i) => (held[i]?.isLater === true ? [{ ...each, i }] : []));
  if (later.length === 0) return held;
  const rows = await db.query(ENTRIES_OF, [
    texts(later.map(({ at: [origin] }) => origin)),
    int8s(later.map(({ at: [, seq] }) => seq)),
  ]);
  const names = later.map(() => new Set<Hash>());
  for (const [i, name] of rows) names[Number(i) - 1]?.add(String(name));
  const changed = [...held];
  for (const [at, { commit, i }] of later.entries()) {
    const place = held[i];
    const whole = commit.revisions.every(({ hash }) => names[at]?.has(hash) === true);
    if (place !== undefined) changed[i] = { ...place, whole };
  }
  return changed;
}

/** Lets origins grow over what is whole without a gap. `carried`: of these what came is to be passed up. */
const GROW = `
WITH RECURSIVE step(o, seq) AS (
  SELECT o, greatest(contiguous, floor) FROM origin WHERE o = ANY ($1::int[]) AND NOT here
  UNION ALL
  SELECT s.o, s.seq + 1 FROM step s JOIN commit c ON c.o = s.o AND c.seq = s.seq + 1 AND c.lacks = 0)
UPDATE origin g SET contiguous = m.seq, carried = g.carried OR g.o = ANY ($2::int[])
FROM (SELECT o, max(seq) AS seq FROM step GROUP BY o) AS m
WHERE g.o = m.o AND (g.contiguous <> m.seq OR (NOT g.carried AND g.o = ANY ($2::int[])))`;

export const grow = (db: Queryable, origins: readonly number[], carried: readonly number[]): Promise<unknown> =>
  db.query(GROW, [int4s(origins), int4s(carried)]);

// --- resources ---------------------------------------------------------------------------------------------------------

const BASES = `
SELECT l.type, l.id, r.c, r.rid, r.n, r.home, r.heads, v.hash, v.hlc, v.generation, v.header, v.labels, v.splice
FROM unnest($1::text[], $2::text[]) AS k(type, id)
JOIN locator l ON l.type = k.type AND l.id = k.id
JOIN resource r ON r.c = l.c AND r.rid = l.rid
JOIN revision v ON v.c = r.c AND v.rid = r.rid AND v.n = r.n`;

/** Locks the resources in the order of their keys and reads how they are. By `Type/id`. */
export async function lockBases(db: Queryable, keys: readonly ResourceKey[]): Promise<ReadonlyMap<string, Base>> {
  if (keys.length === 0) return new Map();
  const given = [texts(keys.map(({ type }) => type)), texts(keys.map(({ id }) => id))];
  const [, rows] = await Promise.all([db.query(LOCK, given), db.query(BASES, given)]);
  return new Map(
    rows.map(([type, id, c, rid, n, home, heads, ...newest]) => {
      const last = skeletonOf(newest);
      const base: Base = {
        c: Number(c),
        rid: Number(rid),
        n: Number(n),
        home: String(home),
        heads: Array.isArray(heads) ? (heads as Hash[]) : [last.hash],
        newest: last,
        isPlain: heads === null,
      };
      return [`${String(type)}/${String(id)}`, base];
    }),
  );
}

const GRAPHS = `
SELECT v.rid, v.hash, v.hlc, v.generation, v.header, v.labels, v.splice
FROM unnest($1::bigint[], $2::bigint[]) AS k(c, rid) JOIN revision v ON v.c = k.c AND v.rid = k.rid`;

/** Every revision that is there, by rid and name. */
export async function graphsOf(
  db: Queryable,
  bases: readonly Base[],
): Promise<ReadonlyMap<number, ReadonlyMap<Hash, Skeleton>>> {
  const graphs = new Map(bases.map(({ rid }) => [rid, new Map<Hash, Skeleton>()]));
  if (bases.length === 0) return graphs;
  const rows = await db.query(GRAPHS, [int8s(bases.map(({ c }) => c)), int8s(bases.map(({ rid }) => rid))]);
  for (const [rid, ...rest] of rows) {
    const each = skeletonOf(rest);
    graphs.get(Number(rid))?.set(each.hash, each);
  }
  return graphs;
}

function skeletonOf(row: readonly unknown[]): Skeleton {
  const [hash, hlc, generation, header, labels, splice] = row;
  const decoded = decodeRevision(String(header));
  return {
    hash: String(hash),
    hlc: String(hlc),
    parents: decoded.ok ? decoded.value.parents : [],
    generation: Number(generation),
    header: String(header),
    labels: Array.isArray(labels) ? (labels as string[]) : [],
    splice: Number(splice),
  };
}

/** Bodies by rid and name. */
export async function bodiesOf(
  db: Queryable,
  wanted: readonly { readonly base: Base; readonly names: readonly Hash[] }[],
): Promise<ReadonlyMap<number, ReadonlyMap<Hash, string | undefined>>> {
  const some = wanted.filter(({ names }) => names.length > 0);
  const found = new Map(some.map(({ base }) => [base.rid, new Map<Hash, string | undefined>()]));
  if (some.length === 0) return found;
  const rows = await db.query(KNOWN, [
    int8s(some.map(({ base }) => base.c)),
    int8s(some.map(({ base }) => base.rid)),
    texts(some.map(({ names }) => arrayText(names))),
  ]);
  for (const [, rid, hash, , , , , , body] of rows)
    found.get(Number(rid))?.set(String(hash), typeof body === 'string' ? body : undefined);
  return found;
}

const UNREAD_HELD = 'SELECT name FROM unread WHERE name = ANY ($1::text[])';
export async function unreadHeld(db: Queryable, names: readonly Hash[]): Promise<ReadonlySet<Hash>> {
  if (names.length === 0) return new Set();
  return new Set((await db.query(UNREAD_HELD, [texts(names)])).map(([name]) => String(name)));
}

/** Entries of commits that are here already, and how often the commit arrived; by number in the batch. */
const PARTS_HELD = `
SELECT k.i, (SELECT count(*) FROM arrival a WHERE a.o = k.o AND a.seq = k.seq),
  ARRAY (SELECT entry || ' ' || hash FROM revision v WHERE v.o = k.o AND v.seq = k.seq
    UNION ALL SELECT entry || ' ' || name FROM bearer b WHERE b.o = k.o AND b.seq = k.seq
    UNION ALL SELECT entry || ' ' || name FROM unread u WHERE u.o = k.o AND u.seq = k.seq)
FROM unnest($1::int[], $2::bigint[]) WITH ORDINALITY AS k(o, seq, i)`;
export async function partsHeld(
  db: Queryable,
  places: readonly { readonly o: number; readonly seq: number }[],
): Promise<readonly PartsHeld[]> {
  if (places.length === 0) return [];
  const rows = await db.query(PARTS_HELD, [int4s(places.map(({ o }) => o)), int8s(places.map(({ seq }) => seq))]);
  const found = places.map((): PartsHeld => ({ part: 0, entries: new Map() }));
  for (const [i, part, entries] of rows) {
    const named = (entries as string[]).map((each) => each.split(' '));
    found[Number(i) - 1] = {
      part: Number(part),
      entries: new Map(named.map(([entry, name]) => [name ?? '', Number(entry)])),
    };
  }
  return found;
}
export interface PartsHeld {
  /** How often the commit came. */
  readonly part: number;
  /** Places of the revisions that are here, by name. */
  readonly entries: ReadonlyMap<Hash, number>;
}

// --- landing -----------------------------------------------------------------------------------------------------------

/** A commit that lands, whole or in part. */
export interface LandingCommit {
  readonly o: number;
  readonly seq: number;
  readonly hash: Hash;
  readonly header: string;
  /** Of a commit of a later version. */
  readonly prev: string | null;
  readonly signature: string | null;
  /** 0 for the first that comes of it. */
  readonly part: number;
  readonly lacks: number;
  readonly apart: boolean;
}
export interface BearerRow extends Standing {
  /** '' where it is not read. */
  readonly key: ResourceKey;
  readonly name: Hash;
}
export interface UnreadRow extends Standing {
  readonly name: Hash;
  readonly reason: string;
  readonly header: string;
  readonly text: string | undefined;
}

const COMMITS = `
INSERT INTO commit AS c (o, seq, hash, header, prev, signature, lacks, apart)
SELECT * FROM unnest($1::int[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::boolean[])
ON CONFLICT (o, seq) DO UPDATE SET lacks = excluded.lacks, apart = c.apart OR excluded.apart WHERE c.hash = excluded.hash`;

export function putCommits(db: Queryable, landing: readonly LandingCommit[]): Promise<unknown> {
  // Of two parts that come together the last says what is lacking.
  const byPlace = new Map<string, LandingCommit>();
  for (const each of landing) {
    const place = `${each.o} ${each.seq}`;
    byPlace.set(place, { ...each, apart: each.apart || byPlace.get(place)?.apart === true });
  }
  const commits = [...byPlace.values()];
  return db.query(COMMITS, [
    int4s(commits.map((each) => each.o)),
    int8s(commits.map((each) => each.seq)),
    texts(commits.map((each) => each.hash)),
    texts(commits.map((each) => each.header)),
    texts(commits.map((each) => each.prev)),
    texts(commits.map((each) => each.signature)),
    int4s(commits.map((each) => each.lacks)),
    bools(commits.map((each) => each.apart)),
  ]);
}

const REVISIONS = `
INSERT INTO revision (c, rid, n, received, o, seq, entry, part, generation, splice, type, hlc, hash, header, version, heads, labels, body)
SELECT u.c, u.rid, u.n, u.received, u.o, u.seq, u.entry, u.part, u.generation, u.splice, u.type, u.hlc, u.hash, u.header, u.version,
  u.heads::text[], u.labels::text[], u.body
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::int[], $5::int[], $6::bigint[], $7::int[], $8::int[], $9::int[], $10::int[],
  $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[])
  AS u(received, c, rid, n, o, seq, entry, part, generation, splice, type, hlc, hash, header, version, heads, labels, body)`;

/** `times`: when each of the commits came. */
export function putRevisions(
  db: Queryable,
  times: readonly Instant[],
  rows: readonly RevisionRow[],
  commits: readonly LandingCommit[],
): Promise<unknown> {
  const placed = rows.map(({ fresh }) => commits[fresh.standing.commit]);
  return db.query(REVISIONS, [
    int8s(rows.map(({ fresh }) => times[fresh.standing.commit] ?? 0)),
    int8s(rows.map((row) => row.c)),
    int8s(rows.map((row) => row.rid)),
    int4s(rows.map((row) => row.n)),
    int4s(placed.map((commit) => commit?.o ?? 0)),
    int8s(placed.map((commit) => commit?.seq ?? 0)),
    int4s(rows.map((row) => row.fresh.standing.entry)),
    int4s(placed.map((commit) => commit?.part ?? 0)),
    int4s(rows.map((row) => row.generation)),
    int4s(rows.map((row) => row.fresh.said.body?.splice ?? 0)),
    texts(rows.map((row) => row.type)),
    texts(rows.map((row) => row.fresh.said.hlc)),
    texts(rows.map((row) => row.fresh.name)),
    texts(rows.map((row) => row.fresh.header)),
    texts(rows.map((row) => row.version?.id ?? null)),
    texts(rows.map((row) => (row.version === undefined ? null : arrayText(row.version.heads)))),
    texts(rows.map((row) => (row.labels.length === 0 ? null : arrayText(row.labels)))),
    texts(rows.map((row) => row.body ?? null)),
  ]);
}

const AMEND = `
UPDATE revision v SET generation = k.generation, labels = k.labels::text[]
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::int[], $5::text[]) AS k(c, rid, hash, generation, labels)
WHERE v.c = k.c AND v.rid = k.rid AND v.hash = k.hash`;

export const amendRevisions = (db: Queryable, amended: readonly Amended[]): Promise<unknown> =>
  db.query(AMEND, [
    int8s(amended.map((each) => each.c)),
    int8s(amended.map((each) => each.rid)),
    texts(amended.map((each) => each.name)),
    int4s(amended.map((each) => each.generation)),
    texts(amended.map((each) => (each.labels.length === 0 ? null : arrayText(each.labels)))),
  ]);

const BEARERS = `
INSERT INTO bearer (o, seq, entry, part, type, id, name)
SELECT * FROM unnest($1::int[], $2::bigint[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[])`;

export function putBearers(
  db: Queryable,
  rows: readonly BearerRow[],
  commits: readonly LandingCommit[],
): Promise<unknown> {
  const placed = rows.map((row) => commits[row.commit]);
  return db.query(BEARERS, [
    int4s(placed.map((commit) => commit?.o ?? 0)),
    int8s(placed.map((commit) => commit?.seq ?? 0)),
    int4s(rows.map((row) => row.entry)),
    int4s(placed.map((commit) => commit?.part ?? 0)),
    texts(rows.map((row) => row.key.type)),
    texts(rows.map((row) => row.key.id)),
    texts(rows.map((row) => row.name)),
  ]);
}

/** Bytes as hexadecimal text: there are few of them, and they may hold what no text of the database may. */
const UNREAD = `
INSERT INTO unread (name, o, seq, entry, part, received, reason, header, body)
SELECT u.name, u.o, u.seq, u.entry, u.part, $1::bigint, u.reason, decode(u.header, 'hex'), decode(u.body, 'hex')
FROM unnest($2::text[], $3::int[], $4::bigint[], $5::int[], $6::int[], $7::text[], $8::text[], $9::text[])
  AS u(name, o, seq, entry, part, reason, header, body)`;

export function putUnread(
  db: Queryable,
  received: Instant,
  rows: readonly UnreadRow[],
  commits: readonly LandingCommit[],
): Promise<unknown> {
  const placed = rows.map((row) => commits[row.commit]);
  return db.query(UNREAD, [
    received,
    texts(rows.map((row) => row.name)),
    int4s(placed.map((commit) => commit?.o ?? 0)),
    int8s(placed.map((commit) => commit?.seq ?? 0)),
    int4s(rows.map((row) => row.entry)),
    int4s(placed.map((commit) => commit?.part ?? 0)),
    texts(rows.map((row) => row.reason)),
    texts(rows.map((row) => hexOf(row.header))),
    texts(rows.map((row) => (row.text === undefined ? null : hexOf(row.text)))),
  ]);
}
const hexOf = (text: string): string => Buffer.from(text, 'utf8').toString('hex');

const ARRIVE = `
INSERT INTO arrival (n, o, seq, part)
SELECT (SELECT coalesce(max(n), 0) FROM arrival) + i, o, seq, part
FROM unnest($1::int[], $2::bigint[], $3::int[]) WITH ORDINALITY AS k(o, seq, part, i)`;

/** Under the sequencer's lock alone. */
export const numberArrivals = (db: Queryable, commits: readonly LandingCommit[]): Promise<unknown> =>
  db.query(ARRIVE, [
    int4s(commits.map((each) => each.o)),
    int8s(commits.map((each) => each.seq)),
    int4s(commits.map((each) => each.part)),
  ]);

// --- links -------------------------------------------------------------------------------------------------------------

const LINK_PUT = `
INSERT INTO link AS l (peer, incarnation, arrival, scopes_print, scopes, forked, deferred)
VALUES ($1, $2, $3, $4, $5, $6::text[], $7::text[])
ON CONFLICT (peer) DO UPDATE SET incarnation = $2, arrival = $3, scopes_print = $4, scopes = $5, forked = $6::text[], deferred = $7::text[]`;
const LINK_MOVED = `
UPDATE link SET incarnation = $2, arrival = $3, forked = $5::text[], deferred = $6::text[] WHERE peer = $1 AND scopes_print = $4 AND (incarnation = $2 OR NOT $7::boolean)
RETURNING 1`;
/** Of a record that goes on: the row of one that was ended meanwhile is gone, and stays so. */
const LINK_CHANGED = `
UPDATE link SET arrival = $3, scopes_print = $4, scopes = $5, forked = $6::text[], deferred = $7::text[] WHERE peer = $1 AND incarnation = $2`;
/** Another history of an origin of ours is known above: nothing more is to be written to it. */
const CLOSE = 'UPDATE origin SET closed = true WHERE name = ANY ($1::text[]) AND here AND NOT closed';

/** `print` names the scopes: there may be 200,000, and they seldom change. */
export async function putLink(
  db: Connection | Queryable,
  { peer, record, isContinued = false }: LinkWrite,
  print: Hash,
): Promise<void> {
  if (record === undefined) {
    await db.query('DELETE FROM link WHERE peer = $1', [peer]);
    return;
  }
  const { incarnation, arrival, scopes, forked, deferred } = record;
  if (forked.length > 0) await db.query(CLOSE, [texts(forked)]);
  const lists = [arrayText(forked), arrayText(deferred)];
  const moved = await db.query(LINK_MOVED, [peer, incarnation, arrival, print, ...lists, String(isContinued)]);
  if (moved.length === 0)
    await db.query(isContinued ? LINK_CHANGED : LINK_PUT, [
      peer,
      incarnation,
      arrival,
      print,
      JSON.stringify(scopes),
      ...lists,
    ]);
}
