// The search cases on PostgreSQL, and random searches with the evaluator as their oracle.
import { afterAll } from 'vitest';
import { nodePorts } from '../../src/server/ports/node-ports.ts';
import { startTemporaryPostgres } from '../../src/server/storage/embedded/start-temporary.test-kit.ts';
import { openPostgresStore } from '../../src/server/storage/postgres-store.ts';
import { infernoSearches } from './inferno-searches.test-kit.ts';
import { storeBed, type SearchBed } from './search-bed.test-kit.ts';
import { searchOracle } from './search-oracle.test-kit.ts';
import { searchSemanticsCases } from './search-semantics.test-kit.ts';

let server: ReturnType<typeof startTemporaryPostgres> | undefined;
let databases = 0;
afterAll(async () => (await server)?.stop());

async function postgresBed(): Promise<SearchBed> {
  server ??= startTemporaryPostgres({});
  databases += 1;
  const url = await (await server).createDatabase(`searches${databases}`);
  return storeBed(await openPostgresStore({ url, ...nodePorts(), connections: 2 }));
}

searchSemanticsCases('PostgreSQL', postgresBed);
infernoSearches('PostgreSQL', postgresBed);
searchOracle('PostgreSQL', postgresBed);
