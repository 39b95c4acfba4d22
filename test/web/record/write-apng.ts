// Pictures of one size as one moving picture: an APNG, every digit of a screen as sharp as it was (https://www.w3.org/TR/png-3/, 11.3.6).
import { assert } from '../../../src/core/base/assert.ts';

export interface Frame {
  /** A PNG. All of one size and kind. */
  readonly png: Uint8Array;
  readonly forMs: number;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Plays for ever. */
export function writeApng(frames: readonly Frame[]): Uint8Array {
  const read = frames.map(({ png }) => chunksOf(png));
  const header = dataOf(read[0], 'IHDR');
  assert(
    read.every((chunks) => Buffer.compare(dataOf(chunks, 'IHDR'), header) === 0),
    'all pictures are of one size and kind',
  );
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  let sequence = 0;
  const out: Uint8Array[] = [SIGNATURE, chunk('IHDR', header), chunk('acTL', words(frames.length, 0))];
  for (const [n, chunks] of read.entries()) {
    const delay = Buffer.alloc(6);
    delay.writeUInt16BE(frames[n]?.forMs ?? 1_000, 0);
    delay.writeUInt16BE(1_000, 2);
    out.push(chunk('fcTL', Buffer.concat([words(sequence++, width, height, 0, 0), delay])));
    for (const { type, data } of chunks) {
      if (type !== 'IDAT') continue;
      out.push(n === 0 ? chunk('IDAT', data) : chunk('fdAT', Buffer.concat([words(sequence++), data])));
    }
  }
  out.push(chunk('IEND', new Uint8Array()));
  return Buffer.concat(out);
}

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}
function chunksOf(png: Uint8Array): readonly Chunk[] {
  const bytes = Buffer.from(png);
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    chunks.push({
      type: bytes.toString('latin1', at + 4, at + 8),
      data: Uint8Array.from(bytes.subarray(at + 8, at + 8 + length)),
    });
    at += 12 + length;
  }
  return chunks;
}
function dataOf(chunks: readonly Chunk[] | undefined, type: string): Uint8Array {
  const found = chunks?.find((one) => one.type === type);
  assert(found !== undefined, `a picture has ${type}`);
  return found.data;
}
function chunk(type: string, data: Uint8Array): Uint8Array {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([words(data.length), named, words(crc32(named))]);
}
function words(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(values.length * 4);
  for (const [n, value] of values.entries()) out.writeUInt32BE(value >>> 0, n * 4);
  return out;
}

const TABLE = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
