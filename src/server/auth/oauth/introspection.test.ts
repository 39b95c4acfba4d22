// Who may ask about a token, who may end one, and what they hear (RFC 7662, RFC 7009).
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOCAL_CLIENT } from './clients.ts';
import {
  assertionForm,
  basic,
  isLive,
  makeSigner,
  obtain,
  post,
  refresh,
  startOAuthNode,
  withSecret,
  type Answer,
  type OAuthNode,
  type Person,
  type Program,
  type Signer,
} from './oauth-node.test-kit.ts';
import { rowIdOf } from './token-rows.ts';

const RETURN = 'https://app.example.org/return';
const SCOPE = 'openid launch/patient offline_access patient/Observation.rs';
const NURSE: Person = { accountId: 'nurse', patient: 'Patient/b' };
const GROWTH: Program = { id: 'growth-chart', redirectUri: RETURN };
let node: OAuthNode;
let gateway: Record<string, string>;
let stranger: Record<string, string>;
let strange: Program;
let signer: Signer;

beforeAll(async () => {
  node = await startOAuthNode();
  const { clients } = node.oauth;
  const request = { name: 'App', redirectUris: [RETURN], scope: SCOPE };
  await clients.register({ ...request, id: GROWTH.id, kind: 'public' });
  const secretOf = async (id: string, mayIntrospect: boolean): Promise<string> => {
    const added = await clients.register({ ...request, id, kind: 'confidential', mayIntrospect });
    return added.ok ? (added.value.secret ?? '') : '';
  };
  gateway = basic('gateway', await secretOf('gateway', true));
  const secret = await secretOf('stranger', false);
  stranger = basic('stranger', secret);
  strange = { id: 'stranger', redirectUri: RETURN, proof: withSecret('stranger', secret) };
  signer = await makeSigner('ES384');
  await clients.register({ id: 'service', name: 'S', kind: 'service', jwks: [signer.publicJwk], scope: 'system/*.rs' });
});
afterAll(async () => node.close());

const ask = async (token: unknown, headers?: Record<string, string>, form = {}): Promise<Answer> =>
  post(node, 'introspect', { token: String(token), ...form }, headers);

test('[SM23] a live token is told with patient, scope, person and program to who may ask', async () => {
  const { body } = await obtain(node, GROWTH, SCOPE, NURSE);
  const answer = await ask(body['access_token'], gateway);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    active: true,
    scope: SCOPE,
    client_id: GROWTH.id,
    sub: 'nurse',
    patient: 'b',
    fhirUser: 'Practitioner/nora',
    iss: `${node.origin}/oauth`,
    aud: node.fhir,
    token_type: 'Bearer',
  });
  expect(answer.body['exp']).toBeGreaterThan(Date.now() / 1_000 + 3_500);
  expect((await ask(body['refresh_token'], gateway)).body['active']).toBe(true);
});
test('[SM23] a service’s token and one made at the terminal are told too', async () => {
  const assertion = await signer.assertion('service', `${node.origin}/oauth/token`);
  const form = { grant_type: 'client_credentials', scope: 'system/Patient.rs', ...assertionForm(assertion) };
  const { body } = await post(node, 'token', form);
  const answer = await ask(body['access_token'], gateway);
  expect(answer.body).toMatchObject({ active: true, client_id: 'service', scope: 'system/Patient.rs' });
  const now = Math.floor(Date.now() / 1_000);
  const value = { kind: 'AccessToken', clientId: LOCAL_CLIENT, scope: 'system/*.rs', iat: now, exp: now + 600 };
  await node.rows.put('AccessToken', rowIdOf('made-at-the-terminal'), JSON.stringify(value));
  expect((await ask('made-at-the-terminal', gateway)).body).toMatchObject({ active: true, client_id: LOCAL_CLIENT });
});
test('[SM23] an unknown, a used and a revoked token are inactive, and nothing else is told', async () => {
  expect((await ask('made-up', gateway)).body).toEqual({ active: false });
  const { body } = await obtain(node, GROWTH, SCOPE, NURSE);
  const form = { client_id: GROWTH.id, token: String(body['access_token']) };
  expect((await post(node, 'revoke', form)).status).toBe(200);
  expect((await ask(body['access_token'], gateway)).body).toEqual({ active: false });
});
test('[SM23] a program hears about its own tokens alone', async () => {
  const { body } = await obtain(node, GROWTH, SCOPE, NURSE);
  expect((await ask(body['access_token'], stranger)).body).toEqual({ active: false });
  expect((await ask(body['access_token'], undefined, { client_id: GROWTH.id })).body['active']).toBe(true);
  const own = await obtain(node, strange, SCOPE, NURSE);
  expect((await ask(own.body['access_token'], stranger)).body['active']).toBe(true);
});
test('[SM23] who does not prove themselves hears nothing', async () => {
  const { body } = await obtain(node, GROWTH, SCOPE, NURSE);
  for (const headers of [basic('gateway', 'wrong'), basic('nobody', 'x')]) {
    const answer = await ask(body['access_token'], headers);
    expect([answer.status, answer.body['active']]).toEqual([401, undefined]);
  }
  const bare = await ask(body['access_token']);
  expect([bare.status, bare.body['active']]).toEqual([400, undefined]);
});
test('[SM23] [SM3] revoking an access or a refresh token ends the grant with all that was given', async () => {
  for (const name of ['access_token', 'refresh_token']) {
    const { body } = await obtain(node, GROWTH, SCOPE, NURSE);
    const other = await obtain(node, GROWTH, SCOPE, NURSE);
    const answer = await post(node, 'revoke', { client_id: GROWTH.id, token: String(body[name]) });
    expect(answer.status).toBe(200);
    expect(await isLive(node, body['access_token'])).toBe(false);
    expect((await refresh(node, GROWTH, body['refresh_token'])).body['error']).toBe('invalid_grant');
    expect(await isLive(node, other.body['access_token'])).toBe(true);
  }
});
test('[SM23] a token of another program cannot be revoked, not even by who may ask', async () => {
  const { body } = await obtain(node, GROWTH, SCOPE, NURSE);
  for (const headers of [stranger, gateway])
    await post(node, 'revoke', { token: String(body['access_token']) }, headers);
  expect(await isLive(node, body['access_token'])).toBe(true);
  // An unknown token is no error (RFC 7009 2.2).
  expect((await post(node, 'revoke', { token: 'made-up' }, stranger)).status).toBe(200);
});
