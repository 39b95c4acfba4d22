// Messages as bytes on the wire: gzip both ways, with a bound on what comes out, whatever was put in.
//
//   NL15  What unpacks to more than the bound is refused before it is in memory.
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { err, ok, type Result } from '../../core/base/result.ts';
import { UNPACKED_BYTES_MAX } from '../../core/sync/signed-words.ts';

const zip = promisify(gzip);
const unzip = promisify<Uint8Array, { readonly maxOutputLength: number }, Buffer>(gunzip);
/** Level 1: a site's processor has better things to do, and text of one kind shrinks to a sixth already. */
const LEVEL = { level: 1 };

export const packText = (text: string): Promise<Uint8Array> => zip(Buffer.from(text, 'utf8'), LEVEL);

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export async function unpackText(
  bytes: Uint8Array,
  bytesMax: number = UNPACKED_BYTES_MAX,
): Promise<Result<string, 'too-large' | 'malformed'>> {
  let plain: Buffer;
  try {
    plain = await unzip(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return err(code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'malformed');
  }
  try {
    return ok(UTF8.decode(plain));
  } catch {
    return err('malformed');
  }
}
