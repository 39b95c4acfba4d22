// The log as the device writes to it: what the disk refuses is told from any other fault, and everybody is told that it refuses.
import type { LogEntry, OutboxLog } from '../../core/sync/memory-sync-log.ts';
import { StorageTrouble } from '../storage/storage.ts';

/** The disk did not take what was to be written: nothing of it is shown or acknowledged. */
export class DiskRefused extends Error {
  constructor(cause: unknown) {
    super('the disk of this device refused', { cause });
    this.name = 'DiskRefused';
  }
}

/** `refused` is told of every write: why the disk did not take it, or undefined. */
export function guardedLog(log: OutboxLog, refused: (why: 'full' | 'lost' | undefined) => void): OutboxLog {
  const guarded = async (write: () => Promise<void>): Promise<void> => {
    try {
      await write();
    } catch (error) {
      refused(error instanceof StorageTrouble ? error.kind : 'lost');
      throw new DiskRefused(error);
    }
    refused(undefined);
  };
  return {
    append: (entries: readonly LogEntry[]) => guarded(() => log.append(entries)),
    replace: (entries: Iterable<LogEntry>) => guarded(() => log.replace(entries)),
    ...(log.replacesAside === undefined ? {} : { replacesAside: log.replacesAside }),
  };
}

/** For as long as the page lives: of the harness, and of a browser that keeps nothing. */
export function memoryLog(): OutboxLog {
  return { append: async () => undefined, replace: async () => undefined };
}
