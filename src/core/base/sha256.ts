// SHA-256 (FIPS 180-4) over UTF-8, synchronous and without a platform: for the browser, where `crypto.subtle` is
// asynchronous, and for tests. A server passes its platform's own as `Digest`; both print the same names.
import { toBase32 } from './base32.ts';
import type { Digest, Hash } from './ports.ts';
import { utf8 } from './utf8.ts';

/** The first 32 bits of the fractional parts of a root of the first primes, as the standard derives its constants. */
function constants(count: number, root: number): Int32Array {
  const words = new Int32Array(count);
  let found = 0;
  for (let candidate = 2; found < count; candidate++) {
    let prime = true;
    for (let d = 2; d * d <= candidate && prime; d++) prime = candidate % d !== 0;
    if (prime) words[found++] = fraction(candidate, root);
  }
  return words;
}

/** floor(frac(n^(1/root)) × 2^32), exactly: the integer root of n × 2^(32 × root), its lower 32 bits. */
function fraction(n: number, root: number): number {
  const target = BigInt(n) << BigInt(32 * root);
  let lo = 0n;
  let hi = 1n << 40n;
  while (hi - lo > 1n) {
    const middle = (lo + hi) >> 1n;
    if (middle ** BigInt(root) <= target) lo = middle;
    else hi = middle;
  }
  return Number(BigInt.asIntN(32, lo));
}

const START = constants(8, 2);
const ROUND = constants(64, 3);

/** 32 bytes. */
export function sha256Bytes(message: Uint8Array): Uint8Array {
  const state = new Int32Array(START);
  const w = new Int32Array(64);
  const whole = message.length - (message.length % 64);
  for (let at = 0; at < whole; at += 64) block(state, w, message, at);

  const rest = message.length - whole;
  const tail = new Uint8Array(rest < 56 ? 64 : 128);
  tail.set(message.subarray(whole));
  tail[rest] = 0x80;
  const bits = new DataView(tail.buffer);
  bits.setUint32(tail.length - 8, Math.floor(message.length / 0x2000_0000));
  bits.setUint32(tail.length - 4, (message.length << 3) >>> 0);
  for (let at = 0; at < tail.length; at += 64) block(state, w, tail, at);

  const out = new Uint8Array(32);
  const view = new DataView(out.buffer);
  for (let i = 0; i < 8; i++) view.setInt32(i * 4, state[i] ?? 0);
  return out;
}

function block(state: Int32Array, w: Int32Array, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) {
    const j = at + i * 4;
    w[i] = ((bytes[j] ?? 0) << 24) | ((bytes[j + 1] ?? 0) << 16) | ((bytes[j + 2] ?? 0) << 8) | (bytes[j + 3] ?? 0);
  }
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15] ?? 0;
    const y = w[i - 2] ?? 0;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = ((w[i - 16] ?? 0) + s0 + (w[i - 7] ?? 0) + s1) | 0;
  }
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  let e = state[4] ?? 0;
  let f = state[5] ?? 0;
  let g = state[6] ?? 0;
  let h = state[7] ?? 0;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (ROUND[i] ?? 0) + (w[i] ?? 0)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = ((state[0] ?? 0) + a) | 0;
  state[1] = ((state[1] ?? 0) + b) | 0;
  state[2] = ((state[2] ?? 0) + c) | 0;
  state[3] = ((state[3] ?? 0) + d) | 0;
  state[4] = ((state[4] ?? 0) + e) | 0;
  state[5] = ((state[5] ?? 0) + f) | 0;
  state[6] = ((state[6] ?? 0) + g) | 0;
  state[7] = ((state[7] ?? 0) + h) | 0;
}

/** SHA-256 of the UTF-8 bytes of `text` as 52 characters of base32. */
export const sha256 = (text: string): Hash => toBase32(sha256Bytes(utf8(text)));

export const pureDigest: Digest = { sha256 };
