// The lower side's way to its parent: one signed HTTP exchange for each message. Used by the link of a node and by devices.
//
//   asked ──401 with a nonce──> asked again, once ──200, signed by the parent──> reply
//      └──────────── anything else ──> trouble, by name
//
//   1. Only what the pinned parent signed for this very request is a reply, or a refusal with a meaning (NL12).
//   2. An exchange is given up after a time without bytes, and may be repeated: a message means the same however often it comes.
import { randomBytes } from 'node:crypto';
import { err, ok, type Result } from '../../core/base/result.ts';
import { decodeMessage, encodeMessage, PROTOCOL_VERSION, type Reply, type Request } from '../../core/sync/messages.ts';
import type { Clock } from '../../core/base/ports.ts';
import type { Exchanged, LinkTrouble, ParentRecord } from './link-types.ts';
import { isSignedBy, type NodeKeys } from './node-keys.ts';
import { PACKED_BYTES_MAX, packText, unpackText } from './pack-message.ts';
import { pinnedAgent, UntrustedParent } from './pinned-agent.ts';
import { isRefusalKind, REMEDIES, type RefusalBody } from './refusals.ts';
import { AnswerTooLarge, sendRequest, type Sent } from './send-request.ts';
import { CONTENT_TYPE, HEADERS, replyWords, requestWords, SYNC_PATH } from './signed-words.ts';

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

export interface NodeTransport {
  /** Never throws. */
  exchange(request: Request): Promise<Result<Exchanged, LinkTrouble>>;
  /** Breaks off what is under way and closes connections; the next exchange opens others. */
  reset(): void;
}

const IDLE_MS = 60_000;
const WHOLE_MS = 600_000;
const TRIES = 2;
const RETRY_MS_MAX = 60_000;

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
  let nonce = '';

  const once = async (body: Uint8Array): Promise<Result<Answer, LinkTrouble>> => {
    const words = { path: SYNC_PATH, key: keys.publicKeys.sign, to: parent.keys.sign, nonce, incarnation, body };
    const signature = keys.sign(requestWords(words));
    const askedAt = clock.now();
    const startedAt = performance.now();
    let sent: Sent;
    try {
      sent = await sendRequest({
        method: 'POST',
        url,
        path: `${base}${SYNC_PATH}`,
        headers: {
          'content-type': CONTENT_TYPE,
          [HEADERS.key]: keys.publicKeys.sign,
          [HEADERS.nonce]: nonce,
          [HEADERS.incarnation]: incarnation,
          [HEADERS.signature]: signature,
        },
        body,
        agent,
        idleMs: options.idleMs ?? IDLE_MS,
        wholeMs: options.wholeMs ?? WHOLE_MS,
        bytesMax: PACKED_BYTES_MAX,
        signal: stopping.signal,
      });
    } catch (error) {
      return err(brokenOff(error, parent.name));
    }
    const tookMs = performance.now() - startedAt;
    const now = headerOf(sent, HEADERS.now);
    const next = headerOf(sent, HEADERS.nonce);
    const { status } = sent;
    const said = replyWords({ status, request: signature, nonce: next, now, body: sent.body });
    if (!isSignedBy(parent.keys.sign, said, headerOf(sent, HEADERS.signature))) return err(unsigned(sent, parent.name));
    if (next !== '') nonce = next;
    // Half of the way there, half of the way back.
    return ok({ status, body: sent.body, tookMs, skewMs: Math.round(Number(now) - (askedAt + tookMs / 2)) });
  };

  return {
    exchange: async (request) => {
      const id = randomBytes(9).toString('base64url');
      const body = await packText(encodeMessage({ id, message: request }));
      if (body.length > PACKED_BYTES_MAX) return err({ kind: 'too-large', text: 'A message is too large to be sent.' });
      for (let tries = 1; ; tries += 1) {
        const answer = await once(body);
        if (!answer.ok) return answer;
        const { status, tookMs, skewMs } = answer.value;
        if (status === 200) {
          const reply = await replyOf(answer.value.body, id);
          if (!reply.ok) return reply;
          return ok({ reply: reply.value, skewMs, tookMs, sentBytes: body.length, gotBytes: answer.value.body.length });
        }
        const refusal = refusalOf(answer.value.body);
        if (refusal?.refused === 'nonce' && tries < TRIES) continue;
        return err(troubleOf(refusal, parent.name));
      }
    },
    reset: () => {
      stopping.abort();
      stopping = new AbortController();
      agent.destroy();
      agent = pinnedAgent(url, parent.caPem);
      nonce = '';
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
  readonly tookMs: number;
  readonly skewMs: number;
}

async function replyOf(body: Uint8Array, id: string): Promise<Result<Reply, LinkTrouble>> {
  const text = await unpackText(body);
  if (!text.ok) return err(text.error === 'too-large' ? TOO_LARGE : MALFORMED);
  const decoded = decodeMessage(text.value);
  if (!decoded.ok) return err(decoded.error.kind === 'unknown-version' ? OTHER_VERSION : MALFORMED);
  const { message } = decoded.value;
  // Its signature binds it to the request; the name of the request is looked at for the sake of the protocol.
  return decoded.value.id === id && REPLIES.has(message.kind) ? ok(message as Reply) : err(MALFORMED);
}

const REPLIES: ReadonlySet<string> = new Set<Reply['kind']>([
  'welcome',
  'verdicts',
  'feed',
  'differences',
  'fetched',
  'lacking',
  'granted',
  'ordered',
  'piece',
  'refused',
]);

const MALFORMED: LinkTrouble = {
  kind: 'malformed',
  text: 'The parent answered something that no version of the protocol knows. Update the older of the two nodes.',
};
const TOO_LARGE: LinkTrouble = {
  kind: 'too-large',
  text: 'The answer of the parent is larger than any message may be.',
};
const OTHER_VERSION: LinkTrouble = {
  kind: 'version',
  text: `The parent speaks another version of the protocol; this node speaks ${PROTOCOL_VERSION}. Update the older of the two.`,
};

function refusalOf(body: Uint8Array): RefusalBody | undefined {
  try {
    const said: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (typeof said !== 'object' || said === null || !('refused' in said) || !isRefusalKind(said.refused))
      return undefined;
    const retryAfterMs =
      'retryAfterMs' in said && typeof said.retryAfterMs === 'number' ? said.retryAfterMs : undefined;
    return { refused: said.refused, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  } catch {
    return undefined;
  }
}

function troubleOf(refusal: RefusalBody | undefined, name: string): LinkTrouble {
  if (refusal === undefined) return MALFORMED;
  const { kind, text } = REMEDIES[refusal.refused];
  const retry = refusal.retryAfterMs;
  return {
    kind,
    text: text.replaceAll('{parent}', name),
    ...(retry === undefined ? {} : { retryAfterMs: Math.max(0, Math.min(retry, RETRY_MS_MAX)) }),
  };
}

/** What is not signed by the parent says nothing of this node's standing: a proxy, a captive portal, an overloaded process. */
function unsigned(sent: Sent, name: string): LinkTrouble {
  const after = Number(headerOf(sent, 'retry-after'));
  const retryAfterMs = Number.isFinite(after) && after > 0 ? Math.min(after * 1_000, RETRY_MS_MAX) : 1_000;
  if (sent.status === 429 || sent.status === 503)
    return { kind: 'busy', text: `${name} has more to do than it can at present. It is tried again.`, retryAfterMs };
  if (sent.status === 421)
    return {
      kind: 'untrusted',
      text: `${name} does not answer to the name in its address. Add that name to HOLDFAST_NAMES there.`,
    };
  return {
    kind: 'untrusted',
    text: `What answers at the address of ${name} is not the node that this one was enrolled at (HTTP ${sent.status}). If it was set up anew: \`holdfast node invite\` there, and \`holdfast start --enrol CODE\` here.`,
  };
}

function brokenOff(error: unknown, name: string): LinkTrouble {
  if (error instanceof UntrustedParent)
    return {
      kind: 'untrusted',
      text: `${name} was reached, but ${error.message}. If its authority was replaced on purpose: \`holdfast node invite\` there, and \`holdfast start --enrol CODE\` here.`,
    };
  if (error instanceof AnswerTooLarge) return TOO_LARGE;
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
