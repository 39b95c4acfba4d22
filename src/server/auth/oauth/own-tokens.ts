// The token endpoint as the node's own pages use it: without a network, but through the same door.
import type { FastifyInstance } from 'fastify';
import { err, ok, type Result } from '../../../core/base/result.ts';
import type { TokenSet, TokensPort } from '../pages/ports.ts';
import { WEB_CLIENT } from './clients.ts';
import type { OAuth } from './open-oauth.ts';

export type OwnTokens = TokensPort;

/** Any name of ours does where no redirect address binds the request to one: rows are common to all. */
const ANY_ORIGIN = 'http://localhost';

export function tokensOver(app: FastifyInstance, oauth: OAuth): OwnTokens {
  const post = async (path: string, origin: string, form: Readonly<Record<string, string>>) => {
    const payload = new URLSearchParams({ client_id: WEB_CLIENT, ...form }).toString();
    const headers = {
      ...oauth.insideHeaders(origin),
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    };
    return app.inject({ method: 'POST', url: `/oauth/${path}`, headers, payload });
  };
  const tokensFrom = async (
    origin: string,
    form: Readonly<Record<string, string>>,
  ): Promise<Result<TokenSet, string>> => {
    const answer = await post('token', origin, form);
    const body = JSON.parse(answer.body) as Readonly<Record<string, unknown>>;
    const text = (name: string): string | undefined => (typeof body[name] === 'string' ? body[name] : undefined);
    const accessToken = text('access_token');
    const refreshToken = text('refresh_token');
    const idToken = text('id_token');
    if (answer.statusCode !== 200 || accessToken === undefined) {
      // 5xx is no word about the grant: whoever asks must be able to tell.
      if (answer.statusCode >= 500) throw new Error(`the token endpoint answered ${answer.statusCode}`);
      return err(text('error') ?? 'invalid_request');
    }
    return ok({
      accessToken,
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(idToken === undefined ? {} : { idToken }),
      expiresInSeconds: Number(body['expires_in']),
    });
  };
  return {
    authorizationPath: (query) => `/oauth/authorize?${new URLSearchParams(query).toString()}`,
    exchange: async (code, verifier, redirectUri) =>
      tokensFrom(new URL(redirectUri).origin, {
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        redirect_uri: redirectUri,
      }),
    refresh: async (refreshToken) =>
      tokensFrom(ANY_ORIGIN, { grant_type: 'refresh_token', refresh_token: refreshToken }),
    revoke: async (token) => void (await post('revoke', ANY_ORIGIN, { token })),
  };
}
