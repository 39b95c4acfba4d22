// The hospital's own OpenID provider, as a second way in that no local sign-in ever waits for.
//
//   1. A page only looks at what the last discovery said. Discovery runs beside, at most every `RETRY_MS`, and is given up
//      after `TIMEOUT_S`.
//   2. A person of the provider gets in only by an account that was linked to issuer and subject before; names and addresses
//      of e-mail are never matched.
//   3. State, nonce and verifier are in a row that only this browser's cookie names, and are used once.
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  None,
  type Configuration,
} from 'openid-client';
import type { Chance, Clock, Instant } from '../../../core/base/ports.ts';
import type { IdentityProvider } from './deps.ts';

const TIMEOUT_S = 3;
const RETRY_MS = 15_000;
const REFRESH_MS = 3_600_000;

export interface Departure {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}
export interface Federation {
  readonly issuer: string;
  /** Answers at once, of the last discovery; starts another where it is time. */
  away(): boolean;
  /** Where the browser goes; undefined while the provider does not answer. */
  depart(redirectUri: string): Promise<{ readonly url: string; readonly departure: Departure } | undefined>;
  /** The subject that came back; undefined whatever was wrong. */
  arrive(returned: URL, departure: Departure): Promise<string | undefined>;
}

export function openFederation(provider: IdentityProvider, clock: Clock, chance: Chance): Federation {
  const { issuer, clientId, clientSecret } = provider;
  const text = (): string => Buffer.from(chance.bytes(32)).toString('base64url');
  let found: { readonly configuration: Configuration; readonly at: Instant } | undefined;
  let triedAt: Instant | undefined;
  let running: Promise<Configuration | undefined> | undefined;

  const discover = async (): Promise<Configuration | undefined> => {
    triedAt = clock.now();
    try {
      const configuration = await discovery(
        new URL(issuer),
        clientId,
        clientSecret,
        clientSecret === undefined ? None() : undefined,
        {
          timeout: TIMEOUT_S,
          // Only where whoever runs the node wrote http: a provider on the same machine.
          execute: new URL(issuer).protocol === 'http:' ? [allowInsecureRequests] : [],
        },
      );
      found = { configuration, at: clock.now() };
      return configuration;
    } catch {
      // Away, or no provider at all: the page says so, and the next look tries again.
      found = undefined;
      return undefined;
    }
  };
  const look = (): Promise<Configuration | undefined> => {
    running ??= discover().finally(() => {
      running = undefined;
    });
    return running;
  };
  const current = async (): Promise<Configuration | undefined> =>
    found !== undefined && clock.now() - found.at < REFRESH_MS ? found.configuration : await look();

  return {
    issuer,
    away: () => {
      const stale = found === undefined || clock.now() - found.at >= REFRESH_MS;
      const rested = triedAt === undefined || clock.now() - triedAt >= RETRY_MS;
      if (stale && rested) void look();
      return found === undefined && triedAt !== undefined && running === undefined;
    },
    depart: async (redirectUri) => {
      const configuration = await current();
      if (configuration === undefined) return undefined;
      const departure: Departure = { state: text(), nonce: text(), verifier: text() };
      const url = buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: 'openid',
        response_type: 'code',
        code_challenge: await calculatePKCECodeChallenge(departure.verifier),
        code_challenge_method: 'S256',
        state: departure.state,
        nonce: departure.nonce,
      });
      return { url: url.href, departure };
    },
    arrive: async (returned, departure) => {
      const configuration = await current();
      if (configuration === undefined) return undefined;
      try {
        const tokens = await authorizationCodeGrant(configuration, returned, {
          pkceCodeVerifier: departure.verifier,
          expectedState: departure.state,
          expectedNonce: departure.nonce,
          idTokenExpected: true,
        });
        return tokens.claims()?.sub;
      } catch {
        // Refused there, or the answer does not hold: the page says in one sentence that it did not succeed.
        return undefined;
      }
    },
  };
}
