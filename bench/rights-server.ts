// One server process for the comparison of `rights.ts`, in one of two forms, each over a database of its own:
//
//   open   the jobs that follow the record, wire rules, counters and API: nobody is looked up, the store shows and takes everything,
//          nothing is written to the audit
//   whole  as it ships: with sign-in, rights and audit
//
// Prints `{"port":…, "tokens":{…}}` when it listens. Ends with its standard input.
import { randomBytes } from 'node:crypto';
import { fastify, type FastifyInstance } from 'fastify';
import { createEngine } from '../src/core/engine/create-engine.ts';
import { patchers } from '../src/core/fhir/patch/patchers.ts';
import type { AuditTrail } from '../src/core/access/audit-trail.ts';
import type { Principal } from '../src/core/access/principal.ts';
import { EVERYTHING, type RecordStore } from '../src/core/record/store.ts';
import type { ServerOptions } from '../src/server/cli/parts.ts';
import { openJobs } from '../src/server/compose-jobs.ts';
import { scopeDecisions } from '../src/server/compose-links.ts';
import { openServer } from '../src/server/compose-server.ts';
import { openStoreAt, withServices } from '../src/server/compose-services.ts';
import { demoUsers } from '../src/server/demo/demo-users.ts';
import { registerFhirApi } from '../src/server/fhir-api/api.ts';
import { fhirServerOptions } from '../src/server/fhir-api/server-options.ts';
import { rowIdOf } from '../src/server/auth/oauth/token-rows.ts';
import { openLog } from '../src/server/node/log.ts';
import { openMetrics } from '../src/server/node/metrics.ts';
import { registerNode } from '../src/server/node/register-node.ts';
import { registerWireRules, WIRE_SERVER_OPTIONS } from '../src/server/node/wire-rules.ts';
import { nodePorts } from '../src/server/ports/node-ports.ts';
import { openExpiringRows } from '../src/server/storage/expiring-rows.ts';
import { openGrants } from '../src/server/storage/grants.ts';

const [form = '', databaseUrl = '', data = '', seed = ''] = process.argv.slice(2);
const ports = nodePorts();
const HOUR_S = 3_600;

/** Whoever asks: a program that may do everything, from memory. */
const ANYBODY: Principal = {
  who: 'Device/bench',
  name: 'bench',
  duties: [{ role: 'service', places: [], supervisor: false }],
  client: 'bench',
  session: 'bench',
  asOf: 0,
};

/** The same of both forms. */
const OPTIONS: ServerOptions = {
  databaseUrl,
  data,
  isDemo: () => true,
  holdsDemo: () => true,
  settings: {
    baseUrl: undefined,
    host: '127.0.0.1',
    identityProvider: undefined,
    mirror: undefined,
    names: [],
    nodeName: 'bench',
    parent: undefined,
    requireIfMatch: false,
    resuscitationWords: undefined,
    siteCode: undefined,
    syncInFlight: 2,
    tier: 'site',
    tls: { certificate: undefined, hsts: false },
    trustProxy: false,
  },
  sealKey: randomBytes(32),
  incarnation: 'bench',
  embedded: false,
  clientFolder: 'dist/web',
  log: openLog({ level: 'off', name: 'bench' }),
  metrics: openMetrics(),
  gatherMetrics: async () => '',
  finishing: () => false,
  demoPeople: () => [],
};

async function openForm(): Promise<FastifyInstance> {
  const { clock, chance, digest } = ports;
  const audit: AuditTrail = { record: async () => undefined };
  const grants = await openGrants({ url: databaseUrl, digest });
  const whole = await openStoreAt(databaseUrl, undefined, ports, {
    incarnation: OPTIONS.incarnation,
    mirrored: async () => 0,
    scopes: scopeDecisions(grants, clock, async () => undefined),
  });
  const jobs = await openJobs({
    options: OPTIONS,
    version: 'bench',
    ports,
    store: whole,
    engine: createEngine({ store: whole, clock, chance, patch: patchers }),
    rows: await openExpiringRows({ url: databaseUrl, clock }),
    grants,
    audit,
    caPem: () => '',
    freeBytes: async () => undefined,
    principalOf: async () => ANYBODY,
  });
  // Whatever visibility it is asked with: the product has no switch that does this, and shall have none.
  const store: RecordStore = {
    append: (draft) => whole.append(draft),
    read: (keys) => whole.read(keys, EVERYTHING),
    readVersion: (key, version) => whole.readVersion(key, version, EVERYTHING),
    history: (query) => whole.history(query, EVERYTHING),
    search: (query, _visible, limits) => whole.search(query, EVERYTHING, limits),
    conflicts: (query) => whole.conflicts(query, EVERYTHING),
    siblings: (key) => whole.siblings(key, EVERYTHING),
    wouldSee: async (candidates) => candidates.map(() => true),
    feed: (after, limit) => whole.feed(after, limit),
    verify: (progress) => whole.verify(progress),
    reindex: (progress) => whole.reindex(progress),
    close: () => whole.close(),
  };
  const api = fhirServerOptions();
  const app = fastify({ ...api, http: { ...api.http, ...WIRE_SERVER_OPTIONS.http } });
  const wire = registerWireRules(app, { names: [], trustProxy: false });
  registerNode(app, {
    askStore: async () => undefined,
    tier: 'site',
    version: 'bench',
    demo: false,
    freeBytes: async () => undefined,
    audit: () => ({ degraded: false, lost: 0 }),
    certificates: () => undefined,
    links: () => jobs.links.health(),
    log: OPTIONS.log,
    metrics: OPTIONS.metrics,
    gatherMetrics: OPTIONS.gatherMetrics,
    demoPeople: () => [],
    signedIn: async () => undefined,
  });
  jobs.links.register(app);
  registerFhirApi(app, {
    store,
    engine: createEngine({ store, clock, chance, patch: patchers }),
    clock,
    chance,
    authenticator: {
      freshMs: 0,
      authenticate: async (credentials) => {
        wire.proved(credentials);
        return { ok: true, value: ANYBODY };
      },
    },
    audit,
    auditReader: { search: async () => ({ events: [] }) },
    sealKey: OPTIONS.sealKey,
    holdings: jobs.scopes,
    collisions: jobs.collisions,
    identity: jobs.identity,
    version: 'bench',
    log: { error: () => undefined },
  });
  return app;
}

const wholeForm = async (): Promise<FastifyInstance> => (await openServer(OPTIONS, 'bench', ports)).app;

/** Tokens as sign-in would give them, by user name; and one of the node's own service. */
async function tokensOf(): Promise<Readonly<Record<string, string>>> {
  const tokens: Record<string, string> = {};
  await withServices({ databaseUrl, data, isDemo: () => true }, ports, async ({ accounts, issueLocalToken }) => {
    tokens['service'] = (await issueLocalToken(600)).token;
    const rows = await openExpiringRows({ url: databaseUrl, clock: ports.clock });
    for (const { subject, userName, password } of demoUsers({ seed })) {
      if (userName !== 'nurse' && userName !== 'doctor') continue;
      if ((await accounts.findByUserName(userName)) === undefined)
        await accounts.addAccount({ who: subject, userName, password, demo: true }, 'terminal');
      const account = await accounts.findByUserName(userName);
      if (account === undefined) throw new Error(`no account for ${userName}`);
      const token = randomBytes(32).toString('base64url');
      const now = Math.floor(ports.clock.now() / 1_000);
      const payload = {
        kind: 'AccessToken',
        iat: now,
        exp: now + HOUR_S,
        clientId: 'holdfast-web',
        accountId: account.id,
        sessionUid: `bench-${userName}`,
        scope: 'openid',
      };
      await rows.put('AccessToken', rowIdOf(token), JSON.stringify(payload), { expiresAt: (now + HOUR_S) * 1_000 });
      tokens[userName] = token;
    }
    await rows.close();
  });
  return tokens;
}

const app = form === 'open' ? await openForm() : await wholeForm();
const address = await app.listen({ host: '127.0.0.1', port: 0 });
const tokens = form === 'open' ? {} : await tokensOf();
process.stdout.write(`${JSON.stringify({ port: Number(new URL(address).port), tokens })}\n`);
process.stdin.resume();
process.stdin.once('end', () => process.exit(0));
