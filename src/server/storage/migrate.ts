// Brings a database to the schema of this build, or refuses it.
//
//   PG1  Migrations apply once, in order, whoever starts first.
//   PG2  A database of a newer schema is refused in one line and left as it is.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from '../../core/base/assert.ts';
import { Trouble } from './embedded/trouble.ts';
import { Connection, type ConnectionSettings } from './internal/connections.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** Any number that no one else locks by. */
const MIGRATION_LOCK = 4_846_201_107;

/** The migrations of this build: `<package root>/src/server/storage/migrations`, for the compiled code too (tsc copies no SQL). */
export function loadMigrations(): readonly Migration[] {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, 'package.json'))) {
    assert(dirname(root) !== root, 'the package root is above this file');
    root = dirname(root);
  }
  const folder = join(root, 'src/server/storage/migrations');
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return files.map((name, i) => {
    assert(name.startsWith(`${String(i + 1).padStart(4, '0')}-`), 'migrations are numbered from 0001 without a gap');
    return { version: i + 1, name, sql: readFileSync(join(folder, name), 'utf8') };
  });
}

/** Applies what is missing, under a lock that all processes share. */
export async function migrate(settings: ConnectionSettings, migrations = loadMigrations()): Promise<void> {
  const connection = await Connection.open({ ...settings, statementMs: 0 }, false);
  try {
    await connection.run(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    await connection.run(
      'CREATE TABLE IF NOT EXISTS schema_version (version int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const [row] = await connection.query('SELECT coalesce(max(version), 0) FROM schema_version', []);
    const have = Number(row?.[0] ?? 0);
    if (have > migrations.length) {
      throw new Trouble(
        `The database is of a newer Holdfast (schema ${have}; this one knows ${migrations.length}). Start the newer version, or restore a backup made by this one.`,
      );
    }
    for (const { version, name, sql } of migrations.slice(have)) {
      await connection.run(
        `BEGIN; ${sql}; INSERT INTO schema_version (version, name) VALUES (${version}, '${name}'); COMMIT`,
      );
    }
  } finally {
    await connection.close();
  }
}
