// Puts a server together: the store, who may see what, who is there, what is told, and the routes, each given what it needs.
//
//   1. Here, and nowhere else, adapters meet.
//   2. What comes first sees every request first: the wire's rules, then pressure and log, then routes.
import { randomBytes } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { fastify, type FastifyInstance } from 'fastify';
import { accessOf } from '../core/access/access-of.ts';
import { createBreakGlassDesk } from '../core/engine/break-glass.ts';
import type { Instant } from '../core/base/ports.ts';
import { createEngine } from '../core/engine/create-engine.ts';
import { patchers } from '../core/fhir/patch/patchers.ts';
import { EVERYTHING } from '../core/record/store.ts';
import type { AuditEntry, AuditTrail } from '../core/access/audit-trail.ts';
import { openAuditTrail } from './audit/open-audit-trail.ts';
import { openAccounts } from './auth/accounts/open-accounts.ts';
import { openAuthenticator } from './auth/authenticate.ts';
import type { Authenticator } from './auth/authenticator.ts';
import { oauthAddresses } from './auth/oauth/discovery.ts';
import { openOAuth } from './auth/oauth/open-oauth.ts';
import { registerOAuth } from './auth/oauth/register-oauth.ts';
import type { PagesDeps } from './auth/pages/deps.ts';
import type { SignedInBar } from './auth/pages/layout.ts';
import { registerPages } from './auth/pages/register-pages.ts';
import { DEVICE_COOKIE } from './auth/pages/sign-in.ts';
import { formTokenAt, whoIsSignedIn } from './auth/pages/signed-in.ts';
import { openWebSessions, SESSION_COOKIE, type WebSessions } from './auth/pages/web-session.ts';
import type { OpenedServer, ServerOptions } from './cli/parts.ts';
import { isLoopbackHost } from './cli/loopback.ts';
import { openJobs } from './compose-jobs.ts';
import { scopeDecisions } from './compose-links.ts';
import { mirrorOf, type OpenedMirror } from './compose-mirror.ts';
import { openStoreAt } from './compose-services.ts';
import { registerWardClient } from './compose-web-client.ts';
import { registerFhirApi } from './fhir-api/api.ts';
import { wordsFor } from './fhir-api/conflict-parameters.ts';
import { fhirServerOptions } from './fhir-api/server-options.ts';
import { clientAddressOf } from './node/client-address.ts';
import type { SignedInShown } from './node/front-door.ts';
import type { CertificateHealth } from './node/health.ts';
import { registerNode } from './node/register-node.ts';
import { registerWireRules, WIRE_SERVER_OPTIONS } from './node/wire-rules.ts';
import type { NodePorts } from './ports/node-ports.ts';
import { openPostgresAuditIndex } from './storage/audit-index.ts';
import { openExpiringRows } from './storage/expiring-rows.ts';
import { openGrants } from './storage/grants.ts';
import { ENROL_PATH, SYNC_PATH } from './sync-api/signed-words.ts';
import { openSiteCertificates, type SiteCertificates } from './tls/site-certificates.ts';
import { secureDoor } from './tls/secure-door.ts';
import type { TlsStatus } from './tls/tell-life.ts';
import { registerTrustRoutes } from './trust-routes.ts';

// A key that no resource has: what counts is that the store answers.
const NOBODY = [{ type: 'Basic', id: 'holdfast-health' }];

/** A whole server over the database of `options`. It does not listen. */
export async function openServer(options: ServerOptions, version: string, ports: NodePorts): Promise<OpenedServer> {
  const { settings, log, data } = options;
  const { clock, chance, digest } = ports;
  const url = options.databaseUrl;
  const ends: (() => Promise<void> | void)[] = [];
  const grants = await openGrants({ url, digest });
  ends.push(() => grants.close());
  const later: { audit?: AuditTrail } = {};
  const decisions = scopeDecisions(grants, clock, async (peer, keys) => {
    await later.audit?.record(lookUpEntry(peer, keys, clock.now()));
  });
  const mirrorLater: { mirror?: OpenedMirror } = {};
  const store = await openStoreAt(url, settings.baseUrl, ports, {
    incarnation: options.incarnation,
    mirrored: async () => (await mirrorLater.mirror?.mirrored()) ?? 0,
    scopes: decisions,
  });
  ends.push(() => store.close());
  const rows = await openExpiringRows({ url, clock });
  ends.push(() => rows.close());
  const index = await openPostgresAuditIndex({ url, digest });
  ends.push(() => index.close());
  const told = (fields: Readonly<Record<string, unknown>>, message: string): void => log.error(fields, message);
  const audit = openAuditTrail({ store, index, data, clock, chance, digest, log: told });
  ends.push(() => audit.close());
  later.audit = audit;
  const certificates = await certificatesOf(options, ports);
  if (certificates !== undefined) ends.push(() => certificates.close());

  const engine = createEngine({ store, clock, chance, patch: patchers });
  const { isDemo } = options;
  const accounts = openAccounts({ store, engine, clock, chance, rows, audit, isDemo });
  const breakGlass = createBreakGlassDesk({ store, engine, clock, chance, audit });
  const pagesLater: { sessions?: WebSessions; deps?: PagesDeps } = {};
  const people = openAuthenticator({
    rows,
    store,
    clock,
    isDemo,
    tokenOf: async (cookies) => pagesLater.sessions?.tokenOf(cookies),
  });

  const app = serverOf(settings.trustProxy);
  app.addHook('onSend', (_request, reply, _payload, next) => {
    if (options.finishing()) reply.header('connection', 'close');
    next();
  });
  const alsoOurs = demoNames(isDemo);
  const wire = registerWireRules(app, {
    names: settings.names,
    alsoOurs,
    trustProxy: settings.trustProxy,
    strictTransport: settings.tls.hsts,
    refused: (why) => options.metrics.refused(why),
    sessionCookies: [SESSION_COOKIE, `__Host-${SESSION_COOKIE}`],
    deviceCookies: [DEVICE_COOKIE, `__Host-${DEVICE_COOKIE}`],
    peerPaths: [SYNC_PATH, ENROL_PATH],
  });
  const authenticator: Authenticator = {
    freshMs: people.freshMs,
    authenticate: async (credentials) => {
      const found = await people.authenticate(credentials);
      if (found.ok) wire.proved(credentials);
      return found;
    },
  };
  const freeBytes = async (): Promise<number | undefined> => {
    if (!options.embedded) return undefined;
    const disk = await statfs(data);
    return disk.bavail * disk.bsize;
  };
  const mirror = mirrorOf(options, store, ports);
  if (mirror !== undefined) {
    mirrorLater.mirror = mirror;
    ends.push(() => mirror.close());
  }
  const jobs = await openJobs({
    freeBytes,
    ...(mirror === undefined ? {} : { mirror: mirror.status }),
    options,
    version,
    ports,
    store,
    engine,
    rows,
    grants,
    audit,
    caPem: () => certificates?.caPem ?? '',
    principalOf: async (request) => {
      const { authorization, cookie } = request.headers;
      const site = request.headers['sec-fetch-site'];
      const found = await authenticator.authenticate({
        method: request.method,
        authorization,
        cookie,
        fetchSite: typeof site === 'string' ? site : undefined,
      });
      return found.ok ? found.value : undefined;
    },
  });
  ends.push(() => jobs.close());
  const { scopes, collisions, links, identity } = jobs;
  registerNode(app, {
    // Of nothing that is there: whether it answers.
    askStore: () => store.read(NOBODY, EVERYTHING),
    tier: settings.tier,
    version,
    get demo() {
      return options.holdsDemo();
    },
    freeBytes,
    audit: () => audit.state(),
    certificates: () => certificates && certificateHealth(certificates.status()),
    links: () => links.health(),
    log,
    metrics: options.metrics,
    gatherMetrics: options.gatherMetrics,
    demoPeople: options.demoPeople,
    signedIn: async (request, reply) => {
      const bar = pagesLater.deps && (await whoIsSignedIn(pagesLater.deps)(request, reply));
      return bar && shownOf(bar);
    },
    formToken: (request, reply) => pagesLater.deps && formTokenAt(pagesLater.deps)(request, reply),
  });
  links.register(app);
  if (certificates !== undefined) registerTrustRoutes(app, certificates, settings.names[0] ?? 'Holdfast');

  const oauth = openOAuth({
    rows,
    clock,
    chance,
    keysFolder: join(data, 'keys'),
    accounts: { find: (id) => accounts.find(id), principalOf: (id, session) => people.principalOf(id, session) },
    audit,
    log: { error: told },
    rules: { names: settings.names, baseUrl: settings.baseUrl, alsoOurs },
    trustProxy: settings.trustProxy,
    clientAddressOf: (request) => clientAddressOf(request, settings.trustProxy),
  });
  const tokens = registerOAuth(app, oauth);
  const sessions = openWebSessions({ rows, tokens, clock, chance });
  const pages: PagesDeps = {
    accounts,
    interactions: oauth.interactions,
    programs: oauth,
    tokens,
    sessions,
    authenticator,
    sessionProved: (cookie) => wire.proved({ authorization: undefined, cookie }),
    deviceProved: (cookie) => wire.provedDevice(cookie),
    accessOf,
    rows,
    store,
    audit,
    breakGlass,
    clock,
    chance,
    site: 'Holdfast',
    log: { error: told },
    clientAddressOf: (request) => clientAddressOf(request, settings.trustProxy),
    get demoUsers() {
      return options.demoPeople();
    },
    ...(settings.identityProvider === undefined ? {} : { identityProvider: settings.identityProvider }),
  };
  pagesLater.sessions = sessions;
  pagesLater.deps = pages;
  registerPages(app, pages);
  registerWardClient(
    app,
    options,
    pages,
    engine,
    links,
    store.install,
    identity.node.siteCode,
    () => certificates?.caFingerprintSha256,
  );
  registerFhirApi(app, {
    store,
    engine,
    clock,
    chance,
    authenticator,
    audit,
    auditReader: audit,
    oauthAddresses,
    isAppOrigin: (origin) => oauth.isAllowedOrigin(origin),
    clientAddressOf: (request) => clientAddressOf(request, settings.trustProxy),
    sealKey: options.sealKey,
    holdings: scopes,
    collisions,
    identity,
    version,
    log: { error: told },
    settings: {
      trustForwarded: settings.trustProxy,
      requireIfMatch: settings.requireIfMatch,
      words: wordsFor(settings.resuscitationWords),
      ...(settings.baseUrl === undefined ? {} : { baseUrl: settings.baseUrl }),
    },
  });
  await app.ready();
  return {
    app,
    ...(certificates === undefined
      ? {}
      : { passage: secureDoor(app.server, certificates, { plain: settings.trustProxy ? 'anywhere' : 'loopback' }) }),
    close: async () => {
      await app.close();
      for (const end of ends.toReversed()) await end();
    },
  };
}

function serverOf(trustProxy: boolean): FastifyInstance {
  // Names of requests are unique over processes and restarts: logs of all of them are read together.
  const prefix = randomBytes(6).toString('base64url');
  let requests = 0;
  const api = fhirServerOptions();
  return fastify({
    ...api,
    http: { ...api.http, ...WIRE_SERVER_OPTIONS.http },
    genReqId: () => `${prefix}-${(requests += 1).toString(36)}`,
    trustProxy,
    // A client that keeps its connection sends its next request on it; a proxy's own limit is usually 60 s.
    keepAliveTimeout: 75_000,
  });
}

const certificateHealth = ({ level, serving, certificates }: TlsStatus): CertificateHealth => ({
  status: level,
  serving,
  texts: certificates.filter((one) => one.level !== 'fine').map(({ text }) => text),
});

const shownOf = (bar: SignedInBar): SignedInShown => ({
  name: bar.name,
  words: [...bar.roles, ...(bar.unconfirmed ? ['enrolment to be confirmed by a supervisor'] : [])],
  formToken: bar.formToken,
  links: [
    ['/account', 'Your account: password, passkeys, recovery codes'],
    ...(bar.mayEnrol ? ([['/staff', 'Staff: enrol, confirm, disable']] as const) : []),
    ...(bar.mayBreakGlass ? ([['/break-glass', 'Emergency access to a patient beyond your reach']] as const) : []),
    ...(bar.mayReviewBreakGlass ? ([['/break-glass/review', 'Emergency accesses to review']] as const) : []),
  ],
});

/** In a demonstration `tablet.localhost` and the like are further devices on one machine: browsers take each for another origin. */
const demoNames =
  (isDemo: () => boolean) =>
  (name: string): boolean =>
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.localhost$/.test(name) && isDemo();

/** A node below is given a patient's record because somebody there looked him up. */
const lookUpEntry = (peer: string, keys: readonly string[], at: Instant): AuditEntry => ({
  at,
  act: 'operation',
  interaction: 'look-up',
  ok: true,
  device: peer,
  session: 'link',
  name: `node ${peer}`,
  patients: keys.map((key) => key.replace('pat/', 'Patient/')),
  detail: 'a record was given to a node below that looks the patient up',
});

/** Of a node that is reached from elsewhere; none where all that can reach it is this machine. */
async function certificatesOf(
  { settings, data, log }: ServerOptions,
  { clock }: NodePorts,
): Promise<SiteCertificates | undefined> {
  if (isLoopbackHost(settings.host)) return undefined;
  const { certificate } = settings.tls;
  return openSiteCertificates({
    folder: join(data, 'tls'),
    names: settings.names,
    ...(certificate === undefined
      ? {}
      : { hospital: { certificateFile: certificate.chain, keyFile: certificate.key } }),
    clock,
    tell: (level, text) => log[level](text),
  });
}
