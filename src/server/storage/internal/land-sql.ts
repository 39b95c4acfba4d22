// The one statement by which a batch of commits lands: header, history, current state and index rows, as columns.
import { bools, float8s, int4s, int8s, texts } from './binary-arrays.ts';
import type { IndexRows } from './index-rows.ts';

/** A new row of `resource` with its newest row of `revision`. */
export interface LandedResource {
  readonly c: number;
  /** `Patient/1` or ''; `c` is its key. */
  readonly home: string;
  readonly rid: number;
  readonly n: number;
  readonly updated: number;
  readonly type: string;
  readonly id: string;
  readonly version: string;
  /** null: `version` is the only head. */
  readonly heads: readonly string[] | null;
  /** The head that is shown. */
  readonly displayed: string;
  readonly deleted: boolean;
  readonly conflict: boolean;
  readonly splice: number;
  readonly text: string;
  readonly rows: IndexRows;
  /** Absent when only the index is made anew. */
  readonly revision?: LandedRevision;
  readonly isNewPlace: boolean;
}
export interface LandedRevision {
  readonly seq: number;
  readonly entry: number;
  readonly generation: number;
  readonly hlc: string;
  readonly hash: string;
  readonly header: string;
  readonly splice: number;
  /** null: none. */
  readonly labels: string | null;
  /** null: kept in `resource`, or none. */
  readonly body: string | null;
}
export interface LandedCommit {
  readonly seq: number;
  readonly hash: string;
  readonly header: string;
}

const INDEX_INSERTS = `
  ins_hot AS (
    INSERT INTO hot (hash, c, main, rid)
    SELECT t.hash, r.c, r.main, r.rid FROM r, unnest(r.tokens[1:r.hot]) AS t(hash)),
  ins_string AS (
    INSERT INTO index_string (c, rid, p, value)
    SELECT * FROM unnest($14::bigint[], $15::bigint[], $16::bigint[], $17::text[])),
  ins_date AS (
    INSERT INTO index_date (c, rid, p, lo, hi)
    SELECT * FROM unnest($18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[])),
  ins_number AS (
    INSERT INTO index_number (c, rid, p, system, code, unit, lo, hi)
    SELECT * FROM unnest($23::bigint[], $24::bigint[], $25::bigint[], $26::bigint[], $27::bigint[], $28::bigint[],
      $29::double precision[], $30::double precision[]))`;

/** Values: `landValues`. */
export const LAND = `
WITH r AS MATERIALIZED (
  SELECT u.c, u.rid, u.updated, u.main, u.n, u.splice, u.hot, u.deleted, u.conflict, u.type, u.id, u.version,
    u.heads::text[] AS heads, ($31::bigint[])[u.t_from:u.t_to] AS tokens, u.body, u.seq, u.entry, u.r_hash, u.header, u.r_splice,
    u.r_body, u.is_new, u.generation, u.hlc,
    u.labels::text[] AS labels, u.displayed, u.home
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::int[], $6::int[], $7::int[], $8::boolean[],
    $9::boolean[], $10::text[], $11::text[], $12::text[], $13::text[], $32::int[], $33::int[], $34::text[], $35::bigint[],
    $36::int[], $37::text[], $38::text[], $39::int[], $40::text[], $41::boolean[], $46::int[], $47::text[],
    $48::text[], $49::text[], $50::text[])
    AS u(c, rid, updated, main, n, splice, hot, deleted, conflict, type, id, version, heads, t_from, t_to, body, seq, entry, r_hash,
      header, r_splice, r_body, is_new, generation, hlc, labels, displayed, home)
  ),
  ins_commit AS (
    INSERT INTO commit (o, seq, hash, header)
    SELECT $42::int, * FROM unnest($43::bigint[], $44::text[], $45::text[])),
  ins_locator AS (
    INSERT INTO locator (type, id, c, rid) SELECT type, id, c, rid FROM r WHERE is_new),
  ins_revision AS (
    INSERT INTO revision (c, rid, n, received, o, seq, entry, generation, splice, type, hlc, hash, header, version, heads, labels, body)
    SELECT c, rid, n, updated, $42::int, seq, entry, generation, r_splice, type, hlc, r_hash, header,
      CASE WHEN heads IS NULL THEN NULL ELSE version END, heads, labels, r_body
    FROM r WHERE seq > 0),
  ${INDEX_INSERTS}
INSERT INTO resource (c, rid, updated, main, n, splice, hot, deleted, conflict, type, id, version, heads, displayed, tokens, body, home)
SELECT c, rid, updated, main, n, splice, hot, deleted, conflict, type, id, version, heads, displayed, tokens, body, home FROM r`;

/** A `text[]` as text. */
export const arrayText = (values: readonly string[]): string =>
  `{${values.map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;

/** `{a,b}`: hashes hold nothing that must be escaped. */
const headsText = (heads: readonly string[] | null): string | null => (heads === null ? null : `{${heads.join(',')}}`);

/** The values of `LAND`. */
export function landValues(
  o: number,
  commits: readonly LandedCommit[],
  resources: readonly LandedResource[],
): readonly unknown[] {
  const tokens: number[] = [];
  const from: number[] = [];
  const to: number[] = [];
  const strings: number[][] = [[], [], []];
  const stringValues: string[] = [];
  const dates: number[][] = [[], [], [], [], []];
  const numbers: (number | null)[][] = [[], [], [], [], [], []];
  const los: number[] = [];
  const his: number[] = [];
  for (const { c, rid, rows } of resources) {
    from.push(tokens.length + 1);
    for (const token of rows.tokens) tokens.push(token);
    to.push(tokens.length);
    for (const { p, value } of rows.strings) {
      push(strings, [c, rid, p]);
      stringValues.push(value);
    }
    for (const { p, lo, hi } of rows.dates) push(dates, [c, rid, p, lo, hi]);
    for (const row of rows.numbers) {
      push(numbers, [c, rid, row.p, row.system, row.code, row.unit]);
      los.push(row.lo);
      his.push(row.hi);
    }
  }
  const revisions = resources.map((r) => r.revision);
  return [
    int8s(resources.map((r) => r.c)),
    int8s(resources.map((r) => r.rid)),
    int8s(resources.map((r) => r.updated)),
    int8s(resources.map((r) => r.rows.main)),
    int4s(resources.map((r) => r.n)),
    int4s(resources.map((r) => r.splice)),
    int4s(resources.map((r) => r.rows.hot)),
    bools(resources.map((r) => r.deleted)),
    bools(resources.map((r) => r.conflict)),
    texts(resources.map((r) => r.type)),
    texts(resources.map((r) => r.id)),
    texts(resources.map((r) => r.version)),
    texts(resources.map((r) => headsText(r.heads))),
    ...strings.map(int8s),
    texts(stringValues),
    ...dates.map(int8s),
    ...numbers.map(int8s),
    float8s(los),
    float8s(his),
    int8s(tokens),
    int4s(from),
    int4s(to),
    texts(resources.map((r) => r.text)),
    int8s(revisions.map((r) => r?.seq ?? 0)),
    int4s(revisions.map((r) => r?.entry ?? 0)),
    texts(revisions.map((r) => r?.hash ?? '')),
    texts(revisions.map((r) => r?.header ?? '')),
    int4s(revisions.map((r) => r?.splice ?? 0)),
    texts(revisions.map((r) => r?.body ?? null)),
    bools(resources.map((r) => r.isNewPlace)),
    o,
    int8s(commits.map((r) => r.seq)),
    texts(commits.map((r) => r.hash)),
    texts(commits.map((r) => r.header)),
    int4s(revisions.map((r) => r?.generation ?? 0)),
    texts(revisions.map((r) => r?.hlc ?? '')),
    texts(revisions.map((r) => r?.labels ?? null)),
    texts(resources.map((r) => (r.heads === null ? null : r.displayed))),
    texts(resources.map((r) => r.home)),
  ];
}

function push<T>(columns: T[][], row: readonly T[]): void {
  for (const [i, column] of columns.entries()) column.push(row[i] as T);
}
