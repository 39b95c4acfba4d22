// The OAuth 2.1 and OpenID provider of one of the node's names: oidc-provider, set up as SMART App Launch 2.2 wants it.
//
//   SM19  Authorization code with PKCE S256 for every client, refresh, client credentials; nothing else.
//   SM20  A request names our FHIR base in `aud` and carries a `state`; else it is refused.
//   SM21  Access tokens are opaque, and live as `lives.ts` says.
//   SM22  A refresh token is good once; using it again ends the grant. Those of the node's own pages stay good, so that two
//         open tabs cannot end a shift.
//   SM23  Who introspects or revokes is a client that proved itself; a token of another client is told to those alone who may.
import { errors, Provider, type Client, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { adapterOf, type FindClient } from './adapter.ts';
import type { OAuthAccounts } from './accounts-port.ts';
import { isSecret, LOCAL_CLIENT, WEB_CLIENT, type ClientRegister, type RegisteredClient } from './clients.ts';
import { isOwn, type Deciding } from './decide-grant.ts';
import type { Grants } from './grants.ts';
import type { KeySet } from './keys.ts';
import type { LaunchContexts } from './launch-context.ts';
import * as lives from './lives.ts';
import { ACCESS_SCOPES, narrowScopes } from './narrow-scopes.ts';
import { nameRefresher } from './name-refresher.ts';
import { isOwnFhirBase, type NodeAddress, type OriginRules } from './origins.ts';
import { errorPage, signedOutPage, signOutPage } from './own-pages.ts';
import { stepsOf } from './policy.ts';
import { tellContext } from './tell-context.ts';
import type { TokenExtra } from './token-rows.ts';
import { watchProvider, type WatchDeps } from './watch-provider.ts';
import type { Clock } from '../../../core/base/ports.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';

export interface ProviderDeps {
  readonly address: NodeAddress;
  readonly rules: OriginRules;
  readonly keys: KeySet;
  readonly rows: ExpiringRows;
  readonly clock: Clock;
  readonly clients: ClientRegister;
  readonly accounts: OAuthAccounts;
  readonly launches: LaunchContexts;
  readonly grants: Grants;
  readonly deciding: Deciding;
  readonly watch: WatchDeps;
}

const FETCH_MS = 5_000;
const ASSERTION_ALGORITHMS = ['ES384', 'RS384'] as const;

/** Where the node's own pages take a code. */
export const WEB_RETURN_PATH = '/session/return';

/** What oidc-provider is told of a registered client (RFC 7591 names). */
export const metadataOf = (client: RegisteredClient): Record<string, unknown> & { client_id: string } => {
  const isPerson = client.kind !== 'service';
  return {
    client_id: client.id,
    client_name: client.name,
    token_endpoint_auth_method: client.authentication,
    grant_types: isPerson ? ['authorization_code', 'refresh_token'] : ['client_credentials'],
    response_types: isPerson ? ['code'] : [],
    ...(isPerson ? { response_modes: ['query'] } : {}),
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    id_token_signed_response_alg: client.idTokenAlgorithm,
    // A private scheme is taken of programs on the device alone; `web` keeps loopback addresses exact, port and all.
    application_type: client.redirectUris.some((uri) => !/^https?:/.test(uri)) ? 'native' : 'web',
    ...(client.secretHash === undefined ? {} : { client_secret: client.secretHash }),
    ...(client.jwks === undefined ? {} : { jwks: { keys: client.jwks } }),
    ...(client.jwksUri === undefined ? {} : { jwks_uri: client.jwksUri }),
  };
};

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A provider for one name and one set of keys. Holds no state but caches: rows are the state. */
export function makeProvider(deps: ProviderDeps): Provider {
  const { address, clients } = deps;
  const findClient: FindClient = async (id) => {
    const client = await clients.find(id);
    return client === undefined ? undefined : metadataOf(client);
  };
  const provider = new Provider(address.issuer, configurationOf(deps, findClient));
  // The node knows by which name and scheme it was reached; the headers of a proxy are judged before.
  const { protocol, host } = new URL(address.issuer);
  Object.defineProperty(provider.request, 'protocol', { get: () => protocol.slice(0, -1) });
  Object.defineProperty(provider.request, 'host', { get: () => host });
  // What is kept is a hash (SM8); oidc-provider would compare the secret itself.
  const isRight = function (this: Client, secret: string): boolean {
    return this.clientSecret !== undefined && isSecret(secret, this.clientSecret);
  };
  Object.defineProperty(provider.Client.prototype, 'compareClientSecret', { value: isRight });
  watchProvider(provider, deps.watch);
  provider.use(tellContext(deps));
  provider.use(nameRefresher(deps.rows));
  return provider;
}

function configurationOf(deps: ProviderDeps, findClient: FindClient): Configuration {
  const { address, rules, keys, rows, clock, clients, accounts, launches, deciding } = deps;
  const secure = address.issuer.startsWith('https:');
  const registeredScope = async (client: Client): Promise<string | undefined> =>
    isOwn(client.clientId) ? undefined : ((await clients.find(client.clientId))?.scope ?? '');

  /** What the request may be granted at most; what of it was agreed is in the grant. */
  const scopesFor = async (ctx: KoaContextWithOIDC, client: Client): Promise<string> => {
    const { params, entities } = ctx.oidc;
    const service = ctx.oidc.route === 'token' && params?.['grant_type'] === 'client_credentials';
    const source = entities.AuthorizationCode?.scope ?? entities.RefreshToken?.scope;
    const scopes = narrowScopes({
      asked: source ?? text(params?.['scope']),
      registered: await registeredScope(client),
      for: service ? 'service' : 'person',
      // A request was judged when it came; what is renewed keeps what it had.
      launched: true,
    });
    if (service && scopes.length === 0) throw new errors.InvalidScope('none of these scopes may be granted', '');
    return scopes.join(' ');
  };

  /** The request for a code, after oidc-provider's own checks. `scope` becomes what may be granted. */
  const checkRequest = async (ctx: KoaContextWithOIDC, aud: string | undefined, client: Client): Promise<void> => {
    const { params } = ctx.oidc;
    if (params === undefined) return;
    if ((text(params['state']) ?? '') === '') throw new errors.InvalidRequest('state is required');
    if (aud === undefined) throw new errors.InvalidRequest('aud is required: the address of the FHIR server');
    if (aud.replace(/\/$/, '') !== address.fhir)
      throw new errors.InvalidRequest('aud is not the address of this FHIR server');
    const launch = await deciding.launchOf(ctx);
    // oidc-provider takes offline_access out unless a consent is asked for; ours is asked for by our own steps.
    const asked = text((ctx.query as Record<string, unknown>)['scope']);
    const scopes = narrowScopes({
      asked,
      registered: await registeredScope(client),
      for: 'person',
      launched: launch !== undefined,
    });
    if (launch !== undefined && !scopes.includes('launch')) {
      throw new errors.InvalidRequest('a launch needs the scope launch');
    }
    if (scopes.length === 0) throw new errors.InvalidScope('none of these scopes may be granted', asked ?? '');
    params['scope'] = scopes.join(' ');
  };

  return {
    adapter: adapterOf({ rows, clock, findClient }),
    jwks: { keys: keys.jwks.map((key) => ({ ...key })) },
    clients: [
      {
        client_id: WEB_CLIENT,
        client_name: 'Holdfast',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [`${address.origin}${WEB_RETURN_PATH}`],
        post_logout_redirect_uris: [`${address.origin}/`],
      },
      // Its tokens are made at the terminal; here it can do nothing.
      {
        client_id: LOCAL_CLIENT,
        client_name: 'This machine',
        token_endpoint_auth_method: 'none',
        grant_types: [],
        response_types: [],
        redirect_uris: [],
      },
    ],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    enabledJWA: {
      clientAuthSigningAlgValues: [...ASSERTION_ALGORITHMS],
      idTokenSigningAlgValues: ['RS256', 'RS384', 'ES256', 'ES384'],
    },
    responseTypes: ['code'],
    subjectTypes: ['public'],
    scopes: ['openid'],
    claims: { openid: ['sub'], fhirUser: ['fhirUser'], profile: ['name', 'profile'] },
    conformIdTokenClaims: false,
    clockTolerance: lives.CLOCK_TOLERANCE_S,
    pkce: { required: () => true },
    routes: {
      authorization: '/authorize',
      token: '/token',
      revocation: '/revoke',
      introspection: '/introspect',
      jwks: '/jwks',
      end_session: '/sign-out',
    },
    extraParams: {
      aud: checkRequest,
      launch: null,
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) =>
          token.clientId === client.clientId || (await clients.find(client.clientId))?.mayIntrospect === true,
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => address.fhir,
        useGrantedResource: () => true,
        getResourceServerInfo: async (ctx, resource, client) => {
          const { AuthorizationCode, RefreshToken } = ctx.oidc.entities;
          // What was granted was judged then, and may be renewed by whichever name the node has now.
          const granted = [AuthorizationCode?.resource ?? RefreshToken?.resource ?? []].flat();
          const isOurs = resource === address.fhir || granted.includes(resource) || isOwnFhirBase(rules, resource);
          if (!isOurs) throw new errors.InvalidTarget();
          return { audience: resource, accessTokenFormat: 'opaque', scope: await scopesFor(ctx, client) };
        },
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => void (ctx.body = signOutPage(form)),
        postLogoutSuccessSource: (ctx) => void (ctx.body = signedOutPage()),
      },
    },
    interactions: {
      policy: stepsOf(deciding),
      url: (_ctx, interaction) => address.signIn(interaction.uid),
    },
    loadExistingGrant: deciding.grantOf,
    findAccount: async (_ctx, sub) => {
      const account = await accounts.find(sub);
      if (account === undefined) return undefined;
      const fhirUser = `${address.fhir}/${account.who}`;
      return { accountId: sub, claims: () => ({ sub, fhirUser, profile: fhirUser, name: account.name }) };
    },
    extraTokenClaims: async (_ctx, token): Promise<TokenExtra & Record<string, unknown>> => {
      const grantId = 'grantId' in token ? token.grantId : undefined;
      const context = grantId === undefined ? undefined : await launches.of(grantId);
      if (context === undefined) return {};
      const { patient, encounter, fhirUser } = context;
      return {
        fhirUser,
        ...(patient === undefined ? {} : { patient }),
        ...(encounter === undefined ? {} : { encounter }),
      };
    },
    // Signing out ends grants itself (SM16): no token must be held against its session at every request.
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') && ACCESS_SCOPES.some((scope) => code.scopes.has(scope)),
    rotateRefreshToken: (ctx) => ctx.oidc.client?.clientId !== WEB_CLIENT,
    revokeGrantPolicy: () => true,
    assertJwtClientAuthClaimsAndHeader: (_ctx, claims) => {
      const latest = clock.now() / 1_000 + lives.ASSERTION_S + lives.CLOCK_TOLERANCE_S;
      if (typeof claims['exp'] !== 'number' || claims['exp'] > latest) {
        throw new errors.InvalidClientAuth('a client assertion ends at most five minutes ahead');
      }
    },
    clientBasedCORS: (_ctx, origin, client) =>
      (client.redirectUris ?? []).some((uri) => URL.canParse(uri) && new URL(uri).origin === origin),
    fetch: async (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(FETCH_MS) }),
    cookies: {
      keys: [...keys.cookieKeys],
      names: {
        session: secure ? '__Host-holdfast-sso' : 'holdfast-sso',
        interaction: 'holdfast-step',
        resume: 'holdfast-resume',
      },
      long: { httpOnly: true, sameSite: 'lax', signed: true, path: '/', overwrite: true },
      short: { httpOnly: true, sameSite: 'lax', signed: true, overwrite: true },
    },
    ttl: {
      AccessToken: lives.ACCESS_TOKEN_S,
      AuthorizationCode: lives.CODE_S,
      ClientCredentials: lives.SERVICE_TOKEN_S,
      Grant: lives.OFFLINE_S,
      IdToken: lives.ID_TOKEN_S,
      Interaction: lives.INTERACTION_S,
      RefreshToken: (_ctx, token) => (token.scopes.has('offline_access') ? lives.OFFLINE_S : lives.ONLINE_S),
      Session: lives.SESSION_S,
    },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = errorPage(out.error, out.error_description);
    },
  };
}
