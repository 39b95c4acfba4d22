// What the device tier may ask of a browser's storage. `openBrowserLog`, `vaultOf`, `fillStore`, `probeStorage` give these.
//
//   vault (a person's secret → the data key) ──> log (encrypted records in IndexedDB) ──> filling (the store, piece by piece)
//
//   BS1  What `append` answered is there after the browser was killed.
//   BS8  What is read while the store is being filled is what it will be when it is full, or it waits.
import type { Result } from '../../core/base/result.ts';
import type { RecordStore } from '../../core/record/store.ts';
import type { LogEntry, OutboxLog } from '../../core/sync/memory-sync-log.ts';
import type { Bytes, Sealer } from './sealing.ts';

// ---- the log

/** Read it in this order: `front`, then every part, in any order. */
export interface BrowserLog extends OutboxLog {
  /**
   * What a store is opened with: everything that is nobody's, everything that was written here and is not yet stable, and everything
   * that came since the last `replace`.
   */
  readonly front: readonly LogEntry[];
  /** The parts that are still on the disk alone, by number. */
  readonly parts: readonly LogPart[];
  /** There was something in it once, and now there is nothing: the browser lost it. Begins anew. */
  readonly cameUpEmpty: boolean;
  /** The part that has revisions of a resource, `Patient/1`; undefined where none has. */
  partOf(name: string): number | undefined;
  /** All entries of some parts; parts that are spoiled give what can be read of them. */
  part(numbers: readonly number[]): Promise<readonly LogEntry[]>;
  /** Pieces that could not be read so far; they are kept aside. */
  spoiled(): number;
  /** Of the disk; `tail`: what came since the last `replace`, so that the device knows when to have it done again. */
  sizes(): { readonly bytes: number; readonly tailBytes: number; readonly records: number };
  /** The last write was refused for want of room: Chromium's own estimate does not tell of a disk that is full. */
  isFull(): boolean;
  /** Resolves when the browser took the store away under it: every append fails until `reopen`, after which this is another promise. */
  readonly lost: Promise<LostStore>;
  /** Opens the store again after it was lost. `empty`: what it held is gone; write it again with `replace`. */
  reopen(): Promise<'whole' | 'empty'>;
  close(): Promise<void>;
}
export interface LogPart {
  readonly number: number;
  /** Ids of the patients whose record is in it. */
  readonly patients: readonly string[];
}
export interface LostStore {
  readonly why: 'gone' | 'broken';
}
/** Why an append failed: nothing of it is there. */
export class StorageTrouble extends Error {
  override readonly name = 'StorageTrouble';
  readonly kind: 'full' | 'lost';
  constructor(kind: 'full' | 'lost', cause?: unknown) {
    super(kind === 'full' ? 'The disk of this device is full.' : 'The browser took the storage of this device away.', {
      cause,
    });
    this.kind = kind;
  }
}

// ---- a store that is being filled

/** Fills a store from the parts of a log, while it is used. */
export interface Filling {
  /** For reads and writes: as the store, but whatever touches what is not here yet waits for it. */
  readonly store: RecordStore;
  /** Resolves when everything that the device holds of the patient (an id) is in the store. Puts it before all others. */
  patient(id: string): Promise<void>;
  /** These next. */
  prefer(patients: readonly string[]): void;
  /** Resolves when everything is. Meetings with the site, `compact`, and whatever counts, come after it. */
  readonly whole: Promise<void>;
  isWhole(): boolean;
  progress(): { readonly done: number; readonly of: number };
  /** Stops: the device is locked. */
  stop(): void;
}

// ---- keys

/** Who can unlock what is here. The names are legible to whoever has the browser, and in a copied profile with some trouble. */
export interface EnrolledPerson {
  /** `Practitioner/1` */
  readonly who: string;
  readonly name: string;
  readonly ways: readonly ('passphrase' | 'passkey')[];
}
export type Secret =
  | { readonly way: 'passphrase'; readonly passphrase: string }
  /** 32 bytes of the WebAuthn PRF extension; `credential` (base64url) says whose. The page asks for it with `prfSaltOf(who)`. */
  | { readonly way: 'passkey'; readonly credential: string; readonly prf: Bytes };
export type NotUnlocked =
  /** Not this secret. Nothing was changed. */
  | { readonly kind: 'wrong' }
  /** Too many in a row: not before so many ms have passed. Nothing is ever wiped. */
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'unknown-person' }
  /** Keys are here and cannot be read. */
  | { readonly kind: 'spoiled' };

/** Open: the keys are in memory. One for all persons of a device, but `drafts`, which are the person's alone. */
export interface Vault {
  readonly who: string;
  /** `dev-…`: the device's name in origins. */
  readonly node: string;
  /** What was kept of the person, as text (the Principal). */
  profile(): string;
  setProfile(text: string): Promise<void>;
  /** What the device keeps for all, by name, encrypted: its node keys, its site. '' forgets it. */
  kept(name: string): Promise<string | undefined>;
  keep(name: string, text: string): Promise<void>;
  readonly drafts: Drafts;
  /** Lets one more person in, or one more way for a person. */
  admit(person: NewPerson): Promise<Result<void, NotAdmitted>>;
  /** The site let them go: their way in goes, what they wrote stays. */
  dismiss(who: string): Promise<void>;
  /** Seals the keys for the site's seal key (base64url, X25519), and keeps the letter beside; recovery is the site's. */
  escrowTo(seal: string): Promise<Bytes>;
  /** Of this room: what is sealed for one purpose opens for no other. */
  sealer(purpose: string): Sealer;
  /** Writes again what is in memory, after the browser took the store away. */
  rewrite(): Promise<void>;
  /** Forgets every key. Everything that was opened with it fails from then on. */
  lock(): void;
}
export interface NewPerson {
  readonly who: string;
  readonly name: string;
  readonly profile: string;
  readonly secret: Secret;
}
export type NotAdmitted =
  /** A passphrase has at least five words or fourteen characters. */
  | { readonly kind: 'weak' }
  /** The device has people already: one of them lets others in, or the site does. */
  | { readonly kind: 'founded' };

/** Who can open what is here; opened without a secret. */
export interface VaultStore {
  /** The device's name in origins; undefined before `found`. */
  readonly node: string | undefined;
  /** Who was here last comes first. */
  people(): readonly EnrolledPerson[];
  /** The first person of a device: the data key is made. `node`: the name that it was enrolled under; drawn where it is absent. */
  found(person: NewPerson, node?: string): Promise<Result<Vault, NotAdmitted>>;
  unlock(who: string, secret: Secret): Promise<Result<Vault, NotUnlocked>>;
  /** Lets a person in with what the site made of an escrow letter, when nobody is here who could. */
  join(opened: Bytes, person: NewPerson): Promise<Result<Vault, NotAdmitted | NotUnlocked>>;
  /** Sealed for the site. */
  escrowLetters(): readonly Bytes[];
  close(): void;
}

export interface Drafts {
  all(): Promise<readonly KeptDraft[]>;
  /** Resolves when the disk has it. '' forgets it. */
  put(draft: KeptDraft): Promise<void>;
}
export interface KeptDraft {
  readonly name: string;
  readonly value: string;
  readonly at: number;
}

// ---- keeping

/** What is known of whether this browser keeps what it is given. */
export interface Keeping {
  /** `begun`: restart the browser, then ask again. `proved`: a canary came through a restart. `failed`: it did not. */
  readonly canary: 'begun' | 'proved' | 'failed';
  /** What `navigator.storage.persist()` said. */
  readonly persisted: boolean;
  /** A witness outside the store knows of a record that is not here any more. */
  readonly storeLost: boolean;
  readonly bytesFree: number | null;
  readonly quotaLow: boolean;
}
