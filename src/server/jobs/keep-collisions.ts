// Keeps what collides between resources up to date: one process of the node follows the record, a page at a time (CW15).
// Nothing waits for it, so it leaves the process to those who do wait: after each page it rests.
import type { Clock } from '../../core/base/ports.ts';
import { followCollisions } from '../../core/engine/follow-collisions.ts';
import type { CollisionRows } from '../../core/record/collision-rows.ts';
import type { RecordStore } from '../../core/record/store.ts';
import { repeatOnTurn } from './repeat-on-turn.ts';

export interface CollisionKeeping {
  /** A page of its feed may be shorter than asked for. */
  readonly store: Pick<RecordStore, 'feed' | 'read' | 'search' | 'siblings'>;
  readonly rows: CollisionRows;
  /** Whether it is this process's turn; asked before each step. */
  readonly isOurTurn: () => boolean;
  readonly clock: Clock;
  readonly log: (message: string) => void;
  /** Pause where there was nothing, ms; 2 s unless told. */
  readonly pauseMs?: number;
}

const PAUSE_MS = 2_000;
/** Of the time that a page took, how many times as long it rests: so it takes a third of a core at most. */
const REST = 2;
/** While people write, pages are small: fewer and larger ones cost less, and a moment is soon enough. */
const REST_MS_MIN = 250;
/** Starts at once. `close` waits for the step that is under way. */
export function keepCollisions(options: CollisionKeeping): { close(): Promise<void> } {
  const { store, rows, isOurTurn, clock, log, pauseMs = PAUSE_MS } = options;
  return repeatOnTurn({
    isOurTurn,
    log,
    pauseMs,
    undone: 'collisions between resources were not looked at',
    step: async () => {
      const begun = performance.now();
      if (!(await followCollisions(store, rows, clock.now()))) return pauseMs;
      return Math.min(pauseMs, Math.max(REST_MS_MIN, (performance.now() - begun) * REST));
    },
  });
}
