// A site over real HTTP, at one origin with a page that has the ward's device in its worker; browsers that are killed as processes.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { duty, principal } from '../../../src/core/access/small-hospital.test-kit.ts';
import { bedNode, type BedNode } from '../../../src/server/sync-api/link-bed.test-kit.ts';
import type { SignedWho } from '../../../src/web/device/gate.ts';
import { BedBrowser } from '../storage/storage-bed.test-kit.ts';
import type { WardPage } from './page/ward-page.ts';

const FOLDER = import.meta.dirname;
const OUT = resolve('dist/web-device-bed');
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };
export const PASSPHRASE = 'five words that nobody guesses';
export const NURSE = 'Practitioner/me';

export class WardBed {
  readonly site: BedNode;
  readonly origin: string;
  /** False: nobody answers at the site; the page's files are there all the same. */
  isUp = true;
  readonly #server: Server;
  readonly #open: BedBrowser[] = [];
  readonly #folders: string[] = [];

  private constructor(site: BedNode, server: Server, port: number) {
    this.site = site;
    this.#server = server;
    this.origin = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<WardBed> {
    const out = join(OUT, String(process.pid));
    await build({
      root: join(FOLDER, 'page'),
      configFile: false,
      logLevel: 'error',
      publicDir: false,
      worker: { format: 'es' },
      build: {
        outDir: out,
        emptyOutDir: true,
        target: 'esnext',
        minify: false,
        reportCompressedSize: false,
        chunkSizeWarningLimit: 20_000,
      },
    });
    const site = bedNode('site', 'site', { at: Date.now() });
    await site.listen();
    const answer = async (request: IncomingMessage): Promise<readonly [number, Record<string, string>, Uint8Array]> => {
      const path = new URL(request.url ?? '/', 'http://bed').pathname;
      if (path.startsWith('/sync/') || path === '/ward/now') {
        if (!bed.isUp) return [502, {}, new Uint8Array()];
        if (path === '/ward/now') {
          const now = { now: Date.now(), site: 'Kisoro', code: 'KIS', region: 'none', downtime: false, demo: false };
          return [200, { 'content-type': 'application/json' }, Buffer.from(JSON.stringify(now))];
        }
        return forwarded(request, `${site.url}${path}`);
      }
      const file = join(out, path === '/' ? 'index.html' : path);
      return [200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }, readFileSync(file)];
    };
    const server = createServer((request, response) => {
      answer(request).then(
        ([status, headers, body]) => response.writeHead(status, headers).end(body),
        () => response.writeHead(404).end(),
      );
    });
    const port = await new Promise<number>((listening) =>
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        listening(typeof address === 'object' && address !== null ? address.port : 0);
      }),
    );
    const bed = new WardBed(site, server, port);
    return bed;
  }

  profile(): string {
    const made = mkdtempSync(join(tmpdir(), 'holdfast-ward-'));
    this.#folders.push(made);
    return made;
  }
  async open(profile: string): Promise<BedBrowser> {
    const browser = await BedBrowser.start(profile, this.origin);
    this.#open.push(browser);
    return browser;
  }
  /** One more tab of the same browser. */
  async tab(browser: BedBrowser): Promise<Page> {
    const page = await browser.page.context().newPage();
    await page.goto(this.origin);
    await page.waitForFunction(() => 'bed' in window);
    return page;
  }
  code(): Promise<string> {
    return this.site.invite({ name: 'tablet 3', tier: 'device', site: 'Location/ward-a' });
  }
  /** Somebody who may write of everybody, as the site would sign who that is. */
  who(who: string = NURSE, name = 'Nurse'): SignedWho {
    const nurse = principal([duty('nurse'), duty('service', { places: [] })], { who, name });
    const text = JSON.stringify({ who: nurse, site: 'Kisoro', node: 'site', at: Date.now() });
    return { text, signature: this.site.keys.sign(`holdfast who 1\n${text}`) };
  }
  async close(): Promise<void> {
    for (const each of this.#open) await each.kill();
    this.#server.closeAllConnections();
    this.#server.close();
    await this.site.close();
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    rmSync(join(OUT, String(process.pid)), { recursive: true, force: true });
  }
}

async function forwarded(
  request: IncomingMessage,
  address: string,
): Promise<readonly [number, Record<string, string>, Uint8Array]> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part as Uint8Array);
  const headers = Object.entries(request.headers).flatMap(([name, value]): readonly [string, string][] =>
    typeof value === 'string' && (name === 'content-type' || name.startsWith('x-holdfast')) ? [[name, value]] : [],
  );
  const answer = await fetch(address, {
    method: 'POST',
    headers: Object.fromEntries(headers),
    body: Buffer.concat(parts),
  });
  return [answer.status, Object.fromEntries(answer.headers), new Uint8Array(await answer.arrayBuffer())];
}

/** One function of the page, with plain data. */
export function ask<K extends keyof WardPage>(
  page: Page,
  what: K,
  ...args: Parameters<WardPage[K]>
): Promise<Awaited<ReturnType<WardPage[K]>>> {
  return page.evaluate(([name, given]) => (window.ward[name] as (...all: unknown[]) => unknown)(...given), [
    what,
    args,
  ] as const) as Promise<Awaited<ReturnType<WardPage[K]>>>;
}
