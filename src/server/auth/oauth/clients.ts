// The programs that may ask this node for tokens: registered by whoever runs the node, kept as rows.
//
//   SM7  What is registered was checked: a redirect address is https, or http on loopback, or a private scheme of a program on
//        the device; never with a fragment, a wildcard or credentials in it.
//   SM8  A secret is shown once. What is kept is its hash, and a comparison takes the same time wherever it differs.
//   SM9  A program that signs its requests registers public keys, in the register or at an https address of its own.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Chance, Clock, Instant } from '../../../core/base/ports.ts';
import { err, ok, type Result } from '../../../core/base/result.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { checkClient } from './check-client.ts';
import { endTokens } from './end-tokens.ts';

/**
 * `public`: runs where a secret cannot be kept (browser, phone). `confidential`: a server with a secret or a key.
 * `service`: a program without a person (SMART Backend Services).
 */
export type ClientKind = 'public' | 'confidential' | 'service';
export type ClientAuthentication = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/** A public key, RFC 7517. */
export type PublicJwk = Readonly<Record<string, unknown>>;

/** What is asked for when a client is registered. */
export interface ClientRequest {
  /** Made here when absent. */
  readonly id?: string;
  readonly name: string;
  readonly kind: ClientKind;
  /** Absent: `none` for public ones, `private_key_jwt` where there are keys, else `client_secret_basic`. */
  readonly authentication?: ClientAuthentication;
  readonly redirectUris?: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  /** Where an EHR launch begins. */
  readonly launchUri?: string;
  readonly jwks?: readonly PublicJwk[];
  readonly jwksUri?: string;
  /** Everything it may ever be granted, SMART scopes, separated by spaces. `user/*.rs` covers `user/Patient.r`. */
  readonly scope: string;
  /** May ask about tokens of others (RFC 7662). */
  readonly mayIntrospect?: boolean;
  /** RS256 unless said. */
  readonly idTokenAlgorithm?: IdTokenAlgorithm;
}
export const ID_TOKEN_ALGORITHMS = ['RS256', 'RS384', 'ES256', 'ES384'] as const;
export type IdTokenAlgorithm = (typeof ID_TOKEN_ALGORITHMS)[number];

export interface RegisteredClient {
  readonly id: string;
  readonly name: string;
  readonly kind: ClientKind;
  readonly authentication: ClientAuthentication;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly launchUri?: string;
  readonly jwks?: readonly PublicJwk[];
  readonly jwksUri?: string;
  readonly scope: string;
  readonly mayIntrospect: boolean;
  readonly idTokenAlgorithm: IdTokenAlgorithm;
  readonly secretHash?: string;
  readonly addedAt: Instant;
}
export type ClientRefusal =
  /** For people, naming the field. */
  { readonly kind: 'invalid'; readonly why: string } | { readonly kind: 'taken' } | { readonly kind: 'not-found' };

export interface WithSecret {
  readonly client: RegisteredClient;
  /** Shown now and never again; absent where the client has none. */
  readonly secret?: string;
}
export interface ClientRegister {
  register(request: ClientRequest): Promise<Result<WithSecret, ClientRefusal>>;
  list(): Promise<readonly RegisteredClient[]>;
  find(id: string): Promise<RegisteredClient | undefined>;
  /** Its tokens end with it. */
  remove(id: string): Promise<Result<undefined, ClientRefusal>>;
  /** A new secret in place of the old, or new keys. */
  rotate(id: string, jwks?: readonly PublicJwk[]): Promise<Result<WithSecret, ClientRefusal>>;
}

/** Of the node itself: no row, never registered or removed. */
export const WEB_CLIENT = 'holdfast-web';
export const LOCAL_CLIENT = 'holdfast-local';
const OWN = new Set([WEB_CLIENT, LOCAL_CLIENT]);
const KIND = 'Client';

/** The hash that is kept of a client's secret. Secrets are 256 bits of chance, so a plain hash holds. */
export const secretHashOf = (secret: string): string => createHash('sha256').update(secret, 'utf8').digest('base64url');
export const isSecret = (secret: string, hash: string): boolean =>
  timingSafeEqual(Buffer.from(secretHashOf(secret)), Buffer.from(hash.padEnd(43).slice(0, 43)));

export interface ClientsDeps {
  readonly rows: ExpiringRows;
  readonly clock: Clock;
  readonly chance: Chance;
}

export function openClients(deps: ClientsDeps): ClientRegister {
  const { rows, clock, chance } = deps;
  const text = (bytes: number): string => Buffer.from(chance.bytes(bytes)).toString('base64url');
  // Only this register writes rows of this kind.
  const read = (value: string): RegisteredClient => JSON.parse(value) as RegisteredClient;
  const find = async (id: string): Promise<RegisteredClient | undefined> => {
    const row = await rows.get(KIND, id);
    return row === undefined ? undefined : read(row.value);
  };
  const keep = async (client: RegisteredClient): Promise<void> => rows.put(KIND, client.id, JSON.stringify(client));
  const needsSecret = (client: RegisteredClient): boolean => client.authentication.startsWith('client_secret');

  return {
    register: async (request) => {
      const checked = checkClient(request);
      if (!checked.ok) return checked;
      const id = request.id ?? `app-${text(12)}`;
      if (OWN.has(id) || (await find(id)) !== undefined) return err({ kind: 'taken' });
      const bare: RegisteredClient = { ...checked.value, id, addedAt: clock.now() };
      if (!needsSecret(bare)) {
        await keep(bare);
        return ok({ client: bare });
      }
      const secret = text(32);
      const client = { ...bare, secretHash: secretHashOf(secret) };
      await keep(client);
      return ok({ client, secret });
    },
    list: async () => (await rows.list(KIND)).map((row) => read(row.value)),
    find,
    remove: async (id) => {
      if ((await find(id)) === undefined) return err({ kind: 'not-found' });
      await rows.remove(KIND, id);
      await endTokens(rows, (held) => held.clientId === id);
      return ok(undefined);
    },
    rotate: async (id, jwks) => {
      const before = await find(id);
      if (before === undefined) return err({ kind: 'not-found' });
      if (needsSecret(before)) {
        const secret = text(32);
        const client = { ...before, secretHash: secretHashOf(secret) };
        await keep(client);
        return ok({ client, secret });
      }
      if (jwks === undefined)
        return err({ kind: 'invalid', why: 'this client has no secret: give its new public keys' });
      const { jwksUri: _gone, ...rest } = before;
      const checked = checkClient({ ...rest, jwks });
      if (!checked.ok) return checked;
      const client = { ...before, jwks };
      await keep(client);
      return ok({ client });
    },
  };
}
