import { memoryNumberRows } from './memory-number-rows.ts';
import { numberRowsContract } from './number-rows-contract.test-kit.ts';

numberRowsContract('number lanes in memory', async () => {
  const rows = memoryNumberRows();
  return { rows, second: async () => rows, dispose: () => rows.close() };
});
