// What the core asks of the world, answered by Node: the clock, chance, and SHA-256.
//
//   1. The clock is the machine's; it may step backwards, and nothing in the record may depend on that it does not.
//   2. `sha256` is the hash of the UTF-8 bytes; a lone surrogate is encoded as U+FFFD, as everywhere in Node.
import { createHash, randomFillSync } from 'node:crypto';
import type { Chance, Clock, Digest } from '../../core/base/ports.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

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
    digest: { sha256: (text) => base32(createHash('sha256').update(text, 'utf8').digest()) },
  };
}

/** RFC 4648 base32, lower case, without padding: 32 bytes give 52 characters. */
function base32(bytes: Uint8Array): string {
  let out = '';
  let bits = 0;
  let pending = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += ALPHABET.charAt((pending >>> bits) & 31);
    }
    pending &= (1 << bits) - 1;
  }
  return bits === 0 ? out : out + ALPHABET.charAt((pending << (5 - bits)) & 31);
}
