// A node's small, short-lived rows: OAuth artefacts, sign-in counters, registered clients. Not part of the record: they are
// this node's own, are not replicated and leave no history. `expiring-rows-contract.test-kit.ts` proves every adapter.
//
//   AN1  A row whose time is over is gone, to every question.
//   AN2  What was used up is used up once, whoever asks at the same time, and stays so while it is there.
//   AN3  Counters lose nothing between processes.
//   AN4  An alias names one row: the one that was put last.
import type { Instant } from '../../core/base/ports.ts';

export interface ExpiringRow {
  readonly id: string;
  readonly value: string;
  readonly expiresAt?: Instant;
  /** When it was used up. */
  readonly consumedAt?: Instant;
}
export interface RowOptions {
  /** Absent: kept until it is removed. */
  readonly expiresAt?: Instant;
  /** Rows that are removed together (an OAuth grant). */
  readonly group?: string;
  /** A second name, unique in its kind. */
  readonly alias?: string;
}

/** One table, shared by all processes of a node. A row whose time is over is as good as gone, and is removed some time later. */
export interface ExpiringRows {
  /** Makes or replaces the row. A row that was used up stays so. */
  put(kind: string, id: string, value: string, options?: RowOptions): Promise<void>;
  get(kind: string, id: string): Promise<ExpiringRow | undefined>;
  getByAlias(kind: string, alias: string): Promise<ExpiringRow | undefined>;
  /** In the order of ids. */
  list(kind: string): Promise<readonly ExpiringRow[]>;
  /** Marks as used up; true for the first only. */
  consume(kind: string, id: string): Promise<boolean>;
  remove(kind: string, id: string): Promise<void>;
  removeGroup(group: string): Promise<void>;
  /**
   * Adds to a counter and answers what it is now. It ends when its first addition said; one whose time was over starts anew.
   * `get` answers it as decimal text.
   */
  count(kind: string, id: string, by: number, expiresAt: Instant): Promise<number>;
  close(): Promise<void>;
}
