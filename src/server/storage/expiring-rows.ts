// The node's short-lived rows in PostgreSQL: one table for all processes of the node (specs/accounts.md, AN1 to AN5).
//
//   1. Every question is one statement, so two processes never both use a row up and no count is lost.
//   2. Time is the given clock's, never the database's: it decides in the statement whether a row is still there.
//   3. What a broken connection left in doubt is asked again once: then a `consume` may answer false, which fails closed, and a
//      `count` may be one too high, which slows a guesser.
import type { Clock, Instant } from '../../core/base/ports.ts';
import type { ExpiringRow, ExpiringRows, RowOptions } from '../ports/expiring-rows.ts';
import { Connections, sqlState, type ConnectionSettings, type Row } from './internal/connections.ts';
import { migrate } from './migrate.ts';

export interface ExpiringRowsOptions {
  /** `postgresql://…` */
  readonly url: string;
  readonly clock: Clock;
  /** Sessions of this process. */
  readonly connections?: number;
}

const SWEEP_MS = 60_000;
const SWEEP_ROWS = 1_000;
const UNIQUE_VIOLATION = '23505';

const COLUMNS = 'id, value, expires, consumed';
const PUT = `
WITH freed AS (UPDATE expiring_row SET alias = NULL WHERE kind = $1 AND alias = $6 AND id <> $2 RETURNING 1)
INSERT INTO expiring_row AS e (kind, id, value, expires, grp, alias)
SELECT $1, $2, $3, $4, $5, $6 FROM (SELECT count(*) FROM freed) AS first
ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value, expires = excluded.expires, grp = excluded.grp, alias = excluded.alias,
  consumed = CASE WHEN e.expires <= $7 THEN NULL ELSE e.consumed END`;
const GET = `SELECT ${COLUMNS} FROM expiring_row WHERE kind = $1 AND id = $2 AND (expires IS NULL OR expires > $3)`;
const GET_BY_ALIAS = `SELECT ${COLUMNS} FROM expiring_row WHERE kind = $1 AND alias = $2 AND (expires IS NULL OR expires > $3)`;
const LIST = `SELECT ${COLUMNS} FROM expiring_row WHERE kind = $1 AND (expires IS NULL OR expires > $2) ORDER BY id`;
const CONSUME = `
UPDATE expiring_row SET consumed = $3 WHERE kind = $1 AND id = $2 AND consumed IS NULL AND (expires IS NULL OR expires > $3) RETURNING 1`;
const COUNT = `
INSERT INTO expiring_row AS e (kind, id, value, expires) VALUES ($1, $2, $3::bigint::text, $4)
ON CONFLICT (kind, id) DO UPDATE SET
  value = CASE WHEN e.expires <= $5 THEN excluded.value ELSE (e.value::bigint + excluded.value::bigint)::text END,
  expires = CASE WHEN e.expires <= $5 THEN excluded.expires ELSE e.expires END,
  consumed = CASE WHEN e.expires <= $5 THEN NULL ELSE e.consumed END
RETURNING value`;
const SWEEP = `
DELETE FROM expiring_row WHERE (kind, id) IN (
  SELECT kind, id FROM expiring_row WHERE expires <= $1 ORDER BY expires LIMIT ${SWEEP_ROWS} FOR UPDATE SKIP LOCKED) RETURNING 1`;

/** Opens the table, which is made where it is missing. Throws `Trouble` where the database is of a newer version. */
export async function openExpiringRows(options: ExpiringRowsOptions): Promise<ExpiringRows> {
  const settings: ConnectionSettings = {
    url: options.url,
    statementMs: 10_000,
    connectMs: 10_000,
    label: 'holdfast rows',
  };
  await migrate(settings);
  return new PostgresRows(new Connections(settings, options.connections ?? 2), options.clock);
}

class PostgresRows implements ExpiringRows {
  readonly #db: Connections;
  readonly #clock: Clock;
  #sweptAt: Instant;

  constructor(db: Connections, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    this.#sweptAt = clock.now();
  }

  async put(kind: string, id: string, value: string, options: RowOptions = {}): Promise<void> {
    const { expiresAt = null, group = null, alias = null } = options;
    for (let tries = 0; ; tries++) {
      try {
        await this.#db.query(PUT, [kind, id, value, expiresAt, group, alias, this.#clock.now()]);
        return this.#sweep();
      } catch (error) {
        // Two that put one alias at once: the later one takes it away from the other when it asks again.
        if (sqlState(error) !== UNIQUE_VIOLATION || tries === 5) throw error;
      }
    }
  }

  async get(kind: string, id: string): Promise<ExpiringRow | undefined> {
    const [row] = await this.#find(GET, kind, id);
    return row;
  }

  async getByAlias(kind: string, alias: string): Promise<ExpiringRow | undefined> {
    const [row] = await this.#find(GET_BY_ALIAS, kind, alias);
    return row;
  }

  async list(kind: string): Promise<readonly ExpiringRow[]> {
    return (await this.#db.query(LIST, [kind, this.#clock.now()])).map(rowOf);
  }

  async consume(kind: string, id: string): Promise<boolean> {
    if (unstorable(id)) return false;
    return (await this.#db.query(CONSUME, [kind, id, this.#clock.now()])).length === 1;
  }

  async remove(kind: string, id: string): Promise<void> {
    if (unstorable(id)) return;
    await this.#db.query('DELETE FROM expiring_row WHERE kind = $1 AND id = $2', [kind, id]);
  }

  async removeGroup(group: string): Promise<void> {
    await this.#db.query('DELETE FROM expiring_row WHERE grp = $1', [group]);
  }

  async count(kind: string, id: string, by: number, expiresAt: Instant): Promise<number> {
    const [row] = await this.#db.query(COUNT, [kind, id, by, expiresAt, this.#clock.now()]);
    await this.#sweep();
    return Number(row?.[0]);
  }

  close(): Promise<void> {
    return this.#db.close();
  }

  async #find(statement: string, kind: string, name: string): Promise<readonly ExpiringRow[]> {
    if (unstorable(name)) return [];
    return (await this.#db.query(statement, [kind, name, this.#clock.now()])).map(rowOf);
  }

  /** Takes away what is over, now and then: a part of the work of those who put. */
  async #sweep(): Promise<void> {
    const now = this.#clock.now();
    // A clock that was set back sweeps again at once, rather than never.
    if (Math.abs(now - this.#sweptAt) < SWEEP_MS) return;
    this.#sweptAt = now;
    const taken = await this.#db.query(SWEEP, [now]);
    // There may be more: the next one who puts goes on, so that rows never come faster than they go.
    if (taken.length === SWEEP_ROWS) this.#sweptAt = now - SWEEP_MS;
  }
}

/** PostgreSQL keeps no NUL; names come from requests, and nothing was ever put under such a one. */
const unstorable = (name: string): boolean => name.includes('\u0000');

const rowOf = ([id, value, expires, consumed]: Row): ExpiringRow => ({
  id: String(id),
  value: String(value),
  ...(expires === null ? {} : { expiresAt: Number(expires) }),
  ...(consumed === null ? {} : { consumedAt: Number(consumed) }),
});
