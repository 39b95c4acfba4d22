// One file of sealed entries: each stands for itself, in the order in which they were written.
//
//   file   HFO1 │ kind (L: continues the files before, S: stands for all of them) │ number (4) │ salt (16)
//   entry  length (4) │ CRC-32 (4) │ nonce (12) │ AES-256-GCM of the text │ tag (16)
//
//   1. The key of a file is HKDF of the device's key and the file's salt, and nonces count: none is used twice, also after an entry
//      that was cut off again (DV10).
//   2. An entry's place in its file is authenticated: entries cannot be swapped or moved to another file (DV10).
//   3. What is torn or spoiled costs itself alone: reading goes on at the next entry whose sum holds (DV9).
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

export type FileKind = 'log' | 'snapshot';
export interface FileHead {
  readonly kind: FileKind;
  readonly number: number;
  readonly salt: Uint8Array;
}

const MAGIC = Buffer.from('HFO1');
const SALT_BYTES = 16;
export const HEAD_BYTES = MAGIC.length + 1 + 4 + SALT_BYTES;
const PREFIX_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** Above the most that a commit and its frame may be. */
const ENTRY_BYTES_MAX = 64 * 1024 * 1024;
const CIPHER = 'aes-256-gcm';

export const newHead = (kind: FileKind, number: number): FileHead => ({ kind, number, salt: randomBytes(SALT_BYTES) });

export function encodeHead({ kind, number, salt }: FileHead): Buffer {
  const place = Buffer.alloc(5);
  place.write(kind === 'snapshot' ? 'S' : 'L', 0, 'latin1');
  place.writeUInt32BE(number, 1);
  return Buffer.concat([MAGIC, place, salt]);
}
/** Undefined where it is none: a file that was made and never written. */
export function decodeHead(bytes: Buffer): FileHead | undefined {
  if (bytes.length < HEAD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const kind = bytes[MAGIC.length] === 0x53 ? 'snapshot' : 'log';
  return {
    kind,
    number: bytes.readUInt32BE(MAGIC.length + 1),
    salt: bytes.subarray(HEAD_BYTES - SALT_BYTES, HEAD_BYTES),
  };
}

/** Seals the entries of one file, in one process. */
export class Sealer {
  readonly #head: FileHead;
  readonly #key: Uint8Array;
  #nonces = 0;

  constructor(head: FileHead, deviceKey: Uint8Array) {
    this.#head = head;
    this.#key = keyOf(deviceKey, head);
  }
  /** `place`: how many entries stand before it in the file. */
  seal(text: string, place: number): Buffer {
    const nonce = Buffer.alloc(NONCE_BYTES);
    nonce.writeUIntBE(++this.#nonces, NONCE_BYTES - 6, 6);
    const cipher = createCipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(placeOf(this.#head, place));
    const payload = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32BE(payload.length, 0);
    prefix.writeUInt32BE(crc32(payload), 4);
    return Buffer.concat([prefix, payload]);
  }
}

export interface Opened {
  readonly texts: readonly string[];
  /** Up to here everything is whole; what follows is torn. */
  readonly wholeBytes: number;
  /** Parts in the midst of it that could not be read. */
  readonly spoiled: number;
}

/** Reads what `bytes`, the whole file, holds. */
export function openEntries(bytes: Buffer, head: FileHead, deviceKey: Uint8Array): Opened {
  const key = keyOf(deviceKey, head);
  const texts: string[] = [];
  let spoiled = 0;
  let place = 0;
  let wholeBytes = HEAD_BYTES;
  for (let at = HEAD_BYTES; at < bytes.length;) {
    const length = lengthAt(bytes, at);
    if (length === undefined) {
      const next = nextWhole(bytes, at + 1);
      if (next === undefined) break;
      spoiled += 1;
      // How many entries went is not known: their places are tried.
      at = next;
      const found = placeFrom(bytes, at, key, head, place);
      if (found === undefined) continue;
      place = found;
      continue;
    }
    const text = unsealed(bytes.subarray(at + PREFIX_BYTES, at + PREFIX_BYTES + length), key, placeOf(head, place));
    if (text === undefined) spoiled += 1;
    else texts.push(text);
    place += 1;
    at += PREFIX_BYTES + length;
    wholeBytes = at;
  }
  return { texts, wholeBytes, spoiled };
}

/** The payload's length where an entry with a right sum begins. */
function lengthAt(bytes: Buffer, at: number): number | undefined {
  if (at + PREFIX_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32BE(at);
  if (length < NONCE_BYTES + TAG_BYTES || length > ENTRY_BYTES_MAX || at + PREFIX_BYTES + length > bytes.length)
    return undefined;
  const payload = bytes.subarray(at + PREFIX_BYTES, at + PREFIX_BYTES + length);
  return crc32(payload) === bytes.readUInt32BE(at + 4) ? length : undefined;
}

function nextWhole(bytes: Buffer, from: number): number | undefined {
  for (let at = from; at + PREFIX_BYTES < bytes.length; at++) if (lengthAt(bytes, at) !== undefined) return at;
  return undefined;
}

const PLACES_TRIED = 1_000;
function placeFrom(bytes: Buffer, at: number, key: Uint8Array, head: FileHead, from: number): number | undefined {
  const length = lengthAt(bytes, at) ?? 0;
  const payload = bytes.subarray(at + PREFIX_BYTES, at + PREFIX_BYTES + length);
  for (let place = from; place < from + PLACES_TRIED; place++)
    if (unsealed(payload, key, placeOf(head, place)) !== undefined) return place;
  return undefined;
}

function unsealed(payload: Buffer, key: Uint8Array, place: Buffer): string | undefined {
  const end = payload.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, payload.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(place);
  decipher.setAuthTag(payload.subarray(end));
  try {
    return Buffer.concat([decipher.update(payload.subarray(NONCE_BYTES, end)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

const keyOf = (deviceKey: Uint8Array, { salt }: FileHead): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', deviceKey, salt, 'holdfast outbox 1', KEY_BYTES));

function placeOf({ number }: FileHead, place: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(number, 0);
  bytes.writeUInt32BE(place, 4);
  return bytes;
}
