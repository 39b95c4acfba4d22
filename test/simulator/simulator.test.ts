// The transfer core under faults: seeds, the seeds that ever failed, and the planted bugs. `npm run simulate` runs more.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runSeed } from './check-invariants.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { readBadSeeds, STEPS } from './simulate.ts';
import { Tally } from './tally.ts';

const SEEDS = 750;

/** What the design's checks are called: the rules that a bug breaks, and a seed from which it is soon caught. */
const PLANTED: Readonly<Record<Mutant, readonly [rules: string, from: number]>> = {
  'ack-before-sync': ['[SY1] [SY6]', 1],
  'fixed-origin': ['[SY22] [SY5]', 5],
  'fixed-incarnation': ['[SY10] [SY11]', 1],
  'prune-at-ack': ['[SY19] [SY8]', 1],
  'no-rescue': ['[SY13]', 1],
  'stable-is-held': ['[SY8]', 11],
  'floor-is-held': ['[SY8]', 151],
  'no-floor': ['[SY8]', 45],
  'skip-in-flight': ['[SY9]', 1],
  'late-compare': ['[SY11]', 2],
  'roaming-keeps-record': ['[SY12]', 117],
  'cursor-first': ['[SY16]', 10],
  'evict-unstable': ['[SY19]', 24],
  'release-by-first-commit': ['[SY19]', 5003],
  'no-scopes': ['[SY17] [SY15]', 1],
  'reprint-unknown': ['[SY21] [SY18]', 14],
  'ignore-gap': ['[SY4] [SY5]', 62],
};
/** Every one is caught within so many seeds. */
const PATIENCE = 60;

test(`[SY7] [SY25] [SY27] [SY3] ${SEEDS} seeds: nothing is lost, all becomes equal, and the run did work`, () => {
  const tally = new Tally();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const outcome = runSeed({ seed, steps: STEPS });
    tally.add(outcome);
    expect(outcome.problems, `npm run simulate -- --seeds 1 --from ${seed}`).toEqual([]);
  }
  console.log([...tally.lines(), `${tally.seeds} seeds: ${tally.summary()}`].join('\n'));
  expect(tally.acked).toBeGreaterThan(SEEDS * 40);
  expect(tally.messages).toBeGreaterThan(SEEDS * 300);
  expect(tally.faults.size).toBe(20);
  // Physics takes some: the only durable copy was destroyed. It must stay the exception, or the faults hide what they should find.
  expect(tally.gone).toBeLessThan(tally.acked / 5);
}, 900_000);

test('[SY26] every seed that ever failed is well', () => {
  const file = join(import.meta.dirname, 'bad-seeds.json');
  for (const { seed, steps } of readBadSeeds(file))
    expect(runSeed({ seed, steps }).problems, `seed ${seed}, ${steps} steps`).toEqual([]);
});

describe('[SY26] planted bugs are caught', () => {
  test('each is planted', () => expect(Object.keys(PLANTED).sort()).toEqual([...MUTANTS].sort()));
  for (const mutant of MUTANTS) {
    const [rules, from] = PLANTED[mutant];
    test(`${rules} ${mutant}`, () => {
      let caught = 0;
      for (let seed = from; seed < from + PATIENCE && caught === 0; seed++)
        if (runSeed({ seed, steps: STEPS, mutant }).problems.length > 0) caught = seed;
      expect(caught, `${mutant} survived ${PATIENCE} seeds`).toBeGreaterThan(0);
    });
  }
});
