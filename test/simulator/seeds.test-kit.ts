// A share of the seeds that every `npm test` runs.
import { expect } from 'vitest';
import { runSeed } from './check-invariants.ts';
import { STEPS } from './simulate.ts';
import { Tally } from './tally.ts';

/** What goes wrong in the runs; each must have happened. */
const FAULTS = [
  'bundle cut off or damaged',
  'bundle taken in',
  'clock jumped',
  'comparison',
  'copy left with another device',
  'courier sets out',
  'crash',
  'device cloned',
  'device disk lost',
  'device restored from an old copy',
  'device roams',
  'disk full',
  'lie of a child',
  'lie of a parent',
  'link cut',
  'link cut one way',
  'link rebuilt',
  'message dropped',
  'message overtaken',
  'message repeated',
  'node upgraded',
  'patient looked up',
  'power cut in a write',
  'region restored to its backup',
  'rescue',
  'scope changed',
  'second version',
  'site disk lost',
  'site restored from an old copy',
  'torn tail',
  'write refused by a full disk',
];

/** Nothing is lost, all becomes equal, and the runs did work. */
export async function checkSeeds(from: number, count: number): Promise<void> {
  const tally = new Tally();
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await runSeed({ seed, steps: STEPS });
    tally.add(outcome);
    expect(outcome.problems, `npm run simulate -- --seeds 1 --from ${seed}`).toEqual([]);
  }
  console.log([...tally.lines(), `${tally.seeds} seeds from ${from}: ${tally.summary()}`].join('\n'));
  expect([...tally.faults.keys()].toSorted()).toEqual(FAULTS);
  expect(tally.acked).toBeGreaterThan(count * 40);
  expect(tally.messages).toBeGreaterThan(count * 200);
  expect(tally.conflicts).toBeGreaterThan(count);
  // Physics takes some: the only durable copy was destroyed. It must stay the exception, or the faults hide what they should find.
  expect(tally.gone).toBeLessThan(tally.acked / 5);
}
