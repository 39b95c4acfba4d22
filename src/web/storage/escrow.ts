// Letters to a site's seal key, as `sealFor` of `server/sync-api/node-keys.ts` writes them: X25519, HKDF-SHA-256 over both public keys,
// ChaCha20-Poly1305. The site opens them with its own key when the staff of a device are gone.
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Chance } from '../../core/base/ports.ts';
import type { Bytes } from './sealing.ts';

const TAG = new TextEncoder().encode('hs1\n');
const INFO = new TextEncoder().encode('holdfast sealed letter 1');
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const AUTH_BYTES = 16;

/** `seal`: the site's public key, base64url. Throws where it is none. */
export function sealedLetter(seal: string, bytes: Bytes, chance: Chance): Bytes {
  const secret = chance.bytes(KEY_BYTES);
  const letter = x25519.getPublicKey(secret);
  const shared = x25519.getSharedSecret(secret, fromBase64Url(seal));
  const salt = new TextEncoder().encode(`${toBase64Url(letter)}.${seal}`);
  const key = hkdf(sha256, shared, salt, INFO, KEY_BYTES);
  const nonce = chance.bytes(NONCE_BYTES);
  const sealed = chacha20poly1305(key, nonce).encrypt(bytes);
  secret.fill(0);
  // Node writes the tag before the text, noble after it.
  const text = sealed.subarray(0, sealed.length - AUTH_BYTES);
  const tag = sealed.subarray(sealed.length - AUTH_BYTES);
  return joined([TAG, letter, nonce, tag, text]);
}

export function joined(parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
export const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
/** Throws where it is none. */
export const fromBase64Url = (text: string): Bytes =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
