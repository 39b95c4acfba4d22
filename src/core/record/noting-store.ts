// A device's store as its engine writes to it: every revision says what is known of the clock, and the place of what landed is noted.
//
//   DV15  Every revision says what is known of the clock that it was written by.
import type { Instant } from '../base/ports.ts';
import type { RecordStore } from './store.ts';

/** What stands in a revision's header about its time. */
export interface SaidOfTime {
  readonly authoredAt: Instant;
  /** Minutes east of UTC. */
  readonly zoneMin: number;
  readonly skew: { readonly ms: number | null; readonly suspect: boolean };
}
/** The place of a commit. */
export interface CommitPlace {
  readonly origin: string;
  readonly seq: number;
}

/** `said` is asked at each append; `commit` is the last that landed through it. */
export function notingStore(
  store: RecordStore,
  said: () => SaidOfTime,
): { readonly store: RecordStore; readonly commit: () => CommitPlace | undefined } {
  let commit: CommitPlace | undefined;
  const noting: RecordStore = {
    append: async (draft) => {
      const time = said();
      const revisions = draft.revisions.map((revision) => ({ ...revision, ...time }));
      const appended = await store.append({ ...draft, revisions });
      if (appended.ok) commit = { origin: appended.value.origin, seq: appended.value.seq };
      return appended;
    },
    read: (keys, visible) => store.read(keys, visible),
    readVersion: (key, version, visible) => store.readVersion(key, version, visible),
    history: (query, visible) => store.history(query, visible),
    search: (query, visible, limits) => store.search(query, visible, limits),
    wouldSee: (candidates, visible) => store.wouldSee(candidates, visible),
    conflicts: (query, visible) => store.conflicts(query, visible),
    siblings: (key, visible) => store.siblings(key, visible),
    feed: (after, limit) => store.feed(after, limit),
    verify: (progress) => store.verify(progress),
    reindex: (progress) => store.reindex(progress),
    close: () => store.close(),
  };
  return { store: noting, commit: () => commit };
}
