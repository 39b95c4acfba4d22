// How OAuth artefacts lie in the node's rows. The authenticator and the command line read and write the same shape.
//
//   1. A row's name is the hash of the token. The token itself stands nowhere, so a copy of the table opens nothing.
//   2. What belongs to one grant has its id as group, and goes with it at once.
import { hash } from 'node:crypto';

/** The kinds that a bearer token may have. */
export const ACCESS_TOKEN_KINDS = ['AccessToken', 'ClientCredentials'] as const;

/** 43 characters of base64url: SHA-256 of the token. */
export const rowIdOf = (token: string): string => hash('sha256', token, 'base64url');

/** What stands beside a token for whoever resolves it: our own part, oidc-provider passes it through. */
export interface TokenExtra {
  /** `Patient/1`'s id alone, as SMART names it: the patient in context. */
  readonly patient?: string;
  readonly encounter?: string;
  /** Of the person who signed in: `Practitioner/1`. */
  readonly fhirUser?: string;
}

/** The value of a row of `ACCESS_TOKEN_KINDS`. Times are in seconds since 1970. */
export interface TokenPayload {
  readonly kind: (typeof ACCESS_TOKEN_KINDS)[number];
  readonly iat: number;
  readonly exp: number;
  readonly clientId: string;
  /** Absent for programs (`ClientCredentials`). */
  readonly accountId?: string;
  readonly grantId?: string;
  readonly sessionUid?: string;
  /** Separated by spaces; what was granted, never more. */
  readonly scope?: string;
  readonly aud?: string | readonly string[];
  readonly extra?: TokenExtra;
}
