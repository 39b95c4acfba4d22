// The links of a node put together: what answers nodes below, what keeps the link to the one above, and what is said of both.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuditTrail } from '../core/access/audit-trail.ts';
import type { Principal } from '../core/access/principal.ts';
import type { Clock } from '../core/base/ports.ts';
import type { CollisionRows } from '../core/record/collision-rows.ts';
import { conflictFigures } from '../core/record/conflicts.ts';
import type { ServerOptions } from './cli/parts.ts';
import { clientAddressOf } from './node/client-address.ts';
import type { LinkHealth } from './node/health.ts';
import type { NodePorts } from './ports/node-ports.ts';
import type { ExpiringRows } from './ports/expiring-rows.ts';
import type { OpenScopes } from './scopes/open-scopes.ts';
import type { Grants } from './storage/grants.ts';
import type { PostgresStore } from './storage/postgres-store.ts';
import type { ScopeDecisions } from './storage/sync-store.ts';
import { openTurn } from './storage/turn.ts';
import { ADMISSION, openAdmission } from './sync-api/admit-peers.ts';
import { readParent } from './sync-api/enrol-at-parent.ts';
import type { ParentRecord } from './sync-api/link-types.ts';
import { openLinkRunner } from './sync-api/link-runner.ts';
import { openNodeKeys, type NodeKeys } from './sync-api/node-keys.ts';
import { openNodeRegister } from './sync-api/node-register.ts';
import { nodeTransport } from './sync-api/node-transport.ts';
import { openPeerNonces } from './sync-api/peer-nonces.ts';
import { openPeerSightings } from './sync-api/peer-sightings.ts';
import { proveCommits } from './sync-api/prove-commits.ts';
import { registerSyncApi } from './sync-api/register-sync-api.ts';
import { registerSyncStatus } from './sync-api/register-sync-status.ts';
import { openSyncMetrics } from './sync-api/sync-metrics.ts';
import { syncStatus, type MirrorStatus, type SyncStatus } from './sync-api/sync-status.ts';

export interface LinkParts {
  readonly options: ServerOptions;
  readonly version: string;
  readonly ports: NodePorts;
  readonly store: PostgresStore;
  readonly rows: ExpiringRows;
  readonly scopes: OpenScopes;
  readonly grants: Grants;
  readonly collisions: Pick<CollisionRows, 'figures'>;
  readonly audit: AuditTrail;
  readonly caPem: () => string;
  readonly freeBytes: () => Promise<number | undefined>;
  /** Who asks; `undefined`: nobody that the node knows. */
  readonly principalOf: (request: FastifyRequest) => Promise<Principal | undefined>;
  readonly mirror?: () => Promise<MirrorStatus | undefined>;
}
export interface OpenedLinks {
  readonly keys: NodeKeys;
  readonly parent: () => ParentRecord | undefined;
  register(app: FastifyInstance): void;
  health(): Promise<LinkHealth>;
  /** Whether the node above answers; `none`: there is none above a site. A region is the top itself: `ok`. */
  reach(): Promise<'ok' | 'away' | 'none'>;
  close(): Promise<void>;
}

/** The client of `holdfast token`: whoever holds the data folder. */
const LOCAL_CLIENT = 'holdfast-local';
const FRESH_MS = 2_000;
/** How often what a comparison needs is brought up to date, on the process that runs the link. */
const CATCH_UP_MS = 10_000;

export function openLinks(parts: LinkParts): OpenedLinks {
  const { options, ports, store, rows, scopes, grants, collisions, audit, version } = parts;
  const { settings, data, log, incarnation } = options;
  const { clock, chance, digest } = ports;
  const keys = openNodeKeys(data);
  const node = store.install;
  const { sync } = store;
  const register = openNodeRegister({ store, keys, node, clock });
  const trouble = (error: unknown): void =>
    log.error({ error: error instanceof Error ? error.name : 'unknown' }, 'links');
  const sightings = openPeerSightings({
    rows,
    clock,
    process: Buffer.from(chance.bytes(6)).toString('base64url'),
    trouble,
  });
  const parent = parentIn(data, settings.parent, trouble);
  scopes.setParent(parent()?.node).catch(trouble);
  const turn = openTurn(options.databaseUrl, 'link');
  const runner = openLinkRunner({
    store: sync,
    rows,
    clock,
    digest,
    turn,
    parent,
    transportTo: (to) => nodeTransport({ parent: to, keys, incarnation, clock }),
    hasChildren: true,
    log,
    done: async (above, startedAt) => {
      const link = await sync.link(above.node);
      if (link !== undefined) await scopes.confirmed(above.node, startedAt, link.scopes);
    },
    filling: (done, of) => scopes.noteFilling(done, of),
  });

  const catchingUp = setInterval(() => {
    // The others ask for it themselves when they compare.
    if (turn.held()) sync.catchUp().catch(trouble);
  }, CATCH_UP_MS);
  catchingUp.unref();

  const status = remembered(
    () =>
      syncStatus({
        store: sync,
        rows,
        clock,
        register,
        sightings,
        parent,
        wantsParent: settings.parent !== undefined,
        node,
        name: settings.nodeName,
        tier: settings.tier,
        version,
        incarnation,
        age: () => scopes.age(),
        quarantine: async () => (await sync.syncStatus()).quarantine,
        conflicts: () => conflictFigures(store, collisions),
        freeBytes: parts.freeBytes,
        ...(parts.mirror === undefined ? {} : { mirror: parts.mirror }),
      }),
    FRESH_MS,
  );
  const metrics = openSyncMetrics(options.metrics.registry, status);

  return {
    keys,
    parent,
    register: (app) => {
      registerSyncApi(app, {
        store: sync,
        register,
        keys,
        nonces: openPeerNonces({ rows, clock, chance }),
        sightings,
        admission: openAdmission({ ...ADMISSION, inFlightMax: settings.syncInFlight }),
        rows,
        clock,
        chance,
        digest,
        node,
        name: settings.nodeName,
        tier: settings.tier,
        caPem: parts.caPem,
        received: async (peer, commits) => {
          await scopes.noteReceived(peer, commits);
          await proveCommits({ register, rows, clock }, peer, commits);
        },
        enrolled: async (entry, request) => {
          if (entry.tier !== 'region')
            await grants.enrol(entry.node, entry.tier, entry.site === undefined ? [] : [entry.site]);
          await audit.record({
            at: clock.now(),
            act: 'account',
            ok: true,
            device: 'node',
            session: 'enrolment',
            name: `node ${entry.name}`,
            address: clientAddressOf(request.raw, settings.trustProxy),
            what: [`Device/${entry.node}`],
            detail: `node enrolled: ${entry.tier} ${entry.name}`,
          });
        },
        exchanged: (what) => metrics.exchanged(what),
        log,
      });
      registerSyncStatus(app, {
        status,
        store: sync,
        tier: settings.tier,
        maySeeDetails: async (request) => {
          const who = await parts.principalOf(request);
          return (
            who !== undefined &&
            (who.client === LOCAL_CLIENT || who.duties.some(({ role }) => role === 'it' || role === 'incident-lead'))
          );
        },
      });
    },
    health: async () => {
      const { attention } = await status();
      const urgent = attention.filter((one) => one.urgent);
      return { status: urgent.length === 0 ? 'ok' : 'degraded', texts: attention.map(({ summary }) => summary) };
    },
    reach: async () => {
      if (settings.tier === 'region') return 'ok';
      const above = (await status()).parent;
      return above === undefined ? 'none' : above.reachable ? 'ok' : 'away';
    },
    close: async () => {
      clearInterval(catchingUp);
      await runner.close();
      await turn.close();
      await sightings.close().catch(trouble);
    },
  };
}

/** What a peer may have is in the tables of grants; that it looks a patient up grants him, and the audit is told. */
export function scopeDecisions(
  grants: Grants,
  clock: Clock,
  told: (peer: string, keys: readonly string[]) => Promise<void>,
): ScopeDecisions {
  return {
    grants: (peer) => grants.grantsOf(peer),
    foremost: (scopes, after, limit) => grants.foremost(scopes, after, limit),
    wants: () => grants.wants(),
    settleWants: (asked, granted) => grants.settleWants(asked, granted),
    lookUp: async (peer, keys) => {
      const patients = keys.filter((key) => PATIENT_KEY.test(key));
      if (patients.length === 0) return [];
      await told(peer, patients);
      await grants.lookUp(peer, patients, clock.now());
      return patients;
    },
  };
}
const PATIENT_KEY = /^pat\/[A-Za-z0-9.-]{1,64}$/;

/** Read again when the file changes: a node is enrolled, or enrolled again, while it runs. A new address in the settings counts. */
function parentIn(
  data: string,
  address: string | undefined,
  trouble: (error: unknown) => void,
): () => ParentRecord | undefined {
  const file = join(data, 'parent.json');
  let mark = '';
  let read: ParentRecord | undefined;
  return () => {
    try {
      const now = existsSync(file) ? String(statSync(file).mtimeMs) : '';
      if (now !== mark) {
        read = readParent(data);
        mark = now;
      }
    } catch (error) {
      trouble(error);
    }
    return read === undefined || address === undefined ? read : { ...read, url: address.replace(/\/+$/, '') };
  };
}

function remembered(ask: () => Promise<SyncStatus>, freshMs: number): () => Promise<SyncStatus> {
  let last: { readonly at: number; readonly said: Promise<SyncStatus> } | undefined;
  return () => {
    const now = performance.now();
    if (last === undefined || now - last.at > freshMs) {
      const said = ask();
      last = { at: now, said };
      // What failed is not remembered.
      said.catch(() => (last = undefined));
    }
    return last.said;
  };
}
