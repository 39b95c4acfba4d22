// Who of the nodes below is answered when: sync has the room that care leaves, and each node its turn.
//
//   1. At most so many exchanges run in a process, one of a peer at a time; the others wait in line, one of each peer in turn (NL17).
//   2. While the process is busy, an exchange is followed by a pause as long as it took: sync has half of the time at most (NL18).
//   3. Who waits too long, or finds the line too long, is told to come again; a peer that asks too often, too (NL19).
import { performance as clock, type EventLoopUtilization } from 'node:perf_hooks';

export interface AdmissionLimits {
  readonly inFlightMax: number;
  readonly waitingMax: number;
  readonly waitMsMax: number;
  /** The share of time that the process's loop is busy above which sync makes pauses. */
  readonly busyShare: number;
  /** Requests of one peer: so many at once, and so many a second. */
  readonly peerSize: number;
  readonly peerPerSecond: number;
}
export const ADMISSION: AdmissionLimits = {
  inFlightMax: 2,
  waitingMax: 256,
  waitMsMax: 20_000,
  busyShare: 0.5,
  peerSize: 400,
  peerPerSecond: 60,
};
const PAUSE_MS_MAX = 2_000;
const LOOK_MS = 200;
const PEERS_MAX = 10_000;

export interface Admission {
  /** Runs `work` in its turn; `undefined`: come again later. */
  run<T>(peer: string, work: () => Promise<T>): Promise<{ readonly done: T } | undefined>;
  state(): { readonly inFlight: number; readonly waiting: number };
}

interface Waiting {
  readonly start: () => void;
  readonly giveUp: NodeJS.Timeout;
}

/** `share`: how busy this process is, 0 to 1; absent: its event loop. */
export function openAdmission(limits: AdmissionLimits = ADMISSION, share: () => number = loopShare()): Admission {
  // In the order of whose turn it is.
  const lines = new Map<string, Waiting[]>();
  const running = new Set<string>();
  const buckets = new Map<string, { tokens: number; at: number }>();
  let inFlight = 0;
  let waiting = 0;
  let pausedUntil = 0;
  let waking: NodeJS.Timeout | undefined;

  const isTooOften = (peer: string): boolean => {
    const now = clock.now();
    const bucket = buckets.get(peer) ?? { tokens: limits.peerSize, at: now };
    bucket.tokens = Math.min(limits.peerSize, bucket.tokens + ((now - bucket.at) / 1_000) * limits.peerPerSecond);
    bucket.at = now;
    if (buckets.size >= PEERS_MAX) buckets.clear();
    buckets.set(peer, bucket);
    if (bucket.tokens < 1) return true;
    bucket.tokens -= 1;
    return false;
  };

  const next = (): void => {
    const wait = pausedUntil - clock.now();
    if (wait > 0) {
      waking ??= setTimeout(() => {
        waking = undefined;
        next();
      }, wait);
      return;
    }
    for (const [peer, line] of lines) {
      if (inFlight >= limits.inFlightMax) return;
      if (running.has(peer)) continue;
      const first = line.shift();
      // Whoever was served stands at the end.
      lines.delete(peer);
      if (line.length > 0) lines.set(peer, line);
      if (first === undefined) continue;
      waiting -= 1;
      clearTimeout(first.giveUp);
      running.add(peer);
      inFlight += 1;
      first.start();
    }
  };

  const turn = (peer: string): Promise<boolean> =>
    new Promise((resolve) => {
      const line = lines.get(peer) ?? [];
      const one: Waiting = {
        start: () => resolve(true),
        giveUp: setTimeout(() => {
          const at = line.indexOf(one);
          if (at >= 0) line.splice(at, 1);
          waiting -= 1;
          resolve(false);
        }, limits.waitMsMax),
      };
      line.push(one);
      lines.set(peer, line);
      waiting += 1;
      next();
    });

  return {
    run: async (peer, work) => {
      if (isTooOften(peer) || waiting >= limits.waitingMax || !(await turn(peer))) return undefined;
      const startedAt = clock.now();
      try {
        return { done: await work() };
      } finally {
        inFlight -= 1;
        running.delete(peer);
        if (share() > limits.busyShare)
          pausedUntil = Math.max(pausedUntil, clock.now() + Math.min(PAUSE_MS_MAX, clock.now() - startedAt));
        next();
      }
    },
    state: () => ({ inFlight, waiting }),
  };
}

/** How busy the event loop of this process was since it was last looked at, or somewhat before. */
export function loopShare(): () => number {
  let before: EventLoopUtilization = clock.eventLoopUtilization();
  let lookedAt = clock.now();
  let share = 0;
  return () => {
    const now = clock.now();
    if (now - lookedAt >= LOOK_MS) {
      const present = clock.eventLoopUtilization();
      share = clock.eventLoopUtilization(present, before).utilization;
      before = present;
      lookedAt = now;
    }
    return share;
  };
}
