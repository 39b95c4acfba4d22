// Text as gzip and back, by the browser's own streams, with a bound on what comes out.
//
//   BD20  What is packed here every other node unpacks, and the other way round.
import { err, ok, type Result } from '../../core/base/result.ts';
import { UNPACKED_BYTES_MAX } from '../../core/sync/signed-words.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export async function packText(text: string): Promise<Bytes> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function unpackText(
  bytes: Uint8Array,
  bytesMax: number = UNPACKED_BYTES_MAX,
): Promise<Result<string, 'too-large' | 'malformed'>> {
  const reader = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const part: Uint8Array = read.value;
      length += part.length;
      if (length > bytesMax) {
        await reader.cancel();
        return err('too-large');
      }
      parts.push(part);
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return ok(UTF8.decode(whole));
  } catch {
    // Not gzip, or not UTF-8: what came is none of ours.
    return err('malformed');
  }
}
