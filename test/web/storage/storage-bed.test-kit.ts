// Real browsers over a profile of their own, with the page of `bed/` in them. What is killed is killed as a process.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { chromium, type Browser, type CDPSession, type Page } from 'playwright-core';
import { build } from 'vite';
import { chromiumAt } from '../harness/run-harness.ts';
import type { Bed } from './bed/bed.ts';

const FOLDER = import.meta.dirname;
const OUT = resolve('dist/web-storage-bed');
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

export const noBrowser: string | undefined =
  chromiumAt() === undefined ? 'no Chromium here: HOLDFAST_CHROMIUM says where one is' : undefined;

/** One origin for all browsers of a test file. */
export class StorageBed {
  readonly origin: string;
  readonly #server: Server;
  readonly #open: BedBrowser[] = [];
  readonly #folders: string[] = [];

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.origin = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<StorageBed> {
    const out = join(OUT, String(process.pid));
    await build({
      root: join(FOLDER, 'bed'),
      configFile: false,
      logLevel: 'error',
      publicDir: false,
      resolve: { alias: { vitest: join(FOLDER, 'bed/in-page-vitest.ts') } },
      build: {
        outDir: out,
        emptyOutDir: true,
        target: 'esnext',
        minify: false,
        reportCompressedSize: false,
        chunkSizeWarningLimit: 20_000,
      },
    });
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://bed').pathname;
      const file = join(out, path === '/' ? 'index.html' : path);
      try {
        const bytes = readFileSync(file);
        response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(bytes);
      } catch {
        response.writeHead(404).end();
      }
    });
    const port = await new Promise<number>((listening) =>
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        listening(typeof address === 'object' && address !== null ? address.port : 0);
      }),
    );
    return new StorageBed(server, port);
  }

  /** A folder that is taken away at the end. */
  folder(): string {
    const made = mkdtempSync(join(tmpdir(), 'holdfast-profile-'));
    this.#folders.push(made);
    return made;
  }
  async open(profile: string): Promise<BedBrowser> {
    const browser = await BedBrowser.start(profile, this.origin);
    this.#open.push(browser);
    return browser;
  }
  async close(): Promise<void> {
    for (const each of this.#open) await each.kill();
    this.#server.close();
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    rmSync(join(OUT, String(process.pid)), { recursive: true, force: true });
  }
}

export class BedBrowser {
  readonly page: Page;
  readonly #process: ChildProcess;
  readonly #browser: Browser;
  #isEnded = false;
  #session: CDPSession | undefined;

  private constructor(process: ChildProcess, browser: Browser, page: Page) {
    this.#process = process;
    this.#browser = browser;
    this.page = page;
    process.once('exit', () => (this.#isEnded = true));
  }

  static async start(profile: string, origin: string): Promise<BedBrowser> {
    const executable = chromiumAt();
    if (executable === undefined) throw new Error('no Chromium here');
    const child = spawn(
      executable,
      [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--no-first-run',
        '--remote-debugging-port=0',
        `--user-data-dir=${profile}`,
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    );
    const browser = await chromium.connectOverCDP(await addressOf(child));
    const [context] = browser.contexts();
    const page = await (context ?? (await browser.newContext())).newPage();
    await page.goto(origin);
    await page.waitForFunction(() => 'bed' in window);
    return new BedBrowser(child, browser, page);
  }

  /** One function of the bed, with plain data. */
  do<K extends keyof Bed>(what: K, ...args: Parameters<Bed[K]>): Promise<Awaited<ReturnType<Bed[K]>>> {
    return this.page.evaluate(([name, given]) => (window.bed[name] as (...all: unknown[]) => unknown)(...given), [
      what,
      args,
    ] as const) as Promise<Awaited<ReturnType<Bed[K]>>>;
  }
  /** A command of the DevTools protocol, to the page. */
  async command(method: string, params: object): Promise<void> {
    // One session while the browser runs: what a command overrides ends with it.
    const session = (this.#session ??= await this.page.context().newCDPSession(this.page));
    await (session.send as (method: string, params: object) => Promise<unknown>)(method, params);
  }
  /** As a person closes it. */
  async close(): Promise<void> {
    const session = await this.#browser.newBrowserCDPSession();
    const ended = this.#ended();
    await session.send('Browser.close').catch(() => undefined);
    await ended;
  }
  /** As a machine that is switched off ends it. */
  async kill(): Promise<void> {
    if (this.#isEnded) return;
    const ended = this.#ended();
    // The browser and all its helpers, at once.
    if (this.#process.pid !== undefined) process.kill(-this.#process.pid, 'SIGKILL');
    await ended;
  }
  #ended(): Promise<void> {
    return this.#isEnded ? Promise.resolve() : new Promise((done) => this.#process.once('exit', () => done()));
  }
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (address !== undefined) found(address);
    });
    child.once('exit', () => failed(new Error('the browser did not start')));
  });
}
