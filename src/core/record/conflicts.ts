// What people must decide: which resources are in conflict, and what each side of one says, who wrote it, where and when.
//
//   CW1  Open conflicts are told by a reader's visibility, in order, page by page, with how many there are.
//   CW2  The sides of one are its heads and their lowest common ancestors, each as its commit brought it.
//
// Derived from heads and policies: nothing here is kept that could not be made again.
import type { Hash, Instant } from '../base/ports.ts';
import type { Cursor } from '../fhir/search/query.ts';
import type { CollisionRows } from './collision-rows.ts';
import type { Authored } from './envelope.ts';
import type { Author, RecordStore, ResourceKey, RevisionKind, Stored, Visibility } from './store.ts';
import { EVERYTHING } from './store.ts';
import type { Head } from './view.ts';

export type OpenSeverity = 'S1' | 'S2';
/** worst: S1 first, and of each the longest open first. newest: what opened last first. */
export type ConflictOrder = 'worst' | 'newest';

export interface ConflictQuery {
  readonly severity?: OpenSeverity;
  readonly types?: readonly string[];
  /** `Patient/1`: what stands in one of these home compartments, and the patients themselves. */
  readonly homes?: readonly string[];
  readonly order: ConflictOrder;
  readonly count: number;
  readonly after?: Cursor;
}
export interface OpenConflict {
  readonly key: ResourceKey;
  readonly home: string;
  readonly severity: OpenSeverity;
  readonly versionId: string;
  readonly lastUpdatedAt: Instant;
  readonly heads: readonly Hash[];
  /** Since when the resource has had several heads at this node without a break. */
  readonly since: Instant;
}
export interface ConflictPage {
  readonly conflicts: readonly OpenConflict[];
  readonly total: number;
  readonly next?: Cursor;
}

/** A head or an ancestor, as a merge takes it, with who wrote it, where and when. */
export interface Side extends Head {
  readonly kind: RevisionKind;
  readonly parents: readonly Hash[];
  readonly by?: Author;
  readonly authored: Authored;
  /** When it came to this node. */
  readonly receivedAt: Instant;
  /** Of the commit that brought it: `install.epoch`, and its number. */
  readonly origin: string;
  readonly seq: number;
}
export interface Siblings {
  readonly stored: Stored;
  /** Ascending by hash. Those that the reader may not see are not among them. */
  readonly heads: readonly Side[];
  /** As far as they are kept, and may be seen. */
  readonly ancestors: readonly Side[];
  /** How many heads the reader may not see: who cannot see all sides decides nothing. */
  readonly hidden: number;
  readonly since: Instant;
}

export interface ConflictSource {
  conflicts(query: ConflictQuery, visible: Visibility): Promise<ConflictPage>;
  /** `undefined` where there is none or none to be seen. A resource of one head comes with that. */
  siblings(key: ResourceKey, visible: Visibility): Promise<Siblings | undefined>;
}

export interface ConflictFigures {
  readonly S1: { readonly open: number; readonly oldestAt?: Instant };
  readonly S2: { readonly open: number; readonly oldestAt?: Instant };
}
/** What status and metrics tell: how many are open, in resources and between them, and since when the oldest. No names. */
export async function conflictFigures(
  store: Pick<RecordStore, 'conflicts'>,
  collisions?: Pick<CollisionRows, 'figures'>,
): Promise<ConflictFigures> {
  const [s1, s2] = await Promise.all(
    (['S1', 'S2'] as const).map(async (severity) => {
      const { total, conflicts } = await store.conflicts({ severity, order: 'worst', count: 1 }, EVERYTHING);
      const [oldest] = conflicts;
      return { open: total, ...(oldest === undefined ? {} : { oldestAt: oldest.since }) };
    }),
  );
  const between = await collisions?.figures();
  const oldest = Math.min(s1?.oldestAt ?? Infinity, between?.oldestS1At ?? Infinity);
  return {
    S1: { open: (s1?.open ?? 0) + (between?.S1 ?? 0), ...(oldest === Infinity ? {} : { oldestAt: oldest }) },
    S2: { ...s2, open: (s2?.open ?? 0) + (between?.S2 ?? 0) },
  };
}
