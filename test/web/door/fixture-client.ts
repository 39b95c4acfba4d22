// A client of a few lines for the tests of the door: a form, its draft, and the page's side of updates; built, assembled and served by
// what builds, assembles and serves the real one.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fastify, type FastifyInstance } from 'fastify';
import { build } from 'vite';
import { openClientBuilds } from '../../../src/server/web-client/read-builds.ts';
import { serveClient } from '../../../src/server/web-client/serve-client.ts';

export interface FixtureSite {
  readonly origin: string;
  /** Lays a new build beside those before. `kind`: whether it comes up. Answers its name. */
  lay(word: string, kind?: 'good' | 'broken' | 'silent'): Promise<string>;
  /** What `/ward/now` says. */
  downtime: boolean;
  /** Files that are served wrong, by the beginning of their name: as a half-finished deployment would. */
  readonly spoiled: Set<string>;
  /** Addresses that were asked for. */
  readonly asked: string[];
  /** The server is dead: every connection is refused. */
  die(): Promise<void>;
  live(): Promise<void>;
  close(): Promise<void>;
}

const ROOT = resolve('.');
interface Assembly {
  assembleWeb(of: {
    readonly root: string;
    readonly from: string;
    readonly to: string;
    readonly at: number;
  }): Promise<string>;
}
// A plain script: what runs before anything is compiled.
const { assembleWeb }: Assembly = await import(pathToFileURL(join(ROOT, 'tools', 'build-web.mjs')).href);

/** The script of the page, bundled once: `word` stands in its place in each build. */
async function bundled(): Promise<string> {
  const entry = join(ROOT, 'test', 'web', 'door', 'fixture-page.ts');
  const made = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, lib: { entry, formats: ['es'], fileName: 'page' } },
  });
  const [one] = Array.isArray(made) ? made : [made];
  if (one === undefined || !('output' in one)) throw new Error('the fixture does not build');
  const chunk = one.output.find((each) => each.type === 'chunk');
  if (chunk?.type !== 'chunk') throw new Error('the fixture has no script');
  return chunk.code;
}

export async function startFixtureSite(): Promise<FixtureSite> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-door-'));
  const script = await bundled();
  let app: FastifyInstance | undefined;
  let port = 0;
  let at = Date.UTC(2026, 10, 23, 8);
  const asked: string[] = [];
  const spoiled = new Set<string>();
  const live = async (): Promise<void> => {
    app = fastify({ forceCloseConnections: true });
    app.addHook('onRequest', async (request) => void asked.push(request.url));
    app.addHook('onSend', async (request, _reply, payload) =>
      [...spoiled].some((name) => request.url.includes(name)) ? Buffer.from('// half of another build') : payload,
    );
    app.get('/ward/now', async () => ({ now: Date.now(), site: 'Test', region: 'ok', downtime: site.downtime }));
    app.get('/ward/who', async () => ({ text: 'who', signature: 'x', formToken: 't' }));
    serveClient(
      app,
      openClientBuilds(join(folder, 'web'), () => Number.POSITIVE_INFINITY),
    );
    await app.listen({ host: '127.0.0.1', port });
    port = (app.server.address() as AddressInfo).port;
  };
  const site: FixtureSite = {
    get origin() {
      return `http://localhost:${port}`;
    },
    downtime: false,
    spoiled,
    asked,
    lay: async (word, kind = 'good') => {
      const from = join(folder, 'from');
      rmSync(from, { recursive: true, force: true });
      mkdirSync(join(from, 'assets'), { recursive: true });
      const body = kind === 'broken' ? 'this is no script {' : script;
      writeFileSync(join(from, 'assets', `page-${word}.js`), body);
      // What only a later visit asks for: a route of its own.
      writeFileSync(join(from, 'assets', `later-${word}.js`), `export const later = 'later ${word}';\n`);
      writeFileSync(
        join(from, 'index.html'),
        `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Door</title></head><body data-word="${word}" data-kind="${kind}"><div id="root"></div>` +
          `<script type="module" src="/ward/assets/page-${word}.js"></script></body></html>`,
      );
      at += 60_000;
      return assembleWeb({ root: ROOT, from, to: join(folder, 'web'), at });
    },
    die: async () => {
      await app?.close();
      app = undefined;
    },
    live,
    close: async () => {
      await app?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await live();
  return site;
}
