// Names as numbers: what the search index keeps instead of texts.
//
//   1. 53 bits, so that a JavaScript number and a bigint column hold the same value.
//   2. `hashOf` is fast, not secret: a collision, chance or made, costs a wrong candidate, which the body then refuses.
//   3. `compartmentKey` decides who may see a resource, so it is cut from a SHA-256; `compartmentToken` is cut from other bits of it,
//      and a reader confined to compartments must match both.
import type { Digest } from '../../../core/base/ports.ts';
import { fromBase32 } from '../../../core/base/base32.ts';
import { assert } from '../../../core/base/assert.ts';

const TWO_32 = 4294967296;

/** 53 bits of `text`, in the space of its own that `seed` (a hash, or 0) opens: two lanes of MurmurHash3's mixing over UTF-16 units. */
export function hashOf(text: string, seed = 0): number {
  let a = 0x9747b28c ^ (seed | 0);
  let b = 0x1b873593 ^ Math.floor(seed / TWO_32);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    let k = Math.imul(unit, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    a ^= Math.imul(k, 0x1b873593);
    a = (a << 13) | (a >>> 19);
    a = (Math.imul(a, 5) + 0xe6546b64) | 0;
    let l = Math.imul(unit, 0x239b961b);
    l = (l << 16) | (l >>> 16);
    b ^= Math.imul(l, 0xab0e9789);
    b = (b << 17) | (b >>> 15);
    b = (Math.imul(b + a, 5) + 0x561ccd1b) | 0;
  }
  a = mixed(a ^ text.length);
  b = mixed((b ^ text.length) + a);
  return (b >>> 11) * TWO_32 + (a >>> 0);
}

function mixed(value: number): number {
  let h = value;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

export interface Compartment {
  /** The distribution key; 0 for the compartment of no patient. */
  readonly key: number;
  readonly token: number;
}

const NOBODY: Compartment = { key: 0, token: 0 };
const CACHE_MAX = 20_000;

/** Turns `Patient/123` into its key and token; remembers the last ones asked for. */
export function compartments(digest: Digest): (name: string) => Compartment {
  const known = new Map<string, Compartment>();
  return (name) => {
    if (name === '') return NOBODY;
    const found = known.get(name);
    if (found) return found;
    const bytes = fromBase32(digest.sha256(name));
    assert(bytes !== undefined && bytes.length === 32, 'a digest has 32 bytes');
    const made = { key: bits53(bytes, 0), token: bits53(bytes, 8) };
    if (known.size >= CACHE_MAX) known.clear();
    known.set(name, made);
    return made;
  };
}

/** The key of the compartment that `home` (SQL, a text and not '') names, in SQL. */
export const compartmentKeySql = (home: string): string =>
  `(SELECT ((h.x >> 43) & 2097151) * 4294967296 + (h.x & 4294967295) FROM (SELECT
    ('x' || encode(substring(sha256(convert_to(${home}, 'UTF8')) FROM 1 FOR 8), 'hex'))::bit(64)::bigint AS x) h)`;

function bits53(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
  return (view.getUint32(0) >>> 11) * TWO_32 + view.getUint32(4);
}
