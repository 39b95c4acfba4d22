// Back-pressure: a process that cannot keep up refuses at once, in words that a client can act on, instead of queueing
// until every client has given up. Two signs: requests in flight (the database is slow), and a late timer while many
// requests are in flight (this process is).
export interface PressureLimits {
  readonly inFlightMax: number;
  readonly lagMsMax: number;
  /** A late timer counts only with this many requests in flight: one large transaction holds a process for a second, and
   * behind it nothing queues. */
  readonly lagInFlightMin: number;
}
export const PRESSURE_DEFAULTS: PressureLimits = { inFlightMax: 512, lagMsMax: 1_000, lagInFlightMin: 32 };

export interface Pressure {
  /** Why a request must be refused now; undefined: it may come in, and `leave` is called when it is done. */
  enter(): 'in-flight' | 'lag' | undefined;
  leave(): void;
  inFlight(): number;
  stop(): void;
}

const SAMPLE_MS = 100;

export function watchPressure(limits: PressureLimits): Pressure {
  let inFlight = 0;
  let lagMs = 0;
  let dueAt = performance.now() + SAMPLE_MS;
  const sampling = setInterval(() => {
    const now = performance.now();
    lagMs = Math.max(0, now - dueAt);
    dueAt = now + SAMPLE_MS;
  }, SAMPLE_MS);
  sampling.unref();
  return {
    enter: () => {
      if (inFlight >= limits.inFlightMax) return 'in-flight';
      if (lagMs > limits.lagMsMax && inFlight >= limits.lagInFlightMin) return 'lag';
      inFlight += 1;
      return undefined;
    },
    leave: () => void (inFlight -= 1),
    inFlight: () => inFlight,
    stop: () => clearInterval(sampling),
  };
}
