// Two records in PostgreSQL that are joined by a link, with every fault that a link has: they end the same.
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Dice, keyOf, revision, Scribe, T0 } from '../../core/record/contract/scribe.test-kit.ts';
import type { Hash } from '../../core/base/ports.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { answer } from '../../core/sync/answer.ts';
import type { Machine } from '../../core/sync/effects.ts';
import { LINK_RULES } from '../../core/sync/link-rules.ts';
import { decodeMessage, encodeMessage, type Reply, type Request } from '../../core/sync/messages.ts';
import { keysOf, permits, type Scopes } from '../../core/sync/scopes.ts';
import { session, type SessionEnd } from '../../core/sync/session.ts';
import type { SyncStore } from '../../core/sync/ports.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from './embedded/start-temporary.test-kit.ts';
import { openPostgresStore, type PostgresStore } from './postgres-store.ts';
import type { ScopeDecisions } from './sync-store.ts';

const ports = nodePorts();
const { digest } = ports;
let server: TemporaryPostgres;
let databases = 0;
const open: PostgresStore[] = [];

beforeAll(async () => {
  server = await startTemporaryPostgres();
});
afterAll(async () => {
  await closeAll();
  await server.stop();
});
async function closeAll(): Promise<void> {
  for (const store of open.splice(0)) await store.close().catch(() => undefined);
}

interface Node {
  readonly url: string;
  store: PostgresStore;
  reopen(): Promise<void>;
}
async function node(grants: () => Scopes): Promise<Node> {
  const url = await server.createDatabase(`l${++databases}`);
  const scopes: ScopeDecisions = {
    grants,
    foremost: async () => ({ names: [], next: '', done: 0, of: 0 }),
    wants: async () => [],
    lookUp: async () => [],
    settleWants: async () => undefined,
  };
  const opened = async (): Promise<PostgresStore> => {
    const store = await openPostgresStore({ url, ...ports, connections: 2, scopes });
    open.push(store);
    return store;
  };
  const made: Node = {
    url,
    store: await opened(),
    reopen: async () => {
      await made.store.close().catch(() => undefined);
      made.store = await opened();
    },
  };
  return made;
}

class Lost extends Error {}

async function drive<T>(machine: Machine<T>, store: SyncStore, ask: (request: Request) => Promise<Reply>): Promise<T> {
  let step = machine.next();
  while (step.done !== true) {
    const effect = step.value;
    const result: unknown = effect.kind === 'ask' ? await ask(effect.request) : await effect.run(store);
    step = machine.next(result);
  }
  return step.value;
}

/** One session of `lower` with `upper`, every message as text; a message may be lost, or come twice. */
function meet(lower: Node, upper: Node, dice: Dice, page: number, faults: boolean): Promise<SessionEnd> {
  const now = ports.clock.now();
  const context = { digest, now, rules: LINK_RULES, hasChildren: true, page, bytes: 20_000 };
  return drive(session(context), lower.store.sync, async (request) => {
    if (faults && dice.roll(12) === 0) throw new Lost('the request was lost');
    const asked = decodeMessage(encodeMessage({ id: '1', message: request }));
    if (!asked.ok) throw new Error('a request decodes');
    const answered = (): Promise<Reply> =>
      drive(
        answer(asked.value.message as Request, { peer: 'site', digest, now, tier: 'region' }),
        upper.store.sync,
        () => {
          throw new Error('who answers asks nobody');
        },
      );
    if (faults && dice.roll(12) === 0) await answered();
    const reply = decodeMessage(encodeMessage({ id: '1', message: await answered() }));
    if (faults && dice.roll(12) === 0) throw new Lost('the reply was lost');
    if (!reply.ok) throw new Error('a reply decodes');
    return reply.value.message as Reply;
  });
}

/** Every session of a database ends, in the middle of whatever it does. */
async function cut(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  await client.end();
}

const NAMES = ['Patient/1', 'Patient/2', 'Flag/1', 'Basic/1', 'Observation/1', 'Observation/2'];

/** The commit of a write on some of the heads that stand here, as somebody would who saw them; what is not acknowledged may be there or not. */
async function writeAt(at: Node, dice: Dice, n: number): Promise<Hash | undefined> {
  const scribe = new Scribe(at.store, T0 + n * 1_000);
  const name = dice.pick(NAMES);
  const heads = (await scribe.get(name))?.heads ?? [];
  const parents = dice.roll(3) === 0 ? heads.slice(0, 1) : heads;
  const subject = { reference: dice.pick(['Patient/1', 'Patient/2']) };
  const content =
    heads.length > 0 && dice.roll(6) === 0 ? undefined : { n, ...(name.startsWith('Ob') ? { subject } : {}) };
  const appended = await at.store.append(scribe.draft(revision(name, content, { parents, expect: 'any' })));
  return appended.ok ? appended.value.hash : undefined;
}

async function revisionsOf(store: PostgresStore, scopes: Scopes): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (let after = 0; ;) {
    const page = await store.feed(after, 200);
    for (const { arrival, revisions } of page) {
      after = arrival;
      for (const { hash, header, text } of revisions)
        if (permits(scopes, keysOf(header))) found.set(hash, `${header}\n${text ?? ''}`);
    }
    if (page.length === 0) return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
/** Commits that are not in the feed. */
async function missing(store: PostgresStore, hashes: ReadonlySet<Hash>): Promise<readonly Hash[]> {
  const left = new Set(hashes);
  for (const { hash } of await store.feed(0, 10_000)) left.delete(hash);
  return [...left];
}
const views = async (store: PostgresStore): Promise<unknown> =>
  (await store.read(NAMES.map(keyOf), EVERYTHING)).map((stored) => stored && { ...stored, lastUpdatedAt: 0 });

async function untilDone(lower: Node, upper: Node, dice: Dice): Promise<void> {
  for (let times = 0; times < 12; times++) {
    const end = await meet(lower, upper, dice, 5, false);
    if (end.end === 'done' && !end.compared && end.left === 0) return;
  }
  throw new Error('the link does not come to rest');
}

async function run(seed: number, granted: Scopes): Promise<{ site: Node; region: Node; acknowledged: Set<Hash> }> {
  console.log(`link: seed ${seed}`);
  const dice = new Dice(seed);
  const [site, region] = [await node(() => []), await node(() => granted)];
  const acknowledged = new Set<Hash>();
  for (let n = 0; n < 45; n++) {
    const at = dice.pick([site, region]);
    const what = dice.roll(10);
    const faulty = (async (): Promise<void> => {
      if (what < 6) {
        const written = await writeAt(at, dice, n);
        if (written !== undefined) acknowledged.add(written);
      } else if (what < 9) await meet(site, region, dice, 1 + dice.roll(6), true);
      else if (dice.roll(2) === 0) await at.reopen();
      // Both are under way while the sessions of one end.
      else await Promise.allSettled([meet(site, region, dice, 3, false), writeAt(at, dice, n), cut(at.url)]);
    })();
    await faulty.catch(() => undefined);
  }
  await untilDone(site, region, dice);
  return { site, region, acknowledged };
}

test('[PG30] two nodes that write, part, lose messages and sessions end the same, byte for byte', async () => {
  for (const seed of [11, 12, Math.floor(Math.random() * 1e9)]) {
    const { site, region, acknowledged } = await run(seed, 'all');
    const here = await revisionsOf(site.store, 'all');
    expect(await revisionsOf(region.store, 'all'), `seed ${seed}`).toEqual(here);
    expect(await missing(region.store, acknowledged), `seed ${seed}`).toEqual([]);
    expect(await views(region.store), `seed ${seed}`).toEqual(await views(site.store));
    for (const { store } of [site, region]) expect((await store.verify()).findings, `seed ${seed}`).toEqual([]);
    const [queue] = (await site.store.sync.syncStatus()).queues;
    expect(queue, `seed ${seed}`).toBeUndefined();
    await closeAll();
  }
});

test('[PG30] a node that may have a part has that part whole, and what it wrote itself', async () => {
  for (const seed of [21, Math.floor(Math.random() * 1e9)]) {
    const granted = ['', 'demog', 'pat/1'];
    const { site, region, acknowledged } = await run(seed, granted);
    const [here, above] = [await revisionsOf(site.store, granted), await revisionsOf(region.store, granted)];
    expect(here, `seed ${seed}`).toEqual(above);
    expect(await missing(region.store, acknowledged), `seed ${seed}`).toEqual([]);
    for (const { store } of [site, region]) expect((await store.verify()).findings, `seed ${seed}`).toEqual([]);
    await closeAll();
  }
});
