// Proof that the record is whole: every name recomputed, every derived row derived again, in one snapshot, a batch at a time.
//
//   RS27  An untouched record has no findings; findings say where, never what.
import { generationsOf, headsOf, lowestCommonAncestors, type Node } from '../../../core/record/ancestry.ts';
import {
  bodyHashOf,
  commitHash,
  decodeCommit,
  decodeRevision,
  revisionHash,
  versionIdOf,
} from '../../../core/record/envelope.ts';
import type { Progress, VerifyFinding, VerifyReport } from '../../../core/record/store.ts';
import { stateOf, type Known } from './batch.ts';
import { int8s } from './binary-arrays.ts';
import type { Queryable, Row } from './connections.ts';
import type { IndexRows } from './index-rows.ts';
import { originNamed } from './judge-incoming.ts';
import type { StoreTools } from './prepare.ts';
import { knownOf } from './replace-sql.ts';

const BATCH = 500;
/** Findings beyond this are counted by no one: the record is broken. */
const FINDINGS_MAX = 10_000;
const BIGINT_END = 2 ** 63;

interface Checking {
  readonly db: Queryable;
  readonly tools: StoreTools;
  readonly find: (what: VerifyFinding['what'], where: string, message: string) => void;
  readonly step: (count: number) => void;
  /** Index rows that the bodies account for. */
  readonly rows: { hot: number; string: number; date: number; number: number };
}

/** `db` must be one session in a repeatable-read transaction. */
export async function verifyRecord(db: Queryable, tools: StoreTools, progress?: Progress): Promise<VerifyReport> {
  const findings: VerifyFinding[] = [];
  const [counts] = await db.query(
    'SELECT (SELECT count(*) FROM commit), (SELECT count(*) FROM revision), (SELECT count(*) FROM resource)',
    [],
  );
  const [commits = 0, revisions = 0, resources = 0] = (counts ?? []).map(Number);
  let done = 0;
  const checking: Checking = {
    db,
    tools,
    find: (what, where, message) => {
      if (findings.length < FINDINGS_MAX) findings.push({ what, where, message });
    },
    step: (count) => progress?.((done += count), Math.max(done, commits + resources)),
    rows: { hot: 0, string: 0, date: 0, number: 0 },
  };
  await checkChains(checking);
  await checkArrivals(checking);
  await checkCarried(checking);
  await checkResources(checking);
  await checkStrays(checking);
  return { commits, revisions, resources, findings };
}

/** With each entry that is here, wherever it stands. */
const COMMITS = `
SELECT c.o, c.seq, g.name, c.hash, c.header, c.lacks,
  (SELECT array_agg(e.entry || ' ' || e.name ORDER BY e.entry) FROM (
     SELECT v.entry, v.hash AS name FROM revision v WHERE v.o = c.o AND v.seq = c.seq
     UNION ALL SELECT b.entry, b.name FROM bearer b WHERE c.apart AND b.o = c.o AND b.seq = c.seq
     UNION ALL SELECT u.entry, u.name FROM unread u WHERE c.apart AND u.o = c.o AND u.seq = c.seq) AS e)
FROM commit c LEFT JOIN origin g ON g.o = c.o
WHERE (c.o, c.seq) > ($1::int, $2::bigint) ORDER BY c.o, c.seq LIMIT ${BATCH}`;

async function checkChains({ db, tools, find, step }: Checking): Promise<void> {
  let last: readonly unknown[] = [-1, 0];
  let tip: { readonly o: unknown; readonly seq: number; readonly hash: string } = { o: -1, seq: 0, hash: '' };
  for (;;) {
    const rows = await db.query(COMMITS, last);
    for (const [o, seq, name, hash, header, lacks, entries] of rows) {
      const where = `${String(name)} ${String(seq)}`;
      const text = String(header);
      if (commitHash(tools.digest, text) !== hash) find('chain', where, 'the hash is not that of the header');
      const decoded = decodeCommit(text);
      const kept = Array.isArray(entries) ? (entries as string[]) : [];
      if (decoded.ok) {
        const said = decoded.value;
        // Of what comes from elsewhere the commit before may be out of scope, or on its way.
        const before = tip.o === o && tip.seq + 1 === seq ? tip.hash : seq === 1 ? '' : said.prev;
        const follows = said.origin === originNamed(String(name)) && said.seq === seq && said.prev === before;
        if (!follows) find('chain', where, 'the header does not follow the commit before');
        const isOwn = kept.every((entry) => said.entries[Number.parseInt(entry, 10)] === entry.split(' ')[1]);
        if (!isOwn || kept.length + Number(lacks) !== said.entries.length)
          find('chain', where, 'the revisions are not those of the header');
        // Of a later version: carried, not read.
      } else if (decoded.error.kind === 'malformed') find('chain', where, 'the header cannot be read');
      tip = { o, seq: Number(seq), hash: String(hash) };
    }
    step(rows.length);
    const end = rows.at(-1);
    if (end === undefined || rows.length < BATCH) return;
    last = [end[0], end[1]];
  }
}

/** What this node's processes write has no gap, and nothing of it was passed over; what comes from elsewhere has a number from the start. */
async function checkArrivals({ db, find }: Checking): Promise<void> {
  const [row] = await db.query(
    `SELECT (SELECT count(*) FROM arrival), (SELECT coalesce(max(n), 0) FROM arrival),
       (SELECT count(*) FROM arrival a LEFT JOIN commit c ON c.o = a.o AND c.seq = a.seq WHERE c.o IS NULL),
       (SELECT count(*) FROM (SELECT 1 FROM arrival GROUP BY o, seq, part HAVING count(*) > 1) AS twice),
       (SELECT count(*) FROM commit c JOIN origin g ON g.o = c.o
          LEFT JOIN (SELECT o, max(seq) AS seq FROM arrival GROUP BY o) AS m ON m.o = c.o
          LEFT JOIN arrival a ON a.o = c.o AND a.seq = c.seq WHERE a.n IS NULL AND (NOT g.here OR c.seq < m.seq)),
       (SELECT count(*) FROM (SELECT c.o FROM commit c JOIN origin g ON g.o = c.o AND g.here GROUP BY c.o HAVING max(c.seq) <> count(*)) AS gaps)`,
    [],
  );
  const [count = 0, highest = 0, unknown = 0, twice = 0, passed = 0, gaps = 0] = (row ?? []).map(Number);
  if (count !== highest) find('arrival', 'all', 'the arrival numbers have gaps');
  if (unknown > 0) find('arrival', 'all', `${unknown} arrivals are of no commit`);
  if (twice > 0) find('arrival', 'all', `${twice} commits arrived twice`);
  if (passed > 0) find('arrival', 'all', `${passed} commits were passed over`);
  if (gaps > 0) find('chain', 'all', `${gaps} origins of this node have gaps`);
}

/** What is carried and not read is what its names say, and whoever bears a revision of another commit finds it. */
async function checkCarried({ db, tools, find }: Checking): Promise<void> {
  let last = '';
  for (;;) {
    const rows = await db.query(`SELECT name, header, body FROM unread WHERE name > $1 ORDER BY name LIMIT ${BATCH}`, [
      last,
    ]);
    for (const [name, header, body] of rows) {
      const text = Buffer.isBuffer(body) ? body.toString('utf8') : undefined;
      const bodyHash = bodyHashOf(tools.digest, text);
      if (revisionHash(tools.digest, (header as Buffer).toString('utf8'), bodyHash) !== name)
        find('revision', String(name), 'what is carried is not what its name says');
      last = String(name);
    }
    if (rows.length < BATCH) break;
  }
  // Each by its keys, whatever the planner thinks of tables that grew a moment ago.
  const [row] = await db.query(
    `SELECT (SELECT count(*) FROM bearer b WHERE NOT EXISTS (
         SELECT 1 FROM locator l JOIN revision v ON v.c = l.c AND v.rid = l.rid AND v.hash = b.name
         WHERE l.type = b.type AND l.id = b.id OFFSET 0)
         AND NOT EXISTS (SELECT 1 FROM unread u WHERE u.name = b.name OFFSET 0)),
       (SELECT count(*) FROM arrival a CROSS JOIN LATERAL (
           SELECT hash FROM revision WHERE o = a.o AND seq = a.seq AND part = a.part OFFSET 0) AS v
         WHERE a.n <= (SELECT named FROM sync_state) AND NOT EXISTS (SELECT 1 FROM named x WHERE x.name = v.hash OFFSET 0))`,
    [],
  );
  const [lost = 0, unnamed = 0] = (row ?? []).map(Number);
  if (lost > 0) find('revision', 'all', `${lost} revisions of commits are not to be found`);
  if (unnamed > 0) find('index', 'named', `${unnamed} revisions are not among the names`);
}

const RESOURCES = `
SELECT l.type, l.id, l.c, l.rid, r.n, r.version, r.heads, r.deleted, r.conflict, r.splice, r.body, r.tokens, r.hot, r.main, r.home,
  (SELECT count(*) FROM unnest(r.tokens[1:r.hot]) AS t(hash)
     JOIN hot h ON h.hash = t.hash AND h.c = r.c AND h.main = r.main AND h.rid = r.rid)
FROM locator l LEFT JOIN resource r ON r.c = l.c AND r.rid = l.rid AND r.type = l.type AND r.id = l.id
WHERE (l.type, l.id) > ($1, $2) ORDER BY l.type, l.id LIMIT ${BATCH}`;
const PLACES = 'unnest($1::bigint[], $2::bigint[]) AS k(c, rid)';
const REVISIONS = `
SELECT v.rid, v.n, v.version, v.heads, v.hash, v.generation, v.hlc, v.header, v.labels, v.splice,
  CASE WHEN r.n = v.n AND r.heads IS NULL AND NOT r.deleted THEN r.body ELSE v.body END
FROM ${PLACES} JOIN revision v ON v.c = k.c AND v.rid = k.rid JOIN resource r ON r.c = v.c AND r.rid = v.rid
ORDER BY v.rid, v.n`;
const STRINGS = `SELECT d.rid, d.p, d.value FROM ${PLACES} JOIN index_string d ON d.c = k.c AND d.rid = k.rid`;
const DATES = `SELECT d.rid, d.p, d.lo, d.hi FROM ${PLACES} JOIN index_date d ON d.c = k.c AND d.rid = k.rid`;
const NUMBERS = `SELECT d.rid, d.p, d.system, d.code, d.unit, d.lo, d.hi FROM ${PLACES} JOIN index_number d ON d.c = k.c AND d.rid = k.rid`;

async function checkResources(checking: Checking): Promise<void> {
  const { db, find, step } = checking;
  let last: readonly unknown[] = ['', ''];
  for (;;) {
    const rows = await db.query(RESOURCES, last);
    const whole = rows.filter((row) => row[4] !== null);
    for (const row of rows) {
      if (row[4] === null) find('locator', whereOf(row), 'the locator points at nothing');
    }
    const places = [int8s(whole.map((row) => Number(row[2]))), int8s(whole.map((row) => Number(row[3])))];
    const revisions = byRid(await db.query(REVISIONS, places));
    const strings = byRid(await db.query(STRINGS, places));
    const dates = byRid(await db.query(DATES, places));
    const numbers = byRid(await db.query(NUMBERS, places));
    for (const row of whole) {
      const rid = Number(row[3]);
      const kept = { strings: strings.get(rid) ?? [], dates: dates.get(rid) ?? [], numbers: numbers.get(rid) ?? [] };
      checkResource(checking, row, revisions.get(rid) ?? [], kept);
    }
    step(rows.length);
    const end = rows.at(-1);
    if (end === undefined || rows.length < BATCH) return;
    last = [end[0], end[1]];
  }
}

const whereOf = (row: Row): string => `${String(row[0])}/${String(row[1])}`;

function byRid(rows: readonly Row[]): ReadonlyMap<number, readonly Row[]> {
  const grouped = new Map<number, Row[]>();
  for (const [rid, ...rest] of rows) {
    const group = grouped.get(Number(rid));
    if (group) group.push(rest);
    else grouped.set(Number(rid), [rest]);
  }
  return grouped;
}

interface KeptRows {
  readonly strings: readonly Row[];
  readonly dates: readonly Row[];
  readonly numbers: readonly Row[];
}

function checkResource(checking: Checking, row: Row, revisions: readonly Row[], kept: KeptRows): void {
  const { tools, find } = checking;
  const where = whereOf(row);
  const [type, , , , n, version, heads, deleted, conflict, splice, body] = row;
  const known = new Map<string, Known>();
  const graph = new Map<string, Node>();
  for (const [place, revision] of revisions.entries()) {
    const [number, , , ...rest] = revision;
    const each = knownOf(rest);
    known.set(each.hash, each);
    if (number !== place + 1) find('revision', where, 'the versions are not numbered from 1 without a gap');
    const decoded = decodeRevision(each.header);
    if (revisionHash(tools.digest, each.header, bodyHashOf(tools.digest, each.text)) !== each.hash) {
      find('revision', where, 'a revision is not what its name says');
      // The name covers both; a header that no longer names this resource is what changed.
      const isSame = decoded.ok && `${decoded.value.type}/${decoded.value.id}` === where;
      if (isSame) find('body', where, 'a body is not what its revision names');
    }
    if (!decoded.ok) find('revision', where, 'a revision header cannot be read');
    graph.set(each.hash, { hash: each.hash, hlc: each.hlc, parents: decoded.ok ? decoded.value.parents : [] });
  }
  for (const [hash, generation] of generationsOf(graph))
    if (known.get(hash)?.generation !== generation) find('revision', where, 'a generation is not that of the ancestry');
  if (revisions.length !== n) find('revision', where, 'the history does not end at the current version');
  const said = heads === null ? [String(version)] : (heads as string[]);
  const derived = headsOf(graph);
  if (derived.join() !== said.join() || derived.length === 0)
    return find('head', where, 'the heads are not those of the revisions');
  if (versionIdOf(tools.digest, derived) !== version) find('head', where, 'the version is not that of the heads');
  checkIndex(checking, row, named(derived), kept);
  function named(hashes: readonly string[]): readonly Known[] {
    return hashes.map((hash) => known.get(hash)).filter((each) => each !== undefined);
  }
  function checkIndex(to: Checking, of: Row, live: readonly Known[], rows: KeptRows): void {
    let state: ReturnType<typeof stateOf>;
    try {
      const ancestors = live.length < 2 ? [] : named(lowestCommonAncestors(graph, derived));
      state = stateOf(tools, String(type), live, ancestors);
    } catch {
      // A body that is no JSON any more was reported as changed.
      return find('index', where, 'the index cannot be derived from the bodies');
    }
    const { view, text, splice: insertedAt, home, compartment } = state;
    if (
      view.deleted !== deleted ||
      view.conflict !== conflict ||
      text !== body ||
      (!view.deleted && insertedAt !== splice)
    ) {
      find('head', where, 'what is shown is not what the heads come to');
    }
    if (home !== of[14]) find('index', where, 'the home compartment is not that of what is shown');
    if (compartment.key !== of[2]) find('locator', where, 'the resource is not kept in its home compartment');
    if (!sameIndex(to, of, state.rows, rows)) find('index', where, 'the index says something other than the bodies');
  }
}

function sameIndex({ rows: totals }: Checking, row: Row, want: IndexRows, kept: KeptRows): boolean {
  const [, , , , , , , , , , , tokens, hot, main, , hotRows] = row;
  totals.hot += want.hot;
  totals.string += want.strings.length;
  totals.date += want.dates.length;
  totals.number += want.numbers.length;
  const have = (tokens as string[]).map(Number);
  return (
    same(have.slice(0, Number(hot)), want.tokens.slice(0, want.hot)) &&
    same(have.slice(Number(hot)), want.tokens.slice(want.hot)) &&
    kept8(want.main) === kept8(Number(main)) &&
    hotRows === want.hot &&
    same(
      kept.strings.map((r) => r.join('|')),
      want.strings.map((r) => `${r.p}|${r.value}`),
    ) &&
    same(
      kept.dates.map((r) => r.map((v) => kept8(Number(v))).join('|')),
      want.dates.map((r) => [r.p, r.lo, r.hi].map(kept8).join('|')),
    ) &&
    same(
      kept.numbers.map((r) => r.join('|')),
      want.numbers.map((r) => [r.p, r.system, r.code, r.unit, r.lo, r.hi].join('|')),
    )
  );
}

/** The ends of bigint stand for what has no end. */
const kept8 = (value: number): number => Math.max(-BIGINT_END, Math.min(BIGINT_END, value));

function same<T extends string | number>(a: readonly T[], b: readonly T[]): boolean {
  if (a.length !== b.length) return false;
  const left = [...a].sort();
  const right = [...b].sort();
  return left.every((value, i) => value === right[i]);
}

/** Rows that belong to no resource, or to what it no longer says. */
async function checkStrays({ db, find, rows }: Checking): Promise<void> {
  const [row] = await db.query(
    `SELECT (SELECT count(*) FROM hot), (SELECT count(*) FROM index_string), (SELECT count(*) FROM index_date),
       (SELECT count(*) FROM index_number),
       (SELECT count(*) FROM resource r LEFT JOIN locator l ON l.type = r.type AND l.id = r.id AND l.c = r.c AND l.rid = r.rid
          WHERE l.type IS NULL),
       (SELECT count(*) FROM revision v LEFT JOIN commit c ON c.o = v.o AND c.seq = v.seq WHERE c.o IS NULL),
       (SELECT count(*) FROM revision v LEFT JOIN resource r ON r.c = v.c AND r.rid = v.rid WHERE r.rid IS NULL)`,
    [],
  );
  const [hot = 0, string = 0, date = 0, number = 0, lost = 0, loose = 0, orphans = 0] = (row ?? []).map(Number);
  if (hot !== rows.hot) find('index', 'hot', 'there are rows that no body accounts for');
  if (string !== rows.string) find('index', 'index_string', 'there are rows that no body accounts for');
  if (date !== rows.date) find('index', 'index_date', 'there are rows that no body accounts for');
  if (number !== rows.number) find('index', 'index_number', 'there are rows that no body accounts for');
  if (lost > 0) find('locator', 'all', `${lost} resources have no locator`);
  if (loose > 0) find('revision', 'all', `${loose} revisions are in no commit`);
  if (orphans > 0) find('revision', 'all', `${orphans} revisions are of no resource`);
}
