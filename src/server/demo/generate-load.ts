// The same mix as the demo, as much of it as is asked for: for imports and benches up to millions of resources.
import type { Instant } from '../../core/base/ports.ts';
import { DEFAULTS, generateDemo, type DemoBatch } from './generate-demo.ts';

export interface LoadOptions {
  readonly seed: string;
  /** At most this many resources; the last batch that would go beyond is left out. */
  readonly count: number;
  readonly now: Instant;
}

/** Streams whole batches, one demo hospital after the other, each with ids and numbers of its own. Closed under references. */
export function* generateLoad({ seed, count, now }: LoadOptions): Generator<DemoBatch> {
  let left = count;
  for (let hospital = 1; ; hospital++)
    for (const batch of generateDemo({
      seed: `${seed}/${hospital}`,
      now,
      idPrefix: `h${hospital}-`,
      firstSerial: hospital * 2 * DEFAULTS.patients,
    })) {
      left -= batch.resources.length;
      if (left < 0) return;
      yield batch;
    }
}
