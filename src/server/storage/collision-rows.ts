// What collides between resources, in PostgreSQL (CW15 of specs/conflicts.md).
import type { CollisionQuery, CollisionRows, KeptCollision } from '../../core/record/collision-rows.ts';
import { texts } from './internal/binary-arrays.ts';
import { Connection, Connections, type ConnectionSettings, type Row } from './internal/connections.ts';
import { arrayText } from './internal/land-sql.ts';
import { migrate } from './migrate.ts';

export interface OpenCollisionRows extends CollisionRows {
  close(): Promise<void>;
}

const GONE = 'DELETE FROM collision WHERE topic = ANY ($1::text[]) RETURNING topic, kind, names, since';
const KEEP = `
INSERT INTO collision (topic, kind, severity, names, homes, about, since)
SELECT topic, kind, severity, names::text[], homes::text[], about, since::bigint
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
  AS k(topic, kind, severity, names, homes, about, since)
ON CONFLICT DO NOTHING`;
const LIST = `
SELECT topic, kind, severity, names, homes, about, since FROM collision
WHERE ($1::text IS NULL OR severity = $1) AND ($2::text[] IS NULL OR homes && $2)
  AND ($3::text[] IS NULL OR EXISTS (SELECT 1 FROM unnest(names) AS n(name) WHERE split_part(n.name, '/', 1) = ANY ($3)))
ORDER BY severity, since, topic LIMIT $4`;

/** Opens the table, which is made where it is missing. Throws `Trouble` where the database is of a newer version. */
export async function openCollisionRows({ url }: { readonly url: string }): Promise<OpenCollisionRows> {
  const settings: ConnectionSettings = { url, statementMs: 10_000, connectMs: 10_000, label: 'holdfast collisions' };
  await migrate(settings);
  return new PostgresCollisionRows(settings);
}

class PostgresCollisionRows implements OpenCollisionRows {
  readonly #settings: ConnectionSettings;
  readonly #db: Connections;
  #writer: Connection | undefined;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
    this.#db = new Connections(settings, 1);
  }

  async followed(): Promise<number> {
    const [row] = await this.#db.query('SELECT arrival FROM collision_mark', []);
    return Number(row?.[0] ?? 0);
  }

  async topicsNaming(names: readonly string[]): Promise<readonly string[]> {
    if (names.length === 0) return [];
    const rows = await this.#db.query('SELECT DISTINCT topic FROM collision WHERE names && $1::text[]', [
      arrayText(names),
    ]);
    return rows.map(([topic]) => String(topic));
  }

  async keep(
    topics: readonly string[],
    found: readonly Omit<KeptCollision, 'since'>[],
    arrival: number,
    at: number,
  ): Promise<void> {
    const writer = await this.#open();
    await writer.run('BEGIN');
    try {
      const gone = topics.length === 0 ? [] : await writer.query(GONE, [arrayText(topics)]);
      const before = new Map(gone.map(([topic, kind, names, since]) => [keyOf(topic, kind, names), Number(since)]));
      if (found.length > 0) {
        const columns = [
          found.map(({ topic }) => topic),
          found.map(({ kind }) => kind),
          found.map(({ severity }) => severity),
          found.map(({ names }) => arrayText(names)),
          found.map(({ homes }) => arrayText(homes)),
          found.map(({ about }) => about),
          found.map(({ topic, kind, names }) => String(before.get(keyOf(topic, kind, names)) ?? at)),
        ];
        await writer.query(KEEP, columns.map(texts));
      }
      await writer.query('UPDATE collision_mark SET arrival = $1', [arrival]);
      await writer.run('COMMIT');
    } catch (error) {
      if (!writer.broken) await writer.run('ROLLBACK');
      throw error;
    }
  }

  async list({ severity, homes, types, limit }: CollisionQuery): Promise<readonly KeptCollision[]> {
    const values = [
      severity ?? null,
      homes === undefined ? null : arrayText(homes),
      types === undefined ? null : arrayText(types),
      limit,
    ];
    return (await this.#db.query(LIST, values)).map(collisionOf);
  }

  async figures(): Promise<{ readonly S1: number; readonly S2: number; readonly oldestS1At?: number }> {
    const [row] = await this.#db.query(
      `SELECT count(*) FILTER (WHERE severity = 'S1'), count(*) FILTER (WHERE severity = 'S2'),
         min(since) FILTER (WHERE severity = 'S1') FROM collision`,
      [],
    );
    const [s1, s2, oldest] = row ?? [];
    const since = oldest === null || oldest === undefined ? {} : { oldestS1At: Number(oldest) };
    return { S1: Number(s1 ?? 0), S2: Number(s2 ?? 0), ...since };
  }

  async close(): Promise<void> {
    await this.#writer?.close();
    await this.#db.close();
  }

  async #open(): Promise<Connection> {
    if (this.#writer !== undefined && !this.#writer.broken) return this.#writer;
    await this.#writer?.close();
    this.#writer = await Connection.open(this.#settings, true);
    return this.#writer;
  }
}

const keyOf = (topic: unknown, kind: unknown, names: unknown): string => JSON.stringify([topic, kind, names]);

const collisionOf = ([topic, kind, severity, names, homes, about, since]: Row): KeptCollision => ({
  topic: String(topic),
  kind: String(kind),
  severity: severity as KeptCollision['severity'],
  names: names as string[],
  homes: homes as string[],
  about: String(about),
  since: Number(since),
});
