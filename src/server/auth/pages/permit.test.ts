import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sayIn } from './language.ts';
import { PASSWORD, signIn, startPagesNode, text, type PagesNode, type Seen } from './pages-node.test-kit.ts';
import { scopeWords } from './scope-words.ts';

const APP = 'growth-chart';
const CALLBACK = 'https://app.example.org/callback';
const VERIFIER = 'v'.repeat(43);
let node: PagesNode;
beforeAll(async () => {
  node = await startPagesNode();
  const registered = await node.oauth.clients.register({
    id: APP,
    name: 'Growth <Chart>',
    kind: 'public',
    redirectUris: [CALLBACK],
    scope: 'openid fhirUser launch/patient offline_access patient/*.rs user/Observation.rs',
  });
  expect(registered.ok).toBe(true);
});
afterAll(async () => {
  expect(node.errors).toEqual([]);
  await node.close();
});

async function asked(
  scope: string,
): Promise<{ readonly browser: ReturnType<PagesNode['browser']>; readonly page: Seen }> {
  const browser = node.browser();
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: APP,
    redirect_uri: CALLBACK,
    scope,
    state: 'a-state-of-enough-length',
    aud: `${browser.origin}/fhir`,
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const page = await browser.get(`/oauth/authorize?${query.toString()}`);
  expect(page.status, page.text).toBe(200);
  return { browser, page };
}
const onward = (page: Seen): string =>
  /http-equiv="refresh"\s+content="0;url=([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';

/** After a form: the page that goes on by itself, and what comes then. */
async function follow(browser: ReturnType<PagesNode['browser']>, page: Seen): Promise<Seen> {
  expect(page.status).toBe(200);
  expect(page.headers['location']).toBeUndefined();
  const to = onward(page);
  expect(to).not.toBe('');
  expect(page.text).toContain('Go on');
  const target = new URL(to, browser.origin);
  expect(target.origin).toBe(browser.origin);
  return browser.get(`${target.pathname}${target.search}`);
}

test('[SI13] [SI15] sign-in, patient, consent, and back to the program without a redirect of a form', async () => {
  const { browser, page } = await asked('openid fhirUser launch/patient patient/Observation.rs');
  expect(text(page)).toContain('to go on to Growth &lt;Chart&gt;');
  const signedIn = await browser.send(page, page.url, { userName: 'nora', password: PASSWORD }, 'value="password"');
  const picker = await follow(browser, signedIn);
  expect(text(picker)).toContain('Choose a patient');
  const found = await browser.send(picker, picker.url, { q: 'clark' }, 'value="search"');
  expect(text(found)).toContain('CLARKE, Joan (Ms)');
  expect(text(found)).toContain('CLARK, Joanne (Ms)');
  expect(node.audited.findLast((entry) => entry.act === 'search')).toMatchObject({
    name: 'Nora Quill',
    what: ['Patient'],
    query: 'name=clark',
    patients: ['Patient/p2', 'Patient/p1'],
  });
  const chosen = await browser.send(found, picker.url, { patient: 'Patient/p1' }, 'value="Patient/p1"');
  const consent = await follow(browser, chosen);
  expect(text(consent)).toContain('Signed in as Nora Quill');
  expect(text(consent)).toContain('read Observation, of the chosen patient');
  const allowed = await browser.send(consent, consent.url, { act: 'allow' });
  const back = await follow(browser, allowed);
  const location = new URL(String(back.headers['location']));
  expect(`${location.origin}${location.pathname}`).toBe(CALLBACK);
  expect(location.searchParams.get('code')).not.toBeNull();
});

test('[SI34] the account page lists the programs that act for the person, and ends one at once', async () => {
  const browser = node.browser();
  const page = await signIn(browser, 'nora');
  expect(text(page)).toContain('Growth &lt;Chart&gt;');
  expect(text(page)).toContain('read Observation, of the chosen patient');
  const ended = await browser.send(page, '/account/program-end', { program: APP });
  expect(text(ended)).toContain('Growth &lt;Chart&gt; has no access any more');
  expect(text(ended)).toContain('No program acts for you');
  expect(node.audited.at(-1)).toMatchObject({
    act: 'account',
    name: 'Nora Quill',
    detail: `access taken back from ${APP}`,
  });
  expect(await node.oauth.programsOf(String(node.people.get('nora')))).toEqual([]);
});

test('[SI13] saying no tells the program so', async () => {
  const { browser, page } = await asked('openid user/Observation.rs');
  const consent = await follow(
    browser,
    await browser.send(page, page.url, { userName: 'nora', password: PASSWORD }, 'value="password"'),
  );
  const back = await follow(browser, await browser.send(consent, consent.url, { act: 'deny' }));
  expect(new URL(String(back.headers['location'])).searchParams.get('error')).toBe('access_denied');
});

test('[SI14] a patient that the person may not know of cannot be chosen', async () => {
  const { browser, page } = await asked('openid launch/patient patient/Observation.rs');
  const picker = await follow(
    browser,
    await browser.send(page, page.url, { userName: 'nora', password: PASSWORD }, 'value="password"'),
  );
  for (const patient of ['Patient/ghost', 'Practitioner/1', '../Patient/p1', '']) {
    const refused = await browser.send(picker, picker.url, { act: 'choose', patient }, 'value="search"');
    expect(text(refused), patient).toContain('Nobody found');
  }
  const none = await browser.send(picker, picker.url, { q: 'zzz' }, 'value="search"');
  expect(text(none)).toContain('Nobody found');
});

test('[SI13] scopes in words; what has none stands as it was asked', () => {
  const t = sayIn('en');
  expect(
    scopeWords(t, [
      'openid',
      'fhirUser',
      'launch/patient',
      'launch/encounter',
      'offline_access',
      'online_access',
      'patient/*.read',
      'user/Observation.cruds',
      'user/Task.cu',
      'patient/Observation.rs?category=laboratory',
      'patient/Observation.write',
      'user/*.*',
      'something/else',
      'patient/Observation.',
    ]),
  ).toEqual([
    'know who you are',
    'know which patient and encounter you are with',
    'keep access while you are away',
    'read everything, of the chosen patient',
    'read and change Observation, as far as you may',
    'change Task, as far as you may',
    'read Observation, of the chosen patient; only where category=laboratory',
    'change Observation, of the chosen patient',
    'read and change everything, as far as you may',
    'something/else',
    'patient/Observation.',
  ]);
});
