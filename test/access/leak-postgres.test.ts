// The leak test once more, with PostgreSQL behind both servers: there, a rule is a part of a statement, and may be left out of one.
import { afterAll, beforeAll, test } from 'vitest';
import type { RecordStore } from '../../src/core/record/store.ts';
import { nodePorts } from '../../src/server/ports/node-ports.ts';
import {
  startTemporaryPostgres,
  type TemporaryPostgres,
} from '../../src/server/storage/embedded/start-temporary.test-kit.ts';
import { openPostgresStore } from '../../src/server/storage/postgres-store.ts';
import { principalOf } from './hospital.test-kit.ts';
import { readBeforeTwins, writeBeforeTwins } from './leak.test-kit.ts';

let postgres: TemporaryPostgres | undefined;
let count = 0;
beforeAll(async () => {
  postgres = await startTemporaryPostgres({});
});
afterAll(async () => {
  await postgres?.stop();
});
async function open(): Promise<RecordStore> {
  if (postgres === undefined) throw new Error('PostgreSQL did not start');
  const url = await postgres.createDatabase(`leak${++count}`);
  return openPostgresStore({ url, ...nodePorts(), connections: 2 });
}

test('[FR52] over PostgreSQL, what is hidden from a nurse cannot be told by reading', () =>
  readBeforeTwins(principalOf('nurse'), open));
test('[FR52] over PostgreSQL, what is hidden from a nurse cannot be told by writing', () =>
  writeBeforeTwins(principalOf('nurse'), open));
test('[FR52] over PostgreSQL, what is hidden from a patient cannot be told by reading', () =>
  readBeforeTwins(principalOf('patient'), open));
