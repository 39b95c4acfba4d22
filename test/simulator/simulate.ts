// `npm run simulate`: as many seeds as told, on all cores or one. The last line is a summary; the exit code is 0 only where no
// invariant was broken. Bad seeds are appended to bad-seeds.json, which every `npm test` replays.
import { readFileSync, writeFileSync } from 'node:fs';
import { runSeed } from './check-invariants.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { Tally } from './tally.ts';

export const STEPS = 150;

export interface BadSeed {
  readonly seed: number;
  readonly steps: number;
}
export const readBadSeeds = (file: string): readonly BadSeed[] => JSON.parse(readFileSync(file, 'utf8')) as BadSeed[];

/** Runs it and says so, line by line. True where all is well. */
export async function simulate(
  arguments_: readonly string[],
  badSeedsFile: string,
  say: (line: string) => void,
): Promise<boolean> {
  const wish = readWish(arguments_);
  if (typeof wish === 'string') {
    say(wish);
    return false;
  }
  const { seeds, from, steps, mutant } = wish;
  const tally = new Tally();
  for (let seed = from; seed < from + seeds; seed++) {
    const outcome = await runSeed({ seed, steps, ...(mutant === undefined ? {} : { mutant }) });
    tally.add(outcome);
    if (outcome.problems.length > 0) {
      say(`seed ${seed}, ${steps} steps: ${outcome.problems[0] ?? ''}`);
      if (mutant === undefined) keep(badSeedsFile, { seed, steps });
    }
    if ((seed - from + 1) % 1000 === 0) say(`${seed - from + 1} of ${seeds} seeds, ${tally.bad} bad`);
  }
  for (const line of tally.lines()) say(line);
  say(
    `${seeds} seeds from ${from}, ${steps} steps each${mutant === undefined ? '' : `, with ${mutant}`}: ${tally.summary()}`,
  );
  return tally.bad === 0;
}

function readWish(
  arguments_: readonly string[],
): string | { readonly seeds: number; readonly from: number; readonly steps: number; readonly mutant?: Mutant } {
  const usage = `usage: npm run simulate -- [--seeds N] [--from SEED] [--steps N] [--mutant ${MUTANTS.join('|')}]`;
  const given = new Map<string, string>();
  for (let at = 0; at < arguments_.length; at += 2) {
    const [name, value] = [arguments_[at] ?? '', arguments_[at + 1]];
    if (!['--seeds', '--from', '--steps', '--mutant'].includes(name) || value === undefined) return usage;
    given.set(name, value);
  }
  const [seeds, from, steps] = [
    given.get('--seeds') ?? '1000',
    given.get('--from') ?? '1',
    given.get('--steps') ?? String(STEPS),
  ];
  if (![seeds, from, steps].every((number) => /^[1-9]\d{0,8}$/.test(number))) return usage;
  const mutant = MUTANTS.find((each) => each === given.get('--mutant'));
  if (given.has('--mutant') && mutant === undefined) return usage;
  return {
    seeds: Number(seeds),
    from: Number(from),
    steps: Number(steps),
    ...(mutant === undefined ? {} : { mutant }),
  };
}

function keep(file: string, bad: BadSeed): void {
  const known = readBadSeeds(file);
  if (known.some(({ seed, steps }) => seed === bad.seed && steps === bad.steps)) return;
  writeFileSync(file, `${JSON.stringify([...known, bad], undefined, 2)}\n`);
}
