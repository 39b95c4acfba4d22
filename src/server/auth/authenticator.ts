// Who is behind a request: the one question that the FHIR API asks of sign-in.
import type { Result } from '../../core/base/result.ts';
import type { Principal } from '../../core/access/principal.ts';

export interface Credentials {
  readonly method: string;
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  /** The `Cookie` header: the session of the node's own pages, good for GET and HEAD alone. */
  readonly cookie: string | undefined;
  /** `Sec-Fetch-Site`, where a browser says it. */
  readonly fetchSite: string | undefined;
}

export type AuthenticationRefusal =
  /** Nothing was presented. */
  | { readonly kind: 'nobody' }
  /** Presented, but unknown, ended, revoked, or of a disabled account. `why` is for the WWW-Authenticate header. */
  | { readonly kind: 'invalid'; readonly why: string };

export interface Authenticator {
  /** Resolved from memory for some seconds after the first time: a revocation takes effect within `freshMs`. */
  authenticate(credentials: Credentials): Promise<Result<Principal, AuthenticationRefusal>>;
  readonly freshMs: number;
}
