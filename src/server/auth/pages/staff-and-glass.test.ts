import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  hiddenFields,
  PASSWORD,
  signIn,
  startPagesNode,
  text,
  type PagesNode,
  type Seen,
} from './pages-node.test-kit.ts';

let node: PagesNode;
beforeAll(async () => {
  node = await startPagesNode();
});
afterAll(async () => {
  expect(node.errors).toEqual([]);
  await node.close();
});
const cell = (page: Seen, name: string): string =>
  new RegExp(`data-${name}[^>]*>([^<]+)<`).exec(page.text)?.[1]?.trim() ?? '';
const AGENCY = {
  given: 'Åsa',
  family: 'Lind',
  role: 'nurse',
  place: 'Location/ward-a Organization/site',
  until: 'shift',
};

describe('my account', () => {
  test('[SI24] the password is changed with the present one, and only then', async () => {
    const browser = node.browser();
    const page = await signIn(browser, 'rex');
    const change = (current: string, next: string, again = next): Promise<Seen> =>
      browser.send(page, '/account/password', { current, next, again });
    expect(text(await change('wrong', 'violet-cup-runs-far'))).toContain('The current password is not right');
    expect(text(await change(PASSWORD, 'violet-cup-runs-far', 'other'))).toContain('not the same');
    expect(text(await change(PASSWORD, 'password123'))).toContain('easily guessed');
    expect(text(await change(PASSWORD, 'x'.repeat(300)))).toContain('more than 256');
    expect(text(await change(PASSWORD, 'violet-cup-runs-far'))).toContain('The password was changed');
    expect((await signIn(node.browser(), 'rex')).status).toBe(422);
    expect(text(await signIn(node.browser(), 'rex', 'violet-cup-runs-far'))).toContain('Rex Penn');
  });
  test('[SI24] recovery codes are shown once; the same form again makes none', async () => {
    const browser = node.browser();
    const page = await signIn(browser, 'nora');
    const made = await browser.send(page, '/account/recovery', {});
    const codes = [...made.text.matchAll(/<li class="code">([^<]+)</g)].map(([, code]) => code);
    expect(codes.length).toBe(10);
    const again = await browser.send(page, '/account/recovery', {});
    expect(again.status).toBe(409);
    expect(text(again)).toContain('sent before');
    const account = await browser.get('/account');
    expect(text(account)).toContain('Codes left: 10');
    for (const code of codes) expect(account.text).not.toContain(String(code));
  });
  test('[SI24] a passkey of nobody cannot be added, and removing one that is not there changes nothing', async () => {
    const browser = node.browser();
    const page = await signIn(browser, 'nora');
    const refused = await browser.send(page, '/account/passkey', { credential: '{"id":"AAAA"}', name: 'x' });
    expect(refused.status).toBe(422);
    expect(text(refused)).toContain('The passkey was not made');
    const fields = hiddenFields(page, '/account/recovery');
    await browser.post('/account/passkey-remove', { token: fields['token'] ?? '', passkey: 'AAAA' });
    expect(text(await browser.get('/account'))).toContain('No passkey yet');
  });
});

describe('staff', () => {
  test('[SI25] an agency nurse is enrolled in one form, shown once, and at work after the first sign-in', async () => {
    const browser = node.browser();
    const page = await signIn(browser, 'sue', PASSWORD, '/staff');
    const slip = await browser.send(page, '/staff/enrol', AGENCY);
    expect(slip.status).toBe(200);
    expect(text(slip)).toContain('Åsa Lind is enrolled');
    expect(cell(slip, 'user-name')).toBe('asa.lind');
    const temporary = cell(slip, 'temporary');
    expect(temporary).not.toBe('');
    const again = await browser.send(page, '/staff/enrol', AGENCY);
    expect(again.status).toBe(409);
    const list = await browser.get('/staff');
    expect(list.text).not.toContain(temporary);
    expect(list.text.match(/asa\.lind/g)?.length).toBe(1);
    const first = node.browser();
    const asked = await signIn(first, 'asa.lind', temporary);
    const next = 'green-kettle-walks-home';
    expect(text(await first.send(asked, asked.url, { next, again: next }, 'new-password'))).toContain('Åsa Lind');
    expect(node.audited.some((entry) => entry.act === 'account' && entry.name === 'Sue Harrow')).toBe(true);
  });
  test('[SI25] what is missing is said, and nothing has to be typed twice', async () => {
    const browser = node.browser();
    const page = await signIn(browser, 'sue', PASSWORD, '/staff');
    for (const [wrong, value] of [
      ['given', ''],
      ['family', 'x'.repeat(90)],
      ['role', 'patient'],
      ['role', 'it'],
      ['until', 'ever'],
      ['place', ''],
      ['place', 'Location/ghost Organization/site'],
    ] as const) {
      const refused = await browser.send(page, '/staff/enrol', {
        ...AGENCY,
        given: 'Kept',
        once: wrong.padEnd(20, 'x') + value.length.toString().padStart(2, '0'),
        [wrong]: value,
      });
      expect(refused.status, wrong).toBe(422);
      expect(refused.text).toContain(wrong === 'given' ? 'value="Lind"' : 'value="Kept"');
    }
  });
  test('[SI25] the wards to choose from are wards, and the whole site of who is for all of it', async () => {
    const browser = node.browser();
    const page = await signIn(browser, 'sue', PASSWORD, '/staff');
    const options = [...page.text.matchAll(/<option[^>]*>([^<]+)<\/option>/g)].map(([, name]) => name?.trim());
    expect(options).toEqual(
      expect.arrayContaining(['The whole site: Test General Hospital', 'Amber Ward', 'Birch Ward']),
    );
    expect(options).not.toContain('Bed 1');
    expect(options).not.toContain('IT');
  });
  test('[SI26] staff pages are refused to who may not enrol, and send strangers to the sign-in', async () => {
    const browser = node.browser();
    const page = await signIn(browser, 'nora');
    expect(text(page)).not.toContain('Staff');
    const { token = '' } = hiddenFields(page, '/account/recovery');
    for (const seen of [
      await browser.get('/staff'),
      await browser.post('/staff/enrol', { token, ...AGENCY }),
      await browser.post('/staff/change', { token }),
    ]) {
      expect(seen.status).toBe(403);
      expect(text(seen)).toContain('Your roles do not open this page');
    }
    expect((await node.browser().get('/staff')).url).toContain('/sign-in/');
  });
  test('[SI26] who waits stands first, and is confirmed, unlocked, disabled, enabled and given a new password', async () => {
    const dan = String(node.people.get('dan'));
    await node.accounts.confirm(dan, node.clock.now() - 3_600_000, 'terminal');
    const guesser = node.browser();
    let tried = await guesser.get('/session/start');
    for (let tries = 0; tries < 8; tries++) {
      tried = await guesser.send(tried, tried.url, { userName: 'nora', password: 'x' }, 'value="password"');
    }
    const browser = node.browser();
    let page = await signIn(browser, 'sue', PASSWORD, '/staff');
    const waiting = (): string => /aria-labelledby="at"[\s\S]*?<\/section>/.exec(page.text)?.[0] ?? '';
    expect(waiting()).toContain('Dan Moss');
    expect(waiting()).toContain('Not confirmed');
    expect(waiting()).toContain('Nora Quill');
    expect(waiting()).toContain('Slowed down');
    const { token = '' } = hiddenFields(page, '/staff/change');
    const act = async (name: string, fields: Readonly<Record<string, string>>): Promise<string> => {
      page = await browser.post('/staff/change', { token, name, account: String(node.people.get(name)), ...fields });
      return text(page);
    };
    expect(await act('dan', { act: 'confirm', until: 'week' })).toContain('dan is confirmed');
    expect(waiting()).not.toContain('Dan Moss');
    expect(await act('nora', { act: 'unlock' })).toContain('can try again at once');
    expect(waiting()).not.toContain('Nora Quill');
    expect(await act('dan', { act: 'disable' })).toContain('can no longer sign in');
    expect((await signIn(node.browser(), 'dan')).status).toBe(422);
    expect(await act('dan', { act: 'enable' })).toContain('can sign in again');
    expect(text(await signIn(node.browser(), 'dan'))).toContain('Dan Moss');
    const once = 'C'.repeat(22);
    expect(await act('dan', { act: 'reset', once })).toContain('A new password for dan');
    const temporary = cell(page, 'temporary');
    expect((await browser.post('/staff/change', { token, name: 'dan', account: dan, act: 'reset', once })).status).toBe(
      409,
    );
    expect(text(await signIn(node.browser(), 'dan', temporary))).toContain('Choose your own password');
    // Oneself, somebody who is not there, an act that is none.
    expect(await act('sue', { act: 'disable' })).toContain('not of your sites');
    expect(await act('ghost', { act: 'confirm' })).toContain('not of your sites');
    expect(await act('dan', { act: 'promote' })).toContain('not of your sites');
  });
});

describe('emergency access', () => {
  const WORDS = 'Called by the crash team';
  const choose = async (browser: ReturnType<PagesNode['browser']>, patient: string): Promise<Seen> => {
    const page = await browser.get('/break-glass');
    const found = await browser.send(page, '/break-glass', { q: '9434765919' }, 'value="search"');
    return browser.send(found, '/break-glass', { patient }, 'value="choose"');
  };
  test('[SI27] found by name, number and date of birth; open at once, with the time, once', async () => {
    const browser = node.browser();
    await signIn(browser, 'nora', PASSWORD, '/break-glass');
    const page = await browser.get('/break-glass');
    for (const q of ['joan clarke', '943 476 5919', '1958-03-21', '21-Mar-1958', '21/03/1958']) {
      const found = await browser.send(page, '/break-glass', { q }, 'value="search"');
      expect(text(found), q).toContain('CLARKE, Joan (Ms) Born 21-Mar-1958');
      expect(found.url).toBe('/break-glass');
    }
    const ask = await choose(browser, 'Patient/p1');
    const fields = { preset: 'breakGlass.reason.emergency', words: WORDS, minutes: '60' };
    const opened = await browser.send(ask, '/break-glass/open', fields);
    expect(text(opened)).toContain('The record is open to you until');
    expect(text(opened)).toMatch(/Open to me now CLARKE, Joan/);
    const again = await browser.send(ask, '/break-glass/open', fields);
    expect(text(again)).toContain('sent before');
    const told = node.audited.filter((entry) => entry.act === 'break-glass');
    expect(told.length).toBe(1);
    expect(told[0]).toMatchObject({
      patients: ['Patient/p1'],
      reason: `Emergency: the patient needs care now. ${WORDS}`,
    });
  });
  test('[SI27] without a reason, a known time or a patient nothing opens; what was typed stays', async () => {
    const browser = node.browser();
    await signIn(browser, 'nora', PASSWORD, '/break-glass');
    const ask = await choose(browser, 'Patient/p1');
    const fields = { preset: 'breakGlass.reason.advice', words: 'short', minutes: '30', patient: 'Patient/p1' };
    const before = node.audited.filter((entry) => entry.act === 'break-glass').length;
    const refused = await browser.send(ask, '/break-glass/open', fields);
    expect(refused.status).toBe(422);
    expect(text(refused)).toContain('Say in a few words why');
    expect(refused.text).toContain('short</textarea>');
    for (const wrong of [{ minutes: '100000' }, { preset: 'because' }, { words: '' }]) {
      expect((await browser.send(ask, '/break-glass/open', { ...fields, words: WORDS, ...wrong })).status).toBe(422);
    }
    const ghost = await browser.send(ask, '/break-glass/open', { ...fields, words: WORDS, patient: 'Patient/ghost' });
    expect(ghost.status).toBe(403);
    expect(node.audited.filter((entry) => entry.act === 'break-glass').length).toBe(before);
  });
  test('[SI27] [SI35] who may not break the glass is refused', async () => {
    const browser = node.browser();
    const clerk = await node.accounts.enrol(
      {
        userName: 'clerk',
        givenName: 'Cy',
        familyName: 'Clerk',
        role: 'receptionist',
        site: 'Organization/site',
        password: PASSWORD,
      },
      'terminal',
    );
    expect(clerk.ok).toBe(true);
    const page = await signIn(browser, 'clerk');
    const { token = '' } = hiddenFields(page, '/account/recovery');
    for (const seen of [
      await browser.get('/break-glass'),
      await browser.post('/break-glass/open', { token, patient: 'Patient/p1', words: WORDS }),
      await browser.get('/break-glass/review'),
      await browser.post('/break-glass/review', { token, task: 'x', verdict: 'justified' }),
    ]) {
      expect(seen.status).toBe(403);
    }
    const refused = node.audited.filter(({ act, name }) => act === 'refused' && name?.includes('Clerk') === true);
    expect(refused.map(({ ok, status, detail }) => [ok, status, detail])).toEqual([
      [false, 403, 'GET /break-glass'],
      [false, 403, 'POST /break-glass/open'],
      [false, 403, 'GET /break-glass/review'],
      [false, 403, 'POST /break-glass/review'],
    ]);
  });
  test('[SI35] whose identity the page shows is in the audit, however the patient was named', async () => {
    const browser = node.browser();
    await signIn(browser, 'nora', PASSWORD, '/break-glass');
    const page = await browser.get('/break-glass');
    const before = node.audited.length;
    const { token = '' } = hiddenFields(page, '/break-glass');
    const shown = await browser.post('/break-glass', { token, act: 'choose', patient: 'Patient/p1' });
    expect(text(shown)).toContain('CLARKE, Joan');
    expect(node.audited.slice(before)).toEqual([
      expect.objectContaining({ act: 'read', ok: true, what: ['Patient/p1'], patients: ['Patient/p1'] }),
    ]);
  });
  test('[SI28] reviewers see who, whom, why and until; questioning needs a comment; cleared is gone', async () => {
    const browser = node.browser();
    const page = await signIn(browser, 'sue', PASSWORD, '/break-glass/review');
    for (const words of ['Nora Quill', 'CLARKE, Joan', WORDS, 'still open']) expect(text(page)).toContain(words);
    const silent = await browser.send(page, '/break-glass/review', { verdict: 'questioned', comment: '' });
    expect(silent.status).toBe(422);
    expect(text(silent)).toContain('Say in a comment');
    expect((await browser.send(page, '/break-glass/review', { verdict: 'whatever' })).status).toBe(422);
    const done = await browser.send(page, '/break-glass/review', {
      verdict: 'questioned',
      comment: 'Not on duty there',
    });
    expect(text(done)).toContain('The review is on record');
    expect(text(done)).toContain('Nothing to review');
    const twice = await browser.send(page, '/break-glass/review', { verdict: 'justified', comment: '' });
    expect(text(twice)).toContain('could not be cleared');
    expect(node.audited.findLast((entry) => entry.act === 'break-glass-review')).toMatchObject({
      reason: 'Not on duty there',
    });
  });
  test('[SI28] nobody clears their own', async () => {
    const browser = node.browser();
    await signIn(browser, 'sue', PASSWORD, '/break-glass');
    const ask = await choose(browser, 'Patient/p1');
    await browser.send(ask, '/break-glass/open', { preset: 'breakGlass.reason.cover', words: WORDS, minutes: '30' });
    const page = await browser.get('/break-glass/review');
    expect(text(page)).toContain('Your own: somebody else reviews it');
    expect(page.text).not.toContain('action="/break-glass/review"');
    const [task] = (
      await node.store
        .search(
          { types: ['Task'], where: [], sort: [], count: 10, total: 'none', include: [] },
          { see: 'everything' },
          { includes: 0, ms: 1_000 },
        )
        .then((found) => (found.ok ? found.value.hits : []))
    ).filter(({ stored }) => stored.text.includes('Sue Harrow') && stored.text.includes('requested'));
    const { token = '' } = hiddenFields(page, '/session/end');
    const tried = await browser.post('/break-glass/review', {
      token,
      task: task?.stored.key.id ?? '',
      verdict: 'justified',
      comment: 'mine',
    });
    expect(text(tried)).toContain('could not be cleared');
  });
});

test('[SI32] a name that is HTML, or turns direction, is shown as it was written and does neither', async () => {
  const browser = node.browser();
  await signIn(browser, 'nora', PASSWORD, '/break-glass');
  const page = await browser.get('/break-glass');
  const found = await browser.send(page, '/break-glass', { q: '9990000018' }, 'value="search"');
  expect(found.text).toContain('&lt;IMG SRC=X ONERROR=ALERT(1)&gt;');
  expect(found.text).not.toContain('<img');
  expect(found.text).not.toContain('\u202e');
});
