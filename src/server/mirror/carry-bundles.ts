// A courier bundle into a file and out of it: what `core/sync/courier.ts` leaves to its adapter: keys, ciphers, the file.
//
//   CM9   Each chunk is compressed, then encrypted under a key of the bundle's own, which is sealed for the receiver alone.
//   CM10  A file appears under its name when it is whole and on the disk, and never replaces another.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Digest, Instant } from '../../core/base/ports.ts';
import {
  packCourier,
  takeCourier,
  type CourierContents,
  type CourierHead,
  type CourierReader,
  type CourierSender,
  type CourierTaken,
} from '../../core/sync/courier.ts';
import type { SyncReads, SyncStore } from '../../core/sync/ports.ts';

/** This node's keys, as far as bundles need them. */
export interface BundleKeys {
  /** An ed25519 signature of the UTF-8 bytes, base64url. */
  sign(text: string): string;
  /** What was sealed for this node; undefined where it was not. */
  open(sealed: Uint8Array): Uint8Array | undefined;
}
export interface WriteBundle {
  readonly file: string;
  readonly store: SyncReads;
  readonly head: CourierHead;
  readonly contents: CourierContents;
  readonly keys: BundleKeys;
  /** Seals bytes for the receiver. */
  readonly sealForReceiver: (bytes: Uint8Array) => Uint8Array;
  readonly digest: Digest;
  readonly progress: (bytes: number) => void;
}
export interface TakeBundle {
  readonly file: string;
  readonly store: SyncStore;
  /** This node's name. */
  readonly node: string;
  readonly now: Instant;
  readonly keys: BundleKeys;
  /** Whether `signature` of `text` is by the key on record for `from`. */
  readonly verify: CourierReader['verify'];
  /** Where a sender stands to this node. */
  readonly side: (from: string) => 'below' | 'above';
  readonly evenExpired: boolean;
  readonly digest: Digest;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
/** A chunk is about 256 KiB, or one commit of 5 MB, escaped. */
const CHUNK_BYTES_MAX = 64_000_000;

/** Writes the file; rejects with what the disk says, and with EEXIST where something stands there. Answers its size. */
export async function writeBundle(options: WriteBundle): Promise<{ readonly bytes: number }> {
  const { file, store, head, contents, digest } = options;
  const key = randomBytes(KEY_BYTES);
  const sender: CourierSender = {
    digest,
    sign: (text) => options.keys.sign(text),
    wrapped: Buffer.from(options.sealForReceiver(key)).toString('base64'),
    seal: (text, context) => sealed(key, text, context),
  };
  const half = `${file}.partial`;
  let bytes = 0;
  const target = await open(half, 'w', 0o600);
  try {
    for await (const line of packCourier(store, head, contents, sender)) {
      bytes += (await target.write(`${line}\n`)).bytesWritten;
      options.progress(bytes);
    }
    await target.sync();
    await target.close();
    // Fails where something has that name already.
    await link(half, file);
  } finally {
    await target.close().catch(() => undefined);
    await rm(half, { force: true });
  }
  return { bytes };
}

/** Brings in what the file holds. What became of it is the answer; only a broken disk or store rejects. */
export function takeBundle(options: TakeBundle): Promise<CourierTaken> {
  const { file, store, node, now, keys, verify, side, evenExpired, digest } = options;
  const reader: CourierReader = {
    digest,
    to: node,
    now,
    evenExpired,
    verify,
    open: (wrapped) => {
      const key = keys.open(Buffer.from(wrapped, 'base64'));
      return key?.length === KEY_BYTES ? (text, context) => opened(key, text, context) : undefined;
    },
  };
  const input = createReadStream(file);
  return takeCourier(store, linesOf(input), reader, side);
}

async function* linesOf(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  let trouble: unknown;
  input.once('error', (error: unknown) => (trouble = error));
  for await (const line of createInterface({ input, crlfDelay: Infinity })) yield line;
  // readline ends quietly where its input breaks.
  if (trouble !== undefined) throw trouble;
}

function sealed(key: Uint8Array, text: string, context: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(gzipSync(text, { level: 6 })), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
}

function opened(key: Uint8Array, text: string, context: string): string | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const body = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return gunzipSync(body, { maxOutputLength: CHUNK_BYTES_MAX }).toString('utf8');
  } catch {
    // Changed, cut off, or of another bundle: what a chunk may be.
    return undefined;
  }
}
