// What is signed in an exchange, and of a commit. One line each, so that nothing can stand for something else.
//
//   NL11  A request is bound to its sender, its parent, its nonce and its bytes.
//   NL12  A reply is bound to its request, its status and its bytes.
//   DV16  A commit's signature stands beside the envelope.
import type { Hash } from '../base/ports.ts';

export const SYNC_PATH = '/sync/1';
export const ENROL_PATH = '/sync/enrol';
export const CONTENT_TYPE = 'application/x-holdfast-sync';
/** Of an enrolment, both ways: who knows the code. */
export const PROOF_HEADER = 'x-holdfast-proof';

export const HEADERS = {
  /** The sender's public key. */
  key: 'x-holdfast-key',
  nonce: 'x-holdfast-nonce',
  incarnation: 'x-holdfast-incarnation',
  signature: 'x-holdfast-signature',
  /** The answering node's clock. */
  now: 'x-holdfast-now',
} as const;

/** A commit has at most 5 MB; as a line of JSON each quote of it takes one byte more. */
export const UNPACKED_BYTES_MAX = 16 * 1024 * 1024;
/** As sent. */
export const PACKED_BYTES_MAX = 8 * 1024 * 1024;

export interface RequestWords {
  readonly path: string;
  /** Of the sender. */
  readonly key: string;
  /** Of the node that is asked. */
  readonly to: string;
  /** '' asks for one. */
  readonly nonce: string;
  readonly incarnation: string;
  /** SHA-256 of the body, base64url. */
  readonly bodyHash: string;
}
export const requestWordsOf = ({ path, key, to, nonce, incarnation, bodyHash }: RequestWords): string =>
  ['holdfast request 1', path, key, to, nonce, incarnation, bodyHash].join('\n');

export interface ReplyWords {
  readonly status: number;
  /** The request's signature. */
  readonly request: string;
  readonly nonce: string;
  /** Milliseconds, as the header says them. */
  readonly now: string;
  /** SHA-256 of the body, base64url. */
  readonly bodyHash: string;
}
export const replyWordsOf = ({ status, request, nonce, now, bodyHash }: ReplyWords): string =>
  ['holdfast reply 1', String(status), request, nonce, now, bodyHash].join('\n');

export const commitWords = (hash: Hash): string => `holdfast commit 1\n${hash}`;
