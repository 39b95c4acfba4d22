// The order of arrival: numbers for commits that are committed, given in batches by whoever holds the lock.
//
//   PG11  A commit that is not committed has no number, and a number never comes before one that is lower (RS8).
//   PG12  Commits of one origin arrive in the order of their chain.
//   PG13  Nothing is updated for it.
import { Connection, type ConnectionSettings } from './connections.ts';

/** Held by whoever gives numbers. */
export const SEQUENCER_LOCK = 4_846_201_108;
const AT_ONCE = 5_000;

/** Of each origin of this node, what follows its highest numbered commit: what comes from elsewhere numbers itself (PG22). Locked, then read afresh: the second statement sees what the last holder did. */
const NUMBER = `
INSERT INTO arrival (n, o, seq)
SELECT (SELECT coalesce(max(n), 0) FROM arrival) + row_number() OVER (ORDER BY next.seq - next.since, next.o), next.o, next.seq
FROM (
  SELECT c.o, c.seq, last.seq AS since
  FROM origin, LATERAL (SELECT coalesce(max(a.seq), 0) AS seq FROM arrival a WHERE a.o = origin.o) AS last,
    LATERAL (SELECT c.o, c.seq FROM commit c WHERE c.o = origin.o AND c.seq > last.seq ORDER BY c.seq LIMIT ${AT_ONCE}) AS c
  WHERE origin.here
) AS next
RETURNING n`;

export class Sequencer {
  readonly #settings: ConnectionSettings;
  #connection: Promise<Connection> | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** Something landed: numbers follow soon. */
  soon(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // In the background: whoever asks for the feed runs into the same trouble and tells it.
      this.now().catch(() => this.soon());
    }, 50);
    this.#timer.unref();
  }

  /** Resolves when all that was committed before the call has a number. */
  async now(): Promise<void> {
    if (this.#running) {
      // The pass that runs may have read before our commit: another one must follow.
      this.#again = true;
      await this.#running;
      return;
    }
    this.#running = this.#passes();
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running?.catch(() => undefined);
    await this.#connection?.then((c) => c.close()).catch(() => undefined);
  }

  async #passes(): Promise<void> {
    do {
      this.#again = false;
      while ((await this.#pass()) >= AT_ONCE);
    } while (this.#again);
  }

  async #pass(): Promise<number> {
    const connection = await this.#open();
    try {
      await connection.run('BEGIN');
      await connection.query('SELECT pg_advisory_xact_lock($1::bigint)', [SEQUENCER_LOCK]);
      const rows = await connection.query(NUMBER, []);
      await connection.run('COMMIT');
      return rows.length;
    } catch (error) {
      if (!connection.broken) await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async #open(): Promise<Connection> {
    const open = await this.#connection?.catch(() => undefined);
    if (open && !open.broken) return open;
    this.#connection = Connection.open(this.#settings, false);
    return this.#connection;
  }
}
