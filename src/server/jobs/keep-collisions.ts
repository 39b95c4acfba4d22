// Keeps what collides between resources up to date: one process of the node follows the record, a page at a time (CW15).
//
//   1. Nothing waits for it: it looks at what has arrived, and pauses where there is nothing.
//   2. What fails is tried again; the error's kind alone is logged.
import type { Clock } from '../../core/base/ports.ts';
import { followCollisions } from '../../core/engine/follow-collisions.ts';
import type { CollisionRows } from '../../core/record/collision-rows.ts';
import type { RecordStore } from '../../core/record/store.ts';

export interface CollisionKeeping {
  readonly store: RecordStore;
  readonly rows: CollisionRows;
  /** Whether it is this process's turn; asked before each step. */
  readonly isOurTurn: () => boolean;
  readonly clock: Clock;
  readonly log: (message: string) => void;
  /** Pause where there was nothing, ms; 2 s unless told. */
  readonly pauseMs?: number;
}

const PAUSE_MS = 2_000;
const PAUSE_AFTER_TROUBLE_MS = 30_000;

/** Starts at once. `close` waits for the step that is under way. */
export function keepCollisions(options: CollisionKeeping): { close(): Promise<void> } {
  const { store, rows, isOurTurn, clock, log } = options;
  const pauseMs = options.pauseMs ?? PAUSE_MS;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void>;
  const step = async (): Promise<number> => {
    if (!isOurTurn()) return pauseMs;
    try {
      return (await followCollisions(store, rows, clock.now())) ? 0 : pauseMs;
    } catch (error) {
      if (!closed)
        log(`collisions between resources were not looked at: ${error instanceof Error ? error.name : typeof error}`);
      return Math.max(pauseMs, PAUSE_AFTER_TROUBLE_MS);
    }
  };
  const again = (waitMs: number): void => {
    if (closed) return;
    timer = setTimeout(() => {
      running = step().then(again);
    }, waitMs).unref();
  };
  running = step().then(again);
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
