// How far each origin is had, safe, and known to peers.
//
//   PG29  Stable marks and floors only rise. What a peer says of where origins are safe replaces what it said before.
import type { Hash, Instant } from '../../../core/base/ports.ts';
import type { Durability, Held, LinkRecord, Mark, Place, Tip } from '../../../core/sync/ports.ts';
import type { Scopes } from '../../../core/sync/scopes.ts';
import { int8s, texts } from './binary-arrays.ts';
import type { Connections, Queryable } from './connections.ts';
import { hashOf } from './hashes.ts';
import { contiguousSql } from './receive-sql.ts';

const CARRIED = `
SELECT g.name, g.far, c.hash FROM (
  SELECT name, o, ${contiguousSql('origin')} AS far, stable FROM origin WHERE carried AND strpos(name, '#') = 0) AS g
LEFT JOIN LATERAL (SELECT hash FROM commit WHERE o = g.o AND seq = g.far OFFSET 0) AS c ON true
WHERE g.far > g.stable ORDER BY g.o`;

/** Origins that are to be handed over, as far as they are not stable. */
export async function carriedTips(db: Queryable): Promise<readonly Tip[]> {
  return (await db.query(CARRIED, [])).map(([name, far, hash]) => ({
    origin: String(name),
    seq: Number(far),
    hash: typeof hash === 'string' ? hash : '',
  }));
}

const PLACES = `
SELECT g.far, t.hash, c.hash, c.lacks
FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(name, seq, i)
LEFT JOIN LATERAL (
  SELECT origin.o, ${contiguousSql('origin')} AS far FROM origin WHERE origin.name = k.name OFFSET 0) AS g ON true
LEFT JOIN LATERAL (SELECT hash FROM commit WHERE o = g.o AND seq = g.far OFFSET 0) AS t ON true
LEFT JOIN LATERAL (SELECT hash, lacks FROM commit WHERE o = g.o AND seq = k.seq OFFSET 0) AS c ON true
ORDER BY k.i`;

/** In the order of `at`. */
export async function placesAt(db: Queryable, at: readonly Mark[]): Promise<readonly Place[]> {
  if (at.length === 0) return [];
  const rows = await db.query(PLACES, [texts(at.map(([origin]) => storable(origin))), int8s(at.map(([, seq]) => seq))]);
  return rows.map(([far, tip, hash, lacks]): Place => {
    const place = { contiguous: Number(far ?? 0), tip: typeof tip === 'string' ? tip : ('' as const) };
    return typeof hash === 'string' ? { ...place, held: { hash, whole: lacks === 0 } } : place;
  });
}

export async function stableMarks(db: Queryable): Promise<readonly Mark[]> {
  const rows = await db.query('SELECT name, stable FROM origin WHERE stable > 0 ORDER BY name', []);
  return rows.map(([name, seq]): Mark => [String(name), Number(seq)]);
}

/** All that is had of each origin without a gap: what a backup that is taken now covers. */
export async function heldMarks(db: Queryable): Promise<readonly Mark[]> {
  const rows = await db.query(
    `SELECT name, far FROM (SELECT name, ${contiguousSql('origin')} AS far FROM origin WHERE strpos(name, '#') = 0) AS g
     WHERE far > 0 ORDER BY name`,
    [],
  );
  return rows.map(([name, seq]): Mark => [String(name), Number(seq)]);
}

const STABLE = `
INSERT INTO origin AS g (name, here, carried, stable)
SELECT k.name, false, false, k.seq FROM unnest($1::text[], $2::bigint[]) AS k(name, seq) ORDER BY k.name
ON CONFLICT (name) DO UPDATE SET stable = excluded.stable WHERE g.stable < excluded.stable`;
/** And over what is whole beyond them. */
const FLOORS = `
WITH RECURSIVE put AS (
  INSERT INTO origin AS g (name, here, carried, floor, contiguous)
  SELECT k.name, false, false, k.seq, k.seq FROM unnest($1::text[], $2::bigint[]) AS k(name, seq) ORDER BY k.name
  ON CONFLICT (name) DO UPDATE SET floor = excluded.floor, contiguous = greatest(g.contiguous, excluded.floor)
  WHERE g.floor < excluded.floor RETURNING g.o)
SELECT o FROM put`;

/** Returns the origins whose floors rose: they may have grown. */
export async function learnMarks(
  db: Queryable,
  stable: readonly Mark[],
  floors: readonly Mark[],
): Promise<readonly number[]> {
  const columns = (marks: readonly Mark[]): readonly Buffer[] => {
    const highest = new Map<string, number>();
    for (const [origin, seq] of marks) highest.set(storable(origin), Math.max(seq, highest.get(storable(origin)) ?? 0));
    return [texts([...highest.keys()]), int8s([...highest.values()])];
  };
  if (stable.length > 0) await db.query(STABLE, columns(stable));
  if (floors.length === 0) return [];
  return (await db.query(FLOORS, columns(floors))).map(([o]) => Number(o));
}

// --- peers -------------------------------------------------------------------------------------------------------------

export async function linkOf(db: Queryable, peer: string, known: ScopesKnown): Promise<LinkRecord | undefined> {
  const [row] = await db.query(
    'SELECT incarnation, arrival, scopes_print, forked, deferred FROM link WHERE peer = $1',
    [peer],
  );
  if (row === undefined) return undefined;
  const [incarnation, arrival, print, forked, deferred] = row;
  let scopes = known.get(String(print));
  if (scopes === undefined) {
    const [kept] = await db.query('SELECT scopes, scopes_print FROM link WHERE peer = $1', [peer]);
    // It changed meanwhile: what was read first is no more.
    if (kept?.[1] !== print) return linkOf(db, peer, known);
    scopes = JSON.parse(String(kept?.[0])) as Scopes;
    known.clear();
    known.set(String(print), scopes);
  }
  return {
    incarnation: String(incarnation),
    arrival: Number(arrival),
    scopes,
    forked: forked as string[],
    deferred: deferred as Hash[],
  };
}
/** Scopes by their print: there may be 200,000, and they are read at every page. */
export type ScopesKnown = Map<string, Scopes>;

/** A writer holds the lock of its origin for as long as its session lives; when it opens the next, it is told that the origin is closed. */
const END_WRITERS = `
SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_backend_pid()
  AND ((l.classid::bigint << 32) | l.objid::bigint) = ANY ($1::bigint[])`;

/** Ends the sessions of other processes that write these origins: what they were about to write is told to have failed. */
export async function endWriters(db: Queryable, origins: readonly string[]): Promise<void> {
  if (origins.length > 0) await db.query(END_WRITERS, [int8s(origins.map((origin) => hashOf(origin)))]);
}

/** One peer's word alone is remembered: another that said more may have been restored since. Nothing is written where nothing changed. */
const NOTE = `
WITH said AS (SELECT * FROM unnest($2::text[], $3::text[], $4::bigint[]) AS k(origin, durability, seq)),
gone AS (
  DELETE FROM peer_held h WHERE h.peer <> $1 OR (h.origin, h.durability) NOT IN (SELECT origin, durability FROM said))
INSERT INTO peer_held AS h (peer, origin, durability, seq)
SELECT $1, s.origin, s.durability, s.seq FROM said s
WHERE NOT EXISTS (SELECT 1 FROM peer_held h WHERE h.peer = $1 AND h.origin = s.origin AND h.durability = s.durability AND h.seq = s.seq)
ON CONFLICT (peer, origin, durability) DO UPDATE SET seq = excluded.seq`;

/** Instead of all that was said before, by whomever. */
export async function noteHeld(db: Queryable, peer: string, held: readonly Held[]): Promise<void> {
  const highest = new Map<string, Held>();
  for (const [origin, seq, durability] of held) {
    const key = `${origin} ${durability}`;
    if ((highest.get(key)?.[1] ?? -1) < seq) highest.set(key, [storable(origin), seq, durability]);
  }
  const rows = [...highest.values()];
  await db.query(NOTE, [
    peer,
    texts(rows.map(([origin]) => origin)),
    texts(rows.map(([, , durability]) => durability)),
    int8s(rows.map(([, seq]) => seq)),
  ]);
}

const MIRRORED = `
SELECT g.name, (SELECT a.seq FROM arrival a WHERE a.o = g.o AND a.n <= $2 ORDER BY a.seq DESC LIMIT 1), ${contiguousSql('g')}
FROM origin g WHERE g.name = ANY ($1::text[])`;
/** Of each origin, what had arrived without a gap when a second disk of this node was written last. */
async function mirrored(db: Queryable, origins: readonly string[], arrival: number): Promise<readonly Held[]> {
  if (arrival === 0) return [];
  const rows = await db.query(MIRRORED, [texts(origins.map(storable)), arrival]);
  return rows.flatMap(([name, seq, far]): readonly Held[] => {
    const safe = Math.min(Number(seq ?? 0), Number(far));
    return safe > 0 ? [[String(name), safe, 'D1m']] : [];
  });
}

/** The highest that any peer said of each class, and what is stable as D3. */
export async function heldOf(
  db: Queryable,
  origins: readonly string[],
  arrivalMirrored: number,
): Promise<readonly Held[]> {
  if (origins.length === 0) return [];
  const rows = await db.query(
    `SELECT origin, max(seq), durability FROM (
       SELECT origin, seq, durability FROM peer_held WHERE origin = ANY ($1::text[])
       UNION ALL SELECT name, stable, 'D3' FROM origin WHERE name = ANY ($1::text[]) AND stable > 0) AS h
     GROUP BY origin, durability ORDER BY origin, durability`,
    [texts(origins.map(storable))],
  );
  const told = rows.map(([origin, seq, durability]): Held => [String(origin), Number(seq), durability as Durability]);
  return [...told, ...(await mirrored(db, origins, arrivalMirrored))];
}

/** What is still to be handed to one peer. */
export interface Queue {
  readonly peer: string;
  readonly commits: number;
  /** When the oldest of them was written or came; absent where there is none. */
  readonly oldestAt?: Instant;
}

/** Beyond the highest place that the peer, or its own peer above, is known to hold. What is forked was re-homed: it is not handed over. */
const QUEUE = `
SELECT p.peer, sum(g.far - p.seq), min((SELECT v.received FROM revision v WHERE v.o = g.o AND v.seq = p.seq + 1 LIMIT 1))
FROM (SELECT name, o, ${contiguousSql('origin')} AS far, stable FROM origin WHERE carried AND strpos(name, '#') = 0) AS g
CROSS JOIN (SELECT DISTINCT peer FROM link UNION SELECT DISTINCT peer FROM peer_held) AS peers
CROSS JOIN LATERAL (
  SELECT peers.peer, greatest(g.stable, (SELECT coalesce(max(h.seq), 0) FROM peer_held h WHERE h.peer = peers.peer AND h.origin = g.name)) AS seq) AS p
WHERE g.far > p.seq
  AND NOT EXISTS (SELECT 1 FROM link l WHERE l.peer = p.peer AND g.name = ANY (l.forked))
GROUP BY p.peer ORDER BY p.peer`;

export async function queues(db: Queryable): Promise<readonly Queue[]> {
  return (await db.query(QUEUE, [])).map(([peer, commits, oldest]) => ({
    peer: String(peer),
    commits: Number(commits),
    ...(oldest === null ? {} : { oldestAt: Number(oldest) }),
  }));
}

/** The highest class of a commit that is here: D1 is this node's own disk. */
export async function durabilityOf(
  db: Connections | Queryable,
  origin: string,
  seq: number,
  arrivalMirrored: number,
): Promise<Durability | undefined> {
  const [held] = await db.query('SELECT 1 FROM origin g JOIN commit c ON c.o = g.o WHERE g.name = $1 AND c.seq = $2', [
    storable(origin),
    seq,
  ]);
  const classes: Durability[] = (await heldOf(db, [origin], arrivalMirrored))
    .filter(([, far]) => far >= seq)
    .map(([, , durability]) => durability);
  if (held !== undefined) classes.push('D1');
  return RANKS.findLast((rank) => classes.includes(rank));
}
const RANKS: readonly Durability[] = ['D0', 'D1', 'D1m', 'D2', 'D3'];

const storable = (text: string): string => text.replaceAll('\0', '');
