// What a screen may ask of the device that it runs on, and what it is told. Everything that crosses this is plain data, so that the
// device may stand in the page, behind a worker, or in another tab.
//
//   BD1  A write is answered when this device's disk has it; the answer says where it is safe, and the news say when that changes.
//   BD2  What is read is what the person may see, by the same tables as at every tier.
//   BD3  Nothing that is shown is without its age: `Status.asOf`, and of a patient `Chart.asOf`.
import type { ResourceJson } from '../../core/base/json-types.ts';
import type { Instant } from '../../core/base/ports.ts';
import type { Result } from '../../core/base/result.ts';
import type { Principal } from '../../core/access/principal.ts';
import type { Change } from '../../core/engine/engine.ts';
import type { TransactionEntry } from '../../core/engine/transaction.ts';
import type { Author, ResourceKey } from '../../core/record/store.ts';
import type { Durability } from '../../core/sync/ports.ts';

/** A resource as it is shown here: merged from its heads. */
export interface Shown {
  readonly key: ResourceKey;
  readonly versionId: string;
  /** When it came to this device or to whoever accepted it. */
  readonly lastUpdatedAt: Instant;
  /** As authored, with every digit. What is written back is made of this, or is a patch; never of `resource`. */
  readonly text: string;
  /** `text` for reading. */
  readonly resource: ResourceJson;
  /** People must decide: shown at its safest meanwhile (MG36), and never without saying so. */
  readonly conflict: boolean;
  readonly severity?: 'S1' | 'S2';
  /** Of the version that is shown. */
  readonly author?: Author;
  /** Where this device wrote it and it is not known to be safe at the site: its class. Absent for what came from there. */
  readonly safe?: Durability;
}

/** What is here of one patient. */
export interface Chart {
  readonly patient: Shown | undefined;
  /** Live resources of the patient's compartment that the person may see, the Patient too. In no order. */
  readonly all: readonly Shown[];
  /** `identity`: who it is, allergies and alerts alone; `filling`: the rest is on its way. `unknown`: no copy, and never had one. */
  readonly held: 'whole' | 'filling' | 'identity' | 'unknown';
  /** The last time that the site told everything that it had; absent where this device never heard from one. */
  readonly asOf?: Instant;
  /** The person's rights end at identity, allergies and alerts: breaking the glass opens the rest. */
  readonly beyondReach: boolean;
}

export interface ShownPage {
  /** Matches in order, then includes. */
  readonly found: readonly (Shown & { readonly mode: 'match' | 'include' })[];
  readonly total?: number;
  readonly next?: string;
}

/** Where a commit is: the device, its site, a second disk there, the region, the region's backup. */
export interface Saved {
  /** Absent where nothing had to be written. */
  readonly commit?: { readonly origin: string; readonly seq: number };
  readonly safe: Durability;
  /** In the order of the changes: what is there now; undefined after a delete. */
  readonly shown: readonly (Shown | undefined)[];
}
/** Why nothing was written. `text` is for people, in English, without values; screens say what they can say better by `kind`. */
export interface NotSaved {
  readonly kind:
    | 'invalid'
    /** Somebody else changed it since it was shown. */
    | 'stale'
    | 'not-found'
    | 'forbidden'
    | 'contended'
    | 'too-large'
    /** The disk of this device is full, or lost. Nothing was kept. */
    | 'disk'
    /** Nobody is signed in, or the device is locked. */
    | 'locked';
  readonly text: string;
  /** Of the resource that is wrong: FHIRPath, where one element is. */
  readonly path?: string;
}

/** Why a read came to nothing. */
export interface NotRead {
  readonly kind: 'locked' | 'forbidden' | 'not-understood' | 'too-costly';
  readonly text: string;
}

/** `live`: the site answers, and the region answers it. `site`: the site alone. `device`: nobody answers. */
export type Place = 'live' | 'site' | 'device';
/**
 * What this browser can keep. `kept`: enrolled, its storage proved. `unprotected`: enrolled, but the browser may clear it. `thin`:
 * keeps nothing over a restart; a write is safe when the site has it.
 */
export type Keeping = 'kept' | 'unprotected' | 'thin';

export type Session =
  /** Nobody ever worked here, or everything was signed out. */
  | { readonly kind: 'none' }
  /** Somebody's record is here, under lock. `people` can unlock it. */
  | { readonly kind: 'locked'; readonly people: readonly LocalPerson[]; readonly why: 'start' | 'idle' | 'person' }
  | { readonly kind: 'open'; readonly principal: Principal; readonly online: boolean };
export interface LocalPerson {
  /** `Practitioner/1` */
  readonly who: string;
  readonly name: string;
  readonly ways: readonly ('passphrase' | 'passkey')[];
}

export interface Status {
  readonly session: Session;
  readonly place: Place;
  /** Declared by the site's incident lead. */
  readonly downtime: boolean;
  readonly keeping: Keeping;
  /** Of the site, for people. */
  readonly site: string;
  /** As it stands in the site's numbers: `KIS`; absent where the device was never told. */
  readonly siteCode?: string;
  /** This device in the record, `Device/1`: who has custody of doses (CR7). */
  readonly self?: string;
  /** By this device's best clock. */
  readonly now: Instant;
  /** The last time that the site told everything that it had. */
  readonly asOf?: Instant;
  /** Commits of this device by the least safe class that they have; those in the region's backup are not counted. */
  readonly own: Readonly<Record<'D0' | 'D1' | 'D1m' | 'D2', number>>;
  /** When the oldest commit was written that is on this device alone. */
  readonly oldestUnsentAt?: Instant;
  readonly clock: { readonly skewMs: number | null; readonly suspect: boolean };
  readonly conflicts: { readonly S1: number; readonly S2: number };
  /** `Location/1`: whose patients this device keeps; [] for none chosen. */
  readonly wards: readonly string[];
  /** Filling in clinical order: resources here of those known to come; absent when everything is here. */
  readonly filling?: { readonly done: number; readonly of: number };
  /** Another tab has the record open: writes go through it. */
  readonly elsewhere: boolean;
  /** What wants a person's attention, by name; screens have the words. */
  readonly troubles: readonly Trouble[];
  readonly build: string;
}
export type Trouble =
  | 'store-lost'
  | 'quota-low'
  | 'not-persisted'
  | 'clock-suspect'
  | 'outbox-spoiled'
  | 'refused-by-site'
  | 'update-waiting'
  | 'update-rolled-back'
  | 'unconfirmed-person';

/** Something changed. `patients` are ids; 'all' where it is not known whose record. */
export type News =
  | { readonly what: 'status' }
  | { readonly what: 'record'; readonly patients: readonly string[] | 'all' }
  | { readonly what: 'safety' };

/** Text that was begun and not signed or saved: kept under the person's key, of this device alone. */
export interface Draft {
  /** `note/Patient/1/…`: the form and what it is about. */
  readonly name: string;
  readonly value: string;
  readonly at: Instant;
}

export interface Device {
  /** As of now; the same object until it changes. */
  status(): Status;
  listen(heard: (news: News) => void): () => void;

  read(keys: readonly ResourceKey[]): Promise<readonly (Shown | undefined)[]>;
  /** `Observation?patient=Patient/1&_sort=-date&_count=50`, of what is here. */
  search(query: string, after?: string): Promise<Result<ShownPage, NotRead>>;
  /** `patient` is an id. Asks the site for what is not here. */
  chart(patient: string): Promise<Chart>;
  /** Newest first. */
  history(key: ResourceKey): Promise<readonly Shown[]>;
  /** Both sides of everything that people must decide and the person may see; the gravest first. */
  conflicts(): Promise<readonly ConflictShown[]>;

  /** All changes in one commit, or none. */
  save(changes: readonly Change[]): Promise<Result<Saved, NotSaved>>;
  /** As a FHIR transaction: `urn:uuid:` references between the entries are rewritten. */
  saveTogether(entries: readonly TransactionEntry[]): Promise<Result<Saved, NotSaved>>;
  resolve(
    key: ResourceKey,
    ifMatch: string,
    chosen: { readonly keep: string } | { readonly text: string },
  ): Promise<Result<Saved, NotSaved>>;
  /** CR7: takes custody of a patient's doses for this device, or gives it to the site or to paper. */
  takeCustody(patient: string, where: 'this-device' | 'site' | 'paper'): Promise<Result<Saved, NotSaved>>;
  breakGlass(patient: string, reason: string): Promise<Result<Saved, NotSaved>>;
  safetyOf(commit: { readonly origin: string; readonly seq: number }): Durability;
  /** For the audit, before anything goes to paper. `patients`: ids; `what`: in words, without values: `MAR of today`. */
  printed(patients: readonly string[], what: string): Promise<void>;

  /** Patients of these places are kept here from now on; `Location/1`. */
  keepWards(wards: readonly string[]): Promise<void>;
  /** One meeting with the site, now. */
  syncNow(): Promise<void>;

  drafts(): Promise<readonly Draft[]>;
  /** Resolves when the disk has it. '' forgets it. */
  putDraft(name: string, value: string): Promise<void>;

  /** Locks: the key leaves the memory, the screen shows nothing of a patient. */
  lock(why: 'idle' | 'person'): Promise<void>;
}

/** What people must decide, with all sides. */
export interface ConflictShown {
  readonly shown: Shown;
  readonly base?: Side;
  readonly sides: readonly Side[];
  /** Sides that the person may not see. */
  readonly hidden: number;
}
export interface Side {
  readonly hash: string;
  /** '' : deleted on this side. */
  readonly text: string;
  readonly resource?: ResourceJson;
  readonly author?: Author;
  readonly authoredAt: Instant;
  /** The node where it was written. */
  readonly node: string;
}
