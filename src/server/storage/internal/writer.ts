// The one writer of a process: it gathers what comes in while the database is busy and lands it together.
//
// One origin, one chain: batches follow each other, so that no commit is ever sent before the one whose hash it names is known
// to be there.
//
//   idle ──append──▶ gathering ──▶ landing ──▶ answered
//                                     │ connection lost
//                                     ▼
//                                 in doubt ──session lock of the origin had: the old session is over──▶ found or not: answered
//
//   PG5  Nothing is answered before its COMMIT was.
//   PG6  After a lost connection the chain is read again before anything else is written: no false answer, no fork.
//   PG7  A batch of creates is one statement; what changes something locks it first, in the order of the keys.
//   PG8  A commit that is refused leaves the others of its batch unharmed.
//   PG9  The queue is bounded: what does not fit hears `BusyError`.
import type { Chance, Instant } from '../../../core/base/ports.ts';
import { toBase32 } from '../../../core/base/base32.ts';
import { assert } from '../../../core/base/assert.ts';
import { err, ok, type Result } from '../../../core/base/result.ts';
import { BusyError } from '../../../core/record/busy.ts';
import { HLC_START, tick, witness, type Hlc } from '../../../core/record/hlc.ts';
import { assertStorable, type ChainTip } from '../../../core/record/seal.ts';
import type { Appended, AppendRefusal, CommitDraft, SearchGuard } from '../../../core/record/store.ts';
import { judge, nameOf, type Current, type Judged } from './batch.ts';
import { int8s } from './binary-arrays.ts';
import { Connection, sqlState, StoreUnavailable, type ConnectionSettings, type Queryable } from './connections.ts';
import { hashOf } from './hashes.ts';
import { LAND, landValues } from './land-sql.ts';
import { prepareRevision, type PreparedCommit, type StoreTools } from './prepare.ts';
import { lockAndRead, removals, type Moved } from './replace-sql.ts';

export interface WriterLimits {
  /** Commits that may wait. */
  readonly queue: number;
  readonly queueBytes: number;
  /** Revisions and bytes of a batch; one commit may have more. */
  readonly batchRevisions: number;
  readonly batchBytes: number;
  /** How long an answer may wait for the database to come back. */
  readonly doubtMs: number;
}
export const WRITER_LIMITS: WriterLimits = {
  queue: 4_000,
  queueBytes: 256_000_000,
  batchRevisions: 512,
  batchBytes: 4_000_000,
  doubtMs: 15_000,
};

/** Whether the guard's query finds just what it names, in the session that will write. */
export type GuardCheck = (session: Queryable, guard: SearchGuard) => Promise<boolean>;

export interface WriterOptions {
  readonly settings: ConnectionSettings;
  readonly tools: StoreTools;
  readonly install: string;
  readonly chance: Chance;
  readonly guardHolds: GuardCheck;
  readonly limits: WriterLimits;
  /** Told after each batch that landed, with the types that it wrote and into which compartments. */
  readonly landed: (written: readonly { readonly type: string; readonly home: string }[]) => void;
}

/** More than a commit of 5 MB can hold: the smallest revision takes some 200 bytes. */
export const RIDS_A_BLOCK = 32_768;
const UNIQUE_VIOLATION = '23505';
/** Deadlock, lost serialisation, and a key that another process made meanwhile: the same batch again is judged anew. */
const AGAIN = new Set([UNIQUE_VIOLATION, '40P01', '40001']);
const ATTEMPTS = 8;

export class Writer {
  readonly #options: WriterOptions;
  #origin: string;
  #renew = false;
  #waiting: PreparedCommit[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #connection: Connection | undefined;
  #o: number | undefined;
  #tip: ChainTip;
  #doubt: Judged | undefined;
  #hlc = HLC_START;
  #nextRid = 1;
  #lastRid = 0;
  #closed = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#origin = this.#newOrigin();
    this.#tip = { origin: this.#origin, nextSeq: 1, prev: '' };
  }

  #newOrigin(): string {
    return `${this.#options.install}.${toBase32(this.#options.chance.bytes(10))}`;
  }

  get origin(): string {
    return this.#origin;
  }

  /** Batches from the next on have an origin that nobody used: another history of this one is known (SY22). */
  renewOrigin(): void {
    this.#renew = true;
  }

  /** A time from elsewhere: what is written here after it was seen is not before it, unless it lies too far ahead. */
  witness(foreign: Hlc, now: Instant): void {
    this.#hlc = witness(this.#hlc, foreign, now);
  }

  async append(draft: CommitDraft): Promise<Result<Appended, AppendRefusal>> {
    assertStorable(draft);
    if (this.#closed) throw new StoreUnavailable('the store is closed');
    const { queue, queueBytes } = this.#options.limits;
    if (this.#waiting.length >= queue || this.#waitingBytes >= queueBytes) {
      throw new BusyError('too many writes wait for the database', 1);
    }
    return new Promise((settle, fail) => {
      const prepared = this.#prepare(draft, settle, fail);
      this.#waiting.push(prepared);
      this.#waitingBytes += prepared.bytes;
      this.#running ??= this.#run();
    });
  }

  /** Lands what waits, then closes. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    await this.#connection?.close();
  }

  #prepare(draft: CommitDraft, settle: PreparedCommit['settle'], fail: PreparedCommit['fail']): PreparedCommit {
    const revisions = draft.revisions.map((revision) => {
      this.#hlc = tick(this.#hlc, draft.receivedAt);
      return prepareRevision(this.#options.tools, revision, this.#hlc, this.#options.install);
    });
    const bytes = revisions.reduce((sum, { sealed }) => sum + (sealed?.bytes ?? 300), 0);
    const createsOnly =
      draft.guards === undefined &&
      draft.revisions.every((r) => r.parents.length === 0 && r.expectedHeads?.length === 0 && r.body !== undefined);
    return { draft, revisions, bytes, createsOnly, settle, fail };
  }

  async #run(): Promise<void> {
    // What comes in the same turn of the event loop goes into the first batch.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      try {
        await this.#landAll(batch);
      } catch (error) {
        for (const prepared of batch) prepared.fail(error);
      }
    }
    this.#running = undefined;
  }

  /** The next batch: in order, a key and a guard once. */
  #take(): PreparedCommit[] {
    const { batchRevisions, batchBytes } = this.#options.limits;
    const batch: PreparedCommit[] = [];
    const left: PreparedCommit[] = [];
    const taken = new Set<string>();
    let revisions = 0;
    let bytes = 0;
    for (const [i, prepared] of this.#waiting.entries()) {
      if (
        batch.length > 0 &&
        (revisions + prepared.revisions.length > batchRevisions || bytes + prepared.bytes > batchBytes)
      ) {
        left.push(...this.#waiting.slice(i));
        break;
      }
      const names = [
        ...prepared.revisions.map((revision) => nameOf(revision.draft.key)),
        ...(prepared.draft.guards ?? []).map((guard) => `?${guardKey(guard)}`),
      ];
      const isFree = names.every((name) => !taken.has(name));
      // Whoever must wait keeps its place before those that want the same.
      for (const name of names) taken.add(name);
      if (!isFree) {
        left.push(prepared);
        continue;
      }
      batch.push(prepared);
      revisions += prepared.revisions.length;
      bytes += prepared.bytes;
    }
    this.#waiting = left;
    this.#waitingBytes = left.reduce((sum, prepared) => sum + prepared.bytes, 0);
    return batch;
  }

  async #landAll(batch: readonly PreparedCommit[]): Promise<void> {
    let plain = batch.every((prepared) => prepared.createsOnly);
    for (let attempt = 1; ; attempt++) {
      try {
        const connection = await this.#session();
        const judged = plain ? await this.#create(connection, batch) : await this.#change(connection, batch);
        this.#answer(judged);
        return;
      } catch (error) {
        const state = sqlState(error);
        if (state === undefined || !AGAIN.has(state) || attempt === ATTEMPTS) throw error;
        // The next number of the chain is taken: by a twin of this process, on a copy of its machine.
        if (isOfChain(error)) this.renewOrigin();
        plain = false;
      }
    }
  }

  /** New resources alone: one statement, which is its own transaction. */
  async #create(connection: Connection, batch: readonly PreparedCommit[]): Promise<Judged> {
    await this.#provideRids(connection, batch);
    const judged = judge(this.#options.tools, batch, new Map(), this.#tip, () => this.#nextRid++);
    if (judged.resources.length > 0) {
      await this.#finish(judged, () =>
        connection.query(LAND, landValues(this.#o ?? 0, judged.landedCommits, judged.resources)),
      );
    }
    return judged;
  }

  /** With locks, and whatever must be read under them. */
  async #change(connection: Connection, batch: readonly PreparedCommit[]): Promise<Judged> {
    await this.#provideRids(connection, batch);
    const begun = connection.run('BEGIN');
    try {
      const [, current] = await allOf([begun, this.#read(connection, batch, true)]);
      const broken = new Map<PreparedCommit, number>();
      await lockGuards(connection, batch);
      for (const prepared of batch) {
        const guard = await this.#brokenGuard(connection, prepared);
        if (guard !== undefined) broken.set(prepared, guard);
      }
      const judged = judge(
        this.#options.tools,
        batch,
        current as ReadonlyMap<string, Current>,
        this.#tip,
        () => this.#nextRid++,
        broken,
      );
      if (judged.resources.length === 0) {
        await connection.run('ROLLBACK');
        return judged;
      }
      await this.#finish(judged, async () => {
        const sent: Promise<unknown>[] =
          judged.replaced.length > 0 ? removals(connection, judged.replaced, movedOf(judged)) : [];
        sent.push(connection.query(LAND, landValues(this.#o ?? 0, judged.landedCommits, judged.resources)));
        const committed = connection.run('COMMIT');
        await allOf([...sent, committed]);
        assert((await committed) === 'COMMIT', 'a transaction without an error commits');
      });
      return judged;
    } catch (error) {
      if (!connection.broken) await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async #brokenGuard(connection: Connection, prepared: PreparedCommit): Promise<number | undefined> {
    for (const [i, guard] of (prepared.draft.guards ?? []).entries()) {
      if (!(await this.#options.guardHolds(connection, guard))) return i;
    }
    return undefined;
  }

  #read(
    connection: Connection,
    batch: readonly PreparedCommit[],
    lock: boolean,
  ): Promise<ReadonlyMap<string, Current>> {
    const wanted = batch.flatMap((prepared) =>
      prepared.revisions.map(({ draft }) => ({ key: draft.key, parents: draft.parents })),
    );
    return lockAndRead(connection, wanted, lock);
  }

  /** Sends what lands `judged`; when the connection breaks meanwhile, finds out whether it did. */
  async #finish(judged: Judged, send: () => Promise<unknown>): Promise<void> {
    try {
      await send();
      this.#tip = judged.tip;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.#doubt = judged;
      if (!(await this.#resolved()))
        throw new StoreUnavailable('the connection was lost and the write did not land', { cause: error });
    }
  }

  /** A session that holds the origin's lock, with nothing in doubt. */
  async #session(): Promise<Connection> {
    if (this.#doubt) await this.#resolved();
    if (this.#renew) await this.#renewed();
    const connection = await this.#open();
    if (!this.#renew) return connection;
    await this.#renewed();
    return this.#open();
  }

  /** The session goes, and with it the lock of the old origin. */
  async #renewed(): Promise<void> {
    await this.#connection?.close();
    this.#connection = undefined;
    this.#renew = false;
    this.#origin = this.#newOrigin();
    this.#tip = { origin: this.#origin, nextSeq: 1, prev: '' };
  }

  async #open(): Promise<Connection> {
    if (this.#connection && !this.#connection.broken) return this.#connection;
    await this.#connection?.close();
    this.#connection = undefined;
    const connection = await Connection.open(this.#options.settings, true);
    try {
      // Had only when the session before is over: what it was doing is then committed or gone.
      await connection.query('SELECT pg_advisory_lock($1::bigint)', [hashOf(this.#origin)]);
      const [row] = await connection.query(
        `INSERT INTO origin (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name
         RETURNING o, here AND NOT closed`,
        [this.#origin],
      );
      this.#o = Number(row?.[0]);
      // While the session was lost, commits of a twin were taken in under this name.
      if (row?.[1] !== true) this.#renew = true;
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.#connection = connection;
    return connection;
  }

  /** Whether the batch in doubt is there. Throws when that cannot be learnt in time; the doubt stays. */
  async #resolved(): Promise<boolean> {
    const doubt = this.#doubt;
    assert(doubt !== undefined, 'there is a doubt to resolve');
    const last = doubt.landedCommits.at(-1);
    const until = performance.now() + this.#options.limits.doubtMs;
    for (let pauseMs = 25; ; pauseMs = Math.min(pauseMs * 2, 500)) {
      try {
        const connection = await this.#open();
        const [row] = await connection.query('SELECT hash FROM commit WHERE o = $1 AND seq = $2', [this.#o, last?.seq]);
        assert(row === undefined || row[0] === last?.hash, 'the chain of an origin has one writer');
        this.#doubt = undefined;
        if (row !== undefined) this.#tip = doubt.tip;
        return row !== undefined;
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || performance.now() > until) throw error;
        await new Promise((resume) => setTimeout(resume, pauseMs));
      }
    }
  }

  async #provideRids(connection: Connection, batch: readonly PreparedCommit[]): Promise<void> {
    const need = batch.reduce((sum, prepared) => sum + prepared.revisions.length, 0);
    if (this.#lastRid - this.#nextRid + 1 >= need) return;
    assert(need <= RIDS_A_BLOCK, 'a batch fits in a block of numbers');
    const [row] = await connection.query("SELECT nextval('rid_block')", []);
    const block = Number(row?.[0]);
    this.#nextRid = (block - 1) * RIDS_A_BLOCK + 1;
    this.#lastRid = block * RIDS_A_BLOCK;
  }

  #answer(judged: Judged): void {
    // First of all: what an author reads next must know of it.
    if (judged.commits.length > 0) {
      this.#options.landed(judged.resources);
    }
    for (const { prepared, appended } of judged.commits) prepared.settle(ok(appended));
    for (const { prepared, refusal } of judged.refused) prepared.settle(err(refusal));
  }
}

const guardKey = (guard: SearchGuard): number => hashOf(JSON.stringify(guard.query.where) + guard.query.types.join());

/** Commits with the same query wait for each other, over all processes. */
async function lockGuards(connection: Connection, batch: readonly PreparedCommit[]): Promise<void> {
  const keys = new Set(batch.flatMap((prepared) => (prepared.draft.guards ?? []).map(guardKey)));
  if (keys.size === 0) return;
  const ordered = [...keys].sort((a, b) => a - b);
  await connection.query('SELECT count(pg_advisory_xact_lock(k)) FROM unnest($1::bigint[]) AS k', [int8s(ordered)]);
}

/** A commit's number, and nothing that two processes may make at once. */
const isOfChain = (error: unknown): boolean =>
  error instanceof Error && 'constraint' in error && error.constraint === 'commit_pkey';

export function movedOf(judged: Pick<Judged, 'replaced' | 'resources'>): readonly Moved[] {
  const before = new Map(judged.replaced.map((current) => [current.rid, current.c]));
  return judged.resources.flatMap(({ c, rid, type, id }) => {
    const from = before.get(rid);
    return from === undefined || from === c ? [] : [{ from, to: c, rid, key: { type, id } }];
  });
}

/** Waits for all, so that no rejection is left without a listener, then throws the first error that is the cause of others. */
export async function allOf(promises: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const settled = await Promise.allSettled(promises);
  const failed = settled.filter((each) => each.status === 'rejected').map((each): unknown => each.reason);
  if (failed.length > 0) throw failed.find((error) => error instanceof StoreUnavailable) ?? failed[0];
  return settled.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
}
