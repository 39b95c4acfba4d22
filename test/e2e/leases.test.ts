// Short numbers at a real region and a real site: leased, given while the region is away, burnt by a start, and after old copies of
// either disk were put back given by nobody twice.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DrillNode } from '../../drills/drill-node.ts';
import { startMembers, type Members } from '../../drills/network-of-nodes.ts';
import { openNetwork } from '../../drills/network.ts';
import { createUndo } from '../../drills/undo.ts';
import { buildOnce, ENTRY, until } from '../../src/server/cli/holdfast-process.test-kit.ts';

const undo = createUndo();
let folder: string;
let members: Members;
let region: DrillNode;
let site: DrillNode;

beforeAll(async () => {
  buildOnce();
  folder = mkdtempSync(join(tmpdir(), 'holdfast-leases-'));
  undo.add('folder', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const network = await openNetwork(undo, 'proxies');
  const say = (): void => undefined;
  members = await startMembers({ network, folder, region: 'Region', sites: ['Site'], undo, say, entry: ENTRY });
  region = members.region;
  site = members.nodeOf('Site');
}, 240_000);
afterAll(async () => {
  expect(await undo.run()).toEqual([]);
}, 60_000);

async function take(count: number): Promise<readonly string[]> {
  const parameter = [
    { name: 'series', valueString: 'nhs' },
    { name: 'count', valueInteger: count },
  ];
  const body = JSON.stringify({ resourceType: 'Parameters', parameter });
  const { status, text } = await site.client(20_000).send('POST', '/fhir/$issue-number', body);
  if (status !== 200) throw new Error(`${String(status)} ${text}`);
  return [...text.matchAll(/"value":"([^"]+)"/g)].map(([, number]) => number ?? '');
}
const isShort = (number: string): boolean => /^\d{10}$/.test(number);
/** Until the site has numbers again: one is taken to know. */
async function untilShort(given: string[]): Promise<void> {
  await until(async () => {
    const [number = ''] = await take(1);
    given.push(number);
    return isShort(number);
  }, 'the site has short numbers');
}

test('[ID38] [ID39] [ID42] [ID43] leased to a site, given while it is cut off, and after starts and old copies of both disks nothing twice', async () => {
  const given: string[] = [];
  region.command([
    'numbers',
    'series',
    '--name',
    'nhs',
    '--system',
    'urn:oid:2.16',
    '--width',
    '10',
    '--check',
    'luhn',
  ]);
  region.command(['numbers', 'lease', '--series', 'nhs', '--to', 'Site', '--count', '1000', '--hold', '50']);
  await until(() => /1000 +50|950 +50/.test(region.command(['numbers', 'status'])), 'the range is found');
  await untilShort(given);
  const [oldSite, oldRegion] = [join(folder, 'old-site'), join(folder, 'old-region')];
  site.copyDisk(oldSite);
  region.copyDisk(oldRegion);

  // Cut off: what is ready lasts, then temporary ones stand in.
  given.push(...(await take(20)));
  region.kill();
  const alone = await take(60);
  expect(alone).toHaveLength(60);
  expect(alone.filter(isShort).length).toBeGreaterThanOrEqual(20);
  expect(alone.filter((number) => number.startsWith('T-')).length).toBeGreaterThan(0);
  given.push(...alone);

  // The region loses what it cut; the site is the one that knows.
  region.putDisk(oldRegion);
  await region.start();
  await untilShort(given);
  given.push(...(await take(10)));

  // The site loses what it gave.
  site.kill();
  site.putDisk(oldSite);
  await site.start();
  await untilShort(given);
  given.push(...(await take(10)));
  expect(new Set(given).size).toBe(given.length);
  expect(given.filter(isShort).length).toBeGreaterThan(60);
  const status = region.command(['numbers', 'status']);
  expect(status).toMatch(/nhs +Site +0000000018 to /);
}, 240_000);
