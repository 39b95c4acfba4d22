// Whether what a client is registered with holds (SM7, SM9). Pure.
import { err, ok, type Result } from '../../../core/base/result.ts';
import type { ClientAuthentication, ClientRefusal, ClientRequest, PublicJwk, RegisteredClient } from './clients.ts';
import { isLoopback } from './origins.ts';
import { parsedScopes } from './narrow-scopes.ts';

const ID = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,99}$/;
const NAME_MAX = 120;
/** RFC 8252 7.1: a private scheme is a name in reverse, so it has a dot; the usual ones of browsers have none. */
const PRIVATE_SCHEME = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:\//;
const PRIVATE_PARTS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

type Checked = Omit<RegisteredClient, 'id' | 'addedAt' | 'secretHash'>;

/** What is kept of the request, or why not. */
export function checkClient(request: ClientRequest): Result<Checked, ClientRefusal> {
  const why = faultOf(request);
  if (why !== undefined) return err({ kind: 'invalid', why });
  const { launchUri, jwks, jwksUri } = request;
  return ok({
    name: request.name.trim(),
    kind: request.kind,
    authentication: authenticationOf(request),
    redirectUris: request.redirectUris ?? [],
    postLogoutRedirectUris: request.postLogoutRedirectUris ?? [],
    ...(launchUri === undefined ? {} : { launchUri }),
    ...(jwks === undefined ? {} : { jwks }),
    ...(jwksUri === undefined ? {} : { jwksUri }),
    scope: parsedScopes(request.scope).known.join(' '),
    mayIntrospect: request.mayIntrospect ?? false,
    idTokenAlgorithm: request.idTokenAlgorithm ?? 'RS256',
  });
}

const authenticationOf = (request: ClientRequest): ClientAuthentication =>
  request.authentication ??
  (request.kind === 'public'
    ? 'none'
    : request.jwks === undefined && request.jwksUri === undefined
      ? 'client_secret_basic'
      : 'private_key_jwt');

function faultOf(request: ClientRequest): string | undefined {
  const { id, name, kind, jwks, jwksUri } = request;
  if (id !== undefined && !ID.test(id)) return 'id: letters, digits, dot, hyphen, underscore and tilde, at most 100';
  // oxlint-disable-next-line no-control-regex
  if (name.trim() === '' || name.length > NAME_MAX || /[\u0000-\u001f\u007f]/.test(name)) {
    return `name: one line of 1 to ${NAME_MAX} characters`;
  }
  const authentication = authenticationOf(request);
  if ((kind === 'public') !== (authentication === 'none')) {
    return 'authentication: a public client has none, every other one has some';
  }
  if (authentication === 'private_key_jwt' && (jwks === undefined) === (jwksUri === undefined)) {
    return 'keys: either the public keys themselves or an https address of theirs';
  }
  if (authentication !== 'private_key_jwt' && (jwks ?? jwksUri) !== undefined) return 'keys: only for private_key_jwt';
  const keys = jwks === undefined ? undefined : faultOfKeys(jwks);
  if (keys !== undefined) return keys;
  if (jwksUri !== undefined && !/^https:\/\/[^/?#@\s]+/.test(jwksUri)) return 'keys: their address must be https';
  const redirects = request.redirectUris ?? [];
  if (kind === 'service' && redirects.length > 0) return 'redirect address: a service has no person to send back';
  if (kind !== 'service' && redirects.length === 0) return 'redirect address: at least one';
  for (const uri of [...redirects, ...(request.postLogoutRedirectUris ?? [])]) {
    const fault = faultOfAddress(uri);
    if (fault !== undefined) return `redirect address ${fault}`;
  }
  if (request.launchUri !== undefined) {
    const fault = faultOfAddress(request.launchUri);
    if (fault !== undefined) return `launch address ${fault}`;
  }
  const { known, unknown } = parsedScopes(request.scope);
  if (unknown[0] !== undefined) return `scope: ${JSON.stringify(unknown[0])} is no SMART scope`;
  if (known.length === 0) return 'scope: at least one';
  const misplaced = known.find((scope) => scope.startsWith('system/') !== (kind === 'service'));
  if (misplaced !== undefined) {
    return kind === 'service'
      ? `scope: a service has system/ scopes alone, not ${JSON.stringify(misplaced)}`
      : `scope: only a service has ${JSON.stringify(misplaced)}`;
  }
  return undefined;
}

function faultOfAddress(uri: string): string | undefined {
  if (!URL.canParse(uri)) return 'is no address';
  const parsed = new URL(uri);
  if (uri.includes('#')) return 'has a fragment';
  if (uri.includes('*')) return 'has a wildcard';
  if (parsed.username !== '' || parsed.password !== '') return 'has credentials in it';
  if (parsed.protocol === 'https:') return undefined;
  if (parsed.protocol === 'http:') {
    return isLoopback(parsed.hostname) ? undefined : 'must be https: http is for loopback alone';
  }
  return PRIVATE_SCHEME.test(uri) ? undefined : 'must be https, http on loopback, or a scheme like org.example.app:/';
}

function faultOfKeys(jwks: readonly PublicJwk[]): string | undefined {
  if (jwks.length === 0) return 'keys: at least one';
  for (const key of jwks) {
    if (key['kty'] !== 'EC' && key['kty'] !== 'RSA') return 'keys: EC or RSA';
    if (key['kty'] === 'EC' && key['crv'] !== 'P-384' && key['crv'] !== 'P-256') return 'keys: EC is P-384 or P-256';
    if (PRIVATE_PARTS.some((part) => part in key)) return 'keys: one is private; register the public part alone';
  }
  return undefined;
}
