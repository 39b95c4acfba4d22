// The gate: what stands between a person and the record that this browser keeps. It is asked before anybody is let in, and says
// nothing of any patient.
//
//   a browser ──probe──> what it can keep ──enrol──> a device of the ward ──addPerson──> its people ──unlock──> the open device
//                                          └─beginThin──> works, keeps nothing (CR15)
//
//   1. No passphrase and no key crosses it twice: what is typed is handed over once and kept nowhere.
//   2. Signing somebody out deletes nothing that is on this device only.
import type { Instant } from '../../core/base/ports.ts';
import type { Result } from '../../core/base/result.ts';
import type { Keeping, LocalPerson } from './device.ts';

/** Who is signed in at the site, as `GET /ward/who` answers: good offline, however old (CR11). */
export interface SignedWho {
  /** `{"who":Principal,"site":…,"node":…,"at":…}`, as the node signed it. */
  readonly text: string;
  /** Ed25519 of `holdfast who 1\n` and the text by the node that this device was enrolled at, base64url. */
  readonly signature: string;
}

export interface GateState {
  /** Absent: this browser was never enrolled, or its store is lost. */
  readonly enrolled?: { readonly name: string; readonly site: string; readonly at: Instant };
  readonly keeping: Keeping;
  /** Who can unlock what is here; in the order in which they were here last. */
  readonly people: readonly LocalPerson[];
  /** Commits of this device that are known nowhere else. Told also while it is locked. */
  readonly onlyHere: number;
  /** The site's word that is on this device, of an enrolled device whose store came up empty: what is missing. */
  readonly lost: boolean;
}

export interface StorageProbe {
  readonly keeping: Keeping;
  readonly persisted: boolean;
  /** Bytes that the browser would let us have; absent where it does not say. */
  readonly quota?: number;
  /** The canary of an earlier session: `first` where there was none to look for. */
  readonly canary: 'first' | 'there' | 'gone';
  /** This browser signs in people by a passkey that can also unlock (WebAuthn PRF), as far as it says. */
  readonly passkeys: boolean;
}

export type NewWay = { readonly kind: 'passphrase'; readonly passphrase: string } | { readonly kind: 'passkey' };
export type Way = NewWay;

export interface NotEnrolled {
  /** `code`: mistyped; the others as the site says them, or `unreachable`. */
  readonly kind:
    | 'code'
    | 'unreachable'
    | 'unknown-code'
    | 'used-code'
    | 'other-tier'
    | 'retired-key'
    | 'storage'
    | 'untrusted';
  /** Of `code`: which group of letters is wrong, from 1. */
  readonly group?: number;
}
export type NotUnlocked =
  | { readonly kind: 'wrong' }
  /** Guessing is slowed down here, too. */
  | { readonly kind: 'slow-down'; readonly retryAfterMs: number }
  /** The person cancelled, or the authenticator has no secret for us. */
  | { readonly kind: 'passkey' }
  /** The store does not open: the rescue page is the way on. */
  | { readonly kind: 'store' }
  /** The snapshot is not signed by the node that this device was enrolled at. */
  | { readonly kind: 'not-signed' }
  /** Too easy to guess: five words or fourteen characters at least. */
  | { readonly kind: 'weak' }
  /** This device has people, and is locked: one of them unlocks it and lets the other in. */
  | { readonly kind: 'nobody-open' };

export interface Gate {
  state(): Promise<GateState>;
  probe(): Promise<StorageProbe>;
  /** Makes this browser a device: keys are made here, and the site takes them in by the code. */
  enrol(code: string): Promise<Result<{ readonly name: string }, NotEnrolled>>;
  /** A device in memory alone: everything is gone with the tab. `code` as `POST /ward/thin-code` gave it. Open at once. */
  beginThin(who: SignedWho, code: string): Promise<Result<void, NotEnrolled>>;
  /** Who is signed in at the site becomes one of this device's people, and the device is open for them. */
  addPerson(who: SignedWho, way: NewWay): Promise<Result<void, NotUnlocked>>;
  unlock(who: string, way: Way): Promise<Result<void, NotUnlocked>>;
  /** Newer rights of somebody who is here already: taken over the next time that the site is reached. */
  renew(who: SignedWho): Promise<void>;
  /** Locks, and takes the person off the list of people here. What is on this device only stays, and is handed over all the same. */
  signOut(who: string): Promise<{ readonly onlyHere: number }>;
}
