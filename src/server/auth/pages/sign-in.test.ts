import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, signIn, startPagesNode, text, type PagesNode, type Seen } from './pages-node.test-kit.ts';

let node: PagesNode;
beforeAll(async () => {
  node = await startPagesNode();
});
afterAll(async () => {
  expect(node.errors).toEqual([]);
  await node.close();
});

const PASSWORD_FORM = 'value="password"';
const RECOVERY_FORM = 'value="recovery"';
const accountOf = (userName: string): string => node.people.get(userName) ?? '';
const started = async (browser: ReturnType<PagesNode['browser']>, to = '/account'): Promise<Seen> =>
  browser.get(`/session/start?to=${encodeURIComponent(to)}`);

describe('by password', () => {
  test('[SI1] a name and its password open the session, and the page that was asked for', async () => {
    const page = await signIn(node.browser(), 'nora');
    expect(page.url).toBe('/account');
    expect(text(page)).toContain('Nora Quill');
  });
  test('[SI1] a page elsewhere is never gone to: the front page instead', async () => {
    for (const to of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/a\r\nx: y',
    ]) {
      const page = await signIn(node.browser(), 'nora', PASSWORD, to);
      expect(page.url, to).toBe('/');
    }
  });
  test('[SI2] wrong name and wrong password: the same page but for what was typed, and the name is kept', async () => {
    const pages: string[] = [];
    for (const userName of ['nora', 'ghost']) {
      const browser = node.browser();
      const page = await signIn(browser, userName, 'not the password');
      expect(page.status).toBe(422);
      expect(page.text).toContain(`value="${userName}"`);
      expect(text(page)).toContain('That did not work. Check the user name and the password or code.');
      pages.push(text(page));
    }
    expect(pages[0]).toBe(pages[1]);
  });
  test('[SI2] who guesses reads how many seconds to wait, whether or not the name exists', async () => {
    for (const userName of ['rex', 'nobody-at-all']) {
      const browser = node.browser({ headers: { 'x-of': userName } });
      let page = await started(browser);
      for (let tries = 0; tries < 12 && page.status !== 429; tries++) {
        page = await browser.send(page, page.url, { userName, password: `guess ${tries}` }, PASSWORD_FORM);
      }
      expect(page.status).toBe(429);
      const seconds = Number(page.headers['retry-after']);
      expect(seconds).toBeGreaterThan(0);
      expect(text(page)).toContain(`Try again in ${seconds} seconds.`);
    }
    node.pass(3_600_000);
  });
  test('[SI3] a form sent again, and a page gone back to, lead to the session that is there', async () => {
    const browser = node.browser();
    const page = await started(browser);
    await browser.send(page, page.url, { userName: 'nora', password: PASSWORD }, PASSWORD_FORM);
    const again = await browser.send(page, page.url, { userName: 'nora', password: PASSWORD }, PASSWORD_FORM);
    expect(again.url).toBe('/');
    expect((await browser.get(page.url)).url).toBe('/');
    const stranger = await node.browser().get(page.url);
    expect(stranger.status).toBe(410);
    expect(text(stranger)).toContain('Start again');
  });
  test('[SI4] no form of the sign-in needs a script but that of the passkey, which is hidden without one', async () => {
    const page = await started(node.browser());
    const forms = [...page.text.matchAll(/<form\b[^>]*>/g)].map(([tag]) => tag);
    expect(forms.length).toBe(3);
    for (const tag of forms) expect(tag.includes('hidden')).toBe(tag.includes('data-passkey'));
    expect(page.text).not.toMatch(/<script(?![^>]* src="\/ui\/)|\son\w+=|javascript:|\sstyle=/);
  });
});

describe('temporary passwords, recovery codes, enrolments that ran out', () => {
  test('[SI5] a temporary password opens the choice of an own one, for this browser alone, and nothing else', async () => {
    const enrolled = await node.accounts.enrol(
      { givenName: 'Tia', familyName: 'Temp', role: 'nurse', site: 'Organization/site' },
      'terminal',
    );
    expect(enrolled.ok).toBe(true);
    if (!enrolled.ok) return;
    const { userName, temporaryPassword } = enrolled.value;
    const browser = node.browser();
    const asked = await signIn(browser, userName, temporaryPassword);
    expect(text(asked)).toContain('Choose your own password');
    expect(text(await browser.get('/account'))).not.toContain('Tia Temp');
    // Another browser that somehow knows the address of the sign-in has nothing of it.
    const other = node.browser();
    await started(other);
    const stolen = await other.post(asked.url, { act: 'new-password', next: 'x', again: 'x' });
    expect(stolen.status).toBe(403);
    // Loading the page anew keeps the step.
    expect(text(await browser.get(asked.url))).toContain('Choose your own password');

    const set = (next: string, again: string): Promise<Seen> =>
      browser.send(asked, asked.url, { next, again }, 'new-password');
    expect(text(await set('green-kettle-walks', 'green-kettle-walk'))).toContain('not the same');
    expect(text(await set('short', 'short'))).toContain('at least 10 characters');
    expect(text(await set(temporaryPassword, temporaryPassword))).toContain('That is the password you had');
    const done = await set('green-kettle-walks', 'green-kettle-walks');
    expect(text(done)).toContain('Tia Temp');
    expect(text(await signIn(node.browser(), userName, 'green-kettle-walks'))).toContain('My account');
    expect((await signIn(node.browser(), userName, temporaryPassword)).status).toBe(422);
  });
  test('[SI5] the form of a new password does nothing without the step before it', async () => {
    const browser = node.browser();
    const page = await started(browser);
    const tried = await browser.send(
      page,
      page.url,
      { act: 'new-password', next: 'green-kettle-walks', again: 'green-kettle-walks' },
      PASSWORD_FORM,
    );
    expect(text(tried)).toContain('Password');
    const skipped = await browser.send(page, page.url, { act: 'go-on' }, PASSWORD_FORM);
    expect(text(skipped)).toContain('Password');
    expect((await browser.get('/account')).url).not.toBe('/account');
  });
  test('[SI8] a recovery code signs in once', async () => {
    const [code = ''] = await node.accounts.newRecoveryCodes(accountOf('nora'), 'terminal');
    const first = node.browser();
    const page = await started(first);
    expect(text(await first.send(page, page.url, { userName: 'nora', code }, RECOVERY_FORM))).toContain('Nora Quill');
    const second = node.browser();
    const later = await started(second);
    const refused = await second.send(later, later.url, { userName: 'nora', code }, RECOVERY_FORM);
    expect(refused.status).toBe(422);
    expect(refused.text).toMatch(/<details\s+open/);
  });
  test('[SI9] an enrolment that ran out: told once, goes on, marked on every page and in the audit', async () => {
    await node.accounts.confirm(accountOf('dan'), node.clock.now() - 60_000, 'terminal');
    const browser = node.browser();
    const notice = await signIn(browser, 'dan');
    expect(text(notice)).toContain('Your enrolment has run out');
    const page = await browser.send(notice, notice.url, {}, 'go-on');
    expect(text(page)).toContain('Dan Moss');
    expect(text(page)).toContain('Enrolment not confirmed');
    expect(node.audited.findLast((entry) => entry.act === 'sign-in')).toMatchObject({
      name: 'Dan Moss',
      unconfirmed: true,
    });
    await node.accounts.confirm(accountOf('dan'), undefined, 'terminal');
  });
  test('[SI2] an enrolment that ended long ago says so to who knows the password, and only then', async () => {
    await node.accounts.confirm(accountOf('dan'), node.clock.now() - 86_400_000, 'terminal');
    expect(text(await signIn(node.browser(), 'dan'))).toContain('Your enrolment has ended');
    expect(text(await signIn(node.browser(), 'dan', 'wrong'))).toContain('That did not work');
    await node.accounts.confirm(accountOf('dan'), undefined, 'terminal');
  });
});

describe('passkeys', () => {
  test('[SI6] at an address of numbers on loopback the page says by which name passkeys work', async () => {
    const page = await started(node.browser({ host: '127.0.0.1:8080' }));
    expect(text(page)).toContain('http://localhost:8080');
    expect(page.text).not.toContain('data-passkey');
    expect((await started(node.browser())).text).toContain('data-passkey="get"');
  });
  test('[SI7] an answer without a challenge of this browser is refused, and told to the audit', async () => {
    const browser = node.browser();
    const page = await started(browser);
    for (const credential of ['', 'no json', '[]', '{"id":"AAAA"}', JSON.stringify({ id: 'x'.repeat(30_000) })]) {
      const refused = await browser.send(page, `${page.url}/passkey`, { credential });
      expect(refused.status).toBe(422);
      expect(text(refused)).toContain('This passkey did not work here');
    }
    expect(node.audited.findLast((entry) => entry.act === 'sign-in-failed')).toMatchObject({
      ok: false,
      detail: 'passkey',
    });
  });
  test('[SI7] challenges differ each time, and ask for user verification at this host', async () => {
    const browser = node.browser();
    const page = await started(browser);
    const token = /data-passkey="get"[\s\S]*?name="token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const ask = async (): Promise<Record<string, unknown>> =>
      JSON.parse((await browser.post(`${page.url}/passkey-options`, {}, { 'x-form-token': token })).text) as Record<
        string,
        unknown
      >;
    const [first, second] = [await ask(), await ask()];
    expect(first).toMatchObject({ rpId: 'localhost', userVerification: 'required' });
    expect(first['challenge']).not.toBe(second['challenge']);
    expect((await browser.post(`${page.url}/passkey-options`, {})).status).toBe(403);
  });
});

test('[SI12] a node without demo users has no way in by one click', async () => {
  const browser = node.browser();
  const page = await started(browser);
  expect(page.text).not.toContain('value="demo"');
  const tried = await browser.send(page, page.url, { act: 'demo', user: 'nora' }, PASSWORD_FORM);
  expect((await browser.get('/account')).url).not.toBe('/account');
  expect(text(tried)).toContain('Password');
});
test('[SI12] a demonstration has its people on the page, and one click signs in as one of them and nobody else', async () => {
  const demo = await startPagesNode({ demo: true });
  const browser = demo.browser();
  const page = await browser.get('/session/start?to=/account');
  expect(text(page)).toContain('Nora Quill');
  const stranger = await browser.send(page, page.url, { user: 'ghost' }, 'value="demo"');
  expect(text(stranger)).toContain('Demonstration');
  expect(text(await browser.send(page, page.url, { user: 'nora' }, 'value="demo"'))).toContain('Nora Quill');
  await demo.close();
});

test('[SI12] [WU18] on the front door of a demonstration one click is one of its people; the wish is good once, and for nobody else', async () => {
  const demo = await startPagesNode({ demo: true });
  const browser = demo.browser();
  const page = await browser.get('/session/start');
  const token = /name="token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const refused = await browser.post('/session/demo', { token, user: 'ghost', to: '/account' });
  expect(refused.status).toBe(403);
  expect((await browser.post('/session/demo', { token: 'x', user: 'nora', to: '/account' })).status).toBe(403);
  const within = await browser.post('/session/demo', { token, user: 'nora', to: '/account' });
  expect([within.url, text(within)]).toEqual(['/account', expect.stringContaining('Nora Quill')]);
  // A wish that was used, or made up, is a sign-in as any other.
  const stranger = demo.browser();
  const start = demo.deps.tokens.authorizationPath({ login_hint: 'demo:made-up', prompt: 'login' });
  expect(text(await stranger.get(start))).not.toContain('Nora Quill');
  await demo.close();

  const plain = node.browser();
  const form = await started(plain);
  const own = /name="token" value="([^"]+)"/.exec(form.text)?.[1] ?? '';
  expect((await plain.post('/session/demo', { token: own, user: 'nora', to: '/account' })).status).toBe(403);
  expect((await plain.get('/account')).url).not.toBe('/account');
});

test('[SI23] sign-in and sign-out are in the audit, with who and from where', async () => {
  const browser = node.browser();
  const page = await signIn(browser, 'nora');
  await browser.send(page, '/session/end', {});
  const [signedIn, signedOut] = ['sign-in', 'sign-out'].map((act) =>
    node.audited.findLast((entry) => entry.act === act),
  );
  expect(signedIn).toMatchObject({
    ok: true,
    name: 'Nora Quill',
    client: 'holdfast-web',
    address: '127.0.0.1',
    detail: 'pwd',
  });
  expect(signedOut).toMatchObject({ ok: true, name: 'Nora Quill', who: signedIn?.who, address: '127.0.0.1' });
});

test('[AN15] a device stands apart for those who signed in at it: with fresh devices of one’s own nobody guesses at another', async () => {
  const tried: number[] = [];
  for (let device = 0; device < 3; device++) {
    const browser = node.browser();
    const signedIn = await signIn(browser, 'nora');
    await browser.send(signedIn, '/session/end', {});
    const page = await started(browser);
    for (let n = 0; n < 4; n++) {
      const form = { userName: 'rex', password: `guess ${device} ${n}` };
      tried.push((await browser.send(page, page.url, form, PASSWORD_FORM)).status);
    }
  }
  expect(tried).toContain(429);
  // Whose device it is, is not slowed by what others do at the address.
  node.pass(61_000);
  const own = node.browser();
  expect((await signIn(own, 'rex')).status).toBe(200);
  const stranger = node.browser();
  const guesses: number[] = [];
  for (let n = 0; n < 8; n++) guesses.push((await signIn(stranger, 'rex', `wrong ${n}`)).status);
  expect(guesses.at(-1)).toBe(429);
  expect((await signIn(own, 'rex')).status).toBe(200);
  node.pass(3_600_000);
});
