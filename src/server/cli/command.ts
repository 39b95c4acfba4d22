// What a command of `holdfast` is.
import type { Parts } from './parts.ts';
import type { Settings } from './settings.ts';

export interface Surroundings {
  readonly parts: Parts;
  /** Read when asked for, so that `--help` works whatever the environment says. */
  settings(): Settings;
}
export interface Command {
  readonly name: string;
  /** One line for the list. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  /** Returns the exit code. Throws `Trouble` for the person at the terminal. */
  run(args: readonly string[], around: Surroundings): Promise<number>;
}
