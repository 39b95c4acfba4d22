// Builds the harness once for what the sources are now, serves it under the client's own security policy, and opens pages of it.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { runnerImport } from 'vite';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Language } from '../../../src/web/texts/define-texts.ts';
import type { HarnessPerson, HarnessState } from './hospital.ts';

export interface HarnessOptions {
  readonly state?: HarnessState;
  readonly language?: Language;
  readonly width?: number;
  readonly height?: number;
  /** `nobody`: the door. */
  readonly person?: HarnessPerson | 'nobody';
  readonly dark?: boolean;
  /** `Location/…`: whose patients the device keeps; the first nurse's ward unless told. */
  readonly ward?: string;
  readonly keeping?: 'kept' | 'unprotected' | 'thin';
  /** `never`: the device never heard from a site. */
  readonly asOf?: 'never';
  /** Who can unlock the device, and who is signed in at the site in this browser (`away`, `nobody`); for the door. */
  readonly people?: readonly HarnessPerson[];
  readonly site?: HarnessPerson | 'away' | 'nobody';
  /** A new build of the client waits. */
  readonly update?: 'waiting';
  /** `/patient/cast-sepsis`; the first screen unless told. */
  readonly at?: string;
}
export interface OpenPage {
  readonly page: Page;
  /** What the page said to the console as an error, or threw; and what the security policy refused. */
  readonly errors: readonly string[];
  /** Goes to another address of the client without loading it anew. */
  go(at: string): Promise<void>;
  /** Another language, or another place, without loading it anew; the age of the data stays. */
  speak(language: Language): Promise<void>;
  stand(state: HarnessState): Promise<void>;
  close(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, '../../..');
const BUILDS = join(ROOT, 'dist', 'web-harness');
const KEPT_BUILDS = 3;
const LOCK_MS = 120_000;

/** As the site serves the client. */
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Where there is a Chromium; undefined where there is none. */
export function chromiumAt(): string | undefined {
  return [
    process.env['HOLDFAST_CHROMIUM'],
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ].find((path) => path !== undefined && path !== '' && existsSync(path));
}

export class Harness {
  readonly #browser: Browser;
  readonly #server: Server;
  readonly origin: string;

  private constructor(browser: Browser, server: Server, origin: string) {
    this.#browser = browser;
    this.#server = server;
    this.origin = origin;
  }

  static async start(): Promise<Harness> {
    const executablePath = chromiumAt();
    if (executablePath === undefined) throw new Error('no Chromium here: HOLDFAST_CHROMIUM says where one is');
    const seed = await seeded();
    const server = await serve(await built(), seed);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the harness has no port');
    const browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
    return new Harness(browser, server, `http://127.0.0.1:${address.port}`);
  }

  /** A page of its own context. Resolves when the first screen is drawn. */
  async open(options: HarnessOptions = {}): Promise<OpenPage> {
    const { width = 1280, height = 800, dark = false, at = '/' } = options;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      locale: 'en-GB',
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
      serviceWorkers: 'block',
    });
    const page = await context.newPage();
    const errors = errorsOf(page);
    const { state = 'live', language = 'en', person = 'nurse', ward, keeping, asOf, site, update } = options;
    const people = options.people?.join(',');
    const query = new URLSearchParams({ state, language, person });
    for (const [name, value] of Object.entries({ ward, keeping, asOf, people, site, update }))
      if (value !== undefined) query.set(name, value);
    await page.goto(`${this.origin}/ward/?${query.toString()}#${at}`);
    await page.waitForFunction(() => document.getElementById('root')?.childElementCount !== 0, undefined, {
      timeout: 60_000,
    });
    await settled(page);
    return {
      page,
      errors,
      go: async (to) => {
        await page.evaluate((hash) => {
          location.hash = hash;
        }, to);
        await settled(page);
      },
      speak: async (wanted) => {
        await page.evaluate((l) => window.harness?.speak(l), wanted);
        await settled(page);
      },
      stand: async (wanted) => {
        await page.evaluate((s) => window.harness?.stand(s), wanted);
        await settled(page);
      },
      close: () => closeContext(context),
    };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await new Promise((done) => this.#server.close(done));
  }
}

/** Nothing is being read any more: no status that says so, and the document stood still. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      const said = document.body.innerHTML.length;
      const before = Number(document.body.dataset['length'] ?? -1);
      document.body.dataset['length'] = String(said);
      const still = Number(document.body.dataset['still'] ?? 0);
      document.body.dataset['still'] = String(Math.abs(said - before) < 8 ? still + 1 : 0);
      if (Math.abs(said - before) >= 8 || still < 2) return false;
      document.body.dataset['still'] = '0';
      return true;
    },
    undefined,
    { polling: 60, timeout: 30_000 },
  );
}

async function closeContext(context: BrowserContext): Promise<void> {
  await context.close();
}

function errorsOf(page: Page): readonly string[] {
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => errors.push(String(error.stack ?? error)));
  return errors;
}

// ---- the build

/** The folder of the build for the sources as they are; made where it is not there. */
export async function built(): Promise<string> {
  const out = join(BUILDS, sourceState());
  if (existsSync(join(out, 'done'))) return out;
  mkdirSync(BUILDS, { recursive: true });
  await locked(join(BUILDS, 'lock'), async () => {
    if (existsSync(join(out, 'done'))) return;
    const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
    const config = join(import.meta.dirname, 'vite.config.ts');
    await promisify(execFile)(process.execPath, [vite, 'build', '-c', config], {
      cwd: ROOT,
      env: { ...process.env, NODE_ENV: 'production', HARNESS_OUT: out },
      maxBuffer: 10_000_000,
    });
    writeFileSync(join(out, 'done'), '');
    const old = readdirSync(BUILDS, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(BUILDS, entry.name, 'done')))
      .map((entry) => join(BUILDS, entry.name))
      .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
    for (const folder of old.slice(KEPT_BUILDS)) rmSync(folder, { recursive: true, force: true });
  });
  return out;
}

/** Two test files want the build at once: one makes it, the other waits. A lock of a process that died is broken after two minutes. */
async function locked(path: string, run: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      mkdirSync(path);
      break;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      if (Date.now() - since > LOCK_MS) rmSync(path, { recursive: true, force: true });
      await sleep(200);
    }
  }
  try {
    await run();
  } finally {
    rmdirSync(path);
  }
}

/** The record of the demo hospital as a file: made anew only when what makes it changed. */
async function seeded(): Promise<string> {
  const file = join(
    BUILDS,
    `seed-${stateOf(['src/core/record', 'src/core/sync', 'src/server/demo'], [HERE('hospital.ts'), HERE('make-seed.ts'), join(ROOT, 'src/web/device/page-device.test-kit.ts')])}.json`,
  );
  if (existsSync(file)) return file;
  mkdirSync(BUILDS, { recursive: true });
  await locked(join(BUILDS, 'seed-lock'), async () => {
    if (existsSync(file)) return;
    const { module } = await runnerImport<typeof import('./make-seed.ts')>(HERE('make-seed.ts'), { logLevel: 'warn' });
    writeFileSync(`${file}.new`, JSON.stringify(await module.makeSeed()));
    for (const name of readdirSync(BUILDS)) if (/^seed-.*\.json$/.test(name)) rmSync(join(BUILDS, name));
    renameSync(`${file}.new`, file);
  });
  return file;
}

const HERE = (name: string): string => join(import.meta.dirname, name);

const sourceState = (): string =>
  stateOf(
    ['src/web', 'src/core', 'content'],
    [HERE('main.tsx'), HERE('index.html'), HERE('vite.config.ts'), HERE('hospital.ts')],
  );

/** Name, size and time of every file in `folders`, and of `files`. */
function stateOf(folders: readonly string[], files: readonly string[]): string {
  const hash = createHash('sha256');
  const look = (path: string): void => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() === true) hash.update(`${path} ${found.size} ${found.mtimeMs}\n`);
  };
  for (const folder of folders.map((f) => join(ROOT, f)).filter((f) => existsSync(f))) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      if (!/\.test\.tsx?$|\.md$/.test(name)) look(join(folder, name));
    }
  }
  for (const file of files) look(file);
  return hash.digest('hex').slice(0, 16);
}

// ---- the server

const KINDS: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
};

/** The files of `folder` under `/ward/`, and the record beside them; nothing else. Read at once: the next build may take the folder away. */
export async function serve(folder: string, seed: string): Promise<Server> {
  const files = new Map<string, Buffer>([['seed.json', await readFile(seed)]]);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (KINDS[extname(name)] !== undefined) files.set(name.split(sep).join('/'), await readFile(join(folder, name)));
  }
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://harness').pathname;
    const name = path === '/ward/' ? 'index.html' : path.slice('/ward/'.length);
    const body = files.get(name);
    if (path === '/favicon.ico') response.writeHead(204).end();
    else if (!path.startsWith('/ward/') || body === undefined) response.writeHead(404).end();
    else {
      const kind = KINDS[extname(name)];
      response
        .writeHead(200, { 'content-type': kind, 'content-security-policy': POLICY, 'cache-control': 'no-store' })
        .end(body);
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}
