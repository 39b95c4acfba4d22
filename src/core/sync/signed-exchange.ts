// The lower side's way to its parent: one signed exchange for each message, over whatever carries bytes.
//
//   asked ──401 with a nonce──> asked again, once ──200, signed by the parent──> reply
//      └──────────── anything else ──> trouble, by name
//
//   1. Only what the pinned parent signed for this very request is a reply, or a refusal with a meaning (NL12).
//   2. A message means the same however often it comes: an exchange may be repeated.
import { err, ok, type Result } from '../base/result.ts';
import type { Clock } from '../base/ports.ts';
import type { Exchanged, LinkTrouble } from './link-words.ts';
import { decodeMessage, encodeMessage, PROTOCOL_VERSION, type Reply, type Request } from './messages.ts';
import type { Awaitable } from './ports.ts';
import { isRefusalKind, REMEDIES, type RefusalBody } from './refusals.ts';
import { CONTENT_TYPE, HEADERS, PACKED_BYTES_MAX, replyWordsOf, requestWordsOf, SYNC_PATH } from './signed-words.ts';

export interface CarriedAnswer {
  readonly status: number;
  /** '' where it is absent. */
  readonly header: (name: string) => string;
  readonly body: Uint8Array;
}
export interface ExchangePorts {
  readonly parent: { readonly name: string; readonly keys: { readonly sign: string } };
  /** This node's public key. */
  readonly key: string;
  /** Of this node: drawn at every start. */
  readonly incarnation: string;
  readonly clock: Clock;
  readonly monotonic: () => number;
  readonly sign: (text: string) => Awaitable<string>;
  readonly isSignedBy: (key: string, text: string, signature: string) => Awaitable<boolean>;
  /** SHA-256, base64url. */
  readonly bodyHash: (bytes: Uint8Array) => string;
  readonly pack: (text: string) => Promise<Uint8Array>;
  readonly unpack: (bytes: Uint8Array) => Promise<Result<string, 'too-large' | 'malformed'>>;
  /** A name for a request. */
  readonly drawId: () => string;
  /** Bytes there and back; why not, where no whole answer came. Never throws. */
  readonly carry: (
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
  ) => Promise<Result<CarriedAnswer, LinkTrouble>>;
}
export interface SignedExchange {
  /** Never throws for a parent's sake. */
  exchange(request: Request): Promise<Result<Exchanged, LinkTrouble>>;
  /** The next exchange asks for a nonce. */
  forget(): void;
}

const TRIES = 2;
const RETRY_MS_MAX = 60_000;
/** A refusal is ASCII; core has no decoder of its platform's. */
const asciiOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

export function signedExchange(ports: ExchangePorts): SignedExchange {
  const { parent, key, incarnation, clock } = ports;
  let nonce = '';

  const once = async (body: Uint8Array): Promise<Result<Answer, LinkTrouble>> => {
    const bodyHash = ports.bodyHash(body);
    const words = { path: SYNC_PATH, key, to: parent.keys.sign, nonce, incarnation, bodyHash };
    const signature = await ports.sign(requestWordsOf(words));
    const askedAt = clock.now();
    const startedAt = ports.monotonic();
    const carried = await ports.carry(
      {
        'content-type': CONTENT_TYPE,
        [HEADERS.key]: key,
        [HEADERS.nonce]: nonce,
        [HEADERS.incarnation]: incarnation,
        [HEADERS.signature]: signature,
      },
      body,
    );
    if (!carried.ok) return carried;
    const tookMs = ports.monotonic() - startedAt;
    const { status, header, body: said } = carried.value;
    const now = header(HEADERS.now);
    const next = header(HEADERS.nonce);
    const replied = replyWordsOf({ status, request: signature, nonce: next, now, bodyHash: ports.bodyHash(said) });
    if (!(await ports.isSignedBy(parent.keys.sign, replied, header(HEADERS.signature))))
      return err(unsigned(carried.value, parent.name));
    if (next !== '') nonce = next;
    // Half of the way there, half of the way back.
    return ok({ status, body: said, tookMs, skewMs: Math.round(Number(now) - (askedAt + tookMs / 2)) });
  };

  return {
    exchange: async (request) => {
      const id = ports.drawId();
      const body = await ports.pack(encodeMessage({ id, message: request }));
      if (body.length > PACKED_BYTES_MAX) return err({ kind: 'too-large', text: 'A message is too large to be sent.' });
      for (let tries = 1; ; tries += 1) {
        const answer = await once(body);
        if (!answer.ok) return answer;
        const { status, tookMs, skewMs } = answer.value;
        if (status === 200) {
          const reply = await replyOf(answer.value.body, id, ports);
          if (!reply.ok) return reply;
          return ok({ reply: reply.value, skewMs, tookMs, sentBytes: body.length, gotBytes: answer.value.body.length });
        }
        const refusal = refusalOf(answer.value.body);
        if (refusal?.refused === 'nonce' && tries < TRIES) continue;
        return err(troubleOf(refusal, parent.name));
      }
    },
    forget: () => {
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

async function replyOf(
  body: Uint8Array,
  id: string,
  { unpack }: Pick<ExchangePorts, 'unpack'>,
): Promise<Result<Reply, LinkTrouble>> {
  const text = await unpack(body);
  if (!text.ok) return err(text.error === 'too-large' ? ANSWER_TOO_LARGE : MALFORMED);
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
export const ANSWER_TOO_LARGE: LinkTrouble = {
  kind: 'too-large',
  text: 'The answer of the parent is larger than any message may be.',
};
const OTHER_VERSION: LinkTrouble = {
  kind: 'version',
  text: `The parent speaks another version of the protocol; this node speaks ${PROTOCOL_VERSION}. Update the older of the two.`,
};

function refusalOf(body: Uint8Array): RefusalBody | undefined {
  try {
    const said: unknown = JSON.parse(asciiOf(body));
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
function unsigned({ status, header }: CarriedAnswer, name: string): LinkTrouble {
  const after = Number(header('retry-after'));
  const retryAfterMs = Number.isFinite(after) && after > 0 ? Math.min(after * 1_000, RETRY_MS_MAX) : 1_000;
  if (status === 429 || status === 503)
    return { kind: 'busy', text: `${name} has more to do than it can at present. It is tried again.`, retryAfterMs };
  if (status === 421)
    return {
      kind: 'untrusted',
      text: `${name} does not answer to the name in its address. Add that name to HOLDFAST_NAMES there.`,
    };
  return {
    kind: 'untrusted',
    text: `What answers at the address of ${name} is not the node that this one was enrolled at (HTTP ${status}). If it was set up anew: \`holdfast node invite\` there, and \`holdfast start --enrol CODE\` here.`,
  };
}
