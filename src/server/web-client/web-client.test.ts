// What a site gives the ward client, over a node with real accounts, sign-in and sessions.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDowntimeDesk } from '../../core/engine/downtime-desk.ts';
import { createEngine } from '../../core/engine/create-engine.ts';
import { patchers } from '../../core/fhir/patch/patchers.ts';
import { signIn, startPagesNode, type PagesNode, type Seen } from '../auth/pages/pages-node.test-kit.ts';
import { drawNodeKeys, isSignedBy } from '../sync-api/node-keys.ts';
import { readCode } from '../../core/sync/enrolment-code.ts';
import { openClientBuilds } from './read-builds.ts';
import { registerWebClient } from './register-web-client.ts';
import { WHO_WORDS } from './tell-who.ts';

const BUILD = '20261123-080000-1a2b3c4d';
const BEFORE = '20261122-080000-0000aaaa';
const keys = drawNodeKeys();
let node: PagesNode;
let folder: string;
let isDemo = false;
let region: 'ok' | 'away' | 'none' = 'none';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-client-'));
  layBuilds();
  node = await startPagesNode({
    also: (app, deps) => {
      const engine = createEngine({ store: deps.store, clock: deps.clock, chance: deps.chance, patch: patchers });
      registerWebClient(app, {
        pages: deps,
        node: 'site-1',
        site: 'Test General Hospital',
        sign: (text) => keys.sign(text),
        builds: openClientBuilds(folder),
        siteCode: 'TGH',
        region: async () => region,
        fingerprint: () => undefined,
        isDemo: () => isDemo,
        downtime: createDowntimeDesk({ ...deps, engine }),
      });
    },
  });
});
afterAll(async () => {
  await node.close();
  rmSync(folder, { recursive: true, force: true });
});

function layBuilds(): void {
  const file = (path: string, body: string): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), body);
  };
  const listed = (path: string, type = 'text/javascript; charset=utf-8') => ({
    path,
    hash: `h-${path}`,
    type,
    gzip: false,
  });
  file('assets/main-new.js', 'new');
  file('assets/main-old.js', 'old');
  file('secret.txt', 'not listed');
  for (const [build, name] of [
    [BEFORE, 'old'],
    [BUILD, 'new'],
  ] as const) {
    file(`builds/${build}/index.html`, `<p>${name}</p>`);
    file(`builds/${build}/sw.js`, `// ${name}`);
    file(`builds/${build}/rescue/index.html`, `<p>rescue ${name}</p>`);
    file(
      `builds/${build}/files.json`,
      JSON.stringify({
        build,
        files: [
          listed('index.html', 'text/html; charset=utf-8'),
          listed('sw.js'),
          listed('rescue/index.html', 'text/html; charset=utf-8'),
          listed(`assets/main-${name}.js`),
        ],
      }),
    );
  }
  file('current.json', JSON.stringify({ build: BUILD }));
}

const json = (seen: Seen): Record<string, unknown> => JSON.parse(seen.text);
const get = (url: string, headers: Record<string, string> = {}) =>
  node.app.inject({ url, headers: { host: 'localhost:8080', ...headers } });
async function signedIn(userName: string) {
  const browser = node.browser();
  await signIn(browser, userName);
  const who = json(await browser.get('/ward/who'));
  const token = String(who['formToken']);
  return {
    browser,
    who,
    post: (path: string, form: Record<string, string>, headers: Record<string, string | undefined> = {}) =>
      browser.post(path, form, { 'x-form-token': token, ...headers }),
  };
}

test('[WU1] what is listed is served; what is not listed is not, however the address is written', async () => {
  expect((await get('/ward/assets/main-new.js')).body).toBe('new');
  for (const path of [
    '/ward/secret.txt',
    '/ward/../secret.txt',
    '/ward/assets/../secret.txt',
    '/ward/assets/..%2fsecret.txt',
    '/ward/%2e%2e/secret.txt',
    '/ward/assets/%2e%2e%2f%2e%2e%2fcurrent.json',
    '/ward/..%5csecret.txt',
    '/ward//etc/passwd.txt',
    '/ward/current.json',
    '/ward/files.json',
    `/ward/builds/${BUILD}/files.json`,
    '/ward/constructor.js',
    '/ward/__proto__.js',
    '/rescue/../secret.txt',
    '/rescue/..%2f..%2fsecret.txt',
    '/rescue/files.json',
  ]) {
    const answer = await get(path);
    expect(answer.statusCode, path).toBeGreaterThanOrEqual(400);
    expect(answer.body, path).not.toContain('not listed');
  }
});

test('[WU2] names with a hash are kept for good; all else is asked about, and answered by its hash', async () => {
  expect((await get('/ward/assets/main-new.js')).headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect((await get('/rescue/')).headers['cache-control']).toBe('public, max-age=604800');
  for (const path of ['/ward/', '/ward/sw.js']) {
    const answer = await get(path);
    expect(answer.headers['cache-control'], path).toBe('no-cache');
    const again = await get(path, { 'if-none-match': String(answer.headers.etag) });
    expect([again.statusCode, again.body], path).toEqual([304, '']);
  }
});

test('[WU3] a tab of the build before finds its own files, and gets the page of the current one', async () => {
  expect((await get('/ward/assets/main-old.js')).body).toBe('old');
  expect((await get('/ward/')).body).toBe('<p>new</p>');
});

test('[WU4] every file comes with a policy of own files and own site alone', async () => {
  for (const path of ['/ward/', '/ward/sw.js', '/ward/assets/main-new.js', '/rescue/']) {
    const { headers } = await get(path);
    const policy = String(headers['content-security-policy']);
    expect(policy, path).toContain("default-src 'none'");
    expect(policy, path).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(policy, path).toContain("frame-ancestors 'none'");
    expect(policy, path).not.toMatch(/unsafe-inline|'unsafe-eval'|\*|https?:/);
  }
});

test('[WU5] an address of a screen is the client; a script that is gone is no page', async () => {
  expect((await get('/ward/patient/x/mar')).body).toBe('<p>new</p>');
  expect((await get('/ward/assets/main-gone.js')).statusCode).toBe(404);
  expect((await get('/ward')).headers.location).toBe('/ward/');
});

test('[WU10] anybody is told the time, the site, the region and the builds, and nothing of anybody', async () => {
  region = 'away';
  const said = (await get('/ward/now')).json();
  expect(said).toEqual({
    now: expect.any(Number),
    site: 'Test General Hospital',
    code: 'TGH',
    region: 'away',
    downtime: false,
    build: BUILD,
    minBuild: BEFORE,
    demo: false,
  });
  region = 'none';
});

test('[WU11] who is signed in is told signed, without an end, and kept by nobody', async () => {
  expect((await get('/ward/who')).statusCode).toBe(401);
  const { browser, who } = await signedIn('nora');
  const text = String(who['text']);
  const said = JSON.parse(text);
  expect(said).toMatchObject({ site: 'Test General Hospital', node: 'site-1', at: expect.any(Number) });
  expect(said.who).toMatchObject({ name: 'Nora Quill', asOf: expect.any(Number) });
  expect(JSON.stringify(said)).not.toMatch(/expir|until/i);
  const signature = String(who['signature']);
  expect(isSignedBy(keys.publicKeys.sign, WHO_WORDS + text, signature)).toBe(true);
  expect(isSignedBy(keys.publicKeys.sign, WHO_WORDS + text.replace('nurse', 'doctor'), signature)).toBe(false);
  const seen = await browser.get('/ward/who');
  expect(seen.headers['cache-control']).toBe('no-store');
  expect(seen.headers['access-control-allow-origin']).toBeUndefined();
});

test('[WU12] a supervisor gives a code, a nurse does not; in a demonstration everybody of its staff', async () => {
  const nurse = await signedIn('nora');
  expect((await nurse.post('/ward/enrol-code', { name: 'Tablet 3' })).status).toBe(403);
  const supervisor = await signedIn('sue');
  const given = await supervisor.post('/ward/enrol-code', { name: 'Tablet 3', ward: 'Location/ward-a' });
  expect(given.status, given.text).toBe(200);
  const { code, link, qrSvg } = json(given);
  expect(readCode(String(code)).ok).toBe(true);
  expect(link).toBe(`http://localhost:8080/ward/#enrol=${String(code)}`);
  expect(new URL(String(link)).pathname + new URL(String(link)).search).toBe('/ward/');
  expect(qrSvg).toContain('<svg');
  expect(node.audited.at(-1)).toMatchObject({
    act: 'account',
    what: ['Location/ward-a'],
    detail: 'device invited: Tablet 3',
  });
  expect(JSON.stringify(node.audited)).not.toContain(String(code));
  expect((await supervisor.post('/ward/enrol-code', { name: '' })).status).toBe(422);
  expect((await supervisor.post('/ward/enrol-code', { name: 'Tablet \u001b[2J' })).status).toBe(422);
  expect((await supervisor.post('/ward/enrol-code', { name: 'Tablet \u202e3' })).status).toBe(422);
  expect((await supervisor.post('/ward/enrol-code', { name: 'x', ward: 'Patient/1' })).status).toBe(422);
  isDemo = true;
  expect((await nurse.post('/ward/enrol-code', { name: 'Tablet 4' })).status).toBe(200);
  isDemo = false;
});

test('[WU13] whoever is on the staff gets a session that keeps nothing, for a place of their own (CR15)', async () => {
  const nurse = await signedIn('nora');
  const given = await nurse.post('/ward/thin-code', { ward: 'Location/ward-a' });
  expect(given.status, given.text).toBe(200);
  const { code, expiresAt } = json(given);
  expect(readCode(String(code)).ok).toBe(true);
  expect(Number(expiresAt) - node.clock.now()).toBeLessThanOrEqual(10 * 60_000);
  expect(node.audited.at(-1)).toMatchObject({ name: 'Nora Quill', detail: 'session that keeps nothing' });
  expect((await nurse.post('/ward/thin-code', { ward: 'Location/ward-b' })).status).toBe(403);
  expect((await nurse.post('/ward/thin-code', {})).status).toBe(200);
  // Each stands in the register of nodes for good: a script makes no thousand of them.
  const many = await Promise.all(Array.from({ length: 31 }, () => nurse.post('/ward/thin-code', {})));
  expect(many.map(({ status }) => status).filter((status) => status === 429).length).toBeGreaterThan(0);
});

test('[WU14] what another page posts is not believed, nor what comes without the token', async () => {
  const { post, browser } = await signedIn('sue');
  const wish = { name: 'Tablet 5' };
  expect((await post('/ward/enrol-code', wish, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect((await post('/ward/enrol-code', wish, { 'sec-fetch-site': 'same-site' })).status).toBe(403);
  expect((await browser.post('/ward/enrol-code', wish)).status).toBe(403);
  expect((await post('/ward/enrol-code', wish, { 'x-form-token': 'x' })).status).toBe(403);
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': undefined };
  expect((await post('/ward/enrol-code', wish, foreign)).status).toBe(403);
  expect((await post('/ward/downtime', { reason: 'The power is gone' }, foreign)).status).toBe(403);
});

test('[WU15] a downtime is declared by the incident lead of the site, with a reason', async () => {
  const nurse = await signedIn('nora');
  expect((await nurse.post('/ward/downtime', { reason: 'The power is gone' })).status).toBe(403);
  const lead = await signedIn('ida');
  expect((await lead.post('/ward/downtime', { reason: ' ' })).status).toBe(422);
  const declared = await lead.post('/ward/downtime', { reason: 'The power is gone' });
  expect(json(declared)).toMatchObject({ downtime: true, downtimeSince: expect.any(String) });
  expect((await get('/ward/now')).body).not.toContain('power');
  expect(json(await lead.post('/ward/downtime', { act: 'end', reason: '' }))).toMatchObject({ downtime: false });
});

test('[WU6] a node without a built client says so', async () => {
  const empty = openClientBuilds(join(folder, 'nowhere'));
  expect([empty.current(), empty.find('index.html')]).toEqual([undefined, undefined]);
});
