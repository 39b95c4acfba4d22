// Encrypting a stream in chunks (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015): AES-256-GCM
// over 64 KiB each, with the chunk's place and whether it is the last in the nonce.
//
//   1. A key is used for one stream: nonces begin at zero.
//   2. Whatever is cut off, left out, doubled, moved, changed or added is found, at the latest at the end.
//   3. The last chunk alone may be shorter; it is empty only when everything is.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';

export const CHUNK_BYTES = 65_536;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** What was encrypted is not what is here. */
export class ChunksBroken extends Error {
  override readonly name = 'ChunksBroken';
}

/** 32 bytes of key. */
export const sealChunks = (key: Buffer): Transform =>
  inChunks(CHUNK_BYTES, (chunk, place, isLast) => {
    const cipher = createCipheriv(CIPHER, key, nonceOf(place, isLast));
    return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
  });

/** Ends with `ChunksBroken` when anything is not as it was written. */
export const openChunks = (key: Buffer): Transform =>
  inChunks(CHUNK_BYTES + TAG_BYTES, (chunk, place, isLast) => {
    if (chunk.length < TAG_BYTES || (chunk.length === TAG_BYTES && place > 0)) throw new ChunksBroken('cut short');
    const cipher = createDecipheriv(CIPHER, key, nonceOf(place, isLast), { authTagLength: TAG_BYTES });
    cipher.setAuthTag(chunk.subarray(chunk.length - TAG_BYTES));
    try {
      return Buffer.concat([cipher.update(chunk.subarray(0, chunk.length - TAG_BYTES)), cipher.final()]);
    } catch (error) {
      throw new ChunksBroken('changed', { cause: error });
    }
  });

/** Cuts a stream into pieces of `size`; the last one is known as such because nothing comes after it. */
function inChunks(size: number, turn: (chunk: Buffer, place: number, isLast: boolean) => Buffer): Transform {
  const held = Buffer.allocUnsafe(size);
  let filled = 0;
  let place = 0;
  const attempt = (done: TransformCallback, work: () => void): void => {
    try {
      work();
    } catch (error) {
      return done(error instanceof Error ? error : new ChunksBroken('unknown'));
    }
    done();
  };
  return new Transform({
    transform(data: Buffer, _encoding, done) {
      attempt(done, () => {
        for (let at = 0; at < data.length;) {
          // Full, and more comes: it was not the last.
          if (filled === size) {
            this.push(turn(held, place, false));
            place += 1;
            filled = 0;
          }
          const copied = data.copy(held, filled, at);
          filled += copied;
          at += copied;
        }
      });
    },
    flush(done) {
      attempt(done, () => void this.push(turn(held.subarray(0, filled), place, true)));
    },
  });
}

/** 11 bytes of place, and one that says whether it is the last. */
function nonceOf(place: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(place, 5, 6);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}
