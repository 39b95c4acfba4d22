// The words of this room that others use: those of every link (core), and nodes below this one.
import type { Instant } from '../../core/base/ports.ts';
import type { NodePublicKeys } from '../../core/sync/link-words.ts';
import type { Tier } from '../../core/sync/ports.ts';

export { isTier, TIERS, type Exchanged, type LinkTrouble, type ParentRecord } from '../../core/sync/link-words.ts';
export type { Tier };

/** A node below this one, as the register in the record has it. */
export interface RegisteredNode {
  /** Of the entry: made of the key, so that a key stands in the register once. */
  readonly id: string;
  /** Its install id. */
  readonly node: string;
  readonly name: string;
  readonly tier: Tier;
  /** `Organization/1`: the site that it serves; of a device `Location/1`: its ward. */
  readonly site?: string;
  readonly keys: NodePublicKeys;
  /** The install id of the node that enrolled it. */
  readonly parent: string;
  readonly enrolledAt: Instant;
  readonly retiredAt?: Instant;
  readonly retiredWhy?: string;
}
