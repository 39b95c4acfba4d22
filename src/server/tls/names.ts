// The names and addresses that a node answers to, and what an authority is permitted because of them.
import { isIP, isIPv4 } from 'node:net';

export interface SiteNames {
  /** `localhost`, `kisoro.emr.example.org`, `*.emr.example.org`: lower case, no final dot. */
  readonly dns: readonly string[];
  /** `127.0.0.1`, `10.20.0.5`, `::1`. */
  readonly addresses: readonly string[];
}

/** What an authority may sign for: DNS subtrees (`example.org` holds `a.example.org`) and address ranges. */
export interface Permitted {
  readonly dns: readonly string[];
  readonly ranges: readonly AddressRange[];
}
/** `bits` of `address` count. */
export interface AddressRange {
  readonly address: string;
  readonly bits: number;
}

const DNS_NAME =
  /^(?:\*\.)?(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/** Sorts host names from addresses; what is neither is given back in `unusable`. The loopback names are always there. */
export function siteNames(given: readonly string[]): SiteNames & { readonly unusable: readonly string[] } {
  const dns = new Set(['localhost']);
  const addresses = new Set(['127.0.0.1', '::1']);
  const unusable: string[] = [];
  for (const one of given) {
    const name = one
      .trim()
      .toLowerCase()
      .replace(/^\[(.*)\]$/, '$1')
      .replace(/\.$/, '');
    if (isIP(name) !== 0) addresses.add(addressText(addressBytes(name)));
    else if (DNS_NAME.test(name) && !/^[\d.]+$/.test(name)) dns.add(name);
    else unusable.push(one);
  }
  return { dns: [...dns], addresses: [...addresses], unusable };
}

/**
 * What the authority of a site with these names is permitted. An address of a private network permits its neighbours (a new
 * lease must not need a new authority on every device); any other permits itself alone. Ranges of both kinds are always
 * there: where a constraint names no address, RFC 5280 4.2.1.10 permits them all.
 */
export function permittedFor(names: SiteNames): Permitted {
  const dns = new Set(names.dns.map((name) => name.replace(/^\*\./, '')));
  const ranges = new Map<string, AddressRange>();
  for (const { address, bits } of [
    { address: '127.0.0.1', bits: 8 },
    { address: '::1', bits: 128 },
    ...names.addresses.map((one) => ({ address: one, bits: bitsFor(one) })),
  ]) {
    const base = addressText(masked(addressBytes(address), bits));
    if (![...ranges.values()].some((range) => inRange(address, range))) {
      ranges.set(`${base}/${bits}`, { address: base, bits });
    }
  }
  return { dns: [...dns], ranges: [...ranges.values()] };
}

/** Whether the constraint lets `name` (a host name or an address) through. */
export function isPermitted(name: string, permitted: Permitted): boolean {
  if (isIP(name) !== 0) return permitted.ranges.some((range) => inRange(name, range));
  const plain = name.replace(/^\*\./, '');
  return permitted.dns.some((base) => plain === base || plain.endsWith(`.${base}`));
}

function bitsFor(address: string): number {
  if (isIPv4(address)) return /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254)\./.test(address) ? 24 : 32;
  return /^(f[cd]|fe[89ab])/i.test(address) ? 64 : 128;
}

function inRange(address: string, range: AddressRange): boolean {
  const bytes = addressBytes(address);
  const base = addressBytes(range.address);
  return bytes.length === base.length && masked(bytes, range.bits).equals(masked(base, range.bits));
}

/** Network order: 4 bytes, or 16. */
export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [before = '', after] = canonical(address).split('::');
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)));
  const first = groups(before);
  const last = after === undefined ? [] : groups(after);
  const zeros = Array<number>(Math.max(0, 8 - first.length - last.length)).fill(0);
  return Buffer.from([...first, ...zeros, ...last].flatMap((group) => [group >> 8, group & 0xff]));
}

/** The one way to write an IPv6 address (RFC 5952), without a zone. */
const canonical = (address: string): string =>
  new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.replace(/^\[|\]$/g, '');

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.');
  return canonical(Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16)).join(':'));
}

export function maskBytes(length: 4 | 16, bits: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, at) => (0xff << (8 - Math.max(0, Math.min(8, bits - at * 8)))) & 0xff));
}

function masked(bytes: Buffer, bits: number): Buffer {
  const mask = maskBytes(bytes.length === 4 ? 4 : 16, bits);
  return Buffer.from(bytes.map((byte, at) => byte & (mask[at] ?? 0)));
}
