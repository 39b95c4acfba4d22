// How a page is reached: the request opened as a visit, its form checked, who is signed in looked up, and whatever was thrown
// turned into one plain sentence.
//
//   1. A POST that `mayBelieve` refuses reaches no handler.
//   2. Who is not signed in is sent to the sign-in and comes back to the page; who may not see a page is told so without
//      anything having been looked at.
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../../../core/access/access.ts';
import type { Principal } from '../../../core/access/principal.ts';
import { cookieName } from './cookies.ts';
import type { PagesDeps } from './deps.ts';
import { html } from './html.ts';
import { seeOther, sendPage, type SignedInBar } from './layout.ts';
import type { TextKey } from './texts/en.ts';
import { toldOf } from './told.ts';
import { mayBelieve, openVisit, type Standing, type Visit } from './visit.ts';
import { SESSION_COOKIE } from './web-session.ts';

export interface Member {
  readonly visit: Visit;
  readonly principal: Principal;
  readonly access: Access;
  readonly accountId: string;
  /** Signed in a short while ago: a session that somebody left open is not. */
  readonly justSignedIn: boolean;
  readonly bar: SignedInBar;
}

const JUST_MS = 15 * 60_000;

type Method = 'GET' | 'POST';
export type VisitHandler = (visit: Visit) => Promise<FastifyReply>;
export type MemberHandler = (member: Member) => Promise<FastifyReply>;

/** Puts a page on the server. POSTs are checked before `handle` sees them. */
export function servePage(
  app: FastifyInstance,
  deps: PagesDeps,
  method: Method,
  path: string,
  standing: Standing,
  handle: VisitHandler,
): void {
  app.route({
    method,
    url: path,
    handler: async (request, reply) => {
      const visit = openVisit(request, reply, deps, standing);
      if (method === 'POST' && !mayBelieve(visit)) return refusedPage(visit, deps, 403, 'refused.form');
      try {
        return await handle(visit);
      } catch (cause) {
        return troublePage(visit, deps, cause);
      }
    },
  });
}

/** As `servePage`, for who is signed in and whose access `may` is true of. */
export function serveMember(
  app: FastifyInstance,
  deps: PagesDeps,
  method: Method,
  path: string,
  may: (access: Access) => boolean,
  handle: MemberHandler,
): void {
  servePage(app, deps, method, path, 'within', async (visit) => {
    const member = await memberOf(visit, deps);
    if (member === undefined) {
      return seeOther(visit, `/session/start?to=${encodeURIComponent(method === 'GET' ? visit.path : '/')}`);
    }
    if (!may(member.access)) {
      await deps.audit.record({
        at: deps.clock.now(),
        act: 'refused',
        ok: false,
        status: 403,
        ...toldOf(member.principal, visit),
        detail: `${method} ${path}`,
      });
      return refusedPage(visit, deps, 403, 'refused.right', member.bar);
    }
    return await handle(member);
  });
}

/** Who is signed in at this browser, if somebody is. */
export async function memberOf(visit: Visit, deps: PagesDeps): Promise<Member | undefined> {
  const session = await deps.sessions.find(visit.sessionSecret);
  if (session === undefined) return undefined;
  const found = await deps.authenticator.authenticate({
    method: 'GET',
    authorization: `Bearer ${session.accessToken}`,
    cookie: undefined,
    fetchSite: undefined,
  });
  if (!found.ok) return undefined;
  // The very cookie that was looked up, so that no other that came along counts as good.
  deps.sessionProved(`${cookieName(SESSION_COOKIE, visit.secure)}=${session.secret}`);
  const principal = found.value;
  const access = deps.accessOf(principal, deps.clock.now());
  return {
    visit,
    principal,
    access,
    accountId: session.accountId,
    justSignedIn: deps.clock.now() - session.since < JUST_MS,
    bar: {
      name: principal.name,
      roles: principal.duties.map((duty) => duty.role),
      unconfirmed: principal.unconfirmed === true,
      mayBreakGlass: access.mayBreakGlass,
      mayReviewBreakGlass: access.mayReviewBreakGlass,
      mayEnrol: access.mayEnrol,
      formToken: visit.formToken,
    },
  };
}

export function refusedPage(
  visit: Visit,
  deps: PagesDeps,
  status: number,
  why: TextKey,
  bar?: SignedInBar,
): FastifyReply {
  const { t } = visit;
  return sendPage(visit, {
    site: deps.site,
    title: t('refused.title'),
    status,
    narrow: true,
    ...(bar === undefined ? {} : { bar }),
    body: html`<h1>${t('refused.title')}</h1>
      <p>${t(why)}</p>
      <div class="row"><a class="button" href="/">${t('refused.home')}</a></div>`,
  });
}

/** Stores say by the error's name that they are busy; anything else is logged, without what was in the request. */
function troublePage(visit: Visit, deps: PagesDeps, cause: unknown): FastifyReply {
  const name = cause instanceof Error ? cause.name : 'something that is no Error';
  if (name !== 'BusyError' && name !== 'TimeoutError') {
    const at = cause instanceof Error ? (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
    deps.log.error(
      {
        requestId: visit.request.id,
        error: name,
        at: at
          .slice(0, 6)
          .map((line) => line.trim())
          .join(' | '),
      },
      'page failed',
    );
  }
  visit.reply.header('retry-after', '2');
  return refusedPage(visit, deps, 503, 'refused.trouble');
}

/** A form that must not be carried out twice brings a name of its own; true for the first. */
export async function isFirst(visit: Visit, deps: PagesDeps): Promise<boolean> {
  const once = visit.form('once');
  if (!/^[A-Za-z0-9_-]{22}$/.test(once)) return false;
  return (await deps.rows.count('page-form', rowName(once, visit), 1, deps.clock.now() + 86_400_000)) === 1;
}
export const newOnce = (deps: PagesDeps): string => Buffer.from(deps.chance.bytes(16)).toString('base64url');

/** The name of a short-lived row that belongs to this browser alone. */
export const rowName = (purpose: string, visit: Visit): string =>
  createHash('sha256').update(`${purpose} ${visit.formToken}`).digest('base64url');

export const requestParam = (request: FastifyRequest, name: string): string => {
  const params = request.params;
  const value: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
  return typeof value === 'string' ? value : '';
};
