// Numbers given by real nodes that are killed, put back to an old copy of their disk, and copied while they run.
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  buildOnce,
  endAll,
  killDatabase,
  newFolder,
  start,
  until,
  workersOf,
  type HoldfastProcess,
} from '../../src/server/cli/holdfast-process.test-kit.ts';

beforeAll(buildOnce, 120_000);
afterAll(endAll, 60_000);

const env = { HOLDFAST_SITE_CODE: 'KIS' };

async function take(node: HoldfastProcess, count: number): Promise<readonly string[]> {
  const parameter = [
    { name: 'type', valueCode: 'patient' },
    { name: 'count', valueInteger: count },
  ];
  const reply = await node
    .fetch('/fhir/$issue-number', {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Parameters', parameter }),
    })
    .catch(() => undefined);
  if (reply === undefined || !reply.ok) return [];
  return [...(await reply.text()).matchAll(/"value":"(KIS-[^"]+)"/g)].map(([, number]) => number ?? '');
}
async function stop(node: HoldfastProcess): Promise<void> {
  node.signal('SIGTERM');
  await node.ended;
}

test('[ID5] [ID6] real nodes: kill -9 of all, an old copy of the disk put back, and a clone beside it: no number twice', async () => {
  const folder = newFolder();
  const [data, old, twin] = ['data', 'old', 'twin'].map((name) => join(folder, name)) as [string, string, string];
  const given: string[] = [];
  let node = await start({ ...env, HOLDFAST_DATA: data });

  given.push(...(await take(node, 1)));
  // Desks that ask at once, while everything is killed.
  const desks = Array.from({ length: 6 }, async () => {
    for (let i = 0; i < 40; i++) given.push(...(await take(node, 3)));
  });
  await until(() => given.length > 60, 'desks have numbers');
  for (const pid of workersOf(node)) process.kill(pid, 'SIGKILL');
  node.signal('SIGKILL');
  killDatabase(data);
  await Promise.all([...desks, node.ended]);
  const before = given.length;
  expect(before).toBeGreaterThan(20);

  node = await start({ ...env, HOLDFAST_DATA: data });
  given.push(...(await take(node, 200)));
  await stop(node);
  expect(existsSync(join(data, 'postgres', 'postmaster.pid'))).toBe(false);
  cpSync(data, old, { recursive: true });
  node = await start({ ...env, HOLDFAST_DATA: data });
  given.push(...(await take(node, 200)));
  await stop(node);

  rmSync(data, { recursive: true });
  cpSync(old, data, { recursive: true });
  node = await start({ ...env, HOLDFAST_DATA: data });
  given.push(...(await take(node, 200)));
  cpSync(old, twin, { recursive: true });
  const clone = await start({ ...env, HOLDFAST_DATA: twin });
  for (let i = 0; i < 3; i++) given.push(...(await take(node, 100)), ...(await take(clone, 100)));

  expect(given.length - before).toBe(200 + 200 + 200 + 600);
  expect(new Set(given).size).toBe(given.length);
}, 400_000);
