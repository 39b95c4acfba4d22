// Takes sealed copies of what another device of the ward could not hand over. The sender is answered when this device's disk has them.
//
//   DV20  Vouched for and not retired; a device hands over what it wrote itself, and nothing else.
//   DV21  The signature is looked at before anything is opened.
//   DV22  What is carried for others is bounded in number and bytes; full is said, so that the sender asks another device.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { installOf } from '../../core/record/scope.ts';
import { isSettled } from '../../core/sync/judge-commit.ts';
import type { MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import { decodeMessage } from '../../core/sync/messages.ts';
import type { CarriedCommit } from '../../core/sync/ports.ts';
import { vouchedFor } from '../sync-api/commit-words.ts';
import type { RegisteredNode } from '../sync-api/link-types.ts';
import { isSignedBy, sealFor, type NodeKeys } from '../sync-api/node-keys.ts';
import type { WardPeers } from './ward-peers.ts';
import {
  answerWords,
  askWords,
  WARD_BYTES_MAX,
  WARD_HEADERS,
  WARD_PATH,
  WARD_TYPE,
  type WardAnswer,
  type WardAsk,
} from './ward-words.ts';

export interface WardLimits {
  readonly commits: number;
  readonly bytes: number;
}
export const WARD_LIMITS: WardLimits = { commits: 20_000, bytes: 64 * 1024 * 1024 };

export interface WardListenerOptions {
  readonly node: string;
  readonly keys: NodeKeys;
  readonly store: MemorySyncStore;
  readonly peers: WardPeers;
  readonly host: string;
  readonly port: number;
  readonly limits?: WardLimits;
  /** Something came that is to be passed up. */
  readonly took: () => void;
}
export interface WardListener {
  /** That it really got. */
  readonly port: number;
  close(): Promise<void>;
}

const UNPACKED_BYTES_MAX = 32 * 1024 * 1024;
const REQUEST_MS_MAX = 30_000;

export async function openWardListener(options: WardListenerOptions): Promise<WardListener> {
  const server: Server = createServer((request, response) => {
    answer(options, request).then(
      (said) => end(response, said),
      // A disk that is full, a connection that broke: the sender keeps what it has, and asks again.
      () => end(response, { status: 503 }),
    );
  });
  server.requestTimeout = REQUEST_MS_MAX;
  server.headersTimeout = REQUEST_MS_MAX;
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Said {
  readonly status: number;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}
function end(response: ServerResponse, { status, body, headers }: Said): void {
  response.writeHead(status, { 'cache-control': 'no-store', ...headers });
  response.end(body);
}

async function answer(options: WardListenerOptions, request: IncomingMessage): Promise<Said> {
  const { keys, node, peers } = options;
  if (request.url !== WARD_PATH) return { status: 404 };
  if (request.method === 'GET') {
    const body = Buffer.from(JSON.stringify({ node, sign: keys.publicKeys.sign }));
    return { status: 200, body, headers: { 'content-type': 'application/json' } };
  }
  if (request.method !== 'POST') return { status: 405 };
  const body = await bytesOf(request);
  if (body === undefined) return { status: 413 };
  const [from, to, signature] = [WARD_HEADERS.key, WARD_HEADERS.to, WARD_HEADERS.signature].map((name) =>
    String(request.headers[name] ?? ''),
  );
  if (from === undefined || signature === undefined || to !== keys.publicKeys.sign) return { status: 400 };
  if (!isSignedBy(from, askWords(from, to, body), signature)) return { status: 403 };
  const peer = await peers(from);
  // Nobody whom this device may deal with: not even why is sealed for it.
  if (peer === undefined) return { status: 403 };
  const said = Buffer.from(JSON.stringify(await heard(options, peer, body)), 'utf8');
  const sealed = sealFor(peer.keys.seal, said);
  return {
    status: 200,
    body: sealed,
    headers: {
      'content-type': WARD_TYPE,
      [WARD_HEADERS.key]: keys.publicKeys.sign,
      [WARD_HEADERS.signature]: keys.sign(answerWords(keys.publicKeys.sign, signature, sealed)),
    },
  };
}

async function heard(options: WardListenerOptions, peer: RegisteredNode, body: Uint8Array): Promise<WardAnswer> {
  const { store, keys, took, limits = WARD_LIMITS } = options;
  const opened = keys.open(body);
  if (opened === undefined) return { answer: 'refused', why: 'malformed' };
  const asked = readAsk(opened);
  if (asked === undefined) return { answer: 'refused', why: 'malformed' };
  if (asked.ask === 'where') {
    const own = asked.origins.filter((origin) => installOf(origin) === peer.node);
    return { answer: 'stands', at: rangesOf(store, own) };
  }
  const commits = commitsIn(asked.commits);
  if (commits === undefined) return { answer: 'refused', why: 'malformed' };
  const isIts = (commit: CarriedCommit): boolean =>
    installOf(commit.origin) === peer.node && vouchedFor(commit, (key) => key === peer.keys.sign) === 'signed';
  if (!commits.every(isIts)) return { answer: 'refused', why: 'not-yours' };
  const { count, bytes } = store.sealedSize();
  if (count + commits.length > limits.commits || bytes + opened.length > limits.bytes) return { answer: 'full' };
  const verdicts = await store.carry(commits);
  if (verdicts.some(isSettled)) took();
  return {
    answer: 'stands',
    at: rangesOf(store, [...new Set(commits.map(({ origin }) => origin))]),
  };
}

type Range = readonly [origin: string, from: number, to: number];
const rangesOf = (store: MemorySyncStore, origins: readonly string[]): readonly Range[] =>
  origins.map((origin) => store.range(origin)).filter((range) => range !== undefined);

function readAsk(bytes: Uint8Array): WardAsk | undefined {
  try {
    const said: Readonly<Record<string, unknown>> = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const { ask, origins, commits } = said;
    if (typeof said['fresh'] !== 'string') return undefined;
    const fresh = said['fresh'];
    if (ask === 'where' && Array.isArray(origins) && origins.every((each) => typeof each === 'string'))
      return { ask, origins, fresh };
    return ask === 'carry' && typeof commits === 'string' ? { ask, commits, fresh } : undefined;
  } catch {
    return undefined;
  }
}

function commitsIn(packed: string): readonly CarriedCommit[] | undefined {
  try {
    const text = gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: UNPACKED_BYTES_MAX }).toString('utf8');
    const read = decodeMessage(text);
    return read.ok && read.value.message.kind === 'push' ? read.value.message.commits : undefined;
  } catch {
    return undefined;
  }
}

function bytesOf(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size > WARD_BYTES_MAX) {
        resolve(undefined);
        request.pause();
      } else parts.push(part);
    });
    request.once('end', () => resolve(Buffer.concat(parts)));
    request.once('error', reject);
    request.once('aborted', () => reject(new Error('the request broke off')));
  });
}
