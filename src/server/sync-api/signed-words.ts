// What is signed in an exchange. One line each, so that nothing can stand for something else.
//
//   NL11  A request is bound to its sender, its parent, its nonce and its bytes.
//   NL12  A reply is bound to its request, its status and its bytes.
import { createHash } from 'node:crypto';

export const SYNC_PATH = '/sync/1';
export const ENROL_PATH = '/sync/enrol';
export const CONTENT_TYPE = 'application/x-holdfast-sync';

export const HEADERS = {
  /** The sender's public key. */
  key: 'x-holdfast-key',
  nonce: 'x-holdfast-nonce',
  incarnation: 'x-holdfast-incarnation',
  signature: 'x-holdfast-signature',
  /** The answering node's clock. */
  now: 'x-holdfast-now',
} as const;

export const bytesHash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url');

export interface RequestWords {
  readonly path: string;
  /** Of the sender. */
  readonly key: string;
  /** Of the node that is asked. */
  readonly to: string;
  /** '' asks for one. */
  readonly nonce: string;
  readonly incarnation: string;
  readonly body: Uint8Array;
}
export const requestWords = ({ path, key, to, nonce, incarnation, body }: RequestWords): string =>
  ['holdfast request 1', path, key, to, nonce, incarnation, bytesHash(body)].join('\n');

export interface ReplyWords {
  readonly status: number;
  /** The request's signature. */
  readonly request: string;
  readonly nonce: string;
  /** Milliseconds, as the header says them. */
  readonly now: string;
  readonly body: Uint8Array;
}
export const replyWords = ({ status, request, nonce, now, body }: ReplyWords): string =>
  ['holdfast reply 1', String(status), request, nonce, now, bytesHash(body)].join('\n');
