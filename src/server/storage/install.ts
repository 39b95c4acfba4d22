// The node's own name in its database.
import { randomUUID } from 'node:crypto';
import { Connection } from './internal/connections.ts';
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
