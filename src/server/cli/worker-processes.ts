// The supervisor of the server processes: accepts connections and hands them out, keeps the processes up, gathers their
// counters, stops them.
//
//   starting --ready--> serving --exit--> waiting (back-off) --> starting
//                          \--stop--> stopped
//
//   1. The port belongs to the supervisor alone: it is free the moment that the supervisor is gone, and while processes are
//      replaced connections wait instead of being refused.
//   2. A connection goes to the process that has the fewest. It is kept here until that process says that it has it, and
//      goes to another when it died before (node:cluster loses such a connection, and its client waits for ever).
//   3. The supervisor reads no byte of a request.
import { fork, type ChildProcess } from 'node:child_process';
import type { Server, Socket } from 'node:net';
import type { Log } from '../node/log.ts';
import type { MetricsSnapshot } from '../node/metrics.ts';
import { unreachable } from '../../core/base/assert.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import { ORDERS, type ToSupervisor, type ToWorker, type WorkerOrders } from './messages.ts';

export interface WorkerProcesses {
  /** Stops accepting, lets each process finish what it has, then kills what is left. */
  stop(): Promise<void>;
}

/** The node's port, open before its processes are: what connects early is kept until somebody takes over. */
export interface Door {
  readonly listener: Server;
  /** `give` gets every connection that waits, and each that comes from now on, unread. */
  takeOver(give: (socket: Socket) => void): void;
}

interface ServerProcess {
  readonly child: ChildProcess;
  ready: boolean;
  /** Connections that it has, and those on their way to it. */
  connections: number;
  readonly underway: Map<number, Socket>;
}

const BACKOFF_MS_MIN = 100;
const BACKOFF_MS_MAX = 5_000;
/** A process that lived as long as this was well: the next back-off starts anew. */
const WELL_MS = 30_000;
const STOP_MS_MAX = 20_000;
const GATHER_MS_MAX = 1_500;
/**
 * What one large transaction makes while it is parsed and judged dies with it; with Node's 16 MiB much of it is carried over
 * into the old generation first. Imports ran a quarter faster with 64 (4,400–4,700 against 5,600–5,900 resources/s).
 */
const YOUNG_MIB = 64;
/** Connections that wait for a process; more are closed at once. */
export const WAITING_MAX = 1_024;

/** Starts `count` processes that answer on what `door` accepts; returns when all are ready. Throws `Trouble`. */
export async function startWorkerProcesses(
  entry: string,
  count: number,
  door: Door,
  orders: Omit<WorkerOrders, 'slot'>,
  log: Log,
): Promise<WorkerProcesses> {
  const alive = new Set<ServerProcess>();
  const waiting: Socket[] = [];
  const waits: number[] = [];
  const asks = new Map<number, (snapshot: MetricsSnapshot) => void>();
  let stopping = false;
  let refuse: (why: Trouble) => void = () => undefined;
  let asked = 0;
  let connections = 0;

  // It may be gone since: its exit is heard of by itself.
  const send = (to: ServerProcess, message: ToWorker): void => {
    if (to.child.connected) to.child.send(message, () => undefined);
  };

  const give = (socket: Socket): void => {
    let best: ServerProcess | undefined;
    for (const one of alive) {
      if (one.ready && one.child.connected && (best === undefined || one.connections < best.connections)) best = one;
    }
    if (best === undefined) {
      if (waiting.length < WAITING_MAX && !stopping) waiting.push(socket);
      else socket.destroy();
      return;
    }
    const to = best;
    const number = (connections += 1);
    to.connections += 1;
    to.underway.set(number, socket);
    to.child.send({ kind: 'connection', number } satisfies ToWorker, socket, { keepOpen: true }, (error) => {
      // The process ended while it was sent; its exit may have been dealt with already.
      if (error !== null && to.underway.delete(number)) give(socket);
    });
  };
  door.takeOver((socket) => {
    // A client that goes away before it was handed on.
    socket.on('error', () => socket.destroy());
    give(socket);
  });

  const gather = async (): Promise<readonly MetricsSnapshot[]> => {
    const answers = [...alive].map(
      (one) =>
        new Promise<MetricsSnapshot | undefined>((resolve) => {
          const ask = (asked += 1);
          asks.set(ask, resolve);
          setTimeout(() => {
            asks.delete(ask);
            resolve(undefined);
          }, GATHER_MS_MAX).unref();
          send(one, { kind: 'give-snapshot', ask });
        }),
    );
    return (await Promise.all(answers)).filter((snapshot) => snapshot !== undefined);
  };

  const launch = (slot: number): Promise<void> =>
    new Promise((ready) => {
      const startedAt = performance.now();
      const env = { ...process.env, [ORDERS]: JSON.stringify({ ...orders, slot } satisfies WorkerOrders) };
      const child = fork(entry, [], {
        env,
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        execArgv: [...process.execArgv, `--max-semi-space-size=${YOUNG_MIB}`],
      });
      const one: ServerProcess = { child, ready: false, connections: 0, underway: new Map() };
      alive.add(one);
      const hear = (message: ToSupervisor): void => {
        switch (message.kind) {
          case 'ready':
            one.ready = true;
            for (const socket of waiting.splice(0)) give(socket);
            return ready();
          case 'taken':
            // Closes our copy alone: the connection lives on in the process.
            one.underway.get(message.number)?.destroy();
            one.underway.delete(message.number);
            return;
          case 'closed':
            one.connections -= 1;
            return;
          case 'gather':
            void gather().then((snapshots) => send(one, { kind: 'gathered', ask: message.ask, snapshots }));
            return;
          case 'snapshot':
            asks.get(message.ask)?.(message.snapshot);
            asks.delete(message.ask);
            return;
          case 'trouble':
            log.error({ why: message.message }, 'server process in trouble');
            return refuse(new Trouble(message.message));
          default:
            return unreachable(message);
        }
      };
      child.on('message', hear);
      child.on('error', (error) => log.error({ error: error.name }, 'server process'));
      child.once('exit', (code, signal) => {
        alive.delete(one);
        for (const socket of one.underway.values()) give(socket);
        one.underway.clear();
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
    door.listener.close();
    for (const socket of waiting.splice(0)) socket.destroy();
    const ends = [...alive].map((one) => new Promise<void>((resolve) => one.child.once('exit', () => resolve())));
    for (const one of alive) send(one, { kind: 'stop' });
    const killing = setTimeout(() => {
      for (const one of alive) one.child.kill('SIGKILL');
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
