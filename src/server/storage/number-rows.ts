// A node's number lanes in PostgreSQL (specs/identity.md, ID6 to ID8).
//
//   1. To take is one statement on one row, so two processes never take the same; it is durable when it is answered.
//   2. What a broken connection left in doubt is asked again: numbers may be lost to nobody, never given to two.
import type { LaneOpening, LaneRow, NumberNote, NumberRows, TakenNumbers } from '../ports/number-rows.ts';
import { Connections, type ConnectionSettings } from './internal/connections.ts';
import { migrate } from './migrate.ts';

// A lane that another process is taking from may be passed over, so long as one is waited for where all are busy.
const takeFrom = (locked: string): string => `
UPDATE number_lane AS l SET next = least(l.next + $3::bigint, $4::bigint)
FROM (SELECT lane, next FROM number_lane WHERE incarnation = $1 AND series = $2 AND next < $4::bigint
      ORDER BY next LIMIT 1 FOR UPDATE ${locked}) AS was
WHERE l.lane = was.lane
RETURNING l.lane, was.next, l.next - was.next`;
const TAKE_FREE = takeFrom('SKIP LOCKED');
const ANY_LEFT = 'SELECT 1 FROM number_lane WHERE incarnation = $1 AND series = $2 AND next < $3::bigint LIMIT 1';
const TAKE = takeFrom('');
const OPEN = `
INSERT INTO number_lane (lane, series, incarnation, next) VALUES ($1, $2, $3, $4) ON CONFLICT (lane) DO NOTHING RETURNING 1`;
const OPEN_AGAIN = `
INSERT INTO number_lane AS l (lane, series, incarnation, next) VALUES ($1, $2, $3, $4)
ON CONFLICT (lane) DO UPDATE SET incarnation = excluded.incarnation, next = greatest(l.next, excluded.next)
WHERE l.series = excluded.series AND l.incarnation <> excluded.incarnation RETURNING 1`;

/** Opens the tables, which are made where they are missing. Throws `Trouble` where the database is of a newer version. */
export async function openNumberRows({ url }: { readonly url: string }): Promise<NumberRows> {
  const settings: ConnectionSettings = {
    url,
    statementMs: 10_000,
    connectMs: 10_000,
    label: 'holdfast numbers',
  };
  await migrate(settings);
  return new PostgresNumberRows(new Connections(settings, 1));
}

class PostgresNumberRows implements NumberRows {
  readonly #db: Connections;

  constructor(db: Connections) {
    this.#db = db;
  }

  async take(series: string, incarnation: string, count: number, ceiling: number): Promise<TakenNumbers | undefined> {
    const values = [incarnation, series, count, ceiling];
    for (;;) {
      const [row] = await this.#db.query(TAKE_FREE, values);
      const found = row ?? (await this.#db.query(TAKE, values))[0];
      if (found !== undefined) return { lane: String(found[0]), first: Number(found[1]), count: Number(found[2]) };
      // The row that was waited for may have been emptied meanwhile while another has room.
      if ((await this.#db.query(ANY_LEFT, [incarnation, series, ceiling])).length === 0) return undefined;
    }
  }

  async open({ lane, series, incarnation, first }: LaneOpening, again: boolean): Promise<boolean> {
    const rows = await this.#db.query(again ? OPEN_AGAIN : OPEN, [lane, series, incarnation, first]);
    return rows.length === 1;
  }

  async lanes(): Promise<readonly LaneRow[]> {
    const rows = await this.#db.query('SELECT lane, series, incarnation, next FROM number_lane ORDER BY lane', []);
    return rows.map(([lane, series, incarnation, next]) => ({
      lane: String(lane),
      series: String(series),
      incarnation: String(incarnation),
      next: Number(next),
    }));
  }

  async note({ at, series, first, last, count, who, purpose }: NumberNote): Promise<void> {
    await this.#db.query(
      'INSERT INTO number_note (at, series, first, last, count, who, purpose) VALUES ($1, $2, $3, $4, $5, $6, $7)',
      [at, series, first, last, count, who, purpose],
    );
  }

  async notes(limit: number): Promise<readonly NumberNote[]> {
    const rows = await this.#db.query(
      'SELECT at, series, first, last, count, who, purpose FROM number_note ORDER BY n DESC LIMIT $1',
      [limit],
    );
    return rows.map(([at, series, first, last, count, who, purpose]) => ({
      at: Number(at),
      series: String(series),
      first: String(first),
      last: String(last),
      count: Number(count),
      who: String(who),
      purpose: String(purpose),
    }));
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}
