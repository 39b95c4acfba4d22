// The ward client on a server: its files, and what it asks of the site beside FHIR and sync.
//
//   GET  /ward/now         to anybody: the time, the site, whether the region answers, a declared downtime, the builds (WU10)
//   GET  /ward/who         to who is signed in: who they are, signed (WU11)
//   POST /ward/enrol-code  a code for a device of the ward (WU12)
//   POST /ward/thin-code   a code for a session that keeps nothing (WU13)
//   POST /ward/downtime    declares or ends a downtime (WU15)
//
//   1. A POST is believed only from this node's own pages, with the token of the browser's session (WU14, as SI21).
//   2. Nothing here tells anything of a patient; what tells of a person is kept by nobody.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../core/access/principal.ts';
import type { Result } from '../../core/base/result.ts';
import { memberOf, type Member } from '../auth/pages/serve-page.ts';
import { mayBelieve, openVisit, type Visit } from '../auth/pages/visit.ts';
import { enrolCode, thinCode, type InviteDeps } from './invite-device.ts';
import type { ClientBuilds } from './read-builds.ts';
import { serveClient } from './serve-client.ts';
import { tellWho, type WhoDeps } from './tell-who.ts';

/** What is declared at this site, and who changes that: `createDowntimeDesk` of the engine is one. */
export interface DowntimePort {
  declared(): Promise<readonly { readonly since: string }[]>;
  declare(principal: Principal, reason: string): Promise<Result<unknown, string>>;
  end(principal: Principal, reason: string): Promise<Result<unknown, string>>;
}
export interface WebClientDeps extends WhoDeps, InviteDeps {
  readonly builds: ClientBuilds;
  /** What numbers that are given here begin with. */
  readonly siteCode: string;
  /** `ok`: the region answers, or this is it. `none`: there is none above this node. */
  readonly region: () => Promise<'ok' | 'away' | 'none'>;
  readonly downtime: DowntimePort;
}

/** What `/ward/now` says. */
export interface SiteNow {
  /** The site's clock. */
  readonly now: number;
  readonly site: string;
  /** Of its numbers: `KIS`. */
  readonly code: string;
  readonly region: 'ok' | 'away' | 'none';
  readonly downtime: boolean;
  /** FHIR instant. */
  readonly downtimeSince?: string;
  /** Of the client that the site serves, and the oldest whose files it still has; absent where none was built. */
  readonly build?: string;
  readonly minBuild?: string;
  readonly demo: boolean;
}

const STATUS: Readonly<Record<string, number>> = { forbidden: 403, contended: 409, 'too-many': 429 };
const FORM_BYTES_MAX = 8 * 1024;

export function registerWebClient(app: FastifyInstance, deps: WebClientDeps): void {
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_BYTES_MAX },
      (_request, body, parsed) => parsed(null, new URLSearchParams(String(body))),
    );
    scope.get('/ward/now', async (_request, reply) => sendJson(reply, 200, await siteNow(deps)));
    scope.get('/ward/who', (request, reply) => tellWho(visitOf(request, reply, deps), deps));
    const post = (path: string, act: (member: Member, visit: Visit) => Promise<Result<unknown, string>>): void => {
      scope.post(path, async (request, reply) => {
        const visit = visitOf(request, reply, deps);
        if (!mayBelieve(visit)) return sendJson(reply, 403, { refused: 'form' });
        const member = await memberOf(visit, deps.pages);
        if (member === undefined) return sendJson(reply, 401, { refused: 'nobody' });
        const said = await act(member, visit);
        if (said.ok) return sendJson(reply, 200, said.value);
        return sendJson(reply, STATUS[said.error] ?? 422, { refused: said.error });
      });
    };
    post('/ward/enrol-code', (member, { form }) => enrolCode(member, { name: form('name'), ward: form('ward') }, deps));
    post('/ward/thin-code', (member, { form }) => thinCode(member, form('ward'), deps));
    post('/ward/downtime', async (member, { form }) => {
      const act = form('act') === 'end' ? deps.downtime.end : deps.downtime.declare;
      const said = await act(member.principal, form('reason'));
      return said.ok ? { ok: true, value: await siteNow(deps) } : said;
    });
    serveClient(scope, deps.builds);
    done();
  });
}

const visitOf = (request: FastifyRequest, reply: FastifyReply, { pages }: WebClientDeps): Visit =>
  openVisit(request, reply, pages, 'within');

async function siteNow({ pages, site, siteCode, region, downtime, builds, isDemo }: WebClientDeps): Promise<SiteNow> {
  const [reach, [first]] = await Promise.all([region(), downtime.declared()]);
  const built = builds.current();
  return {
    now: pages.clock.now(),
    site,
    code: siteCode,
    region: reach,
    downtime: first !== undefined,
    ...(first === undefined ? {} : { downtimeSince: first.since }),
    ...(built === undefined ? {} : { build: built.build, minBuild: built.oldest }),
    demo: isDemo(),
  };
}

const sendJson = (reply: FastifyReply, status: number, body: unknown): FastifyReply =>
  reply
    .code(status)
    .header('content-type', 'application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(body));
