// The network that `npm start` shows, over a folder and ports of its own, with a hospital of a few beds.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { demoUsers } from '../../src/server/demo/demo-users.ts';
import { openNetwork, PORTS_NEEDED, type Network, type NetworkOptions } from '../../src/server/network/open-network.ts';

export interface NetworkBed {
  readonly network: Network;
  readonly port: number;
  /** Of the practitioners whom demo users are, as `Practitioner/1`. */
  readonly who: (userName: string) => string;
  close(): Promise<void>;
}

const FILLED_TRIES = 6_000;

// A plain script: what runs before anything is compiled.
const installing: { ensureWebBuilt(root: string): void } = await import(
  /* @vite-ignore */ pathToFileURL(resolve('tools', 'install.mjs')).href
);

/** Builds what is not built, starts all three nodes and waits until the hospital is filled. `withClient`: they serve the ward client, too. */
export async function openNetworkBed(
  demo: { readonly beds: number; readonly patients: number },
  withClient = false,
): Promise<NetworkBed> {
  if (withClient) installing.ensureWebBuilt(resolve('.'));
  const built = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.server.json'], {
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`the server does not build: ${built.stdout}`);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-network-'));
  const mark = { ...demo, seed: 'network', now: Date.now() };
  mkdirSync(join(folder, 'hospital'), { recursive: true, mode: 0o700 });
  // As a first start leaves it that was ended before its first resource: a hospital of the size that is said here.
  writeFileSync(join(folder, 'hospital', 'demo.json'), JSON.stringify({ ...mark, state: 'filling' }));
  const heard: string[] = [];
  const port = await freePorts();
  const people = demoUsers(mark);
  const who = (userName: string): string => people.find((one) => one.userName === userName)?.subject ?? '';
  const network = await openNetwork({
    ...networkOptions(folder, port),
    markDemo: (data) => {
      if (!data.endsWith('hospital'))
        writeFileSync(join(data, 'demo.json'), JSON.stringify({ ...mark, state: 'done' }));
    },
    cast: () => ({ nurse: who('nurse'), doctor: who('doctor') }),
    heard: (_node, line) => heard.push(line),
  });
  for (let tries = 0; !heard.some((line) => line.includes('The demo hospital is there')); tries += 1) {
    if (tries > FILLED_TRIES) throw new Error('the demo hospital was not filled');
    await sleep(100);
  }
  return {
    network,
    port,
    who,
    close: async () => {
      await network.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export const networkOptions = (folder: string, port: number): NetworkOptions => ({
  data: folder,
  port,
  entry: resolve('dist/src/server/main.js'),
  markDemo: () => undefined,
  cast: () => ({ nurse: '', doctor: '' }),
  logLevel: 'warn',
  say: () => undefined,
  heard: () => undefined,
});

/** The first of as many ports in a row as the network needs. */
export async function freePorts(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const first = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await Promise.all(Array.from({ length: PORTS_NEEDED }, (_, n) => isFree(first + n)));
    if (free.every(Boolean)) return first;
  }
  throw new Error('no ports are free');
}
export const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
