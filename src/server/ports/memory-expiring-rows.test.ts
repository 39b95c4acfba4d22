// The contract of the node's short-lived rows on the one in memory.
import { expiringRowsContract } from './expiring-rows-contract.test-kit.ts';
import { memoryExpiringRows } from './memory-expiring-rows.ts';

expiringRowsContract('rows in memory', async (clock) => {
  const rows = memoryExpiringRows(clock);
  return { rows, second: async () => rows, dispose: () => rows.close() };
});
