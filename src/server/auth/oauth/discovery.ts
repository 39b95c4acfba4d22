// What a program can read of this node before it knows anybody: SMART App Launch 2.2, "Conformance".
//
//   SM26  Only what is true is said: a capability stands here when a test shows it.
import { ACCESS_SCOPES, LAUNCH_SCOPES, OPENID_SCOPES } from './narrow-scopes.ts';
import type { NodeAddress } from './origins.ts';

export const CAPABILITIES = [
  'launch-ehr',
  'launch-standalone',
  'client-public',
  'client-confidential-symmetric',
  'client-confidential-asymmetric',
  'sso-openid-connect',
  'context-banner',
  'context-ehr-patient',
  'context-ehr-encounter',
  'context-standalone-patient',
  'permission-offline',
  'permission-online',
  'permission-patient',
  'permission-user',
  'permission-v1',
  'permission-v2',
] as const;

/** `/.well-known/smart-configuration` */
export function smartConfiguration({ fhir, issuer }: NodeAddress): Readonly<Record<string, unknown>> {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    introspection_endpoint: `${issuer}/introspect`,
    revocation_endpoint: `${issuer}/revoke`,
    end_session_endpoint: `${issuer}/sign-out`,
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES384', 'RS384'],
    scopes_supported: [
      ...OPENID_SCOPES,
      ...LAUNCH_SCOPES,
      ...ACCESS_SCOPES,
      'patient/*.rs',
      'patient/*.cruds',
      'patient/*.read',
      'patient/*.write',
      'user/*.rs',
      'user/*.cruds',
      'user/*.read',
      'user/*.write',
      'system/*.rs',
      'system/*.cruds',
      'system/*.read',
      'system/*.write',
    ],
    capabilities: CAPABILITIES,
    associated_endpoints: [{ url: fhir, capabilities: CAPABILITIES }],
  };
}

/** What `CapabilityStatement.rest.security` and older programs look for. */
export interface OAuthAddresses {
  readonly authorize: string;
  readonly token: string;
  readonly introspect: string;
  readonly revoke: string;
}

/** `fhirBase` is an address of this node, with its `/fhir`. */
export function oauthAddresses(fhirBase: string): OAuthAddresses {
  const issuer = fhirBase.replace(/\/fhir\/?$/, '/oauth');
  return {
    authorize: `${issuer}/authorize`,
    token: `${issuer}/token`,
    introspect: `${issuer}/introspect`,
    revoke: `${issuer}/revoke`,
  };
}
