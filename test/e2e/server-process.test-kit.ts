// The server as its users run it: real processes, a data folder of its own, a port of its own.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/server/cli/holdfast-process.test-kit.ts';

export interface RunningServer {
  readonly baseUrl: string;
  readonly port: number;
  readonly data: string;
  readonly child: ChildProcess;
  /** As a program that may do everything: `path` below the address, with a token of the node's own. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Everything that it printed so far. */
  output(): string;
  /** SIGTERM, and waits; SIGKILL for all of its processes after a minute. */
  stop(): Promise<void>;
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'holdfast-e2e-'));
export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });
export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Runs one `holdfast` command to its end. */
export function holdfast(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): { status: number; stdout: string; stderr: string } {
  const result = spawnSync(process.execPath, ['tools/holdfast.mjs', ...args], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  return { status: result.status ?? -1, stdout: result.stdout, stderr: result.stderr };
}

/** Starts the server in a process group of its own and waits until `/health` says that it serves. */
export async function startServer(options: {
  readonly data: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly withinMs?: number;
}): Promise<RunningServer> {
  const port = options.port ?? (await freePort());
  const child = spawn(process.execPath, ['tools/holdfast.mjs', 'start'], {
    env: {
      ...process.env,
      HOLDFAST_PORT: String(port),
      HOLDFAST_DATA: options.data,
      HOLDFAST_DEMO: 'off',
      HOLDFAST_LOG: 'warn',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let printed = '';
  const keep = (chunk: Buffer): void => {
    printed = (printed + chunk.toString()).slice(-200_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const baseUrl = `http://127.0.0.1:${String(port)}`;
  await untilHealthy(baseUrl, options.withinMs ?? 120_000, () => {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the server ended with ${String(child.exitCode ?? child.signalCode)}:\n${printed}`);
    }
  });
  const token = tokenOf({ HOLDFAST_DATA: options.data, ...options.env });
  return {
    baseUrl,
    port,
    data: options.data,
    child,
    fetch: (path, init) => fetch(`${baseUrl}${path}`, withToken(init, token)),
    output: () => printed,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise<void>((done) => child.once('exit', () => done()));
      child.kill('SIGTERM');
      const late = setTimeout(() => killGroup(child), 60_000);
      await gone;
      clearTimeout(late);
    },
  };
}

/** What `holdfast token` prints for whoever may read the data folder. */
export function tokenOf(env: Readonly<Record<string, string>>): string {
  const printed = holdfast(['token', '--minutes', '720'], env);
  if (printed.status !== 0) throw new Error(`no token:\n${printed.stderr}`);
  return printed.stdout.trim();
}
const withToken = (init: RequestInit | undefined, token: string): RequestInit => {
  const headers = new Headers(init?.headers);
  headers.set('authorization', `Bearer ${token}`);
  return { ...init, headers };
};

/** Polls `/health` until it answers 200. `check` may throw to give up early. */
export async function untilHealthy(baseUrl: string, withinMs: number, check: () => void): Promise<void> {
  const until = Date.now() + withinMs;
  for (;;) {
    check();
    try {
      const answer = await fetch(`${baseUrl}/health`, { signal: AbortSignal.timeout(5_000) });
      await answer.arrayBuffer();
      if (answer.status === 200) return;
    } catch {
      // Not listening yet, or just killed: that is what is being waited for.
    }
    if (Date.now() > until) throw new Error(`not healthy within ${String(withinMs)} ms`);
    await pause(50);
  }
}

/** SIGKILL to the supervisor and every process that it started, PostgreSQL excepted where it made a group of its own. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The live descendants of a process: pid, parent, command line. */
export function descendants(pid: number): readonly { readonly pid: number; readonly command: string }[] {
  const rows = spawnSync('ps', ['-e', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n')
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row))
    .filter((row) => row !== null)
    .map((row) => ({ pid: Number(row[1]), parent: Number(row[2]), command: row[3] ?? '' }));
  const family = new Set([pid]);
  for (let grew = true; grew;) {
    grew = false;
    for (const row of rows) {
      if (family.has(row.parent) && !family.has(row.pid)) {
        family.add(row.pid);
        grew = true;
      }
    }
  }
  return rows.filter((row) => family.has(row.pid) && row.pid !== pid);
}

/** The postmaster of the embedded database under `data`, or undefined when none is alive. */
export function postmasterPid(data: string): number | undefined {
  const found = spawnSync('find', [data, '-name', 'postmaster.pid'], { encoding: 'utf8' }).stdout.trim().split('\n')[0];
  if (found === undefined || found === '') return undefined;
  const pid = Number(readFileSync(found, 'utf8').split('\n')[0]);
  try {
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}
