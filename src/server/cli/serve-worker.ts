// One server process: opens the store, answers on the connections that the supervisor hands it, and ends in good order.
//
//   1. It holds no state of its own: it may be killed at any time, and another does its work.
//   2. It ends when the supervisor says so, on SIGTERM, and when the supervisor is gone.
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { unreachable } from '../../core/base/assert.ts';
import { openLog, flushLog, LOG_LEVELS } from '../node/log.ts';
import { metricsText, openMetrics, type MetricsSnapshot } from '../node/metrics.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import { adoptConnections, type Adopting } from './adopt-connections.ts';
import { isDemoRecord, readMark } from './demo-mark.ts';
import { ORDERS, type ToSupervisor, type ToWorker, type WorkerOrders } from './messages.ts';
import type { Parts } from './parts.ts';

const FINISH_MS_MAX = 15_000;
const GATHER_MS_MAX = 2_000;

/** Runs until it is told to stop. */
export async function serveWorker(parts: Parts): Promise<void> {
  const orders: WorkerOrders = JSON.parse(process.env[ORDERS] ?? '{}');
  const log = openLog({
    level: LOG_LEVELS.find((level) => level === orders.logLevel) ?? 'info',
    name: `server-${orders.slot + 1}`,
    ...(orders.logFile === undefined ? {} : { file: orders.logFile }),
  });
  // A supervisor that is gone is heard of by itself.
  const tell = (message: ToSupervisor): void => void process.send?.(message, undefined, undefined, () => undefined);
  const metrics = openMetrics();
  const gathering = new Map<number, (snapshots: readonly MetricsSnapshot[]) => void>();
  let asked = 0;

  // A bug that nobody caught: told without its message, which may hold what was being written; another process takes over.
  const bug = (error: unknown): void => {
    log.fatal({ error: error instanceof Error ? error.name : typeof error, at: placesOf(error) }, 'bug');
    log.flush(() => process.exit(1));
    setTimeout(() => process.exit(1), 1_000).unref();
  };
  process.on('uncaughtException', bug);
  process.on('unhandledRejection', bug);
  // Ctrl-C reaches the whole group of processes; the supervisor decides what it means.
  process.on('SIGINT', () => undefined);
  let stop = (): void => process.exit(0);
  let adopting: Adopting | undefined;
  process.on('SIGTERM', () => stop());
  process.on('disconnect', () => stop());
  process.on('message', (message: ToWorker, socket: Socket | undefined) => {
    switch (message.kind) {
      case 'connection': {
        const { number } = message;
        tell({ kind: 'taken', number });
        // A connection that closed on its way arrives as nothing.
        if (socket === undefined || adopting === undefined) return tell({ kind: 'closed', number });
        return adopting.adopt(socket, () => tell({ kind: 'closed', number }));
      }
      case 'stop':
        return stop();
      case 'give-snapshot':
        void metrics.snapshot().then((snapshot) => tell({ kind: 'snapshot', ask: message.ask, snapshot }));
        return;
      case 'gathered':
        gathering.get(message.ask)?.(message.snapshots);
        gathering.delete(message.ask);
        return;
      default:
        return unreachable(message);
    }
  });

  try {
    const server = await parts.openServer({
      databaseUrl: orders.databaseUrl,
      data: orders.data,
      embedded: orders.embedded,
      clientFolder: join(parts.root, 'dist', 'web'),
      settings: orders.settings,
      incarnation: orders.incarnation,
      sealKey: Buffer.from(orders.sealKey, 'base64url'),
      log,
      metrics,
      holdsDemo: () => isDemoRecord(orders.data),
      isDemo: () => orders.demo && isDemoRecord(orders.data),
      demoPeople: () => {
        const mark = orders.demo ? readMark(orders.data) : undefined;
        return mark?.state === 'done' ? parts.demoPeople(mark) : [];
      },
      gatherMetrics: async () => {
        const ask = (asked += 1);
        const snapshots = await new Promise<readonly MetricsSnapshot[]>((resolve) => {
          gathering.set(ask, resolve);
          setTimeout(resolve, GATHER_MS_MAX, []).unref();
          tell({ kind: 'gather', ask });
        });
        return metricsText(snapshots, snapshots.length);
      },
      finishing: () => adopting?.finishing === true,
    });
    let stopping = false;
    stop = () => {
      if (stopping) return;
      stopping = true;
      const end = async (): Promise<void> => {
        setTimeout(() => process.exit(1), FINISH_MS_MAX).unref();
        await adopting?.finish();
        await server.close();
        await flushLog(log);
        process.exit(0);
      };
      void end().catch(() => process.exit(1));
    };
    adopting = adoptConnections(server.app.server, server.passage);
    tell({ kind: 'ready' });
  } catch (error) {
    const message = error instanceof Trouble ? error.message : startFailure(error);
    tell({ kind: 'trouble', message });
    log.error({ error: error instanceof Error ? error.name : 'unknown' }, 'server process cannot start');
    await flushLog(log);
    process.exit(1);
  }
}

/** The lines of the stack that name files, without the message above them. */
const placesOf = (error: unknown): string[] =>
  (error instanceof Error ? (error.stack ?? '') : '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim());

const startFailure = (error: unknown): string =>
  `A server process cannot start: ${error instanceof Error ? error.message : 'unknown'}`;
