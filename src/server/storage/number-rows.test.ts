// The contract of number lanes on PostgreSQL: the embedded one, and Debian's 15 where it is installed.
import { afterAll, describe } from 'vitest';
import type { NumberRows } from '../ports/number-rows.ts';
import { numberRowsContract } from '../ports/number-rows-contract.test-kit.ts';
import {
  debianPostgres15,
  startTemporaryPostgres,
  type TemporaryPostgres,
} from './embedded/start-temporary.test-kit.ts';
import { openNumberRows } from './number-rows.ts';

function contractOn(name: string, binaries: typeof debianPostgres15): void {
  let server: Promise<TemporaryPostgres> | undefined;
  let databases = 0;
  afterAll(async () => (await server)?.stop());
  numberRowsContract(name, async () => {
    server ??= startTemporaryPostgres({ binaries });
    const url = await (await server).createDatabase(`numbers${++databases}`);
    const all: NumberRows[] = [];
    const opened = async (): Promise<NumberRows> => {
      const rows = await openNumberRows({ url });
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

contractOn('number lanes in PostgreSQL', undefined);
describe.skipIf(debianPostgres15 === undefined)('PostgreSQL 15', () => contractOn('lanes', debianPostgres15));
