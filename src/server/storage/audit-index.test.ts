import { afterAll, beforeAll } from 'vitest';
import { auditIndexContract } from '../../core/access/audit-index-contract.test-kit.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { openPostgresAuditIndex } from './audit-index.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from './embedded/start-temporary.test-kit.ts';
import { openPostgresStore } from './postgres-store.ts';

const ports = nodePorts();
let server: TemporaryPostgres;
let databases = 0;
beforeAll(async () => {
  server = await startTemporaryPostgres();
});
afterAll(() => server.stop());

auditIndexContract('the index in PostgreSQL', async () => {
  const url = await server.createDatabase(`audit${++databases}`);
  const store = await openPostgresStore({ url, ...ports, connections: 1 });
  const index = await openPostgresAuditIndex({ url, digest: ports.digest });
  const second = await openPostgresAuditIndex({ url, digest: ports.digest });
  return {
    store,
    index,
    second,
    dispose: async () => {
      await index.close();
      await second.close();
      await store.close();
    },
  };
});
