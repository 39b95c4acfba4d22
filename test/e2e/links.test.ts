// A region and two sites as their users run them: real processes, real databases, REST at each, kill -9, a data folder put back.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  buildOnce,
  endAll,
  freePort,
  killDatabase,
  newFolder,
  run,
  start,
  until,
  type HoldfastProcess,
} from '../../src/server/cli/holdfast-process.test-kit.ts';

interface Place {
  readonly data: string;
  readonly env: NodeJS.ProcessEnv;
  node: HoldfastProcess;
}

let region: Place;
let mary: Place;
let anne: Place;

const UNTIL = /Open http|answers at/;
const envOf = async (data: string, more: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> => ({
  HOLDFAST_DATA: data,
  HOLDFAST_PORT: String(await freePort()),
  HOLDFAST_PROCESSES: '1',
  HOLDFAST_DEMO: 'off',
  ...more,
});
const begin = (place: Omit<Place, 'node'>): Promise<HoldfastProcess> => start(place.env, { until: UNTIL });
const post = async (place: Place, resource: object): Promise<{ readonly id: string; readonly commit: string }> => {
  const type = (resource as { readonly resourceType: string }).resourceType;
  const answer = await place.node.fetch(`/fhir/${type}`, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify(resource),
  });
  expect(answer.status).toBe(201);
  const { id }: { readonly id: string } = (await answer.json()) as { readonly id: string };
  return { id, commit: answer.headers.get('x-holdfast-commit') ?? '' };
};
const has = async (place: Place, what: string): Promise<boolean> =>
  (await place.node.fetch(`/fhir/${what}`).catch(() => undefined))?.status === 200;
const seen = (place: Place, what: string, where: string): Promise<void> =>
  until(() => has(place, what), `${what} at ${where}`);
const statusOf = async (place: Place): Promise<Record<string, never>> =>
  (await (await place.node.fetch('/sync/status')).json()) as Record<string, never>;
const place = (name: string) => ({ resourceType: 'Location', name });

/** SIGKILL for the supervisor, its processes and its database: the machine is gone. */
async function pullThePlug(from: Place): Promise<void> {
  from.node.signal('SIGKILL');
  killDatabase(from.data);
  await from.node.ended;
}

async function site(name: string): Promise<Place> {
  const invited = await run(['node', 'invite', '--name', name, '--site', 'Organization/1'], region.env);
  expect(invited.code, invited.err).toBe(0);
  const data = join(newFolder(), 'data');
  const env = await envOf(data, {
    HOLDFAST_TIER: 'site',
    HOLDFAST_PARENT: region.node.address,
    HOLDFAST_ENROL: invited.out.trim(),
    HOLDFAST_NODE_NAME: name,
  });
  const node = await begin({ data, env });
  // Its words come line by line.
  await vi.waitFor(() => expect(node.out()).toMatch(/tier\s+site, just enrolled, below Region/), 20_000);
  return { data, env, node };
}

describe('a region and two sites', () => {
  beforeAll(async () => {
    buildOnce();
    const data = join(newFolder(), 'data');
    const env = await envOf(data, { HOLDFAST_TIER: 'region', HOLDFAST_NODE_NAME: 'Region' });
    region = { data, env, node: await begin({ data, env }) };
    mary = await site('St Mary');
    anne = await site('St Anne');
  }, 240_000);
  afterAll(endAll, 120_000);

  test('[NL25] [NL26] [NL27] what is written anywhere is everywhere within seconds, and its class is told', async () => {
    const atMary = await post(mary, place('ward at Mary'));
    const atAnne = await post(anne, place('ward at Anne'));
    const atRegion = await post(region, place('clinic of the region'));
    for (const [where, here] of Object.entries({ region, mary, anne }))
      for (const { id } of [atMary, atAnne, atRegion]) await seen(here, `Location/${id}`, where);
    await until(async () => {
      const said = await (await mary.node.fetch(`/sync/status?commit=${atMary.commit}`)).json();
      return (said as { readonly commit?: { readonly durability?: string } }).commit?.durability === 'D2';
    }, 'D2');
    const status = await run(['status'], mary.env);
    expect([status.code, status.out]).toEqual([0, expect.stringContaining('Parent    Region at')]);
    const list = await run(['node', 'list'], region.env);
    expect(list.out).toMatch(/St Mary.*\n.*St Anne/);
  }, 120_000);

  test('[NL26] the region is killed, sites go on, and all converge when it is back', async () => {
    await pullThePlug(region);
    const atMary = await post(mary, place('alone at Mary'));
    const atAnne = await post(anne, place('alone at Anne'));
    await until(async () => {
      const { parent } = (await statusOf(mary)) as { readonly parent?: { readonly reachable: boolean } };
      return parent?.reachable === false;
    }, 'that the region is away is said');
    expect((await fetch(`${mary.node.address}/health`)).status).toBe(200);
    region.node = await begin(region);
    await seen(region, `Location/${atMary.id}`, 'the region');
    await seen(region, `Location/${atAnne.id}`, 'the region');
    await seen(anne, `Location/${atMary.id}`, 'Anne');
    await seen(mary, `Location/${atAnne.id}`, 'Mary');
  }, 180_000);

  test('[NL26] a site whose old data folder is put back gets what it lost, and loses nothing of it', async () => {
    mary.node.signal('SIGTERM');
    await mary.node.ended;
    const old = join(newFolder(), 'old');
    cpSync(mary.data, old, { recursive: true });
    mary.node = await begin(mary);
    const lost = await post(mary, place('written after the copy'));
    await seen(region, `Location/${lost.id}`, 'the region');
    await pullThePlug(mary);
    rmSync(mary.data, { recursive: true, force: true });
    cpSync(old, mary.data, { recursive: true });
    mary.node = await begin(mary);
    const after = await post(mary, place('written after the restore'));
    await seen(mary, `Location/${lost.id}`, 'Mary again');
    await seen(region, `Location/${after.id}`, 'the region');
    await seen(anne, `Location/${after.id}`, 'Anne');
    for (const [name, { env }] of Object.entries({ region, mary })) {
      const verified = await run(['verify'], env);
      expect(verified.code, `${name}: ${verified.out}${verified.err}`).toBe(0);
    }
  }, 300_000);

  test('[NL13] a retired site is refused with the remedy, goes on alone, and comes back with a code', async () => {
    const retired = await run(['node', 'retire', 'St Anne', '--why', 'a drill'], region.env);
    expect(retired.code, retired.err).toBe(0);
    await until(
      async () => (await run(['status'], anne.env)).out.includes('has retired this node'),
      'the refusal is said',
    );
    const health = (await (await fetch(`${anne.node.address}/health`)).json()) as { readonly status: string };
    expect(health.status).toBe('attention');
    const alone = await post(anne, place('while retired'));
    const invited = await run(['node', 'invite', '--name', 'St Anne', '--site', 'Organization/1'], region.env);
    anne.node.signal('SIGTERM');
    await anne.node.ended;
    anne = { ...anne, env: { ...anne.env, HOLDFAST_ENROL: invited.out.trim() } };
    anne.node = await begin(anne);
    await seen(region, `Location/${alone.id}`, 'the region');
  }, 300_000);
});
