// What a drill must undo, whatever becomes of it (DR11): last done, first undone; each once; one that fails stops no other.
import { setTimeout as sleep } from 'node:timers/promises';

/** A step that never ends must not keep the others from being undone. */
const STEP_MS_MAX = 30_000;

export interface Undo {
  add(what: string, undo: () => Promise<void> | void): void;
  /** Undoes everything that is left. Returns what could not be undone. */
  run(): Promise<readonly string[]>;
}

export function createUndo(): Undo {
  const steps: { readonly what: string; readonly undo: () => Promise<void> | void }[] = [];
  let running: Promise<readonly string[]> | undefined;
  const runAll = async (): Promise<readonly string[]> => {
    const failed: string[] = [];
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await Promise.race([
          step.undo(),
          sleep(STEP_MS_MAX, undefined, { ref: false }).then(() => {
            throw new Error('took too long');
          }),
        ]);
      } catch (error) {
        failed.push(`${step.what}: ${error instanceof Error ? error.message : 'unknown'}`);
      }
    }
    running = undefined;
    return failed;
  };
  return {
    add: (what, undo) => void steps.push({ what, undo }),
    // A second Ctrl-C waits for the first clean-up: it is not done twice.
    run: () => (running ??= runAll()),
  };
}

/** Runs `work`; on its end, its failure, SIGINT, SIGTERM and SIGHUP everything is undone. Returns the exit code. */
export async function undoing(
  say: (line: string) => void,
  work: (undo: Undo, stopped: AbortSignal) => Promise<number>,
): Promise<number> {
  const undo = createUndo();
  const ended = new AbortController();
  let undone = (): unknown => undefined;
  const told = new Promise<number>((resolve) => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.on(signal, () => {
        if (!ended.signal.aborted) say(`${signal}: cleaning up …`);
        ended.abort();
        resolve(code);
      });
    }
  });
  const broke = new Promise<number>((resolve) => {
    const fail = (error: unknown): void => {
      if (!ended.signal.aborted) say(error instanceof Error ? (error.stack ?? error.message) : 'failed');
      ended.abort();
      resolve(1);
    };
    // Whatever nobody waits for breaks the run, and leaves nothing behind either.
    process.on('uncaughtException', fail);
    undone = () => process.off('uncaughtException', fail);
  });
  const worked = work(undo, ended.signal).catch((error: unknown) => {
    // What the clean-up breaks under the feet of a run that was stopped is no news.
    if (!ended.signal.aborted) say(error instanceof Error ? (error.stack ?? error.message) : 'failed');
    return 1;
  });
  const code = await Promise.race([worked, told, broke]);
  ended.abort();
  for (const failed of await undo.run()) say(`not cleaned up: ${failed}`);
  undone();
  return code;
}
