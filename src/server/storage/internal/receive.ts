// Takes commits from elsewhere in: judged and landed some hundred revisions at a time, each batch a short transaction of its own.
//
//   SY1   A verdict is told when the batch was committed.
//   SY16  A link's record is written in the transaction of the last commits that it covers.
//   PG22  Locks are had for one batch, of its origins and its resources, in the order of their names: local writers go on.
//   PG24  No commit stops another: what the database itself refuses is carried unread.
//
//   taken apart ──▶ origins locked, judged ──▶ resources locked, read ──▶ landed, numbered ──▶ committed
import { assert } from '../../../core/base/assert.ts';
import type { Clock } from '../../../core/base/ports.ts';
import type { Verdict } from '../../../core/sync/judge-commit.ts';
import type { CarriedCommit, LinkWrite } from '../../../core/sync/ports.ts';
import { printOfScopes } from '../../../core/sync/scopes.ts';
import { Connection, sqlState, type ConnectionSettings, type Queryable } from './connections.ts';
import { carriedOnly, takeApart, type Incoming } from './incoming.ts';
import { judgeIncoming, placeOf, type Source } from './judge-incoming.ts';
import { landIncoming, NotLandable, type LandedPlaces } from './land-incoming.ts';
import type { StoreTools } from './prepare.ts';
import { putAside } from './quarantine.ts';
import { grow, heldFor, putLink } from './receive-sql.ts';
import { allOf, RIDS_A_BLOCK } from './writer.ts';

/** Of one transaction; one commit may have more. */
const BATCH_REVISIONS = 512;
const BATCH_CHARS = 4_000_000;
/** Deadlock, lost serialisation, and a key that somebody else made meanwhile: the same batch again is judged anew. */
const AGAIN = new Set(['23505', '40P01', '40001']);
const ATTEMPTS = 8;
/** SQLSTATE classes by which the database says that it will never have such data. */
const NEVER = /^(22|54)/;

export interface ReceiverOptions {
  readonly settings: ConnectionSettings;
  /** For what is looked up before a batch has its turn. */
  readonly db: Queryable;
  readonly tools: StoreTools;
  readonly clock: Clock;
  /** Told after each batch that was committed. */
  readonly landed: (places: LandedPlaces) => void;
  /** Numbers what this node's processes committed. */
  readonly number: () => Promise<void>;
  /** Origins that a process of this node is writing, of which another history is known now. */
  readonly twins: (origins: readonly string[]) => void;
}

interface Batch {
  readonly incoming: readonly Incoming[];
  readonly from: Source;
  readonly peer: string;
  readonly link: LinkWrite | undefined;
}

export class Receiver {
  readonly #options: ReceiverOptions;
  #connection: Connection | undefined;
  #last: Promise<unknown> = Promise.resolve();
  readonly #blocks: { next: number; readonly last: number }[] = [];
  #free = 0;
  #closed = false;

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /** Batches take turns, also those of several calls; the next one of a call is taken apart while one lands. */
  async receive(
    commits: readonly CarriedCommit[],
    from: Source,
    peer: string,
    link: LinkWrite | undefined,
  ): Promise<readonly Verdict[]> {
    const batches = batchesOf(commits, from);
    const verdicts: Verdict[] = [];
    let next = this.#takenApart(batches[0] ?? []);
    for (let at = 0; at < batches.length; at++) {
      const incoming = await next;
      next = this.#takenApart(batches[at + 1] ?? []);
      // Whoever waits for it hears of it; nobody does where this batch fails.
      next.catch(() => undefined);
      const isLast = at === batches.length - 1;
      const batch: Batch = { incoming, from, peer, link: isLast ? link : undefined };
      verdicts.push(...(await this.#inTurn(() => this.#landed(batch))));
    }
    return verdicts;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#last.catch(() => undefined);
    await this.#connection?.close();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work);
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** What is held whole is not looked at again: it stays so. */
  async #takenApart(commits: readonly CarriedCommit[]): Promise<readonly Incoming[]> {
    if (commits.length === 0) return [];
    const coming = commits.map((commit) => ({ at: placeOf(commit), commit }));
    const held = await heldFor(this.#options.db, coming);
    const isKnown = (commit: CarriedCommit, i: number): boolean =>
      held[i]?.whole === true && held[i]?.hash === commit.hash;
    const unknown = commits.filter((commit, i) => !isKnown(commit, i));
    const apart = new Map((await takeApart(this.#options.tools, unknown)).map((each) => [each.commit, each]));
    return commits.map((commit) => apart.get(commit) ?? { ...KNOWN_ALREADY, commit });
  }

  async #landed(batch: Batch): Promise<readonly Verdict[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#transaction(batch);
      } catch (error) {
        const state = sqlState(error);
        if (state !== undefined && AGAIN.has(state) && attempt < ATTEMPTS) continue;
        const isNever = error instanceof NotLandable || (state !== undefined && NEVER.test(state));
        if (!isNever || batch.from === 'restored') throw error;
        return this.#landedApart(batch, error);
      }
    }
  }

  /** Something in the batch is what the database will not have: one by one, so that it is found. */
  async #landedApart({ incoming, link, ...rest }: Batch, error: unknown): Promise<readonly Verdict[]> {
    const [only, ...more] = incoming;
    if (only === undefined) throw error;
    if (more.length === 0) {
      if (only.revisions.every(({ said }) => said === 'unkept')) throw error;
      return this.#landed({ ...rest, incoming: [carriedOnly(only)], link });
    }
    const verdicts: Verdict[] = [];
    for (const [at, each] of incoming.entries()) {
      const isLast = at === incoming.length - 1;
      verdicts.push(...(await this.#landed({ ...rest, incoming: [each], link: isLast ? link : undefined })));
    }
    return verdicts;
  }

  async #transaction(batch: Batch): Promise<readonly Verdict[]> {
    const { incoming, from, peer } = batch;
    const { tools, clock, number } = this.#options;
    const connection = await this.#open();
    const now = clock.now();
    try {
      await connection.run('BEGIN');
      const { verdicts, taken, aside, twins } = await judgeIncoming(connection, incoming, from, number);
      const rids = (count: number): Promise<() => number> => this.#rids(connection, count);
      const landed = await landIncoming(connection, taken, { tools, from, now, rids });
      const sent: Promise<unknown>[] = [];
      const grown = [...new Set(taken.filter(({ isFork }) => !isFork).map(({ o }) => o))];
      if (grown.length > 0) sent.push(grow(connection, grown, from === 'above' ? [] : grown));
      if (aside.length > 0) sent.push(putAside(connection, aside, peer, now));
      sent.push(this.#linked(connection, batch));
      await allOf(sent);
      assert((await connection.run('COMMIT')) === 'COMMIT', 'a transaction without an error commits');
      this.#options.landed(landed);
      if (twins.length > 0) this.#options.twins(twins);
      return verdicts;
    } catch (error) {
      if (!connection.broken) await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** SY12: what comes from above ends what is remembered of every other peer. */
  async #linked(connection: Connection, { incoming, from, link }: Batch): Promise<void> {
    const sent: Promise<unknown>[] = [];
    if (from === 'above' && incoming.length > 0)
      sent.push(connection.query('DELETE FROM link WHERE peer <> $1', [link?.peer ?? '']));
    if (link !== undefined) {
      const print = link.record === undefined ? '' : printOfScopes(this.#options.tools.digest, link.record.scopes);
      sent.push(putLink(connection, link, print));
    }
    await allOf(sent);
  }

  /** Numbers from as many blocks as it takes. */
  async #rids(connection: Connection, count: number): Promise<() => number> {
    while (this.#free < count) {
      const [row] = await connection.query("SELECT nextval('rid_block')", []);
      const block = Number(row?.[0]);
      this.#blocks.push({ next: (block - 1) * RIDS_A_BLOCK + 1, last: block * RIDS_A_BLOCK });
      this.#free += RIDS_A_BLOCK;
    }
    return () => {
      const block = this.#blocks.find(({ next, last }) => next <= last);
      assert(block !== undefined, 'there are as many numbers as were asked for');
      this.#free--;
      const rid = block.next++;
      if (block.next > block.last) this.#blocks.shift();
      return rid;
    };
  }

  async #open(): Promise<Connection> {
    assert(!this.#closed, 'nothing is received after closing');
    if (this.#connection && !this.#connection.broken) return this.#connection;
    await this.#connection?.close();
    this.#connection = await Connection.open(this.#options.settings, true);
    return this.#connection;
  }
}

/** Of a commit that is held whole: judged a `dup` whatever it holds now. */
const KNOWN_ALREADY = {
  inspection: { sound: true, whole: true },
  revisions: [],
  entries: 0,
  receivedAt: undefined,
} as const;

/** In their order; one at least, for the link's record. What is restored is one transaction. */
function batchesOf(commits: readonly CarriedCommit[], from: Source): readonly (readonly CarriedCommit[])[] {
  if (from === 'restored' || commits.length === 0) return [commits];
  const batches: CarriedCommit[][] = [];
  let count = Infinity;
  let chars = 0;
  for (const commit of commits) {
    const own = commit.revisions.reduce((sum, { header, text }) => sum + header.length + (text?.length ?? 0), 0);
    if (count + commit.revisions.length > BATCH_REVISIONS || chars + own > BATCH_CHARS) {
      batches.push([]);
      count = 0;
      chars = 0;
    }
    batches.at(-1)?.push(commit);
    count += commit.revisions.length;
    chars += own;
  }
  return batches;
}
