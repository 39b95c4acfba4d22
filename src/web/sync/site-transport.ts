// The way from a browser to its site: `POST /sync/1` of the page's own origin, as signed exchanges.
//
//   BD25  A site that is silent for 15 seconds is away.
//   BD21  Nothing is sent to another origin, no cookie goes along, and nothing is followed elsewhere.
import { toBase64url } from '../../core/base/base64url.ts';
import { err, ok } from '../../core/base/result.ts';
import type { LinkTrouble, ParentRecord } from '../../core/sync/link-words.ts';
import type { LinkTransport } from '../../core/sync/parent-links.ts';
import { ANSWER_TOO_LARGE, signedExchange, type ExchangePorts } from '../../core/sync/signed-exchange.ts';
import { PACKED_BYTES_MAX, SYNC_PATH } from '../../core/sync/signed-words.ts';
import type { BrowserPorts } from '../ports/browser-ports.ts';
import { bodyHash, isSignedBy, type BrowserKeys } from './browser-keys.ts';
import { packText, unpackText } from './pack-text.ts';

export type Fetch = (address: string, init: RequestInit) => Promise<Response>;

export interface SiteTransportOptions {
  /** `https://ward.example`: where the page came from. */
  readonly origin: string;
  readonly parent: Pick<ParentRecord, 'name' | 'keys'>;
  readonly keys: BrowserKeys;
  readonly incarnation: string;
  readonly ports: BrowserPorts;
  readonly fetch?: Fetch;
  /** From the last byte that was sent to the first that comes. */
  readonly answerMs?: number;
}

const ANSWER_MS = 15_000;
/** The slowest line that is waited for: 5 kB a second. */
const SLOW_BYTES_A_MS = 5;
const WHOLE_MS = 180_000;
const ID_BYTES = 9;

export function siteTransport(options: SiteTransportOptions): LinkTransport {
  const { origin, parent, keys, incarnation, ports } = options;
  const send: Fetch = options.fetch ?? ((address, init) => fetch(address, init));
  let stopping = new AbortController();

  const carry: ExchangePorts['carry'] = async (headers, body) => {
    // A network that swallows everything is found out in seconds (DT8), a slow one may take its time once it answers.
    const late = new AbortController();
    const stop = (): void => late.abort();
    const { signal: stopped } = stopping;
    stopped.addEventListener('abort', stop);
    const giveUp = (ms: number): ReturnType<typeof setTimeout> => setTimeout(() => late.abort(), ms);
    let timer = giveUp((options.answerMs ?? ANSWER_MS) + body.length / SLOW_BYTES_A_MS);
    try {
      const answer = await send(`${origin}${SYNC_PATH}`, {
        method: 'POST',
        headers,
        body: new Uint8Array(body),
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        referrerPolicy: 'no-referrer',
        signal: late.signal,
      });
      clearTimeout(timer);
      timer = giveUp(WHOLE_MS);
      const said = new Uint8Array(await answer.arrayBuffer());
      if (said.length > PACKED_BYTES_MAX) return err(ANSWER_TOO_LARGE);
      return ok({ status: answer.status, header: (name) => answer.headers.get(name) ?? '', body: said });
    } catch {
      // A browser does not say more than that nothing came.
      return err(unreachable(parent.name));
    } finally {
      clearTimeout(timer);
      stopped.removeEventListener('abort', stop);
    }
  };
  const { exchange, forget } = signedExchange({
    parent,
    key: keys.publicKeys.sign,
    incarnation,
    clock: ports.clock,
    monotonic: ports.monotonic,
    sign: (text) => keys.sign(text),
    isSignedBy,
    bodyHash,
    pack: packText,
    unpack: unpackText,
    drawId: () => toBase64url(ports.chance.bytes(ID_BYTES)),
    carry,
  });
  return {
    exchange,
    reset: () => {
      stopping.abort();
      stopping = new AbortController();
      forget();
    },
  };
}

const unreachable = (name: string): LinkTrouble => ({
  kind: 'unreachable',
  text: `${name} cannot be reached. Writing goes on here; what is written is handed over when it can be.`,
});
