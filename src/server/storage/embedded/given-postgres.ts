// A PostgreSQL of the user's own (HOLDFAST_DATABASE_URL): looked at before anything is written to it.
import { Client } from 'pg';
import { errorCode, Trouble } from './trouble.ts';

const VERSION_MIN = 150_000;

/** Refuses, in one line, a database that cannot be reached, is older than PostgreSQL 15, or does not store UTF-8. */
export async function checkGivenPostgres(url: string): Promise<void> {
  let client: Client;
  try {
    client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  } catch (error) {
    throw new Trouble('HOLDFAST_DATABASE_URL is no PostgreSQL address (postgresql://user@host/database).', {
      cause: error,
      exitCode: 2,
    });
  }
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    // The message of the driver may hold the address, the address a password: the code alone is told.
    throw new Trouble(
      `The database of HOLDFAST_DATABASE_URL cannot be reached (${errorCode(error) ?? 'no answer'}). Check that it runs, and the address.`,
      { cause: error },
    );
  }
  try {
    const found = await client.query(
      "SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding",
    );
    const { version, encoding } = found.rows[0];
    if (version < VERSION_MIN) {
      throw new Trouble(
        `The database of HOLDFAST_DATABASE_URL is PostgreSQL ${Math.floor(version / 10_000)}; Holdfast needs 15 or later.`,
      );
    }
    if (encoding !== 'UTF8') {
      throw new Trouble(`The database of HOLDFAST_DATABASE_URL stores ${encoding}; Holdfast needs one made with UTF8.`);
    }
  } finally {
    await client.end();
  }
}
