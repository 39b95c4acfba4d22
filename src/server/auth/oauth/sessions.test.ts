// The provider's own session: what is asked again, who takes whose place, and what signing out ends.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { WEB_CLIENT } from './clients.ts';
import {
  authorizeAddress,
  exchange,
  isLive,
  makePkce,
  obtain,
  refresh,
  startOAuthNode,
  type Browser,
  type OAuthNode,
  type Person,
  type Program,
} from './oauth-node.test-kit.ts';
import { rowIdOf } from './token-rows.ts';

const RETURN = 'https://app.example.org/return';
const ONLINE = 'openid user/Observation.rs online_access';
const OFFLINE = 'openid user/Observation.rs offline_access';
const NURSE: Person = { accountId: 'nurse' };
const DOCTOR: Person = { accountId: 'doctor' };
const GROWTH: Program = { id: 'growth-chart', redirectUri: RETURN };
const PHONE: Program = { id: 'phone-app', redirectUri: 'org.example.phone:/return' };
let node: OAuthNode;
let web: Program;

beforeAll(async () => {
  node = await startOAuthNode();
  const request = { name: 'App', kind: 'public', scope: 'openid user/*.rs online_access offline_access' } as const;
  await node.oauth.clients.register({
    ...request,
    id: GROWTH.id,
    redirectUris: [RETURN],
    postLogoutRedirectUris: ['https://app.example.org/bye'],
  });
  await node.oauth.clients.register({ ...request, id: PHONE.id, redirectUris: [PHONE.redirectUri] });
  web = { id: WEB_CLIENT, redirectUri: `${node.origin}/session/return` };
});
beforeEach(() => void (node.steps.length = 0));
afterAll(async () => node.close());

const sessionOf = (browser: Browser): string | undefined =>
  browser.cookies.find(({ name }) => name === 'holdfast-sso')?.value;

test('[SM15] [SM17] a browser that is signed in is not asked again, nor is a consent that was given', async () => {
  const browser = node.browser();
  const person: Person = { accountId: 'patient' };
  await obtain(node, GROWTH, OFFLINE, person, { browser });
  expect(node.steps).toEqual(['login', 'consent']);
  expect((await obtain(node, GROWTH, OFFLINE, person, { browser })).status).toBe(200);
  expect(node.steps).toEqual(['login', 'consent']);
  const silent = await obtain(node, GROWTH, ONLINE.replace(' online_access', ''), person, {
    browser,
    change: { prompt: 'none' },
  });
  expect(silent.status).toBe(200);
  await obtain(node, GROWTH, `${OFFLINE} user/Condition.rs`, person, { browser });
  expect(node.steps).toEqual(['login', 'consent', 'consent']);
});
test('[SM15] what was agreed to in part is asked again', async () => {
  const browser = node.browser();
  const first = await obtain(node, GROWTH, ONLINE, { ...DOCTOR, agreesTo: ['openid'] }, { browser });
  expect(first.body['scope']).toBe('openid');
  await obtain(node, GROWTH, ONLINE, DOCTOR, { browser });
  expect(node.steps).toEqual(['login', 'consent', 'consent']);
});
test('[SM15] a program on a private scheme is asked about each time', async () => {
  const browser = node.browser();
  await obtain(node, PHONE, ONLINE, NURSE, { browser });
  await obtain(node, PHONE, ONLINE, NURSE, { browser });
  expect(node.steps).toEqual(['login', 'consent', 'consent']);
  const address = authorizeAddress(node, PHONE, ONLINE, makePkce(), { prompt: 'none' });
  const { left } = await browser.walk(address, NURSE);
  expect(left?.searchParams.get('error')).toBe('consent_required');
});
test('[SM17] a program that wants a fresh sign-in or consent gets it', async () => {
  const browser = node.browser();
  await obtain(node, GROWTH, OFFLINE, NURSE, { browser });
  node.steps.length = 0;
  await obtain(node, GROWTH, OFFLINE, NURSE, { browser, change: { prompt: 'login' } });
  await obtain(node, GROWTH, OFFLINE, NURSE, { browser, change: { prompt: 'consent' } });
  expect(node.steps).toEqual(['login', 'consent']);
});
test('[SM17] nobody signed in and no page wanted is an error, not a page', async () => {
  const address = authorizeAddress(node, GROWTH, OFFLINE, makePkce(), { prompt: 'none' });
  const { left } = await node.browser().walk(address, NURSE);
  expect(left?.searchParams.get('error')).toBe('login_required');
});
test('[SM24] a session that was planted is worth nothing, and each sign-in makes a new one', async () => {
  const browser = node.browser();
  browser.plant({ name: 'holdfast-sso', value: 'planted', path: '/', attributes: '' });
  await obtain(node, GROWTH, OFFLINE, NURSE, { browser });
  const first = sessionOf(browser);
  expect(first).not.toBe('planted');
  expect(await node.rows.get('Session', rowIdOf('planted'))).toBeUndefined();
  await obtain(node, GROWTH, OFFLINE, NURSE, { browser, change: { prompt: 'login' } });
  expect(sessionOf(browser)).not.toBe(first);
  expect(await node.rows.get('Session', rowIdOf(first ?? ''))).toBeUndefined();
  const cookie = browser.cookies.find(({ name }) => name === 'holdfast-sso')?.attributes ?? '';
  expect(cookie).toMatch(/httponly/i);
  expect(cookie).toMatch(/samesite=lax/i);
});
test('[SM24] a cookie that the node did not sign is no session', async () => {
  const [signedIn, thief] = [node.browser(), node.browser()];
  await obtain(node, GROWTH, OFFLINE, NURSE, { browser: signedIn });
  const attributes = '';
  thief.plant({ name: 'holdfast-sso', value: sessionOf(signedIn) ?? '', path: '/', attributes });
  thief.plant({ name: 'holdfast-sso.sig', value: 'A'.repeat(27), path: '/', attributes });
  node.steps.length = 0;
  await obtain(node, GROWTH, OFFLINE, DOCTOR, { browser: thief });
  expect(node.steps[0]).toBe('login');
});
test('[SM24] [SM16] another person at the same browser ends the session of the one before', async () => {
  const browser = node.browser();
  const online = await obtain(node, GROWTH, ONLINE, NURSE, { browser });
  const offline = await obtain(node, GROWTH, OFFLINE, NURSE, { browser });
  const pages = await obtain(node, web, 'openid offline_access user/*.rs', NURSE, { browser });
  const before = sessionOf(browser);
  const next = await obtain(node, web, 'openid offline_access user/*.rs', DOCTOR, {
    browser,
    change: { prompt: 'login' },
  });
  expect(next.status).toBe(200);
  const alive = await Promise.all([online, offline, pages, next].map(({ body }) => isLive(node, body['access_token'])));
  expect(alive).toEqual([false, true, false, true]);
  expect(await node.rows.get('Session', rowIdOf(before ?? ''))).toBeUndefined();
  node.steps.length = 0;
  const third = await obtain(node, web, 'openid user/*.rs', NURSE, { browser });
  expect(node.steps).toEqual([]);
  const row = await node.rows.get('AccessToken', rowIdOf(String(third.body['access_token'])));
  expect(JSON.parse(row?.value ?? '{}')).toMatchObject({ accountId: 'doctor' });
});
test('[SM24] an account that was disabled is asked who is there', async () => {
  const browser = node.browser();
  await obtain(node, GROWTH, OFFLINE, NURSE, { browser });
  node.disabled.add('nurse');
  node.steps.length = 0;
  const { status } = await obtain(node, GROWTH, OFFLINE, DOCTOR, { browser });
  node.disabled.delete('nurse');
  expect([node.steps[0], status]).toEqual(['login', 200]);
});
test('[SM16] a program that signs the person out ends the session’s grants, but not those for use without the person', async () => {
  const browser = node.browser();
  const online = await obtain(node, GROWTH, ONLINE, NURSE, { browser });
  const offline = await obtain(node, GROWTH, OFFLINE, NURSE, { browser });
  const elsewhere = await obtain(node, GROWTH, ONLINE, NURSE);
  const parameters = new URLSearchParams({
    id_token_hint: String(online.body['id_token']),
    post_logout_redirect_uri: 'https://app.example.org/bye',
    state: 'later',
  });
  const { page } = await browser.walk(`/oauth/sign-out?${parameters.toString()}`, NURSE);
  const html = (await page?.text()) ?? '';
  expect(html).toContain('Sign out?');
  expect(html).not.toContain('<script');
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
  const confirm = async (form: Record<string, string>): Promise<Response> =>
    browser.fetch('/oauth/sign-out/confirm', NURSE, { method: 'POST', body: new URLSearchParams(form) });
  // Another site cannot press the button.
  expect((await confirm({ xsrf: 'guessed', logout: 'yes' })).status).toBe(400);
  expect(await isLive(node, online.body['access_token'])).toBe(true);
  const answer = await confirm({ xsrf, logout: 'yes' });
  expect(answer.headers.get('location')).toBe('https://app.example.org/bye?state=later');
  const alive = await Promise.all([online, offline, elsewhere].map(({ body }) => isLive(node, body['access_token'])));
  expect(alive).toEqual([false, true, true]);
  expect((await refresh(node, GROWTH, offline.body['refresh_token'])).status).toBe(200);
  node.steps.length = 0;
  await obtain(node, GROWTH, ONLINE, NURSE, { browser });
  expect(node.steps[0]).toBe('login');
});
test('[SM16] the pages sign the browser out of the provider', async () => {
  const browser = node.browser();
  const pages = await obtain(node, web, 'openid offline_access user/*.rs', NURSE, { browser });
  await browser.fetch('/out', NURSE, { method: 'POST' });
  expect(await isLive(node, pages.body['access_token'])).toBe(false);
  node.steps.length = 0;
  await obtain(node, web, 'openid user/*.rs', DOCTOR, { browser });
  expect(node.steps).toEqual(['login']);
});
test('[SM31] a person sees which programs act for them, and ends one of them at once', async () => {
  const own = await startOAuthNode();
  const request = { kind: 'public', scope: 'openid launch/patient patient/*.rs user/*.rs offline_access' } as const;
  await own.oauth.clients.register({ ...request, id: GROWTH.id, name: 'Growth', redirectUris: [RETURN] });
  await own.oauth.clients.register({ ...request, id: 'other', name: 'Other', redirectUris: [RETURN] });
  const [browser, other] = [own.browser(), { id: 'other', redirectUri: RETURN }];
  const pages = { id: WEB_CLIENT, redirectUri: `${own.origin}/session/return` };
  const person: Person = { accountId: 'patient' };
  await obtain(own, pages, 'openid offline_access', person, { browser });
  const first = await obtain(own, GROWTH, 'launch/patient patient/Observation.rs offline_access', person, { browser });
  const second = await obtain(own, GROWTH, 'user/Patient.rs offline_access', person, { browser });
  const third = await obtain(own, other, OFFLINE, person, { browser });
  const others = await obtain(own, GROWTH, OFFLINE, NURSE);
  expect(await own.oauth.programsOf('patient')).toMatchObject([
    { clientId: GROWTH.id, patients: ['pat'] },
    { clientId: 'other', patients: [], scopes: OFFLINE.split(' ') },
  ]);
  await own.oauth.withdraw('patient', GROWTH.id);
  const all = [first, second, third, others];
  const alive = await Promise.all(all.map(({ body }) => isLive(own, body['access_token'])));
  expect(alive).toEqual([false, false, true, true]);
  expect((await refresh(own, GROWTH, first.body['refresh_token'])).body['error']).toBe('invalid_grant');
  expect((await own.oauth.programsOf('patient')).map(({ clientId }) => clientId)).toEqual(['other']);
  own.steps.length = 0;
  await obtain(own, GROWTH, 'user/Patient.rs offline_access', person, { browser });
  expect(own.steps).toEqual(['consent']);
  // A program that is used for long stays in sight.
  own.pass(100 * 86_400_000);
  await refresh(own, other, third.body['refresh_token']);
  own.pass(100 * 86_400_000);
  expect((await own.oauth.programsOf('patient')).map(({ clientId }) => clientId)).toEqual(['other']);
  await own.close();
});
test('[SM25] a step belongs to its browser and is over when it was answered', async () => {
  const browser = node.browser();
  const start = await browser.fetch(authorizeAddress(node, GROWTH, OFFLINE, makePkce()), NURSE);
  const step = start.headers.get('location') ?? '';
  expect(step).toMatch(/^\/sign-in\/[\w-]{43}$/);
  expect((await node.browser().fetch(step, NURSE)).status).toBe(410);
  const tampered = node.browser();
  for (const cookie of browser.cookies.filter(({ name }) => !name.endsWith('.sig'))) tampered.plant(cookie);
  expect((await tampered.fetch(step, NURSE)).status).toBe(410);
  const answered = await browser.fetch(step, NURSE);
  expect(answered.status).toBe(303);
  await browser.walk(answered.headers.get('location') ?? '', NURSE);
  expect((await browser.fetch(step, NURSE)).status).toBe(410);
});
test('[SM25] a step that was left for hours is over', async () => {
  const own = await startOAuthNode();
  await own.oauth.clients.register({
    id: GROWTH.id,
    name: 'App',
    kind: 'public',
    redirectUris: [RETURN],
    scope: OFFLINE,
  });
  const browser = own.browser();
  const start = await browser.fetch(authorizeAddress(own, GROWTH, OFFLINE, makePkce()), NURSE);
  own.pass(2 * 3_600_000 + 1);
  expect((await browser.fetch(start.headers.get('location') ?? '', NURSE)).status).toBe(410);
  await own.close();
});

test('[SM24] what somebody settled is not settled for the next person who signs in within the same request', async () => {
  const browser = node.browser();
  const pkce = makePkce();
  const scope = 'launch/patient patient/*.rs offline_access';
  const picker: Program = { id: 'picker', redirectUri: RETURN };
  await node.oauth.clients.register({ id: picker.id, name: 'App', kind: 'public', scope, redirectUris: [RETURN] });
  const first = { ...NURSE, patient: 'Patient/first' };
  node.steps.length = 0;
  let next = authorizeAddress(node, picker, scope, pkce);
  while (node.steps.at(-1) !== 'patient') {
    const answer = await browser.fetch(next, first);
    next = new URL(answer.headers.get('location') ?? '', node.origin).href;
  }
  node.disabled.add('nurse');
  node.steps.length = 0;
  const { left } = await browser.walk(next, { ...DOCTOR, patient: 'Patient/second' });
  node.disabled.delete('nurse');
  expect(node.steps).toEqual(['login', 'patient', 'consent']);
  const answer = await exchange(node, picker, left?.searchParams.get('code') ?? '', pkce);
  expect(answer.body).toMatchObject({ patient: 'second' });
});
