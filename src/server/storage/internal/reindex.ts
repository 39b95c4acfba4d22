// The search index made anew from the bodies, a few hundred resources at a time, while others read and write.
//
// Each batch locks its keys in the writers' order and is a transaction of its own: a reader sees the old rows or the new ones.
import { versionIdOf } from '../../../core/record/envelope.ts';
import type { Progress } from '../../../core/record/store.ts';
import { landedOf, stateOf, type Current } from './batch.ts';
import { Connection, sqlState, type ConnectionSettings } from './connections.ts';
import { FORKED_TOKEN, policyToken } from './index-rows.ts';
import { LAND, landValues, type LandedResource } from './land-sql.ts';
import type { StoreTools } from './prepare.ts';
import { lockAndRead, removals, type Moved } from './replace-sql.ts';

const BATCH = 300;
const NEXT = `SELECT type, id FROM locator WHERE (type, id) > ($1, $2) ORDER BY type, id LIMIT ${BATCH}`;

export async function reindex(
  settings: ConnectionSettings,
  tools: StoreTools,
  progress?: Progress,
): Promise<{ readonly resources: number }> {
  const connection = await Connection.open(settings, true);
  try {
    const [row] = await connection.query('SELECT count(*) FROM locator', []);
    const of = Number(row?.[0]);
    let done = 0;
    let last: readonly unknown[] = ['', ''];
    for (;;) {
      const rows = await connection.query(NEXT, last);
      const end = rows.at(-1);
      if (end === undefined) return { resources: done };
      done += await rebuilt(
        connection,
        tools,
        rows.map(([type, id]) => ({ type: String(type), id: String(id) })),
      );
      progress?.(done, Math.max(of, done));
      last = end;
    }
  } finally {
    await connection.close();
  }
}

/** Those of several heads whose view is of another version of the policies. */
const OUTDATED = `SELECT type, id FROM resource
WHERE tokens @> ARRAY[${FORKED_TOKEN}]::bigint[] AND NOT tokens @> ARRAY[$1::bigint] ORDER BY type, id LIMIT ${BATCH}`;

/** Derives anew what several heads are shown as, where another version of the policies said it (CW3). */
export async function refreshViews(settings: ConnectionSettings, tools: StoreTools): Promise<number> {
  const connection = await Connection.open(settings, true);
  try {
    const version = policyToken(tools.policyVersion);
    for (let done = 0; ;) {
      const rows = await connection.query(OUTDATED, [version]);
      if (rows.length === 0) return done;
      const keys = rows.map(([type, id]) => ({ type: String(type), id: String(id) }));
      done += await rebuilt(connection, tools, keys);
    }
  } finally {
    await connection.close();
  }
}

async function rebuilt(
  connection: Connection,
  tools: StoreTools,
  keys: readonly { readonly type: string; readonly id: string }[],
): Promise<number> {
  for (;;) {
    try {
      await connection.run('BEGIN');
      const current = await lockAndRead(
        connection,
        keys.map((key) => ({ key })),
        true,
      );
      const moved: Moved[] = [];
      const resources = keys.flatMap((key): readonly LandedResource[] => {
        const now = current.get(`${key.type}/${key.id}`);
        if (now === undefined) return [];
        const made = resourceOf(tools, key, now);
        if (made.isNewPlace) moved.push({ from: now.c, to: made.c, rid: now.rid, key });
        return [made];
      });
      if (resources.length > 0) {
        const sent = removals(connection, [...current.values()], moved, false);
        await Promise.all([...sent, connection.query(LAND, landValues(0, [], resources))]);
      }
      await connection.run('COMMIT');
      return resources.length;
    } catch (error) {
      if (!connection.broken) await connection.run('ROLLBACK');
      // Another process deadlocked with us, or moved a resource meanwhile: the same keys again.
      if (!['40P01', '40001', '23505'].includes(sqlState(error) ?? '')) throw error;
    }
  }
}

function resourceOf(
  tools: StoreTools,
  key: { readonly type: string; readonly id: string },
  now: Current,
): LandedResource {
  const heads = now.heads.map((hash) => now.known.get(hash)).filter((head) => head !== undefined);
  const state = stateOf(tools, key.type, heads, now.ancestors);
  return {
    ...landedOf(state),
    rid: now.rid,
    n: now.n,
    updated: now.updated,
    type: key.type,
    id: key.id,
    version: versionIdOf(tools.digest, now.heads),
    heads: now.isPlain ? null : now.heads,
    isNewPlace: now.c !== state.compartment.key,
  };
}
