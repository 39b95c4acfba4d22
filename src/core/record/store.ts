// The port through which the record is kept: one contract (`store-contract.test-kit.ts`), several adapters.
//
//   RS1  What `append` acknowledged is there after the process, and the database, were killed.
//   RS2  A commit is there whole or not at all, to every reader.
//   RS3  A body comes back as the exact text that was appended.
//   RS4  Inside an origin, commits are numbered from 1 without gaps, each naming the hash of the one before.
//   RS5  `append` with expected heads that are no longer the heads changes nothing and answers `stale`.
//   RS6  Every read takes a visibility, and nothing outside it is told: not by content, count, order or error.
//   RS7  The search index is derived: after `reindex` every search answers as before.
//   RS8  A reader of the feed never passes a commit that has yet to arrive.
//
// `specs/store.md` says them in full, with what else a store has to do.
//
// There are no interactive transactions, so that IndexedDB can keep the contract.
import type { Hash, Instant } from '../base/ports.ts';
import type { ResourceJson } from '../base/json-types.ts';
import type { Criterion, Cursor, SearchQuery } from '../fhir/search/query.ts';
import type { Result } from '../base/result.ts';
import type { ConflictSource } from './conflicts.ts';

export interface ResourceKey {
  readonly type: string;
  readonly id: string;
}

/** An authored body: the resource's text with its id, without `meta.versionId` and `meta.lastUpdated`. */
export interface Body {
  readonly text: string;
  /** Where a read inserts the two (see `body.ts`). */
  readonly splice: number;
  /** `text`, parsed; for the index. */
  readonly resource: ResourceJson;
}

/** Who wrote. Absent until a node knows its people. */
export interface Author {
  readonly practitioner?: string;
  readonly device?: string;
  readonly session?: string;
  readonly onBehalfOf?: string;
}

export type RevisionKind = 'put' | 'tombstone' | 'redact' | 'resolve';

export interface RevisionDraft {
  readonly key: ResourceKey;
  readonly kind: RevisionKind;
  /** Every head that the author's view was based on; [] creates. */
  readonly parents: readonly Hash[];
  /** Absent for a tombstone. */
  readonly body?: Body;
  readonly author?: Author;
  /** When it was authored, by the author's clock. */
  readonly authoredAt: Instant;
  /** That clock's zone, in minutes east of UTC; 0 where nobody said. */
  readonly zoneMin?: number;
  /** How far that clock was known to be ahead (null: nobody measured), and whether its time is doubtful. */
  readonly skew?: { readonly ms: number | null; readonly suspect: boolean };
  /** The merge policy that a resolving author was shown. */
  readonly policy?: string;
  /** The heads that must still be the heads when this lands ([]: it must not exist). Absent: a sibling is welcome (sync). */
  readonly expectedHeads?: readonly Hash[];
  /** `node`: only this node and those above it may ever have it. Absent: as its body says (EV10). */
  readonly scope?: 'node';
}

/** The commit lands only if `query` still finds just what the author saw. Commits with the same `query` serialise. */
export interface SearchGuard {
  readonly query: SearchQuery;
  readonly found: readonly ResourceKey[];
  /** What the author could see; absent: everything. */
  readonly visible?: Visibility;
}

export interface CommitDraft {
  readonly revisions: readonly RevisionDraft[];
  readonly guards?: readonly SearchGuard[];
  /** Ingest time at this node: `meta.lastUpdated` of what it writes. */
  readonly receivedAt: Instant;
}

export interface Written {
  readonly key: ResourceKey;
  readonly versionId: string;
  readonly lastUpdatedAt: Instant;
  /** As `Stored.home`, after it was written. */
  readonly home: string;
}
export interface Appended {
  readonly origin: string;
  readonly seq: number;
  readonly hash: Hash;
  /** In the order of the draft's revisions. */
  readonly written: readonly Written[];
}
export type AppendRefusal =
  | { readonly kind: 'stale'; readonly key: ResourceKey; readonly heads: readonly Hash[] }
  | { readonly kind: 'criteria-changed'; readonly guard: number }
  | { readonly kind: 'too-large'; readonly bytes: number; readonly limit: number };

/** What a resource is at this node: merged from its heads when read. */
export interface Stored {
  readonly key: ResourceKey;
  /** Home compartment of the displayed head: `Patient/1`, or '' where it is no patient's. */
  readonly home: string;
  readonly versionId: string;
  readonly lastUpdatedAt: Instant;
  readonly heads: readonly Hash[];
  /** The head that is shown, or that leads where `text` is made up of several. */
  readonly displayed: Hash;
  readonly deleted: boolean;
  /** More than one head, and people must decide. */
  readonly conflict: boolean;
  /** How grave that is; with `conflict` alone. S1 could harm now, S2 is clinical and not urgent. */
  readonly severity?: 'S1' | 'S2';
  /** Of the displayed head, or what the type's policy makes of several (MG36); '' when deleted. */
  readonly text: string;
  readonly splice: number;
}

/** Which resources a reader may know of, as data, so that a store can put it in its own query. A union; [] sees nothing. */
export type Visibility =
  | { readonly see: 'everything' }
  | { readonly see: 'some'; readonly rules: readonly VisibilityRule[] };
/** All that is given must hold. */
export interface VisibilityRule {
  readonly types?: readonly string[];
  /** Home compartments, as `Patient/123`; '' is the compartment of resources of no patient. */
  readonly compartments?: readonly string[];
  /** `system|code` of meta.security labels that hide a resource. */
  readonly withoutSecurity?: readonly string[];
  /** The resource itself satisfies each of them. */
  readonly matching?: readonly ResourceFilter[];
  /**
   * In the resource's home compartment, at least one filter of each group finds a live resource, whatever the reader may see of it.
   * Never met by a resource of no patient.
   */
  readonly related?: readonly (readonly ResourceFilter[])[];
  /** None of these finds a live resource in the home compartment. Always met by a resource of no patient. */
  readonly unrelated?: readonly ResourceFilter[];
}
/**
 * A condition on a resource: one of `types`, and every criterion of `where`. Criteria are of the resource itself: no chain, no
 * reverse chain, no _lastUpdated. Filters that say the same are best the same object: stores keep what they found by it for a moment.
 */
export interface ResourceFilter {
  readonly types: readonly string[];
  readonly where: readonly Criterion[];
}
/** A resource as it is about to be. */
export interface Candidate {
  readonly key: ResourceKey;
  readonly resource: ResourceJson;
}
export const EVERYTHING: Visibility = { see: 'everything' };

export interface HistoryQuery {
  /** Absent: the whole system. `id` only with `type`. */
  readonly type?: string;
  readonly id?: string;
  /** Inclusive, by lastUpdated. */
  readonly since?: Instant;
  /** `_at`: versions that were current at some time in [lo, hi). */
  readonly at?: { readonly lo: Instant; readonly hi: Instant };
  readonly count: number;
  readonly after?: Cursor;
}
export interface Version extends Omit<Stored, 'heads' | 'displayed' | 'conflict' | 'severity'> {
  readonly kind: RevisionKind;
  readonly parents: readonly Hash[];
  readonly author?: Author;
}
export interface HistoryPage {
  readonly versions: readonly Version[];
  readonly total: number;
  readonly next?: Cursor;
}

export interface SearchHit {
  readonly stored: Stored;
  readonly mode: 'match' | 'include';
}
export interface SearchPage {
  /** Matches in order, then includes. */
  readonly hits: readonly SearchHit[];
  readonly total?: number;
  readonly next?: Cursor;
}
export type SearchRefusal =
  /** More included resources than the limit; or the time limit ran out. */
  { readonly kind: 'too-costly'; readonly what: string };

/** A commit with its place in this node's order of arrival. */
export interface ArrivedCommit {
  readonly arrival: number;
  readonly origin: string;
  readonly seq: number;
  readonly hash: Hash;
  readonly prev: Hash;
  /** The exact header bytes that the hash covers. */
  readonly header: string;
  /** Beside the hash, not in it. Absent while checkpoints of the chain are signed instead. */
  readonly signature?: string;
  readonly revisions: readonly { readonly hash: Hash; readonly header: string; readonly text: string | undefined }[];
}

/** What `verify` found. Empty findings: the record is whole. */
export interface VerifyReport {
  readonly commits: number;
  readonly revisions: number;
  readonly resources: number;
  readonly findings: readonly VerifyFinding[];
}
export interface VerifyFinding {
  readonly what: 'chain' | 'revision' | 'body' | 'head' | 'index' | 'locator' | 'arrival';
  /** Type and id or origin and seq; never content. */
  readonly where: string;
  readonly message: string;
}
/** The most bytes (UTF-8) of headers and bodies in one commit. */
export const COMMIT_BYTES_MAX = 5_000_000;

export type Progress = (done: number, of: number) => void;

export interface SearchLimits {
  readonly includes: number;
  readonly ms: number;
}

export interface RecordStore extends ConflictSource {
  append(draft: CommitDraft): Promise<Result<Appended, AppendRefusal>>;
  /** In the order of `keys`; `undefined` where there is none or none to be seen. Deleted ones come with `deleted`. */
  read(keys: readonly ResourceKey[], visible: Visibility): Promise<readonly (Stored | undefined)[]>;
  readVersion(key: ResourceKey, versionId: string, visible: Visibility): Promise<Stored | undefined>;
  history(query: HistoryQuery, visible: Visibility): Promise<HistoryPage>;
  search(query: SearchQuery, visible: Visibility, limits: SearchLimits): Promise<Result<SearchPage, SearchRefusal>>;
  /** Whether `visible` would show each, were it there: asked before it is written. Its home compartment is looked at as it is now. */
  wouldSee(candidates: readonly Candidate[], visible: Visibility): Promise<readonly boolean[]>;
  /** Committed commits in order of arrival, from the first after `after` (0: from the start). */
  feed(after: number, limit: number): Promise<readonly ArrivedCommit[]>;
  verify(progress?: Progress): Promise<VerifyReport>;
  /** Rebuilds every index row from the bodies while reads and writes go on. */
  reindex(progress?: Progress): Promise<{ readonly resources: number }>;
  close(): Promise<void>;
}
