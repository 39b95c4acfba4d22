// What a device can do, as its host sees it: a screen, a drill's staff, the command line.
import type { Instant } from '../../core/base/ports.ts';
import type { Result } from '../../core/base/result.ts';
import type { Change, Outcome, RecordEngine, Refused } from '../../core/engine/engine.ts';
import type { TransactionEntry } from '../../core/engine/transaction.ts';
import type { RecordStore, Stored } from '../../core/record/store.ts';
import type { Durability } from '../../core/sync/ports.ts';
import type { NodePublicKeys } from '../sync-api/node-keys.ts';
import type { CopiesOn } from './hand-over.ts';
import type { LinkState } from '../../core/sync/parent-links.ts';

/** The place of a commit. */
export interface Address {
  readonly origin: string;
  readonly seq: number;
}
export interface Safety {
  readonly class: Durability;
  /** Names of other devices of the ward that hold a sealed copy. */
  readonly alsoOn: readonly string[];
}
export interface Acknowledged {
  readonly outcomes: readonly Outcome[];
  /** Absent where nothing had to be written. */
  readonly commit?: Address;
  readonly class: Durability;
}
export interface Unsent {
  /** Commits that this device wrote and no server is known to hold. */
  readonly count: number;
  /** When the oldest of them was written; absent for none. */
  readonly oldestAt?: Instant;
}
export interface Found {
  readonly type: string;
  readonly id: string;
  readonly mode: 'match' | 'include';
  /** As a server would answer it, with `meta.versionId` and `meta.lastUpdated`. */
  readonly text: string;
  readonly conflict: boolean;
}
export interface FoundPage {
  readonly found: readonly Found[];
  readonly total?: number;
  /** Parameters that are not understood, by name. */
  readonly ignored: readonly string[];
  readonly next?: string;
}
export interface DeviceStatus {
  readonly node: string;
  readonly now: Instant;
  readonly unsent: Unsent;
  /** Own commits by their class; those that are backed up are not counted. */
  readonly classes: Readonly<Record<'D0' | 'D1' | 'D1m' | 'D2', number>>;
  readonly parents: readonly LinkState[];
  readonly copiesOn: readonly CopiesOn[];
  /** Sealed commits that are carried for other devices. */
  readonly carried: { readonly count: number; readonly bytes: number };
  readonly clock: { readonly wallAt: Instant; readonly skewMs: number | null; readonly suspect: boolean };
  /** Parts of the outbox that could not be read when it was opened. */
  readonly spoiled: number;
  /** Commits that came and were not what they said. */
  readonly aside: number;
  readonly record: { readonly commits: number; readonly revisions: number };
  readonly disk: { readonly bytes: number; readonly files: number };
  readonly wardPort?: number;
}

export interface Device {
  readonly node: string;
  /** By which others know it. */
  readonly publicKeys: NodePublicKeys;
  readonly store: RecordStore;
  readonly engine: RecordEngine;
  /** Lands all changes in one commit, or none. Answered when the disk has it. */
  write(changes: readonly Change[]): Promise<Result<Acknowledged, Refused>>;
  /** A FHIR transaction: references between the entries are rewritten. */
  transaction(entries: readonly TransactionEntry[]): Promise<Result<Acknowledged, Refused>>;
  read(type: string, id: string): Promise<Stored | undefined>;
  /** `Observation?patient=Patient/1&_sort=-date`, of what is here. A text: why not. */
  search(query: string, after?: string): Promise<Result<FoundPage, string>>;
  /** Asks the parent for a patient's record, at the next meeting. */
  want(patientId: string): Promise<void>;
  safetyOf(commit: Address): Safety;
  unsent(): Unsent;
  status(): DeviceStatus;
  /** One meeting with whoever answers, now. */
  syncNow(): Promise<{ readonly met?: string; readonly trouble?: string; readonly left: number }>;
  /** Gives copies to the ward, now; whether another device holds everything that no region does. */
  handOverNow(): Promise<boolean>;
  /** Writes its files anew, without what need not be known any more. It does so by itself when they have grown. */
  compact(): Promise<void>;
  /** Makes the device known to a parent by a one-time code. A text: why not. */
  enrol(url: string, code: string): Promise<Result<{ readonly parent: string }, string>>;
  /** Ends the links and closes the folder. What is under way is finished. */
  close(): Promise<void>;
}
