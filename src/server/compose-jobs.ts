// What a node does without being asked, put together: who keeps what, what collides, tasks about conflicts, links, blocks of numbers.
//
//   1. Each follows the record behind those who write it; nothing waits for them. Where there is a turn, one process of the node does
//      the work (NL29).
//   2. What they keep, requests are answered from: it is given out here, beside them.
import { siteCodeOf } from '../core/care/identity/number-series.ts';
import type { RecordEngine } from '../core/engine/engine.ts';
import { openLinks, type LinkParts, type OpenedLinks } from './compose-links.ts';
import type { IdentityDeps } from './identity/identity-deps.ts';
import { openLeaseDesk } from './identity/issue-leased.ts';
import { keepLeases, openAnswering, wishForBlocks } from './identity/keep-leases.ts';
import { openLeaseRecord } from './identity/lease-record.ts';
import { keepCollisions } from './jobs/keep-collisions.ts';
import { keepConflictTasks } from './jobs/keep-conflict-tasks.ts';
import { openScopes, type OpenScopes } from './scopes/open-scopes.ts';
import { openCollisionRows, type OpenCollisionRows } from './storage/collision-rows.ts';
import { openNumberRows } from './storage/number-rows.ts';
import { openTurn } from './storage/turn.ts';
import { openNodeRegister } from './sync-api/node-register.ts';

export interface JobParts extends Omit<LinkParts, 'scopes' | 'collisions'> {
  readonly engine: RecordEngine;
}
export interface OpenedJobs {
  readonly scopes: OpenScopes;
  readonly collisions: Pick<OpenCollisionRows, 'list'>;
  readonly links: OpenedLinks;
  readonly identity: Pick<IdentityDeps, 'rows' | 'node' | 'leases'>;
  /** Resolves when all of them stand still. */
  close(): Promise<void>;
}

/** About how many characters of commits a job reads at once; one commit may have 5 million. */
const FEED_CHARS = 4_000_000;

/** All of them work from now on. What they are given is closed by whoever gave it, after them. */
export async function openJobs(parts: JobParts): Promise<OpenedJobs> {
  const { options, ports, store, engine, grants } = parts;
  const { settings, log, incarnation, databaseUrl: url } = options;
  const { clock, digest } = ports;
  const ends: (() => Promise<void>)[] = [];
  const startedAt = clock.now();

  const scopes = openScopes({
    tables: grants,
    store,
    sync: store.sync,
    install: store.install,
    clock,
    log: (message) => log.warn({ message }, 'scopes'),
  });
  scopes.start();
  ends.push(() => scopes.close());

  const collisions = await openCollisionRows({ url });
  ends.push(() => collisions.close());
  const turn = openTurn(url, 'collisions');
  ends.push(() => turn.close());
  const keeping = keepCollisions({
    store: {
      // Batches of the audit are large: some hundred of them at once would hold up whoever asks meanwhile.
      feed: (after, limit) => store.sync.feed(after, limit, FEED_CHARS),
      read: (keys, visible) => store.read(keys, visible),
      search: (query, visible, limits) => store.search(query, visible, limits),
      siblings: (key, visible) => store.siblings(key, visible),
    },
    rows: collisions,
    isOurTurn: () => turn.held(),
    clock,
    log: (message) => log.warn({ message }, 'collisions'),
  });
  ends.push(() => keeping.close());
  const taskKeeping = keepConflictTasks({
    store,
    engine,
    rows: collisions,
    tier: settings.tier,
    holdings: scopes,
    clock,
    digest,
    isOurTurn: () => turn.held(),
    log: (message) => log.warn({ message }, 'conflicts'),
  });
  ends.push(() => taskKeeping.close());

  const links = openLinks({ ...parts, scopes, collisions });
  ends.push(() => links.close());

  const numberRows = await openNumberRows({ url });
  ends.push(() => numberRows.close());
  const leased = openLeaseRecord({ store, clock, digest });
  const own = { record: leased, rows: numberRows, node: store.install, incarnation };
  const leaseTurn = openTurn(url, 'leases');
  ends.push(() => leaseTurn.close());
  const register = openNodeRegister({ store, keys: links.keys, node: store.install, clock });
  const answering = openAnswering({
    record: leased,
    incarnation,
    sites: async () => (await register.list()).filter((one) => one.tier === 'site' && one.retiredAt === undefined),
  });
  const leaseKeeping = keepLeases({
    step: () =>
      settings.tier === 'region'
        ? answering()
        : wishForBlocks({
            ...own,
            met: async () => {
              const parent = links.parent();
              return parent === undefined ? undefined : (await store.sync.link(parent.node))?.incarnation;
            },
          }),
    isOurTurn: () => leaseTurn.held(),
    log: (message) => log.warn({ message }, 'numbers'),
  });
  ends.push(() => leaseKeeping.close());

  return {
    scopes,
    collisions,
    links,
    identity: {
      rows: numberRows,
      node: { siteCode: settings.siteCode ?? siteCodeOf(digest.sha256(store.install)), incarnation, startedAt },
      leases: openLeaseDesk(own),
    },
    close: async () => {
      for (const end of ends.toReversed()) await end();
    },
  };
}
