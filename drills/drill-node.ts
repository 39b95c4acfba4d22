// One node of a drill: the `holdfast` that ships, as processes in a place of the network, with a data folder of its own.
//
//   1. `kill` is a machine that loses its power: every process that lives there gets SIGKILL at once, the database too.
//   2. `copyDisk` freezes all of them while it copies, as a snapshot of a virtual machine does: the copy is what a disk
//      would show after a power cut at that moment.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openClient, type Client } from './http-client.ts';
import { pidsIn, type Place } from './network.ts';
import { slugOf } from './people.ts';
import type { Undo } from './undo.ts';

export type Tier = 'region' | 'site';

export interface DrillNode {
  readonly name: string;
  readonly tier: Tier;
  readonly place: Place;
  readonly data: string;
  start(settings?: Readonly<Record<string, string>>): Promise<void>;
  kill(): void;
  stop(): Promise<void>;
  readonly isUp: () => boolean;
  copyDisk(to: string): void;
  /** The node must be down. */
  putDisk(from: string): void;
  /** Runs one `holdfast` command beside the node. */
  command(args: readonly string[]): string;
  /** A new token for all clients, by a `holdfast token` with `settings`: where clocks run fast, tokens run out. */
  renewToken(settings?: Readonly<Record<string, string>>): void;
  /** A client of its own for each member of staff. Good after restarts, too. */
  client(timeoutMs: number): Client;
  /** Resident memory of all its processes, bytes. */
  memory(): number;
  /** What it printed last. */
  lastWords(): string;
}

/** The compiled program beside this compiled file: `dist/drills` and `dist/src`. */
const ENTRY = resolve(import.meta.dirname, '..', 'src', 'server', 'main.js');
const HEALTHY_WITHIN_MS = 90_000;
const TOKEN_MINUTES = 1_440;

export function createNode(options: {
  readonly name: string;
  readonly tier: Tier;
  readonly place: Place;
  /** Where data and logs go. */
  readonly folder: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Of `holdfast start`, at every start. */
  readonly args: readonly string[];
  readonly undo: Undo;
  /** The compiled program; where this file was compiled, it lies beside it. */
  readonly entry?: string;
  /** Where its output is kept; beside its data where that has room. */
  readonly logs?: string;
}): DrillNode {
  const { name, tier, place, folder, undo } = options;
  const data = join(folder, slugOf(name));
  const logs = options.logs ?? join(folder, 'logs');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  mkdirSync(logs, { recursive: true });
  let child: ChildProcess | undefined;
  let token: string | undefined;
  let words = '';
  const environment = (more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
    ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(HOLDFAST_|NODE_|npm_)/.test(key))),
    HOLDFAST_DEMO: 'off',
    HOLDFAST_LOG: 'warn',
    HOLDFAST_PROCESSES: '1',
    HOLDFAST_NODE_NAME: name,
    ...place.env,
    HOLDFAST_DATA: data,
    ...options.settings,
    ...more,
  });
  const inPlace = (args: readonly string[]): readonly [string, string[]] => {
    const [command = '', ...rest] = [...place.before, process.execPath, options.entry ?? ENTRY, ...args];
    return [command, rest];
  };
  const isUp = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;
  const all = (): readonly number[] => {
    const [, , , space] = place.before;
    return space === undefined ? familyOf(child?.pid, data) : pidsIn(space);
  };
  const signal = (to: NodeJS.Signals): void => {
    for (const pid of all()) {
      try {
        process.kill(pid, to);
      } catch {
        // It ended by itself.
      }
    }
  };
  const kill = (): void => {
    // Twice: what was being started while the first pass looked.
    signal('SIGKILL');
    signal('SIGKILL');
    child = undefined;
  };
  undo.add(`processes of ${name}`, kill);
  const command = (args: readonly string[], settings?: Readonly<Record<string, string>>): string => {
    const [program, rest] = inPlace(args);
    const ran = spawnSync(program, rest, { env: environment(settings), encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
    if (ran.status !== 0) throw new Error(`holdfast ${args.join(' ')} at ${name}: ${ran.stderr.trim()}`);
    return ran.stdout;
  };
  const authority = (): string | undefined => {
    const file = join(data, 'tls', 'ca.crt');
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  const renewToken = (settings?: Readonly<Record<string, string>>): void => {
    token = command(['token', '--minutes', String(TOKEN_MINUTES)], settings).trim();
  };
  return {
    name,
    tier,
    place,
    data,
    start: async (settings) => {
      const [program, rest] = inPlace(['start', ...options.args]);
      const started = spawn(program, rest, {
        env: environment(settings),
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      child = started;
      const log = createWriteStream(join(logs, `${slugOf(name)}.log`), { flags: 'a' });
      started.once('close', () => log.end());
      for (const stream of [started.stdout, started.stderr]) {
        stream.on('data', (chunk: Buffer) => {
          words = (words + chunk.toString()).slice(-4_000);
          log.write(chunk);
        });
      }
      const until = Date.now() + HEALTHY_WITHIN_MS;
      for (;;) {
        if (child !== started || !isUp()) throw new Error(`${name} ended as it started:\n${words}`);
        if (await isHealthy(place.lanUrl, authority())) break;
        if (Date.now() > until) throw new Error(`${name} does not answer:\n${words}`);
        await sleep(100);
      }
      if (token === undefined) renewToken(settings);
    },
    kill,
    stop: async () => {
      const { pid } = child ?? {};
      if (child === undefined || pid === undefined || !isUp()) return;
      const ended = new Promise<void>((done) => child?.once('exit', () => done()));
      process.kill(pid, 'SIGTERM');
      await Promise.race([ended, sleep(20_000)]);
      kill();
    },
    isUp,
    copyDisk: (to) => {
      signal('SIGSTOP');
      try {
        copyFolder(data, to);
      } finally {
        signal('SIGCONT');
      }
    },
    putDisk: (from) => {
      if (isUp()) throw new Error(`${name} runs: its disk cannot be exchanged`);
      rmSync(data, { recursive: true, force: true });
      copyFolder(from, data);
    },
    command: (args) => command(args),
    renewToken,
    client: (timeoutMs) => {
      const open = (): Client =>
        openClient({ url: place.lanUrl, authority: authority(), token: () => token ?? '', timeoutMs });
      let client: Client | undefined;
      return {
        send: (...asked) => (client ??= open()).send(...asked),
        close: () => client?.close(),
      };
    },
    memory: () => all().reduce((sum, pid) => sum + residentBytes(pid), 0),
    lastWords: () => words,
  };
}

function copyFolder(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  const ran = spawnSync('cp', ['-a', '--reflink=auto', from, to], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`copy of a disk: ${ran.stderr.trim()}`);
}

async function isHealthy(url: string, authority: string | undefined): Promise<boolean> {
  const client = openClient({ url, authority, token: () => '', timeoutMs: 2_000 });
  try {
    return (await client.send('GET', '/health')).status === 200;
  } catch {
    // Not listening yet: that is what is being waited for.
    return false;
  } finally {
    client.close();
  }
}

function residentBytes(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${String(pid)}/statm`, 'utf8').split(' ')[1]);
    return pages * 4_096;
  } catch {
    // It ended by itself.
    return 0;
  }
}

/** A process, all that it started, and the database of `data`, which may have a group of its own. */
function familyOf(pid: number | undefined, data: string): readonly number[] {
  const rows = spawnSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number));
  const family = new Set<number>();
  if (pid !== undefined) family.add(pid);
  const postmaster = join(data, 'postgres', 'postmaster.pid');
  if (existsSync(postmaster) && statSync(postmaster).size > 0) {
    const found = Number(readFileSync(postmaster, 'utf8').split('\n')[0]);
    // A number of a dead database may be another program's now.
    if (isDatabaseOf(found, data)) family.add(found);
  }
  for (let grew = true; grew;) {
    grew = false;
    for (const [one, parent] of rows) {
      if (one !== undefined && parent !== undefined && family.has(parent) && !family.has(one)) {
        family.add(one);
        grew = true;
      }
    }
  }
  return [...family];
}
function isDatabaseOf(pid: number, data: string): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes(data);
  } catch {
    return false;
  }
}

/** Bytes of a folder on its disk. */
export function folderBytes(folder: string): number {
  let sum = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    if (found?.isFile() === true) sum += found.size;
  }
  return sum;
}
