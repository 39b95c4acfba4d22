// A node as a whole: the lock on its data folder, its database, its server processes.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { flushLog, openLog, type Log } from '../node/log.ts';
import { holderOf, refuseHeldFolder, takeDataFolder, type DataFolder } from '../storage/embedded/data-folder.ts';
import {
  runningEmbeddedUrl,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../storage/embedded/embedded-postgres.ts';
import { checkGivenPostgres } from '../storage/embedded/given-postgres.ts';
import { errorCode, folderTrouble, Trouble } from '../storage/embedded/trouble.ts';
import { isDemoRecord } from './demo-mark.ts';
import { isLoopbackHost } from './loopback.ts';
import type { Enrolled, NodeServices, Parts, RestorableStore, ServerSettings, ServiceOptions } from './parts.ts';
import { sessionsFor, type Settings } from './settings.ts';
import { startWorkerProcesses, WAITING_MAX, type Door, type WorkerProcesses } from './worker-processes.ts';

export interface RunningNode {
  /** `http://127.0.0.1:8080` */
  readonly address: string;
  readonly folder: DataFolder;
  readonly databaseUrl: string;
  readonly log: Log;
  readonly logFile: string | undefined;
  /** What came of the node above at this start. */
  readonly enrolled: Enrolled;
  stop(): Promise<void>;
}

const LOG_BYTES_MAX = 50 * 1024 * 1024;

/** Starts everything, or throws `Trouble` and leaves nothing running. `what` names the command to whoever is refused. */
export async function runNode(parts: Parts, settings: Settings, what: string): Promise<RunningNode> {
  // Looked at first: that another node works on this folder is a better reason than that its port is taken.
  refuseHeldFolder(settings.data);
  const door = await listen(settings);
  const { listener, port } = door;
  let folder: DataFolder;
  try {
    folder = takeDataFolder(settings.data, parts.version, what);
  } catch (error) {
    listener.close();
    throw error;
  }
  const logFile = logFileOf(settings);
  const log = openLog({
    level: settings.logLevel,
    name: 'supervisor',
    ...(logFile === undefined ? {} : { file: logFile }),
  });
  let database: Database | undefined;
  let processes: WorkerProcesses | undefined;
  let enrolled: Enrolled = { kind: 'none' };
  let retrying: NodeJS.Timeout | undefined;
  const stop = async (): Promise<void> => {
    clearInterval(retrying);
    await processes?.stop();
    listener.close();
    await database?.stop();
    if (processes !== undefined) log.info('stopped');
    await flushLog(log);
    folder.release();
  };
  try {
    database = await openDatabase(settings, log);
    // Brings the schema up to date once, before several processes would try at the same time.
    await (await parts.openStore(database.url, settings.baseUrl)).close();
    const services = servicesOf(settings, database.url);
    enrolled = await parts.enrolNode(services, settings);
    if (enrolled.kind === 'later') retrying = enrolLater(parts, services, settings, log);
    processes = await startWorkerProcesses(
      parts.entry,
      settings.processes,
      door,
      {
        databaseUrl: database.url,
        data: settings.data,
        embedded: settings.databaseUrl === undefined,
        settings: serverSettings(settings),
        demo: settings.demo,
        logLevel: settings.logLevel,
        logFile,
        sealKey: sealKeyOf(settings.data),
        incarnation: randomBytes(16).toString('base64url'),
      },
      log,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  // This machine speaks plain HTTP over loopback, where the node listens there; everybody else speaks TLS.
  const isAll = settings.host === '0.0.0.0' || settings.host === '::';
  const host = isAll ? '127.0.0.1' : settings.host;
  const scheme = isAll || isLoopbackHost(host) ? 'http' : 'https';
  const address = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  folder.serving(address);
  log.info({ processes: settings.processes, port }, 'serving');
  return { address, folder, databaseUrl: database.url, log, logFile, enrolled, stop };
}

// The code by which a node is enrolled, and the database's password, are nobody's in a server process.
const serverSettings = ({
  baseUrl,
  host,
  identityProvider,
  mirror,
  names,
  nodeName,
  parent,
  requireIfMatch,
  resuscitationWords,
  siteCode,
  syncInFlight,
  tier,
  tls,
  trustProxy,
}: Settings): ServerSettings => ({
  baseUrl,
  host,
  identityProvider,
  mirror,
  names,
  nodeName,
  parent,
  requireIfMatch,
  resuscitationWords,
  siteCode,
  syncInFlight,
  tier,
  tls,
  trustProxy,
});

const ENROL_AGAIN_MS = 10_000;

/** The parent was not reached: the node serves, and tries again. What is of no use to try again ends it, and is in the log. */
function enrolLater(parts: Parts, services: ServiceOptions, settings: Settings, log: Log): NodeJS.Timeout {
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    parts
      .enrolNode(services, settings)
      .then(
        (came) => {
          if (came.kind !== 'later') clearInterval(timer);
          if (came.kind === 'enrolled') log.info('enrolled at the parent');
        },
        (error: unknown) => {
          clearInterval(timer);
          log.error({ why: error instanceof Trouble ? error.message : 'unknown' }, 'not enrolled at the parent');
        },
      )
      .finally(() => (busy = false));
  }, ENROL_AGAIN_MS);
  timer.unref();
  return timer;
}

/** What commands and the start need beside the server processes. */
export const servicesOf = (settings: Settings, databaseUrl: string): ServiceOptions => ({
  databaseUrl,
  data: settings.data,
  isDemo: () => settings.demo && isDemoRecord(settings.data),
});

/** As long as an import may take; the token is worthless once the work is done. */
const JOB_MINUTES_MAX = 24 * 60;

/** Gives `work` the address of the running node, or of one that serves it alone, and a token that may do everything there. */
export async function withNode<T>(
  parts: Parts,
  settings: Settings,
  what: string,
  work: (address: string, token: string) => Promise<T>,
): Promise<T> {
  const withToken = (address: string, databaseUrl: string): Promise<T> =>
    parts.withServices(servicesOf(settings, databaseUrl), async (services) => {
      const { token, end } = await services.issueLocalToken(JOB_MINUTES_MAX);
      try {
        return await work(address, token);
      } finally {
        await end();
      }
    });
  const holder = holderOf(settings.data);
  if (holder?.address !== undefined) {
    return withToken(holder.address, settings.databaseUrl ?? runningEmbeddedUrl(settings.data) ?? noDatabase());
  }
  const node = await runNode(parts, { ...settings, port: 0, host: '127.0.0.1', requireIfMatch: false }, what);
  try {
    return await withToken(node.address, node.databaseUrl);
  } finally {
    await node.stop();
  }
}

const noDatabase = (): never => {
  throw new Trouble('The node on this data folder has no database that answers. Look at its log, or start it again.');
};

/** Gives `work` what commands work with: beside the running node, or with the database started for it. */
export const withServices = <T>(
  parts: Parts,
  settings: Settings,
  what: string,
  work: (services: NodeServices) => Promise<T>,
): Promise<T> => withDatabase(parts, settings, what, (url) => parts.withServices(servicesOf(settings, url), work));

/** Gives `work` the store: beside the running node, or with the database started for it. */
export const withStore = <T>(
  parts: Parts,
  settings: Settings,
  what: string,
  work: (store: RestorableStore, url: string) => Promise<T>,
): Promise<T> =>
  withDatabase(parts, settings, what, async (url) => {
    const store = await parts.openStore(url, settings.baseUrl);
    try {
      return await work(store, url);
    } finally {
      await store.close();
    }
  });

/** Gives `work` the database: that of the running node, or one started for it. */
export async function withDatabase<T>(
  parts: Parts,
  settings: Settings,
  what: string,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const holder = holderOf(settings.data);
  const running = settings.databaseUrl ?? (holder === undefined ? undefined : runningEmbeddedUrl(settings.data));
  const folder = running === undefined ? takeDataFolder(settings.data, parts.version, what) : undefined;
  try {
    if (settings.databaseUrl !== undefined) await checkGivenPostgres(settings.databaseUrl);
    const database = running === undefined ? await openDatabase(settings) : undefined;
    try {
      return await work(running ?? database?.url ?? noDatabase());
    } finally {
      await database?.stop();
    }
  } finally {
    folder?.release();
  }
}

interface Database {
  readonly url: string;
  stop(): Promise<void>;
}

async function openDatabase(settings: Settings, log?: Log): Promise<Database> {
  if (settings.databaseUrl !== undefined) {
    await checkGivenPostgres(settings.databaseUrl);
    return { url: settings.databaseUrl, stop: async () => undefined };
  }
  const server: EmbeddedPostgres = await startEmbeddedPostgres({
    folder: settings.data,
    connectionsMax: sessionsFor(settings),
    tell: (event, detail) => log?.[event === 'died' ? 'error' : 'info']({ detail }, `database ${event}`),
  });
  return { url: server.url, stop: () => server.stop() };
}

/** Takes the port, before anything else is started. Connections that come early wait until a process is ready. */
async function listen(settings: Settings): Promise<Door & { readonly port: number }> {
  return new Promise((resolve, reject) => {
    const listener = createServer({ pauseOnConnect: true });
    const early: Socket[] = [];
    const keep = (socket: Socket): void => {
      // A client that goes away while it waits.
      socket.on('error', () => socket.destroy());
      if (early.length < WAITING_MAX) early.push(socket);
      else socket.destroy();
    };
    listener.on('connection', keep);
    listener.once('error', (error) => {
      switch (errorCode(error)) {
        case 'EADDRINUSE':
          return reject(
            new Trouble(
              `Port ${settings.port} is in use by another program. Stop that one, or set HOLDFAST_PORT to another port.`,
            ),
          );
        case 'EACCES':
          return reject(
            new Trouble(`Port ${settings.port} is not for normal users. Set HOLDFAST_PORT to one above 1023.`),
          );
        case 'EADDRNOTAVAIL':
        case 'ENOTFOUND':
        case 'EAI_AGAIN':
          return reject(new Trouble(`This machine has no address ${settings.host} (HOLDFAST_HOST).`, { exitCode: 2 }));
        default:
          return reject(error);
      }
    });
    listener.listen({ host: settings.host, port: settings.port, backlog: 1_024 }, () => {
      const address = listener.address();
      resolve({
        listener,
        takeOver: (give) => {
          listener.off('connection', keep);
          listener.on('connection', give);
          for (const socket of early.splice(0)) give(socket);
        },
        port: typeof address === 'object' && address !== null ? address.port : settings.port,
      });
    });
  });
}

/** A terminal shows words for people; the log goes to a file beside the data then. */
function logFileOf(settings: Settings): string | undefined {
  if (!process.stderr.isTTY) return undefined;
  const file = join(settings.data, 'logs', 'holdfast.log');
  if (existsSync(file) && statSync(file).size > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
  return file;
}

/** Seals page links: the same for all processes, and after a restart, so that a client can go on to its next page. */
function sealKeyOf(data: string): string {
  const file = join(data, 'seal.key');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw folderTrouble(data, error);
  }
  const key = randomBytes(32).toString('base64url');
  try {
    writeFileSync(`${file}.new`, key, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw folderTrouble(data, error);
  }
  return key;
}
