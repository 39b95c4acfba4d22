// The schema is a reviewed file: what the migrations make, as the catalog tells it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, expect, test } from 'vitest';
import {
  debianPostgres15,
  startTemporaryPostgres,
  type TemporaryPostgres,
} from './embedded/start-temporary.test-kit.ts';
import { Trouble } from './embedded/trouble.ts';
import { loadMigrations, migrate } from './migrate.ts';
import { describeSchema } from './schema.test-kit.ts';

const GOLDEN = fileURLToPath(new URL('schema.golden.txt', import.meta.url));
const settingsOf = (url: string) => ({ url, statementMs: 10_000, connectMs: 10_000, label: 'test' });

const servers: TemporaryPostgres[] = [];
async function start(binaries?: typeof debianPostgres15): Promise<TemporaryPostgres> {
  const server = await startTemporaryPostgres({ binaries });
  servers.push(server);
  return server;
}
afterAll(async () => {
  for (const server of servers) await server.stop();
});

async function schemaOf(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await describeSchema(client);
  } finally {
    await client.end();
  }
}

test('[PG1] the migrations make the golden schema, and several processes that start at once apply them once', async () => {
  const server = await start();
  const settings = settingsOf(server.url);
  await Promise.all([migrate(settings), migrate(settings), migrate(settings)]);
  await migrate(settings);
  expect(await schemaOf(server.url)).toBe(readFileSync(GOLDEN, 'utf8'));
});

test.skipIf(debianPostgres15 === undefined)('[PG1] [PG4] PostgreSQL 15 has the same schema', async () => {
  const server = await start(debianPostgres15);
  await migrate(settingsOf(server.url));
  expect(await schemaOf(server.url)).toBe(readFileSync(GOLDEN, 'utf8'));
});

test('[PG2] a database of a newer schema is refused in one line and left as it is', async () => {
  const server = await start();
  const settings = settingsOf(server.url);
  const known = loadMigrations();
  const newer = { version: known.length + 1, name: '9999-later.sql', sql: 'CREATE TABLE later (x int)' };
  await migrate(settings, [...known, newer]);
  const before = await schemaOf(server.url);
  const refused = await migrate(settings).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Trouble);
  expect(refused instanceof Trouble && refused.message).toMatch(/^The database is of a newer Holdfast [^\n]*$/);
  expect(await schemaOf(server.url)).toBe(before);
});

test('[PG3] what grows with patients carries the compartment in every unique key', async () => {
  const server = await start();
  await migrate(settingsOf(server.url));
  const client = new Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query<{ table: string; columns: string[]; keys: string[][] }>(`
    SELECT t.relname AS table,
      (SELECT array_agg(a.attname::text) FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0) AS columns,
      (SELECT coalesce(json_agg((SELECT json_agg(a.attname) FROM unnest(i.indkey) k JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k)), '[]')
         FROM pg_index i WHERE i.indrelid = t.oid AND i.indisunique) AS keys
    FROM pg_class t WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace`);
  await client.end();
  // Of the node, or with keys of their own by design.
  const ofNode = [
    'install',
    'schema_version',
    'origin',
    'arrival',
    'expiring_row',
    'audit_cursor',
    'number_lane',
    'number_note',
  ];
  const ofReplication = ['bearer', 'unread', 'quarantine', 'link', 'peer_held', 'sync_state'];
  const ofScopes = ['scope_peer', 'scope_state'];
  // Found by following the record; as many as there are mistakes.
  const ofCollisions = ['collision', 'collision_mark'];
  const apart = new Set([...ofNode, ...ofCollisions, ...ofReplication, ...ofScopes, 'commit', 'locator']);
  const growing = rows.filter((row) => !apart.has(row.table));
  expect(growing.map((row) => row.table).sort()).toEqual([
    'audit_index',
    'hot',
    'index_date',
    'index_number',
    'index_string',
    'named',
    'resource',
    'revision',
    'scope_grant',
    'scope_held',
    'scope_want',
  ]);
  for (const { table, columns, keys } of growing) {
    expect(columns, table).toContain('c');
    for (const key of keys) expect(key, table).toContain('c');
  }
});
