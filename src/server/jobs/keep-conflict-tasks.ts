// Raises, escalates and completes the Tasks by which S1 conflicts reach people: one process of the node, every few seconds (CW21 to CW26).
import type { Clock, Digest } from '../../core/base/ports.ts';
import type { RecordEngine } from '../../core/engine/engine.ts';
import { raiseConflictTasks } from '../../core/engine/raise-conflict-tasks.ts';
import type { CollisionRows } from '../../core/record/collision-rows.ts';
import type { Holdings } from '../../core/record/holding.ts';
import type { RecordStore } from '../../core/record/store.ts';
import { repeatOnTurn } from './repeat-on-turn.ts';

export interface ConflictTaskKeeping {
  readonly store: RecordStore;
  readonly engine: RecordEngine;
  readonly rows: CollisionRows;
  readonly tier: 'region' | 'site';
  readonly holdings: Pick<Holdings, 'of'>;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly isOurTurn: () => boolean;
  readonly log: (message: string) => void;
  /** 5 s unless told. */
  readonly pauseMs?: number;
}

const PAUSE_MS = 5_000;
const MINUTE = 60_000;

/** Starts at once. `close` waits for the step that is under way. */
export function keepConflictTasks(options: ConflictTaskKeeping): { close(): Promise<void> } {
  const { store, engine, rows, clock, digest, isOurTurn, log, pauseMs = PAUSE_MS } = options;
  const waits = waitsOf(options.tier, options.holdings);
  const remembered = new Map();
  return repeatOnTurn({
    isOurTurn,
    log,
    pauseMs,
    undone: 'tasks of conflicts were not looked at',
    step: async () => {
      await raiseConflictTasks({ store, engine, rows, clock, digest, waits, remembered });
      return pauseMs;
    },
  });
}

/**
 * CW27: a site raises at once for whom it holds, and not for others; a region, where no site did within 2 minutes. What is of no
 * patient is the region's, and a site's where it has not come within 10.
 */
export function waitsOf(
  tier: 'region' | 'site',
  holdings: Pick<Holdings, 'of'>,
): (home: string) => Promise<number | undefined> {
  return async (home) => {
    if (tier === 'region') return 2 * MINUTE;
    const isPatient = home.startsWith('Patient/');
    const found = await holdings.of(isPatient ? [home.slice('Patient/'.length)] : []);
    // Nobody above: the record is here alone.
    if (found === undefined) return 0;
    if (!isPatient) return 10 * MINUTE;
    const [copy] = found;
    return copy === undefined || copy.holding === 'elsewhere' ? undefined : 0;
  };
}
