// How commits that were judged land: what is new of them, by resource; what is here under another commit; what is not read.
//
//   PG11  Numbers are given inside the transaction, under the sequencer's lock, at its end.
//   PG22  Resources are locked at once, in the order of their keys, and changed by a fixed number of statements.
import { assert } from '../../../core/base/assert.ts';
import type { Hash, Instant } from '../../../core/base/ports.ts';
import { HLC_START, type Hlc } from '../../../core/record/hlc.ts';
import type { ResourceKey } from '../../../core/record/store.ts';
import { SEQUENCER_LOCK } from './arrivals.ts';
import { nameOf } from './batch.ts';
import type { Connection } from './connections.ts';
import { isLater, isRead, type IncomingRevision } from './incoming.ts';
import type { Source, Taken } from './judge-incoming.ts';
import { LAND, landValues } from './land-sql.ts';
import type { StoreTools } from './prepare.ts';
import { isChain, Work, type Base, type Fresh, type Landing } from './receive-plan.ts';
import {
  amendRevisions,
  bodiesOf,
  graphsOf,
  lockBases,
  numberArrivals,
  partsHeld,
  putBearers,
  putCommits,
  putRevisions,
  putUnread,
  unreadHeld,
  type BearerRow,
  type LandingCommit,
  type UnreadRow,
} from './receive-sql.ts';
import { removals } from './replace-sql.ts';
import { allOf } from './writer.ts';

export interface LandingOptions {
  readonly tools: StoreTools;
  readonly from: Source;
  readonly now: Instant;
  /** Hands out numbers for so many new resources. */
  readonly rids: (count: number) => Promise<() => number>;
}
/** What was written into which compartments, old and new, and the latest hybrid time. */
export interface LandedPlaces {
  readonly places: readonly { readonly type: string; readonly home: string }[];
  readonly latest: Hlc;
}

/** A body that no validator ever saw, and that nobody can make a view of. Its message names no content. */
export class NotLandable extends Error {
  override readonly name = 'NotLandable';
}

interface Arrived extends Taken {
  /** How often the commit came before. */
  readonly part: number;
  /** Entries that were here. */
  readonly held: number;
  /** The others that come now. */
  readonly revisions: readonly IncomingRevision[];
}
interface Sorted {
  readonly works: readonly Work[];
  readonly bearers: readonly BearerRow[];
  readonly unread: readonly UnreadRow[];
  /** Commits with one of the last two. */
  readonly apart: ReadonlySet<number>;
}

export async function landIncoming(
  connection: Connection,
  taken: readonly Taken[],
  options: LandingOptions,
): Promise<LandedPlaces> {
  const arrived = await arrivedOf(connection, taken, options.from);
  if (arrived.length === 0) return { places: [], latest: HLC_START };
  const sorted = await sort(connection, arrived);
  const landings = await landingsOf(connection, sorted.works, arrived, options);
  await send(connection, arrived, landings, sorted, options);
  const places = landings.flatMap(({ resource: { type, home }, base }) => [
    { type, home },
    ...(base === undefined || base.home === home ? [] : [{ type, home: base.home }]),
  ]);
  let latest = HLC_START;
  for (const { revisions } of arrived)
    for (const { said } of revisions) if (isRead(said) && said.hlc > latest) latest = said.hlc;
  return { places, latest };
}

/** A commit of which nothing new comes does not arrive again, but where arrivals are to be as they were. */
async function arrivedOf(connection: Connection, taken: readonly Taken[], from: Source): Promise<readonly Arrived[]> {
  const again = taken.filter(({ wasHeld }) => wasHeld);
  const parts = await partsHeld(
    connection,
    again.map(({ o, incoming }) => ({ o, seq: incoming.commit.seq })),
  );
  const known = new Map(again.map(({ o, incoming }, i) => [`${o} ${incoming.commit.seq}`, parts[i]]));
  return taken.flatMap((each): readonly Arrived[] => {
    const { incoming, o } = each;
    const place = `${o} ${incoming.commit.seq}`;
    const before = known.get(place) ?? { part: 0, entries: new Map<Hash, number>() };
    const fresh = incoming.revisions.filter(({ name }) => !before.entries.has(name));
    if (each.wasHeld && fresh.length === 0 && from !== 'restored') return [];
    // Of a commit of a later version nobody knows the places: what comes later stands behind what is here.
    const end = Math.max(-1, ...before.entries.values());
    const revisions =
      isLater(incoming) && end >= 0 ? fresh.map((revision, i) => ({ ...revision, entry: end + 1 + i })) : fresh;
    const entries = new Map([...before.entries, ...revisions.map(({ name, entry }) => [name, entry] as const)]);
    known.set(place, { part: before.part + 1, entries });
    return [{ ...each, part: before.part, held: before.entries.size, revisions }];
  });
}

const NO_KEY: ResourceKey = { type: '', id: '' };

async function sort(connection: Connection, arrived: readonly Arrived[]): Promise<Sorted> {
  const keys = new Map<string, ResourceKey>();
  const unreadNames: Hash[] = [];
  for (const { revisions } of arrived) {
    for (const { said, name } of revisions) {
      if (isRead(said)) keys.set(nameOf(said.key), said.key);
      else unreadNames.push(name);
    }
  }
  const [bases, unreadThere] = await Promise.all([
    lockBases(connection, [...keys.values()]),
    unreadHeld(connection, unreadNames),
  ]);

  const byKey = new Map<string, Fresh[]>([...keys.keys()].map((key) => [key, []]));
  const bearers: BearerRow[] = [];
  const unread: UnreadRow[] = [];
  const apart = new Set<number>();
  const seen = new Set<Hash>(unreadThere);
  for (const [commit, { revisions }] of arrived.entries()) {
    for (const { name, header, text, entry, said } of revisions) {
      const standing = { commit, entry };
      const isAgain = seen.has(name);
      seen.add(name);
      if (isAgain || !isRead(said)) apart.add(commit);
      if (isAgain) bearers.push({ ...standing, key: isRead(said) ? said.key : NO_KEY, name });
      else if (isRead(said)) byKey.get(nameOf(said.key))?.push({ name, header, text, said, standing });
      else unread.push({ ...standing, name, reason: said, header, text });
    }
  }

  const chains = new Set([...byKey].filter(([key, fresh]) => isChain(bases.get(key), fresh)).map(([key]) => key));
  const deep = [...bases].filter(([key]) => !chains.has(key)).map(([, base]) => base);
  const graphs = await graphsOf(connection, deep);
  const works = [...byKey].flatMap(([name, came]): readonly Work[] => {
    const key = keys.get(name);
    assert(key !== undefined, 'what came has a key');
    const base = bases.get(name);
    if (chains.has(name)) return came.length === 0 ? [] : [new Work(key, base, undefined, came)];
    const graph = graphs.get(base?.rid ?? 0) ?? new Map();
    const fresh = came.filter((each) => !graph.has(each.name));
    for (const each of came) {
      if (!graph.has(each.name)) continue;
      bearers.push({ ...each.standing, key, name: each.name });
      apart.add(each.standing.commit);
    }
    return fresh.length === 0 ? [] : [new Work(key, base, graph, fresh)];
  });
  return { works, bearers, unread, apart };
}

async function landingsOf(
  connection: Connection,
  works: readonly Work[],
  arrived: readonly Arrived[],
  { tools, rids, from, now }: LandingOptions,
): Promise<readonly Landing[]> {
  const wanted = works.flatMap(({ base, bodiesWanted }): readonly { base: Base; names: readonly Hash[] }[] =>
    base === undefined ? [] : [{ base, names: bodiesWanted }],
  );
  const bodies = await bodiesOf(connection, wanted);
  const next = await rids(works.length);
  const none = new Map<Hash, string | undefined>();
  return works.map((work) => {
    const last = work.fresh.at(-1)?.standing.commit ?? 0;
    try {
      return work.landing(tools, bodies.get(work.base?.rid ?? 0) ?? none, timeOf(arrived[last], from, now), next);
    } catch (error) {
      throw new NotLandable('a resource cannot be put together', { cause: error });
    }
  });
}

/** When a commit came here (RS15): of one that is restored, when its author's node took it in. */
const timeOf = (arrived: Arrived | undefined, from: Source, now: Instant): Instant =>
  from === 'restored' ? (arrived?.incoming.receivedAt ?? now) : now;

async function send(
  connection: Connection,
  arrived: readonly Arrived[],
  landings: readonly Landing[],
  { bearers, unread, apart }: Sorted,
  { from, now }: LandingOptions,
): Promise<void> {
  const commits = arrived.map((each, i) => rowOf(each, apart.has(i)));
  const times = arrived.map((each) => timeOf(each, from, now));
  const resources = landings.map(({ resource }) => resource);
  const rows = landings.flatMap((landing) => landing.rows);
  const amended = landings.flatMap((landing) => landing.amended);
  const replaced = landings.flatMap(({ base }) => (base === undefined ? [] : [base]));
  const moved = landings.flatMap(({ base, resource: { c, rid, type, id } }) =>
    base === undefined || base.c === c ? [] : [{ from: base.c, to: c, rid, key: { type, id } }],
  );
  const sent: Promise<unknown>[] = replaced.length > 0 ? removals(connection, replaced, moved) : [];
  sent.push(putCommits(connection, commits));
  if (resources.length > 0) sent.push(connection.query(LAND, landValues(0, [], resources)));
  if (rows.length > 0) sent.push(putRevisions(connection, times, rows, commits));
  if (amended.length > 0) sent.push(amendRevisions(connection, amended));
  if (bearers.length > 0) sent.push(putBearers(connection, bearers, commits));
  if (unread.length > 0) sent.push(putUnread(connection, now, unread, commits));
  sent.push(connection.query('SELECT pg_advisory_xact_lock($1::bigint)', [SEQUENCER_LOCK]));
  sent.push(numberArrivals(connection, commits));
  await allOf(sent);
}

function rowOf({ incoming, o, part, held, revisions }: Arrived, apart: boolean): LandingCommit {
  const { commit, entries } = incoming;
  return {
    o,
    seq: commit.seq,
    hash: commit.hash,
    header: commit.header,
    prev: isLater(incoming) ? storable(commit.prev) : null,
    signature: commit.signature === undefined ? null : storable(commit.signature),
    part,
    lacks: Math.max(0, entries - held - revisions.length),
    apart,
  };
}

/** What stands beside the hash is nobody's word: what no text of the database may hold is left out. */
const storable = (text: string): string => text.replaceAll('\0', '');
