// OAuth 2.1, OpenID Connect and SMART on FHIR for one node: the providers of its names over one set of rows and keys.
import type { IncomingMessage } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { AuditTrail } from '../../../core/access/audit-trail.ts';
import type { Chance, Clock } from '../../../core/base/ports.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import type { InteractionsPort } from '../pages/ports.ts';
import type { OAuthAccounts } from './accounts-port.ts';
import { openClients, type ClientRegister } from './clients.ts';
import { decidingOf } from './decide-grant.ts';
import { smartConfiguration } from './discovery.ts';
import { openGrants, type ActingProgram } from './grants.ts';
import { interactionsOf } from './interactions.ts';
import { openKeys } from './keys.ts';
import { openLaunchContexts, type LaunchRequest } from './launch-context.ts';
import { addressOf, originOf, type CameBy, type NodeAddress, type OriginRules } from './origins.ts';
import { makeProvider } from './provider.ts';
import type { OAuthLog } from './watch-provider.ts';

/** A node has a handful of names; more are somebody trying out `Host` headers. */
const PROVIDERS_MAX = 16;
const ORIGINS_FRESH_MS = 5_000;

export interface OAuthDeps {
  readonly rows: ExpiringRows;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Where the node's keys lie: `<data>/keys`. */
  readonly keysFolder: string;
  readonly accounts: OAuthAccounts;
  readonly audit: AuditTrail;
  readonly log: OAuthLog;
  readonly rules: OriginRules;
  /** Behind a proxy that sets X-Forwarded-Host and X-Forwarded-Proto. */
  readonly trustProxy?: boolean;
  /** For the audit; absent: the address of the connection. */
  readonly clientAddressOf?: (request: IncomingMessage) => string | undefined;
}

export interface OAuth {
  readonly clients: ClientRegister;
  /** For the pages of sign-in. */
  readonly interactions: InteractionsPort;
  /** The `launch` parameter for a program that is opened from the chart. */
  makeLaunch(request: LaunchRequest): Promise<string>;
  /** What acts for a person, the node's own pages aside: for a page where they see it and can end it. */
  programsOf(accountId: string): Promise<readonly ActingProgram[]>;
  /** Ends what a program was given by a person, at once, and forgets that they agreed. */
  withdraw(accountId: string, clientId: string): Promise<void>;
  smartConfiguration(request: IncomingMessage): Readonly<Record<string, unknown>> | undefined;
  /** Whether a browser program of this origin is registered: what CORS of the FHIR API asks. Known for some seconds. */
  isAllowedOrigin(origin: string): Promise<boolean>;
  /** By the name the request came by; undefined where it is none of ours. */
  addressFor(request: IncomingMessage): NodeAddress | undefined;
  providerFor(request: IncomingMessage): Promise<Provider | undefined>;
  /** Headers by which the node's own request, made inside this process, says by which name it comes. */
  insideHeaders(origin: string): Readonly<Record<string, string>>;
}

export function openOAuth(deps: OAuthDeps): OAuth {
  const { rows, clock, chance, accounts, rules } = deps;
  const keys = openKeys({ folder: deps.keysFolder, clock, chance });
  const clients = openClients({ rows, clock, chance });
  const launches = openLaunchContexts(rows, clock, chance);
  const grants = openGrants(rows, clock);
  const deciding = decidingOf({ clock, accounts, clients, launches, grants });
  /** By name and keys; the one that was used longest ago goes first. */
  const providers = new Map<string, Provider>();
  let origins: { readonly at: number; readonly known: ReadonlySet<string> } | undefined;

  const inside = Buffer.from(chance.bytes(24)).toString('base64url');

  const addressFor = (request: IncomingMessage): NodeAddress | undefined => {
    const origin = originOf(rules, cameBy(request, deps.trustProxy === true, inside));
    return origin === undefined ? undefined : addressOf(rules, origin);
  };
  const providerFor = async (request: IncomingMessage): Promise<Provider | undefined> => {
    const address = addressFor(request);
    if (address === undefined) return undefined;
    const current = await keys.current();
    const name = `${address.issuer} ${current.version}`;
    const known = providers.get(name);
    const provider =
      known ??
      makeProvider({
        address,
        rules,
        keys: current,
        rows,
        clock,
        clients,
        accounts,
        launches,
        grants,
        deciding,
        watch: deps,
      });
    providers.delete(name);
    providers.set(name, provider);
    for (const oldest of providers.keys()) {
      if (providers.size <= PROVIDERS_MAX) break;
      providers.delete(oldest);
    }
    return provider;
  };
  return {
    clients,
    interactions: interactionsOf({ providerFor, accounts, clients, grants }),
    makeLaunch: async (request) => launches.make(request),
    programsOf: async (accountId) => grants.programsOf(accountId),
    withdraw: async (accountId, clientId) => grants.withdraw(accountId, clientId),
    smartConfiguration: (request) => {
      const address = addressFor(request);
      return address === undefined ? undefined : smartConfiguration(address);
    },
    isAllowedOrigin: async (origin) => {
      if (origins === undefined || Math.abs(clock.now() - origins.at) >= ORIGINS_FRESH_MS) {
        const uris = (await clients.list()).flatMap(({ redirectUris }) => redirectUris);
        // Of a private scheme the origin is "null", which is nobody's.
        const known = new Set(uris.filter((uri) => /^https?:/.test(uri)).map((uri) => new URL(uri).origin));
        origins = { at: clock.now(), known };
      }
      return origins.known.has(origin);
    },
    addressFor,
    providerFor,
    insideHeaders: (origin) => {
      const { host, protocol } = new URL(origin);
      return { host, [INSIDE]: `${inside} ${protocol}` };
    },
  };
}

/** Names a secret of this process, so that nobody else can say it. */
const INSIDE = 'x-holdfast-inside';

function cameBy(request: IncomingMessage, trustProxy: boolean, inside: string): CameBy {
  if (request.headers[INSIDE] === `${inside} https:`) return { host: request.headers.host, encrypted: true };
  // The nearest proxy writes last; what stands before came from who knows where.
  const told = (name: string): string | undefined => {
    const value = trustProxy ? request.headers[name] : undefined;
    const last = [value ?? ''].flat().join(',').split(',').at(-1)?.trim();
    return last === '' ? undefined : last;
  };
  const proto = told('x-forwarded-proto');
  return {
    host: told('x-forwarded-host') ?? request.headers.host,
    encrypted: proto === undefined ? 'encrypted' in request.socket : proto.toLowerCase() === 'https',
    localAddress: request.socket.localAddress,
  };
}
