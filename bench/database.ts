// The PostgreSQL of a bench run: the embedded one with the settings that a node runs with. The limits and the server
// share it, so that both pay for the same disk.
import { Client, type ClientConfig, type QueryResultRow } from 'pg';
import { startEmbeddedPostgres } from '../src/server/storage/embedded/embedded-postgres.ts';

export interface BenchDatabase {
  readonly url: string;
  readonly config: ClientConfig;
  /** `PostgreSQL 18.4`. */
  readonly version: string;
  /** An empty one beside it, of the same server; its URL. */
  beside(name: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startDatabase(folder: string): Promise<BenchDatabase> {
  const server = await startEmbeddedPostgres({ folder });
  const config = { connectionString: server.url };
  const ask = async <Row extends QueryResultRow>(text: string): Promise<readonly Row[]> => {
    const client = new Client(config);
    await client.connect();
    const { rows } = await client.query<Row>(text);
    await client.end();
    return rows;
  };
  const [shown] = await ask<{ server_version: string }>('SHOW server_version');
  return {
    url: server.url,
    config,
    version: `PostgreSQL ${shown?.server_version ?? '?'}`,
    beside: async (name) => {
      await ask(`CREATE DATABASE "${name}" TEMPLATE template0`);
      return server.url.replace('@/holdfast?', `@/${name}?`);
    },
    stop: () => server.stop(),
  };
}
