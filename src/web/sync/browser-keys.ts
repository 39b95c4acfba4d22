// What a browser proves itself by: a key that signs (ed25519) and one that letters are sealed for (x25519), drawn here and kept by the
// vault.
//
//   BD20  Signatures are those of every other node.
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { fromBase64url, toBase64url } from '../../core/base/base64url.ts';
import type { Chance } from '../../core/base/ports.ts';
import { CODE_ID_WORDS, CODE_PROOF_WORDS } from '../../core/sync/enrolment-words.ts';
import type { NodePublicKeys } from '../../core/sync/link-words.ts';

export interface BrowserKeys {
  readonly publicKeys: NodePublicKeys;
  /** Both private keys, for the vault. */
  readonly text: string;
  /** Base64url. */
  sign(text: string): string;
}

const KEY_BYTES = 32;
const utf8 = new TextEncoder();

export function drawBrowserKeys(chance: Chance): BrowserKeys {
  const sign = toBase64url(chance.bytes(KEY_BYTES));
  const seal = toBase64url(chance.bytes(KEY_BYTES));
  return browserKeys(JSON.stringify({ sign, seal }));
}

/** Of what `text` was. Throws where it is none. */
export function browserKeys(text: string): BrowserKeys {
  const read: { readonly sign?: unknown; readonly seal?: unknown } = JSON.parse(text);
  const sign = typeof read.sign === 'string' ? fromBase64url(read.sign) : undefined;
  const seal = typeof read.seal === 'string' ? fromBase64url(read.seal) : undefined;
  if (sign?.length !== KEY_BYTES || seal?.length !== KEY_BYTES) throw new Error('not the keys of a device');
  const publicKeys = {
    sign: toBase64url(ed25519.getPublicKey(sign)),
    seal: toBase64url(x25519.getPublicKey(seal)),
  };
  return { publicKeys, text, sign: (said) => toBase64url(ed25519.sign(utf8.encode(said), sign)) };
}

/** Whether `signature` is of `text` by the owner of `key` (base64url). Never throws. */
export function isSignedBy(key: string, text: string, signature: string): boolean {
  const publicKey = fromBase64url(key);
  const signed = fromBase64url(signature);
  if (publicKey?.length !== KEY_BYTES || signed === undefined) return false;
  try {
    return ed25519.verify(signed, utf8.encode(text), publicKey);
  } catch {
    return false;
  }
}

export const bodyHash = (bytes: Uint8Array): string => toBase64url(sha256(bytes));

/** Of the secret of a code: by what it is found, and what its holder proves itself by. */
export const codeId = (secret: Uint8Array): string => hashOf(CODE_ID_WORDS, secret);
export const codeMac = (secret: Uint8Array): string => hashOf(CODE_PROOF_WORDS, secret);
export const proofOf = (mac: string, text: string): string =>
  toBase64url(hmac(sha256, utf8.encode(mac), utf8.encode(text)));

const hashOf = (words: string, secret: Uint8Array): string =>
  toBase64url(sha256.create().update(utf8.encode(words)).update(secret).digest());
