// What the pages ask of sign-in's other parts: the accounts, the OAuth provider, and the opening of the glass. Whoever calls has
// checked the right (`accessOf(...).mayEnrol` and the like); an implementation may check again.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Instant } from '../../../core/base/ports.ts';
import type { Result } from '../../../core/base/result.ts';
import type { Principal } from '../../../core/access/principal.ts';
import type { Accounts } from '../accounts/accounts.ts';

/** The part of the accounts that the pages use. */
export type AccountsPort = Pick<
  Accounts,
  | 'signInByPassword'
  | 'signInByRecoveryCode'
  | 'findByPasskey'
  | 'findByFederation'
  | 'find'
  | 'changePassword'
  | 'passkeysOf'
  | 'addPasskey'
  | 'removePasskey'
  | 'passkeyUsed'
  | 'newRecoveryCodes'
  | 'recoveryCodesLeft'
  | 'enrol'
  | 'staff'
  | 'confirm'
  | 'setDisabled'
  | 'unlock'
  | 'resetPassword'
>;

/** What the OAuth provider waits for before it goes on. */
export interface Interaction {
  readonly uid: string;
  /** `login`: who are you. `consent`: may this program. `patient`: which patient (`launch/patient`). */
  readonly step: 'login' | 'consent' | 'patient';
  readonly client: { readonly id: string; readonly name: string; readonly ours: boolean };
  /** Asked for and still open. */
  readonly scopes: readonly string[];
  /** Signed in already (steps after login). */
  readonly accountId?: string;
  /** `sid` or grant: goes into the audit. */
  readonly session?: string;
  /** What the client wants put in the name field. */
  readonly loginHint?: string;
}
export type InteractionResult =
  | {
      readonly kind: 'signed-in';
      readonly accountId: string;
      readonly amr: readonly string[];
      readonly unconfirmed: boolean;
    }
  | { readonly kind: 'consented'; readonly scopes: readonly string[] }
  | { readonly kind: 'patient'; readonly patient: string }
  | { readonly kind: 'refused'; readonly why: string };
export interface InteractionsPort {
  /** By the cookie that the provider set for it; undefined: there is none, or its time is over. */
  details(request: IncomingMessage, response: ServerResponse): Promise<Interaction | undefined>;
  /** Answers where the browser goes next. */
  finish(request: IncomingMessage, response: ServerResponse, result: InteractionResult): Promise<string>;
  /** The principal of somebody in the middle of an interaction: for the patient picker. */
  principalOf(accountId: string, session: string | undefined): Promise<Principal | undefined>;
  /** Ends the provider's own session of this browser, so that the next program asks anew who is there. */
  endSession(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export interface TokenSet {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly idToken?: string;
  readonly expiresInSeconds: number;
}
/** The provider's endpoints as the node's own pages use them: client `holdfast-web`, public, PKCE. */
export interface TokensPort {
  /** Path and query of the authorization endpoint, on this node. */
  authorizationPath(query: Readonly<Record<string, string>>): string;
  exchange(code: string, verifier: string, redirectUri: string): Promise<Result<TokenSet, string>>;
  refresh(refreshToken: string): Promise<Result<TokenSet, string>>;
  /** Ends the grant of the token, with all that hangs on it. */
  revoke(token: string): Promise<void>;
}

/** A program of others that acts for a person. */
export interface ActingForPerson {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly since: Instant;
}
/** `openOAuth(...)` is one. */
export interface ProgramsPort {
  programsOf(accountId: string): Promise<readonly ActingForPerson[]>;
  /** Ends at once what the program was given by this person. */
  withdraw(accountId: string, clientId: string): Promise<void>;
  readonly clients: { find(clientId: string): Promise<{ readonly name: string } | undefined> };
}
