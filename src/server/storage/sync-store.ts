// Replication over the record in PostgreSQL: the port of core/sync/ports.ts, for as many processes of the node as like to open it.
//
// Rules: specs/postgres.md PG22 to PG30, specs/store.md RS34 to RS36. Start reading at internal/receive.ts.
//
//   1. What this node wraps (`author`) has an origin of its own, apart from what its writer writes: two chains, one writer each.
//   2. A server keeps everything: `release` does nothing.
import { toBase32 } from '../../core/base/base32.ts';
import { assert } from '../../core/base/assert.ts';
import type { Chance, Clock, Hash, Instant } from '../../core/base/ports.ts';
import { sealCommit, type ChainTip } from '../../core/record/seal.ts';
import type { ArrivedCommit } from '../../core/record/store.ts';
import type { Part } from '../../core/sync/compare.ts';
import { isTaken, type Verdict } from '../../core/sync/judge-commit.ts';
import type {
  CarriedCommit,
  CarriedRevision,
  Durability,
  Foremost,
  Held,
  LinkRecord,
  LinkWrite,
  Mark,
  Place,
  SyncStore,
  Tip,
} from '../../core/sync/ports.ts';
import { printOfScopes, type Scopes } from '../../core/sync/scopes.ts';
import {
  arrivalsAfter,
  carried,
  commitRow,
  COMMIT_COLUMNS,
  pageOf,
  wholeFrom,
  withRevisions,
} from './internal/carried-commits.ts';
import { Connection, type Connections, type ConnectionSettings } from './internal/connections.ts';
import { int4s, int8s } from './internal/binary-arrays.ts';
import {
  carriedTips,
  durabilityOf,
  endWriters,
  heldMarks,
  heldOf,
  learnMarks,
  linkOf,
  noteHeld,
  placesAt,
  queues,
  stableMarks,
  type Queue,
} from './internal/marks.ts';
import { Named } from './internal/named.ts';
import type { StoreTools } from './internal/prepare.ts';
import {
  bytesAside,
  dismissAside,
  listAside,
  listUnread,
  quarantineOf,
  type AsideCommit,
  type Quarantine,
  type UnreadRevision,
} from './internal/quarantine.ts';
import { grow, putLink } from './internal/receive-sql.ts';
import type { Receiver } from './internal/receive.ts';

/** What a peer may have, and what people of this node look up: answered elsewhere (specs/scopes.md). */
export interface ScopeDecisions {
  grants(peer: string): Scopes | Promise<Scopes>;
  foremost(scopes: Scopes, after: string, limit: number): Promise<Foremost>;
  wants(): Promise<readonly string[]>;
  lookUp(peer: string, keys: readonly string[]): Promise<readonly string[]>;
  settleWants(asked: readonly string[], granted: readonly string[]): Promise<void>;
}

/** How replication stands at this node. */
export interface SyncStatus {
  readonly arrival: number;
  /** By peer above. */
  readonly queues: readonly Queue[];
  readonly quarantine: Quarantine;
  /** Resources that people must decide about. */
  readonly conflicts: number;
}

export interface PostgresSync extends SyncStore {
  /** `scopes`: what is out of them comes left out already. */
  feed(after: number, limit: number, bytes: number, scopes?: Scopes): Promise<readonly ArrivedCommit[]>;
  /** `peer`: who sent them, for the list of what is kept aside. */
  receive(
    commits: readonly CarriedCommit[],
    from: 'below' | 'above',
    link?: LinkWrite,
    peer?: string,
  ): Promise<readonly Verdict[]>;
  syncStatus(): Promise<SyncStatus>;
  /** Undefined: the commit is not known here. */
  durabilityOf(origin: string, seq: number): Promise<Durability | undefined>;
  /** How far each origin is had without a gap: what a backup that is taken now covers. */
  heldMarks(): Promise<readonly Mark[]>;
  /** The latest first. */
  quarantined(limit: number): Promise<readonly AsideCommit[]>;
  unread(limit: number): Promise<readonly UnreadRevision[]>;
  /** The exact line of a commit that is kept aside. */
  quarantinedLine(id: number): Promise<string | undefined>;
  dismiss(id: number): Promise<boolean>;
  /** Brings what follows the commits up to date; whoever compares waits for less. */
  catchUp(): Promise<void>;
}

export interface SyncOptions {
  readonly settings: ConnectionSettings;
  readonly db: Connections;
  readonly tools: StoreTools;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly install: string;
  readonly incarnation: string;
  readonly receiver: Receiver;
  readonly scopes: ScopeDecisions;
  readonly number: () => Promise<void>;
  /** The arrival up to which a second disk of this node holds everything; 0: none does. */
  readonly mirrored: () => Promise<number>;
  /** The origin that this process writes. */
  readonly writing: () => string;
  /** What is written from now on has an origin that nobody used. */
  readonly renewWriter: () => void;
}

const EPOCH_BYTES = 10;

export class PostgresSyncStore implements PostgresSync {
  readonly #options: SyncOptions;
  readonly #db: Connections;
  readonly #named: Named;
  readonly #scopes = new Map<string, Scopes>();
  #tip: ChainTip;

  constructor(options: SyncOptions) {
    this.#options = options;
    this.#db = options.db;
    this.#named = new Named(options.db, options.tools, options.number);
    this.#tip = this.#newTip();
  }

  #newTip(): ChainTip {
    const { install, chance } = this.#options;
    return { origin: `${install}.${toBase32(chance.bytes(EPOCH_BYTES))}`, nextSeq: 1, prev: '' };
  }

  // ---- reads

  identity(): { readonly node: string; readonly incarnation: string; readonly origin: string } {
    const { install, incarnation } = this.#options;
    return { node: install, incarnation, origin: this.#tip.origin };
  }
  carried(): Promise<readonly Tip[]> {
    return carriedTips(this.#db);
  }
  places(at: readonly Mark[]): Promise<readonly Place[]> {
    return placesAt(this.#db, at);
  }
  async commits(origin: string, from: number, limit: number, bytes: number): Promise<readonly CarriedCommit[]> {
    return (await pageOf(this.#db, await wholeFrom(this.#db, origin, from, limit), { bytes })).map(carried);
  }
  async feed(after: number, limit: number, bytes: number, scopes?: Scopes): Promise<readonly ArrivedCommit[]> {
    await this.#options.number();
    return pageOf(this.#db, await arrivalsAfter(this.#db, after, limit), { bytes, scopes });
  }
  async arrival(): Promise<number> {
    await this.#options.number();
    const [row] = await this.#db.query('SELECT coalesce(max(n), 0) FROM arrival', []);
    return Number(row?.[0]);
  }
  parts(prefixes: readonly string[], scopes: Scopes): Promise<readonly Part[]> {
    return this.#named.parts(prefixes, scopes);
  }
  names(prefix: string, scopes: Scopes, after: Hash | '', limit: number): Promise<readonly Hash[]> {
    return this.#named.names(prefix, scopes, after, limit);
  }
  namesOutside(scopes: Scopes, after: Hash | '', limit: number): Promise<readonly Hash[]> {
    return this.#named.namesOutside(scopes, after, limit);
  }
  foremost(scopes: Scopes, after: string, limit: number): Promise<Foremost> {
    return this.#options.scopes.foremost(scopes, after, limit);
  }
  wants(): Promise<readonly string[]> {
    return this.#options.scopes.wants();
  }
  lacking(names: readonly Hash[]): Promise<readonly Hash[]> {
    return this.#named.lacking(names);
  }
  async bearing(names: readonly Hash[]): Promise<readonly CarriedCommit[]> {
    const places = await this.#named.bearing(names);
    if (places.length === 0) return [];
    const rows = await this.#db.query(
      `SELECT k.i, ${COMMIT_COLUMNS} FROM unnest($1::int[], $2::bigint[]) WITH ORDINALITY AS k(o, seq, i)
       JOIN commit c ON c.o = k.o AND c.seq = k.seq JOIN origin g ON g.o = c.o ORDER BY k.i`,
      [int4s(places.map(({ o }) => o)), int8s(places.map(({ seq }) => seq))],
    );
    return (await withRevisions(this.#db, rows.map(commitRow))).map(carried);
  }
  stable(): Promise<readonly Mark[]> {
    return stableMarks(this.#db);
  }
  async grants(peer: string): Promise<Scopes> {
    return this.#options.scopes.grants(peer);
  }
  async held(origins: readonly string[]): Promise<readonly Held[]> {
    return heldOf(this.#db, origins, await this.#options.mirrored());
  }
  link(peer: string): Promise<LinkRecord | undefined> {
    return linkOf(this.#db, peer, this.#scopes);
  }

  // ---- writes

  async receive(
    commits: readonly CarriedCommit[],
    from: 'below' | 'above',
    link?: LinkWrite,
    peer?: string,
  ): Promise<readonly Verdict[]> {
    const verdicts = await this.#options.receiver.receive(commits, from, peer ?? link?.peer ?? '', link);
    await this.#leaveForked(link);
    return verdicts;
  }
  async setLink(link: LinkWrite): Promise<void> {
    const { record } = link;
    const print = record === undefined ? '' : printOfScopes(this.#options.tools.digest, record.scopes);
    await this.#inTransaction((connection) => putLink(connection, link, print));
    await this.#leaveForked(link);
  }

  /** Whoever of this node's processes writes an origin that has another history above goes on under a new one, at once. */
  async #leaveForked({ record }: Partial<LinkWrite> = {}): Promise<void> {
    const { install, renewWriter, writing } = this.#options;
    const own = (record?.forked ?? []).filter((origin) => origin.startsWith(`${install}.`));
    if (own.length === 0) return;
    if (own.includes(writing())) renewWriter();
    await endWriters(
      this.#db,
      own.filter((origin) => origin !== writing()),
    );
  }
  async learn(stable: readonly Mark[], floors: readonly Mark[]): Promise<void> {
    if (stable.length === 0 && floors.length === 0) return;
    await this.#inTransaction(async (connection) => {
      const risen = await learnMarks(connection, stable, floors);
      if (risen.length > 0) await grow(connection, risen, []);
    });
  }
  async noteHeld(peer: string, held: readonly Held[]): Promise<void> {
    await noteHeld(this.#db, peer, held);
  }
  lookUp(peer: string, keys: readonly string[]): Promise<readonly string[]> {
    return this.#options.scopes.lookUp(peer, keys);
  }
  settleWants(asked: readonly string[], granted: readonly string[]): Promise<void> {
    return this.#options.scopes.settleWants(asked, granted);
  }

  async author(groups: readonly (readonly CarriedRevision[])[], receivedAt: Instant): Promise<void> {
    if (groups.length === 0) return;
    const { digest } = this.#options.tools;
    const { origin } = this.#tip;
    let tip = this.#tip;
    const commits = groups.map((revisions): CarriedCommit => {
      const entries = revisions.map(({ hash }) => hash);
      const { seq, prev, header, hash } = sealCommit(digest, tip, entries, receivedAt, '');
      tip = { origin, nextSeq: seq + 1, prev: hash };
      return { origin, seq, prev, hash, header, revisions };
    });
    try {
      const verdicts = await this.#options.receiver.receive(commits, 'below', '', undefined);
      assert(verdicts.every(isTaken), 'a chain of its own takes every commit');
      this.#tip = tip;
    } catch (error) {
      // Nobody knows how far it came: what is wrapped next has a chain of its own.
      this.#tip = this.#newTip();
      throw error;
    }
  }
  async renewOrigin(): Promise<void> {
    this.#tip = this.#newTip();
    this.#options.renewWriter();
  }
  async release(): Promise<void> {
    // A server keeps everything.
  }

  // ---- status

  async syncStatus(): Promise<SyncStatus> {
    const [arrival, all, quarantine, conflicts] = await Promise.all([
      this.arrival(),
      queues(this.#db),
      quarantineOf(this.#db),
      this.#db.query('SELECT count(*) FROM resource WHERE conflict AND NOT deleted', []),
    ]);
    return { arrival, queues: all, quarantine, conflicts: Number(conflicts[0]?.[0]) };
  }
  async durabilityOf(origin: string, seq: number): Promise<Durability | undefined> {
    return durabilityOf(this.#db, origin, seq, await this.#options.mirrored());
  }
  heldMarks(): Promise<readonly Mark[]> {
    return heldMarks(this.#db);
  }
  quarantined(limit: number): Promise<readonly AsideCommit[]> {
    return listAside(this.#db, limit);
  }
  unread(limit: number): Promise<readonly UnreadRevision[]> {
    return listUnread(this.#db, limit);
  }
  quarantinedLine(id: number): Promise<string | undefined> {
    return bytesAside(this.#db, id);
  }
  dismiss(id: number): Promise<boolean> {
    return dismissAside(this.#db, id);
  }
  catchUp(): Promise<void> {
    return this.#named.fill();
  }
  /** Derived anew, as the search index is. */
  async reindex(): Promise<void> {
    await this.#named.clear();
    await this.#named.fill();
  }

  /** A session of its own: seldom, and never long. */
  async #inTransaction(work: (connection: Connection) => Promise<unknown>): Promise<void> {
    const connection = await Connection.open(this.#options.settings, true);
    try {
      await connection.run('BEGIN');
      await work(connection);
      assert((await connection.run('COMMIT')) === 'COMMIT', 'a transaction without an error commits');
    } finally {
      await connection.close();
    }
  }
}
