import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { err, ok } from '../../../core/base/result.ts';
import { memoryExpiringRows } from '../../ports/memory-expiring-rows.ts';
import { nodePorts } from '../../ports/node-ports.ts';
import { PAGE_POLICY } from './layout.ts';
import { hiddenFields, PASSWORD, signIn, startPagesNode, text, type PagesNode } from './pages-node.test-kit.ts';
import { openWebSessions, SESSION_COOKIE } from './web-session.ts';

let node: PagesNode;
beforeAll(async () => {
  node = await startPagesNode({ trustProxy: true });
});
afterAll(async () => {
  expect(node.errors).toEqual([]);
  await node.close();
});
const HOUR = 3_600_000;
const NEVER_MADE = 'A'.repeat(43);

describe('beginning', () => {
  test('[SI16] the way to the sign-in has PKCE, state and nonce, and always asks who is there', async () => {
    const answer = await node.app.inject({ url: '/session/start?to=/staff', headers: { host: 'localhost:8080' } });
    const to = new URL(String(answer.headers.location), 'http://localhost:8080');
    expect(to.pathname).toBe('/oauth/authorize');
    expect(Object.fromEntries(to.searchParams)).toMatchObject({
      code_challenge_method: 'S256',
      prompt: 'login',
      redirect_uri: 'http://localhost:8080/session/return',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(to.searchParams.get(name)?.length).toBe(43);
    expect(String(answer.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Lax; Max-Age=600/);
  });
  test('[SI16] an answer whose state is not of this browser begins nothing', async () => {
    for (const query of ['', '?code=x', `?code=x&state=${NEVER_MADE}`, '?error=access_denied']) {
      const browser = node.browser();
      await browser.get('/session/start');
      const page = await browser.get(`/session/return${query}`);
      expect(page.status, query).toBe(400);
      expect([...browser.cookies.keys()]).not.toContain(SESSION_COOKIE);
    }
  });
  test('[SI16] an id token with another nonce begins nothing, and its grant is revoked', async () => {
    const revoked: string[] = [];
    const tampered = await startPagesNode({
      tokens: (real) => ({
        ...real,
        exchange: async (...given) => {
          const done = await real.exchange(...given);
          const claims = Buffer.from(JSON.stringify({ sub: 'x', nonce: 'another' })).toString('base64url');
          return done.ok ? ok({ ...done.value, idToken: `e30.${claims}.` }) : done;
        },
        revoke: async (token) => {
          revoked.push(token);
          await real.revoke(token);
        },
      }),
    });
    const page = await signIn(tampered.browser(), 'nora');
    expect(page.status).toBe(400);
    expect(revoked.length).toBe(1);
    await tampered.close();
  });
  test('[SI17] a planted cookie is replaced at sign-in and worth nothing before and after', async () => {
    const browser = node.browser();
    browser.cookies.set(SESSION_COOKIE, { value: NEVER_MADE, path: '/' });
    expect((await browser.get('/account')).url).toContain('/sign-in/');
    await signIn(browser, 'nora');
    const value = browser.cookies.get(SESSION_COOKIE)?.value;
    expect(value).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(value).not.toBe(NEVER_MADE);
    const thief = node.browser();
    thief.cookies.set(SESSION_COOKIE, { value: NEVER_MADE, path: '/' });
    expect((await thief.get('/account')).url).toContain('/sign-in/');
  });
  test('[SI17] each sign-in makes a new value and ends the session that was brought', async () => {
    const browser = node.browser();
    await signIn(browser, 'nora');
    const before = browser.cookies.get(SESSION_COOKIE)?.value ?? '';
    await signIn(browser, 'dan');
    expect(browser.cookies.get(SESSION_COOKIE)?.value).not.toBe(before);
    expect(await node.sessions.find(before)).toBeUndefined();
    const old = node.browser();
    old.cookies.set(SESSION_COOKIE, { value: before, path: '/' });
    expect((await old.get('/account')).url).toContain('/sign-in/');
  });
  test('[SI18] on loopback the cookie is HttpOnly and Lax; with TLS it is __Host- and Secure too', async () => {
    const plain = node.browser();
    await signIn(plain, 'nora');
    const secure = node.browser({ secure: true, host: 'localhost' });
    await signIn(secure, 'nora');
    const line = (lines: readonly string[], name: string): string =>
      lines.findLast((each) => each.startsWith(`${name}=`)) ?? '';
    expect(line(plain.set, SESSION_COOKIE)).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(line(secure.set, `__Host-${SESSION_COOKIE}`)).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    // With TLS the plain name is nobody's: a neighbouring host could have set it.
    const value = secure.cookies.get(`__Host-${SESSION_COOKIE}`)?.value ?? '';
    const tossed = node.browser({ secure: true, host: 'localhost' });
    tossed.cookies.set(SESSION_COOKIE, { value, path: '/' });
    expect((await tossed.get('/account')).url).toContain('/sign-in/');
    for (const method of ['GET', 'HEAD'])
      for (const [cookie, good] of [
        [`__Host-${SESSION_COOKIE}=${value}`, true],
        [`${SESSION_COOKIE}=${value}`, false],
      ] as const) {
        const asked = { method, authorization: undefined, cookie, fetchSite: 'same-origin' };
        expect((await node.authenticator.authenticate(asked)).ok, cookie).toBe(good);
      }
    for (const each of secure.set.filter((cookie) => /^__Host-holdfast-(?!sso)/.test(cookie)))
      expect(each).toContain('; Path=/; HttpOnly');
  });
  test('[SI18] the rows hold neither the cookie nor a token that it opens', async () => {
    const browser = node.browser();
    await signIn(browser, 'nora');
    const secret = browser.cookies.get(SESSION_COOKIE)?.value ?? '';
    const session = await node.sessions.find(secret);
    const rows = await node.rows.list('web-session');
    expect(rows.length).toBeGreaterThan(0);
    const all = JSON.stringify(rows);
    for (const hidden of [secret, session?.accessToken ?? '?', session?.refreshToken ?? '?'])
      expect(all).not.toContain(hidden);
    expect(rows.some((row) => row.value.includes(String(node.people.get('nora'))))).toBe(true);
  });
});

describe('renewal', () => {
  function sessionsWith(refresh: () => Promise<'renewed' | 'gone'>) {
    let now = 1_000_000;
    const clock = { now: () => now };
    const calls: string[] = [];
    const rows = memoryExpiringRows(clock);
    const sessions = openWebSessions({
      rows,
      clock,
      chance: nodePorts().chance,
      tokens: {
        refresh: async (token) => {
          calls.push(token);
          return (await refresh()) === 'gone'
            ? err('invalid_grant')
            : ok({ accessToken: `access-${calls.length}`, expiresInSeconds: 3_600 });
        },
        revoke: async (token) => void calls.push(`revoked ${token}`),
      },
    });
    const first = { accessToken: 'access-0', refreshToken: 'refresh-0', expiresInSeconds: 3_600 };
    return { sessions, calls, rows, first, pass: (ms: number) => void (now += ms) };
  }

  test('[SI19] a token is renewed before it ends, once however many ask, and the cookie stays', async () => {
    const { sessions, calls, first, pass } = sessionsWith(async () => 'renewed');
    const secret = await sessions.begin(first, 'account-1', undefined);
    pass(54 * 60_000);
    expect((await sessions.find(secret))?.accessToken).toBe('access-0');
    pass(2 * 60_000);
    const found = await Promise.all([1, 2, 3, 4].map(() => sessions.find(secret)));
    expect(calls).toEqual(['refresh-0']);
    expect(found.every((each) => ['access-0', 'access-1'].includes(each?.accessToken ?? ''))).toBe(true);
    expect(await sessions.find(secret)).toMatchObject({
      accessToken: 'access-1',
      refreshToken: 'refresh-0',
      accountId: 'account-1',
    });
  });
  test('[SI19] after a night the first who asks gets a new token, and all others too', async () => {
    const { sessions, calls, first, pass } = sessionsWith(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 'renewed';
    });
    const secret = await sessions.begin(first, 'account-1', undefined);
    pass(8 * HOUR);
    const found = await Promise.all([1, 2, 3].map(() => sessions.tokenOf(`a=b; ${SESSION_COOKIE}=${secret}`)));
    expect(found).toEqual(['access-1', 'access-1', 'access-1']);
    expect(calls).toEqual(['refresh-0']);
  });
  test('[SI19] no answer to a renewal keeps the session; a grant that is gone ends it', async () => {
    const answers: (() => 'renewed' | 'gone')[] = [
      () => {
        throw new Error('no answer');
      },
      () => 'gone',
    ];
    const { sessions, rows, first, pass } = sessionsWith(async () => (answers.shift() ?? (() => 'gone' as const))());
    const secret = await sessions.begin(first, 'account-1', undefined);
    pass(56 * 60_000);
    expect((await sessions.find(secret))?.accessToken).toBe('access-0');
    pass(60_000);
    expect(await sessions.find(secret)).toBeUndefined();
    expect(await rows.list('web-session')).toEqual([]);
  });
  test('[SI19] a session ends 16 hours after its last use, not before', async () => {
    const { sessions, first, pass } = sessionsWith(async () => 'renewed');
    const secret = await sessions.begin(first, 'account-1', undefined);
    for (let shift = 0; shift < 4; shift++) {
      pass(15 * HOUR);
      expect(await sessions.find(secret), `shift ${shift}`).toBeDefined();
    }
    pass(16 * HOUR + 1);
    expect(await sessions.find(secret)).toBeUndefined();
  });
  test('[SI19] with the real provider a session outlives its access token by shifts, in two tabs', async () => {
    const browser = node.browser();
    await signIn(browser, 'nora');
    for (let hour = 0; hour < 5; hour++) {
      node.pass(3 * HOUR);
      const pages = await Promise.all([browser.get('/account'), browser.get('/account')]);
      for (const page of pages) expect(text(page)).toContain('Nora Quill');
    }
  });
  test('[SI19] a disabled account has no session any more', async () => {
    const browser = node.browser();
    await signIn(browser, 'rex');
    await node.accounts.setDisabled(String(node.people.get('rex')), true, 'terminal');
    expect((await browser.get('/account')).url).toContain('/sign-in/');
    await node.accounts.setDisabled(String(node.people.get('rex')), false, 'terminal');
  });
});

describe('ending', () => {
  test('[SI20] signing out ends the session, its tokens and the provider’s session', async () => {
    const browser = node.browser();
    const page = await signIn(browser, 'nora');
    const secret = browser.cookies.get(SESSION_COOKIE)?.value ?? '';
    const token = (await node.sessions.find(secret))?.accessToken ?? '';
    const sessions = (await node.rows.list('Session')).length;
    const out = await browser.send(page, '/session/end', {});
    expect(out.url).toBe('/session/ended');
    expect(browser.cookies.has(SESSION_COOKIE)).toBe(false);
    expect(await node.sessions.find(secret)).toBeUndefined();
    const asked = await node.authenticator.authenticate({
      method: 'GET',
      authorization: `Bearer ${token}`,
      cookie: undefined,
      fetchSite: undefined,
    });
    expect(asked.ok).toBe(false);
    expect((await node.rows.list('Session')).length).toBe(sessions - 1);
  });
  test('[SI20] changing the user is one click to the sign-in, and the next is the next person', async () => {
    const browser = node.browser();
    const page = await signIn(browser, 'nora');
    const next = await browser.send(page, '/session/end', Object.fromEntries(new URLSearchParams('then=sign-in')));
    expect(next.url).toContain('/sign-in/');
    await browser.send(next, next.url, { userName: 'dan', password: PASSWORD }, 'value="password"');
    expect(text(await browser.get('/account'))).toContain('Dan Moss');
  });
});

describe('forms from elsewhere', () => {
  const REFUSED: readonly (readonly [
    string,
    Readonly<Record<string, string | undefined>>,
    Readonly<Record<string, string>>,
  ])[] = [
    ['no token', {}, { token: '' }],
    ['a token of somebody else', {}, { token: 'A'.repeat(43) }],
    ['another site', { 'sec-fetch-site': 'cross-site' }, {}],
    ['a neighbouring host', { 'sec-fetch-site': 'same-site' }, {}],
    ['an old browser at another origin', { 'sec-fetch-site': undefined, origin: 'https://evil.example' }, {}],
    ['an origin of nothing', { 'sec-fetch-site': undefined, origin: 'null' }, {}],
    ['nobody says from where', { 'sec-fetch-site': undefined, origin: undefined }, {}],
  ];
  for (const [name, headers, form] of REFUSED) {
    test(`[SI21] ${name}: refused, and nothing is changed`, async () => {
      const browser = node.browser();
      const page = await signIn(browser, 'sue', PASSWORD, '/staff');
      const token = /name="token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
      for (const [path, fields] of [
        ['/session/end', {}],
        ['/account/recovery', { once: 'A'.repeat(22) }],
        ['/staff/enrol', { given: 'X', family: 'Y', role: 'nurse', until: 'shift', once: 'B'.repeat(22) }],
        ['/break-glass/open', { patient: 'Patient/p1', words: 'because of this' }],
      ] as const) {
        const refused = await browser.post(path, { token, ...fields, ...form }, headers);
        expect(refused.status, path).toBe(403);
      }
      expect(text(await browser.get('/account'))).toContain('Codes left: 0');
      expect(text(await browser.get('/staff'))).not.toContain('X Y');
    });
  }
  test('[SI21] an old browser that says the origin alone is believed', async () => {
    const browser = node.browser();
    const page = await signIn(browser, 'nora');
    const token = /name="token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    expect((await browser.post('/session/end', { token }, { 'sec-fetch-site': undefined })).url).toBe('/session/ended');
  });
  test('[SI21] a sign-in form without its token signs nobody in', async () => {
    const browser = node.browser();
    const page = await browser.get('/session/start');
    const refused = await browser.post(page.url, { act: 'password', userName: 'nora', password: PASSWORD });
    expect(refused.status).toBe(403);
    const elsewhere = await browser.send(page, page.url, { userName: 'nora', password: PASSWORD }, 'value="password"');
    expect(elsewhere.status).not.toBe(403);
  });
  test('[SI21] a form that is none, or too large, is refused as one', async () => {
    for (const [type, payload] of [
      ['application/json', '{}'],
      ['multipart/form-data; boundary=x', '--x--'],
      ['application/x-www-form-urlencoded', `a=${'b'.repeat(70_000)}`],
    ] as const) {
      const answer = await node.app.inject({
        method: 'POST',
        url: '/session/end',
        headers: { 'content-type': type },
        payload,
      });
      expect([413, 415], type).toContain(answer.statusCode);
      expect(answer.headers['content-security-policy']).toBe(PAGE_POLICY);
    }
  });
});

test('[SI22] every answer has the strict policy, is in no frame, kept by nobody and of its type alone', async () => {
  const browser = node.browser();
  const pages = [
    await browser.get('/session/start'),
    await browser.get('/session/ended'),
    await browser.get('/sign-in/none'),
  ];
  pages.push(await signIn(browser, 'sue', PASSWORD, '/staff'));
  for (const path of ['/account', '/break-glass', '/break-glass/review']) pages.push(await browser.get(path));
  pages.push(await browser.post('/session/end', {}));
  for (const page of pages) {
    expect(page.headers, page.url).toMatchObject({
      'content-security-policy': PAGE_POLICY,
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
    });
  }
  for (const rule of [
    "default-src 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "base-uri 'none'",
    "script-src 'self'",
  ]) {
    expect(PAGE_POLICY).toContain(rule);
  }
  for (const path of ['/ui/holdfast.css', '/ui/holdfast.js']) {
    const answer = await node.app.inject({ url: path });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.body).not.toMatch(/https?:\/\//);
  }
});

test('[SI37] behind a proxy the address of a person is the one that the proxy wrote, for guesses and for the audit', async () => {
  const tryFrom = async (number: number, forwarded: string): Promise<number> => {
    const browser = node.browser({ headers: { 'x-forwarded-for': forwarded } });
    const page = await browser.get('/session/start');
    return (await browser.send(page, page.url, { userName: 'rex', password: `guess ${number}` }, 'value="password"'))
      .status;
  };
  const statuses: number[] = [];
  // What stands before the last is the client's own word: another one each time.
  for (let n = 0; n < 8; n++) statuses.push(await tryFrom(n, `203.0.113.${n}, 198.51.100.7`));
  expect(statuses).toContain(429);
  expect(await tryFrom(9, '198.51.100.8')).toBe(422);
  const told = node.audited.filter(
    ({ act, address }) => act === 'sign-in-failed' && address?.startsWith('203.') === true,
  );
  expect(told).toEqual([]);
  node.pass(HOUR);
});

test('[WI8] a session that opened a page has proved good, and only the cookie that was looked at', async () => {
  const browser = node.browser({ secure: true, host: 'localhost' });
  await signIn(browser, 'nora');
  const secret = browser.cookies.get('__Host-holdfast-session')?.value ?? '';
  node.proved.length = 0;
  await browser.get('/account');
  expect(node.proved).toEqual([`__Host-holdfast-session=${secret}`]);
  node.proved.length = 0;
  await node.browser({ headers: { cookie: `holdfast-session=${NEVER_MADE}` } }).get('/account');
  expect(node.proved).toEqual([]);
});

test('[AN38] changing the password ends one’s other sessions and half-done sign-ins; the session that did it stays', async () => {
  const [here, elsewhere, other] = [node.browser(), node.browser(), node.browser()];
  const page = await signIn(here, 'dan');
  await signIn(elsewhere, 'dan');
  await signIn(other, 'nora');
  const next = 'a quite different password';
  const form = { current: PASSWORD, next, again: next };
  const done = await here.send(page, '/account/password', form);
  expect(done.status).toBe(200);
  expect((await here.get('/account')).url).toBe('/account');
  expect((await other.get('/account')).url).toBe('/account');
  expect((await elsewhere.get('/account')).url).toContain('/sign-in/');
  const back = await here.send(done, '/account/password', { current: next, next: PASSWORD, again: PASSWORD });
  expect(back.status).toBe(200);
  // Signing out still ends what the session gave.
  await here.send(back, '/session/end', {});
  expect((await here.get('/account')).url).toContain('/sign-in/');
});

test('[AN38] who waits with a temporary password is out once its owner chose another', async () => {
  const id = node.people.get('rex') ?? '';
  const reset = await node.accounts.resetPassword(id, 'terminal');
  const temporary = reset.ok ? reset.value.temporaryPassword : '';
  const [thief, owner] = [node.browser(), node.browser()];
  const [stolen, own] = [await signIn(thief, 'rex', temporary), await signIn(owner, 'rex', temporary)];
  const choose = (browser: typeof owner, page: typeof own, next: string) =>
    browser.send(page, page.url, { next, again: next }, 'value="new-password"');
  expect((await choose(owner, own, PASSWORD)).url).toBe('/account');
  await choose(thief, stolen, 'the thief chose this one');
  expect((await thief.get('/account')).url).toContain('/sign-in/');
  expect((await signIn(node.browser(), 'rex')).url).toBe('/account');
});

test('[SI36] a session that stands open gives no passkey and no recovery codes; signing in anew does', async () => {
  const browser = node.browser();
  const fresh = await signIn(browser, 'nora');
  const options = async () =>
    (await browser.post('/account/passkey-options', { token: hiddenFields(fresh, '/session/end')['token'] ?? '' }))
      .status;
  expect(await options()).toBe(200);
  node.pass(16 * 60_000);
  const stale = await browser.get('/account');
  expect(stale.text).not.toMatch(/action="\/account\/(?:passkey|recovery)"/);
  expect(stale.text).toContain('href="/session/start?to=/account"');
  expect(await options()).toBe(403);
  const left = await node.accounts.recoveryCodesLeft(node.people.get('nora') ?? '');
  for (const path of ['/account/recovery', '/account/passkey'])
    expect((await browser.send(fresh, path, {})).status, path).toBe(403);
  expect(await node.accounts.recoveryCodesLeft(node.people.get('nora') ?? '')).toBe(left);
  // A renewed token does not make the sign-in younger.
  node.pass(HOUR);
  expect((await browser.get('/account')).text).not.toContain('action="/account/recovery"');
  expect((await signIn(browser, 'nora')).text).toContain('action="/account/recovery"');
});

test('[WI16] the wire hears of a device that signed in, and of no other', async () => {
  const browser = node.browser();
  node.devices.length = 0;
  await signIn(browser, 'nora');
  const cookie = `holdfast-device=${browser.cookies.get('holdfast-device')?.value ?? ''}`;
  expect(node.devices).toEqual([cookie]);
  await signIn(browser, 'nora', 'wrong');
  expect(new Set(node.devices)).toEqual(new Set([cookie]));
  node.devices.length = 0;
  const stranger = node.browser();
  stranger.cookies.set('holdfast-device', { value: NEVER_MADE, path: '/' });
  await signIn(stranger, 'nora', 'wrong');
  expect(node.devices).toEqual([]);
});
