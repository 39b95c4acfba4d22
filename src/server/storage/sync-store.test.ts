// The contract of sync stores on PostgreSQL: the embedded one, and Debian's 15 where it is installed.
import { afterAll, describe, test } from 'vitest';
import { syncStoreContract, type OpenedSyncStore } from '../../core/sync/sync-store-contract.test-kit.ts';
import { nodePorts } from '../ports/node-ports.ts';
import {
  debianPostgres15,
  startTemporaryPostgres,
  type TemporaryPostgres,
} from './embedded/start-temporary.test-kit.ts';
import { openPostgresStore, type PostgresStore } from './postgres-store.ts';

const ports = nodePorts();

function onServer(binaries: typeof debianPostgres15): {
  readonly open: () => Promise<OpenedSyncStore>;
  readonly stop: () => Promise<void>;
} {
  let server: Promise<TemporaryPostgres> | undefined;
  let databases = 0;
  return {
    open: async () => {
      server ??= startTemporaryPostgres({ binaries });
      const url = await (await server).createDatabase(`t${++databases}`);
      const stores: PostgresStore[] = [];
      const opened = async (): Promise<Pick<OpenedSyncStore, 'store' | 'record'>> => {
        const record = await openPostgresStore({ url, ...ports, connections: 2 });
        stores.push(record);
        return { record, store: record.sync };
      };
      const close = async (): Promise<void> => {
        for (const each of stores.splice(0)) await each.close();
      };
      return {
        ...(await opened()),
        reopen: async () => {
          await close();
          return opened();
        },
        dispose: close,
      };
    },
    stop: async () => (await server)?.stop(),
  };
}

const embedded = onServer(undefined);
syncStoreContract('postgres', embedded.open, { digest: ports.digest });
afterAll(embedded.stop);

if (debianPostgres15) {
  const debian = onServer(debianPostgres15);
  syncStoreContract('postgres 15', debian.open, { digest: ports.digest });
  afterAll(debian.stop);
} else {
  describe('postgres 15', () => {
    test.skip("PostgreSQL 15 is not installed (Debian's package postgresql-15)", () => undefined);
  });
}
