// GET /sync/status: what is true of this node's links. IT and the incident lead see who is where; everybody else, how it stands.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { SyncStore } from '../../core/sync/ports.ts';
import { durabilityOf, summaryOf, type SyncStatus } from './sync-status.ts';

export interface SyncStatusDeps {
  readonly status: () => Promise<SyncStatus>;
  readonly store: SyncStore;
  readonly tier: 'region' | 'site';
  readonly maySeeDetails: (request: FastifyRequest) => Promise<boolean>;
}

const COMMIT = /^([A-Za-z0-9-]{1,64}\.[A-Za-z0-9]{1,64}):([1-9]\d{0,14})$/;

export function registerSyncStatus(app: FastifyInstance, deps: SyncStatusDeps): void {
  app.get<{ readonly Querystring: { readonly commit?: unknown } }>('/sync/status', async (request, reply) => {
    const [status, all] = await Promise.all([deps.status(), deps.maySeeDetails(request)]);
    const asked = request.query.commit;
    const found = typeof asked === 'string' ? COMMIT.exec(asked) : null;
    if (asked !== undefined && found === null) {
      return reply
        .code(400)
        .type('application/json')
        .send(JSON.stringify({ error: 'commit is ORIGIN:SEQ' }));
    }
    const [, origin = '', seq = '0'] = found ?? [];
    const commit =
      found === null
        ? {}
        : { commit: { origin, seq: Number(seq), durability: await durabilityOf(deps, origin, Number(seq)) } };
    return reply
      .header('content-type', 'application/json; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(JSON.stringify({ ...(all ? status : summaryOf(status)), ...commit }));
  });
}
