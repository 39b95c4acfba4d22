// The node's own name in its database.
import { randomUUID } from 'node:crypto';
import { assert } from '../../core/base/assert.ts';
import { Trouble } from './embedded/trouble.ts';
import { Connection, type Queryable } from './internal/connections.ts';
import { migrate } from './migrate.ts';

/**
 * Gives the node on this database another name: it is a copy of another node, and goes on as one of its own. What it wrote so far stays
 * under the old name, and is still handed over. No process of it may run. Answers the new name.
 */
export async function renewInstall(url: string): Promise<string> {
  const settings = { url, statementMs: 30_000, connectMs: 10_000, label: 'holdfast install' };
  await migrate(settings);
  const connection = await Connection.open(settings, false);
  try {
    const node = randomUUID();
    await connection.query('INSERT INTO install (id) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM install)', [node]);
    await connection.query('UPDATE install SET id = $1', [node]);
    return node;
  } finally {
    await connection.close();
  }
}

/** [A-Za-z0-9-]+, as the first half of an origin's name. */
const NAME = /^[A-Za-z0-9-]{1,64}$/;

/** Takes the name of the node whose record is restored into this database. Throws `Trouble` where there is a record already. */
export async function becomeInstall(db: Queryable, id: string): Promise<void> {
  assert(NAME.test(id), "a node's name is the first half of an origin's");
  const [row] = await db.query(
    `WITH put AS (
       UPDATE install SET id = $1 WHERE NOT EXISTS (SELECT 1 FROM commit) AND NOT EXISTS (SELECT 1 FROM arrival) RETURNING 1)
     SELECT count(*) FROM put`,
    [id],
  );
  if (Number(row?.[0]) !== 1) throw new Trouble('The record is not empty: it keeps the name that it has.');
}
