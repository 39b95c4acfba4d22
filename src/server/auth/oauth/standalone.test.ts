// Standalone launch, as ONC (g)(10) and SMART App Launch 2.2 ask for it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authorizeAddress, basic, makePkce, post, startOAuthNode, type OAuthNode } from './oauth-node.test-kit.ts';

const RETURN = 'https://app.example.org/return';
let node: OAuthNode;
beforeAll(async () => {
  node = await startOAuthNode();
  await node.oauth.clients.register({
    id: 'growth-chart',
    name: 'Growth chart',
    kind: 'public',
    redirectUris: [RETURN],
    scope: 'openid fhirUser launch launch/patient offline_access online_access patient/*.rs user/*.rs',
  });
});
afterAll(async () => node.close());

test('[SM19] a public program gets a patient, an id token and a refresh token by code and PKCE', async () => {
  const pkce = makePkce();
  const client = { id: 'growth-chart', redirectUri: RETURN };
  const scope = 'openid fhirUser launch/patient offline_access patient/Observation.rs';
  const { left, page } = await node.browser().walk(authorizeAddress(node, client, scope, pkce), {
    accountId: 'nurse',
    patient: 'Patient/b',
  });
  expect(await page?.text()).toBeUndefined();
  expect(left?.searchParams.get('error_description')).toBeNull();
  const { body } = await post(node, 'token', {
    grant_type: 'authorization_code',
    client_id: client.id,
    code: left?.searchParams.get('code') ?? '',
    redirect_uri: RETURN,
    code_verifier: pkce.verifier,
  });
  expect(body).toMatchObject({ scope, patient: 'b', need_patient_banner: true, token_type: 'Bearer' });
  expect(node.steps).toEqual(['login', 'patient', 'consent']);
  expect(basic('a', 'b')).toBeDefined();
});
