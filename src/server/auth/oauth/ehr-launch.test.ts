// EHR launch: a program that is opened from the chart.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  authorizeAddress,
  isLive,
  makePkce,
  obtain,
  refresh,
  startOAuthNode,
  type OAuthNode,
  type Person,
  type Program,
} from './oauth-node.test-kit.ts';

const RETURN = 'https://app.example.org/return';
const SCOPE = 'openid fhirUser launch offline_access patient/Observation.rs';
const NURSE: Person = { accountId: 'nurse' };
const GROWTH: Program = { id: 'growth-chart', redirectUri: RETURN };
const OTHER: Program = { id: 'other-app', redirectUri: RETURN };
let node: OAuthNode;

beforeAll(async () => {
  node = await startOAuthNode();
  for (const { id } of [GROWTH, OTHER]) {
    await node.oauth.clients.register({
      id,
      name: id,
      kind: 'public',
      redirectUris: [RETURN],
      scope: 'openid fhirUser launch launch/patient launch/encounter offline_access patient/*.rs',
    });
  }
});
afterAll(async () => node.close());

const launchFor = async (patient: string, encounter?: string): Promise<string> =>
  node.oauth.makeLaunch({
    accountId: 'nurse',
    clientId: GROWTH.id,
    patient,
    ...(encounter === undefined ? {} : { encounter }),
  });
const errorOf = async (launch: string, program = GROWTH, person = NURSE, scope = SCOPE): Promise<unknown> => {
  const { left } = await node.browser().walk(authorizeAddress(node, program, scope, makePkce(), { launch }), person);
  return left?.searchParams.get('error');
};

test('[SM14] [SM21] a launch brings its patient and encounter, and nobody is asked for a patient', async () => {
  node.steps.length = 0;
  const launch = await launchFor('Patient/b', 'Encounter/e1');
  const { body } = await obtain(node, GROWTH, SCOPE, NURSE, { change: { launch } });
  expect(body).toMatchObject({ patient: 'b', encounter: 'e1', need_patient_banner: true, scope: SCOPE });
  expect(node.steps).toEqual(['login', 'consent']);
});
test('[SM21] a page that shows the patient itself says that no banner is needed', async () => {
  const launch = await node.oauth.makeLaunch({
    accountId: 'nurse',
    clientId: GROWTH.id,
    patient: 'Patient/b',
    needPatientBanner: false,
  });
  const { body } = await obtain(node, GROWTH, SCOPE, NURSE, { change: { launch } });
  expect(body['need_patient_banner']).toBe(false);
});
test('[SM14] a launch is good once', async () => {
  const launch = await launchFor('Patient/b');
  expect((await obtain(node, GROWTH, SCOPE, NURSE, { change: { launch } })).status).toBe(200);
  expect(await errorOf(launch)).toBe('invalid_request');
});
test('[SM14] a launch is good for ten minutes, and an unknown one never', async () => {
  const own = await startOAuthNode();
  await own.oauth.clients.register({
    id: GROWTH.id,
    name: 'Growth chart',
    kind: 'public',
    redirectUris: [RETURN],
    scope: SCOPE,
  });
  const launch = await own.oauth.makeLaunch({ accountId: 'nurse', clientId: GROWTH.id, patient: 'Patient/b' });
  own.pass(10 * 60_000 + 1);
  const address = authorizeAddress(own, GROWTH, SCOPE, makePkce(), { launch });
  const { left } = await own.browser().walk(address, NURSE);
  expect(left?.searchParams.get('error')).toBe('invalid_request');
  await own.close();
  expect(await errorOf('made-up')).toBe('invalid_request');
});
test('[SM14] a launch is for the program and the person that it was made for', async () => {
  expect(await errorOf(await launchFor('Patient/b'), OTHER)).toBe('invalid_request');
  expect(await errorOf(await launchFor('Patient/b'), GROWTH, { accountId: 'doctor' })).toBe('access_denied');
});
test('[SM14] a launch without the scope for it is refused', async () => {
  expect(await errorOf(await launchFor('Patient/b'), GROWTH, NURSE, 'openid patient/Observation.rs')).toBe(
    'invalid_request',
  );
});
test('[SM13] a second launch changes nothing for the patient of the first', async () => {
  const browser = node.browser();
  const first = await obtain(node, GROWTH, SCOPE, NURSE, { browser, change: { launch: await launchFor('Patient/b') } });
  const second = await obtain(node, GROWTH, SCOPE, NURSE, {
    browser,
    change: { launch: await launchFor('Patient/c') },
  });
  expect([first.body['patient'], second.body['patient']]).toEqual(['b', 'c']);
  const renewed = await refresh(node, GROWTH, first.body['refresh_token']);
  expect(renewed.body['patient']).toBe('b');
  // Ending the one is not ending the other.
  const { removeGroup } = node.rows;
  const rows = await node.rows.list('GrantContext');
  const grant = rows.find(({ value }) => value.includes('"patient":"b"') && value.includes('nora'));
  expect(grant).toBeDefined();
  for (const row of rows.filter(({ value }) => value.includes('"patient":"b"'))) await removeGroup(row.id);
  expect(await isLive(node, renewed.body['access_token'])).toBe(false);
  expect(await isLive(node, second.body['access_token'])).toBe(true);
});
