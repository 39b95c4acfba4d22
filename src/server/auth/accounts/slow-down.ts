// Guessing is slowed where it happens, and nowhere else (specs/accounts.md, AN14 to AN17).
//
//   1. Failures count for (user name, source): a device where this user name signed in before is a source of its own, and all
//      else counts by network address. Nobody can shut another one's account from elsewhere.
//   2. The first five are free; then each further try waits, up to a minute. It never becomes a lock.
//   3. An attempt is counted before it is judged, so many at once gain nothing.
//   4. Names that nobody has are counted like others.
import { createHash } from 'node:crypto';
import type { Clock } from '../../../core/base/ports.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import type { From } from './accounts.ts';

const FAILURES = 'SignInFailures';
const TURN = 'SignInTurn';
/** Failures are forgotten an hour after the first. */
const FORGET_MS = 3_600_000;
export const FREE_TRIES = 5;
export const DELAY_MS_MAX = 60_000;

export type Turn =
  | { readonly kind: 'go' }
  /** `first`: nobody was turned away in this pause before, so it is worth a line in the audit. */
  | { readonly kind: 'wait'; readonly retryAfterMs: number; readonly first: boolean };

export interface SlowDown {
  /** Asked before any work is done. Whoever gets `go` reports back by `succeeded`, or is counted as a failure. */
  turn(userName: string, from: From): Promise<Turn>;
  succeeded(userName: string, from: From): Promise<void>;
  /** Nothing was judged after all: the attempt does not count. */
  withdraw(userName: string, from: From): Promise<void>;
  /** Tells of a user name whether any source is slowed at this moment. */
  slowedNow(): Promise<(userName: string) => boolean>;
  /** Forgets the failures of all sources. */
  clear(userName: string): Promise<void>;
}

export function slowDown(rows: ExpiringRows, clock: Clock): SlowDown {
  const nameOf = (userName: string, { unfamiliar, ...from }: From): string =>
    `${hashed(userName)}.${hashed(sourceOf(unfamiliar === true ? { address: from.address } : from))}`;
  const all = async (userName: string): Promise<readonly string[]> => {
    const prefix = `${hashed(userName)}.`;
    return (await rows.list(FAILURES)).filter(({ id }) => id.startsWith(prefix)).map(({ id }) => id);
  };
  return {
    turn: async (userName, from) => {
      const id = nameOf(userName, from);
      const tries = await rows.count(FAILURES, id, 1, clock.now() + FORGET_MS);
      if (tries <= FREE_TRIES) return { kind: 'go' };
      const now = clock.now();
      const pauseMs = Math.min(DELAY_MS_MAX, 2 ** Math.min(tries - FREE_TRIES, 10) * 1_000);
      const asked = await rows.count(TURN, id, 1, now + pauseMs);
      if (asked === 1) return { kind: 'go' };
      // Being turned away is no failure: who is impatient does not wait longer.
      await rows.count(FAILURES, id, -1, now + FORGET_MS);
      const pause = await rows.get(TURN, id);
      return { kind: 'wait', retryAfterMs: Math.max(1_000, (pause?.expiresAt ?? now) - now), first: asked === 2 };
    },
    succeeded: async (userName, from) => {
      const id = nameOf(userName, from);
      await rows.remove(FAILURES, id);
      await rows.remove(TURN, id);
    },
    withdraw: async (userName, from) => {
      await rows.count(FAILURES, nameOf(userName, from), -1, clock.now() + FORGET_MS);
    },
    slowedNow: async () => {
      const slowed = new Set((await rows.list(TURN)).map(({ id }) => id.split('.')[0]));
      return (userName) => slowed.has(hashed(userName));
    },
    clear: async (userName) => {
      for (const id of await all(userName)) {
        await rows.remove(FAILURES, id);
        await rows.remove(TURN, id);
      }
    },
  };
}

/** A device that is known, or else a network address; of IPv6 the /64, which is one customer's. */
export const sourceOf = (from: From): string =>
  from.device === undefined ? `address ${networkOf(from.address)}` : `device ${from.device}`;

function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail] = address.toLowerCase().split('%', 1)[0]?.split('::') ?? [];
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const groups = [...first, ...Array.from({ length: zeros }, () => '0'), ...last];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

/** User names and addresses are not for whoever reads the table. */
const hashed = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);
