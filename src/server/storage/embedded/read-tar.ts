// Reads the tar files that PostgreSQL's BASE_BACKUP writes (POSIX ustar: files, folders; no links among our data).
import { open } from 'node:fs/promises';

export interface TarEntry {
  readonly kind: 'file' | 'folder';
  readonly name: string;
  readonly size: number;
  /** The bytes; may be read once, before the next entry. */
  content(): AsyncIterable<Buffer>;
}

const BLOCK = 512;
const CHUNK = 1024 * 1024;

/** The entries in order. Throws when the file ends before its end mark. */
export async function* readTar(path: string): AsyncGenerator<TarEntry> {
  const file = await open(path, 'r');
  try {
    const header = Buffer.alloc(BLOCK);
    for (let at = 0; ;) {
      const { bytesRead } = await file.read(header, 0, BLOCK, at);
      if (bytesRead < BLOCK) throw new Error('the archive is cut short');
      if (header.every((byte) => byte === 0)) return;
      const text = (from: number, to: number): string => header.toString('utf8', from, to).replace(/\0.*$/s, '');
      // Large sizes are written in base 256, marked by the first bit.
      const size =
        (header[124] ?? 0) & 0x80
          ? Number(header.readBigUInt64BE(128))
          : Number.parseInt(text(124, 136).trim() || '0', 8);
      const prefix = text(345, 500);
      const name = (prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`).replace(/^\.\//, '').replace(/\/$/, '');
      const type = String.fromCharCode(header[156] ?? 0);
      if (type !== '0' && type !== '\0' && type !== '5')
        throw new Error('the archive holds what is no file and no folder');
      const from = at + BLOCK;
      at = from + Math.ceil(size / BLOCK) * BLOCK;
      yield {
        kind: type === '5' ? 'folder' : 'file',
        name,
        size,
        content: async function* () {
          for (let done = 0; done < size;) {
            const chunk = Buffer.alloc(Math.min(CHUNK, size - done));
            const read = await file.read(chunk, 0, chunk.length, from + done);
            if (read.bytesRead === 0) throw new Error('the archive is cut short');
            done += read.bytesRead;
            yield chunk.subarray(0, read.bytesRead);
          }
        },
      };
    }
  } finally {
    await file.close();
  }
}
