// What the node tells of itself, to whom its endpoints answer, and what of it is in the audit.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CAPABILITIES, oauthAddresses } from './discovery.ts';
import {
  authorizeAddress,
  basic,
  exchange,
  makePkce,
  obtain,
  post,
  refresh,
  startOAuthNode,
  type OAuthNode,
  type Person,
  type Program,
} from './oauth-node.test-kit.ts';

const RETURN = 'https://app.example.org/return';
const SCOPE = 'openid launch/patient offline_access patient/Observation.rs';
const NURSE: Person = { accountId: 'nurse', patient: 'Patient/b' };
const GROWTH: Program = { id: 'growth-chart', redirectUri: RETURN };
let node: OAuthNode;

beforeAll(async () => {
  node = await startOAuthNode();
  await node.oauth.clients.register({
    id: GROWTH.id,
    name: 'Growth chart',
    kind: 'public',
    redirectUris: [RETURN, 'http://localhost:3000/return'],
    scope: SCOPE,
  });
});
afterAll(async () => node.close());

const read = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${node.origin}${path}`, { headers });
const json = async (path: string): Promise<Record<string, unknown>> => (await read(path)).json() as never;

test('[SM26] the SMART configuration names the endpoints that answer, and PKCE by S256 alone', async () => {
  const answer = await read('/fhir/.well-known/smart-configuration', { accept: 'application/json' });
  expect(answer.headers.get('content-type')).toContain('application/json');
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  const told = (await answer.json()) as Record<string, unknown>;
  const openid = await json('/oauth/.well-known/openid-configuration');
  for (const name of [
    'issuer',
    'jwks_uri',
    'authorization_endpoint',
    'token_endpoint',
    'introspection_endpoint',
    'revocation_endpoint',
    'end_session_endpoint',
    'response_types_supported',
    'code_challenge_methods_supported',
    'token_endpoint_auth_signing_alg_values_supported',
  ]) {
    expect([name, told[name]]).toEqual([name, openid[name]]);
  }
  expect(told['code_challenge_methods_supported']).toEqual(['S256']);
  expect([...(told['grant_types_supported'] as string[])].sort()).toEqual(
    [...(openid['grant_types_supported'] as string[])].sort(),
  );
  expect(openid['scopes_supported']).toContain('launch/patient');
  expect(openid['response_modes_supported']).toEqual(['query']);
  for (const name of ['token_endpoint', 'introspection_endpoint', 'revocation_endpoint']) {
    expect((await fetch(String(told[name]), { method: 'POST' })).status).toBeLessThan(404);
  }
  const { authorize, token, introspect, revoke } = oauthAddresses(node.fhir);
  expect([authorize, token, introspect, revoke]).toEqual([
    told['authorization_endpoint'],
    told['token_endpoint'],
    told['introspection_endpoint'],
    told['revocation_endpoint'],
  ]);
});
test('[SM26] a capability that is told is one of SMART’s, once, and what is not built is not told', () => {
  expect(new Set(CAPABILITIES).size).toBe(CAPABILITIES.length);
  for (const absent of ['authorize-post', 'context-style', 'context-standalone-encounter', 'smart-app-state']) {
    expect(CAPABILITIES).not.toContain(absent);
  }
});
test('[SM26] the node tells its public keys and no private part', async () => {
  const { keys } = (await json('/oauth/jwks')) as { keys: Record<string, unknown>[] };
  expect(keys).toHaveLength(3);
  for (const key of keys) for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(key[part]).toBeUndefined();
});
test('[SM26] browser programs of registered origins may read token answers, others may not', async () => {
  const { code, pkce } = await ((): Promise<{ code: string; pkce: ReturnType<typeof makePkce> }> => start())();
  const form = {
    grant_type: 'authorization_code',
    client_id: GROWTH.id,
    code,
    redirect_uri: RETURN,
    code_verifier: pkce.verifier,
  };
  const foreign = await post(node, 'token', form, { origin: 'https://evil.example.org' });
  expect([foreign.status, foreign.headers.get('access-control-allow-origin')]).toEqual([400, null]);
  const own = await post(node, 'token', form, { origin: 'https://app.example.org' });
  expect([own.status, own.headers.get('access-control-allow-origin')]).toEqual([200, 'https://app.example.org']);
  expect(own.headers.get('access-control-allow-credentials')).toBeNull();
  const preflight = await fetch(`${node.origin}/oauth/token`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example.org', 'access-control-request-method': 'POST' },
  });
  expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'POST']);
  const isAllowed = async (origin: string): Promise<boolean> => node.oauth.isAllowedOrigin(origin);
  expect(await isAllowed('https://app.example.org')).toBe(true);
  expect(await isAllowed('http://localhost:3000')).toBe(true);
  for (const origin of ['http://localhost:3001', 'http://app.example.org', 'https://evil.example.org', 'null', '']) {
    expect([origin, await isAllowed(origin)]).toEqual([origin, false]);
  }
});
const start = async (): Promise<{ code: string; pkce: ReturnType<typeof makePkce> }> => {
  const pkce = makePkce();
  const { left } = await node.browser().walk(authorizeAddress(node, GROWTH, SCOPE, pkce), NURSE);
  return { code: left?.searchParams.get('code') ?? '', pkce };
};

test('[SM27] tokens given and programs refused are in the audit, without a token or a secret', async () => {
  node.audited.length = 0;
  const { body, code, pkce } = await obtain(node, GROWTH, SCOPE, NURSE);
  expect(node.audited).toMatchObject([
    { act: 'token', ok: true, client: GROWTH.id, who: 'Practitioner/nora', patients: ['Patient/b'], status: 200 },
  ]);
  expect(node.audited[0]?.address).toMatch(/127\.0\.0\.1/);
  const renewed = await refresh(node, GROWTH, body['refresh_token']);
  await exchange(node, GROWTH, code, pkce);
  await post(node, 'introspect', { token: String(body['access_token']) }, basic('nobody', 'not-a-secret'));
  expect(node.audited.slice(1).map(({ act, ok }) => [act, ok])).toEqual([
    ['token', true],
    ['refused', false],
    ['refused', false],
  ]);
  const text = JSON.stringify(node.audited);
  for (const secret of [code, pkce.verifier, body['access_token'], renewed.body['refresh_token'], 'not-a-secret']) {
    expect(text).not.toContain(String(secret));
  }
});
test('[SM27] a failure of the store is in the log by kind and place, and the answer tells nothing', async () => {
  const { get } = node.rows;
  const { code, pkce } = await start();
  Object.assign(node.rows, {
    get: async () => {
      throw new Error('row of Patient/b');
    },
  });
  const answer = await exchange(node, GROWTH, code, pkce);
  const unnamed = await fetch(`${node.origin}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' }),
  });
  Object.assign(node.rows, { get });
  expect([answer.status, answer.body['error'], unnamed.status]).toEqual([500, 'server_error', 500]);
  expect(node.errors).toHaveLength(2);
  const told = [JSON.stringify(node.errors), JSON.stringify(answer.body), await unnamed.text()].join();
  expect(told).not.toContain('Patient/b');
});
test('[SM28] what the provider answers passes the hooks of the node: counted, and let go', async () => {
  const own = await startOAuthNode({ counted: true });
  await fetch(`${own.origin}/oauth/.well-known/openid-configuration`);
  await fetch(`${own.origin}/oauth/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'x' }) });
  const aborted = new AbortController();
  const gone = fetch(`${own.origin}/oauth/token`, { method: 'POST', body: 'a=b', signal: aborted.signal });
  aborted.abort();
  await expect(gone).rejects.toThrow();
  await own.close();
  expect(own.answers).toEqual([
    ['GET', '/oauth/*', 200],
    ['POST', '/oauth/*', 400],
  ]);
});
test('[SM28] every answer keeps out of caches, frames and referrers', async () => {
  const answers = [
    await fetch(authorizeAddress(node, GROWTH, SCOPE, makePkce()), { redirect: 'manual' }),
    await read('/oauth/authorize', { accept: 'text/html' }),
    await read('/oauth/nowhere'),
    await read('/oauth/sign-out', { accept: 'text/html' }),
    await fetch(`${node.origin}/oauth/token`, { method: 'POST' }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([303, 400, 404, 200, 400]);
  for (const { headers } of answers) {
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('cache-control')).toContain('no-store');
  }
});
