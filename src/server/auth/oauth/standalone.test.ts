// Standalone launch, as ONC (g)(10) and SMART App Launch 2.2 ask for it.
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  authorizeAddress,
  exchange,
  isLive,
  makePkce,
  makeSigner,
  obtain,
  post,
  startOAuthNode,
  withKey,
  withSecret,
  type OAuthNode,
  type Person,
  type Program,
} from './oauth-node.test-kit.ts';

const RETURN = 'https://app.example.org/return';
const SCOPE = 'openid fhirUser launch/patient offline_access patient/Observation.rs';
const NURSE: Person = { accountId: 'nurse', patient: 'Patient/b' };
const GROWTH: Program = { id: 'growth-chart', redirectUri: RETURN };
const register = {
  redirectUris: [RETURN, 'https://app.example.org/other'],
  scope: 'openid fhirUser launch launch/patient offline_access online_access patient/*.rs user/*.rs',
};
let node: OAuthNode;
let symmetric: Program;
let asymmetric: Program;

beforeAll(async () => {
  node = await startOAuthNode();
  const { clients } = node.oauth;
  await clients.register({ ...register, id: GROWTH.id, name: 'Growth chart', kind: 'public' });
  const server = await clients.register({ ...register, id: 'server-app', name: 'Server', kind: 'confidential' });
  if (!server.ok || server.value.secret === undefined) throw new Error('no secret');
  symmetric = { id: 'server-app', redirectUri: RETURN, proof: withSecret('server-app', server.value.secret) };
  const signer = await makeSigner('ES384');
  await clients.register({
    ...register,
    id: 'key-app',
    name: 'Keys',
    kind: 'confidential',
    jwks: [signer.publicJwk],
    idTokenAlgorithm: 'ES384',
  });
  asymmetric = { id: 'key-app', redirectUri: RETURN, proof: withKey('key-app', signer) };
});
afterAll(async () => node.close());

/** Why a request for a code was refused, as the program is told. */
const refusal = async (
  change: Readonly<Record<string, string | undefined>>,
  program: Program = GROWTH,
  scope: string = SCOPE,
): Promise<string | null | undefined> => {
  const { left } = await node.browser().walk(authorizeAddress(node, program, scope, makePkce(), change), NURSE);
  return left?.searchParams.get('error') ?? new URLSearchParams(left?.hash.slice(1)).get('error');
};

describe('who may', () => {
  test('[SM19] [SM21] a public program gets patient, scope, id token and tokens by code and PKCE', async () => {
    const { status, body, left, headers } = await obtain(node, GROWTH, SCOPE, NURSE);
    expect(status).toBe(200);
    expect(body).toMatchObject({ scope: SCOPE, patient: 'b', need_patient_banner: true, token_type: 'Bearer' });
    expect(body['expires_in']).toBe(3_600);
    expect(body['access_token']).toMatch(/^[\w-]{43}$/);
    expect(body['refresh_token']).toMatch(/^[\w-]{43}$/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(left?.searchParams.get('state')).toBe('a-state-of-enough-length');
    expect(left?.searchParams.get('iss')).toBe(`${node.origin}/oauth`);
  });
  test('[SM21] the id token names the person and is signed by a key that the node tells, RS256 unless registered otherwise', async () => {
    const keys = createRemoteJWKSet(new URL(`${node.origin}/oauth/jwks`));
    for (const [program, alg] of [
      [GROWTH, 'RS256'],
      [asymmetric, 'ES384'],
    ] as const) {
      const { body } = await obtain(node, program, SCOPE, NURSE, { change: { nonce: 'n-1' } });
      const token = String(body['id_token']);
      const { payload } = await jwtVerify(token, keys, { issuer: `${node.origin}/oauth`, audience: program.id });
      expect(decodeProtectedHeader(token).alg).toBe(alg);
      expect(payload).toMatchObject({ sub: 'nurse', nonce: 'n-1', fhirUser: `${node.fhir}/Practitioner/nora` });
    }
  });
  test('[SM19] [SM29] a confidential program proves itself by its secret', async () => {
    expect((await obtain(node, symmetric, SCOPE, NURSE)).body).toMatchObject({ patient: 'b', scope: SCOPE });
    const wrong = { ...symmetric, proof: withSecret('server-app', 'not-the-secret') };
    const refused = await obtain(node, wrong, SCOPE, NURSE);
    expect(refused.status).toBe(401);
    expect(refused.body['error']).toBe('invalid_client');
    const bare = { id: 'server-app', redirectUri: RETURN };
    expect((await obtain(node, bare, SCOPE, NURSE)).status).toBe(401);
  });
  test('[SM19] [SM29] a confidential program proves itself by its key', async () => {
    expect((await obtain(node, asymmetric, SCOPE, NURSE)).body).toMatchObject({ patient: 'b', scope: SCOPE });
    const other = { ...asymmetric, proof: withKey('key-app', await makeSigner('ES384')) };
    expect((await obtain(node, other, SCOPE, NURSE)).status).toBe(401);
  });
  test('[SM17] who signs in as a patient is the patient: no patient is asked for', async () => {
    node.steps.length = 0;
    const { body } = await obtain(node, GROWTH, SCOPE, { accountId: 'patient' });
    expect(body['patient']).toBe('pat');
    expect(node.steps).toEqual(['login', 'consent']);
  });
  test('[SM17] a patient is asked for only where a scope is about one', async () => {
    node.steps.length = 0;
    const { body } = await obtain(node, GROWTH, 'openid user/Observation.rs', NURSE);
    expect(body).not.toHaveProperty('patient');
    expect(node.steps).toEqual(['login', 'consent']);
    node.steps.length = 0;
    await obtain(node, GROWTH, 'patient/Observation.rs', { accountId: 'doctor', patient: 'Patient/b' });
    expect(node.steps).toEqual(['login', 'patient', 'consent']);
  });
});

describe('PKCE', () => {
  test('[SM19] a request without it is refused, of a confidential program too', async () => {
    const without = { code_challenge: undefined, code_challenge_method: undefined };
    expect(await refusal(without)).toBe('invalid_request');
    expect(await refusal(without, symmetric)).toBe('invalid_request');
    expect(await refusal({})).toBeNull();
  });
  test('[SM19] plain is refused, and so is a challenge that names no method', async () => {
    expect(await refusal({ code_challenge_method: 'plain' })).toBe('invalid_request');
    expect(await refusal({ code_challenge_method: undefined })).toBe('invalid_request');
  });
  test('[SM19] a code is worth nothing without its verifier', async () => {
    const pkce = makePkce();
    const { left } = await node.browser().walk(authorizeAddress(node, GROWTH, SCOPE, pkce), NURSE);
    const code = left?.searchParams.get('code') ?? '';
    for (const verifier of [makePkce().verifier, '', pkce.challenge]) {
      const answer = await exchange(node, GROWTH, code, { ...pkce, verifier });
      expect(answer.status).toBe(400);
    }
  });
});

describe('a request that is not as it must be', () => {
  test('[SM20] a redirect address that was not registered is refused on our own page, and nobody is sent there', async () => {
    for (const uri of [
      'https://evil.example.org/return',
      `${RETURN}/`,
      `${RETURN}?x=1`,
      `${RETURN}#f`,
      'https://app.example.org:444/return',
      'http://app.example.org/return',
    ]) {
      const address = authorizeAddress(node, GROWTH, SCOPE, makePkce(), { redirect_uri: uri });
      const { left, page } = await node.browser().walk(address, NURSE);
      expect(left).toBeUndefined();
      expect(page?.status).toBe(400);
    }
  });
  test('[SM20] another redirect address at the token endpoint is refused', async () => {
    const pkce = makePkce();
    const { left } = await node.browser().walk(authorizeAddress(node, GROWTH, SCOPE, pkce), NURSE);
    const other = { ...GROWTH, redirectUri: 'https://app.example.org/other' };
    const answer = await exchange(node, other, left?.searchParams.get('code') ?? '', pkce);
    expect(answer.body['error']).toBe('invalid_grant');
  });
  test('[SM20] aud is our FHIR base or the request is refused', async () => {
    expect(await refusal({ aud: undefined })).toBe('invalid_request');
    expect(await refusal({ aud: 'https://elsewhere.example.org/fhir' })).toBe('invalid_request');
    expect(await refusal({ aud: node.origin })).toBe('invalid_request');
    expect(await refusal({ aud: `${node.fhir}/` })).toBeNull();
  });
  test('[SM20] state is required', async () => {
    expect(await refusal({ state: undefined })).toBe('invalid_request');
    expect(await refusal({ state: '' })).toBe('invalid_request');
  });
  test('[SM19] other response types, response modes and grants are refused', async () => {
    expect(await refusal({ response_type: 'token' })).not.toBeNull();
    expect(await refusal({ response_type: 'code id_token', nonce: 'n' })).not.toBeNull();
    expect(await refusal({ response_mode: 'fragment' })).not.toBeNull();
    const password = { grant_type: 'password', client_id: GROWTH.id, username: 'nurse', password: 'x' };
    expect((await post(node, 'token', password)).body['error']).toBe('unsupported_grant_type');
  });
  test('[SM20] a program that nobody registered is refused on our own page', async () => {
    const address = authorizeAddress(node, { id: 'unheard-of', redirectUri: RETURN }, SCOPE, makePkce());
    const { left, page } = await node.browser().walk(address, NURSE);
    expect(left).toBeUndefined();
    expect(page?.status).toBe(400);
    expect(await page?.text()).toContain('That did not work');
  });
});

describe('codes', () => {
  test('[SM2] a code that comes a second time is refused and ends what was given for it', async () => {
    const first = await obtain(node, GROWTH, SCOPE, NURSE);
    expect(await isLive(node, first.body['access_token'])).toBe(true);
    const second = await exchange(node, GROWTH, first.code, first.pkce);
    expect(second.body['error']).toBe('invalid_grant');
    expect(await isLive(node, first.body['access_token'])).toBe(false);
    const renewed = await post(node, 'token', {
      grant_type: 'refresh_token',
      client_id: GROWTH.id,
      refresh_token: String(first.body['refresh_token']),
    });
    expect(renewed.body['error']).toBe('invalid_grant');
  });
  test('[SM2] of requests with one code at the same time none has two answers', async () => {
    const pkce = makePkce();
    const { left } = await node.browser().walk(authorizeAddress(node, GROWTH, SCOPE, pkce), NURSE);
    const code = left?.searchParams.get('code') ?? '';
    const answers = await Promise.all([1, 2, 3, 4].map(async () => exchange(node, GROWTH, code, pkce)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });
  test('[SM21] a code is over after a minute, with the tolerance for clocks', async () => {
    const own = await startOAuthNode();
    await own.oauth.clients.register({ ...register, id: GROWTH.id, name: 'Growth chart', kind: 'public' });
    const pkce = makePkce();
    const { left } = await own.browser().walk(authorizeAddress(own, GROWTH, SCOPE, pkce), NURSE);
    own.pass(61_000);
    const answer = await exchange(own, GROWTH, left?.searchParams.get('code') ?? '', pkce);
    expect(answer.body['error']).toBe('invalid_grant');
    await own.close();
  });
  test('[SM20] a code of another program is refused', async () => {
    const pkce = makePkce();
    const { left } = await node.browser().walk(authorizeAddress(node, GROWTH, SCOPE, pkce), NURSE);
    const answer = await exchange(node, symmetric, left?.searchParams.get('code') ?? '', pkce);
    expect(answer.body['error']).toBe('invalid_grant');
  });
});

describe('scopes', () => {
  const granted = async (scope: string, person: Person = NURSE): Promise<unknown> =>
    (await obtain(node, GROWTH, scope, person)).body['scope'];
  test('[SM12] v1 scopes are granted as they were asked', async () => {
    const scope = 'launch/patient openid fhirUser patient/Patient.read patient/*.read user/Observation.read';
    expect(await granted(scope)).toBe(scope);
  });
  test('[SM12] v2 scopes are granted as they were asked, with their search parameters', async () => {
    const category = 'http://terminology.hl7.org/CodeSystem/observation-category|laboratory';
    const scope = `launch/patient patient/Observation.rs?category=${category} patient/Condition.r`;
    expect(await granted(scope)).toBe(scope);
  });
  test('[SM11] what is unknown or beyond the registration is left out', async () => {
    expect(await granted('launch/patient patient/Observation.rs patient/Observation.cud')).toBe(
      'launch/patient patient/Observation.rs',
    );
    expect(await granted('launch/patient patient/Observation.rs system/*.rs nonsense patient/Nothing.rs')).toBe(
      'launch/patient patient/Observation.rs',
    );
    expect(await granted('openid launch patient/Observation.rs')).toBe('openid patient/Observation.rs');
  });
  test('[SM11] where nothing is left the request is refused', async () => {
    expect(await refusal({}, GROWTH, 'system/*.rs')).toBe('invalid_scope');
    expect(await refusal({}, GROWTH, 'nonsense')).toBe('invalid_scope');
    expect(await refusal({ scope: undefined })).toBe('invalid_scope');
  });
  test('[SM18] what the person does not agree to is not granted', async () => {
    const agrees = { ...NURSE, agreesTo: ['openid', 'launch/patient', 'patient/Condition.rs', 'user/*.cruds'] };
    const scope = 'openid launch/patient patient/Observation.rs patient/Condition.rs';
    expect(await granted(scope, agrees)).toBe('openid launch/patient patient/Condition.rs');
  });
  test('[SM18] who refuses sends the program away with access_denied', async () => {
    const address = authorizeAddress(node, GROWTH, SCOPE, makePkce());
    const { left } = await node.browser().walk(address, { ...NURSE, refuses: true });
    expect(left?.searchParams.get('error')).toBe('access_denied');
    expect(left?.searchParams.get('code')).toBeNull();
  });
});
