// Where a node's number lanes stand: one table for all processes of the node. `number-rows-contract.test-kit.ts` proves every adapter.
//
//   ID6  No number of a lane is taken twice, by whichever process, before and after it was killed.
//   ID7  A lane that was ever opened is not opened again while there are others.
import type { Instant } from '../../core/base/ports.ts';

export interface TakenNumbers {
  readonly lane: string;
  /** The numbers `first` to `first + count - 1`. */
  readonly first: number;
  readonly count: number;
}
export interface LaneOpening {
  readonly lane: string;
  readonly series: string;
  readonly incarnation: string;
  /** The first number that the incarnation may give. */
  readonly first: number;
}
export interface LaneRow {
  readonly lane: string;
  readonly series: string;
  readonly incarnation: string;
  readonly next: number;
}
/** Who took which numbers, and for what: beside the audit, for people who count labels. */
export interface NumberNote {
  readonly at: Instant;
  readonly series: string;
  /** As printed. */
  readonly first: string;
  readonly last: string;
  readonly count: number;
  readonly who: string;
  readonly purpose: string;
}

export interface NumberRows {
  /** At most `count` numbers below `ceiling`, from a lane of that series and incarnation; undefined: none of them has room. */
  take(series: string, incarnation: string, count: number, ceiling: number): Promise<TakenNumbers | undefined>;
  /**
   * False: the lane is known already. `again`: a known one of the same series and another incarnation will do, from where either ended;
   * for a node that has used nearly all of them.
   */
  open(opening: LaneOpening, again: boolean): Promise<boolean>;
  lanes(): Promise<readonly LaneRow[]>;
  note(note: NumberNote): Promise<void>;
  /** The latest first. */
  notes(limit: number): Promise<readonly NumberNote[]>;
  close(): Promise<void>;
}
