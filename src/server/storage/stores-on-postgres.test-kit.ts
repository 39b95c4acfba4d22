// Stores on a PostgreSQL of their own, and what other nodes wrote: for tests of replication.
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { revision, Scribe } from '../../core/record/contract/scribe.test-kit.ts';
import { createMemoryStore } from '../../core/record/memory-store.ts';
import type { CarriedCommit } from '../../core/sync/ports.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from './embedded/start-temporary.test-kit.ts';
import { openPostgresStore, type PostgresStore, type PostgresStoreOptions } from './postgres-store.ts';

const ports = nodePorts();
const { digest } = ports;

/** For the tests of the file that calls it; what a test opened is closed after it. */
export function storesOnPostgres(): {
  readonly newDatabase: () => Promise<string>;
  readonly opened: (url: string, more?: Partial<PostgresStoreOptions>) => Promise<PostgresStore>;
} {
  let server: TemporaryPostgres;
  let databases = 0;
  const open: PostgresStore[] = [];
  beforeAll(async () => {
    server = await startTemporaryPostgres();
  });
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });
  afterAll(async () => {
    await server.stop();
  });
  return {
    newDatabase: () => server.createDatabase(`s${++databases}`),
    opened: async (url, more = {}) => {
      const store = await openPostgresStore({ url, ...ports, connections: 2, ...more });
      open.push(store);
      return store;
    },
  };
}

/** The first column of what a statement answers. */
export async function rows<T = unknown>(url: string, text: string, values: unknown[] = []): Promise<T[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows.map((row) => Object.values(row)[0] as T);
  } finally {
    await client.end();
  }
}
/** What another node wrote, commit by commit. */
export async function foreign(
  work: (scribe: Scribe) => Promise<unknown>,
  origin = 'other.1',
): Promise<readonly CarriedCommit[]> {
  const store = createMemoryStore({ digest, origin });
  await work(new Scribe(store));
  return (await store.feed(0, 10_000)).map(({ arrival: _arrival, ...commit }): CarriedCommit => commit);
}
export const patientsOf = (count: number, from = 0): Promise<readonly CarriedCommit[]> =>
  foreign(async (other) => {
    for (let n = from; n < from + count; n += 20)
      await other.land(...Array.from({ length: 20 }, (_, i) => revision(`Patient/p${n + i}`, { active: true })));
  });
