// Where a request comes from, and by which key strangers there are counted.
import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4 } from 'node:net';

/**
 * The address of the client, `''` when the connection is gone. `trust`: a proxy stands in front and adds the address of its own
 * client as the last of `X-Forwarded-For`; what stands before that the client may have written itself.
 */
export function clientAddressOf(request: IncomingMessage, trust: boolean): string {
  if (trust) {
    const header = request.headers['x-forwarded-for'];
    // Node joins several of this header with commas.
    const last = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').at(-1)?.trim() ?? '';
    const bare = plainAddress(last.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1'));
    if (isIP(bare) !== 0) return bare;
  }
  return plainAddress(request.socket.remoteAddress ?? '');
}

/** IPv4 as a socket for both families shows it, without the clothes; an IPv6 address without its zone. */
export const plainAddress = (address: string): string => {
  const bare = address.replace(/%.*$/, '').toLowerCase();
  const four = bare.startsWith('::ffff:') ? bare.slice('::ffff:'.length) : bare;
  return isIPv4(four) ? four : bare;
};

export const isLoopbackAddress = (address: string): boolean => address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);

/** One customer, one key: an IPv6 client has 2^64 addresses of its own. */
export function countedAs(address: string): string {
  if (!address.includes(':')) return address;
  const [before = '', after] = address.split('::');
  const first = before === '' ? [] : before.split(':');
  const last = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? 0 : 8 - first.length - last.length;
  return [...first, ...Array<string>(Math.max(0, zeros)).fill('0'), ...last]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
