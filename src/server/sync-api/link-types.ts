// The words of this room that others use: tiers, parents, children, and what can be wrong with a link.
import type { Instant } from '../../core/base/ports.ts';
import type { Reply } from '../../core/sync/messages.ts';
import type { NodePublicKeys } from './node-keys.ts';

export const TIERS = ['region', 'site', 'device'] as const;
export type Tier = (typeof TIERS)[number];
export const isTier = (text: unknown): text is Tier => TIERS.some((tier) => tier === text);

/** What a node remembers of the one above it: `<data>/parent.json`. Everything in it is public. */
export interface ParentRecord {
  /** `https://region.example.org:8443`; plain http on loopback alone. */
  readonly url: string;
  /** The parent's install id. */
  readonly node: string;
  readonly name: string;
  readonly tier: Tier;
  readonly keys: NodePublicKeys;
  /** The authority that signs its certificates, PEM; absent where it is reached over loopback without TLS. */
  readonly caPem?: string;
  /** What this node is called there, and the key that it was enrolled with. */
  readonly as: { readonly name: string; readonly tier: Tier; readonly site?: string; readonly sign: string };
  readonly enrolledAt: Instant;
}

/** A node below this one, as the register in the record has it. */
export interface RegisteredNode {
  /** Of the entry: made of the key, so that a key stands in the register once. */
  readonly id: string;
  /** Its install id. */
  readonly node: string;
  readonly name: string;
  readonly tier: Tier;
  /** `Organization/1`: the site that it serves. */
  readonly site?: string;
  readonly keys: NodePublicKeys;
  /** The install id of the node that enrolled it. */
  readonly parent: string;
  readonly enrolledAt: Instant;
  readonly retiredAt?: Instant;
  readonly retiredWhy?: string;
}

/** Why an exchange with the parent came to nothing. `text` is for people, and says what to do where somebody can do something. */
export interface LinkTrouble {
  readonly kind:
    /** No answer: the network, the name, the node. */
    | 'unreachable'
    /** An answer of somebody who is not the parent that was enrolled at. */
    | 'untrusted'
    /** The parent does not know this node's key, or has another's under its name. */
    | 'unknown-node'
    | 'retired'
    /** Has more to do than it can at present; or this node asks too much. */
    | 'busy'
    /** Its disk is full. */
    | 'disk'
    | 'version'
    | 'too-large'
    /** It answered what no parent answers. */
    | 'malformed';
  readonly text: string;
  /** Worth trying again after this. */
  readonly retryAfterMs?: number;
}
export interface Exchanged {
  readonly reply: Reply;
  /** The parent's clock minus this node's, ms; half of the round trip is taken off. */
  readonly skewMs: number;
  readonly tookMs: number;
  readonly sentBytes: number;
  readonly gotBytes: number;
}
