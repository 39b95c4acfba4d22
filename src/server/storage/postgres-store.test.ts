// The record store contract on PostgreSQL: the embedded one, and Debian's 15 where it is installed.
import { afterAll, describe, expect, test } from 'vitest';
import { Client } from 'pg';
import type { ResourceKey } from '../../core/record/store.ts';
import { recordStoreContract, type Damage, type OpenStore } from '../../core/record/store-contract.test-kit.ts';
import { nodePorts } from '../ports/node-ports.ts';
import {
  debianPostgres15,
  startTemporaryPostgres,
  type TemporaryPostgres,
} from './embedded/start-temporary.test-kit.ts';
import { openPostgresStore, type PostgresStore } from './postgres-store.ts';

const ports = nodePorts();

function onServer(binaries: typeof debianPostgres15): {
  readonly open: OpenStore;
  readonly stop: () => Promise<void>;
} {
  let server: Promise<TemporaryPostgres> | undefined;
  let databases = 0;
  return {
    open: async (more) => {
      server ??= startTemporaryPostgres({ binaries });
      const url = await (await server).createDatabase(`t${++databases}`);
      const stores: PostgresStore[] = [];
      const opened = async (): Promise<PostgresStore> => {
        const store = await openPostgresStore({
          url,
          ...ports,
          connections: 2,
          ...(more?.policies === undefined ? {} : { policies: { byType: more.policies, version: 'test-1' } }),
        });
        stores.push(store);
        return store;
      };
      const store = await opened();
      return {
        store,
        second: opened,
        reopen: async () => {
          for (const each of stores.splice(0)) await each.close();
          return opened();
        },
        damage: (what, key) => damage(url, what, key),
        dispose: async () => {
          for (const each of stores.splice(0)) await each.close();
        },
      };
    },
    stop: async () => (await server)?.stop(),
  };
}

const DAMAGE: Readonly<Record<Damage, string>> = {
  body: `UPDATE resource SET body = replace(body, '"active":true', '"active":false') WHERE type = $1 AND id = $2`,
  header: `UPDATE revision v SET header = replace(header, '"put"', '"resolve"')
    FROM locator l WHERE l.type = $1 AND l.id = $2 AND v.c = l.c AND v.rid = l.rid`,
  chain: `UPDATE commit SET header = replace(header, ',1,', ',7,') WHERE seq = 1 AND $1::text <> $2::text`,
  head: `UPDATE resource SET version = (SELECT v.hash FROM revision v WHERE v.c = resource.c AND v.rid = resource.rid AND v.n = 1)
    WHERE type = $1 AND id = $2`,
  home: `UPDATE resource SET home = 'Patient/other' WHERE type = $1 AND id = $2`,
  index: `UPDATE index_string SET value = 'other' WHERE (c, rid) = (SELECT c, rid FROM locator WHERE type = $1 AND id = $2)`,
};

async function damage(url: string, what: Damage, key: ResourceKey): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query(DAMAGE[what], [key.type, key.id]);
  await client.end();
  expect(rowCount, what).toBeGreaterThan(0);
}

const embedded = onServer(undefined);
recordStoreContract('postgres', embedded.open, { digest: ports.digest });
afterAll(embedded.stop);

if (debianPostgres15) {
  const debian = onServer(debianPostgres15);
  recordStoreContract('postgres 15', debian.open, { digest: ports.digest });
  afterAll(debian.stop);
} else {
  describe('postgres 15', () => {
    test.skip("PostgreSQL 15 is not installed (Debian's package postgresql-15)", () => undefined);
  });
}
