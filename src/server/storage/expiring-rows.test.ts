// The contract of the node's short-lived rows on PostgreSQL: the embedded one, and Debian's 15 where it is installed.
import { afterAll, describe } from 'vitest';
import type { ExpiringRows } from '../ports/expiring-rows.ts';
import { expiringRowsContract } from '../ports/expiring-rows-contract.test-kit.ts';
import {
  debianPostgres15,
  startTemporaryPostgres,
  type TemporaryPostgres,
} from './embedded/start-temporary.test-kit.ts';
import { openExpiringRows } from './expiring-rows.ts';

function contractOn(name: string, binaries: typeof debianPostgres15): void {
  let server: Promise<TemporaryPostgres> | undefined;
  let databases = 0;
  afterAll(async () => (await server)?.stop());
  expiringRowsContract(name, async (clock) => {
    server ??= startTemporaryPostgres({ binaries });
    const url = await (await server).createDatabase(`rows${++databases}`);
    const all: ExpiringRows[] = [];
    const opened = async (): Promise<ExpiringRows> => {
      const rows = await openExpiringRows({ url, clock });
      all.push(rows);
      return rows;
    };
    return {
      rows: await opened(),
      second: opened,
      dispose: async () => {
        for (const rows of all.splice(0)) await rows.close();
      },
    };
  });
}

contractOn('rows in PostgreSQL', undefined);
describe.skipIf(debianPostgres15 === undefined)('PostgreSQL 15', () => contractOn('rows', debianPostgres15));
