// A region and its sites, started and enrolled as an operator would: an invitation at the region, a start with its code at the site.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createNode, type DrillNode } from './drill-node.ts';
import type { Client } from './http-client.ts';
import type { Network } from './network.ts';
import { organizationOf, organizationText } from './people.ts';
import type { Undo } from './undo.ts';

export interface Members {
  readonly region: DrillNode;
  readonly sites: readonly DrillNode[];
  nodeOf(name: string): DrillNode;
}

const LINKED_WITHIN_MS = 60_000;
const FILLED_WITHIN_TRIES = 1_200;

export async function startMembers(options: {
  readonly network: Network;
  readonly folder: string;
  readonly region: string;
  readonly sites: readonly string[];
  readonly undo: Undo;
  readonly say: (line: string) => void;
  /** Beside those that every node of a drill has. */
  readonly settings?: (name: string) => Readonly<Record<string, string>>;
  /** Beds of a demo hospital that a site is filled with before anything else; none where it is undefined. */
  readonly demoBeds?: (name: string) => number | undefined;
  readonly entry?: string;
}): Promise<Members> {
  const { network, folder, undo, say } = options;
  const entry = options.entry === undefined ? {} : { entry: options.entry };
  const regionPlace = await network.place(options.region);
  const region = createNode({
    name: options.region,
    tier: 'region',
    place: regionPlace,
    folder,
    settings: { HOLDFAST_PROCESSES: '2', HOLDFAST_DRILL: 'on' },
    args: ['--tier', 'region'],
    undo,
    ...entry,
  });
  await region.start();
  say(`${options.region} (region) answers at ${regionPlace.lanUrl}`);
  const atRegion = region.client(20_000);
  for (const name of [options.region, ...options.sites]) {
    const put = await atRegion.send('PUT', `/fhir/Organization/${organizationOf(name)}`, organizationText(name));
    if (put.status >= 300) throw new Error(`the organisation ${name} was refused: ${String(put.status)}`);
  }
  const sites: DrillNode[] = [];
  for (const name of options.sites) {
    const place = await network.place(name);
    const site = createNode({
      name,
      tier: 'site',
      place,
      folder,
      settings: { HOLDFAST_DRILL: 'on', ...options.settings?.(name) },
      args: ['--tier', 'site', '--parent', await regionPlace.wanUrl(place), '--enrol', invite(region, name, 'site')],
      undo,
      ...entry,
    });
    const beds = options.demoBeds?.(name);
    if (beds === undefined) await site.start();
    else await startFilled(site, beds, say);
    say(`${name} (site) answers at ${place.lanUrl}`);
    sites.push(site);
  }
  for (const site of sites) await untilLinked(site.client(20_000), site.name, site.lastWords);
  const all = [region, ...sites];
  return {
    region,
    sites,
    nodeOf: (name) => {
      const found = all.find((node) => node.name === name);
      if (found === undefined) throw new Error(`no node ${name}`);
      return found;
    },
  };
}

/** With a demo hospital of so many beds. */
async function startFilled(site: DrillNode, beds: number, say: (line: string) => void): Promise<void> {
  // As a first start leaves it when it is ended before its first resource.
  const mark = { beds, patients: Math.round(beds * 1.25), seed: 'drill', now: Date.now(), state: 'filling' };
  writeFileSync(join(site.data, 'demo.json'), JSON.stringify(mark));
  await site.start({ HOLDFAST_DEMO: 'on' });
  say(`filling a demo hospital of ${String(beds)} beds …`);
  for (let tries = 0; !/The demo hospital is there/.test(site.lastWords()); tries += 1) {
    if (tries > FILLED_WITHIN_TRIES) throw new Error(`the demo hospital is not filled:\n${site.lastWords()}`);
    await sleep(500);
  }
}

/** The one-time code that `holdfast node invite` prints. */
export function invite(parent: DrillNode, name: string, tier: 'site' | 'device'): string {
  const site = tier === 'site' ? ['--site', `Organization/${organizationOf(name)}`] : [];
  return parent.command(['node', 'invite', '--name', name, '--tier', tier, ...site]).trim();
}

/** Until what the region wrote of the site is at the site. */
async function untilLinked(client: Client, name: string, lastWords: () => string): Promise<void> {
  const until = Date.now() + LINKED_WITHIN_MS;
  for (;;) {
    const { status } = await client.send('GET', `/fhir/Organization/${organizationOf(name)}`);
    if (status === 200) return;
    if (Date.now() > until) {
      const { text } = await client.send('GET', '/sync/status', undefined, { accept: 'application/json' });
      throw new Error(`${name} has nothing of the region’s: ${text}\n${lastWords()}`);
    }
    await sleep(250);
  }
}
