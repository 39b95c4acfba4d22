// The upper side of links on a server: POST /sync/1 for nodes below, POST /sync/enrol for those that have a code.
//
//   bytes ──key, signature, nonce──> peer ──turn──> message ──answer machine, store──> reply, signed
//
//   1. Nothing is unpacked and nothing is looked up in the record before the signature was proved (NL13, NL15).
//   2. Every answer to a request that is signed is signed itself, refusals too: what they say may be believed (NL12).
//   3. A commit of an authenticated peer is judged by the store, never here (NL14).
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Chance, Clock, Digest } from '../../core/base/ports.ts';
import { answer } from '../../core/sync/answer.ts';
import {
  decodeMessage,
  encodeMessage,
  PROTOCOL_VERSION,
  type Framed,
  type Reply,
  type Request,
} from '../../core/sync/messages.ts';
import { isSettled } from '../../core/sync/judge-commit.ts';
import type { CarriedCommit, SyncStore } from '../../core/sync/ports.ts';
import { PACKED_BYTES_MAX, PROOF_HEADER } from '../../core/sync/signed-words.ts';
import type { ExpiringRows } from '../ports/expiring-rows.ts';
import type { Admission } from './admit-peers.ts';
import { driveMachine } from '../../core/sync/drive-session.ts';
import { proofOf, redeem, type EnrolmentReply } from './invite.ts';
import type { RegisteredNode, Tier } from './link-types.ts';
import { isRawKey, isSignedBy, type NodeKeys } from './node-keys.ts';
import type { NodeRegister } from './node-register.ts';
import { packText, unpackText } from './pack-message.ts';
import type { PeerNonces } from './peer-nonces.ts';
import type { PeerSightings } from './peer-sightings.ts';
import { STATUS_OF, type RefusalBody, type RefusalKind } from '../../core/sync/refusals.ts';
import { CONTENT_TYPE, ENROL_PATH, HEADERS, replyWords, requestWords, SYNC_PATH } from './signed-words.ts';

export interface SyncApiDeps {
  readonly store: SyncStore;
  readonly register: NodeRegister;
  readonly keys: NodeKeys;
  readonly nonces: PeerNonces;
  readonly sightings: PeerSightings;
  readonly admission: Admission;
  readonly rows: ExpiringRows;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly digest: Digest;
  /** This node's install id, and what it is called. */
  readonly node: string;
  readonly name: string;
  readonly tier: Tier;
  /** The certificate of the authority of this node, PEM; '' where it is reached over loopback alone. */
  readonly caPem: () => string;
  /** Commits of a peer that are kept: told before the peer is told so. */
  readonly received: (peer: string, commits: readonly CarriedCommit[]) => Promise<void>;
  /** A node was taken in: for the audit, and for what it may have. */
  readonly enrolled: (node: RegisteredNode, request: FastifyRequest) => Promise<void>;
  readonly exchanged: (what: {
    readonly kind: string;
    readonly status: number;
    readonly seconds: number;
    readonly bytes: number;
  }) => void;
  readonly log: { error(fields: Readonly<Record<string, unknown>>, message: string): void };
}

const ENROL_BYTES_MAX = 16 * 1024;
const BUSY_MS = 1_000;

export function registerSyncApi(app: FastifyInstance, deps: SyncApiDeps): void {
  void app.register(async (scope: FastifyInstance) => {
    scope.removeAllContentTypeParsers();
    const asBytes = { parseAs: 'buffer' } as const;
    scope.addContentTypeParser(CONTENT_TYPE, { ...asBytes, bodyLimit: PACKED_BYTES_MAX }, (_request, body, done) =>
      done(null, body),
    );
    scope.addContentTypeParser('application/json', { ...asBytes, bodyLimit: ENROL_BYTES_MAX }, (_request, body, done) =>
      done(null, body),
    );
    scope.post(SYNC_PATH, { bodyLimit: PACKED_BYTES_MAX }, (request, reply) => answerPeer(deps, request, reply));
    scope.post(ENROL_PATH, { bodyLimit: ENROL_BYTES_MAX }, (request, reply) => takeIn(deps, request, reply));
  });
}

async function answerPeer(deps: SyncApiDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const startedAt = performance.now();
  const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
  const key = headerOf(request, HEADERS.key);
  const nonce = headerOf(request, HEADERS.nonce);
  const incarnation = headerOf(request, HEADERS.incarnation);
  const signature = headerOf(request, HEADERS.signature);
  let kind = 'none';
  const end = async (status: number, bytes: Uint8Array, type: string, next: string): Promise<FastifyReply> => {
    const now = String(deps.clock.now());
    const words = replyWords({ status, request: signature, nonce: next, now, body: bytes });
    const seconds = (performance.now() - startedAt) / 1_000;
    deps.exchanged({ kind, status, seconds, bytes: bytes.length + body.length });
    return reply
      .code(status)
      .header('content-type', type)
      .header('cache-control', 'no-store')
      .header(HEADERS.now, now)
      .header(HEADERS.nonce, next)
      .header(HEADERS.signature, deps.keys.sign(words))
      .send(bytes);
  };
  const refuse = (why: RefusalKind, next = ''): Promise<FastifyReply> => {
    const said: RefusalBody = { refused: why, ...(why === 'busy' ? { retryAfterMs: BUSY_MS } : {}) };
    return end(STATUS_OF[why], Buffer.from(JSON.stringify(said)), 'application/json', next);
  };

  if (!isRawKey(key) || signature === '' || incarnation.length > 128) return refuse('malformed');
  const words = requestWords({ path: SYNC_PATH, key, to: deps.keys.publicKeys.sign, nonce, incarnation, body });
  if (!isSignedBy(key, words, signature)) return refuse('signature');
  const peer = await deps.register.byKey(key);
  if (peer === undefined) return refuse('unknown-node');
  if (peer.retiredAt !== undefined) return refuse('retired');
  const next = await deps.nonces.give(key);
  if (!(await deps.nonces.isGood(key, nonce))) return refuse('nonce', next);

  const turn = await deps.admission.run(`${peer.node} ${incarnation}`, async () => {
    const text = await unpackText(body);
    if (!text.ok) return { refused: text.error } as const;
    const decoded = decodeMessage(text.value);
    if (!decoded.ok) return { refused: decoded.error.kind === 'unknown-version' ? 'version' : 'malformed' } as const;
    const { id, message } = decoded.value;
    kind = message.kind;
    if (!isRequest(message)) return { refused: 'malformed' } as const;
    if (message.kind === 'hello' && message.node !== peer.node) return { refused: 'other-node' } as const;
    deps.sightings.saw(peer.node, incarnation, message.kind === 'push' ? message.commits.length : 0);
    const said = await answered(deps, peer, message);
    return { packed: await packText(encodeMessage({ id, message: said })) } as const;
  });
  if (turn === undefined) return refuse('busy', next);
  if ('refused' in turn.done) return refuse(turn.done.refused, next);
  return end(200, turn.done.packed, CONTENT_TYPE, next);
}

async function answered(deps: SyncApiDeps, peer: RegisteredNode, request: Request): Promise<Reply> {
  const { store, digest, clock } = deps;
  const machine = answer(request, { peer: peer.node, digest, now: clock.now(), tier: deps.tier });
  try {
    const done = await driveMachine<Reply, never>(machine, store, () => {
      throw new Error('the upper side of a link asks nothing');
    });
    if (!done.ok) return { kind: 'refused', why: 'busy' };
    const reply = done.value;
    if (request.kind === 'push' && reply.kind === 'verdicts') {
      const { verdicts } = reply;
      const kept = request.commits.filter((_commit, at) => verdicts[at] !== undefined && isSettled(verdicts[at]));
      if (kept.length > 0) await deps.received(peer.node, kept);
    }
    return reply;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    deps.log.error(
      { error: error instanceof Error ? error.name : 'unknown', code, message: request.kind },
      'a node below could not be answered',
    );
    // PostgreSQL 53100: its disk is full. Anything else may pass.
    return { kind: 'refused', why: code === '53100' || code === 'ENOSPC' ? 'disk' : 'busy' };
  }
}

const isRequest = (message: Framed['message']): message is Request => REQUESTS.has(message.kind);
const REQUESTS: ReadonlySet<string> = new Set<Request['kind']>([
  'hello',
  'push',
  'pull',
  'compare',
  'fetch',
  'offer',
  'want',
  'foremost',
  'body',
]);

async function takeIn(deps: SyncApiDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const text = request.body instanceof Uint8Array ? Buffer.from(request.body).toString('utf8') : '';
  const taken = await redeem(
    { rows: deps.rows, register: deps.register, node: deps.node },
    text,
    headerOf(request, PROOF_HEADER),
    headerOf(request, HEADERS.signature),
  );
  reply.header('content-type', 'application/json').header('cache-control', 'no-store');
  if (!taken.ok) return reply.code(403).send(JSON.stringify({ refused: taken.error }));
  const { entry, mac } = taken.value;
  await deps.enrolled(entry, request);
  const said: EnrolmentReply = {
    node: deps.node,
    name: deps.name,
    tier: deps.tier,
    keys: deps.keys.publicKeys,
    caPem: deps.caPem(),
    as: { name: entry.name, tier: entry.tier, site: entry.site ?? '' },
  };
  const answerText = JSON.stringify(said);
  return reply.code(200).header(PROOF_HEADER, proofOf(mac, answerText)).send(answerText);
}

const headerOf = (request: FastifyRequest, name: string): string => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
};

/** What this node speaks: shown in its status. */
export const PROTOCOL = PROTOCOL_VERSION;
