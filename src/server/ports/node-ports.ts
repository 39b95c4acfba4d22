// What the core asks of the world, answered by Node: the clock, chance, and SHA-256.
//
//   1. The clock is the machine's; it may step backwards, and nothing in the record may depend on that it does not.
//   2. `sha256` is the hash of the UTF-8 bytes; a lone surrogate is encoded as U+FFFD, as everywhere in Node.
import { hash, randomFillSync } from 'node:crypto';
import { toBase32 } from '../../core/base/base32.ts';
import type { Chance, Clock, Digest } from '../../core/base/ports.ts';

export interface NodePorts {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly digest: Digest;
}

/** The ports of this process. */
export function nodePorts(): NodePorts {
  return {
    clock: { now: () => Date.now() },
    chance: { bytes: pooledChance() },
    digest: { sha256: (text) => toBase32(hash('sha256', text, 'buffer')) },
  };
}

/** A call of the system's generator costs far more than the bytes; each byte of the pool is given once. */
const POOL_BYTES = 4096;

function pooledChance(): (count: number) => Uint8Array {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return (count) => {
    if (count > POOL_BYTES) return randomFillSync(new Uint8Array(count));
    if (used + count > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const bytes = pool.slice(used, used + count);
    pool.fill(0, used, used + count);
    used += count;
    return bytes;
  };
}
