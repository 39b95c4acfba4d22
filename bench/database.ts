// The PostgreSQL of a bench run: the embedded one with the settings that a node runs with. The limits and the server
// share it, so that both pay for the same disk.
import { Client, type ClientConfig } from 'pg';
import { startEmbeddedPostgres } from '../src/server/storage/embedded/embedded-postgres.ts';

export interface BenchDatabase {
  readonly url: string;
  readonly config: ClientConfig;
  /** `PostgreSQL 18.4`. */
  readonly version: string;
  stop(): Promise<void>;
}

export async function startDatabase(folder: string): Promise<BenchDatabase> {
  const server = await startEmbeddedPostgres({ folder });
  const config = { connectionString: server.url };
  const client = new Client(config);
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return {
    url: server.url,
    config,
    version: `PostgreSQL ${rows[0]?.server_version ?? '?'}`,
    stop: () => server.stop(),
  };
}
