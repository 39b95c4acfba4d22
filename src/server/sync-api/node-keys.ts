// What a node proves itself by: a key pair that signs (ed25519) and one that sealed letters to it are opened with (x25519).
//
//   1. Both are made once, of the system's chance, and stay in `<data>/keys/node.key`, readable by its owner alone (NL1).
//   2. Several processes may open a new folder at once: one of them makes the file, whole, and all read the same (NL1).
//   3. A file that cannot be read is never replaced: the node says so, and people decide (NL2).
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  createCipheriv,
  createDecipheriv,
  hkdfSync,
  randomBytes,
  sign as signBytes,
  verify as verifyBytes,
  type KeyObject,
} from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NodePublicKeys } from '../../core/sync/link-words.ts';

export type { NodePublicKeys };
export interface NodeKeys {
  readonly publicKeys: NodePublicKeys;
  /** An ed25519 signature of the UTF-8 bytes, base64url. */
  sign(text: string): string;
  /** What `sealFor` made for these keys; `undefined` where it is not for them or was changed. */
  open(sealed: Uint8Array): Uint8Array | undefined;
}

export const NODE_KEY_FILE = join('keys', 'node.key');
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** The keys of the node on this data folder; made where there are none. Throws where the file is there and cannot be used. */
export function openNodeKeys(data: string): NodeKeys {
  const file = join(data, NODE_KEY_FILE);
  if (!existsSync(file)) makeKeys(file);
  return keysOf(readFileSync(file, 'utf8'));
}

/** Sets the keys aside, so that the next opening makes others. `stamp` becomes part of the old file's name. */
export function setNodeKeysAside(data: string, stamp: string): void {
  const file = join(data, NODE_KEY_FILE);
  if (existsSync(file)) renameSync(file, `${file}.${stamp}`);
}

/** Keys that live in memory alone: of devices, whose keys their own store keeps, and of tests. */
export const drawNodeKeys = (): NodeKeys => keysOf(newKeys());

/** Keys from what `drawKeyText` gave. Throws where it is none. */
export function keysOf(text: string): NodeKeys {
  const [first, second] = text.match(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/g) ?? [];
  if (first === undefined || second === undefined) throw new Error('the file of the node key does not hold two keys');
  const signing = createPrivateKey(first);
  const sealing = createPrivateKey(second);
  if (signing.asymmetricKeyType !== 'ed25519' || sealing.asymmetricKeyType !== 'x25519')
    throw new Error('the file of the node key holds other keys');
  const publicKeys = { sign: rawOf(createPublicKey(signing)), seal: rawOf(createPublicKey(sealing)) };
  return {
    publicKeys,
    sign: (text) => signBytes(null, Buffer.from(text, 'utf8'), signing).toString('base64url'),
    open: (sealed) => openSealed(sealed, sealing, publicKeys.seal),
  };
}

/** Both private keys as text, for whoever keeps them elsewhere. */
export const drawKeyText = (): string => newKeys();

/** Whether `signature` is of `text` by the owner of `key` (base64url). Never throws. */
export function isSignedBy(key: string, text: string, signature: string): boolean {
  const publicKey = publicKeyOf(key, 'Ed25519');
  if (publicKey === undefined) return false;
  try {
    return verifyBytes(null, Buffer.from(text, 'utf8'), publicKey, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}

const SEAL_TAG = Buffer.from('hs1\n');
const CIPHER = 'chacha20-poly1305';
const NONCE_BYTES = 12;
const KEY_BYTES = 32;
const TAG_BYTES = 16;

/**
 * Seals bytes so that only the owner of `key` (its `seal`) opens them: a key pair of the letter's own, X25519, HKDF-SHA-256 over both
 * public keys, ChaCha20-Poly1305 (RFC 8439). Throws where `key` is no key.
 */
export function sealFor(key: string, bytes: Uint8Array): Uint8Array {
  const theirs = publicKeyOf(key, 'X25519');
  if (theirs === undefined) throw new Error('no X25519 key');
  const own = generateKeyPairSync('x25519');
  const ownRaw = rawOf(own.publicKey);
  const secret = secretOf(own.privateKey, theirs, ownRaw, key);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
  const body = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([SEAL_TAG, Buffer.from(ownRaw, 'base64url'), nonce, cipher.getAuthTag(), body]);
}

function openSealed(sealed: Uint8Array, sealing: KeyObject, ownRaw: string): Uint8Array | undefined {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const head = SEAL_TAG.length;
  if (bytes.length < head + KEY_BYTES + NONCE_BYTES + TAG_BYTES || !bytes.subarray(0, head).equals(SEAL_TAG))
    return undefined;
  const letter = bytes.subarray(head, head + KEY_BYTES).toString('base64url');
  const theirs = publicKeyOf(letter, 'X25519');
  if (theirs === undefined) return undefined;
  const nonceAt = head + KEY_BYTES;
  const tagAt = nonceAt + NONCE_BYTES;
  try {
    const secret = secretOf(sealing, theirs, letter, ownRaw);
    const nonce = bytes.subarray(nonceAt, tagAt);
    const decipher = createDecipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(tagAt, tagAt + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(tagAt + TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function secretOf(privateKey: KeyObject, publicKey: KeyObject, letter: string, owner: string): Uint8Array {
  const shared = diffieHellman({ privateKey, publicKey });
  return new Uint8Array(hkdfSync('sha256', shared, `${letter}.${owner}`, 'holdfast sealed letter 1', KEY_BYTES));
}

function newKeys(): string {
  const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
  return pem(generateKeyPairSync('ed25519').privateKey) + pem(generateKeyPairSync('x25519').privateKey);
}

function makeKeys(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: FOLDER_MODE });
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, newKeys(), { mode: FILE_MODE, flush: true });
  try {
    // Fails where another process was first: its keys are the node's.
    linkSync(draft, file);
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

const RAW_BYTES = 32;
const rawOf = (key: KeyObject): string =>
  key.export({ type: 'spki', format: 'der' }).subarray(-RAW_BYTES).toString('base64url');

function publicKeyOf(raw: string, curve: 'Ed25519' | 'X25519'): KeyObject | undefined {
  if (!isRawKey(raw)) return undefined;
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: curve, x: raw }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** 32 bytes in base64url, in the one way that they are printed. */
export const isRawKey = (text: string): boolean =>
  /^[\w-]{43}$/.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text;
