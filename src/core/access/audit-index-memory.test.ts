import { pureDigest } from '../base/sha256.ts';
import { createMemoryStore } from '../record/memory-store.ts';
import { auditIndexContract } from './audit-index-contract.test-kit.ts';
import { createMemoryAuditIndex, newMemoryAuditRows } from './audit-index-memory.ts';

auditIndexContract('the index in memory', async () => {
  const store = createMemoryStore({ digest: pureDigest, origin: 'site.1' });
  const rows = newMemoryAuditRows();
  return {
    store,
    index: createMemoryAuditIndex(store, rows),
    second: createMemoryAuditIndex(store, rows),
    dispose: () => store.close(),
  };
});
