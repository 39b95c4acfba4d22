// A whole server over any store, the memory store unless told, listening on a port of its own: what the REST contract and
// the clients run against.
import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import { carePolicies } from '../../core/care/merge/care-policies.ts';
import { patchers } from '../../core/fhir/patch/patchers.ts';
import { createEngine } from '../../core/engine/create-engine.ts';
import { createMemoryStore } from '../../core/record/memory-store.ts';
import type { Clock } from '../../core/base/ports.ts';
import type { Holdings } from '../../core/record/holding.ts';
import type { CollisionRows } from '../../core/record/collision-rows.ts';
import type { RecordStore } from '../../core/record/store.ts';
import { nodePorts } from '../ports/node-ports.ts';
import type { AuditReader, AuditTrail } from '../../core/access/audit-trail.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { anyoneIs, memoryTrail, NO_EVENTS, SERVICE } from './access.test-kit.ts';
import { registerFhirApi } from './api.ts';
import type { ApiLimits, ApiSettings, FhirApiDeps, OAuthAddresses } from './ask.ts';
import type { Started } from './rest-contract.test-kit.ts';
import { fhirServerOptions } from './server-options.ts';

export interface ApiServerOptions {
  readonly identity?: FhirApiDeps['identity'];
  readonly limits?: Partial<ApiLimits>;
  readonly settings?: ApiSettings;
  /** Rules that validation leaves out. */
  readonly without?: readonly string[];
  readonly log?: (line: string) => void;
  /** Unless told, whoever asks is a program that may do everything. */
  readonly authenticator?: Authenticator;
  readonly audit?: AuditTrail;
  readonly auditReader?: AuditReader;
  readonly holdings?: Holdings;
  readonly isAppOrigin?: (origin: string) => boolean;
  readonly clock?: Clock;
  readonly collisions?: CollisionRows;
  readonly oauthAddresses?: (base: string) => OAuthAddresses;
}

export function memoryStore(): RecordStore {
  const { digest } = nodePorts();
  return createMemoryStore({ digest, origin: `test.${randomBytes(4).toString('hex')}`, policies: carePolicies() });
}

/** The API over `store`, not listening: for `inject`. */
export function apiOver(store: RecordStore, options: ApiServerOptions = {}): FastifyInstance {
  const { clock: real, chance } = nodePorts();
  const clock = options.clock ?? real;
  const app = Fastify(fhirServerOptions());
  registerFhirApi(app, {
    store,
    authenticator: options.authenticator ?? anyoneIs(SERVICE),
    audit: options.audit ?? memoryTrail(),
    auditReader: options.auditReader ?? NO_EVENTS,
    engine: createEngine({ store, clock, chance, patch: patchers, without: options.without }),
    clock,
    chance,
    sealKey: randomBytes(32),
    version: '0.0.0-test',
    log: { error: (fields, message) => options.log?.(`${message} ${JSON.stringify(fields)}`) },
    ...(options.collisions === undefined ? {} : { collisions: options.collisions }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.holdings === undefined ? {} : { holdings: options.holdings }),
    ...(options.identity === undefined ? {} : { identity: options.identity }),
    ...(options.isAppOrigin === undefined ? {} : { isAppOrigin: options.isAppOrigin }),
    ...(options.oauthAddresses === undefined ? {} : { oauthAddresses: options.oauthAddresses }),
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  });
  return app;
}

export const memoryApp = (options: ApiServerOptions = {}): FastifyInstance => apiOver(memoryStore(), options);

/** Listens on 127.0.0.1; `stop` closes the store too. */
export async function startApiServer(store: RecordStore, options: ApiServerOptions = {}): Promise<Started> {
  const app = apiOver(store, options);
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    baseUrl: `${address}/fhir`,
    stop: async () => {
      await app.close();
      await store.close();
    },
  };
}

export const startMemoryServer = (options: ApiServerOptions = {}): Promise<Started> =>
  startApiServer(memoryStore(), options);
