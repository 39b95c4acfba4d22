// The frame around every screen, as hands, eyes and the security policy meet it.
import { beforeAll, describe, expect, test } from 'vitest';
import { settled, type OpenPage } from '../harness/run-harness.ts';
import { noBrowser, openHarness } from '../open-harness.ts';

const here = (page: OpenPage['page']): Promise<string> => page.evaluate(() => location.hash);

describe.skipIf(noBrowser !== undefined)('the frame', () => {
  let opened: OpenPage;
  let page: OpenPage['page'];
  beforeAll(async () => {
    opened = await openHarness({ state: 'live', at: '/state' });
    page = opened.page;
  });
  const bar = (): Promise<string> => page.locator('section[aria-label="State of things"]').innerText();

  test('[SR24] colour, shape and words tell where we stand', async () => {
    const seen = new Set<string>();
    for (const [state, words] of [
      ['live', 'Live'],
      ['site', 'This site only'],
      ['device', 'This device only'],
      ['downtime', 'Downtime'],
    ] as const) {
      await opened.stand(state);
      expect(await bar()).toContain(words);
      const look = await page.locator('section[aria-label="State of things"]').evaluate((element) => {
        const style = getComputedStyle(element);
        return `${style.backgroundColor} ${style.backgroundImage} ${element.querySelector('svg')?.innerHTML ?? ''}`;
      });
      seen.add(look);
    }
    expect(seen.size).toBe(4);
  });
  test('[SR28] a declared downtime has a frame of its own and its word across the page', async () => {
    await opened.stand('downtime');
    const mark = await page.locator('[data-downtime]').evaluate((frame) => ({
      border: getComputedStyle(frame).borderTopWidth,
      word: getComputedStyle(frame, '::after').content,
    }));
    expect(mark).toEqual({ border: '8px', word: '"DOWNTIME"' });
    await opened.stand('live');
    expect(await page.locator('[data-downtime]').count()).toBe(0);
  });
  test('[SR22] keys lead, but never while somebody types', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press(',');
    await settled(page);
    expect(await here(page)).toBe('#/settings');
    await page.keyboard.press('/');
    await settled(page);
    expect(await here(page)).toBe('#/find');
    await page.getByRole('main').getByRole('textbox').or(page.getByRole('searchbox')).first().focus();
    await page.keyboard.type('g,/?');
    expect(await here(page)).toBe('#/find');
    await opened.go('/settings');
    await page.keyboard.press('?');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(1);
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    expect(await here(page)).toBe('#/settings');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  });
  test('[SR23] single keys can be switched off', async () => {
    await opened.go('/settings');
    await page.getByRole('checkbox', { name: /Single keys/ }).click();
    await page.getByRole('heading', { level: 1 }).focus();
    await page.keyboard.press('/');
    await settled(page);
    expect(await here(page)).toBe('#/settings');
    await page.getByRole('checkbox', { name: /Single keys/ }).click();
  });
  test('[SR27] going to another screen puts the focus on its title', async () => {
    await opened.go('/state');
    await page.getByRole('link', { name: 'Settings' }).first().click();
    await settled(page);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Settings');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true);
  });
  test('[SR15] what a scanner types is not left in the field that had the focus', async () => {
    await opened.go('/find');
    const field = page.getByRole('main').getByRole('textbox').or(page.getByRole('searchbox')).first();
    await field.pressSequentially('Hol', { delay: 60 });
    await page.waitForTimeout(100);
    // As fast as a scanner, whatever the machine is busy with: key and letter, one after the other.
    await page.evaluate(() => {
      const press = (key: string): boolean =>
        document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })) ??
        false;
      for (const letter of '9999999999') if (press(letter)) document.execCommand('insertText', false, letter);
      press('Enter');
    });
    await expect.poll(() => field.inputValue()).toBe('Hol');
    await expect.poll(() => page.getByRole('main').innerText()).toContain('9999999999');
  });
  test('[SR21] what was chosen is on the page before the first screen, at the next start too', async () => {
    await opened.go('/settings');
    await page.getByRole('radio', { name: 'Large', exact: true }).check();
    await page.getByRole('radio', { name: 'Deutsch' }).check();
    expect(await page.evaluate(() => ({ ...document.documentElement.dataset }))).toMatchObject({ textSize: 'large' });
    expect(await page.locator('h1').innerText()).toBe('Einstellungen');
    await page.reload({ waitUntil: 'domcontentloaded' });
    // Whatever is drawn first is drawn large and in German: the choice stands before the root has a child.
    const first = await page.waitForFunction(() => {
      const { lang, dataset } = document.documentElement;
      const isDrawn = document.getElementById('root')?.childElementCount !== 0;
      return lang === 'de' || isDrawn ? { lang, size: dataset['textSize'] } : undefined;
    });
    expect(await first.jsonValue()).toEqual({ lang: 'de', size: 'large' });
    await settled(page);
    await page.getByRole('radio', { name: 'Normal', exact: true }).check();
    await page.getByRole('radio', { name: 'English' }).check();
  });
  test('[SR31] an address that does not exist says so, and the bars stay', async () => {
    await opened.go('/nowhere/at/all');
    expect(await page.locator('h1').innerText()).toBe('There is no such page');
    expect(await bar()).toContain('Live');
    await page.getByRole('main').getByRole('link', { name: 'To the ward' }).click();
    await settled(page);
    expect(await here(page)).toBe('#/');
  });
  test('[SR31] a screen that fails says what to do, where the rescue page is, and the bars stay', async () => {
    await page.evaluate(() => {
      const device = window.harness?.device;
      if (device !== undefined) device.read = () => Promise.reject(new Error('the disk is gone'));
    });
    await opened.go('/state');
    expect(await page.locator('h1').innerText()).toBe('This screen has failed');
    expect(await page.getByRole('main').innerText()).toContain('the disk is gone');
    expect(await page.getByRole('main').getByRole('link', { name: 'Rescue page' }).getAttribute('href')).toBe(
      '/rescue/',
    );
    expect(await bar()).toContain('Live');
  });
  test('[SR29] a locked device has nothing of a screen in its document', async () => {
    await page.evaluate(() => window.harness?.device.lock('person'));
    await expect.poll(() => page.locator('section[aria-label="State of things"]').count()).toBe(0);
    expect(await page.getByRole('navigation').count()).toBe(0);
  });
});

describe.skipIf(noBrowser !== undefined)('the state of things', () => {
  let opened: OpenPage;
  beforeAll(async () => {
    opened = await openHarness({ state: 'device', at: '/state' });
  });

  test('[SR25] what is old is called old on every screen', async () => {
    for (const at of ['/state', '/settings', '/find', '/patient/cast-sepsis']) {
      await opened.go(at);
      expect(await opened.page.locator('section[aria-label="State of things"]').innerText(), at).toContain(
        'Old: data as of 11:10, 3 hours ago',
      );
    }
  });
  test('[SR26] where a new entry is kept is said; [SR37] and what is only here is counted, with the age of the oldest', async () => {
    const { page } = opened;
    await opened.go('/state');
    const bar = page.locator('section[aria-label="State of things"]');
    expect(await bar.innerText()).toContain('New entries are kept on this device');
    expect(await page.getByRole('main').innerText()).toContain('Nothing is on this device alone.');
    const kinds = await page.evaluate(async () => {
      const device = window.harness?.device;
      const done = [];
      for (const id of ['one', 'two']) {
        const text = JSON.stringify({
          resourceType: 'Observation',
          id,
          status: 'final',
          code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }] },
          subject: { reference: 'Patient/cast-sepsis' },
          effectiveDateTime: '2026-02-10T14:20:00+00:00',
          valueQuantity: { value: 88, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
        });
        const saved = await device?.save([{ kind: 'create', type: 'Observation', text, id }]);
        done.push(saved?.ok === true ? saved.value.safe : JSON.stringify(saved));
      }
      return done;
    });
    expect(kinds).toEqual(['D0', 'D0']);
    await expect.poll(() => bar.innerText()).toContain('2 entries on this device only');
    const main = await page.getByRole('main').innerText();
    expect(main).toContain('The oldest entry that is only here was written 14:2');
    expect(main).toMatch(/On this device only\s+2/);
    await opened.stand('live');
    expect(await bar.innerText()).toContain('New entries are kept in the region');
    await opened.stand('device');
  });
  test('[SR35] every failing has what to do instead beside it, in every state', async () => {
    const { page } = opened;
    await opened.go('/state');
    for (const [state, count] of [
      ['live', 0],
      ['site', 3],
      ['device', 6],
      ['downtime', 7],
    ] as const) {
      await opened.stand(state);
      expect(await page.getByText('Instead:').count(), state).toBe(count);
    }
  });
  test('[SR16] a busy button does nothing: asking the site twice asks once', async () => {
    const { page } = opened;
    await page.evaluate(() => {
      const device = window.harness?.device;
      if (device === undefined) return;
      document.body.dataset['asked'] = '0';
      device.syncNow = () => {
        document.body.dataset['asked'] = String(Number(document.body.dataset['asked']) + 1);
        return new Promise((done) => setTimeout(done, 300));
      };
    });
    const button = page.getByRole('main').getByRole('button', { name: /Ask the site now|Asking/ });
    await button.dblclick();
    await expect.poll(() => button.innerText()).toBe('Ask the site now');
    expect(await page.evaluate(() => document.body.dataset['asked'])).toBe('1');
    expect(opened.errors).toEqual([]);
  });
});

describe.skipIf(noBrowser !== undefined)('presence', () => {
  test('[SR30] a device that nobody touches is covered, a touch uncovers it, and a wall’s whiteboard never is', async () => {
    const { page, go, errors } = await openHarness({ state: 'live', at: '/state' });
    // Time goes on by what the page is told that it is: nobody waits for minutes.
    await page.addInitScript(() => {
      const real = performance.now.bind(performance);
      performance.now = () => real() + Number(document.documentElement.dataset['later'] ?? 0);
    });
    await page.reload();
    await settled(page);
    const later = async (minutes: number): Promise<void> => {
      await page.evaluate((ms) => {
        document.documentElement.dataset['later'] = String(ms);
      }, minutes * 60_000);
    };
    await later(2);
    await expect.poll(() => page.locator('dialog[open]').count(), { timeout: 10_000 }).toBe(1);
    await page.mouse.move(200, 200);
    await expect.poll(() => page.locator('dialog[open]').count()).toBe(0);
    await page.evaluate(() => localStorage.setItem('holdfast.preferences', '{"wall":true}'));
    await page.reload();
    await go('/whiteboard');
    await later(120);
    // Three looks at the time.
    await page.waitForTimeout(3_200);
    expect(await page.locator('dialog[open]').count()).toBe(0);
    expect(await page.getByRole('main').count()).toBe(1);
    expect(errors).toEqual([]);
  });
});
