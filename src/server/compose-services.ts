// What commands work with: the store, the accounts, the audit trail, without a server.
import { careViews } from '../core/care/merge/care-policies.ts';
import { createEngine } from '../core/engine/create-engine.ts';
import { patchers } from '../core/fhir/patch/patchers.ts';
import { openAuditTrail, type OpenAuditTrail } from './audit/open-audit-trail.ts';
import { verifyAudit } from './audit/verify-audit.ts';
import { openAccounts } from './auth/accounts/open-accounts.ts';
import { issueLocalToken } from './auth/issue-local-token.ts';
import { openClients } from './auth/oauth/clients.ts';
import { rowIdOf } from './auth/oauth/token-rows.ts';
import type { AuditVerified, NodeServices, ServiceOptions } from './cli/parts.ts';
import type { NodePorts } from './ports/node-ports.ts';
import { openPostgresAuditIndex } from './storage/audit-index.ts';
import { openExpiringRows } from './storage/expiring-rows.ts';
import { openPostgresStore, type PostgresStore } from './storage/postgres-store.ts';

export const openStoreAt = (url: string, baseUrl: string | undefined, ports: NodePorts): Promise<PostgresStore> =>
  openPostgresStore({
    url,
    ...ports,
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
    try {
      const engine = createEngine({ store, clock, chance, patch: patchers });
      const accounts = openAccounts({ store, engine, clock, chance, rows, audit, isDemo: options.isDemo });
      return await work({
        store,
        accounts,
        clients: openClients({ rows, clock, chance }),
        audit,
        issueLocalToken: async (minutes) => {
          const issued = await issueLocalToken({ rows, clock, chance, minutes });
          return { ...issued, end: () => rows.remove('ClientCredentials', rowIdOf(issued.token)) };
        },
      });
    } finally {
      await rows.close();
    }
  });
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
