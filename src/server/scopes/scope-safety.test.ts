// Whatever a peer asks for, in whatever order, with whatever grants: it gets what it may have at that moment, and nothing else (SC17).
// Every message of the protocol is asked, also for everything, by peers that do not keep to any session.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Dice, keyOf, revision, Scribe } from '../../core/record/contract/scribe.test-kit.ts';
import type { JsonObject } from '../../core/base/json-types.ts';
import { decodeRevision } from '../../core/record/envelope.ts';
import { CATALOGUE_SCOPES } from '../../core/record/scope.ts';
import type { RevisionDraft } from '../../core/record/store.ts';
import { answer } from '../../core/sync/answer.ts';
import { partOf } from '../../core/sync/compare.ts';
import type { Reply, Request } from '../../core/sync/messages.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from '../storage/embedded/start-temporary.test-kit.ts';
import { openGrants } from '../storage/grants.ts';
import { openPostgresStore } from '../storage/postgres-store.ts';
import { driveMachine } from '../../core/sync/drive-session.ts';

const ports = nodePorts();
let server: TemporaryPostgres;
beforeAll(async () => {
  server = await startTemporaryPostgres({});
});
afterAll(async () => {
  await server.stop();
});

const CREDENTIAL = { security: [{ system: 'https://holdfast.example/fhir/CodeSystem/security', code: 'credential' }] };
const PEERS = [
  ['north', 'site'],
  ['south', 'site'],
  ['tablet', 'device'],
] as const;
const STEPS = 60;
const PATIENTS = 8;

const reference = (patient: string): JsonObject => ({ reference: `Patient/${patient}` });

/** A revision of some kind about some patient, or of none; a new one, a change, a move to another patient or a deletion. */
async function some(dice: Dice, scribe: Scribe, n: number): Promise<RevisionDraft> {
  const patient = `p${dice.roll(PATIENTS)}`;
  const id = String(dice.roll(6));
  switch (dice.roll(9)) {
    case 0:
      return revision(`ValueSet/v${n}`, { status: 'active' });
    case 1:
      return revision(`Organization/o${n}`, { name: `o${n}` });
    case 2:
      return revision(`Basic/a${n}`, { meta: CREDENTIAL, code: {} });
    case 3:
      return { ...revision(`Binary/b${n}`, {}), scope: 'node' };
    case 4:
    case 5: {
      const [name, content] = dice.pick([
        [`Patient/${patient}`, { active: true }],
        [`AllergyIntolerance/${patient}`, { patient: reference(patient) }],
        [`Flag/${patient}`, { status: 'active', code: {}, subject: reference(patient) }],
      ] as const);
      const heads = (await scribe.get(name))?.heads ?? [];
      return revision(name, { ...content, language: `l${n}` } as JsonObject, { parents: heads });
    }
    default: {
      const name = `Observation/${id}`;
      const heads = (await scribe.get(name))?.heads ?? [];
      const isGone = heads.length > 0 && dice.roll(8) === 0;
      const text = dice.roll(12) === 0 ? 'x'.repeat(80_000) : `said ${n}`;
      const content = { status: 'final', code: { text }, subject: reference(patient) };
      return revision(name, isGone ? undefined : content, { parents: heads });
    }
  }
}

/** Names of all revisions that a reply tells of, in whatever part of it. */
function namesTold(reply: Reply): readonly string[] {
  switch (reply.kind) {
    case 'feed':
    case 'fetched':
      return [...reply.deferred, ...reply.commits.flatMap(({ revisions }) => revisions.map(({ hash }) => hash))];
    case 'differences':
      return reply.differences.flatMap((one) => ('names' in one ? one.names : []));
    case 'ordered':
      return reply.names;
    case 'piece':
      return reply.commits.flatMap(({ revisions }) => revisions.map(({ hash }) => hash));
    default:
      return [];
  }
}

async function run(seed: number): Promise<{ readonly told: Record<string, number>; readonly wouldLeak: number }> {
  const dice = new Dice(seed);
  const url = await server.createDatabase(`safety${seed}`);
  const grants = await openGrants({ url, digest: ports.digest });
  const store = await openPostgresStore({
    url,
    ...ports,
    connections: 2,
    scopes: {
      grants: (peer) => grants.grantsOf(peer),
      foremost: (scopes, after, limit) => grants.foremost(scopes, after, limit),
      wants: () => grants.wants(),
      settleWants: (asked, granted) => grants.settleWants(asked, granted),
      lookUp: async () => [],
    },
  });
  try {
    const scribe = new Scribe(store);
    /** What each peer was granted, kept beside the tables. */
    const may = new Map<string, Set<string>>();
    for (const [peer, tier] of PEERS) {
      await grants.enrol(peer, tier, []);
      const base = ['', 'demog', 'nodes', `site/${peer}`, ...CATALOGUE_SCOPES, ...(tier === 'site' ? ['cred'] : [])];
      may.set(peer, new Set(base));
    }
    /** Keys of every revision that was ever written. */
    const keysOf = new Map<string, readonly string[]>();
    const told: Record<string, number> = {};
    let wouldLeak = 0;
    let read = 0;
    for (let n = 0; n < STEPS; n++) {
      const drafts = new Map<string, RevisionDraft>();
      for (let i = dice.roll(4); i >= 0; i--) {
        const draft = await some(dice, scribe, n * 10 + i);
        drafts.set(`${draft.key.type}/${draft.key.id}`, draft);
      }
      await scribe.land(...drafts.values());
      for (const { arrival, revisions } of await store.feed(read, 100)) {
        read = arrival;
        for (const { hash, header } of revisions) {
          const decoded = decodeRevision(header);
          const scope = decoded.ok ? decoded.value.scope : [];
          keysOf.set(hash, scope.length === 0 ? [''] : scope);
        }
      }
      const [peer] = dice.pick(PEERS);
      const mine = may.get(peer) ?? new Set();
      const key = `pat/p${dice.roll(PATIENTS)}`;
      const change = dice.roll(4);
      if (change === 0) {
        await grants.grant(peer, [key], 'by-hand', n);
        mine.add(key);
      } else if (change === 1) {
        await grants.withdraw(peer, [key]);
        mine.delete(key);
      }
      const request = await asked(dice, store, [...keysOf.keys()]);
      const machine = answer(request, { peer, digest: ports.digest, now: n, tier: 'region', large: 60_000 });
      const reply = await driveMachine<Reply, never>(machine, store.sync, () => {
        throw new Error('the upper side asks nothing');
      });
      if (!reply.ok) throw new Error('no reply');
      const names = namesTold(reply.value);
      if (reply.value.kind === 'piece' && reply.value.total > 0 && request.kind === 'body')
        expect(isIn(keysOf.get(request.name), mine), `seed ${seed}, step ${n}: a body`).toBe(true);
      for (const name of names) {
        expect(
          isIn(keysOf.get(name), mine),
          `seed ${seed}, step ${n}: ${peer} was told ${name} by ${request.kind}`,
        ).toBe(true);
        if (!isIn(keysOf.get(name), new Set(['']))) wouldLeak += 1;
      }
      told[reply.value.kind] = (told[reply.value.kind] ?? 0) + names.length;
    }
    return { told, wouldLeak };
  } finally {
    await store.close();
    await grants.close();
  }
}

const isIn = (keys: readonly string[] | undefined, scopes: ReadonlySet<string>): boolean =>
  keys !== undefined && keys.some((key) => scopes.has(key));

/** Some request, mostly for more than the peer may have. */
async function asked(
  dice: Dice,
  store: Awaited<ReturnType<typeof openPostgresStore>>,
  names: readonly string[],
): Promise<Request> {
  const { incarnation } = await store.sync.identity();
  const scopes = dice.pick(['all', [`pat/p${dice.roll(PATIENTS)}`], ['', 'cred', 'pat/p0', 'site/other']] as const);
  switch (dice.roll(5)) {
    case 0:
      return { kind: 'pull', incarnation, after: dice.roll(20), limit: 1_000, bytes: 10_000_000 };
    case 1:
      return { kind: 'compare', scopes, parts: [partOf(ports.digest, '', [])] };
    case 2:
      return { kind: 'fetch', names: names.filter(() => dice.roll(2) === 0), bytes: 10_000_000 };
    case 3:
      return { kind: 'foremost', scopes, after: '', limit: 1_000 };
    default:
      return { kind: 'body', name: dice.pick(names), from: 0, count: 100_000 };
  }
}

/** More with HOLDFAST_SEEDS. */
const SEEDS = [
  1,
  ...Array.from({ length: Number(process.env['HOLDFAST_SEEDS'] ?? 1) }, () => Math.floor(Math.random() * 2 ** 31)),
];
test.each(SEEDS)('[SC17] nothing outside a peer’s grants leaves, whatever it asks for: seed %i', async (seed) => {
  const { told, wouldLeak } = await run(seed);
  // Each kind of reply told something, much of it of patients: the check had something to find.
  for (const kind of ['feed', 'fetched', 'differences', 'ordered']) expect(told[kind], kind).toBeGreaterThan(0);
  expect(wouldLeak).toBeGreaterThan(30);
});

test('[SC17] what a peer is told of a moved resource are the versions of its own patients', async () => {
  const url = await server.createDatabase('moved');
  const grants = await openGrants({ url, digest: ports.digest });
  const store = await openPostgresStore({ url, ...ports, connections: 2 });
  try {
    const scribe = new Scribe(store);
    await scribe.create('Observation/o', { status: 'final', code: {}, subject: reference('a') });
    await scribe.update('Observation/o', { status: 'final', code: {}, subject: reference('b') });
    expect((await scribe.store.read([keyOf('Observation/o')], { see: 'everything' }))[0]?.home).toBe('Patient/b');
    expect((await grants.foremost(['pat/a'], '', 10)).names).toEqual([]);
    expect((await grants.foremost(['pat/b'], '', 10)).names).toHaveLength(1);
  } finally {
    await store.close();
    await grants.close();
  }
});
