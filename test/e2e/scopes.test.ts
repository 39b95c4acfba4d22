// What each site keeps, over HTTP between a region and two sites, and in their databases: nothing of the other's patients but who they
// are, until somebody has a reason.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNode, type DrillNode } from '../../drills/drill-node.ts';
import type { Client } from '../../drills/http-client.ts';
import { startMembers, type Members } from '../../drills/network-of-nodes.ts';
import { openNetwork, type Network } from '../../drills/network.ts';
import { organizationOf } from '../../drills/people.ts';
import { createUndo } from '../../drills/undo.ts';
import { decodeRevision } from '../../src/core/record/envelope.ts';
import type { JsonObject } from '../../src/core/base/json-types.ts';
import { buildOnce, ENTRY, until } from '../../src/server/cli/holdfast-process.test-kit.ts';
import { nodePorts } from '../../src/server/ports/node-ports.ts';
import { runningEmbeddedUrl } from '../../src/server/storage/embedded/embedded-postgres.ts';
import { openPostgresStore } from '../../src/server/storage/postgres-store.ts';

const undo = createUndo();
let network: Network;
let folder: string;
let members: Members;
let region: Client;
let north: Client;
let south: Client;

beforeAll(async () => {
  buildOnce();
  folder = mkdtempSync(join(tmpdir(), 'holdfast-scopes-'));
  undo.add('folder', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  network = await openNetwork(undo, 'proxies');
  members = await startMembers({
    network,
    folder,
    region: 'Region',
    sites: ['North', 'South'],
    undo,
    say: () => undefined,
    entry: ENTRY,
  });
  region = members.region.client(20_000);
  north = members.nodeOf('North').client(20_000);
  south = members.nodeOf('South').client(20_000);
});
afterAll(async () => {
  expect(await undo.run()).toEqual([]);
});

const at = (reference: string) => ({ reference });
async function put(client: Client, name: string, content: JsonObject): Promise<void> {
  const [resourceType = '', id = ''] = name.split('/');
  const { status, text } = await client.send('PUT', `/fhir/${name}`, JSON.stringify({ resourceType, id, ...content }));
  if (status >= 300) throw new Error(`${name}: ${String(status)} ${text}`);
}
const result = (patient: string, said: string): JsonObject => ({
  status: 'final',
  code: { text: said },
  subject: at(`Patient/${patient}`),
});
const allergy = (patient: string): JsonObject => ({
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
  },
  code: { text: 'penicillin' },
  patient: at(`Patient/${patient}`),
});
const get = (client: Client, path: string): Promise<{ readonly status: number; readonly text: string }> =>
  client.send('GET', `/fhir/${path}`);
const isThere = (client: Client, name: string): Promise<void> =>
  until(async () => (await get(client, name)).status === 200, `${name} is there`);

/** Every revision in a node's database: its keys, and whether `words` stand anywhere in it. */
async function kept(
  node: DrillNode,
  words: string,
): Promise<readonly { readonly name: string; readonly scope: readonly string[]; readonly says: boolean }[]> {
  const store = await openPostgresStore({ ...nodePorts(), url: runningEmbeddedUrl(node.data) ?? '', connections: 1 });
  try {
    const found = [];
    for (let after = 0, more = true; more;) {
      const commits = await store.feed(after, 500);
      more = commits.length > 0;
      after = commits.at(-1)?.arrival ?? after;
      for (const { revisions } of commits)
        for (const { header, text = '' } of revisions) {
          const read = decodeRevision(header);
          if (!read.ok) throw new Error('a header of a later version');
          const { type, id, scope } = read.value;
          found.push({ name: `${type}/${id}`, scope, says: header.includes(words) || text.includes(words) });
        }
    }
    return found;
  } finally {
    await store.close();
  }
}

test('[SC17] [SC22] [SC23] of another site’s patient a site has who it is and the allergies, and says that the rest is elsewhere', async () => {
  await put(south, 'Patient/s1', { name: [{ family: 'Southerner' }] });
  await put(south, 'AllergyIntolerance/s1', allergy('s1'));
  await put(south, 'Observation/s1', result('s1', 'secret-of-the-south'));
  await put(north, 'Patient/n1', { name: [{ family: 'Northerner' }] });
  await put(north, 'Observation/n1', result('n1', 'secret-of-the-north'));
  await isThere(region, 'Observation/s1');
  await isThere(region, 'Observation/n1');
  await isThere(north, 'AllergyIntolerance/s1');
  await isThere(north, 'Patient/s1');

  expect(await get(north, 'Observation/s1')).toMatchObject({
    status: 404,
    text: expect.stringContaining('at this node'),
  });
  const results = await get(north, 'Observation?patient=s1');
  expect(JSON.parse(results.text)).toMatchObject({ total: 0 });
  expect(results.text).toContain('held elsewhere');
  const allergies = await get(north, 'AllergyIntolerance?patient=s1');
  expect(JSON.parse(allergies.text)).toMatchObject({ total: 1 });
  expect(allergies.text).not.toContain('incomplete');
  // Its own patient is whole, and nothing is said of it.
  expect((await get(north, 'Observation?patient=n1')).text).not.toContain('incomplete');
});

test('[SC17] a commit of several patients leaves in parts: what stands in the databases is what each site may have', async () => {
  const entry = (['n1', 's1'] as const).map((patient) => ({
    resource: { resourceType: 'Observation', ...result(patient, `both-${patient}`) },
    request: { method: 'POST', url: 'Observation' },
  }));
  const both = await region.send(
    'POST',
    '/fhir',
    JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }),
  );
  expect(both.status).toBe(200);
  const count = async (client: Client, patient: string): Promise<unknown> =>
    (JSON.parse((await get(client, `Observation?patient=${patient}`)).text) as JsonObject)['total'];
  await until(async () => (await count(north, 'n1')) === 2 && (await count(south, 's1')) === 2, 'both have their part');

  for (const [here, there, name] of [
    ['n1', 's1', 'North'],
    ['s1', 'n1', 'South'],
  ] as const) {
    const node = members.nodeOf(name);
    const words = name === 'North' ? 'secret-of-the-south' : 'secret-of-the-north';
    const all = await kept(node, words);
    expect(all.filter(({ says }) => says)).toEqual([]);
    expect((await kept(node, `both-${there}`)).filter(({ says }) => says)).toEqual([]);
    expect((await kept(node, `both-${here}`)).filter(({ says }) => says)).toHaveLength(1);
    const ofOther = all.filter(({ scope }) => scope.includes(`pat/${there}`));
    expect(new Set(ofOther.map(({ name: each }) => each.split('/')[0]))).toEqual(
      new Set(name === 'North' ? ['AllergyIntolerance', 'Patient'] : ['Patient']),
    );
    // Of the audit, a site has its own alone.
    const audits = new Set(all.flatMap(({ scope }) => scope).filter((key) => key.startsWith('site/')));
    expect(audits.size).toBeLessThanOrEqual(1);
  }
  const atRegion = await kept(members.region, 'secret-of-the');
  expect(atRegion.filter(({ says }) => says).length).toBe(2);
});

test('[SC10] [SC14] [SC15] a record that is asked for comes with its whole history, and is whole then', async () => {
  await put(south, 'Observation/s1', result('s1', 'secret-of-the-south, corrected'));
  const body = { resourceType: 'Parameters', parameter: [{ name: 'reason', valueString: 'by ambulance' }] };
  const asked = await north.send('POST', '/fhir/Patient/s1/$fetch-record', JSON.stringify(body));
  expect([asked.status, asked.text.includes('last contact')]).toEqual([202, true]);
  await isThere(north, 'Observation/s1');
  await until(async () => !(await get(north, 'Observation?patient=s1')).text.includes('incomplete'), 'all is here');
  await until(
    async () => (await get(north, 'Observation/s1/_history')).text.includes('secret-of-the-south"'),
    'the version of before is here',
  );
  expect((await north.send('POST', '/fhir/Patient/s1/$fetch-record', JSON.stringify(body))).status).toBe(200);
  // What is written of it from now on comes too.
  await put(south, 'Observation/s2', result('s1', 'later'));
  await isThere(north, 'Observation/s2');
});

test('[SC5] [SC14] a visit that the region books at a site brings the patient’s record there', async () => {
  expect((await get(south, 'Observation/n1')).status).toBe(404);
  await put(region, 'Encounter/transfer', {
    status: 'planned',
    class: { code: 'IMP', system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode' },
    subject: at('Patient/n1'),
    serviceProvider: at(`Organization/${organizationOf('South')}`),
  });
  await isThere(south, 'Observation/n1');
  await isThere(south, 'Encounter/transfer');
  // North had asked for nothing of this and has it: its patient.
  await isThere(north, 'Encounter/transfer');
});

test('[SC6] [SC20] [SC22] a site that lost its disk comes back under another name with the patients that it had, and never looks empty meanwhile', async () => {
  const lost = members.nodeOf('South');
  lost.kill();
  const place = await network.place('South again');
  const site = ['--site', `Organization/${organizationOf('South')}`];
  const code = members.region.command(['node', 'invite', '--name', 'South again', '--tier', 'site', ...site]).trim();
  const parent = await members.region.place.wanUrl(place);
  const node = createNode({
    name: 'South again',
    tier: 'site',
    place,
    folder,
    settings: { HOLDFAST_DRILL: 'on' },
    args: ['--tier', 'site', '--parent', parent, '--enrol', code],
    undo,
    entry: ENTRY,
  });
  await node.start();
  const again = node.client(20_000);
  // Only ever sent from there, never by a visit.
  const results = async (): Promise<{ readonly total: number; readonly says: boolean }> => {
    const { text } = await get(again, 'Observation?patient=s1');
    return { total: Number((JSON.parse(text) as JsonObject)['total']), says: text.includes('incomplete') };
  };
  let seen = await results();
  await until(async () => {
    // Whatever is here: what is missing is said.
    if (seen.total < 3) expect(seen.says).toBe(true);
    seen = await results();
    return seen.total === 3 && !seen.says;
  }, 'the record is whole');
  expect((await get(again, 'AllergyIntolerance?patient=s1')).text).not.toContain('incomplete');
  expect((await get(again, 'Observation/s1/_history')).text).toContain('secret-of-the-south"');
});
