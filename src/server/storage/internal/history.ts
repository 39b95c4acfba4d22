// What was: versions by name, and the history of a resource, a type, or all.
//
//   Order and visibility: RS16, RS17 and RS9 of specs/store.md. Pages go by keys of what is never changed.
import { lowestCommonAncestors } from '../../../core/record/ancestry.ts';
import { decodeRevision } from '../../../core/record/envelope.ts';
import { shownOf } from '../../../core/record/view.ts';
import { homeOfScope } from '../../../core/record/scope.ts';
import type {
  HistoryPage,
  HistoryQuery,
  ResourceKey,
  Stored,
  Version,
  Visibility,
} from '../../../core/record/store.ts';
import { assert } from '../../../core/base/assert.ts';
import { definitions } from '../../../core/fhir/definitions/r4.ts';
import { viewed, type Known } from './batch.ts';
import { int8s, texts } from './binary-arrays.ts';
import type { Queryable, Row } from './connections.ts';

import { arrayText } from './land-sql.ts';
import { homeOfHeader, type StoreTools } from './prepare.ts';
import { KNOWN, knownOf, skeletons } from './replace-sql.ts';
import { sightOf } from './sight.ts';
import { Values } from './stored-rows.ts';
import { homeOfHeaderSql, stayedSql, versionVisibleSql, type VersionSql } from './visible-sql.ts';

/** The heads of one resource by name, with their bodies. */
export async function knownRevisions(
  db: Queryable,
  place: { readonly c: number; readonly rid: number },
  names: readonly string[],
): Promise<readonly Known[]> {
  const rows = await db.query(KNOWN, [int8s([place.c]), int8s([place.rid]), texts([arrayText(names)])]);
  return rows.map(([, , ...rest]) => knownOf(rest));
}

/** Heads with their lowest common ancestors, where those are several. */
export async function knownFork(
  db: Queryable,
  place: { readonly c: number; readonly rid: number },
  names: readonly string[],
): Promise<{ readonly heads: readonly Known[]; readonly ancestors: readonly Known[] }> {
  const below =
    names.length < 2 ? [] : lowestCommonAncestors((await skeletons(db, [place])).get(place.rid) ?? new Map(), names);
  const known = await knownRevisions(db, place, [...names, ...below]);
  const named = (hashes: readonly string[]): readonly Known[] => known.filter(({ hash }) => hashes.includes(hash));
  return { heads: named(names), ancestors: named(below) };
}

const HEADS = `FROM revision w WHERE w.c = v.c AND w.rid = v.rid AND w.hash = ANY (v.heads)`;
/** A version by name: its own labels and home, or those of its heads, where it has several. */
const NAMED: VersionSql = {
  labels: `coalesce(CASE WHEN v.heads IS NULL OR v.hash = q.name THEN v.labels ELSE ARRAY (SELECT unnest(w.labels) ${HEADS}) END, '{}')`,
  stayed: `(q.name = r.version OR ((v.heads IS NULL OR v.hash = q.name) AND ${stayedSql('v.header')}))`,
  homes: `SELECT unnest(CASE WHEN v.heads IS NULL OR v.hash = q.name THEN ARRAY[${homeOfHeaderSql('v.header')}]
    ELSE ARRAY (SELECT ${homeOfHeaderSql('w.header')} ${HEADS}) END) AS home`,
};
/** A revision in a history. */
const REVISION: VersionSql = {
  labels: "coalesce(v.labels, '{}')",
  stayed: stayedSql('v.header'),
  homes: `SELECT ${homeOfHeaderSql('v.header')} AS home`,
};

/**
 * `versionId` is a revision's name, or any version that the resource has had here. Whatever hides it, one statement is run, as
 * for one that was never there.
 */
export async function readVersion(
  db: Queryable,
  tools: StoreTools,
  key: ResourceKey,
  versionId: string,
  visible: Visibility,
): Promise<Stored | undefined> {
  const found = await findVersion(db, tools, key, versionId, visible, 'later');
  // What was another patient's is judged there, too: a second statement, for who sees the resource and has that version's hash.
  const row = found?.at(-1) === false ? await findVersion(db, tools, key, versionId, visible, 'judged') : found;
  if (row === undefined) return undefined;
  const [c, rid, hash, heads, version, received] = row;
  const names = version === versionId && Array.isArray(heads) ? (heads as string[]) : [hash as string];
  const { heads: known, ancestors } = await knownFork(db, { c: c as number, rid: rid as number }, names);
  const view = viewed(tools, key.type, known, ancestors);
  const shown = known.find((head) => head.hash === view.displayed);
  const { text, body } = shownOf(view, known);
  return {
    key,
    home: homeOfHeader(shown?.header ?? ''),
    versionId,
    lastUpdatedAt: received as number,
    heads: [...names].sort(),
    displayed: view.displayed,
    deleted: view.deleted,
    conflict: view.conflict,
    ...(view.severity === undefined ? {} : { severity: view.severity }),
    text,
    splice: view.deleted ? 0 : (body?.splice ?? shown?.splice ?? 0),
  };
}

async function findVersion(
  db: Queryable,
  tools: StoreTools,
  key: ResourceKey,
  versionId: string,
  visible: Visibility,
  elsewhere: 'later' | 'judged',
): Promise<Row | undefined> {
  const values = new Values();
  const type = values.add(key.type, 'text');
  const id = values.add(key.id, 'text');
  const name = values.add(versionId, 'text');
  const may = versionVisibleSql(tools, sightOf(visible, key.type).visible, values, NAMED, elsewhere);
  const stayed = visible.see === 'everything' ? 'true' : NAMED.stayed;
  const [row] = await db.query(
    ...values.used(
      `SELECT r.c, r.rid, v.hash, v.heads, v.version, v.received, ${stayed}
     FROM locator l JOIN resource r ON r.c = l.c AND r.rid = l.rid JOIN revision v ON v.c = r.c AND v.rid = r.rid
     CROSS JOIN (SELECT ${name} AS name) q
     WHERE l.type = ${type} AND l.id = ${id} AND (v.hash = ${name} OR v.version = ${name}) AND ${may}
     ORDER BY v.n LIMIT 1`,
    ),
  );
  return row;
}

interface Place {
  readonly received: number;
  readonly generation: number;
  readonly hlc: string;
  readonly hash: string;
}

const COLUMNS = `v.type, l_id.id, v.received, v.generation, v.hlc, v.hash, v.header, v.splice,
  CASE WHEN r.n = v.n AND r.heads IS NULL AND NOT r.deleted THEN r.body ELSE v.body END`;

/** Newest first; `total` counts what matches and is visible. */
export async function history(
  db: Queryable,
  tools: StoreTools,
  query: HistoryQuery,
  visible: Visibility,
): Promise<HistoryPage> {
  // Of one resource it is asked first whether it was ever elsewhere; of many, some were.
  const mayHaveStayed = query.id !== undefined && visible.see === 'some';
  let elsewhere: Elsewhere = mayHaveStayed ? 'later' : 'judged';
  let counts = await countOf(db, tools, query, visible, elsewhere);
  if (mayHaveStayed) {
    elsewhere = counts.moved === 0 ? 'left-out' : 'judged';
    if (elsewhere === 'judged') counts = await countOf(db, tools, query, visible, elsewhere);
  }
  const { total } = counts;
  if (query.count === 0) return { versions: [], total };
  const rows = await pageOf(db, tools, query, visible, elsewhere);
  const page = rows.slice(0, query.count);
  const last = page.at(-1);
  return {
    versions: page.map(versionOf),
    total,
    ...(last !== undefined && rows.length > query.count ? { next: cursorOf(placeOf(last)) } : {}),
  };
}

type Elsewhere = Parameters<typeof versionVisibleSql>[4];

/** `moved`: of those counted, the ones that had another home. */
async function countOf(
  db: Queryable,
  tools: StoreTools,
  query: HistoryQuery,
  visible: Visibility,
  elsewhere: Elsewhere,
): Promise<{ readonly total: number; readonly moved: number }> {
  const values = new Values();
  const moved = elsewhere === 'later' ? `count(*) FILTER (WHERE NOT ${REVISION.stayed})` : '0';
  const where = matching(tools, query, visible, values, elsewhere);
  const [row] = await db.query(
    ...values.used(`SELECT count(*), ${moved} FROM revision v${joinFor(query, visible)} WHERE ${where}`),
  );
  return { total: Number(row?.[0] ?? 0), moved: Number(row?.[1] ?? 0) };
}

const JOIN = ' JOIN resource r ON r.c = v.c AND r.rid = v.rid';
const joinFor = (query: HistoryQuery, visible: Visibility): string =>
  visible.see === 'everything' && query.id === undefined ? '' : JOIN;

async function pageOf(
  db: Queryable,
  tools: StoreTools,
  query: HistoryQuery,
  visible: Visibility,
  elsewhere: Elsewhere,
): Promise<readonly Row[]> {
  const values = new Values();
  const after = query.after === undefined ? undefined : placeOfCursor(query.after);
  const isOne = query.id !== undefined;
  const limit = values.add(query.count + 1, 'int');
  const order = isOne
    ? 'v.generation DESC, v.hlc DESC, v.hash DESC'
    : 'v.received DESC, v.generation DESC, v.hlc DESC, v.hash DESC';
  const beyond = after === undefined ? 'true' : beyondSql(after, isOne, values);
  const where = `${matching(tools, query, visible, values, elsewhere)} AND ${beyond}`;
  const named = `SELECT ${COLUMNS.replace('l_id.id', 'r.id')} FROM revision v${JOIN} WHERE ${where}`;
  if (isOne || query.type !== undefined) return db.query(...values.used(`${named} ORDER BY ${order} LIMIT ${limit}`));
  // The index leads with the type: the newest of each, then the newest of those.
  const types = values.add(definitions.resourceTypes, 'text[]');
  return db.query(
    ...values.used(
      `SELECT v.* FROM unnest(${types}) AS t(type), LATERAL (${named} AND v.type = t.type ORDER BY ${order} LIMIT ${limit}) AS v
     ORDER BY ${order} LIMIT ${limit}`,
    ),
  );
}

function matching(
  tools: StoreTools,
  query: HistoryQuery,
  visible: Visibility,
  values: Values,
  elsewhere: Elsewhere,
): string {
  const parts: string[] = [];
  if (query.type !== undefined) parts.push(`v.type = ${values.add(query.type, 'text')}`);
  if (query.id !== undefined) {
    const type = values.add(query.type ?? '', 'text');
    const id = values.add(query.id, 'text');
    parts.push(`(v.c, v.rid) = (SELECT l.c, l.rid FROM locator l WHERE l.type = ${type} AND l.id = ${id})`);
  }
  if (query.since !== undefined) parts.push(`v.received >= ${values.add(query.since, 'bigint')}`);
  if (query.at) {
    const hi = values.add(query.at.hi, 'bigint');
    const lo = values.add(query.at.lo, 'bigint');
    // A child names its parents in its header, and hashes stand nowhere else in it.
    parts.push(
      `v.received < ${hi} AND coalesce((SELECT min(x.received) FROM revision x
        WHERE x.c = v.c AND x.rid = v.rid AND strpos(x.header, v.hash) > 0), ${hi} + 1) > ${lo}`,
    );
  }
  if (visible.see === 'some') {
    const may = query.type === undefined ? visible : sightOf(visible, query.type).visible;
    parts.push(versionVisibleSql(tools, may, values, REVISION, elsewhere));
  }
  return parts.length === 0 ? 'true' : parts.join(' AND ');
}

function beyondSql(place: Place, isOne: boolean, values: Values): string {
  const rest = [
    values.add(place.generation, 'int'),
    values.add(place.hlc, 'text'),
    values.add(place.hash, 'text'),
  ].join(', ');
  if (isOne) return `(v.generation, v.hlc, v.hash) < (${rest})`;
  return `(v.received, v.generation, v.hlc, v.hash) < (${values.add(place.received, 'bigint')}, ${rest})`;
}

function placeOf(row: Row): Place {
  const [, , received, generation, hlc, hash] = row;
  return { received: received as number, generation: generation as number, hlc: hlc as string, hash: hash as string };
}
const cursorOf = ({ received, generation, hlc, hash }: Place): string =>
  JSON.stringify([received, generation, hlc, hash]);
function placeOfCursor(cursor: string): Place {
  const [received, generation, hlc, hash] = JSON.parse(cursor) as [number, number, string, string];
  return { received, generation, hlc, hash };
}

function versionOf(row: Row): Version {
  const [type, id, received, , , hash, header, splice, body] = row;
  const decoded = decodeRevision(header as string);
  assert(decoded.ok, 'a kept header of version 1 decodes');
  const { kind, parents, author, scope } = decoded.value;
  return {
    key: { type: type as string, id: id as string },
    home: homeOfScope(scope),
    versionId: hash as string,
    lastUpdatedAt: received as number,
    deleted: typeof body !== 'string',
    text: typeof body === 'string' ? body : '',
    splice: splice as number,
    kind,
    parents,
    ...(author === undefined ? {} : { author }),
  };
}
