import { expect, test } from 'vitest';
import { StorageTrouble } from '../storage/storage.ts';
import { DiskRefused, guardedLog, memoryLog } from './guard-log.ts';

test('[BS6] [BS22] why the disk refused is told, and that it takes again; whoever writes is told that nothing is there', async () => {
  let failure: Error | undefined;
  const told: unknown[] = [];
  const inner = {
    ...memoryLog(),
    append: async () => {
      if (failure !== undefined) throw failure;
    },
    replacesAside: true,
  };
  const log = guardedLog(inner, (why) => void told.push(why));
  await log.append([]);
  failure = new StorageTrouble('full');
  await expect(log.append([])).rejects.toThrow(DiskRefused);
  failure = undefined;
  await log.append([]);
  failure = new StorageTrouble('lost');
  await expect(log.append([])).rejects.toThrow(DiskRefused);
  failure = new Error('anything else');
  await expect(log.append([])).rejects.toThrow(DiskRefused);
  expect(told).toEqual([undefined, 'full', undefined, 'lost', 'lost']);
  // Else every write would wait for the log to be written anew.
  expect(log.replacesAside).toBe(true);
});
