// What a browser gives for the ports of the core.
import type { Chance, Clock, Digest, Instant } from '../../core/base/ports.ts';
import { pureDigest } from '../../core/base/sha256.ts';

export interface BrowserPorts {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly digest: Digest;
  /** Milliseconds that never go back while the page lives. */
  readonly monotonic: () => number;
  /** Of the wall clock's zone at `at`: minutes east of UTC. */
  readonly zoneMin: (at: Instant) => number;
}

export function browserPorts(): BrowserPorts {
  return {
    clock: { now: () => Date.now() },
    chance: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
    digest: pureDigest,
    monotonic: () => performance.now(),
    zoneMin: (at) => -new Date(at).getTimezoneOffset(),
  };
}
