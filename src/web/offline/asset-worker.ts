// The service worker: keeps the client's own files, so that the client opens with no server in reach. It does nothing else.
//
//   WU30  A build is complete, every file with the hash that is listed, before its worker is ready; else nothing of it is kept.
//   WU35  It opens no database and keeps no answer of the site: neither record nor rights pass through it.
//   WU37  The build before is kept whole until another one is served.
// oxlint-disable unicorn/require-post-message-target-origin -- channels, ports and workers have no target; the rule is about windows
import { cameUp, firstServing, leftEarly, openPage, switched, type Serving } from './serving.ts';
import { ASKED, SCOPE, type BuildList, type ToWorker, type WorkerState } from './worker-words.ts';

/** The part of ServiceWorkerGlobalScope that is used; TypeScript has it in a library that excludes the DOM's. */
interface Waiting {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Waiting {
  readonly request: Request;
  readonly resultingClientId: string;
  respondWith(answer: Promise<Response>): void;
}
interface Told extends Waiting {
  readonly data: unknown;
  readonly ports: readonly MessagePort[];
  readonly source: { readonly id?: string } | null;
}
interface Scope {
  readonly HOLDFAST_BUILD: BuildList;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(of: {
      readonly type: 'window';
      readonly includeUncontrolled: true;
    }): Promise<readonly { readonly id: string; readonly url: string }[]>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(name: 'install' | 'activate', heard: (event: Waiting) => void): void;
  addEventListener(name: 'fetch', heard: (event: Fetching) => void): void;
  addEventListener(name: 'message', heard: (event: Told) => void): void;
}
const scope = globalThis as unknown as Scope;
const { build: own, files } = scope.HOLDFAST_BUILD;

const PREFIX = 'holdfast-files-';
const KEPT = 'holdfast-serving';
const KEPT_AT = `${SCOPE}serving.json`;
const COMPLETE_AT = `${SCOPE}complete.json`;
const cacheOf = (build: string): string => PREFIX + build;
const addressOf = (path: string): string => SCOPE + (path === 'index.html' ? '' : path);
const AT_ONCE = 4;
const TRIES_MAX = 6;

scope.addEventListener('install', (event) => event.waitUntil(keepBuild()));
scope.addEventListener('activate', (event) => event.waitUntil(begin()));
scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin || !pathname.startsWith(SCOPE) || ASKED.has(pathname))
    return;
  if (request.mode === 'navigate') event.respondWith(givePage(event));
  else event.respondWith(giveFile(request, pathname));
});
scope.addEventListener('message', (event) => {
  const done = hear(event);
  if (done !== undefined) event.waitUntil(done);
});

// One after the other: what is kept is read, changed and written.
let turn: Promise<unknown> = Promise.resolve();
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work, work);
  turn = mine;
  return mine;
}
async function readKept(): Promise<Serving | undefined> {
  const found = await (await caches.open(KEPT)).match(KEPT_AT);
  return found === undefined ? undefined : ((await found.json()) as Serving);
}
async function keep(serving: Serving): Promise<void> {
  await (await caches.open(KEPT)).put(KEPT_AT, new Response(JSON.stringify(serving)));
}
const change = (step: (kept: Serving) => Serving): Promise<Serving> =>
  inTurn(async () => {
    const kept = (await readKept()) ?? firstServing(own);
    const next = step(kept);
    if (next !== kept) await keep(next);
    return next;
  });

async function keepBuild(): Promise<void> {
  // The first time there is nothing to protect; an update does not come in a downtime, and a bad build not again.
  const kept = await readKept();
  if (kept !== undefined && (kept.bad.includes(own) || (await isDowntime(kept)))) throw new Error('not now');
  const cache = await caches.open(cacheOf(own));
  if ((await cache.match(COMPLETE_AT)) !== undefined) return;
  const left = [...files];
  const take = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      const address = addressOf(one.path);
      // A name that holds its hash is the same file in every build; it was proved when it was kept.
      const had = one.path.startsWith('assets/') ? await caches.match(address) : undefined;
      await cache.put(address, had ?? (await fetchProved(address, one.hash)));
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, take));
    await cache.put(COMPLETE_AT, new Response('{}'));
  } catch (error) {
    await caches.delete(cacheOf(own));
    throw error;
  }
}

/**
 * A site that has much to do says when to come again. The browser itself compares the hash; what its own cache has wrong is asked for
 * anew.
 */
async function fetchProved(address: string, hash: string): Promise<Response> {
  let cache: RequestCache = 'no-cache';
  for (let tries = 1; ; tries += 1) {
    let answer: Response | undefined;
    try {
      answer = await fetch(new Request(address, { cache, integrity: `sha256-${hash}` }));
    } catch (error) {
      if (cache === 'reload') throw error;
      cache = 'reload';
      continue;
    }
    if (answer.ok && !answer.redirected) return answer;
    const isBusy = answer.status === 429 || answer.status === 503;
    if (!isBusy || tries === TRIES_MAX) throw new Error(`the site answered ${answer.status}`);
    const seconds = Number(answer.headers.get('retry-after') ?? '1');
    await new Promise((resolve) => setTimeout(resolve, Math.min(Math.max(seconds, 1), 30) * 1_000));
  }
}

async function isDowntime(kept: Serving): Promise<boolean> {
  try {
    const answer = await fetch(`${SCOPE}now`, { cache: 'no-store' });
    const said = (await answer.json()) as { readonly downtime?: boolean };
    return answer.ok ? said.downtime === true : kept.downtime;
  } catch {
    // Nobody to ask: as the pages last heard.
    return kept.downtime;
  }
}

async function begin(): Promise<void> {
  const isFirst = (await readKept()) === undefined;
  const serving = await change((kept) => kept);
  if (isFirst) {
    await keep(serving);
    await scope.clients.claim();
  }
  const wanted = new Set([own, serving.build, serving.before].map((build) => cacheOf(build ?? own)));
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && !wanted.has(name)) await caches.delete(name);
  }
}

const pagesOpen = async (): Promise<readonly string[]> =>
  (await scope.clients.matchAll({ type: 'window', includeUncontrolled: true }))
    .filter(({ url }) => new URL(url).pathname.startsWith(SCOPE))
    .map(({ id }) => id);

async function givePage({ request, resultingClientId }: Fetching): Promise<Response> {
  const names = new Set(await caches.keys());
  const pages = (await pagesOpen()).filter((id) => id !== resultingClientId);
  const isComplete = (build: string): boolean => names.has(cacheOf(build));
  const { build } = await change((kept) =>
    openPage(kept, { own, now: Date.now(), pages, isComplete }, resultingClientId),
  );
  const page = await (await caches.open(cacheOf(build))).match(SCOPE);
  return page ?? fetch(request);
}

async function giveFile(request: Request, pathname: string): Promise<Response> {
  const serving = (await readKept())?.build ?? own;
  // A tab of the build before asks for its own files: names with hashes are found in whichever build has them.
  const inServed = await caches.match(pathname, { cacheName: cacheOf(serving) });
  const found = inServed ?? (pathname.startsWith(`${SCOPE}assets/`) ? await caches.match(pathname) : undefined);
  return found ?? fetch(request);
}

function hear({ data, ports, source }: Told): Promise<unknown> | undefined {
  if (typeof data !== 'object' || data === null || !('kind' in data)) return undefined;
  const said = data as ToWorker;
  switch (said.kind) {
    case 'state':
      return change((kept) => kept).then((serving) => answer(ports, serving));
    case 'up':
      return change((kept) => cameUp(kept, said.build));
    case 'left-early':
      return change((kept) => leftEarly(kept, source?.id ?? ''));
    case 'downtime':
      return change((kept) => (kept.downtime === said.declared ? kept : { ...kept, downtime: said.declared }));
    case 'switch':
      return change((kept) => switched(kept, own)).then(async (serving) => {
        if (serving.build === own) await scope.skipWaiting();
        await answer(ports, serving);
      });
    default:
      return undefined;
  }
}

async function answer([port]: readonly MessagePort[], { build: serving, bad }: Serving): Promise<void> {
  const state: WorkerState = { own, serving, bad, pages: (await pagesOpen()).length };
  port?.postMessage(state);
}
