// What stands between a connection and the routes: form, name and number of requests, and the headers of every answer.
//
//   request ──form (400, 431)──> host (421) ──> budget (429) ──> pressure, routes
//
//   1. Signed-in people are counted by their credential, and only when it has proved good; strangers by where they come
//      from. No stranger can use up what a ward needs, also behind the same address (WI8).
//   2. Nothing of a refused request is told: not its address, not its headers.
//   3. It runs for every request: no hash, no copy of headers on the way of a chart that is read.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clientAddressOf, countedAs, isLoopbackAddress } from './client-address.ts';
import { hostRule } from './host-rule.ts';
import { createTokenBuckets, type Budget } from './token-buckets.ts';
import { dress, isDressed, safeCookie, STRICT_HEADERS, WIRE_HEADERS } from './wire-headers.ts';

export interface WireOptions {
  /** Names and addresses of this node; those of loopback need not be named. */
  readonly names: readonly string[];
  /** Further names, which may become ours later. */
  readonly alsoOurs?: (name: string) => boolean;
  /** A proxy in front says in X-Forwarded-… who asks and for what host. */
  readonly trustProxy: boolean;
  /** Browsers are told to refuse plain HTTP for ever. Off unless every device trusts the certificate (replication of a
   * site that is cut off may have to go on with one that ran out, and this takes the way past the warning). */
  readonly strictTransport?: boolean;
  /** Cookies that hold a credential of the API. */
  readonly sessionCookies?: readonly string[];
  /** Cookies of browsers in which people signed in before: no credential, but the sign-in of a ward is not shut by a stranger. */
  readonly deviceCookies?: readonly string[];
  /** Paths on which other nodes speak: counted apart from people, and judged there by their own keys. */
  readonly peerPaths?: readonly string[];
  /** Beginnings of paths that sign people in. */
  readonly signInPaths?: readonly string[];
  readonly budgets?: Partial<WireBudgets>;
  /** How many addresses, and how many credentials, are remembered. */
  readonly keysMax?: number;
  /** Milliseconds that only grow; absent: `performance.now`. */
  readonly nowMs?: () => number;
  /** Counted by the caller. */
  readonly refused?: (why: WireRefusal) => void;
}
export type WireRefusal = 'form' | 'host' | 'strangers' | 'sign-in' | 'unproved' | 'credential' | 'peers';

export interface WireBudgets {
  /** No credentials: metadata, pages, assets. By address. */
  readonly strangers: Budget;
  /** By address: a ward that changes shift signs in behind one. Guessing is stopped by the accounts, not here. */
  readonly signIn: Budget;
  /** Credentials that have not proved good: a flood of these would ask the database each time. By address. */
  readonly unproved: Budget;
  /** By credential. */
  readonly proved: Budget;
  /** Other nodes, before their signature is looked at. By address: many may stand behind one. */
  readonly peers: Budget;
}
export const WIRE_BUDGETS: WireBudgets = {
  strangers: { size: 300, perSecond: 50, inFlightMax: 64 },
  signIn: { size: 200, perSecond: 20, inFlightMax: 64 },
  unproved: { size: 200, perSecond: 20, inFlightMax: 64 },
  proved: { size: 2_000, perSecond: 300, inFlightMax: 128 },
  peers: { size: 5_000, perSecond: 600, inFlightMax: 256 },
};

/** Limits of the HTTP server, to be merged into what Fastify is made with. */
export const WIRE_SERVER_OPTIONS = {
  http: {
    insecureHTTPParser: false,
    /** From the first byte to the last header. */
    headersTimeout: 15_000,
    /** To the end of the body: nobody needs longer to send 20 MB from a ward. */
    requestTimeout: 120_000,
    /** How often both are looked at. */
    connectionsCheckingInterval: 5_000,
    /** Looked at by our own rule: Node would go on to the request behind the one that it refuses. */
    requireHostHeader: false,
  },
} as const;

export interface WireRules {
  /** Says that the device of this `Cookie` header is known: its sign-ins are counted by it, and no longer by its address. */
  provedDevice(cookie: string | undefined): void;
  /** Says that these credentials were just found to be good: call it where they are authenticated. */
  proved(credentials: { readonly authorization: string | undefined; readonly cookie: string | undefined }): void;
}

interface Place {
  readonly key: string;
  readonly proved: boolean;
}

const KEYS_MAX = 20_000;
const HEADERS_MAX = 100;
const HOST = 'host';
const SIGN_IN_PATHS = ['/sign-in', '/session', '/oauth', '/enrol'];
const UNCOUNTED_HERE = new Set(['/health', '/metrics']);

/** Call before anything else is registered: its hooks come first, and hold for routes that come later. */
export function registerWireRules(app: FastifyInstance, options: WireOptions): WireRules {
  const isOurs = hostRule(options.names, options.alsoOurs);
  const { trustProxy } = options;
  const budgets = { ...WIRE_BUDGETS, ...options.budgets };
  const keysMax = options.keysMax ?? KEYS_MAX;
  const nowMs = options.nowMs ?? ((): number => performance.now());
  const cookies = options.sessionCookies ?? [];
  const deviceCookies = options.deviceCookies ?? [];
  const signInPaths = options.signInPaths ?? SIGN_IN_PATHS;
  const peerPaths = new Set(options.peerPaths);
  const strangers = createTokenBuckets(keysMax);
  const people = createTokenBuckets(keysMax);
  // In the order in which they were last found good.
  const good = new Set<string>();
  const places = new WeakMap<FastifyRequest, Place>();
  // Node hands on requests that were sent behind one whose answer closes the connection; they must not be carried out.
  const closing = new WeakSet<Socket>();

  const keyOf = (authorization: string | undefined, cookie: string | undefined): string | undefined =>
    authorization ?? cookieIn(cookie, cookies);
  const deviceOf = (cookie: string | undefined): string | undefined => cookieIn(cookie, deviceCookies);
  const isSecure = (request: IncomingMessage): boolean =>
    'encrypted' in request.socket ||
    (trustProxy && lastOf(request.headers['x-forwarded-proto'])?.toLowerCase() === 'https');
  const isStrict = (request: IncomingMessage): boolean => options.strictTransport === true && isSecure(request);

  // Before the framework looks at it: its own refusals, and answers that a library writes itself, are dressed too. Those of the
  // API all pass the hook below, which costs half as much.
  app.server.prependListener('request', (request: IncomingMessage, answer: ServerResponse) => {
    if (!isOfTheApi(request.url ?? '')) dress(answer, isStrict(request));
  });

  app.addHook('onRequest', (request, reply, next) => {
    const { raw } = request;
    if (!isDressed(reply.raw)) reply.headers(isStrict(raw) ? STRICT_HEADERS : WIRE_HEADERS);
    // Asked by this process itself (`app.inject`): nobody outside can come without a socket.
    if (!(raw.socket instanceof Socket)) return next();
    const bad = closing.has(raw.socket) ? BEHIND_A_REFUSED_ONE : faultOf(raw);
    if (bad !== undefined) {
      closing.add(raw.socket);
      options.refused?.('form');
      return refuse(reply.header('connection', 'close'), bad.status, 'structure', bad.text);
    }
    const host = trustProxy ? (lastOf(raw.headers['x-forwarded-host']) ?? raw.headers.host) : raw.headers.host;
    if (!isOurs(host ?? '', raw.socket.localAddress)) {
      options.refused?.('host');
      return refuse(reply, 421, 'not-found', 'This server does not answer to that host name.');
    }
    const address = clientAddressOf(raw, trustProxy);
    const here = isLoopbackAddress(address);
    const path = pathOf(raw.url ?? '');
    if (here && UNCOUNTED_HERE.has(path)) return next();
    const given = keyOf(raw.headers.authorization, raw.headers.cookie);
    const isSignIn = signInPaths.some((one) => path.startsWith(one));
    const device = isSignIn && (given === undefined || !good.has(given)) ? deviceOf(raw.headers.cookie) : undefined;
    const key = device !== undefined && good.has(device) ? device : given;
    if (key !== undefined && good.has(key)) {
      if (here) return next();
      const wait = people.enter(key, budgets.proved, nowMs());
      if (wait === undefined) {
        places.set(request, { key, proved: true });
        return next();
      }
      return tooMany('credential', reply, wait);
    }
    const kind = peerPaths.has(path) ? 'peers' : key !== undefined ? 'unproved' : isSignIn ? 'signIn' : 'strangers';
    const where = `${kind} ${countedAs(address)}`;
    const wait = strangers.enter(where, budgets[kind], nowMs());
    if (wait === undefined) {
      places.set(request, { key: where, proved: false });
      return next();
    }
    return tooMany(kind === 'signIn' ? 'sign-in' : kind, reply, wait);
  });
  const tooMany = (why: WireRefusal, reply: FastifyReply, waitSeconds: number): void => {
    options.refused?.(why);
    refuse(
      reply.header('retry-after', String(waitSeconds)),
      429,
      'throttled',
      'Too many requests from one place. Nothing was changed; try again after the time in Retry-After.',
    );
  };

  const leave = (request: FastifyRequest): void => {
    const place = places.get(request);
    if (place === undefined) return;
    places.delete(request);
    (place.proved ? people : strangers).leave(place.key);
  };
  app.addHook('onResponse', (request, reply, next) => {
    leave(request);
    if (reply.statusCode === 401) {
      const key = keyOf(request.headers.authorization, request.headers.cookie);
      if (key !== undefined) good.delete(key);
    }
    next();
  });
  app.addHook('onRequestAbort', (request, next) => {
    leave(request);
    next();
  });
  app.addHook('onSend', (request, reply, _payload, next) => {
    const set = reply.getHeader('set-cookie');
    if (set !== undefined) {
      const secure = isSecure(request.raw);
      const all = (Array.isArray(set) ? set : [String(set)]).map((cookie) => safeCookie(cookie, secure));
      // A second value under this name is added by the framework; it is to replace.
      reply.removeHeader('set-cookie').header('set-cookie', all);
    }
    next();
  });

  const remember = (key: string | undefined): void => {
    if (key === undefined) return;
    good.delete(key);
    if (good.size >= keysMax) {
      const [oldest] = good;
      if (oldest !== undefined) good.delete(oldest);
    }
    good.add(key);
  };
  return {
    proved: ({ authorization, cookie }) => {
      const isPlain = authorization === undefined ? isOne(cookie, cookies) : PLAIN_BEARER.test(authorization);
      if (isPlain) remember(keyOf(authorization, cookie));
    },
    provedDevice: (cookie) => remember(deviceOf(cookie)),
  };
}

/** As programs write it. Else one token, in other letters and with other spaces, would have as many budgets as it likes. */
const PLAIN_BEARER = /^(?:Bearer|bearer|BEARER) [^ ]+$/;

const BEHIND_A_REFUSED_ONE = { status: 400, text: 'The request before it on this connection was refused.' };

/** What is wrong with the form of a request that Node's parser let through. */
function faultOf(request: IncomingMessage): { readonly status: number; readonly text: string } | undefined {
  const { rawHeaders, url } = request;
  if (rawHeaders.length > HEADERS_MAX * 2) return { status: 431, text: `More than ${HEADERS_MAX} headers.` };
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === HOST.length && name.toLowerCase() === HOST) hosts += 1;
  }
  if (hosts !== 1) return { status: 400, text: 'A request has one Host header.' };
  if (url === undefined || !url.startsWith('/')) {
    return { status: 400, text: 'The address of a request begins with a slash.' };
  }
  return undefined;
}

function refuse(reply: FastifyReply, status: number, code: string, diagnostics: string): void {
  reply
    .code(status)
    .header('content-type', 'application/fhir+json; charset=utf-8')
    .send(JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics }] }));
}

/** An address under /fhir that the framework cannot fail to read: without an escape in its path. */
function isOfTheApi(url: string): boolean {
  if (!url.startsWith('/fhir')) return false;
  const escape = url.indexOf('%');
  if (escape < 0) return true;
  const query = url.indexOf('?');
  return query >= 0 && query < escape;
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

function cookieIn(header: string | undefined, names: readonly string[]): string | undefined {
  if (header === undefined || names.length === 0) return undefined;
  for (const part of header.split(';')) {
    const cut = part.indexOf('=');
    if (cut > 0 && names.includes(part.slice(0, cut).trim())) return part.trim();
  }
  return undefined;
}

/** Whether just one of these cookies came: of several, the one that was found good may be another than the one that counts. */
function isOne(header: string | undefined, names: readonly string[]): boolean {
  const parts = header?.split(';').map((part) => part.split('=', 1)[0]?.trim() ?? '') ?? [];
  return parts.filter((name) => names.includes(name)).length === 1;
}

const lastOf = (header: string | string[] | undefined): string | undefined => {
  const last = (Array.isArray(header) ? header.join(',') : header)?.split(',').at(-1)?.trim();
  return last === undefined || last === '' ? undefined : last;
};
