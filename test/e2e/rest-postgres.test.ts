// The REST contract once more, with PostgreSQL behind it.
import { startApiServer } from '../../src/server/fhir-api/api-server.test-kit.ts';
import { CONTRACT_LIMITS } from '../../src/server/fhir-api/contract-limits.test-kit.ts';
import { restContract } from '../../src/server/fhir-api/rest-contract.test-kit.ts';
import { nodePorts } from '../../src/server/ports/node-ports.ts';
import { startTemporaryPostgres } from '../../src/server/storage/embedded/start-temporary.test-kit.ts';
import { openPostgresStore } from '../../src/server/storage/postgres-store.ts';

restContract('the API over PostgreSQL', async () => {
  const postgres = await startTemporaryPostgres();
  const store = await openPostgresStore({ url: postgres.url, ...nodePorts() });
  const started = await startApiServer(store, { limits: CONTRACT_LIMITS });
  return {
    baseUrl: started.baseUrl,
    stop: async () => {
      await started.stop();
      await postgres.stop();
    },
  };
});
