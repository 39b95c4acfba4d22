// What commands work with: the store, the accounts, the audit trail, without a server.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { siteCodeOf } from '../core/care/identity/number-series.ts';
import { careViews } from '../core/care/merge/care-policies.ts';
import { createEngine } from '../core/engine/create-engine.ts';
import { patchers } from '../core/fhir/patch/patchers.ts';
import { openAuditTrail, type OpenAuditTrail } from './audit/open-audit-trail.ts';
import { verifyAudit } from './audit/verify-audit.ts';
import { openAccounts } from './auth/accounts/open-accounts.ts';
import { issueLocalToken } from './auth/issue-local-token.ts';
import { openClients } from './auth/oauth/clients.ts';
import { rowIdOf } from './auth/oauth/token-rows.ts';
import { courierOf } from './compose-courier.ts';
import type { AuditVerified, Enrolled, NodeLinks, NodeServices, ServiceOptions } from './cli/parts.ts';
import type { Settings } from './cli/settings.ts';
import { leasesForCommands } from './identity/leases-for-commands.ts';
import { numbersForCommands } from './identity/numbers-for-commands.ts';
import type { ExpiringRows } from './ports/expiring-rows.ts';
import type { NodePorts } from './ports/node-ports.ts';
import { openPostgresAuditIndex } from './storage/audit-index.ts';
import { openCollisionRows } from './storage/collision-rows.ts';
import { openExpiringRows } from './storage/expiring-rows.ts';
import { Trouble } from './storage/embedded/trouble.ts';
import { openGrants, type Grants } from './storage/grants.ts';
import { openNumberRows } from './storage/number-rows.ts';
import { renewInstall } from './storage/install.ts';
import { openPostgresStore, type PostgresStore, type PostgresStoreOptions } from './storage/postgres-store.ts';
import { enrolAtParent, forgetParent, readParent, writeParent } from './sync-api/enrol-at-parent.ts';
import { invite } from './sync-api/invite.ts';
import { openNodeKeys, setNodeKeysAside } from './sync-api/node-keys.ts';
import { openNodeRegister } from './sync-api/node-register.ts';
import { fingerprintOf } from './tls/issue.ts';

/** `own`: of a server process. A command beside it is an incarnation of its own, and nobody pulls from it. */
export const openStoreAt = (
  url: string,
  baseUrl: string | undefined,
  ports: NodePorts,
  own?: Pick<PostgresStoreOptions, 'incarnation' | 'mirrored' | 'scopes'>,
): Promise<PostgresStore> =>
  openPostgresStore({
    url,
    ...ports,
    ...own,
    policies: careViews(),
    baseUrls: baseUrl === undefined ? [] : [baseUrl.replace(/\/+$/, '')],
  });

/** What commands work with. The audit of what they do is in the record before this ends. */
export async function withServices<T>(
  options: ServiceOptions,
  ports: NodePorts,
  work: (services: NodeServices) => Promise<T>,
): Promise<T> {
  const { clock, chance } = ports;
  return withTrail(options, ports, async ({ store, audit }) => {
    const rows = await openExpiringRows({ url: options.databaseUrl, clock });
    const grants = await openGrants({ url: options.databaseUrl, digest: ports.digest });
    const numberRows = await openNumberRows({ url: options.databaseUrl });
    const collisions = await openCollisionRows({ url: options.databaseUrl });
    try {
      const engine = createEngine({ store, clock, chance, patch: patchers });
      const accounts = openAccounts({ store, engine, clock, chance, rows, audit, isDemo: options.isDemo });
      const links = linksOf(options, ports, store, rows, grants);
      return await work({
        store,
        engine,
        collisions,
        accounts,
        clients: openClients({ rows, clock, chance }),
        audit,
        links,
        courier: courierOf(store, links, openNodeKeys(options.data), ports),
        numbers: numbersForCommands({
          rows: numberRows,
          leases: leasesForCommands({ store, clock, digest: ports.digest }, numberRows),
          clock,
          chance,
          ownCode: siteCodeOf(ports.digest.sha256(store.install)),
        }),
        grants,
        issueLocalToken: async (minutes) => {
          const issued = await issueLocalToken({ rows, clock, chance, minutes });
          return { ...issued, end: () => rows.remove('ClientCredentials', rowIdOf(issued.token)) };
        },
      });
    } finally {
      await collisions.close();
      await numberRows.close();
      await grants.close();
      await rows.close();
    }
  });
}

function linksOf(
  { data }: ServiceOptions,
  { clock, chance }: NodePorts,
  store: PostgresStore,
  rows: ExpiringRows,
  grants: Grants,
): NodeLinks {
  const register = openNodeRegister({ store, keys: openNodeKeys(data), node: store.install, clock });
  return {
    node: store.install,
    parent: () => readParent(data),
    register: {
      ...register,
      retire: async (entry, why) => {
        await register.retire(entry, why);
        await grants.retire(entry.node);
      },
    },
    invite: async (invitation) => {
      const pem = authorityOf(data);
      const isTls = pem !== '';
      const made = await invite({ rows, clock, chance }, invitation, isTls ? fingerprintOf(pem) : undefined);
      return { ...made, isTls };
    },
  };
}

/** The certificate of this node's authority, PEM; '' where it never listened for others. */
function authorityOf(data: string): string {
  const file = join(data, 'tls', 'ca.crt');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** As `Parts.enrolNode`. The code by which a node is enrolled may stay in its settings: used, it does nothing. */
export async function enrolNodeAt(options: ServiceOptions, settings: Settings, ports: NodePorts): Promise<Enrolled> {
  const { data, databaseUrl } = options;
  const { parent: url, enrol: code, tier } = settings;
  const known = readParent(data);
  if (tier === 'region') {
    if (known === undefined) return { kind: 'none' };
    throw new Trouble(
      `This node is enrolled below ${known.name}, so it is no region: HOLDFAST_TIER=site. If it is to be one, take ${join(data, 'parent.json')} away.`,
      { exitCode: 2 },
    );
  }
  const usedFile = join(data, 'keys', 'enrolled-by');
  const mark = code === undefined ? '' : createHash('sha256').update(code).digest('base64url');
  const isUsed = existsSync(usedFile) && readFileSync(usedFile, 'utf8').trim() === mark;
  if (code === undefined || (known !== undefined && isUsed)) {
    if (known !== undefined) return { kind: 'already', parent: known };
    if (url === undefined) return { kind: 'none' };
    return {
      kind: 'missing',
      text: `Not enrolled at ${url} yet: \`holdfast node invite\` there prints a code, \`holdfast start --enrol CODE\` here takes it. Until then this node serves alone.`,
    };
  }
  const at = url ?? known?.url;
  if (at === undefined)
    throw new Trouble('A code to enrol with needs the address of the parent: --parent.', { exitCode: 2 });
  const store = await openStoreAt(databaseUrl, undefined, ports);
  const node = store.install;
  await store.close();
  const enrolling = { url: at, code, node, tier, clock: ports.clock };
  let done = await enrolAtParent({ ...enrolling, keys: openNodeKeys(data) });
  if (!done.ok && done.error.kind === 'retired-key') {
    // A retired key never counts again: the node goes on with others.
    setNodeKeysAside(data, `retired-${Date.now()}`);
    done = await enrolAtParent({ ...enrolling, keys: openNodeKeys(data) });
  }
  if (done.ok) {
    writeParent(data, done.value);
    writeFileSync(usedFile, `${mark}\n`, { mode: 0o600 });
    return { kind: 'enrolled', parent: done.value };
  }
  const { kind, text } = done.error;
  if (kind === 'unreachable')
    return { kind: 'later', text: `${text} This node serves alone, and enrols itself when the parent answers.` };
  throw new Trouble(`Not enrolled. ${text}`, { exitCode: 2 });
}

/** As `Parts.rekeyNode`. */
export async function rekeyNodeAt({ data, databaseUrl }: ServiceOptions): Promise<string> {
  const node = await renewInstall(databaseUrl);
  setNodeKeysAside(data, `before-${node}`);
  forgetParent(data);
  openNodeKeys(data);
  return node;
}

export const verifyAuditAt = (
  options: ServiceOptions,
  ports: NodePorts,
  progress?: (done: number, of: number) => void,
): Promise<AuditVerified> =>
  withTrail(options, ports, async ({ store, index, audit }) => {
    await audit.flush();
    return verifyAudit({
      store,
      index,
      data: options.data,
      digest: ports.digest,
      ...(progress === undefined ? {} : { progress }),
    });
  });

export const rebuildAuditIndexAt = (options: ServiceOptions, ports: NodePorts): Promise<void> =>
  withTrail(options, ports, ({ audit }) => audit.rebuildIndex());

async function withTrail<T>(
  { databaseUrl, data }: ServiceOptions,
  ports: NodePorts,
  work: (open: {
    readonly store: PostgresStore;
    readonly index: Awaited<ReturnType<typeof openPostgresAuditIndex>>;
    readonly audit: OpenAuditTrail;
  }) => Promise<T>,
): Promise<T> {
  const { clock, chance, digest } = ports;
  const store = await openStoreAt(databaseUrl, undefined, ports);
  try {
    const index = await openPostgresAuditIndex({ url: databaseUrl, digest });
    try {
      const log = (): void => undefined;
      const audit = openAuditTrail({ store, index, data, clock, chance, digest, log, background: false });
      try {
        return await work({ store, index, audit });
      } finally {
        await audit.close();
      }
    } finally {
      await index.close();
    }
  } finally {
    await store.close();
  }
}
