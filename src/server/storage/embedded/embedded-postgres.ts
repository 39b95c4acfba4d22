// The supervisor of the PostgreSQL that comes with Holdfast (specs/operations.md, OP2–OP9).
//
//   absent --initdb--> down --start--> up --stop--> down
//                       ^               |
//                       +---- died -----+   start again, with a back-off
//
// PostgreSQL runs in a session of its own: a signal to the node's process group does not reach it, and when the supervisor
// is killed it lives on. The next supervisor finds it by its pid file and takes it over.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from 'node:fs';
import { lstatSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { findBinaries, type Binaries } from './find-binaries.ts';
import { isAlive, livingPostmaster } from './postmaster.ts';
import { assertReachable, chooseRunAs, giveTo, removeFolder, type RunAs } from './run-as.ts';
import { settingsText } from './settings.ts';
import { folderTrouble, Trouble } from './trouble.ts';

export interface EmbeddedOptions {
  /** The data folder; PostgreSQL lives in `postgres`, `run` and `logs` in it. */
  readonly folder: string;
  readonly connectionsMax?: number;
  readonly durable?: boolean;
  /** Another PostgreSQL's programs (tests on PostgreSQL 15). */
  readonly binaries?: Binaries;
  /** For tests: which of the two ways root goes. */
  readonly rootWay?: 'namespace' | 'nobody';
  /** What happened, one line for the log. */
  readonly tell?: (
    event: 'initialised' | 'started' | 'attached' | 'died' | 'restarted' | 'stopped',
    detail: string,
  ) => void;
}

export interface EmbeddedPostgres {
  /** For `pg`: a unix socket, as superuser, database `holdfast`. */
  readonly url: string;
  readonly attached: boolean;
  /** The postmaster's process number now; undefined while it is down. */
  pid(): number | undefined;
  /** Ends sessions, writes a checkpoint, stops; and stops watching. */
  stop(): Promise<void>;
  /** Stops watching and leaves PostgreSQL running. */
  letGo(): void;
}

const SOCKET_PATH_MAX = 107;
const SOCKET_NAME = '/.s.PGSQL.5432';
const BACKOFF_MS_MIN = 100;
const BACKOFF_MS_MAX = 5_000;
const STOP_MS_MAX = 60_000;
const DYING_MS_MAX = 30_000;
const LOG_BYTES_MAX = 10 * 1024 * 1024;

/** Where a database of `socketFolder` is reached. */
export const embeddedUrl = (socketFolder: string, database = 'holdfast'): string =>
  `postgresql://holdfast@/${database}?host=${encodeURIComponent(socketFolder)}`;

/** The URL of the embedded PostgreSQL that runs in `folder` now (started by another process), if one does. */
export function runningEmbeddedUrl(folder: string): string | undefined {
  const running = livingPostmaster(join(folder, 'postgres'));
  return running === undefined ? undefined : embeddedUrl(running.socketFolder);
}

/** Starts PostgreSQL on `folder`, or takes over one that is alive there, and keeps it up until `stop`. Throws `Trouble`. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { folder } = options;
  const tell = options.tell ?? (() => undefined);
  const pgdata = join(folder, 'postgres');
  const log = join(folder, 'logs', 'postgres.log');
  const binaries = options.binaries ?? findBinaries(join(folder, 'runtime', 'postgres'));
  refuseOtherMajor(pgdata, binaries.major);
  const runAs = chooseRunAs(binaries, options.rootWay);
  let socketFolder: string;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (runAs.uid !== undefined) chmodSync(folder, 0o711);
    mkdirSync(join(folder, 'logs'), { recursive: true, mode: 0o700 });
    socketFolder = makeSocketFolder(folder, runAs);
  } catch (error) {
    throw folderTrouble(folder, error);
  }
  assertReachable(runAs, folder);

  const alive = livingPostmaster(pgdata);
  if (alive === undefined) await initialise(pgdata, binaries, runAs, tell);
  const server = new Server({ pgdata, log, runAs, socketFolder: alive?.socketFolder ?? socketFolder, tell });
  try {
    writeSettings(pgdata, options, server.socketFolder, runAs);
  } catch (error) {
    throw folderTrouble(folder, error);
  }
  await (alive === undefined ? server.startAfterDeath() : server.attach(alive.pid));
  await makeDatabase(server.socketFolder);
  server.watch();
  return {
    url: embeddedUrl(server.socketFolder),
    attached: alive !== undefined,
    pid: () => server.pid,
    stop: () => server.stop(),
    letGo: () => server.letGo(),
  };
}

type Tell = NonNullable<EmbeddedOptions['tell']>;
interface ServerPlace {
  readonly pgdata: string;
  readonly log: string;
  readonly runAs: RunAs;
  readonly socketFolder: string;
  readonly tell: Tell;
}

class Server {
  pid: number | undefined;
  readonly socketFolder: string;
  readonly #place: ServerPlace;
  #watching: NodeJS.Timeout | undefined;
  #restarting: Promise<void> | undefined;
  #ending = false;

  constructor(place: ServerPlace) {
    this.#place = place;
    this.socketFolder = place.socketFolder;
  }

  async start(): Promise<void> {
    const { pgdata, log, runAs, tell } = this.#place;
    const output = openLog(log);
    const from = fstatSync(output).size;
    const [command = '', ...args] = [...runAs.prefix, join(runAs.bin, 'postgres'), '-D', pgdata];
    const child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', output, output],
      cwd: '/',
      env: cleanEnvironment(),
      ...(runAs.uid === undefined ? {} : { uid: runAs.uid, gid: runAs.gid }),
    });
    closeSync(output);
    let ended = false;
    child.once('exit', () => (ended = true));
    child.once('error', () => (ended = true));
    child.unref();
    const pid = child.pid;
    const up = await answers(this.socketFolder, () => !ended && !this.#ending);
    if (!up || pid === undefined) throw whyNot(log, from, pgdata);
    this.pid = pid;
    tell('started', `process ${pid}`);
  }

  /** Starts; where processes of a server that was killed still hold its memory, waits until they see that it is gone. */
  async startAfterDeath(): Promise<void> {
    for (let waitedMs = 0; ; waitedMs += BACKOFF_MS_MIN) {
      try {
        return await this.start();
      } catch (error) {
        const dying = error instanceof Trouble && /shared memory block|postmaster\.pid/.test(error.message);
        if (!dying || waitedMs >= DYING_MS_MAX) throw error;
        await sleep(BACKOFF_MS_MIN);
      }
    }
  }

  async attach(pid: number): Promise<void> {
    const { log, pgdata, tell } = this.#place;
    if (!(await answers(this.socketFolder, () => isAlive(pid)))) {
      // It was on its way out when we met it.
      await this.startAfterDeath();
      return;
    }
    this.pid = pid;
    process.kill(pid, 'SIGHUP');
    tell('attached', `process ${pid}, log ${log}, folder ${pgdata}`);
  }

  watch(): void {
    this.#watching = setInterval(() => {
      if (this.#ending || this.#restarting !== undefined || (this.pid !== undefined && isAlive(this.pid))) return;
      this.#restarting = this.#restart().finally(() => (this.#restarting = undefined));
    }, 100);
    this.#watching.unref();
  }

  async #restart(): Promise<void> {
    const { tell } = this.#place;
    tell('died', `process ${this.pid ?? '?'}`);
    this.pid = undefined;
    // Processes of the dead server may take a moment to see that it is gone; until then a new one refuses to start.
    for (let waitMs = BACKOFF_MS_MIN; !this.#ending; waitMs = Math.min(BACKOFF_MS_MAX, waitMs * 2)) {
      try {
        await this.start();
        tell('restarted', `process ${this.pid ?? '?'}`);
        return;
      } catch (error) {
        tell('died', error instanceof Error ? error.message : String(error));
        await sleep(waitMs);
      }
    }
  }

  letGo(): void {
    this.#ending = true;
    clearInterval(this.#watching);
  }

  async stop(): Promise<void> {
    this.letGo();
    await this.#restarting;
    const pid = this.pid ?? livingPostmaster(this.#place.pgdata)?.pid;
    if (pid === undefined || !isAlive(pid)) return;
    // SIGINT is PostgreSQL's "fast": sessions end, then a checkpoint. SIGQUIT gives the checkpoint up, for recovery to make good.
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
      process.kill(pid, signal);
      if (await gone(pid, STOP_MS_MAX)) {
        this.#place.tell('stopped', `process ${pid} on ${signal}`);
        return;
      }
    }
    throw new Trouble(`PostgreSQL (process ${pid}) does not stop.`);
  }
}

async function gone(pid: number, msMax: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < msMax; waitedMs += 10) {
    if (!isAlive(pid)) return true;
    await sleep(10);
  }
  return false;
}

/** Waits until a session opens. Recovery after a crash takes as long as it takes; only death ends the wait. */
async function answers(socketFolder: string, alive: () => boolean): Promise<boolean> {
  for (;;) {
    // Asked first: a server that died before must not be mistaken for one that we have yet to try.
    const lives = alive();
    const client = new Client({ connectionString: embeddedUrl(socketFolder, 'postgres') });
    // A session that breaks later reports here, and nobody is waiting for it.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      if (!lives) return false;
      await sleep(15);
    }
  }
}

async function makeDatabase(socketFolder: string): Promise<void> {
  const client = new Client({ connectionString: embeddedUrl(socketFolder, 'postgres') });
  await client.connect();
  try {
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = 'holdfast'");
    if (found.rowCount === 0) await client.query('CREATE DATABASE holdfast TEMPLATE template0');
  } finally {
    await client.end();
  }
}

async function initialise(pgdata: string, binaries: Binaries, runAs: RunAs, tell: Tell): Promise<void> {
  if (existsSync(join(pgdata, 'PG_VERSION'))) {
    giveTo(runAs, pgdata);
    return;
  }
  // Made under another name and renamed: a half-made database is never met again.
  const half = `${pgdata}.new`;
  let output = '';
  try {
    removeFolder(half);
    mkdirSync(half, { mode: 0o700 });
    giveTo(runAs, half);
  } catch (error) {
    throw folderTrouble(join(pgdata, '..'), error);
  }
  const locale = binaries.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  const [command = '', ...args] = [
    ...runAs.prefix,
    join(runAs.bin, 'initdb'),
    `--pgdata=${half}`,
    '--username=holdfast',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    ...locale,
    '--data-checksums',
    '--no-instructions',
  ];
  const status = await new Promise<number>((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
      env: cleanEnvironment(),
      ...(runAs.uid === undefined ? {} : { uid: runAs.uid, gid: runAs.gid }),
    });
    const hear = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', (error) => {
      output += error.message;
      resolve(1);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
  if (status !== 0) throw explain(output, pgdata);
  writeFileSync(join(half, 'pg_hba.conf'), 'local all all trust\nlocal replication all trust\n');
  renameSync(half, pgdata);
  tell('initialised', pgdata);
}

function writeSettings(pgdata: string, options: EmbeddedOptions, socketFolder: string, runAs: RunAs): void {
  const text = settingsText({
    socketFolder,
    connectionsMax: options.connectionsMax ?? 100,
    durable: options.durable ?? true,
  });
  const file = join(pgdata, 'postgresql.conf');
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  writeFileSync(file, text, { mode: 0o600 });
  if (runAs.owner !== undefined) chownSync(file, runAs.owner, runAs.owner);
}

function refuseOtherMajor(pgdata: string, major: number): void {
  const file = join(pgdata, 'PG_VERSION');
  if (!existsSync(file)) return;
  const found = readFileSync(file, 'utf8').trim();
  if (found !== String(major)) {
    throw new Trouble(
      `The database in ${pgdata} is of PostgreSQL ${found}; this Holdfast carries ${major}. Run \`holdfast backup\` with the Holdfast that made it, then \`holdfast restore\` with this one into an empty folder.`,
    );
  }
}

/** A folder that only the owner may enter, short enough for a socket's name. */
function makeSocketFolder(folder: string, runAs: RunAs): string {
  const inside = join(folder, 'run');
  const path =
    Buffer.byteLength(inside + SOCKET_NAME) <= SOCKET_PATH_MAX
      ? inside
      : `/tmp/holdfast-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  const me = process.getuid?.();
  // /tmp is everybody's: a folder that somebody else made there is not ours to trust.
  if (!found.isDirectory() || (me !== 0 && me !== undefined && found.uid !== me)) {
    throw new Trouble(
      `${path} belongs to someone else. Remove it, or set HOLDFAST_DATA to a folder with a shorter path.`,
    );
  }
  chmodSync(path, 0o700);
  giveTo(runAs, path);
  return path;
}

function openLog(log: string): number {
  if (existsSync(log) && statSync(log).size > LOG_BYTES_MAX) renameSync(log, `${log}.1`);
  return openSync(log, 'a', 0o600);
}

/** Nothing of the caller's PG… settings and locale may reach the server. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

function whyNot(log: string, from: number, pgdata: string): Trouble {
  const file = openSync(log, 'r');
  const bytes = Buffer.alloc(Math.min(64 * 1024, Math.max(0, fstatSync(file).size - from)));
  readSync(file, bytes, 0, bytes.length, from);
  closeSync(file);
  return explain(bytes.toString(), pgdata, log);
}

function explain(output: string, pgdata: string, log?: string): Trouble {
  const folder = join(pgdata, '..');
  if (/No space left on device|Disk quota exceeded/.test(output)) {
    return new Trouble(`The disk is full: ${folder} cannot grow. Free some space and start again.`);
  }
  if (/Read-only file system|Permission denied/.test(output)) {
    return new Trouble(`PostgreSQL cannot write ${folder}. Give this user the right to it, or set HOLDFAST_DATA.`);
  }
  const line = output
    .split('\n')
    .filter((text) => /FATAL|PANIC|error/i.test(text))
    .at(0)
    ?.trim();
  const more = log === undefined ? '' : ` More in ${log}.`;
  return new Trouble(`PostgreSQL does not start in ${pgdata}: ${line ?? 'it gave no reason'}.${more}`);
}

/** Whether a folder holds nothing that a restore would mix with. */
export const isEmptyFolder = (folder: string): boolean => !existsSync(folder) || readdirSync(folder).length === 0;
