// What travels when a node is enrolled: the request, proved by the holder of the code, and the answer, proved by who made it.
//
//   NL22  The secret of a code itself never travels: what it derives names it and proves it.
import type { NodePublicKeys } from './link-words.ts';
import type { Tier } from './ports.ts';

/** Before the secret, of the SHA-256 by which a code is found. */
export const CODE_ID_WORDS = 'holdfast enrolment id\n';
/** Before the secret, of the SHA-256 whose base64url is the key of proofs (HMAC-SHA-256, base64url). */
export const CODE_PROOF_WORDS = 'holdfast enrolment proof\n';

/** JSON, proved by the code's holder and signed by the key that is enrolled. */
export interface EnrolmentRequest {
  readonly code: string;
  /** Its install id. */
  readonly node: string;
  readonly tier: Tier;
  readonly keys: NodePublicKeys;
}
export interface EnrolmentReply {
  readonly node: string;
  readonly name: string;
  readonly tier: Tier;
  readonly keys: NodePublicKeys;
  readonly caPem: string;
  readonly as: { readonly name: string; readonly tier: Tier; readonly site: string };
}
export const ENROLMENT_REFUSALS = [
  'unknown-code',
  'used-code',
  'other-tier',
  'retired-key',
  'own-database',
  'malformed',
] as const;
export type EnrolmentRefusal = (typeof ENROLMENT_REFUSALS)[number];
