// One request to a page: from where it came, in which language it is answered, what its form said, and whether that form
// may be believed.
//
//   1. A POST is believed only from this node's own pages: `Sec-Fetch-Site: same-origin` where the browser says it, else an
//      `Origin` that is ours; and with the token of the browser's own cookie. What says neither is refused.
//   2. The origin is what the browser sees: scheme and Host. A wrong Host harms nobody but who sent it, since cookies are
//      of the host.
//   3. Nothing of a form is in an address.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Chance } from '../../../core/base/ports.ts';
import { cookieName, cookieOf, setCookie } from './cookies.ts';
import { chooseLanguage, sayIn, type Language, type Say } from './language.ts';
import { formToken, SESSION_COOKIE } from './web-session.ts';

export const PAGE_COOKIE = 'holdfast-page';
const LANGUAGE_COOKIE = 'holdfast-lang';
const YEAR_SECONDS = 31_536_000;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

export interface Visit {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** TLS. */
  readonly secure: boolean;
  /** `https://ward.example:8443` */
  readonly origin: string;
  readonly hostName: string;
  /** The client's network address. */
  readonly address: string;
  /** Without its query. */
  readonly path: string;
  readonly language: Language;
  readonly t: Say;
  /** The session cookie's value, whether or not it is still good for something. */
  readonly sessionSecret: string | undefined;
  /** For every form of the page. */
  readonly formToken: string;
  readonly form: Form;
}

/** The fields of a form; absent ones are ''. */
export type Form = (name: string) => string;

export interface VisitDeps {
  readonly chance: Chance;
  /** Who asks, by the rules of the wire. Fastify's own `request.ip` is what a client behind a proxy wrote itself. */
  readonly clientAddressOf: (request: IncomingMessage) => string | undefined;
}

/** `before`: pages of the sign-in itself, whose forms outlive the beginning of a session in another tab. */
export type Standing = 'before' | 'within';

export function openVisit(
  request: FastifyRequest,
  reply: FastifyReply,
  { chance, clientAddressOf }: VisitDeps,
  standing: Standing,
): Visit {
  const secure = request.protocol === 'https';
  const header = request.headers.cookie;
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  const asked = query.get('lang') ?? undefined;
  const kept = cookieOf(header, cookieName(LANGUAGE_COOKIE, secure));
  const language = chooseLanguage(asked, kept, request.headers['accept-language']);
  if (asked === language && kept !== language) {
    reply.header('set-cookie', setCookie(LANGUAGE_COOKIE, language, secure, YEAR_SECONDS));
  }
  const sessionSecret = secretOf(cookieOf(header, cookieName(SESSION_COOKIE, secure)));
  const body = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
  return {
    request,
    reply,
    secure,
    origin: `${request.protocol}://${request.host}`,
    hostName: request.hostname,
    address: clientAddressOf(request.raw) ?? '',
    path: request.url.split('?')[0] ?? '/',
    language,
    t: sayIn(language),
    sessionSecret,
    formToken: formToken(
      (standing === 'within' ? sessionSecret : undefined) ?? pageSecret(header, secure, reply, chance),
    ),
    form: (name) => body.get(name) ?? '',
  };
}

const secretOf = (text: string | undefined): string | undefined =>
  text !== undefined && SECRET.test(text) ? text : undefined;

/** One request may be looked at by two rooms: it gets one cookie. */
const FRESH = new WeakMap<FastifyReply, string>();

/** Before there is a session, forms are bound to a cookie of their own. */
function pageSecret(header: string | undefined, secure: boolean, reply: FastifyReply, chance: Chance): string {
  const had = secretOf(cookieOf(header, cookieName(PAGE_COOKIE, secure)));
  if (had !== undefined) return had;
  const given = FRESH.get(reply);
  if (given !== undefined) return given;
  const fresh = Buffer.from(chance.bytes(32)).toString('base64url');
  FRESH.set(reply, fresh);
  reply.header('set-cookie', setCookie(PAGE_COOKIE, fresh, secure));
  return fresh;
}

/** Whether the request comes from a page of this node, in the browser that got the page. */
export function mayBelieve(visit: Visit): boolean {
  const { headers } = visit.request;
  const site = headers['sec-fetch-site'];
  const fromUs = site === undefined ? headers.origin === visit.origin : site === 'same-origin';
  const given = headers['x-form-token'] ?? visit.form('token');
  return fromUs && typeof given === 'string' && sameText(given, visit.formToken);
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** A path on this node to go to afterwards; anything else is the front door. */
export const pathWithin = (text: string | undefined): string =>
  text !== undefined && /^\/(?![/\\])[\w\-./?=&%:@,+~]*$/.test(text) && !text.includes('\\') ? text : '/';
