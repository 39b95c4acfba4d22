// What the core asks of the world, answered by Node: the clock, chance, and SHA-256.
//
//   1. The clock is the machine's; it may step backwards, and nothing in the record may depend on that it does not.
//   2. `sha256` is the hash of the UTF-8 bytes; a lone surrogate is encoded as U+FFFD, as everywhere in Node.
import { createHash, randomFillSync } from 'node:crypto';
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
    chance: { bytes: (count) => randomFillSync(new Uint8Array(count)) },
    digest: { sha256: (text) => toBase32(createHash('sha256').update(text, 'utf8').digest()) },
  };
}
