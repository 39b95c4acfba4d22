// SMART Backend Services: a program without a person.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  assertionForm,
  makeSigner,
  post,
  startOAuthNode,
  type Answer,
  type OAuthNode,
  type Signer,
} from './oauth-node.test-kit.ts';
import { rowIdOf } from './token-rows.ts';

let node: OAuthNode;
const signers = new Map<string, Signer>();
const LABORATORY = 'http://terminology.hl7.org/CodeSystem/observation-category|laboratory';

beforeAll(async () => {
  node = await startOAuthNode();
  for (const alg of ['ES384', 'RS384'] as const) {
    const signer = await makeSigner(alg);
    signers.set(alg, signer);
    const added = await node.oauth.clients.register({
      id: `service-${alg}`,
      name: `Service ${alg}`,
      kind: 'service',
      jwks: [signer.publicJwk],
      scope: 'system/Observation.rs system/Patient.r system/*.read',
    });
    expect(added.ok).toBe(true);
  }
});
afterAll(async () => node.close());

const signerOf = (alg: string): Signer => {
  const signer = signers.get(alg);
  if (signer === undefined) throw new Error(alg);
  return signer;
};
const ask = async (
  alg: string,
  scope: string,
  change: Readonly<Record<string, unknown>> = {},
  signer = signerOf(alg),
): Promise<Answer> => {
  const assertion = await signer.assertion(`service-${alg}`, `${node.origin}/oauth/token`, change);
  return post(node, 'token', { grant_type: 'client_credentials', scope, ...assertionForm(assertion) });
};

test('[SM29] [SM21] a service gets a token for five minutes by ES384 and by RS384', async () => {
  for (const alg of signers.keys()) {
    const scope = `system/Observation.rs?category=${LABORATORY} system/Patient.r`;
    const { status, body } = await ask(alg, scope);
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 300, scope });
    expect(body).not.toHaveProperty('refresh_token');
    const row = await node.rows.get('ClientCredentials', rowIdOf(String(body['access_token'])));
    expect(JSON.parse(row?.value ?? '{}')).toMatchObject({ clientId: `service-${alg}`, scope, aud: node.fhir });
  }
});
test('[SM11] a service gets what it is registered for, and nothing of a person', async () => {
  const { body } = await ask(
    'ES384',
    'system/Patient.r system/Patient.cud system/Condition.rs patient/Observation.rs openid offline_access',
  );
  expect(body['scope']).toBe('system/Patient.r system/Condition.rs');
  expect((await ask('ES384', 'patient/*.rs')).body['error']).toBe('invalid_scope');
  expect((await ask('ES384', '')).body['error']).toBe('invalid_scope');
});
test('[SM29] an assertion of another key, for another server, or without an end is refused', async () => {
  const now = Math.floor(Date.now() / 1_000);
  const refused = [
    await ask('ES384', 'system/Patient.r', {}, await makeSigner('ES384')),
    await ask('ES384', 'system/Patient.r', { aud: 'https://elsewhere.example.org/token' }),
    await ask('ES384', 'system/Patient.r', { exp: undefined }),
    await ask('ES384', 'system/Patient.r', { exp: now - 120 }),
    await ask('ES384', 'system/Patient.r', { jti: undefined }),
    await ask('ES384', 'system/Patient.r', { sub: 'service-RS384' }),
  ];
  expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 401));
  expect(refused.map(({ body }) => body['error'])).toEqual(refused.map(() => 'invalid_client'));
});
test('[SM29] an assertion that ends later than in five minutes is refused', async () => {
  const now = Math.floor(Date.now() / 1_000);
  expect((await ask('ES384', 'system/Patient.r', { exp: now + 3_600 })).body['error']).toBe('invalid_client');
});
test('[SM29] [SM2] an assertion is good once', async () => {
  const assertion = await signerOf('ES384').assertion('service-ES384', `${node.origin}/oauth/token`);
  const form = { grant_type: 'client_credentials', scope: 'system/Patient.r', ...assertionForm(assertion) };
  const answers = await Promise.all([post(node, 'token', form), post(node, 'token', form)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
  expect((await post(node, 'token', form)).status).toBe(401);
});
test('[SM29] other algorithms than ES384 and RS384 are refused', async () => {
  const weak = await makeSigner('ES256');
  await node.oauth.clients.register({
    id: 'service-ES256',
    name: 'Weak',
    kind: 'service',
    jwks: [weak.publicJwk],
    scope: 'system/Patient.r',
  });
  expect((await ask('ES256', 'system/Patient.r', {}, weak)).status).toBe(401);
});
test('[SM19] a service cannot ask for a person’s code', async () => {
  const address = `${node.origin}/oauth/authorize?response_type=code&client_id=service-ES384&redirect_uri=https://x.example.org/`;
  const { page, left } = await node.browser().walk(address, { accountId: 'nurse' });
  expect(left).toBeUndefined();
  expect(page?.status).toBe(400);
});
test('[SM9] a service that was removed gets nothing, and its tokens end', async () => {
  const signer = await makeSigner('ES384');
  await node.oauth.clients.register({
    id: 'service-gone',
    name: 'Gone',
    kind: 'service',
    jwks: [signer.publicJwk],
    scope: 'system/Patient.r',
  });
  const { body } = await ask('gone', 'system/Patient.r', {}, signer);
  const id = rowIdOf(String(body['access_token']));
  expect(await node.rows.get('ClientCredentials', id)).toBeDefined();
  await node.oauth.clients.remove('service-gone');
  expect(await node.rows.get('ClientCredentials', id)).toBeUndefined();
  expect((await ask('gone', 'system/Patient.r', {}, signer)).status).toBe(401);
});
