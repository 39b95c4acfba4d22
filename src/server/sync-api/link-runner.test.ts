// The loop over two nodes with real HTTP between them: it goes on, whatever happens.
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { pureDigest } from '../../core/base/sha256.ts';
import type { SyncStore } from '../../core/sync/ports.ts';
import { bedNode, enrolled, holds, transportOf, write, type BedNode } from './link-bed.test-kit.ts';
import { openLinkRunner, type LinkRunner, type LinkRunnerDeps } from './link-runner.ts';
import { readLinkState } from './link-state.ts';
import type { ParentRecord } from './link-types.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const run = (site: BedNode, parent: ParentRecord, more: Partial<LinkRunnerDeps> = {}): LinkRunner => {
  const runner = openLinkRunner({
    store: site.store,
    rows: site.rows,
    clock: site.clock,
    digest: pureDigest,
    turn: { held: () => true },
    parent: () => parent,
    transportTo: (to) => transportOf(site, to),
    hasChildren: true,
    log: { info: () => undefined, warn: () => undefined },
    ...more,
    rules: { pollMs: 300, lookMs: 20, backoffMsMin: 20, backoffMsMax: 100, ...more.rules },
  });
  ends.push(() => runner.close());
  return runner;
};
const bed = async (): Promise<{ region: BedNode; site: BedNode; parent: ParentRecord }> => {
  const region = bedNode('region', 'region');
  const site = bedNode('site', 'site');
  ends.push(() => region.close());
  await region.listen();
  return { region, site, parent: await enrolled(region, site) };
};
const until = async (holding: () => Promise<boolean> | boolean, what: string): Promise<void> => {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await holding()) return;
    await sleep(25);
  }
  throw new Error(`did not come to hold: ${what}`);
};

test('[NL26] what is written at either end is at the other, through an end of the parent and back', async () => {
  const { region, site, parent } = await bed();
  run(site, parent);
  await write(site, 'Basic', 'up');
  await write(region, 'Basic', 'down');
  await until(() => holds(region, 'Basic', 'up'), 'up');
  await until(() => holds(site, 'Basic', 'down'), 'down');
  const port = Number(new URL(region.url).port);
  await region.close();
  await write(site, 'Basic', 'alone');
  await until(async () => (await readLinkState(site.rows))?.trouble?.kind === 'unreachable', 'trouble');
  await until(async () => ((await readLinkState(site.rows))?.queue ?? 0) > 0, 'a queue');
  await region.listen(port);
  await until(() => holds(region, 'Basic', 'alone'), 'handed over');
  await until(async () => (await readLinkState(site.rows))?.trouble === undefined, 'trouble is over');
  expect(await readLinkState(site.rows)).toMatchObject({ parent: 'region', queue: 0 });
}, 30_000);

test('[NL26] a parent that lies, hangs up or stays silent, and a store that throws, end nothing', async () => {
  const { region, site, parent } = await bed();
  const port = Number(new URL(region.url).port);
  await region.close();
  let broken = 0;
  const flaky = new Proxy<SyncStore>(site.store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...given: readonly unknown[]) => {
        if (name === 'carried' && broken > 0) {
          broken -= 1;
          throw new Error('the database restarts');
        }
        return value.apply(target, given) as unknown;
      };
    },
  });
  const runner = run(site, parent, { store: flaky });
  await write(site, 'Basic', 'a');
  const ways: readonly ((server: Server) => void)[] = [
    (server) => server.on('request', (_request, answer) => answer.end('<html>sign in to this network</html>')),
    (server) => server.on('request', (request) => request.socket.destroy()),
    (server) =>
      server.on('request', (_request, answer) => answer.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()),
    (server) => server.on('request', (_request, answer) => answer.writeHead(503, { 'retry-after': '0' }).end()),
  ];
  for (const way of ways) {
    const server = createServer();
    way(server);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await sleep(150);
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
  broken = 3;
  await region.listen(port);
  runner.hurry();
  await until(() => holds(region, 'Basic', 'a'), 'handed over after all');
  expect(broken).toBe(0);
}, 30_000);

test('[NL27] a local write goes up long before the next poll', async () => {
  const { region, site, parent } = await bed();
  run(site, parent, { rules: { pollMs: 60_000, lookMs: 20 } });
  await until(async () => (await readLinkState(site.rows))?.successAt !== undefined, 'first session');
  await write(site, 'Basic', 'now');
  await until(() => holds(region, 'Basic', 'now'), 'up at once');
}, 30_000);

test('[NL27] without its turn a process leaves the link alone', async () => {
  const { region, site, parent } = await bed();
  let mine = false;
  const runner = run(site, parent, { turn: { held: () => mine } });
  await write(site, 'Basic', 'a');
  await sleep(300);
  expect(await holds(region, 'Basic', 'a')).toBe(false);
  mine = true;
  runner.hurry();
  await until(() => holds(region, 'Basic', 'a'), 'in its turn');
}, 30_000);

test('[NL28] a link that answers and gets nowhere forgets what it remembers, and both sides are compared', async () => {
  const { region, site, parent } = await bed();
  run(site, parent);
  await until(async () => (await site.store.link('region')) !== undefined, 'a first comparison');
  const before = (await readLinkState(site.rows))?.rebuilds ?? 0;
  // Answers hellos, and takes no push.
  const { store } = region;
  const receive = store.receive.bind(store);
  Object.assign(store, {
    receive: () => {
      throw new Error('no');
    },
  });
  await write(site, 'Basic', 'stuck');
  await until(async () => {
    site.clock.at += 60_000;
    return ((await readLinkState(site.rows))?.rebuilds ?? 0) > before;
  }, 'rebuilt');
  Object.assign(store, { receive });
  await until(() => holds(region, 'Basic', 'stuck'), 'through in the end');
}, 30_000);
