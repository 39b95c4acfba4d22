// A node's small, short-lived rows: OAuth artefacts, sign-in counters, registered clients. Not part of the record: they are
// this node's own, are not replicated and leave no history.
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
  put(kind: string, id: string, value: string, options?: RowOptions): Promise<void>;
  get(kind: string, id: string): Promise<ExpiringRow | undefined>;
  getByAlias(kind: string, alias: string): Promise<ExpiringRow | undefined>;
  list(kind: string): Promise<readonly ExpiringRow[]>;
  /** Marks as used up; true for the first only. */
  consume(kind: string, id: string): Promise<boolean>;
  remove(kind: string, id: string): Promise<void>;
  removeGroup(group: string): Promise<void>;
  /** Adds to a counter and answers what it is now; a counter whose time was over starts anew. */
  count(kind: string, id: string, by: number, expiresAt: Instant): Promise<number>;
  close(): Promise<void>;
}
