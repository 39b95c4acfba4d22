// What the mirror can be counted on for, asked of its disk and held against the record.
import type { Instant } from '../../core/base/ports.ts';
import type { RecordStore } from '../../core/record/store.ts';
import { logsIn } from './mirror-folder.ts';

export interface MirrorState {
  /** Commits up to this arrival are on the second disk; 0: none, or another history's. */
  readonly arrival: number;
  /** When it was last written. */
  readonly at: Instant | undefined;
  /** The disk did not answer, or holds nothing of this record: for people. */
  readonly trouble?: string;
}

/** How long a disk may take to say what it holds, ms: who asks must not hang with it. */
const DISK_MS = 2_000;

/** Never more than the truth (CM2): a mark counts where this record has that very commit at that arrival. */
export async function mirrorState(
  folder: string,
  install: string,
  store: Pick<RecordStore, 'feed'>,
): Promise<MirrorState> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, DISK_MS, 'late');
    timer.unref();
  });
  try {
    const logs = await Promise.race([logsIn(folder), late]);
    if (logs === 'late') return { arrival: 0, at: undefined, trouble: 'the disk does not answer' };
    const mark = logs.filter((log) => log.mark?.install === install).at(-1)?.mark;
    if (mark === undefined) return { arrival: 0, at: undefined, trouble: 'nothing of this record is there yet' };
    const [there] = await store.feed(mark.arrival - 1, 1);
    const isOurs = there?.arrival === mark.arrival && there.hash === mark.hash;
    return isOurs
      ? { arrival: mark.arrival, at: mark.at }
      : { arrival: 0, at: mark.at, trouble: 'it holds another history of this record; a new log is being written' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { arrival: 0, at: undefined, trouble: `the disk cannot be read (${code})` };
  } finally {
    clearTimeout(timer);
  }
}
