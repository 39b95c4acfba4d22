// What the provider does, told to the audit and, when it fails, to the log.
//
//   SM27  A token that was given, a code or refresh token that was used twice, and a program that could not prove itself are
//         in the audit before the answer goes out. No token and no secret is.
import type { Provider } from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { AuditEntry, AuditTrail } from '../../../core/access/audit-trail.ts';
import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../../core/base/ports.ts';
import type { OAuthAccounts } from './accounts-port.ts';
import { isSignedOut } from './tell-context.ts';

export interface OAuthLog {
  error(what: Readonly<Record<string, unknown>>, message: string): void;
}
export interface WatchDeps {
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly log: OAuthLog;
  readonly accounts: Pick<OAuthAccounts, 'find'>;
  /** Of the client, where a proxy stands before the node; absent: of the connection. */
  readonly clientAddressOf?: (request: IncomingMessage) => string | undefined;
}

/** Call once for each provider. */
export function watchProvider(provider: Provider, deps: WatchDeps): void {
  const { audit, clock, log } = deps;
  const addressOf = deps.clientAddressOf ?? ((request: IncomingMessage) => request.socket.remoteAddress);
  // The kind and the place alone: a message may hold what was sent.
  provider.on('server_error', (ctx: KoaContextWithOIDC, error: Error) => {
    log.error({ route: ctx.oidc.route, error: error.name, at: placeOf(error) }, 'oauth request failed');
  });
  // Outside of oidc-provider's own steps; without a listener Koa would print the whole of it.
  const koa: EventEmitter = provider;
  koa.on('error', (error: Error) => {
    // A client that went away while it was sending is no failure of ours.
    if ('code' in error && error.code === 'ECONNRESET') return;
    log.error({ error: error.name, at: placeOf(error) }, 'oauth request failed');
  });
  provider.use(async (ctx: KoaContextWithOIDC, next: () => Promise<void>) => {
    await next();
    if ((ctx.oidc as KoaContextWithOIDC['oidc'] | undefined) === undefined) return;
    const entry = entryOf(ctx, clock.now());
    if (entry === undefined) return;
    const address = addressOf(ctx.req);
    const accountId = isSignedOut(ctx) ? ctx.oidc.entities.Session?.accountId : undefined;
    const account = accountId === undefined ? undefined : await deps.accounts.find(accountId);
    await audit.record({
      ...entry,
      ...(account === undefined ? {} : { who: account.who, name: account.name }),
      ...(address === undefined ? {} : { address }),
    });
  });
}

function entryOf(ctx: KoaContextWithOIDC, at: number): AuditEntry | undefined {
  const { route, entities, params } = ctx.oidc;
  const client = entities.Client?.clientId;
  const token = entities.AccessToken ?? entities.ClientCredentials;
  const fhirUser = entities.AccessToken?.extra?.['fhirUser'];
  const patient = entities.AccessToken?.extra?.['patient'];
  const common = {
    at,
    status: ctx.status,
    ...(client === undefined ? {} : { client }),
    ...(typeof fhirUser === 'string' ? { who: fhirUser } : {}),
    ...(entities.AccessToken?.grantId === undefined ? {} : { session: entities.AccessToken.grantId }),
    ...(typeof patient === 'string' ? { patients: [`Patient/${patient}`] } : {}),
  };
  const asked = params?.['grant_type'];
  if (route === 'token') {
    if (ctx.status === 200 && token !== undefined) {
      return { ...common, act: 'token', ok: true, detail: `${String(asked)}: ${token.scope ?? ''}` };
    }
    return { ...common, act: 'refused', ok: false, detail: `token: ${errorOf(ctx)}` };
  }
  if (route === 'introspection' || route === 'revocation') {
    if (ctx.status >= 400) return { ...common, act: 'refused', ok: false, detail: `${route}: ${errorOf(ctx)}` };
    return undefined;
  }
  if (isSignedOut(ctx)) return { ...common, act: 'sign-out', ok: true };
  return undefined;
}

const errorOf = (ctx: KoaContextWithOIDC): string => {
  const body: unknown = ctx.body;
  return typeof body === 'object' && body !== null && 'error' in body ? String(body.error) : 'failed';
};

const placeOf = (error: Error): string =>
  (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 6)
    .map((line) => line.trim())
    .join(' | ');
