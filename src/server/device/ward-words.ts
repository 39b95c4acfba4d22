// What two devices of a ward say to each other, and what they sign of it. Sealed letters, so plain HTTP on the ward's network will do.
//
//   DV21  A request is bound to its sender, its receiver and its bytes; an answer to its request. A letter opens for its receiver alone.
import { createHash } from 'node:crypto';

export const WARD_PATH = '/ward/1';
export const WARD_TYPE = 'application/x-holdfast-ward';
export const WARD_HEADERS = {
  key: 'x-holdfast-key',
  to: 'x-holdfast-to',
  signature: 'x-holdfast-signature',
} as const;
export const WARD_BYTES_MAX = 8 * 1024 * 1024;

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url');

/** `to`: '' where the sender does not know yet who is there. */
export const askWords = (from: string, to: string, body: Uint8Array): string =>
  ['holdfast ward asks 1', from, to, hashOf(body)].join('\n');
/** `asked`: the signature of the request. */
export const answerWords = (from: string, asked: string, body: Uint8Array): string =>
  ['holdfast ward answers 1', from, asked, hashOf(body)].join('\n');

/** The body of a request, before it is sealed, and of one that is not: it names nothing of the record. */
export type WardAsk =
  /** Where the other stands in these origins. `fresh`: drawn for this request. */
  | { readonly ask: 'where'; readonly origins: readonly string[]; readonly fresh: string }
  /** Lines of `encodeCarried`, gzip, base64. */
  | { readonly ask: 'carry'; readonly commits: string; readonly fresh: string };
export type WardAnswer =
  | { readonly answer: 'stands'; readonly at: readonly (readonly [origin: string, from: number, to: number])[] }
  | { readonly answer: 'full' }
  | { readonly answer: 'refused'; readonly why: 'unknown' | 'signature' | 'malformed' | 'not-yours' };
