// The port through which the audit trail is found: what happened to whose record, by whom, when. Derived from the record's
// commits, so it may be dropped and filled again.
//
// Invariants (specs/audit.md)
//   AU11  Each event is there once for each patient that it is about, or once under no patient.
//   AU12  `advance` moves the cursor and adds the rows together or not at all, from the place that the caller saw.
import type { Digest, Hash, Instant } from '../base/ports.ts';

/** A revision as the tail of the feed tells it: without its body. */
export interface TailedRevision {
  readonly arrival: number;
  /** Its place in its commit, from 0. */
  readonly entry: number;
  readonly origin: string;
  readonly hash: Hash;
  readonly header: string;
  /** Of its commit. */
  readonly receivedAt: Instant;
}

/** An event that shall be found. */
export interface IndexedEvent {
  readonly at: Instant;
  /** After `at`, what events are sorted by: `orderOf`, `lineOrders`. */
  readonly order: number;
  /** The commit that holds it, by arrival at this node. */
  readonly arrival: number;
  /** A line of an audit batch, or the revision itself. */
  readonly kind: 'line' | 'write';
  /** Of the line in its batch, or of the revision in its commit. */
  readonly position: number;
  readonly who?: string;
  /** `Patient/1`, each once. */
  readonly patients: readonly string[];
}

/** Where an event stands in the order of events, newest first. */
export interface EventPlace {
  readonly at: Instant;
  readonly order: number;
}
/** All that is given must hold. */
export interface IndexQuery {
  /** One patient. */
  readonly patient?: string;
  readonly who?: string;
  /** [from, to) */
  readonly from?: Instant;
  readonly to?: Instant;
  /** Only what is older. */
  readonly after?: EventPlace;
  readonly count: number;
}
/** An event that was found, with the revision that holds it. */
export interface FoundEvent extends EventPlace {
  readonly kind: 'line' | 'write';
  readonly position: number;
  readonly revision: TailedRevision;
}

/** Sums over all rows up to an arrival: equal where the rows are. Each as decimal digits. */
export type IndexSums = readonly string[];
export interface ChainTipRow {
  readonly origin: string;
  readonly seq: number;
  readonly hash: Hash;
}

export interface AuditIndex {
  /** The arrival number up to which it is filled. */
  cursor(): Promise<number>;
  /** True for one caller at a time, until `until`: the one that fills it in the background. */
  claimTurn(now: Instant, until: Instant): Promise<boolean>;
  /** The revisions of the next `commits` commits after arrival `after`, in order, without their bodies. */
  tail(after: number, commits: number): Promise<readonly TailedRevision[]>;
  /** Adds the events of the commits in (from, to]. False, and nothing changed, where the cursor is not at `from` any more. */
  advance(from: number, to: number, events: readonly IndexedEvent[]): Promise<boolean>;
  /** Newest first. Where a name is kept as a hash there may be strangers among them: the caller looks again. */
  find(query: IndexQuery): Promise<readonly FoundEvent[]>;
  /** Writes by the order of their ids, whatever their time. */
  findWrites(orders: readonly number[]): Promise<readonly FoundEvent[]>;
  /** Forgets everything; the cursor is at 0. */
  clear(): Promise<void>;
  /** Of the rows of commits up to `arrival`. */
  sums(arrival: number): Promise<IndexSums>;
  /** What `sums` would be where what is added is all there is. */
  summing(): { add(events: Iterable<IndexedEvent>): void; sums(): IndexSums };
  /** The last commit of every origin. */
  tips(): Promise<readonly ChainTipRow[]>;
  /** The hashes of commits; undefined where there is none. */
  hashesAt(
    places: readonly { readonly origin: string; readonly seq: number }[],
  ): Promise<readonly (Hash | undefined)[]>;
  close(): Promise<void>;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
/** Lines of a batch are told apart below this. */
const POSITIONS = 2 ** 14;

/** 50 bits of a write's id: sorts what happened in the same millisecond, the same way everywhere. */
export const orderOf = (digest: Digest, id: string): number => bitsOf(digest.sha256(id), 10);

/** The same for the lines of a batch, from 0: later ones are greater. */
export function lineOrders(digest: Digest, batch: string): (position: number) => number {
  const base = bitsOf(digest.sha256(batch), 7) * POSITIONS;
  return (position) => base + (position % POSITIONS);
}

function bitsOf(hash: string, letters: number): number {
  let value = 0;
  for (let i = 0; i < letters; i++) value = value * 32 + LETTERS.indexOf(hash.charAt(i));
  return value;
}

/** Negative where `a` is newer. */
export const comparePlaces = (a: EventPlace, b: EventPlace): number => b.at - a.at || b.order - a.order;
