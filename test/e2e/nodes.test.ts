// Real nodes, and what goes wrong between them: each ends in a state that everybody sees, with the remedy's name, and delays nobody.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNode, type DrillNode } from '../../drills/drill-node.ts';
import type { Client } from '../../drills/http-client.ts';
import { invite, startMembers, type Members } from '../../drills/network-of-nodes.ts';
import { openNetwork, type Network } from '../../drills/network.ts';
import { createUndo } from '../../drills/undo.ts';
import { pureDigest } from '../../src/core/base/sha256.ts';
import { commitHash } from '../../src/core/record/envelope.ts';
import { EVERYTHING } from '../../src/core/record/store.ts';
import { SPEAKS, type Request } from '../../src/core/sync/messages.ts';
import type { CarriedCommit } from '../../src/core/sync/ports.ts';
import { buildOnce, ENTRY, until } from '../../src/server/cli/holdfast-process.test-kit.ts';
import { nodePorts } from '../../src/server/ports/node-ports.ts';
import { runningEmbeddedUrl } from '../../src/server/storage/embedded/embedded-postgres.ts';
import { openPostgresStore } from '../../src/server/storage/postgres-store.ts';
import { openPeer } from './peer.test-kit.ts';

const DAY_MS = 86_400_000;
const undo = createUndo();
let folder: string;
let network: Network;
let members: Members;
let region: Client;
let site: DrillNode;
let atSite: Client;

beforeAll(async () => {
  buildOnce();
  folder = mkdtempSync(join(tmpdir(), 'holdfast-nodes-'));
  undo.add('folder', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  network = await openNetwork(undo, 'proxies');
  members = await startMembers({
    network,
    folder,
    region: 'Region',
    sites: ['Site'],
    undo,
    say: () => undefined,
    entry: ENTRY,
    // From its first moment a day ahead.
    settings: () => ({ HOLDFAST_DRILL_CLOCK: `${String(DAY_MS)},1` }),
  });
  region = members.region.client(20_000);
  site = members.nodeOf('Site');
  atSite = site.client(20_000);
});
afterAll(async () => {
  expect(await undo.run()).toEqual([]);
});

const basic = (id: string, said: string): string => JSON.stringify({ resourceType: 'Basic', id, code: { text: said } });
const put = async (client: Client, id: string, said = id): Promise<void> => {
  const { status, text } = await client.send('PUT', `/fhir/Basic/${id}`, basic(id, said));
  if (status >= 300) throw new Error(`${String(status)} ${text}`);
};
const isThere = (client: Client, id: string): Promise<void> =>
  until(async () => (await client.send('GET', `/fhir/Basic/${id}`)).status === 200, `${id} is there`);
interface Attention {
  readonly kind: string;
  readonly see: string;
  readonly text: string;
}
const attention = async (client: Client): Promise<readonly Attention[]> => {
  const { text } = await client.send('GET', '/sync/status', undefined, { accept: 'application/json' });
  return (JSON.parse(text) as { readonly attention: readonly Attention[] }).attention;
};
const seen = (client: Client, anchor: string): Promise<void> =>
  until(
    async () => (await attention(client)).some(({ see }) => see === `docs/operations.md#${anchor}`),
    `the status names #${anchor}`,
  );

test('[DR15] a site whose clock is a day ahead replicates both ways at once, and says that its clock is wrong', async () => {
  await put(atSite, 'of-tomorrow');
  await isThere(region, 'of-tomorrow');
  await put(region, 'of-today');
  await isThere(atSite, 'of-today');
  await put(region, 'of-tomorrow', 'corrected today');
  await until(
    async () => (await atSite.send('GET', '/fhir/Basic/of-tomorrow')).text.includes('corrected today'),
    'what was corrected today wins over what it descends from',
  );
  await seen(atSite, 'a-clock-is-wrong');
});

test('[DR16] a newer peer speaks the version that both know, both ways; one that knows no common version is told so', async () => {
  const [lowest, highest] = SPEAKS;
  const newer = await openPeer(members.region, 'Newer');
  await newer.write('Basic', 'from-newer', 'x');
  await put(region, 'for-newer');
  expect(await newer.meet([lowest, highest + 1])).toMatchObject({ end: 'done', left: 0 });
  await isThere(region, 'from-newer');
  await newer.meet([lowest, highest + 1]);
  expect((await newer.store.read([{ type: 'Basic', id: 'for-newer' }], EVERYTHING))[0]).toBeDefined();
  expect(await newer.meet([highest + 1, highest + 2])).toEqual({ end: 'refused', why: 'version' });
});

test('[DR17] a commit of a later version goes through a site to the region byte for byte, and both say what they carry', async () => {
  const peer = await openPeer(site, 'Later');
  await peer.write('Basic', 'before-later', 'x');
  await peer.meet();
  const [tip] = await peer.store.carried();
  if (tip === undefined) throw new Error('nothing written');
  const header = JSON.stringify(['c2', tip.origin, tip.seq + 1, tip.hash, { entries: ['of a later form'] }, 'x']);
  const revisions: CarriedCommit['revisions'] = [];
  const commit: CarriedCommit = {
    origin: tip.origin,
    seq: tip.seq + 1,
    prev: tip.hash,
    hash: commitHash(pureDigest, header),
    header,
    revisions,
  };
  const reply = await peer.ask({ kind: 'push', commits: [commit] });
  expect(reply).toMatchObject({
    kind: 'verdicts',
    verdicts: [{ result: 'quarantined', reason: 'unknown-version', inPlace: true }],
  });
  await seen(atSite, 'a-commit-in-quarantine');
  await seen(region, 'a-commit-in-quarantine');
  const store = await openPostgresStore({
    ...nodePorts(),
    url: runningEmbeddedUrl(members.region.data) ?? '',
    connections: 1,
  });
  try {
    const [carried] = await store.sync.commits(tip.origin, tip.seq + 1, 1, 1_000);
    expect(carried).toMatchObject({ hash: commit.hash, header, prev: tip.hash });
  } finally {
    await store.close();
  }
});

test('[DR18] a poisoned commit is kept aside where all see it, delays nobody, and its origin goes on when it is mended', async () => {
  let poisoned = true;
  const spoil = (request: Request): Request =>
    request.kind === 'push' && poisoned
      ? {
          ...request,
          commits: request.commits.map((commit) => ({
            ...commit,
            revisions: commit.revisions.map((revision) => ({ ...revision, text: `${revision.text ?? ''} ` })),
          })),
        }
      : request;
  const bad = await openPeer(members.region, 'Poisoned', spoil);
  await bad.write('Basic', 'poisoned', 'x');
  expect(await bad.meet()).toMatchObject({ end: 'done', handed: 0, left: 1 });
  await seen(region, 'a-commit-in-quarantine');
  await put(atSite, 'beside-the-poison');
  await isThere(region, 'beside-the-poison');
  poisoned = false;
  expect(await bad.meet()).toMatchObject({ end: 'done', left: 0 });
  await isThere(region, 'poisoned');
});

test('[DR19] a copy of a site that runs beside it is seen at the region, with the remedy, and both are served', async () => {
  const copy = createNode({
    name: 'Copy',
    tier: 'site',
    place: await network.place('Copy'),
    folder,
    settings: { HOLDFAST_DRILL: 'on' },
    args: ['--tier', 'site'],
    undo,
    entry: ENTRY,
  });
  site.copyDisk(copy.data);
  // Marks of processes of the other machine: on a machine of its own these numbers would mean nothing.
  for (const mark of ['holdfast.lock', 'run', join('postgres', 'postmaster.pid')])
    rmSync(join(copy.data, mark), { recursive: true, force: true });
  await copy.start();
  const atCopy = copy.client(20_000);
  await put(atCopy, 'of-the-copy');
  await put(atSite, 'of-the-original');
  await isThere(region, 'of-the-copy');
  await isThere(region, 'of-the-original');
  await put(atSite, 'of-the-original-again');
  await isThere(region, 'of-the-original-again');
  await seen(region, 'a-cloned-machine');
  copy.kill();
});

const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
test.skipIf(!mayMount)(
  `[DR20] a site whose disk is full says so, answers what it can, and hands over everything when there is room${mayMount ? '' : ' (skipped: no root)'}`,
  async () => {
    const disk = join(folder, 'small');
    mkdirSync(disk);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=220m', 'tmpfs', disk]).status).toBe(0);
    undo.add('small disk', () => void spawnSync('umount', ['-l', disk]));
    const place = await network.place('Small');
    const small = createNode({
      name: 'Small',
      tier: 'site',
      place,
      folder: disk,
      logs: join(folder, 'logs'),
      settings: {},
      args: [
        '--tier',
        'site',
        '--parent',
        await members.region.place.wanUrl(place),
        '--enrol',
        invite(members.region, 'Small', 'site'),
      ],
      undo,
      entry: ENTRY,
    });
    await small.start();
    const atSmall = small.client(20_000);
    await put(atSmall, 'before-full');
    spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'fill')}`, 'bs=1M']);
    await seen(atSmall, 'the-disk-is-full');
    expect((await atSmall.send('GET', '/fhir/Basic/before-full')).status).toBe(200);
    const taken: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      const body = basic(`full-${String(n)}`, 'y'.repeat(400_000));
      const { status } = await atSmall.send('PUT', `/fhir/Basic/full-${String(n)}`, body);
      if (status < 300) taken.push(`full-${String(n)}`);
    }
    await put(atSite, 'beside-the-full-disk');
    await isThere(region, 'beside-the-full-disk');
    rmSync(join(disk, 'fill'));
    await until(async () => {
      const { status } = await atSmall.send('PUT', '/fhir/Basic/after-full', basic('after-full', 'x'));
      return status < 300;
    }, 'it writes again');
    for (const id of ['before-full', ...taken, 'after-full']) await isThere(region, id);
    await small.stop();
  },
);
