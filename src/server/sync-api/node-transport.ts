// A node's way to its parent over HTTPS, for the exchange that is the same everywhere (`core/sync/signed-exchange.ts`).
//
//   1. An exchange is given up after a time without bytes, and may be repeated.
import { randomBytes } from 'node:crypto';
import { err, ok } from '../../core/base/result.ts';
import type { Clock } from '../../core/base/ports.ts';
import type { LinkTransport } from '../../core/sync/parent-links.ts';
import { ANSWER_TOO_LARGE, signedExchange, type ExchangePorts } from '../../core/sync/signed-exchange.ts';
import { PACKED_BYTES_MAX, SYNC_PATH } from '../../core/sync/signed-words.ts';
import type { LinkTrouble, ParentRecord } from './link-types.ts';
import { isSignedBy, type NodeKeys } from './node-keys.ts';
import { packText, unpackText } from './pack-message.ts';
import { pinnedAgent, UntrustedParent } from './pinned-agent.ts';
import { AnswerTooLarge, sendRequest, type Sent } from './send-request.ts';
import { bytesHash } from './signed-words.ts';

export interface NodeTransportOptions {
  readonly parent: Pick<ParentRecord, 'url' | 'keys' | 'caPem' | 'name'>;
  readonly keys: NodeKeys;
  /** Of this node: drawn at every start. */
  readonly incarnation: string;
  readonly clock: Clock;
  /** No byte either way; 60 s. */
  readonly idleMs?: number;
  /** A whole exchange; 10 min: one commit of 5 MB over a slow line. */
  readonly wholeMs?: number;
}

export type NodeTransport = LinkTransport;

const IDLE_MS = 60_000;
const WHOLE_MS = 600_000;

/** A parent's address that is taken: https, or http on this machine. */
export function parentUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isHere = host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
  const fits = url.protocol === 'https:' || (url.protocol === 'http:' && isHere);
  return fits && url.username === '' && url.password === '' && url.search === '' && url.hash === '' ? url : undefined;
}

export function nodeTransport(options: NodeTransportOptions): NodeTransport {
  const { parent, keys, incarnation, clock } = options;
  const url = parentUrl(parent.url);
  if (url === undefined) throw new Error('not the address of a parent');
  const base = url.pathname.replace(/\/+$/, '');
  let agent = pinnedAgent(url, parent.caPem);
  let stopping = new AbortController();

  const carry: ExchangePorts['carry'] = async (headers, body) => {
    try {
      const sent = await sendRequest({
        method: 'POST',
        url,
        path: `${base}${SYNC_PATH}`,
        headers,
        body,
        agent,
        idleMs: options.idleMs ?? IDLE_MS,
        wholeMs: options.wholeMs ?? WHOLE_MS,
        bytesMax: PACKED_BYTES_MAX,
        signal: stopping.signal,
      });
      return ok({ status: sent.status, header: (name) => headerOf(sent, name), body: sent.body });
    } catch (error) {
      return err(brokenOff(error, parent.name));
    }
  };
  const { exchange, forget } = signedExchange({
    parent,
    key: keys.publicKeys.sign,
    incarnation,
    clock,
    monotonic: () => performance.now(),
    sign: (text) => keys.sign(text),
    isSignedBy,
    bodyHash: bytesHash,
    pack: packText,
    unpack: unpackText,
    drawId: () => randomBytes(9).toString('base64url'),
    carry,
  });

  return {
    exchange,
    reset: () => {
      stopping.abort();
      stopping = new AbortController();
      agent.destroy();
      agent = pinnedAgent(url, parent.caPem);
      forget();
    },
  };
}

function brokenOff(error: unknown, name: string): LinkTrouble {
  if (error instanceof UntrustedParent)
    return {
      kind: 'untrusted',
      text: `${name} was reached, but ${error.message}. If its authority was replaced on purpose: \`holdfast node invite\` there, and \`holdfast start --enrol CODE\` here.`,
    };
  if (error instanceof AnswerTooLarge) return ANSWER_TOO_LARGE;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return {
    kind: 'unreachable',
    text: `${name} cannot be reached${code === '' ? '' : ` (${code})`}. Writing goes on here; what is written is handed over when it can be.`,
  };
}

const headerOf = (sent: Sent, name: string): string => {
  const value = sent.headers[name];
  return typeof value === 'string' ? value : '';
};
