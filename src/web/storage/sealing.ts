// Bytes under a key, each bound to its place: what every record of this room is made of.
//
//   sealed   version (1) │ salt (16) │ counter (6) │ AES-256-GCM of the bytes │ tag (16)
//
//   BS3  The key of an opening is HKDF of the data key and a salt of that opening, and nonces count: none is used twice under a key.
//   BS4  Where a record belongs is authenticated: one that was swapped or moved does not open.
import type { Chance } from '../../core/base/ports.ts';

/** Bytes that WebCrypto takes: of no shared buffer. */
export type Bytes = Uint8Array<ArrayBuffer>;

const VERSION = 1;
const SALT_BYTES = 16;
const COUNTER_BYTES = 6;
const HEAD_BYTES = 1 + SALT_BYTES + COUNTER_BYTES;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEYS_KEPT = 64;

const utf8 = new TextEncoder();

/** Seals and opens under one key. `purpose` keeps what is sealed for one thing from opening as another. */
export class Sealer {
  readonly #purpose: string;
  readonly #salt: Bytes;
  readonly #keys = new Map<string, Promise<CryptoKey>>();
  #base: CryptoKey | undefined;
  #counter = 0;

  /** `base`: an HKDF key. */
  constructor(base: CryptoKey, purpose: string, chance: Chance) {
    this.#base = base;
    this.#purpose = purpose;
    this.#salt = new Uint8Array(chance.bytes(SALT_BYTES));
  }

  async seal(bytes: Bytes, place: string): Promise<Bytes> {
    const counter = counterBytes(++this.#counter);
    const key = await this.#keyOf(this.#salt);
    const body = await crypto.subtle.encrypt(algorithm(counter, place), key, bytes);
    const sealed = new Uint8Array(HEAD_BYTES + body.byteLength);
    sealed[0] = VERSION;
    sealed.set(this.#salt, 1);
    sealed.set(counter, 1 + SALT_BYTES);
    sealed.set(new Uint8Array(body), HEAD_BYTES);
    return sealed;
  }

  /** Undefined where it was changed, is of another key, or of another place. */
  async open(sealed: Bytes, place: string): Promise<Bytes | undefined> {
    if (sealed.length < HEAD_BYTES + TAG_BYTES || sealed[0] !== VERSION) return undefined;
    const key = await this.#keyOf(sealed.slice(1, 1 + SALT_BYTES));
    const counter = sealed.slice(1 + SALT_BYTES, HEAD_BYTES);
    try {
      const body = await crypto.subtle.decrypt(algorithm(counter, place), key, sealed.subarray(HEAD_BYTES));
      return new Uint8Array(body);
    } catch {
      return undefined;
    }
  }

  sealText(text: string, place: string): Promise<Bytes> {
    return this.seal(utf8.encode(text), place);
  }
  async openText(sealed: Bytes, place: string): Promise<string | undefined> {
    const bytes = await this.open(sealed, place);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  /** Forgets the keys: whatever is asked afterwards throws. */
  forget(): void {
    this.#base = undefined;
    this.#keys.clear();
  }

  #keyOf(salt: Bytes): Promise<CryptoKey> {
    const base = this.#base;
    if (base === undefined) return Promise.reject(new Locked());
    const name = salt.join();
    let key = this.#keys.get(name);
    if (key === undefined) {
      if (this.#keys.size >= KEYS_KEPT) this.#keys.clear();
      key = crypto.subtle.deriveKey(
        { name: 'HKDF', hash: 'SHA-256', salt, info: utf8.encode(`holdfast browser 1 ${this.#purpose}`) },
        base,
        { name: 'AES-GCM', length: 256 },
        false,
        ['encrypt', 'decrypt'],
      );
      this.#keys.set(name, key);
    }
    return key;
  }
}

/** The keys were forgotten. */
export class Locked extends Error {
  override readonly name = 'Locked';
  constructor() {
    super('This device is locked.');
  }
}

/** The bytes are not needed, and should not be kept, afterwards. */
export const hkdfKey = (bytes: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey', 'deriveBits']);

const algorithm = (counter: Bytes, place: string): AesGcmParams => {
  const iv = new Uint8Array(NONCE_BYTES);
  iv.set(counter, NONCE_BYTES - COUNTER_BYTES);
  return { name: 'AES-GCM', iv, additionalData: utf8.encode(place) };
};

function counterBytes(counter: number): Bytes {
  const bytes = new Uint8Array(COUNTER_BYTES);
  for (let at = COUNTER_BYTES - 1, left = counter; at >= 0; at--, left = Math.floor(left / 256)) bytes[at] = left % 256;
  return bytes;
}
