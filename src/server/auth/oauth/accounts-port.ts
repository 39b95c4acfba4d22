// What OAuth asks of the accounts.
import type { Principal } from '../../../core/access/principal.ts';

export interface OAuthAccount {
  /** The `sub` of tokens. */
  readonly accountId: string;
  /** For people to read. */
  readonly name: string;
  /** `Practitioner/1`, `Patient/1`. */
  readonly who: string;
}
export interface OAuthAccounts {
  /** undefined: unknown, or disabled. An enrolment that ran out is still somebody (CR11). */
  find(accountId: string): Promise<OAuthAccount | undefined>;
  /** Somebody in the middle of signing in: for the patient picker. */
  principalOf(accountId: string, session: string | undefined): Promise<Principal | undefined>;
}
