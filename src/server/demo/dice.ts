// Chance from a seed, and nothing but the seed.
//
// Invariant: two dice thrown from the same text give the same numbers on every machine (32-bit integer arithmetic only).
// Each patient, ward and clinic has dice of its own, named after it, so that one story never depends on how many came before.

export interface Dice {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number;
  /** In [low, high). */
  between(low: number, high: number): number;
  /** True in `share` of all throws. */
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** One of `list`, as often as `weight` says; weights of 0 never. */
  weighted<T>(list: readonly T[], weight: (item: T) => number): T;
  /** About normal with mean 0 and deviation 1, never beyond 3. */
  bell(): number;
}

export function throwDice(seed: string): Dice {
  // xmur3 spreads the text over four words, sfc32 walks on from there.
  let h = 1779033703 ^ seed.length;
  for (let i = 0; i < seed.length; i++) {
    h = Math.imul(h ^ seed.charCodeAt(i), 3432918353);
    h = (h << 13) | (h >>> 19);
  }
  const word = (): number => {
    h = Math.imul(h ^ (h >>> 16), 2246822507);
    h = Math.imul(h ^ (h >>> 13), 3266489909);
    return (h ^= h >>> 16) >>> 0;
  };
  let a = word();
  let b = word();
  let c = word();
  let d = word();
  const next = (): number => {
    a |= 0;
    b |= 0;
    c |= 0;
    d |= 0;
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 8; i++) next();

  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  return {
    next,
    int: (low, high) => low + Math.floor(next() * (high - low + 1)),
    between: (low, high) => low + next() * (high - low),
    chance: (share) => next() < share,
    pick,
    weighted: (list, weight) => {
      let left = next() * list.reduce((sum, item) => sum + weight(item), 0);
      for (const item of list) {
        left -= weight(item);
        if (left < 0) return item;
      }
      return pick(list.filter((item) => weight(item) > 0));
    },
    bell: () => {
      const sum = next() + next() + next() + next() + next() + next();
      return (sum - 3) * Math.SQRT2;
    },
  };
}
