// A step that one process of the node takes again and again, while it is its turn.
//
//   1. Nothing waits for it: it looks at what there is, and pauses where there is nothing.
//   2. What fails is tried again after a longer pause; the error's kind alone is logged.

export interface Repeating {
  /** Whether it is this process's turn; asked before each step. */
  readonly isOurTurn: () => boolean;
  /** How long to pause after it, ms. */
  readonly step: () => Promise<number>;
  /** What was not done, where it fails: for the log. */
  readonly undone: string;
  readonly log: (message: string) => void;
  readonly pauseMs: number;
}

const PAUSE_AFTER_TROUBLE_MS = 30_000;

/** Starts at once. `close` waits for the step that is under way. */
export function repeatOnTurn({ isOurTurn, step, undone, log, pauseMs }: Repeating): { close(): Promise<void> } {
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void>;
  const once = async (): Promise<number> => {
    if (!isOurTurn()) return pauseMs;
    try {
      return await step();
    } catch (error) {
      if (!closed) log(`${undone}: ${error instanceof Error ? error.name : typeof error}`);
      return Math.max(pauseMs, PAUSE_AFTER_TROUBLE_MS);
    }
  };
  const again = (waitMs: number): void => {
    if (closed) return;
    timer = setTimeout(() => {
      running = once().then(again);
    }, waitMs).unref();
  };
  running = once().then(again);
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
