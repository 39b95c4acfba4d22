// The network that `npm start` shows, for real: three nodes, their lines, and 19 July played on them.
import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openNetwork, type Network } from '../../src/server/network/open-network.ts';
import { freePorts, isFree, networkOptions, openNetworkBed, type NetworkBed } from './network-bed.test-kit.ts';

let bed: NetworkBed;
let network: Network;

beforeAll(async () => {
  bed = await openNetworkBed({ beds: 8, patients: 20 });
  ({ network } = bed);
}, 900_000);
afterAll(async () => {
  await bed?.close();
}, 60_000);

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
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-network-'));
  const tried = openNetwork(networkOptions(folder, first));
  await expect(tried).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(await isFree(first + 3)).toBe(true);
  await new Promise((done) => taken.close(done));
  rmSync(folder, { recursive: true, force: true });
});
