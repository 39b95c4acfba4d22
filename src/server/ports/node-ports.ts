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
export function nodePorts(env: NodeJS.ProcessEnv = process.env): NodePorts {
  const drill = drillClockOf(env);
  return {
    clock: drill.kind === 'clock' ? drill.clock : { now: () => Date.now() },
    chance: { bytes: pooledChance() },
    digest: { sha256: (text) => toBase32(hash('sha256', text, 'buffer')) },
  };
}

export const DRILL = 'HOLDFAST_DRILL';
export const DRILL_CLOCK = 'HOLDFAST_DRILL_CLOCK';

export type DrillClock =
  | { readonly kind: 'none' }
  | { readonly kind: 'clock'; readonly clock: Clock }
  /** `why` names the setting. */
  | { readonly kind: 'refused'; readonly why: string };

/**
 * A clock that is wrong on purpose, of nodes that take part in a drill: `HOLDFAST_DRILL_CLOCK=<offsetMs>,<rate>`, with
 * `HOLDFAST_DRILL=on` alone. The moment from which it runs at its rate is the first process's, which hands it to those that it
 * starts in the environment, as a third number.
 */
export function drillClockOf(env: NodeJS.ProcessEnv, realNow: () => number = Date.now): DrillClock {
  const given = env[DRILL_CLOCK];
  if (given === undefined || given === '') return { kind: 'none' };
  if (env[DRILL] !== 'on') return { kind: 'refused', why: `${DRILL_CLOCK} is for drills: it needs ${DRILL}=on.` };
  const found = /^(-?\d{1,13}),(\d{1,4}(?:\.\d{1,6})?)(?:,(\d{1,15}))?$/.exec(given);
  if (found === null)
    return { kind: 'refused', why: `${DRILL_CLOCK} must be <offset in ms>,<rate>, as -3600000,1.0001.` };
  const offset = Number(found[1]);
  const rate = Number(found[2]);
  const from = found[3] === undefined ? realNow() : Number(found[3]);
  env[DRILL_CLOCK] = `${offset},${rate},${from}`;
  return { kind: 'clock', clock: { now: () => Math.max(0, Math.round(from + offset + (realNow() - from) * rate)) } };
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
