// Plain text inside a resource: base64 of UTF-8, as Attachment.data has it. Core has neither atob nor Buffer.
import { utf8 } from '../../base/utf8.ts';

/** The text of base64; what is no base64 comes out as ''. */
export function textFromBase64(data: string): string {
  const clean = data.replace(/[\s=]/g, '');
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const letter of clean) {
    const value = LETTERS.indexOf(letter);
    if (value < 0) return '';
    held = (held << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 0xff);
      held &= (1 << bits) - 1;
    }
  }
  return utf8Text(bytes);
}
/** Base64 of the UTF-8 of a text. */
export function base64Of(text: string): string {
  const bytes = utf8(text);
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    const word = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    out += LETTERS.charAt(word >> 18) + LETTERS.charAt((word >> 12) & 63);
    out += b === undefined ? '=' : LETTERS.charAt((word >> 6) & 63);
    out += c === undefined ? '=' : LETTERS.charAt(word & 63);
  }
  return out;
}
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function utf8Text(bytes: readonly number[]): string {
  let text = '';
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i] ?? 0;
    const more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let code = more === 0 ? first : first & (0x3f >> more);
    for (let n = 1; n <= more; n++) code = (code << 6) | ((bytes[i + n] ?? 0) & 63);
    text += code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
    i += more + 1;
  }
  return text;
}
