// Two processes of one node over the node's own table: what is used up is used up for both, also at the same moment.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openExpiringRows } from '../../storage/expiring-rows.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from '../../storage/embedded/start-temporary.test-kit.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { WEB_CLIENT } from './clients.ts';
import {
  assertionForm,
  authorizeAddress,
  exchange,
  isLive,
  makePkce,
  makeSigner,
  obtain,
  post,
  refresh,
  startOAuthNode,
  type Answer,
  type OAuthNode,
  type Person,
  type Program,
} from './oauth-node.test-kit.ts';

const RETURN = 'https://app.example.org/return';
const SCOPE = 'openid launch/patient offline_access patient/Observation.rs';
const NURSE: Person = { accountId: 'nurse', patient: 'Patient/b' };
const GROWTH: Program = { id: 'growth-chart', redirectUri: RETURN };
const TIMES = 8;
let server: TemporaryPostgres;
const rows: ExpiringRows[] = [];
let one: OAuthNode & { readonly keysFolder: string };
let two: OAuthNode;

beforeAll(async () => {
  server = await startTemporaryPostgres({ binaries: undefined });
  const url = await server.createDatabase('oauth');
  const clock = { now: () => Date.now() };
  const open = async (): Promise<ExpiringRows> => {
    const opened = await openExpiringRows({ url, clock });
    rows.push(opened);
    return opened;
  };
  one = await startOAuthNode({ rows: await open() });
  two = await startOAuthNode({ beside: { rows: await open(), keysFolder: one.keysFolder } });
  await one.oauth.clients.register({
    id: GROWTH.id,
    name: 'Growth chart',
    kind: 'public',
    redirectUris: [RETURN],
    scope: SCOPE,
  });
}, 60_000);
afterAll(async () => {
  await two.close();
  await one.close();
  for (const each of rows) await each.close();
  await server.stop();
});

/** The same request at both processes, many times at once. */
const storm = async (ask: (node: OAuthNode) => Promise<Answer>): Promise<readonly Answer[]> =>
  Promise.all(Array.from({ length: TIMES }, async (_, at) => ask(at % 2 === 0 ? one : two)));
/** Of what was given in a storm: whoever was first got something that ended when the second came. */
const nothingLives = async (answers: readonly Answer[]): Promise<void> => {
  for (const { body } of good(answers)) {
    expect(await isLive(one, body['access_token'])).toBe(false);
    expect((await refresh(two, GROWTH, body['refresh_token'])).body['error']).toBe('invalid_grant');
  }
};
const good = (answers: readonly Answer[]): readonly Answer[] => answers.filter(({ status }) => status === 200);

test('[SM2] a code that comes to two processes at once is good once at most, and then its grant is over', async () => {
  const pkce = makePkce();
  const { left } = await one.browser().walk(authorizeAddress(one, GROWTH, SCOPE, pkce), NURSE);
  const code = left?.searchParams.get('code') ?? '';
  const answers = await storm(async (node) => exchange(node, GROWTH, code, pkce));
  expect(good(answers).length).toBeLessThanOrEqual(1);
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  await nothingLives(answers);
});
test('[SM2] so is a refresh token', async () => {
  const { body } = await obtain(one, GROWTH, SCOPE, NURSE);
  const answers = await storm(async (node) => refresh(node, GROWTH, body['refresh_token']));
  expect(good(answers).length).toBeLessThanOrEqual(1);
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  expect((await refresh(one, GROWTH, body['refresh_token'])).body['error']).toBe('invalid_grant');
  await nothingLives(answers);
});
test('[SM2] and a signed assertion', async () => {
  const signer = await makeSigner('ES384');
  await one.oauth.clients.register({
    id: 'service',
    name: 'Service',
    kind: 'service',
    jwks: [signer.publicJwk],
    scope: 'system/Patient.rs',
  });
  const assertion = await signer.assertion('service', `${one.origin}/oauth`, {});
  const form = { grant_type: 'client_credentials', scope: 'system/Patient.rs', ...assertionForm(assertion) };
  const answers = await storm(async () => post(one, 'token', form));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: TIMES - 1 }, () => 401)]);
});
test('[SM22] two tabs of the node’s own pages renew at once at two processes, and both go on', async () => {
  const web = { id: WEB_CLIENT, redirectUri: `${one.origin}/session/return` };
  const { body } = await obtain(one, web, 'openid offline_access user/*.rs', NURSE);
  const token = String(body['refresh_token']);
  const both = await Promise.all([one, two, one, two].map(async (node) => node.tokens.refresh(token)));
  expect(both.map(({ ok }) => ok)).toEqual([true, true, true, true]);
  for (const each of both) expect(await isLive(two, each.ok ? each.value.accessToken : '')).toBe(true);
});
test('[SM3] revoking at one process ends the grant at the other', async () => {
  const { body } = await obtain(one, GROWTH, SCOPE, NURSE);
  expect(await isLive(two, body['access_token'])).toBe(true);
  await post(one, 'revoke', { client_id: GROWTH.id, token: String(body['refresh_token']) });
  expect(await isLive(two, body['access_token'])).toBe(false);
  expect((await refresh(two, GROWTH, body['refresh_token'])).body['error']).toBe('invalid_grant');
});
