// The accounts of the node's people, as the pages, the command line and the OAuth provider use them. `open-accounts.ts` makes them.
//
//   AN6   An account is one person's: enrolling another takes less than a minute, so nobody need share.
//   AN9   An unknown name and a wrong secret take the same work and get the same words.
//   AN18  The end of an enrolment ends nothing at once (CR11).
//
// `specs/accounts.md` says the rest.
import type { Principal, Role } from '../../../core/access/principal.ts';
import type { Instant } from '../../../core/base/ports.ts';
import type { Result } from '../../../core/base/result.ts';
import type { Account, Federated } from './account-resource.ts';

/** Who changes an account: a signed-in person, or whoever holds the node's data folder. */
export type ChangedBy = Principal | 'terminal';

/** Where an attempt comes from, for counters and the audit. */
export interface From {
  readonly address: string;
  /** A device on which somebody signed in before, as a signed cookie says: what others do elsewhere does not slow it. */
  readonly device?: string;
  /** Nobody of this user name signed in at the device: it counts as any other at the address, or devices would be free tries. */
  readonly unfamiliar?: true;
}

/** An account that has just proved itself. */
export interface SignedInAccount {
  /** The `sub` of tokens. */
  readonly accountId: string;
  readonly userName: string;
  /** For people to read. */
  readonly name: string;
  /** `Practitioner/1`, `Patient/1`. */
  readonly who: string;
  /** A temporary password was used: nothing else is open before it is changed. */
  readonly mustChangePassword: boolean;
  /** The enrolment ran out: care goes on for a while, marked, and a supervisor sees it (CR11). */
  readonly unconfirmed: boolean;
}
export type SignInRefusal =
  /** Unknown name, wrong secret, disabled, used-up code: never told apart. */
  | { readonly kind: 'wrong' }
  | { readonly kind: 'slow-down'; readonly retryAfterMs: number }
  /** The secret was right, but the enrolment ended too long ago: a supervisor has to confirm it. */
  | { readonly kind: 'ended' };

export type PasswordRefusal =
  | { readonly kind: 'wrong' }
  | { readonly kind: 'slow-down'; readonly retryAfterMs: number }
  | { readonly kind: 'too-short'; readonly min: number }
  | { readonly kind: 'too-long'; readonly max: number }
  /** On the list of common ones, or made of the user name. */
  | { readonly kind: 'too-easy' }
  | { readonly kind: 'same' };

/** A WebAuthn credential as an account keeps it. */
export interface Passkey {
  /** base64url, as browsers name it. */
  readonly credentialId: string;
  /** COSE key, base64url. */
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
  /** The host name it belongs to. */
  readonly rpId: string;
  /** Given by its owner. */
  readonly name: string;
  readonly addedAt: Instant;
}

export interface EnrolRequest {
  readonly givenName: string;
  readonly familyName: string;
  readonly role: Role;
  /** `Location/1`; absent: the whole site. */
  readonly ward?: string;
  /** `Organization/1`: a site of the supervisor's; absent: their only one. */
  readonly site?: string;
  /** Absent: no end. */
  readonly until?: Instant;
  /** Absent: made of the name. From the terminal alone: */
  readonly userName?: string;
  readonly password?: string;
  readonly supervisor?: boolean;
}
/** Shown once; nobody can ask for it again. */
export interface Enrolled {
  readonly accountId: string;
  readonly userName: string;
  readonly temporaryPassword: string;
}
/** An account for somebody whom the record knows already. */
export interface AccountRequest {
  /** `Practitioner/1`, `Patient/1`. */
  readonly who: string;
  readonly userName: string;
  /** Absent: a temporary one is made. */
  readonly password?: string;
  readonly until?: Instant;
  /** Of the demo hospital: the password is taken as it is, and the account is nobody's on a node that is no demo. */
  readonly demo?: true;
}
export type StaffRefusal =
  | { readonly kind: 'invalid'; readonly why: string }
  | { readonly kind: 'not-found' }
  /** Not somebody of the supervisor's sites, or with a role above what the supervisor may give. */
  | { readonly kind: 'forbidden' };

export interface StaffEntry {
  readonly accountId: string;
  readonly userName: string;
  readonly name: string;
  readonly who: string;
  readonly roles: readonly Role[];
  readonly supervisor: boolean;
  readonly until?: Instant;
  readonly state: 'active' | 'unconfirmed' | 'expired' | 'disabled';
  /** Slowed down by wrong passwords at this moment. */
  readonly slowed: boolean;
}

export interface Accounts {
  /** Refuses in the same words whatever is wrong, and slows down who guesses (AN9, AN14). */
  signInByPassword(userName: string, password: string, from: From): Promise<Result<SignedInAccount, SignInRefusal>>;
  /** Uses the code up. */
  signInByRecoveryCode(userName: string, code: string, from: From): Promise<Result<SignedInAccount, SignInRefusal>>;
  /** The account that keeps this passkey, if it may sign in. */
  findByPasskey(
    credentialId: string,
  ): Promise<{ readonly account: SignedInAccount; readonly passkey: Passkey } | undefined>;
  /** The account linked to a person of the hospital's own provider, if it may sign in. */
  findByFederation(issuer: string, subject: string): Promise<SignedInAccount | undefined>;
  /** Whoever is signed in already: also long after the enrolment ended, but not when disabled. */
  find(accountId: string): Promise<SignedInAccount | undefined>;
  findByUserName(userName: string): Promise<Account | undefined>;

  /** `current` absent: right after a sign-in that said `mustChangePassword`, or by recovery code. */
  changePassword(
    accountId: string,
    current: string | undefined,
    next: string,
    by: ChangedBy | undefined,
  ): Promise<Result<undefined, PasswordRefusal>>;
  passkeysOf(accountId: string): Promise<readonly Passkey[]>;
  /** False: another account has this credential (WebAuthn 7.1). */
  addPasskey(accountId: string, passkey: Passkey, by: ChangedBy): Promise<boolean>;
  removePasskey(accountId: string, credentialId: string, by: ChangedBy): Promise<void>;
  /** The authenticator's counter, where it has one. */
  passkeyUsed(accountId: string, credentialId: string, counter: number): Promise<void>;
  /** Replaces those there were; shown once. */
  newRecoveryCodes(accountId: string, by: ChangedBy): Promise<readonly string[]>;
  recoveryCodesLeft(accountId: string): Promise<number>;
  /** Links a person of the hospital's own provider, or takes the link away. */
  setFederated(
    accountId: string,
    federated: Federated,
    linked: boolean,
    by: ChangedBy,
  ): Promise<Result<undefined, StaffRefusal>>;

  /** Practitioner, role and account in one commit. */
  enrol(request: EnrolRequest, by: ChangedBy): Promise<Result<Enrolled, StaffRefusal>>;
  /** An account for somebody in the record. From the terminal, and for the demo's users. */
  addAccount(request: AccountRequest, by: ChangedBy): Promise<Result<Enrolled, StaffRefusal>>;
  /** One more role of somebody, or (`given` false) the end of it. */
  setRole(accountId: string, role: RoleChange, by: ChangedBy): Promise<Result<undefined, StaffRefusal>>;
  /** People of the supervisor's sites (from the terminal: all); those who need something first. `text`: part of a name or user name. */
  staff(by: ChangedBy, options: { readonly text?: string; readonly count: number }): Promise<readonly StaffEntry[]>;
  /** Re-confirms an enrolment: until then, or with no end. */
  confirm(accountId: string, until: Instant | undefined, by: ChangedBy): Promise<Result<undefined, StaffRefusal>>;
  /** A disabled account's sessions end within seconds. */
  setDisabled(accountId: string, disabled: boolean, by: ChangedBy): Promise<Result<undefined, StaffRefusal>>;
  /** Forgets the wrong passwords. */
  unlock(accountId: string, by: ChangedBy): Promise<Result<undefined, StaffRefusal>>;
  /** A new temporary password; the old one, the recovery codes and all sessions are void. */
  resetPassword(accountId: string, by: ChangedBy): Promise<Result<Enrolled, StaffRefusal>>;
}
export interface RoleChange {
  readonly role: Role;
  readonly supervisor: boolean;
  readonly site?: string;
  readonly ward?: string;
  readonly given: boolean;
}
