// What a memory sync store writes down, and the port that keeps it: the whole state is what these entries, in order, make of nothing.
//
//   DV1  An entry is on the disk before anybody is told of what it says.
//   DV2  Any beginning of the entries is a state that the store has been in, or could have been in: a place never stands before
//        what it covers.
import type { Hash, Instant } from '../base/ports.ts';
import type { CarriedCommit, Held, LinkRecord, Mark } from './ports.ts';

/** `own`: written here. `below`: of a child. `above`: of a parent, perhaps filtered. `ward`: a sealed copy for another device. */
export type CommitSource = 'own' | 'below' | 'above' | 'ward';

export type LogEntry =
  | {
      readonly put: 'commit';
      readonly commit: CarriedCommit;
      readonly from: CommitSource;
      /** Of another history of its origin: kept, in no place. */
      readonly fork: boolean;
      /** When it came. */
      readonly at: Instant;
      /**
       * In a snapshot alone: every one of its revisions was read, is of the patient that its scope names, and belongs where it is in no
       * order with others. Where each body is spliced, for who need not read it again; 0 where there is none.
       */
      readonly plain?: readonly number[];
    }
  /** Not what it says: kept aside, to be shown. */
  | {
      readonly put: 'aside';
      readonly origin: string;
      readonly seq: number;
      readonly reason: string;
      readonly at: Instant;
    }
  | { readonly put: 'link'; readonly peer: string; readonly record: LinkRecord | null }
  | { readonly put: 'mark'; readonly what: 'stable' | 'floor'; readonly mark: Mark }
  | { readonly put: 'held'; readonly peer: string; readonly held: readonly Held[] }
  | { readonly put: 'wants'; readonly keys: readonly string[] }
  | { readonly put: 'evict'; readonly names: readonly Hash[] }
  /** What the host of the store remembers beside it; the last of a name stands, '' forgets it. */
  | { readonly put: 'note'; readonly name: string; readonly text: string };

export interface OutboxLog {
  /** Resolves when the disk has all of them. Where it throws, a beginning of them may be there. */
  append(entries: readonly LogEntry[]): Promise<void>;
  /** Puts `entries` in the place of everything that is there: all of it, or nothing changes. */
  replace(entries: Iterable<LogEntry>): Promise<void>;
  /** `replace` stands for what was there when it was asked: appends may go on beside it. */
  readonly replacesAside?: boolean;
}
