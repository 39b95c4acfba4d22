// The planted bugs, and the seeds that ever failed. Thousands of seeds stand in `first-seeds.test.ts` and `more-seeds.test.ts`, so that
// both cores have work; `npm run simulate` runs more.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runSeed } from './check-invariants.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { readBadSeeds, STEPS } from './simulate.ts';

/** What the design's checks are called: the rules that a bug breaks, and a seed from which it is soon caught. */
const PLANTED: Readonly<Record<Mutant, readonly [rules: string, from: number]>> = {
  'ack-before-sync': ['[SY1] [SY6]', 1],
  'fixed-origin': ['[SY22] [SY5]', 1],
  'fixed-incarnation': ['[SY10] [SY11]', 1],
  'prune-at-ack': ['[SY19] [SY8]', 1],
  'no-rescue': ['[SY13]', 1],
  'stable-is-held': ['[SY8]', 1],
  'floor-is-held': ['[SY8]', 1],
  'no-floor': ['[SY8]', 1],
  'skip-in-flight': ['[SY9]', 1],
  'late-compare': ['[SY11]', 1],
  'roaming-keeps-record': ['[SY12]', 1],
  'cursor-first': ['[SY16]', 1],
  'evict-unstable': ['[SY19]', 1],
  'release-by-first-commit': ['[SY19]', 1],
  'no-scopes': ['[SY17] [SY15]', 1],
  'reprint-unknown': ['[SY21] [SY18]', 1],
  'ignore-gap': ['[SY4] [SY5]', 1],
  'deferred-forgotten': ['[SY31]', 1],
  'held-only-rises': ['[SY30]', 1],
  'grants-what-is-asked': ['[SY29]', 1],
  'courier-acknowledges': ['[SY39]', 1],
  'courier-keeps-records': ['[SY38] [SY12]', 1],
  'scopes-unchecked': ['[SY15] [SY33]', 1],
  'marks-never-told': ['[SY30] [SY8]', 1],
};
/** Every one is caught within so many seeds. */
const PATIENCE = 60;

test('[SY26] every seed that ever failed is well', async () => {
  const file = join(import.meta.dirname, 'bad-seeds.json');
  for (const { seed, steps } of readBadSeeds(file))
    expect((await runSeed({ seed, steps })).problems, `seed ${seed}, ${steps} steps`).toEqual([]);
});

describe('[SY26] planted bugs are caught', () => {
  test('each is planted', () => expect(Object.keys(PLANTED).sort()).toEqual([...MUTANTS].sort()));
  for (const mutant of MUTANTS) {
    const [rules, from] = PLANTED[mutant];
    test(`${rules} ${mutant}`, async () => {
      let caught = 0;
      for (let seed = from; seed < from + PATIENCE && caught === 0; seed++)
        if ((await runSeed({ seed, steps: STEPS, mutant })).problems.length > 0) caught = seed;
      expect(caught, `${mutant} survived ${PATIENCE} seeds`).toBeGreaterThan(0);
    });
  }
});
