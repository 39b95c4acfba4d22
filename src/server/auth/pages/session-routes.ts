// The session of the node's own pages: its beginning by the same authorization code flow that every program uses, and its end.
//
//   POST /session/demo ─► the same, with the wish to be a certain person of the demonstration (SI12)
//   GET /session/start?to=… ─► /oauth authorize (PKCE, state, nonce, prompt=login) ─► sign-in ─► /session/return ─► `to`
//   POST /session/end ─► session, its grant and the provider's session end ─► signed out, or the next person's sign-in
//
//   1. State, nonce and verifier lie in a cookie of ten minutes that only this node's browser has; the answer must bring the state.
//   2. The sign-in always asks who is there: on a shared machine nobody becomes the one before.
//   3. Going back, or a second tab, never breaks a session that is there.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { createHash } from 'node:crypto';
import { cookieName, cookieOf, dropCookie, setCookie } from './cookies.ts';
import type { PagesDeps } from './deps.ts';
import { html } from './html.ts';
import { seeOther, sendPage } from './layout.ts';
import { DEMO_HINT, DEMO_WISH, DEMO_WISH_MS } from './demo-wish.ts';
import { memberOf, refusedPage, servePage } from './serve-page.ts';
import { toldOf } from './told.ts';
import { pathWithin, type Visit } from './visit.ts';
import { SESSION_COOKIE } from './web-session.ts';

const START_SECONDS = 600;
/** One for each start, so that two tabs that sign in at the same time do not take each other's. */
const startCookie = (state: string): string => `holdfast-start-${state.slice(0, 8)}`;

interface Start {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly to: string;
}

export function registerSession(app: FastifyInstance, deps: PagesDeps): void {
  servePage(app, deps, 'GET', '/session/start', 'before', async (visit) =>
    startSession(visit, deps, queryOf(visit).get('to') ?? undefined),
  );
  servePage(app, deps, 'POST', '/session/demo', 'within', (visit) => startDemo(visit, deps));
  servePage(app, deps, 'GET', '/session/return', 'before', (visit) => returnToSession(visit, deps));
  servePage(app, deps, 'POST', '/session/end', 'within', (visit) => endSession(visit, deps));
  servePage(app, deps, 'GET', '/session/ended', 'before', async (visit) => {
    const { t } = visit;
    return sendPage(visit, {
      site: deps.site,
      title: t('signedOut.title'),
      narrow: true,
      body: html`<h1>${t('signedOut.title')}</h1>
        <p>${t('signedOut.text')}</p>
        <div class="row"><a class="button" href="/session/start">${t('signIn.title')}</a></div>`,
    });
  });
}

const queryOf = (visit: Visit): URLSearchParams => new URLSearchParams(visit.request.url.split('?')[1] ?? '');

/** One click on the front door of a demonstration: the sign-in that begins now is told, once, whom this browser wants to be. */
async function startDemo(visit: Visit, deps: PagesDeps): Promise<FastifyReply> {
  const wanted = visit.form('user');
  if (!(deps.demoUsers ?? []).some((user) => user.userName === wanted)) {
    return refusedPage(visit, deps, 403, 'refused.form');
  }
  const wish = newSecret(deps);
  await deps.rows.put(DEMO_WISH, wish, wanted, { expiresAt: deps.clock.now() + DEMO_WISH_MS });
  return startSession(visit, deps, visit.form('to'), { login_hint: `${DEMO_HINT}${wish}` });
}

const newSecret = (deps: PagesDeps): string => Buffer.from(deps.chance.bytes(32)).toString('base64url');

function startSession(
  visit: Visit,
  deps: PagesDeps,
  to: string | undefined,
  more: Readonly<Record<string, string>> = {},
): FastifyReply {
  const start: Start = {
    state: newSecret(deps),
    nonce: newSecret(deps),
    verifier: newSecret(deps),
    to: pathWithin(to),
  };
  const value = Buffer.from(JSON.stringify(start)).toString('base64url');
  visit.reply.header('set-cookie', setCookie(startCookie(start.state), value, visit.secure, START_SECONDS));
  return seeOther(
    visit,
    deps.tokens.authorizationPath({
      response_type: 'code',
      client_id: 'holdfast-web',
      redirect_uri: `${visit.origin}/session/return`,
      scope: 'openid fhirUser offline_access',
      aud: `${visit.origin}/fhir`,
      state: start.state,
      nonce: start.nonce,
      prompt: 'login',
      code_challenge: createHash('sha256').update(start.verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...more,
    }),
  );
}

async function returnToSession(visit: Visit, deps: PagesDeps): Promise<FastifyReply> {
  const query = queryOf(visit);
  const state = query.get('state') ?? '';
  const start = startOf(visit, state);
  const code = query.get('code');
  if (start === undefined || code === null) return goneOrThere(visit, deps);
  visit.reply.header('set-cookie', dropCookie(startCookie(state), visit.secure));
  const tokens = await deps.tokens.exchange(code, start.verifier, `${visit.origin}/session/return`);
  if (!tokens.ok) return goneOrThere(visit, deps);
  const claims = claimsOf(tokens.value.idToken);
  if (claims?.nonce !== start.nonce) {
    await deps.tokens.revoke(tokens.value.refreshToken ?? tokens.value.accessToken);
    return goneOrThere(visit, deps);
  }
  const secret = await deps.sessions.begin(tokens.value, claims.sub, visit.sessionSecret, visit.secure);
  visit.reply.header('set-cookie', setCookie(SESSION_COOKIE, secret, visit.secure));
  return seeOther(visit, start.to);
}

/** Reloaded, gone back to, or begun elsewhere: a session that is there is used, and nothing else is believed. */
async function goneOrThere(visit: Visit, deps: PagesDeps): Promise<FastifyReply> {
  if ((await memberOf(visit, deps)) !== undefined) return seeOther(visit, '/');
  const { t } = visit;
  return sendPage(visit, {
    site: deps.site,
    title: t('signIn.gone'),
    narrow: true,
    status: 400,
    body: html`<h1>${t('signIn.gone')}</h1>
      <p>${t('signIn.goneText')}</p>
      <div class="row"><a class="button" href="/session/start">${t('signIn.again')}</a></div>`,
  });
}

function startOf(visit: Visit, state: string): Start | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(state)) return undefined;
  const value = cookieOf(visit.request.headers.cookie, cookieName(startCookie(state), visit.secure));
  if (value === undefined) return undefined;
  const start = jsonOf(Buffer.from(value, 'base64url').toString('utf8'));
  const text = (name: string): string => (typeof start?.[name] === 'string' ? start[name] : '');
  if (text('state') !== state) return undefined;
  return { state, nonce: text('nonce'), verifier: text('verifier'), to: pathWithin(text('to')) };
}

/** The token came straight from our own provider: its signature would prove nothing more (OpenID Connect Core 3.1.3.7, 6). */
function claimsOf(idToken: string | undefined): { readonly nonce: string; readonly sub: string } | undefined {
  const claims = jsonOf(Buffer.from(idToken?.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const { nonce, sub } = claims ?? {};
  return typeof nonce === 'string' && typeof sub === 'string' ? { nonce, sub } : undefined;
}
function jsonOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

async function endSession(visit: Visit, deps: PagesDeps): Promise<FastifyReply> {
  const member = await memberOf(visit, deps);
  if (member !== undefined) {
    await deps.audit.record({ at: deps.clock.now(), act: 'sign-out', ok: true, ...toldOf(member.principal, visit) });
  }
  if (visit.sessionSecret !== undefined) await deps.sessions.end(visit.sessionSecret);
  await deps.interactions.endSession(visit.request.raw, visit.reply.raw);
  visit.reply.header('set-cookie', dropCookie(SESSION_COOKIE, visit.secure));
  visit.reply.header('clear-site-data', '"cache"');
  return seeOther(visit, visit.form('then') === 'sign-in' ? '/session/start' : '/session/ended');
}
