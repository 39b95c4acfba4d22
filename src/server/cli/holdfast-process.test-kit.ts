// The real `holdfast`, as a process, on folders of its own, gone when the test is.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = resolve('.');
export const ENTRY = join(ROOT, 'dist', 'src', 'server', 'main.js');
const LAUNCHER = join(ROOT, 'tools', 'holdfast.mjs');

/** Builds when a source is newer than the build: these tests run what is compiled. */
export function buildOnce(): void {
  const script = `import { ensureBuilt } from ${JSON.stringify(join(ROOT, 'tools', 'install.mjs'))}; ensureBuilt(${JSON.stringify(ROOT)}, ['tsconfig.server.json']);`;
  const built = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  if (built.status !== 0 || !existsSync(ENTRY)) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`);
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
export interface HoldfastProcess {
  readonly pid: number;
  readonly address: string;
  readonly data: string;
  /** As a program that may do everything: `path` below the address, with a token of the node's own. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  out(): string;
  err(): string;
  signal(signal: NodeJS.Signals): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

const folders: string[] = [];
const started: HoldfastProcess[] = [];

export function newFolder(): string {
  const folder = mkdtempSync('/tmp/holdfast-process-');
  folders.push(folder);
  return folder;
}

/** Ends what the tests of a file started. For `afterEach` or `afterAll`. */
export async function endAll(): Promise<void> {
  for (const node of started.splice(0)) {
    node.signal('SIGTERM');
    await Promise.race([node.ended, sleep(30_000).then(() => node.signal('SIGKILL'))]);
  }
  for (const folder of folders.splice(0)) {
    for (const data of [folder, join(folder, 'data')]) killDatabase(data);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** kill -9 of the database in a data folder, if it lives. Returns its process number. */
export function killDatabase(data: string): number | undefined {
  const file = join(data, 'postgres', 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  try {
    process.kill(pid, 'SIGKILL');
    return pid;
  } catch {
    // It ended by itself.
    return undefined;
  }
}

const environment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(HOLDFAST_|NODE_|VITEST)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    HOLDFAST_DEMO: 'off',
    HOLDFAST_PROCESSES: '2',
    HOLDFAST_LOG: 'warn',
    ...env,
  };
};

/** Runs a command to its end. */
export async function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  options: { readonly input?: string; readonly launcher?: boolean; readonly before?: readonly string[] } = {},
): Promise<Ran> {
  const [command = '', ...rest] = [
    ...(options.before ?? []),
    process.execPath,
    options.launcher === true ? LAUNCHER : ENTRY,
    ...args,
  ];
  const child = spawn(command, rest, { env: environment(env), cwd: ROOT });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return gathered(child);
}

async function gathered(child: ChildProcess): Promise<Ran> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code: code ?? (signal === null ? -1 : -2), out, err }));
  });
}

/** `holdfast start` on a port of the system's choosing; returns when it answers. */
export async function start(
  env: NodeJS.ProcessEnv = {},
  options: { readonly launcher?: boolean; readonly until?: RegExp } = {},
): Promise<HoldfastProcess> {
  const data = env['HOLDFAST_DATA'] ?? join(newFolder(), 'data');
  const child = spawn(process.execPath, [options.launcher === true ? LAUNCHER : ENTRY, 'start'], {
    env: environment({ HOLDFAST_PORT: '0', ...env, HOLDFAST_DATA: data }),
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  let over = false;
  const ended = new Promise<number | NodeJS.Signals>((resolve) =>
    child.once('close', (code, signal) => {
      over = true;
      resolve(code ?? signal ?? -1);
    }),
  );
  let token: string | undefined;
  const node: HoldfastProcess = {
    pid: child.pid ?? 0,
    get address() {
      return /answers at (\S+)/.exec(out)?.[1] ?? '';
    },
    data,
    fetch: async (path, init) => {
      token ??= await tokenOf({ ...env, HOLDFAST_DATA: data });
      const headers = new Headers(init?.headers);
      headers.set('authorization', `Bearer ${token}`);
      return fetch(`${node.address}${path}`, { ...init, headers });
    },
    out: () => out,
    err: () => err,
    signal: (signal) => void child.kill(signal),
    ended,
  };
  started.push(node);
  const until = options.until ?? /Open http/;
  for (let tries = 0; !until.test(out); tries += 1) {
    if (over || tries > 2_400) throw new Error(`holdfast start did not answer:\n${out}\n${err}`);
    await sleep(50);
  }
  return node;
}

/** What `holdfast token` prints for whoever may read the data folder. */
export async function tokenOf(env: NodeJS.ProcessEnv): Promise<string> {
  const printed = await run(['token', '--minutes', '720'], env);
  if (printed.code !== 0) throw new Error(`no token:\n${printed.err}`);
  return printed.out.trim();
}

/** The server processes of a node. */
export function workersOf(node: HoldfastProcess): readonly number[] {
  const children = readFileSync(`/proc/${node.pid}/task/${node.pid}/children`, 'utf8').trim();
  return children
    .split(' ')
    .filter((pid) => pid !== '')
    .map(Number)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('main.js'));
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export async function until(holds: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1_200; tries += 1) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error(`did not come to hold: ${what}`);
}
