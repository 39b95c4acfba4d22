// The words of links that both sides use, on a server and in a browser: tiers, parents, and what can be wrong with a link.
import type { Instant } from '../base/ports.ts';
import type { Reply } from './messages.ts';
import type { Tier } from './ports.ts';

export const TIERS = ['region', 'site', 'device'] as const satisfies readonly Tier[];
export const isTier = (text: unknown): text is Tier => TIERS.some((tier) => tier === text);

/** The raw 32 bytes of each public key, base64url. */
export interface NodePublicKeys {
  /** Ed25519 (RFC 8032). */
  readonly sign: string;
  /** X25519 (RFC 7748). */
  readonly seal: string;
}

/** What a node remembers of the one above it. Everything in it is public. */
export interface ParentRecord {
  /** `https://region.example.org:8443`; plain http on loopback alone. */
  readonly url: string;
  /** The parent's install id. */
  readonly node: string;
  readonly name: string;
  readonly tier: Tier;
  readonly keys: NodePublicKeys;
  /** The authority that signs its certificates, PEM; absent where it is reached over loopback without TLS, and in a browser. */
  readonly caPem?: string;
  /** What this node is called there, and the key that it was enrolled with. */
  readonly as: { readonly name: string; readonly tier: Tier; readonly site?: string; readonly sign: string };
  readonly enrolledAt: Instant;
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
