// What is signed in an exchange (`core/sync/signed-words.ts`), of bodies as this platform hashes them.
import { createHash } from 'node:crypto';
import { replyWordsOf, requestWordsOf, type ReplyWords, type RequestWords } from '../../core/sync/signed-words.ts';

export { CONTENT_TYPE, ENROL_PATH, HEADERS, SYNC_PATH } from '../../core/sync/signed-words.ts';

export const bytesHash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url');

type OfBody<Words> = Omit<Words, 'bodyHash'> & { readonly body: Uint8Array };

export const requestWords = ({ body, ...words }: OfBody<RequestWords>): string =>
  requestWordsOf({ ...words, bodyHash: bytesHash(body) });
export const replyWords = ({ body, ...words }: OfBody<ReplyWords>): string =>
  replyWordsOf({ ...words, bodyHash: bytesHash(body) });
