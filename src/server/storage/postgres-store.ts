// The record in PostgreSQL: the port of core/record/store.ts over one database, for as many processes as like to open it.
//
// Rules: specs/postgres.md; the schema and why it is so: decisions/0005-storage-schema.md. Start reading at internal/writer.ts
// for writes and internal/search.ts for searches.
import { randomUUID } from 'node:crypto';
import type { Chance, Clock, Digest } from '../../core/base/ports.ts';
import type { Result } from '../../core/base/result.ts';
import type { SearchQuery } from '../../core/fhir/search/query.ts';
import {
  EVERYTHING,
  type Appended,
  type AppendRefusal,
  type ArrivedCommit,
  type Candidate,
  type CommitDraft,
  type HistoryPage,
  type HistoryQuery,
  type Progress,
  type RecordStore,
  type ResourceKey,
  type SearchGuard,
  type SearchLimits,
  type SearchPage,
  type SearchRefusal,
  type Stored,
  type VerifyReport,
  type Visibility,
} from '../../core/record/store.ts';
import type { ConflictPage, ConflictQuery, Siblings } from '../../core/record/conflicts.ts';
import { DEFAULT_POLICIES, type Policies } from '../../core/record/view.ts';
import { toBase32 } from '../../core/base/base32.ts';
import { arrivalsAfter, withRevisions } from './internal/carried-commits.ts';
import { NotAsHashed } from './internal/judge-incoming.ts';
import { Sequencer } from './internal/arrivals.ts';
import { Receiver } from './internal/receive.ts';
import { Connection, Connections, type ConnectionSettings, type Queryable } from './internal/connections.ts';
import { conflicts, siblings } from './internal/conflicts.ts';
import { compartments } from './internal/hashes.ts';
import { homeNamed } from './internal/home-named.ts';
import { history, readVersion } from './internal/history.ts';
import type { StoreTools } from './internal/prepare.ts';
import { Reader } from './internal/read.ts';
import { refreshViews, reindex } from './internal/reindex.ts';
import { namesFound, search } from './internal/search.ts';
import { Surroundings } from './internal/surroundings.ts';
import { looksAround } from './internal/sight.ts';
import { verifyRecord } from './internal/verify.ts';
import { exactly, type FindNames } from './internal/visible-sql.ts';
import { wouldSee } from './internal/would-see.ts';
import { Writer, WRITER_LIMITS, type WriterLimits } from './internal/writer.ts';
import { Grants } from './grants.ts';
import { becomeInstall } from './install.ts';
import { migrate } from './migrate.ts';
import { PostgresSyncStore, type PostgresSync, type ScopeDecisions } from './sync-store.ts';

export interface PostgresStoreOptions {
  /** `postgresql://…`, as libpq writes it. */
  readonly url: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly digest: Digest;
  /** The installation's id; the one that the database keeps, unless told. [A-Za-z0-9-]+ */
  readonly install?: string;
  /** Sessions for reads, of each process. */
  readonly connections?: number;
  /** Longest time that one statement may take, ms. */
  readonly statementMs?: number;
  /** This server's base URLs, without a slash at the end. */
  readonly baseUrls?: readonly string[];
  readonly limits?: Partial<WriterLimits>;
  /** What several heads are shown as, by type; without, any difference is a conflict. `version` changes with what they say. */
  readonly policies?: { readonly byType: Policies; readonly version: string };
  /** How long what stands around in a compartment is remembered, ms; 0: not at all. */
  readonly rememberMs?: number;
  /** Of the node: new at every start of it, and the same in all its processes. Drawn, unless told. */
  readonly incarnation?: string;
  /** What peers below may have; by the grants that the database keeps, unless told. */
  readonly scopes?: ScopeDecisions;
  /** The arrival up to which a second disk of this node holds everything; 0: none does. */
  readonly mirrored?: () => Promise<number>;
}

export interface PostgresStore extends RecordStore {
  /** `install.epoch` of what is written now. */
  readonly origin: string;
  /** The node's name: the first half of its origins. */
  readonly install: string;
  /** Replication: what links to other nodes read and write. */
  readonly sync: PostgresSync;
  /**
   * Takes commits as `feed` gave them, in its order, with their origins, hashes and bodies, in one transaction (PG16). For restoring
   * into an empty record, some hundred at a time. Throws where a hash does not fit or a commit was left out; then nothing is kept.
   */
  acceptCommits(commits: readonly ArrivedCommit[]): Promise<void>;
  /**
   * Takes the name of the node whose record is restored into this database: its later openings write under it. Throws `Trouble` where
   * the record is not empty.
   */
  becomeInstall(id: string): Promise<void>;
}

/** Migrates the database where needed and opens it. Throws `Trouble` where it is of a newer version. */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const settings: ConnectionSettings = {
    url: options.url,
    statementMs: options.statementMs ?? 30_000,
    connectMs: 10_000,
    label: 'holdfast',
  };
  await migrate(settings);
  const db = new Connections(settings, options.connections ?? 4);
  const tools: StoreTools = {
    digest: options.digest,
    compartment: compartments(options.digest),
    baseUrls: options.baseUrls ?? [],
    policies: options.policies?.byType ?? DEFAULT_POLICIES,
    policyVersion: options.policies?.version ?? '',
  };
  if (options.policies !== undefined) await refreshViews(settings, tools);
  const install = options.install ?? (await installOf(db));
  return new Postgres(options, settings, db, tools, install);
}

/** Comparing or landing as much as there can be, on the slowest disk. */
const LINK_STATEMENT_MS = 600_000;

/** Drawn at the first opening of the database. */
async function installOf(db: Queryable): Promise<string> {
  await db.query('INSERT INTO install (id) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM install) ON CONFLICT DO NOTHING', [
    randomUUID(),
  ]);
  const [row] = await db.query('SELECT id FROM install', []);
  return String(row?.[0]);
}

/** Who may have what is kept in the database: a patient who is looked up is granted. */
const decisionsOf = (grants: Grants, clock: Clock): ScopeDecisions => ({
  grants: (peer) => grants.grantsOf(peer),
  foremost: (scopes, after, limit) => grants.foremost(scopes, after, limit),
  wants: () => grants.wants(),
  lookUp: async (peer, keys) => {
    const patients = keys.filter((key) => key.startsWith('pat/'));
    await grants.grant(peer, patients, 'looked-up', clock.now());
    return patients;
  },
  settleWants: (asked, granted) => grants.settleWants(asked, granted),
});

class Postgres implements PostgresStore {
  readonly #db: Connections;
  /** For statements that look around: long, and planned once. */
  readonly #looks: Connections;
  readonly #links: Connections;
  readonly #tools: StoreTools;
  readonly #writer: Writer;
  readonly #reader: Reader;
  readonly #surroundings: Surroundings;
  readonly #names: FindNames;
  readonly #sequencer: Sequencer;
  readonly #settings: ConnectionSettings;
  readonly #receiver: Receiver;
  readonly sync: PostgresSyncStore;
  readonly install: string;

  constructor(
    options: PostgresStoreOptions,
    settings: ConnectionSettings,
    db: Connections,
    tools: StoreTools,
    install: string,
  ) {
    this.#db = db;
    this.#looks = new Connections(
      { ...settings, plansOnce: true },
      Math.max(1, Math.ceil((options.connections ?? 4) / 2)),
    );
    this.#tools = tools;
    this.#settings = settings;
    this.#names = namesFound(db, tools);
    this.#surroundings = new Surroundings(this.#looks, tools, this.#names, options.rememberMs ?? 1_000);
    this.#reader = new Reader(db, tools, this.#surroundings);
    this.#sequencer = new Sequencer(settings);
    this.#writer = new Writer({
      settings,
      tools,
      install,
      chance: options.chance,
      limits: { ...WRITER_LIMITS, ...options.limits },
      guardHolds: (session, guard) => this.#holds(session, guard),
      landed: (written) => {
        this.#surroundings.forget(written);
        this.#sequencer.soon();
      },
    });
    const number = (): Promise<void> => this.#sequencer.now();
    const renewWriter = (): void => this.#writer.renewOrigin();
    const { clock, chance } = options;
    this.install = install;
    // Sessions of their own: what a link asks for may take minutes, and nobody who reads a chart waits behind it.
    const patient = {
      ...settings,
      statementMs: Math.max(settings.statementMs, LINK_STATEMENT_MS),
      label: 'holdfast link',
    };
    this.#links = new Connections({ ...patient, plansAnew: true }, 2);
    this.#receiver = new Receiver({
      settings: patient,
      db: this.#links,
      tools,
      clock,
      landed: ({ places, latest }) => {
        this.#surroundings.forget(places);
        this.#writer.witness(latest, clock.now());
      },
      number,
      twins: (origins) => {
        if (origins.includes(this.origin)) renewWriter();
      },
    });
    this.sync = new PostgresSyncStore({
      settings: patient,
      db: this.#links,
      tools,
      clock,
      chance,
      install,
      incarnation: options.incarnation ?? toBase32(chance.bytes(10)),
      receiver: this.#receiver,
      scopes: options.scopes ?? decisionsOf(new Grants(db, tools), clock),
      number,
      mirrored: options.mirrored ?? (async () => 0),
      writing: () => this.origin,
      renewWriter,
    });
  }

  get origin(): string {
    return this.#writer.origin;
  }

  append(draft: CommitDraft): Promise<Result<Appended, AppendRefusal>> {
    return this.#writer.append(draft);
  }

  read(keys: readonly ResourceKey[], visible: Visibility): Promise<readonly (Stored | undefined)[]> {
    return this.#reader.read(keys, visible);
  }

  async readVersion(key: ResourceKey, versionId: string, visible: Visibility): Promise<Stored | undefined> {
    const exact = await exactly(this.#tools, visible, this.#names);
    return readVersion(this.#for(visible), this.#tools, key, versionId, exact);
  }

  async history(query: HistoryQuery, visible: Visibility): Promise<HistoryPage> {
    const exact = await exactly(this.#tools, visible, this.#names);
    return history(this.#for(visible), this.#tools, query, exact);
  }

  search(query: SearchQuery, visible: Visibility, limits: SearchLimits): Promise<Result<SearchPage, SearchRefusal>> {
    // A search of one patient alone looks around first, and its statement is a short one.
    const isShort = homeNamed(query)?.isOnly === true && query.include.length === 0 && isFlat(query.where);
    const db = isShort ? this.#db : this.#for(visible);
    return search(db, this.#tools, query, visible, limits, this.#surroundings);
  }

  #for(visible: Visibility): Connections {
    return looksAround(visible) ? this.#looks : this.#db;
  }

  async conflicts(query: ConflictQuery, visible: Visibility): Promise<ConflictPage> {
    const exact = await exactly(this.#tools, visible, this.#names);
    return conflicts(this.#for(visible), this.#tools, query, exact);
  }

  async siblings(key: ResourceKey, visible: Visibility): Promise<Siblings | undefined> {
    const exact = await exactly(this.#tools, visible, this.#names);
    const db = this.#for(visible);
    const maySee = async (version: string): Promise<boolean> =>
      (await readVersion(db, this.#tools, key, version, exact)) !== undefined;
    return siblings(db, this.#tools, key, exact, maySee);
  }

  wouldSee(candidates: readonly Candidate[], visible: Visibility): Promise<readonly boolean[]> {
    return wouldSee(this.#surroundings, this.#tools, candidates, visible);
  }

  async feed(after: number, limit: number): Promise<readonly ArrivedCommit[]> {
    await this.#sequencer.now();
    return withRevisions(this.#db, await arrivalsAfter(this.#db, after, limit));
  }

  async verify(progress?: Progress): Promise<VerifyReport> {
    await this.#sequencer.now();
    // One snapshot, so that what lands meanwhile is no finding.
    const session = await Connection.open({ ...this.#settings, statementMs: 0 }, false);
    try {
      await session.run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return await verifyRecord(session, this.#tools, progress);
    } finally {
      await session.close();
    }
  }

  async reindex(progress?: Progress): Promise<{ readonly resources: number }> {
    await this.sync.reindex();
    return reindex(this.#settings, this.#tools, progress);
  }

  async acceptCommits(commits: readonly ArrivedCommit[]): Promise<void> {
    const [row] = await this.#db.query('SELECT coalesce(max(n), 0) FROM arrival', []);
    for (const [i, { arrival, origin, seq }] of commits.entries()) {
      if (arrival !== Number(row?.[0]) + 1 + i)
        throw new NotAsHashed(`something before commit ${origin} ${seq} was left out`);
    }
    await this.#receiver.receive(commits, 'restored', '', undefined);
  }

  becomeInstall(id: string): Promise<void> {
    return becomeInstall(this.#db, id);
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await this.#receiver.close();
    await this.#sequencer.close();
    await this.#db.close();
    await this.#looks.close();
    await this.#links.close();
  }

  async #holds(session: Queryable, guard: SearchGuard): Promise<boolean> {
    const query: SearchQuery = {
      types: guard.query.types,
      where: guard.query.where,
      sort: [],
      count: guard.found.length + 1,
      total: 'none',
      include: [],
    };
    const found = await search(session, this.#tools, query, guard.visible ?? EVERYTHING, {
      includes: 0,
      ms: this.#settings.statementMs,
    });
    if (!found.ok) return false;
    const names = new Set(guard.found.map(({ type, id }) => `${type}/${id}`));
    const { hits } = found.value;
    return hits.length === names.size && hits.every(({ stored }) => names.has(`${stored.key.type}/${stored.key.id}`));
  }
}

const isFlat = (where: SearchQuery['where']): boolean =>
  where.every(({ kind }) => kind !== 'chain' && kind !== 'has' && kind !== 'any');
