// What breaks when: the order is fixed, the moments follow from the seed (DR9).
import { SeededChance } from '../test/simulator/seeded-chance.ts';

export const EVENTS = [
  ['copy the disk', 0.08],
  ['kill the region', 0.16],
  ['cut the WAN', 0.26],
  ['provoke conflicts', 0.32],
  ['start the region', 0.38],
  ['destroy a disk', 0.46],
  ['start from the old copy', 0.56],
  ['set a clock wrong', 0.62],
  ['heal the WAN', 0.74],
  ['end the load', 1],
] as const;
export type Event = (typeof EVENTS)[number][0];

/** Moments in milliseconds, in order: each up to 2 % of the whole later than its place, the last one never. */
export function scheduleOf(seed: number, totalMs: number): readonly { readonly event: Event; readonly atMs: number }[] {
  const chance = new SeededChance(seed);
  return EVENTS.map(([event, share]) => ({
    event,
    atMs: Math.round(totalMs * (share === 1 ? 1 : share + 0.02 * chance.next())),
  }));
}
