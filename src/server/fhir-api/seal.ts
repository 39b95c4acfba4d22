// Page links: a search and the place where its page ended, sealed so that no address holds patient data.
//
//   1. AES-256-GCM with a random 96-bit nonce; what cannot be opened was not made by this node.
//   2. The sealed text is bound to its purpose, so that a search's link does not open a history.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { assert } from '../../core/base/assert.ts';

export interface Seal {
  /** base64url, about 4/3 of `text` and 40 characters. */
  close(purpose: string, text: string): string;
  /** `undefined` for what was not made by `close` with the same key and purpose. */
  open(purpose: string, sealed: string): string | undefined;
}

const nonceBytes = 12;
const tagBytes = 16;

/** `key`: 32 bytes. */
export function createSeal(key: Uint8Array): Seal {
  assert(key.length === 32, 'the key of the seal must have 32 bytes');
  return {
    close(purpose, text) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose));
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return sealed.toString('base64url');
    },
    open(purpose, sealed) {
      if (!/^[A-Za-z0-9_-]+$/.test(sealed)) return undefined;
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < nonceBytes + tagBytes) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(bytes.length - tagBytes));
      const text = decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes), undefined, 'utf8');
      try {
        return text + decipher.final('utf8');
      } catch {
        // The tag does not fit: not ours. That is an answer, not an error.
        return undefined;
      }
    },
  };
}
