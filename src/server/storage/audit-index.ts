// The audit index in PostgreSQL: the port of core/access/audit-index.ts beside the record, which it reads and never writes.
//
//   1. Filled in one statement a page, under the row lock of its cursor: two processes cannot fill the same place twice (AU12).
//   2. Who did it is kept as a hash, patients as their compartment key: whoever asks looks at the event again.
import type { Digest, Hash } from '../../core/base/ports.ts';
import type {
  AuditIndex,
  FoundEvent,
  IndexedEvent,
  IndexQuery,
  TailedRevision,
} from '../../core/access/audit-index.ts';
import { bools, int4s, int8s } from './internal/binary-arrays.ts';
import { Connections, type ConnectionSettings, type Queryable, type Row } from './internal/connections.ts';
import { compartments, hashOf } from './internal/hashes.ts';
import { originNamed } from './internal/judge-incoming.ts';
import { migrate } from './migrate.ts';

export interface PostgresAuditIndexOptions {
  /** `postgresql://…`: the database of the record. */
  readonly url: string;
  readonly digest: Digest;
}

/** Migrates the database where needed. Throws `Trouble` where it is of a newer version. */
export async function openPostgresAuditIndex({ url, digest }: PostgresAuditIndexOptions): Promise<AuditIndex> {
  const settings: ConnectionSettings = { url, statementMs: 30_000, connectMs: 10_000, label: 'holdfast audit' };
  await migrate(settings);
  const db = new Connections(settings, 2);
  const rowsOf = rowMaker(digest);
  const keyOf = compartments(digest);
  return {
    cursor: async () => Number((await db.query('SELECT n FROM audit_cursor', []))[0]?.[0] ?? 0),
    claimTurn: async (now, until) => {
      const claimed = await db.query(
        'UPDATE audit_cursor SET turn_until = $2 WHERE turn_until <= $1 OR turn_until > $2 RETURNING n',
        [now, until],
      );
      return claimed.length > 0;
    },
    tail: async (after, commits) => (await db.query(TAIL, [after, commits])).map(tailedOf),
    advance: async (from, to, events) => {
      const [moved] = await db.query(ADVANCE, [from, to, ...columnsOf([...rowsOf(events)])]);
      return Number(moved?.[0]) === 1;
    },
    find: (query) => find(db, query, query.patient === undefined ? undefined : keyOf(query.patient).key),
    findWrites: async (orders) => (await db.query(WRITES, [orders])).map(foundOf),
    clear: async () => void (await db.query(CLEAR, [])),
    sums: async (arrival) => ((await db.query(SUMS, [arrival]))[0] ?? []).map(String),
    summing: () => {
      const sums = newSums();
      return { add: (events) => addTo(sums, rowsOf(events)), sums: () => sums.map(String) };
    },
    tips: async () =>
      (await db.query(TIPS, [])).map(([origin, seq, hash]) => ({
        origin: String(origin),
        seq: Number(seq),
        hash: String(hash),
      })),
    hashesAt: async (places) => {
      const rows = await db.query(HASHES, [places.map(({ origin }) => origin), places.map(({ seq }) => seq)]);
      return rows.map(([hash]): Hash | undefined => (typeof hash === 'string' ? hash : undefined));
    },
    close: () => db.close(),
  };
}

const TAIL = `
SELECT a.n, v.entry, g.name, v.hash, v.header, v.received
FROM (SELECT n, o, seq, part FROM arrival WHERE n > $1 ORDER BY n LIMIT $2) AS a
JOIN origin g ON g.o = a.o
JOIN revision v ON v.o = a.o AND v.seq = a.seq AND v.part = a.part
ORDER BY a.n, v.entry`;

/** The columns of a row, in the order of the table. */
type IndexRow = readonly [number, number, number, number, number, number, boolean, boolean];

const columnsOf = (rows: readonly IndexRow[]): readonly Buffer[] => [
  int8s(rows.map(([c]) => c)),
  int8s(rows.map(([, at]) => at)),
  int8s(rows.map(([, , ord]) => ord)),
  int8s(rows.map(([, , , n]) => n)),
  int4s(rows.map(([, , , , k]) => k)),
  int8s(rows.map(([, , , , , who]) => who)),
  bools(rows.map(([, , , , , , written]) => written)),
  bools(rows.map(([, , , , , , , lead]) => lead)),
];

const ADVANCE = `
WITH moved AS (UPDATE audit_cursor SET n = $2 WHERE n = $1 RETURNING 1),
put AS (
  INSERT INTO audit_index (c, at, ord, n, k, who, written, lead)
  SELECT e.* FROM moved, unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::int[], $8::bigint[], $9::boolean[], $10::boolean[]) AS e
)
SELECT count(*) FROM moved`;

const CLEAR = `WITH gone AS (DELETE FROM audit_index) UPDATE audit_cursor SET n = 0`;

/** What was found, with its revision. `entry` of a batch is 0: it is alone in its commit. */
const foundIn = (rows: string): string => `
SELECT f.at, f.ord, f.k, f.written, a.n, v.entry, g.name, v.hash, v.header, v.received
FROM (${rows}) AS f
JOIN arrival a ON a.n = f.n
JOIN origin g ON g.o = a.o
JOIN revision v ON v.o = a.o AND v.seq = a.seq AND v.entry = CASE WHEN f.written THEN f.k ELSE 0 END
ORDER BY f.at DESC, f.ord DESC`;

const WRITES = foundIn(
  'SELECT at, ord, n, k, written FROM audit_index WHERE lead AND written AND ord = ANY($1::bigint[])',
);

async function find(db: Queryable, query: IndexQuery, compartment: number | undefined): Promise<readonly FoundEvent[]> {
  const values: (number | undefined)[] = [];
  const bound = (value: number): string => `$${values.push(value)}`;
  const where: string[] = [compartment === undefined ? 'lead' : `c = ${bound(compartment)}`];
  const { who, from, to, after } = query;
  if (who !== undefined) where.push(`who = ${bound(hashOf(who))}`);
  if (from !== undefined) where.push(`at >= ${bound(from)}`);
  if (to !== undefined) where.push(`at < ${bound(to)}`);
  if (after !== undefined) where.push(`(at, ord) < (${bound(after.at)}, ${bound(after.order)})`);
  const limit = bound(query.count);
  const rows = `SELECT at, ord, n, k, written FROM audit_index WHERE ${where.join(' AND ')} ORDER BY at DESC, ord DESC LIMIT ${limit}`;
  return (await db.query(foundIn(rows), values)).map(foundOf);
}

const foundOf = ([at, ord, k, written, ...revision]: Row): FoundEvent => ({
  at: Number(at),
  order: Number(ord),
  kind: written === true ? 'write' : 'line',
  position: Number(k),
  revision: tailedOf(revision),
});

const tailedOf = ([n, entry, origin, hash, header, received]: Row): TailedRevision => ({
  arrival: Number(n),
  entry: Number(entry),
  origin: originNamed(String(origin)),
  hash: String(hash),
  header: String(header),
  receivedAt: Number(received),
});

function rowMaker(digest: Digest): (events: Iterable<IndexedEvent>) => Generator<IndexRow> {
  const keyOf = compartments(digest);
  return function* rows(events) {
    for (const { at, order, arrival, kind, position, who, patients } of events) {
      const by = who === undefined ? 0 : hashOf(who);
      const homes = patients.length === 0 ? [''] : patients;
      let lead = true;
      for (const home of homes) {
        yield [keyOf(home).key, at, order, arrival, position, by, kind === 'write', lead];
        lead = false;
      }
    }
  };
}

const TIPS = `
SELECT g.name, t.seq, t.hash
FROM origin g, LATERAL (SELECT seq, hash FROM commit c WHERE c.o = g.o ORDER BY seq DESC LIMIT 1) AS t
WHERE strpos(g.name, '#') = 0`;

const HASHES = `
SELECT c.hash FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS asked (name, seq, place)
LEFT JOIN origin g ON g.name = asked.name
LEFT JOIN commit c ON c.o = g.o AND c.seq = asked.seq
ORDER BY asked.place`;

// Sums of the columns, and of products of them, so that a value that moved from one row to another shows.
const M = 1_000_003;
const SUMS = `
SELECT count(*)::text, count(*) FILTER (WHERE lead)::text, count(*) FILTER (WHERE written)::text,
  coalesce(sum(at), 0)::text, coalesce(sum(ord), 0)::text, coalesce(sum(c), 0)::text, coalesce(sum(who), 0)::text,
  coalesce(sum((c % ${M}) * (ord % ${M})), 0)::text,
  coalesce(sum((at % ${M}) * (ord % ${M})), 0)::text,
  coalesce(sum((who % ${M}) * (ord % ${M})), 0)::text,
  coalesce(sum((n % ${M}) * (ord % ${M})), 0)::text,
  coalesce(sum((k + 1) * (ord % ${M})), 0)::text
FROM audit_index WHERE n <= $1`;

const newSums = (): bigint[] => Array.from({ length: 12 }, () => 0n);

function addTo(sums: bigint[], rows: Iterable<IndexRow>): void {
  const add = (i: number, value: number | bigint): void => {
    sums[i] = (sums[i] ?? 0n) + BigInt(value);
  };
  for (const [c, at, ord, n, k, who, written, lead] of rows) {
    const mixed = ord % M;
    add(0, 1);
    add(1, lead ? 1 : 0);
    add(2, written ? 1 : 0);
    add(3, at);
    add(4, ord);
    add(5, c);
    add(6, who);
    // Below 2^53: both factors are below 2^20.
    add(7, (c % M) * mixed);
    add(8, (at % M) * mixed);
    add(9, (who % M) * mixed);
    add(10, (n % M) * mixed);
    add(11, BigInt(k + 1) * BigInt(mixed));
  }
}
