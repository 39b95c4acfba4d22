// Refresh tokens: with and without the person there, renewed at each use, and what a second use means.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WEB_CLIENT } from './clients.ts';
import {
  isLive,
  obtain,
  post,
  refresh,
  startOAuthNode,
  withSecret,
  type Answer,
  type OAuthNode,
  type Person,
  type Program,
} from './oauth-node.test-kit.ts';
import { rowIdOf } from './token-rows.ts';

const RETURN = 'https://app.example.org/return';
const NURSE: Person = { accountId: 'nurse', patient: 'Patient/b' };
const GROWTH: Program = { id: 'growth-chart', redirectUri: RETURN };
const OFFLINE = 'openid launch/patient offline_access patient/Observation.rs patient/Condition.rs';
const ONLINE = 'launch/patient online_access patient/Observation.rs';
const DAY_MS = 86_400_000;
let node: OAuthNode;
let server: Program;

beforeAll(async () => {
  node = await startOAuthNode();
  const request = {
    name: 'App',
    redirectUris: [RETURN],
    scope: 'openid launch/patient offline_access online_access patient/*.rs',
  };
  await node.oauth.clients.register({ ...request, id: GROWTH.id, kind: 'public' });
  const added = await node.oauth.clients.register({ ...request, id: 'server-app', kind: 'confidential' });
  if (!added.ok || added.value.secret === undefined) throw new Error('no secret');
  server = { id: 'server-app', redirectUri: RETURN, proof: withSecret('server-app', added.value.secret) };
});
afterAll(async () => node.close());

const lifeOf = async (token: unknown): Promise<number> => {
  const row = await node.rows.get('RefreshToken', rowIdOf(String(token)));
  return (row?.expiresAt ?? 0) - Date.now();
};

test('[SM22] offline_access gives a refresh token for 180 days, and access goes on with patient and scope', async () => {
  for (const program of [GROWTH, server]) {
    const first = await obtain(node, program, OFFLINE, NURSE);
    const life = await lifeOf(first.body['refresh_token']);
    expect(life).toBeGreaterThan(179 * DAY_MS);
    expect(life).toBeLessThan(181 * DAY_MS);
    const renewed = await refresh(node, program, first.body['refresh_token']);
    expect(renewed.status).toBe(200);
    expect(renewed.body).toMatchObject({ patient: 'b', scope: OFFLINE });
    expect(renewed.body['access_token']).not.toBe(first.body['access_token']);
    expect(await isLive(node, renewed.body['access_token'])).toBe(true);
  }
});
test('[SM22] online_access gives a refresh token for a shift', async () => {
  const first = await obtain(node, GROWTH, ONLINE, NURSE);
  const life = await lifeOf(first.body['refresh_token']);
  expect(life).toBeGreaterThan(15 * 3_600_000);
  expect(life).toBeLessThan(17 * 3_600_000);
  expect((await refresh(node, GROWTH, first.body['refresh_token'])).body['scope']).toBe(ONLINE);
});
test('[SM22] without either there is no refresh token', async () => {
  const { body } = await obtain(node, GROWTH, 'openid launch/patient patient/Observation.rs', NURSE);
  expect(body['access_token']).toBeDefined();
  expect(body).not.toHaveProperty('refresh_token');
});
test('[SM22] [SM2] a refresh token that comes a second time ends the grant', async () => {
  for (const program of [GROWTH, server]) {
    const first = await obtain(node, program, OFFLINE, NURSE);
    const second = await refresh(node, program, first.body['refresh_token']);
    expect(second.body['refresh_token']).not.toBe(first.body['refresh_token']);
    const again = await refresh(node, program, first.body['refresh_token']);
    expect(again.body['error']).toBe('invalid_grant');
    expect(await isLive(node, second.body['access_token'])).toBe(false);
    expect((await refresh(node, program, second.body['refresh_token'])).body['error']).toBe('invalid_grant');
  }
});
test('[SM2] of uses of one refresh token at the same time at most one is answered', async () => {
  const first = await obtain(node, GROWTH, OFFLINE, NURSE);
  const answers = await Promise.all([1, 2, 3, 4].map(async () => refresh(node, GROWTH, first.body['refresh_token'])));
  expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
});
test('[SM11] a refresh may ask for less, never for more', async () => {
  const first = await obtain(node, GROWTH, OFFLINE, NURSE);
  const less = await refresh(node, GROWTH, first.body['refresh_token'], { scope: 'patient/Condition.rs' });
  expect(less.body['scope']).toBe('patient/Condition.rs');
  const more = await refresh(node, GROWTH, less.body['refresh_token'], { scope: 'patient/Patient.rs' });
  expect(more.body['error']).toBe('invalid_scope');
});
test('[SM22] a grant that is used does not end: each use renews it', async () => {
  const own = await startOAuthNode();
  await own.oauth.clients.register({
    id: GROWTH.id,
    name: 'App',
    kind: 'public',
    redirectUris: [RETURN],
    scope: OFFLINE,
  });
  const { body } = await obtain(own, GROWTH, OFFLINE, NURSE);
  const [context] = await own.rows.list('GrantContext');
  own.pass(100 * DAY_MS);
  expect((await refresh(own, GROWTH, body['refresh_token'])).status).toBe(200);
  const [later] = await own.rows.list('GrantContext');
  expect((later?.expiresAt ?? 0) - (context?.expiresAt ?? 0)).toBeGreaterThan(99 * DAY_MS);
  const [grant] = await own.rows.list('Grant');
  expect((grant?.expiresAt ?? 0) - (context?.expiresAt ?? 0)).toBeGreaterThan(99 * DAY_MS);
  await own.close();
});
test('[SM30] a public program renews without naming itself; one that has a secret must prove itself', async () => {
  const bare = async (token: unknown, form = {}): Promise<Answer> =>
    post(node, 'token', { grant_type: 'refresh_token', refresh_token: String(token), ...form });
  const own = await obtain(node, GROWTH, OFFLINE, NURSE);
  const renewed = await bare(own.body['refresh_token']);
  expect([renewed.status, renewed.body['scope']]).toEqual([200, OFFLINE]);
  expect((await bare(own.body['refresh_token'])).body['error']).toBe('invalid_grant');
  const proved = await obtain(node, server, OFFLINE, NURSE);
  expect((await bare(proved.body['refresh_token'])).body['error']).toBe('invalid_client');
  expect((await bare(proved.body['refresh_token'], { client_id: GROWTH.id })).body['error']).toBe('invalid_grant');
  expect((await bare('made-up')).status).toBe(400);
  expect((await bare('x'.repeat(60_000))).status).toBe(413);
  expect((await refresh(node, server, proved.body['refresh_token'])).status).toBe(200);
});
test('[SM22] an account that was disabled renews nothing', async () => {
  const { body } = await obtain(node, GROWTH, OFFLINE, NURSE);
  node.disabled.add('nurse');
  expect((await refresh(node, GROWTH, body['refresh_token'])).body['error']).toBe('invalid_grant');
  node.disabled.delete('nurse');
});
test('[SM22] [SM15] the node’s own pages are asked for no consent and renew with one token as often as they like', async () => {
  node.steps.length = 0;
  const web = { id: WEB_CLIENT, redirectUri: `${node.origin}/session/return` };
  const scope = 'openid fhirUser offline_access user/*.cruds';
  const { body, code, status } = await obtain(node, web, scope, NURSE);
  expect(status).toBe(200);
  expect(body['scope']).toBe(scope);
  expect(node.steps).toEqual(['login']);
  expect(code).not.toBe('');
  const token = String(body['refresh_token']);
  const [one, two] = await Promise.all([node.tokens.refresh(token), node.tokens.refresh(token)]);
  expect([one.ok, two.ok]).toEqual([true, true]);
  const refused = await node.tokens.refresh('made-up');
  expect(refused).toEqual({ ok: false, error: 'invalid_grant' });
  await node.tokens.revoke(token);
  expect(await node.tokens.refresh(token)).toEqual({ ok: false, error: 'invalid_grant' });
  expect((await post(node, 'token', { grant_type: 'client_credentials', client_id: WEB_CLIENT })).status).toBe(400);
});
