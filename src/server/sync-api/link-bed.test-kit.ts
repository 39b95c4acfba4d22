// Nodes over memory stores, with real HTTP between them: what the tests of this room stand on.
import { randomFillSync } from 'node:crypto';
import { createServer } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { parseJson } from '../../core/base/json.ts';
import type { Clock } from '../../core/base/ports.ts';
import { pureDigest } from '../../core/base/sha256.ts';
import { authorBody } from '../../core/record/body.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { openMemorySyncStore, type MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import { memoryExpiringRows } from '../ports/memory-expiring-rows.ts';
import type { ExpiringRows } from '../ports/expiring-rows.ts';
import { secureDoor } from '../tls/secure-door.ts';
import type { SiteCertificates } from '../tls/site-certificates.ts';
import { ADMISSION, openAdmission } from './admit-peers.ts';
import { invite, type Invitation } from './invite.ts';
import { enrolAtParent } from './enrol-at-parent.ts';
import type { ParentRecord, RegisteredNode, Tier } from './link-types.ts';
import { drawNodeKeys, type NodeKeys } from './node-keys.ts';
import { openNodeRegister, type NodeRegister } from './node-register.ts';
import { nodeTransport, type NodeTransport } from './node-transport.ts';
import { openPeerNonces } from './peer-nonces.ts';
import { openPeerSightings, type PeerSightings } from './peer-sightings.ts';
import { registerSyncApi } from './register-sync-api.ts';

export const chance = { bytes: (count: number): Uint8Array => randomFillSync(new Uint8Array(count)) };

const FORGETFUL = { append: async (): Promise<void> => undefined, replace: async (): Promise<void> => undefined };

export interface BedNode {
  readonly node: string;
  readonly tier: Tier;
  readonly clock: { at: number } & Clock;
  readonly store: MemorySyncStore;
  readonly keys: NodeKeys;
  readonly rows: ExpiringRows;
  readonly register: NodeRegister;
  readonly sightings: PeerSightings;
  readonly enrolled: RegisteredNode[];
  /** `http://127.0.0.1:…`, once it listens. */
  readonly url: string;
  listen(port?: number): Promise<void>;
  /** As `https://localhost:…`, with certificates of a site. */
  listenTls(certificates: SiteCertificates): Promise<void>;
  invite(invitation: Invitation): Promise<string>;
  close(): Promise<void>;
}

/** A node whose clock stands at `at` until the test moves it. */
export function bedNode(
  node: string,
  tier: Tier,
  options: { readonly at?: number; readonly keys?: NodeKeys } = {},
): BedNode {
  const keys = options.keys ?? drawNodeKeys();
  const clock = { at: options.at ?? Date.UTC(2026, 10, 23), now: () => clock.at };
  const store = openMemorySyncStore({ digest: pureDigest, clock, chance, node, grants: () => 'all' }, FORGETFUL);
  const rows = memoryExpiringRows(clock);
  const register = openNodeRegister({ store, keys, node, clock, rememberMs: 0 });
  const sightings = openPeerSightings({ rows, clock, process: 'one', trouble: (error) => fail(error) });
  const enrolled: RegisteredNode[] = [];
  let app: FastifyInstance | undefined;
  let url = '';
  let print: string | undefined;
  let hangUp = (): void => undefined;
  const bed: BedNode = {
    node,
    tier,
    clock,
    store,
    keys,
    rows,
    register,
    sightings,
    enrolled,
    get url() {
      return url;
    },
    listen: async (port = 0) => {
      app = serve();
      url = await app.listen({ host: '127.0.0.1', port });
    },
    listenTls: async (certificates) => {
      print = certificates.caFingerprintSha256;
      app = serve();
      app.get('/trust/ca.crt', (_request, reply) => reply.send(certificates.caPem));
      await app.ready();
      const door = secureDoor(app.server, certificates, { plain: 'loopback' });
      const listener = createServer({ pauseOnConnect: true }, (socket) => door.admit(socket));
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
      const at = listener.address();
      url = `https://localhost:${typeof at === 'object' ? at?.port : ''}`;
      const { server } = app;
      hangUp = () => {
        server.closeAllConnections();
        listener.close();
      };
    },
    invite: async (invitation) => (await invite({ rows, clock, chance }, invitation, print)).code,
    close: async () => {
      hangUp();
      await app?.close();
      app = undefined;
    },
  };
  const serve = (): FastifyInstance => {
    const made = fastify();
    registerSyncApi(made, {
      store,
      register,
      keys,
      nonces: openPeerNonces({ rows, clock, chance }),
      sightings,
      admission: openAdmission(ADMISSION, () => 0),
      rows,
      clock,
      chance,
      digest: pureDigest,
      node,
      name: node,
      tier,
      caPem: () => '',
      received: async () => undefined,
      enrolled: async (entry) => void enrolled.push(entry),
      exchanged: () => undefined,
      log: { error: () => undefined },
    });
    return made;
  };
  return bed;
}
const fail = (error: unknown): never => {
  throw error;
};

/** Enrols `child` at `parent`, which listens. */
export async function enrolled(parent: BedNode, child: BedNode): Promise<ParentRecord> {
  const code = await parent.invite({ name: child.node, tier: child.tier, site: 'Organization/1' });
  const { keys, node, tier, clock } = child;
  const done = await enrolAtParent({ url: parent.url, code, node, tier, keys, clock });
  if (!done.ok) throw new Error(done.error.text);
  return done.value;
}

export const transportOf = (child: BedNode, parent: ParentRecord, incarnation = `${child.node}-1`): NodeTransport =>
  nodeTransport({ parent, keys: child.keys, incarnation, clock: child.clock, idleMs: 5_000, wholeMs: 10_000 });

/** Writes a resource of this type and id. */
export async function write(
  node: BedNode,
  type: string,
  id: string,
  said = 'x',
): Promise<{ origin: string; seq: number }> {
  const text = JSON.stringify({ resourceType: type, id, language: said });
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error('no resource');
  const key = { type, id };
  const [before] = await node.store.read([key], EVERYTHING);
  const landed = await node.store.append({
    revisions: [
      {
        key,
        kind: 'put',
        parents: before?.heads ?? [],
        body: authorBody(text, parsed.value, id),
        authoredAt: node.clock.now(),
      },
    ],
    receivedAt: node.clock.now(),
  });
  if (!landed.ok) throw new Error('not written');
  return landed.value;
}

export const holds = async (node: BedNode, type: string, id: string): Promise<boolean> =>
  (await node.store.read([{ type, id }], EVERYTHING))[0] !== undefined;
