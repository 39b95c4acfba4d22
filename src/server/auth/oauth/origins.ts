// The names that this node is reached by. Each is an issuer of its own; they share all rows and all keys.
//
//   SM10  Only the names that were set and those of loopback are answered; another `Host` is 421 and nothing is made for it.

/** `https://record.example.org`, without a slash. */
export type Origin = string;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/;

/** `hostname` as URL says it: lower case, IPv6 in brackets. */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname);

export interface OriginRules {
  /** What outside links begin with, where it was set: its origin stands for its host however the request came. */
  readonly baseUrl?: string | undefined;
  /** Host names and addresses, lower case, without port; any port. */
  readonly names: readonly string[];
  /** Further names, which may become ours later. */
  readonly alsoOurs?: ((name: string) => boolean) | undefined;
}

export interface CameBy {
  readonly host: string | undefined;
  readonly encrypted: boolean;
  /** The address of this machine that the connection came to: whoever asks by it, asks us. A number needs no name server to lie. */
  readonly localAddress?: string | undefined;
}

/** IPv4 as such where a socket writes it inside IPv6; an IPv6 address without its zone, as URL writes it. */
function plainAddress(address: string | undefined): string | undefined {
  const bare = address?.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (bare === undefined || !bare.includes(':')) return bare;
  return URL.canParse(`http://[${bare}]`) ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : undefined;
}

/** The origin of a request, or undefined where the name is none of ours. */
export function originOf(rules: OriginRules, came: CameBy): Origin | undefined {
  const host = came.host?.toLowerCase();
  if (host === undefined || !HOST.test(host)) return undefined;
  const base = rules.baseUrl === undefined ? undefined : new URL(rules.baseUrl);
  if (base?.host === host) return base.origin;
  const address = `${came.encrypted ? 'https' : 'http'}://${host}`;
  if (!URL.canParse(address)) return undefined;
  const { hostname, origin } = new URL(address);
  const bare = hostname.replace(/^\[|\]$/g, '');
  const isOurs =
    isLoopback(hostname) ||
    rules.names.includes(bare) ||
    bare === plainAddress(came.localAddress) ||
    rules.alsoOurs?.(bare) === true;
  return isOurs ? origin : undefined;
}

/** What stands before `/fhir` and `/oauth` at this origin: something only where a proxy puts the node under a path. */
function prefixOf(rules: OriginRules, origin: Origin): string {
  if (rules.baseUrl === undefined) return '';
  const base = new URL(rules.baseUrl);
  return base.origin === origin ? base.pathname.replace(/\/+$/, '').replace(/\/fhir$/, '') : '';
}

/** One of the node's names, with the addresses that follow from it. */
export interface NodeAddress {
  readonly origin: Origin;
  /** `https://record.example.org/fhir` */
  readonly fhir: string;
  readonly issuer: string;
  readonly signIn: (uid: string) => string;
}
export function addressOf(rules: OriginRules, origin: Origin): NodeAddress {
  const prefix = prefixOf(rules, origin);
  return {
    origin,
    fhir: `${origin}${prefix}/fhir`,
    issuer: `${origin}${prefix}/oauth`,
    signIn: (uid) => `${prefix}/sign-in/${uid}`,
  };
}

/** Whether an address of FHIR belongs to this node, by whichever of its names. */
export function isOwnFhirBase(rules: OriginRules, address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { host, protocol } = new URL(address);
  const origin = originOf(rules, { host, encrypted: protocol === 'https:' });
  return origin !== undefined && addressOf(rules, origin).fhir === address;
}
