// What is counted, and the sum over all processes of a node (Prometheus text format).
import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { WireRefusal } from './wire-rules.ts';

/** The counters of one process, as data that can be sent to another. */
export type MetricsSnapshot = readonly unknown[];

export interface Metrics {
  /** Labels are route patterns: their number is small and they hold no id. */
  requestDone(method: string, route: string, status: number, seconds: number, bytes: number): void;
  refused(why: 'in-flight' | 'lag' | WireRefusal): void;
  inFlight(count: number): void;
  /** For figures of other rooms. */
  readonly registry: Registry;
  snapshot(): Promise<MetricsSnapshot>;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function openMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'holdfast_' });
  const registers = [registry];
  const seconds = new Histogram({
    name: 'holdfast_http_request_seconds',
    help: 'Time from the request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers,
  });
  const bytes = new Counter({
    name: 'holdfast_http_response_bytes_total',
    help: 'Bytes of answers, without headers.',
    labelNames: ['route'],
    registers,
  });
  const refused = new Counter({
    name: 'holdfast_http_refused_total',
    help: 'Requests refused at once: the process was overloaded, or their form, host name or number was not right.',
    labelNames: ['why'],
    registers,
  });
  const inFlight = new Gauge({
    name: 'holdfast_http_in_flight',
    help: 'Requests being answered.',
    aggregator: 'sum',
    registers,
  });
  return {
    requestDone: (method, route, status, took, size) => {
      seconds.observe({ method, route, status }, took);
      bytes.inc({ route }, size);
    },
    refused: (why) => refused.inc({ why }),
    inFlight: (count) => inFlight.set(count),
    registry,
    snapshot: () => registry.getMetricsAsJSON(),
  };
}

/** The text of `/metrics` for the snapshots of several processes. */
export async function metricsText(snapshots: readonly MetricsSnapshot[], processes: number): Promise<string> {
  // The library's types name a merged registry only for its own messages; its input is what `snapshot` gives.
  const registry = AggregatorRegistry.aggregate(snapshots.map((one) => [...one] as object[]));
  const own = new Registry();
  new Gauge({ name: 'holdfast_processes', help: 'Server processes that answered.', registers: [own] }).set(processes);
  return `${await registry.metrics()}\n${await own.metrics()}`;
}
