// Commits as they travel: headers byte for byte, with whatever is here of their revisions, wherever those are kept.
//
//   PG27  A page reads no more bodies than it tells: what is out of scope, or beyond its bytes, is not loaded.
import { assert } from '../../../core/base/assert.ts';
import type { Hash } from '../../../core/base/ports.ts';
import { decodeCommit } from '../../../core/record/envelope.ts';
import type { ArrivedCommit } from '../../../core/record/store.ts';
import type { CarriedCommit, CarriedRevision } from '../../../core/sync/ports.ts';
import { keysOf, permits, type Scopes } from '../../../core/sync/scopes.ts';
import { int4s, int8s } from './binary-arrays.ts';
import type { Queryable, Row } from './connections.ts';
import { originNamed } from './judge-incoming.ts';

/** A commit with no revision yet. */
export interface CommitRow {
  readonly arrival: number;
  readonly o: number;
  readonly origin: string;
  readonly seq: number;
  readonly hash: Hash;
  readonly header: string;
  readonly prev: string | null;
  readonly signature: string | null;
  readonly apart: boolean;
}
/** Of `commit c` and `origin g`; the arrival comes first. */
export const COMMIT_COLUMNS = 'c.o, g.name, c.seq, c.hash, c.header, c.prev, c.signature, c.apart';

export function commitRow(row: Row): CommitRow {
  const [arrival, o, name, seq, hash, header, prev, signature, apart] = row;
  return {
    arrival: Number(arrival),
    o: o as number,
    origin: originNamed(name as string),
    seq: seq as number,
    hash: hash as string,
    header: header as string,
    prev: prev as string | null,
    signature: signature as string | null,
    apart: apart === true,
  };
}

const ARRIVALS = `
SELECT a.n, ${COMMIT_COLUMNS}
FROM (SELECT n, o, seq FROM arrival WHERE n > $1 ORDER BY n LIMIT $2) AS a
JOIN origin g ON g.o = a.o JOIN commit c ON c.o = a.o AND c.seq = a.seq ORDER BY a.n`;

/** In order of arrival. */
export const arrivalsAfter = async (db: Queryable, after: number, limit: number): Promise<readonly CommitRow[]> =>
  (await db.query(ARRIVALS, [after, limit])).map(commitRow);

const OF_ORIGIN = `
SELECT 0, ${COMMIT_COLUMNS} FROM origin g JOIN commit c ON c.o = g.o
WHERE g.name = $1 AND c.seq >= $2 AND c.seq < $2::bigint + $3::bigint AND c.lacks = 0 ORDER BY c.seq`;

/** Whole commits of an origin from `from` to the first that is not. */
export async function wholeFrom(
  db: Queryable,
  origin: string,
  from: number,
  limit: number,
): Promise<readonly CommitRow[]> {
  const rows = (await db.query(OF_ORIGIN, [origin, from, limit])).map(commitRow);
  const gap = rows.findIndex(({ seq }, i) => seq !== from + i);
  return gap < 0 ? rows : rows.slice(0, gap);
}

/** Where a body is, and how long: of a revision in `revision v`, `resource r`. */
const BODY = 'CASE WHEN r.n = v.n AND r.heads IS NULL AND NOT r.deleted THEN r.body ELSE v.body END';
const PLACES = 'unnest($1::int[], $2::bigint[]) WITH ORDINALITY AS k(o, seq, i)';
/** Each by its keys, whatever the planner thinks of tables that grew a moment ago. */
const HERE = `
SELECT k.i, v.entry, v.hash, v.header, v.body FROM ${PLACES}
CROSS JOIN LATERAL (
  SELECT v.entry, v.hash, v.header, % AS body FROM revision v, LATERAL (
    SELECT n, heads, deleted, body FROM resource WHERE c = v.c AND rid = v.rid OFFSET 0) AS r
  WHERE v.o = k.o AND v.seq = k.seq OFFSET 0) AS v`;
/** Under another commit, or not read. */
const APART = `
SELECT k.i, b.entry, v.hash, v.header, %
FROM ${PLACES} JOIN bearer b ON b.o = k.o AND b.seq = k.seq
JOIN locator l ON l.type = b.type AND l.id = b.id
JOIN revision v ON v.c = l.c AND v.rid = l.rid AND v.hash = b.name JOIN resource r ON r.c = v.c AND r.rid = v.rid`;
const UNREAD = `
SELECT k.i, u.entry, u.name, u.header, %
FROM ${PLACES} JOIN unread u ON u.o = k.o AND u.seq = k.seq
UNION ALL
SELECT k.i, b.entry, u.name, u.header, %
FROM ${PLACES} JOIN bearer b ON b.o = k.o AND b.seq = k.seq AND b.type = '' JOIN unread u ON u.name = b.name`;

interface Found {
  readonly entry: number;
  readonly hash: Hash;
  readonly header: string;
  readonly size: number;
  readonly text: string | undefined;
}

/** Of each commit what is here, by entry; bodies, or their sizes alone. */
async function revisionsOf(
  db: Queryable,
  commits: readonly CommitRow[],
  what: 'bodies' | 'sizes',
): Promise<readonly (readonly Found[])[]> {
  const found: Found[][] = commits.map(() => []);
  if (commits.length === 0) return found;
  const ask = (text: string, body: string, some: readonly CommitRow[]): Promise<readonly Row[]> =>
    some.length === 0
      ? Promise.resolve([])
      : db.query(text.replaceAll('%', what === 'bodies' ? body : `octet_length(${body})`), [
          int4s(some.map(({ o }) => o)),
          int8s(some.map(({ seq }) => seq)),
        ]);
  const apart = commits.filter((commit) => commit.apart);
  const at = new Map(apart.map((commit, i) => [i + 1, commits.indexOf(commit)]));
  // Header and body of what is not read are bytes: what no text of the database may hold comes as it is.
  const [here, elsewhere, unread] = await Promise.all([
    ask(HERE, BODY, commits),
    ask(APART, BODY, apart),
    ask(UNREAD, 'u.body', apart),
  ]);
  const put = (i: number, [, entry, hash, header, body]: Row): void => {
    found[i]?.push({
      entry: Number(entry),
      hash: hash as string,
      header: textOf(header) ?? '',
      size: what === 'sizes' ? Number(body ?? 0) : 0,
      text: what === 'bodies' ? textOf(body) : undefined,
    });
  };
  for (const row of here) put(Number(row[0]) - 1, row);
  for (const row of [...elsewhere, ...unread]) put(at.get(Number(row[0])) ?? -1, row);
  for (const each of found) each.sort((a, b) => a.entry - b.entry);
  return found;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : Buffer.isBuffer(value) ? value.toString('utf8') : undefined;

/** With all that is here of them. */
export async function withRevisions(db: Queryable, commits: readonly CommitRow[]): Promise<readonly ArrivedCommit[]> {
  const found = await revisionsOf(db, commits, 'bodies');
  return commits.map((commit, i) => carriedOf(commit, (found[i] ?? []).map(revisionOf)));
}

export interface PageLimits {
  /** The page ends with the commit that passes them. */
  readonly bytes: number;
  /** What is out of them is left out. */
  readonly scopes?: Scopes | undefined;
}

/** The first of `commits`, at least one, as far as `bytes` go. */
export async function pageOf(
  db: Queryable,
  commits: readonly CommitRow[],
  { bytes, scopes = 'all' }: PageLimits,
): Promise<readonly ArrivedCommit[]> {
  if (commits.length === 0) return [];
  if (scopes === 'all' && bytes === Infinity) return withRevisions(db, commits);
  const sized = await revisionsOf(db, commits, 'sizes');
  let sum = 0;
  let count = 0;
  const wanted: CommitRow[] = [];
  for (const [i, commit] of commits.entries()) {
    if (count > 0 && sum >= bytes) break;
    count += 1;
    const permitted = (sized[i] ?? []).filter(({ header }) => permits(scopes, keysOf(header)));
    for (const { header, size } of permitted) sum += header.length + size;
    if (permitted.length > 0) wanted.push(commit);
  }
  const full = new Map((await withRevisions(db, wanted)).map((commit, i) => [wanted[i], commit]));
  return commits.slice(0, count).map((row): ArrivedCommit => {
    const commit = full.get(row);
    if (commit === undefined) return carriedOf(row, []);
    if (scopes === 'all') return commit;
    return { ...commit, revisions: commit.revisions.filter(({ header }) => permits(scopes, keysOf(header))) };
  });
}

const revisionOf = ({ hash, header, text }: Found): CarriedRevision => ({ hash, header, text });

function carriedOf(row: CommitRow, revisions: readonly CarriedRevision[]): ArrivedCommit {
  const { arrival, origin, seq, hash, header, signature } = row;
  return {
    arrival,
    origin,
    seq,
    hash,
    prev: row.prev ?? prevOf(header),
    header,
    ...(signature === null ? {} : { signature }),
    revisions,
  };
}

function prevOf(header: string): Hash {
  const decoded = decodeCommit(header);
  assert(decoded.ok, 'a kept commit header of version 1 decodes');
  return decoded.value.prev;
}

/** Without its place in this node's order. */
export const carried = ({ arrival: _arrival, ...commit }: ArrivedCommit): CarriedCommit => commit;
