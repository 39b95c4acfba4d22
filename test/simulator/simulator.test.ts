// The planted bugs, and the seeds that ever failed. Thousands of seeds stand in `first-seeds.test.ts` and `more-seeds.test.ts`, so that
// both cores have work; `npm run simulate` runs more.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runSeed } from './check-invariants.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { readBadSeeds, STEPS } from './simulate.ts';

interface Planted {
  /** Of the design: what the bug breaks. */
  readonly rules: string;
  /** A seed from which it is soon caught. */
  readonly from: number;
  /** Rare bugs need some faults to meet. */
  readonly often?: readonly string[];
}
const PLANTED: Readonly<Record<Mutant, Planted>> = {
  'ack-before-sync': { rules: '[SY1] [SY6]', from: 1 },
  'fixed-origin': { rules: '[SY22] [SY5]', from: 1 },
  'fixed-incarnation': { rules: '[SY10] [SY11]', from: 1 },
  'prune-at-ack': { rules: '[SY19] [SY8]', from: 1 },
  'no-rescue': { rules: '[SY13]', from: 1 },
  'stable-is-held': { rules: '[SY8]', from: 9 },
  'floor-is-held': { rules: '[SY8]', from: 17 },
  'no-floor': { rules: '[SY8]', from: 17, often: ['roam', 'backup', 'restore', 'copy'] },
  'skip-in-flight': { rules: '[SY9]', from: 1 },
  'late-compare': { rules: '[SY11]', from: 33 },
  'roaming-keeps-record': { rules: '[SY12]', from: 30, often: ['roam', 'region-restore', 'go-home'] },
  'cursor-first': { rules: '[SY16]', from: 11, often: ['crash'] },
  'evict-unstable': { rules: '[SY19]', from: 1 },
  'release-by-first-commit': { rules: '[SY19]', from: 18, often: ['region-restore', 'backup', 'lose-site'] },
  'no-scopes': { rules: '[SY17] [SY15]', from: 1 },
  'reprint-unknown': { rules: '[SY21] [SY18]', from: 1 },
  'ignore-gap': { rules: '[SY4] [SY5]', from: 17, often: ['cut', 'region-restore', 'crash'] },
  'deferred-forgotten': { rules: '[SY31]', from: 14 },
  'held-only-rises': { rules: '[SY30]', from: 1 },
  'grants-what-is-asked': { rules: '[SY29]', from: 1 },
  'courier-acknowledges': { rules: '[SY39]', from: 9 },
  'courier-keeps-records': { rules: '[SY38] [SY12]', from: 61, often: ['courier', 'region-restore'] },
  'scopes-unchecked': { rules: '[SY15] [SY33]', from: 22, often: ['scope'] },
  'marks-never-told': { rules: '[SY30] [SY8]', from: 1 },
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
    const { rules, from, often } = PLANTED[mutant];
    test(`${rules} ${mutant}`, async () => {
      let caught = 0;
      for (let seed = from; seed < from + PATIENCE && caught === 0; seed++) {
        const { problems } = await runSeed({ seed, steps: STEPS, mutant, ...(often === undefined ? {} : { often }) });
        if (problems.length > 0) caught = seed;
      }
      expect(caught, `${mutant} survived ${PATIENCE} seeds`).toBeGreaterThan(0);
    });
  }
});
