// The clinical requests that a region answers while its sites catch up: at a steady rate, whatever it takes to answer, so that
// a slow answer delays no later request (a closed loop would ask less the slower it gets, and look better than it is).
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { openConnection, requestBytes } from './http-load.ts';

export interface Latencies {
  readonly requests: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}
export interface SteadyLoad {
  /** What was measured since the last call. */
  take(): Latencies;
  stop(): Promise<void>;
}

const CONNECTIONS = 24;

/** `perSecond` requests a second: half of them charts, a quarter searches, a quarter new measurements. */
export async function steadyLoad(options: {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly perSecond: number;
  readonly patients: readonly string[];
}): Promise<SteadyLoad> {
  const { host, port } = options;
  const idle = await Promise.all(Array.from({ length: CONNECTIONS }, () => openConnection(host, port)));
  const waiting: (() => void)[] = [];
  let latencies: number[] = [];
  let failed = 0;
  const state = { running: true };
  let count = 0;
  const one = async (dueAt: number): Promise<void> => {
    while (idle.length === 0 && state.running) await new Promise<void>((free) => waiting.push(free));
    // The one that rested longest: a server closes what rests for a minute, and then a request of a clinician would meet that.
    const connection = idle.shift();
    if (connection === undefined) return;
    const n = (count += 1);
    const patient = options.patients[(n * 7919) % options.patients.length] ?? '';
    const headers = { authorization: `Bearer ${options.token}` };
    const request =
      n % 4 === 0
        ? { method: 'POST', path: '/fhir/Observation', body: measurement(patient, n), headers }
        : n % 4 === 1
          ? { method: 'GET', path: `/fhir/Observation?patient=${patient}&_sort=-date&_count=20`, headers }
          : { method: 'GET', path: `/fhir/Patient/${patient}`, headers };
    try {
      const answer = await connection.send(requestBytes(request, `${host}:${String(port)}`));
      latencies.push(performance.now() - dueAt);
      if (answer.status < 200 || answer.status > 299) failed += 1;
      idle.push(connection);
    } catch {
      failed += 1;
      connection.close();
      const another = await openConnection(host, port).catch(() => undefined);
      if (another !== undefined) idle.push(another);
    }
    waiting.shift()?.();
  };
  const pending = new Set<Promise<void>>();
  const loop = (async () => {
    const began = performance.now();
    for (let n = 0; state.running; n += 1) {
      const dueAt = began + (n * 1_000) / options.perSecond;
      const wait = dueAt - performance.now();
      if (wait > 0) await sleep(wait);
      const asked = one(dueAt);
      pending.add(asked);
      void asked.finally(() => pending.delete(asked));
    }
  })();
  return {
    take: () => {
      const sorted = latencies.toSorted((a, b) => a - b);
      const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
      const taken = { requests: sorted.length, failed, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
      latencies = [];
      failed = 0;
      return taken;
    },
    stop: async () => {
      state.running = false;
      for (const free of waiting) free();
      await loop;
      await Promise.all(pending);
      for (const connection of idle) connection.close();
    },
  };
}

const measurement = (patient: string, n: number): string =>
  `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8310-5"}]},"subject":{"reference":"Patient/${patient}"},"effectiveDateTime":"2026-01-01T00:00:00Z","valueQuantity":{"value":36.${String(n % 10)},"unit":"Cel"}}`;
