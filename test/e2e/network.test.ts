// The network that `npm start` shows, for real: three nodes, their lines, and 19 July played on them, with a hospital of a few beds.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoUsers } from '../../src/server/demo/demo-users.ts';
import { openNetwork, PORTS_NEEDED, type Network } from '../../src/server/network/open-network.ts';

const ENTRY = resolve('dist/src/server/main.js');
const MARK = { beds: 8, patients: 20, seed: 'network', now: Date.now() };
const folder = mkdtempSync(join(tmpdir(), 'holdfast-network-'));
let network: Network;
let port = 0;
const heard: string[] = [];

beforeAll(async () => {
  expect(spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.server.json']).status).toBe(0);
  mkdirSync(join(folder, 'hospital'), { recursive: true, mode: 0o700 });
  // As a first start leaves it that was ended before its first resource: a hospital of the size that is said here.
  writeFileSync(join(folder, 'hospital', 'demo.json'), JSON.stringify({ ...MARK, state: 'filling' }));
  port = await freePorts();
  network = await open();
  for (let tries = 0; !heard.some((line) => line.includes('The demo hospital is there')); tries += 1) {
    if (tries > 1_200) throw new Error('the demo hospital was not filled');
    await sleep(100);
  }
}, 300_000);
afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const open = (): Promise<Network> =>
  openNetwork({
    data: folder,
    port,
    entry: ENTRY,
    markDemo: (data) => {
      if (!data.endsWith('hospital'))
        writeFileSync(join(data, 'demo.json'), JSON.stringify({ ...MARK, state: 'done' }));
    },
    cast: () => {
      const people = demoUsers(MARK);
      const of = (name: string): string => people.find(({ userName }) => userName === name)?.subject ?? '';
      return { nurse: of('nurse'), doctor: of('doctor') };
    },
    logLevel: 'warn',
    say: () => undefined,
    heard: (_node, line) => heard.push(line),
  });

/** The first of as many ports in a row as the network needs. */
async function freePorts(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const first = 20_000 + Math.floor(Math.random() * 30_000);
    const free = await Promise.all(Array.from({ length: PORTS_NEEDED }, (_, n) => isFree(first + n)));
    if (free.every(Boolean)) return first;
  }
  throw new Error('no ports are free');
}
const isFree = (one: number): Promise<boolean> =>
  new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(one, '127.0.0.1', () => server.close(() => done(true)));
  });
const stateOf = (name: string): string | undefined => network.state().nodes.find((node) => node.name === name)?.state;

test('[NW1] three nodes answer, and the sites are linked to the region', async () => {
  expect(network.state().nodes.map(({ name, state }) => [name, state])).toEqual([
    ['region', 'up'],
    ['hospital', 'up'],
    ['practice', 'up'],
  ]);
  const enrolled = JSON.parse(await network.nodes.region.command(['node', 'list', '--json'])) as {
    readonly name: string;
  }[];
  expect(enrolled.map(({ name }) => name).toSorted()).toEqual(['Hospital', 'Practice']);
});

test('[NW2] [NW5] [NW7] a node that is stopped is gone, the switchboard answers and says so, and it starts again with what it had', async () => {
  expect(await network.press({ do: 'stop', node: 'region' })).toEqual({ ok: true, value: undefined });
  expect(stateOf('region')).toBe('down');
  await expect(network.nodes.region.fhir('GET', 'metadata')).rejects.toThrow();
  const page = await fetch(`${network.address.replace('localhost', '127.0.0.1')}/state`, { headers: {} });
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('"down"');
  // The hospital goes on.
  expect((await network.nodes.hospital.fhir('GET', 'Patient?_count=1')).status).toBe(200);
  expect((await network.press({ do: 'heal' })).ok).toBe(true);
  expect(stateOf('region')).toBe('up');
  // Who was enrolled before is known still.
  expect(await network.nodes.region.command(['node', 'list'])).toContain('Hospital');
});

test('[NW8] a second press while the first is carried out changes nothing', async () => {
  const first = network.press({ do: 'stop', node: 'practice' });
  const starting = first.then(() => network.press({ do: 'start', node: 'practice' }));
  await first;
  await sleep(50);
  expect(await network.press({ do: 'stop', node: 'region' })).toMatchObject({ ok: false });
  expect((await starting).ok).toBe(true);
  expect(stateOf('region')).toBe('up');
  expect(stateOf('practice')).toBe('up');
});

test('[NW9] [NW10] [NW11] 19 July is played, twice: nothing is lost, and the conflict is on the list', async () => {
  for (const _ of [1, 2]) {
    expect(await network.press({ do: 'play' })).toEqual({ ok: true, value: undefined });
    const { receipt, nodes } = network.state();
    expect(receipt).toMatchObject({ written: 5, atRegion: 5, lost: 0, toDecide: 1 });
    expect(receipt?.lines.map(({ when }) => when)).toEqual([
      'everything up',
      'region gone',
      'site gone, too',
      'site gone, too',
      'site gone, too',
    ]);
    expect(nodes.every(({ state }) => state === 'up')).toBe(true);
  }
}, 600_000);

test('[NW4] where a port is taken nothing is left running', async () => {
  const taken = createServer();
  const first = await freePorts();
  // The last of them: the lines are open by then.
  await new Promise<void>((done) => taken.listen(first + 9, '127.0.0.1', done));
  const tried = openNetwork({
    data: join(folder, 'second'),
    port: first,
    entry: ENTRY,
    markDemo: () => undefined,
    cast: () => ({ nurse: '', doctor: '' }),
    logLevel: 'off',
    say: () => undefined,
    heard: () => undefined,
  });
  await expect(tried).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(await isFree(first + 3)).toBe(true);
  await new Promise((done) => taken.close(done));
});
