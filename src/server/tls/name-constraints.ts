// The X.509 extension NameConstraints (RFC 5280 4.2.1.10) as DER bytes, and back.
import { assert } from '../../core/base/assert.ts';
import { addressBytes, maskBytes, type Permitted } from './names.ts';

export const NAME_CONSTRAINTS = '2.5.29.30';

const SEQUENCE = 0x30;
const PERMITTED_SUBTREES = 0xa0;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/** The value of the extension: every name that a certificate below it may hold. */
export function nameConstraints(permitted: Permitted): Buffer {
  const subtrees = [
    ...permitted.dns.map((name) => element(SEQUENCE, element(DNS_NAME, Buffer.from(name, 'ascii')))),
    ...permitted.ranges.map(({ address, bits }) => {
      const base = addressBytes(address);
      const mask = maskBytes(base.length === 4 ? 4 : 16, bits);
      return element(SEQUENCE, element(IP_ADDRESS, Buffer.concat([base, mask])));
    }),
  ];
  return element(SEQUENCE, element(PERMITTED_SUBTREES, Buffer.concat(subtrees)));
}

/** Reads what `nameConstraints` wrote; undefined for anything else. */
export function permittedIn(value: Buffer): Permitted | undefined {
  const [outer] = elements(value) ?? [];
  const [permitted] = elements(outer?.body) ?? [];
  const subtrees = permitted?.tag === PERMITTED_SUBTREES ? elements(permitted.body) : undefined;
  if (subtrees === undefined) return undefined;
  const dns: string[] = [];
  const ranges: { address: string; bits: number }[] = [];
  for (const subtree of subtrees) {
    const [name] = elements(subtree.body) ?? [];
    if (name?.tag === DNS_NAME) dns.push(name.body.toString('ascii'));
    else if (name?.tag === IP_ADDRESS && (name.body.length === 8 || name.body.length === 32)) {
      const half = name.body.length / 2;
      const bits = [...name.body.subarray(half)].reduce(
        (sum, byte) => sum + byte.toString(2).replaceAll('0', '').length,
        0,
      );
      ranges.push({ address: textOf(name.body.subarray(0, half)), bits });
    } else return undefined;
  }
  return { dns, ranges };
}

const textOf = (bytes: Buffer): string =>
  bytes.length === 4
    ? [...bytes].join('.')
    : Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16)).join(':');

function element(tag: number, body: Buffer): Buffer {
  assert(body.length < 0x1_0000, 'names of a site fit in 64 kB');
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function elements(bytes: Buffer | undefined): { readonly tag: number; readonly body: Buffer }[] | undefined {
  if (bytes === undefined) return undefined;
  const found: { tag: number; body: Buffer }[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    const extra = first < 0x80 ? 0 : first - 0x80;
    if (extra > 2) return undefined;
    const length = extra === 0 ? first : bytes.readUIntBE(at + 2, extra);
    const start = at + 2 + extra;
    if (start + length > bytes.length) return undefined;
    found.push({ tag, body: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}
