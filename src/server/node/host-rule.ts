// Whether a request is meant for this node: a browser that was led here by another name (DNS rebinding) is not answered.
import { isIP } from 'node:net';
import { plainAddress } from './client-address.ts';

const TAKEN_MAX = 256;
const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/**
 * `names`: `hub.example.org`, `10.0.0.5`, `::1`, `*.example.org`. `alsoOurs`: further names, asked each time until one is ours.
 * `reachedAt` is the local address of the connection.
 */
export function hostRule(
  names: readonly string[],
  alsoOurs: (name: string) => boolean = () => false,
): (host: string, reachedAt: string | undefined) => boolean {
  const known = new Set([...LOOPBACK, ...names.map((name) => bareHost(name) ?? name)]);
  const bases = names.filter((name) => name.startsWith('*.')).map((name) => name.slice(1).toLowerCase());
  // As clients write them: a few forms, each on thousands of requests.
  const taken = new Set<string>();
  const take = (host: string): true => {
    if (taken.size < TAKEN_MAX) taken.add(host);
    return true;
  };
  return (host, reachedAt) => {
    if (taken.has(host)) return true;
    const bare = bareHost(host);
    if (bare === undefined) return false;
    if (known.has(bare)) return take(host);
    // No name can be made to stand for an address in numbers, so whoever asks for it means this machine.
    if (isIP(bare) !== 0) return reachedAt !== undefined && bare === plainAddress(reachedAt);
    if (bases.some((base) => bare.endsWith(base) && !bare.slice(0, -base.length).includes('.'))) return true;
    return alsoOurs(bare);
  };
}

/** `Hub.Example.org.:8443` is `hub.example.org`, `[::1]:80` is `::1`; undefined for what is no host. */
export function bareHost(host: string): string | undefined {
  const found = /^(?:\[([\da-f:.]+)\]|([^:[\]/@\s\\?#]+)|([\da-f]*:[\da-f:.]+))(?::\d{1,5})?$/i.exec(host);
  const name = found?.[1] ?? found?.[2] ?? (found?.[3] !== undefined && isIP(host) === 6 ? host : undefined);
  return name === undefined ? undefined : plainAddress(name.replace(/\.$/, ''));
}
