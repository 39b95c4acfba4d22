// Counting requests: a bucket of tokens for each key, and the number that each has in flight.
//
//   1. A new key has a full bucket; a request takes one token; tokens come back at a steady rate up to the size.
//   2. At most `keysMax` keys are remembered; the one that asked longest ago is forgotten first. Forgotten means full again:
//      whoever has so many addresses is stopped by the limits of the process, not by these.

export interface Budget {
  /** How many requests may come at once. */
  readonly size: number;
  readonly perSecond: number;
  readonly inFlightMax: number;
}

export interface TokenBuckets {
  /** Takes a token and a place: undefined. Else nothing is taken, and this many seconds from now it is worth trying again. */
  enter(key: string, budget: Budget, nowMs: number): number | undefined;
  leave(key: string): void;
  readonly keys: number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
  inFlight: number;
}

/** A place comes free when one of its own requests ends: soon. */
const PLACE_RETRY_SECONDS = 1;

export function createTokenBuckets(keysMax: number): TokenBuckets {
  // In the order in which they last asked.
  const buckets = new Map<string, Bucket>();
  return {
    enter: (key, budget, nowMs) => {
      const bucket = buckets.get(key) ?? { tokens: budget.size, filledMs: nowMs, inFlight: 0 };
      buckets.delete(key);
      if (buckets.size >= keysMax) {
        const [oldest] = buckets.keys();
        if (oldest !== undefined) buckets.delete(oldest);
      }
      buckets.set(key, bucket);
      // A clock that was set back fills nothing.
      const passed = Math.max(0, nowMs - bucket.filledMs) / 1_000;
      bucket.tokens = Math.min(budget.size, bucket.tokens + passed * budget.perSecond);
      bucket.filledMs = nowMs;
      if (bucket.inFlight >= budget.inFlightMax) return PLACE_RETRY_SECONDS;
      if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / budget.perSecond));
      bucket.tokens -= 1;
      bucket.inFlight += 1;
      return undefined;
    },
    leave: (key) => {
      const bucket = buckets.get(key);
      if (bucket !== undefined && bucket.inFlight > 0) bucket.inFlight -= 1;
    },
    get keys() {
      return buckets.size;
    },
  };
}
