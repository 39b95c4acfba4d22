// The supervisor of the server processes: starts them, keeps them up, gathers their counters, stops them.
//
//   starting --listening--> serving --exit--> waiting (back-off) --> starting
//                              \--stop--> stopped
//
// node:cluster shares one port among them. The supervisor answers no request itself.
import cluster, { type Worker } from 'node:cluster';
import type { Log } from '../node/log.ts';
import type { MetricsSnapshot } from '../node/metrics.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import { ORDERS, type ToSupervisor, type ToWorker, type WorkerOrders } from './messages.ts';

export interface WorkerProcesses {
  /** Lets each finish what it has, then kills what is left. */
  stop(): Promise<void>;
}

const BACKOFF_MS_MIN = 100;
const BACKOFF_MS_MAX = 5_000;
/** A process that lived as long as this was well: the next back-off starts anew. */
const WELL_MS = 30_000;
const STOP_MS_MAX = 20_000;
const GATHER_MS_MAX = 1_500;

/** Starts `count` processes and waits until all of them listen. Throws `Trouble` when one cannot. */
export async function startWorkerProcesses(
  entry: string,
  count: number,
  orders: WorkerOrders,
  log: Log,
): Promise<WorkerProcesses> {
  cluster.setupPrimary({ exec: entry, args: [] });
  const alive = new Set<Worker>();
  const waits: number[] = [];
  let stopping = false;
  let refuse: (why: Trouble) => void = () => undefined;
  let asked = 0;
  const asks = new Map<number, (snapshot: MetricsSnapshot) => void>();

  const send = (worker: Worker, message: ToWorker): void => {
    // It may be gone since: its exit is heard of by itself.
    if (worker.isConnected()) worker.send(message, () => undefined);
  };
  const gather = async (): Promise<readonly MetricsSnapshot[]> => {
    const answers = [...alive].map(
      (worker) =>
        new Promise<MetricsSnapshot | undefined>((resolve) => {
          const ask = (asked += 1);
          asks.set(ask, resolve);
          setTimeout(() => {
            asks.delete(ask);
            resolve(undefined);
          }, GATHER_MS_MAX).unref();
          send(worker, { kind: 'give-snapshot', ask });
        }),
    );
    return (await Promise.all(answers)).filter((snapshot) => snapshot !== undefined);
  };

  const launch = (slot: number): Promise<void> =>
    new Promise((listening) => {
      const startedAt = performance.now();
      const worker = cluster.fork({ [ORDERS]: JSON.stringify(orders) });
      alive.add(worker);
      worker.on('listening', () => listening());
      worker.on('message', (message: ToSupervisor) => {
        switch (message.kind) {
          case 'gather':
            void gather().then((snapshots) => send(worker, { kind: 'gathered', ask: message.ask, snapshots }));
            return;
          case 'snapshot':
            asks.get(message.ask)?.(message.snapshot);
            asks.delete(message.ask);
            return;
          case 'trouble':
            log.error({ why: message.message }, 'server process in trouble');
            refuse(new Trouble(message.message));
            return;
          default:
            return;
        }
      });
      worker.on('error', (error) => log.error({ error: error.name }, 'server process'));
      worker.on('exit', (code, signal) => {
        alive.delete(worker);
        if (stopping) return;
        const livedMs = performance.now() - startedAt;
        const before = livedMs > WELL_MS ? 0 : (waits[slot] ?? 0);
        const wait = before === 0 ? BACKOFF_MS_MIN : Math.min(BACKOFF_MS_MAX, before * 2);
        waits[slot] = wait;
        log.warn({ code, signal, waitMs: wait }, 'server process ended; starting another');
        setTimeout(() => {
          if (!stopping) void launch(slot);
        }, wait).unref();
      });
    });

  const stop = async (): Promise<void> => {
    stopping = true;
    const ends = [...alive].map((worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve())));
    for (const worker of alive) send(worker, { kind: 'stop' });
    const killing = setTimeout(() => {
      for (const worker of alive) worker.process.kill('SIGKILL');
    }, STOP_MS_MAX);
    await Promise.all(ends);
    clearTimeout(killing);
  };

  const refused = new Promise<never>((_resolve, reject) => (refuse = reject));
  // Only the start waits for it; later trouble is in the log, and the back-off deals with it.
  refused.catch(() => undefined);
  try {
    const all = Array.from({ length: count }, (_, slot) => launch(slot));
    await Promise.race([Promise.all(all), refused]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}
