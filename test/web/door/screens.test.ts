// The screens at the door, over a gate in memory: first use, the lock, its cover.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { CODE, PASSPHRASE } from '../harness/memory-door.ts';
import { noBrowser, openHarness } from '../open-harness.ts';
import { LANGUAGES } from '../../../src/web/texts/define-texts.ts';

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const faults = async (page: Page): Promise<readonly string[]> =>
  (await new AxeBuilder({ page }).withTags(WCAG).analyze()).violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 100)).join(' ')}`,
  );
const isWide = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

describe.skipIf(noBrowser !== undefined)('in Chromium', () => {
  test('[WU50] [WU51] [WU57] a browser that was never here: one choice, three steps, by the keyboard, in five languages', async () => {
    const { page, errors, speak, close } = await openHarness({ person: 'nobody', site: 'nurse', width: 360 });
    for (const language of LANGUAGES) {
      await speak(language);
      expect(await faults(page), language).toEqual([]);
      expect(await isWide(page), language).toBe(false);
    }
    await speak('en');
    expect(await page.innerText('main')).toContain('Work without keeping anything');
    await page.getByRole('button', { name: 'Keep it here' }).press('Enter');
    await page.getByRole('button', { name: 'Go on' }).press('Enter');
    await page.fill('#door-code', 'KX7QM-AAAAA');
    await page.press('#door-code', 'Enter');
    await page.waitForSelector('[role=alert]');
    expect(await page.innerText('[role=alert]')).toContain('Group 2 of the code is mistyped');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert');
    expect(await faults(page)).toEqual([]);
    await page.fill('#door-code', CODE);
    await page.press('#door-code', 'Enter');
    await page.fill('#door-passphrase', '123456');
    expect(await page.innerText('main')).toContain('Figures alone are too few');
    await page.fill('#door-passphrase', 'tall lamp orb');
    expect(await page.innerText('main')).toContain('Too short: 2 more words');
    await page.press('#door-passphrase', 'Enter');
    expect(await page.getByRole('heading', { name: 'How you unlock this device' }).count()).toBe(1);
    await page.fill('#door-passphrase', PASSPHRASE);
    expect(await page.innerText('main')).toContain('Good: 5 words');
    await page.fill('#door-passphrase-again', 'tall lamp orbit seven boat');
    await page.press('#door-passphrase-again', 'Enter');
    expect(await page.innerText('[role=alert]')).toContain('The two are not the same');
    expect(await faults(page)).toEqual([]);
    await page.fill('#door-passphrase-again', PASSPHRASE);
    await page.press('#door-passphrase-again', 'Enter');
    await page.waitForSelector('nav', { state: 'attached' });
    expect(await page.locator('#door-passphrase').count()).toBe(0);
    expect(errors).toEqual([]);
    await close();
  });

  test('[WU50] [WU58] a session that keeps nothing says so on every screen (CR15)', async () => {
    const { page, go, close } = await openHarness({ person: 'nobody', site: 'nurse', keeping: 'thin', width: 1024 });
    await page.clock.install();
    await page.getByRole('button', { name: 'Work without keeping' }).click();
    await page.waitForSelector('nav', { state: 'attached' });
    for (const at of ['/', '/find', '/device', '/patient/cast-sepsis']) {
      await go(at);
      expect(await page.innerText('body'), at).toMatch(/keeps nothing/i);
    }
    // Left alone it is over, here and at the site.
    await page.clock.fastForward(100_000);
    await page.getByRole('dialog', { name: 'Touch to go on' }).waitFor();
    await page.clock.fastForward(100_000);
    await page.locator('body[data-ended]').waitFor({ state: 'attached' });
    expect(await page.locator('nav').count()).toBe(0);
    await close();
  });

  test('[WU31] [WU52] [WU53] [WU54] [WU58] the lock: who, a wrong word, a slow-down; nothing of any patient; a cover that a touch takes away', async () => {
    const { page, errors, speak, go, close } = await openHarness({
      person: 'nobody',
      people: ['nurse', 'doctor'],
      update: 'waiting',
      width: 1024,
    });
    await page.clock.install();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Locked');
    const names = await page.locator('main li').allInnerTexts();
    expect(names).toHaveLength(2);
    for (const language of LANGUAGES) {
      await speak(language);
      expect(await faults(page), language).toEqual([]);
    }
    await speak('en');
    await page.getByRole('button', { name: names[0] ?? '' }).click();
    // A build that waits does not come under the hands of somebody who types, however long they think.
    await page.fill('#door-unlock', 'tall lamp');
    await page.clock.fastForward(60_000);
    await page.clock.runFor(10_000);
    expect(await page.locator('body[data-switched]').count()).toBe(0);
    for (const said of ['That is not the passphrase', 'That is not the passphrase', 'Wait 5 seconds']) {
      await page.fill('#door-unlock', 'not this one');
      await page.press('#door-unlock', 'Enter');
      await page.waitForFunction(
        (text) => (document.querySelector('[role=alert]')?.textContent ?? '').includes(text),
        said,
      );
      expect(await page.inputValue('#door-unlock')).toBe('');
    }
    await page.fill('#door-unlock', PASSPHRASE);
    await page.press('#door-unlock', 'Enter');
    await page.waitForSelector('nav', { state: 'attached' });
    expect(await page.locator('body[data-switched]').count()).toBe(0);
    expect(await page.locator('body[data-ended]').count()).toBe(0);
    // The state of things tells of a build that waits, whoever asks.
    await go('/state');
    expect(await page.innerText('main')).toMatch(/new version/i);
    await go('/patient/cast-sepsis');
    expect(await page.innerText('body')).toContain('HOLT');

    // Half of the period: covered, for eyes, keyboard and screen readers.
    await page.clock.fastForward(100_000);
    const cover = page.getByRole('dialog', { name: 'Touch to go on' });
    await cover.waitFor();
    expect(await page.evaluate(() => document.elementFromPoint(200, 200)?.textContent)).toBe('Touch to go on');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Escape');
    await page.mouse.click(200, 200);
    await cover.waitFor({ state: 'detached' });
    expect(await page.innerText('body')).toContain('HOLT');

    // The whole of it: locked.
    await page.clock.fastForward(200_000);
    await page.getByRole('heading', { name: 'Locked' }).waitFor();
    expect(await page.innerText('body')).toContain('Nobody touched this device for a while');
    expect(await page.content()).not.toMatch(/holt/i);
    // Nobody came in by the sign-in but whoever was in: their session at the site is over.
    await page.locator('body[data-ended="1"]').waitFor({ state: 'attached' });
    // Nobody is here: now it does.
    await page.clock.runFor(60_000);
    await page.locator('body[data-switched=idle]').waitFor({ state: 'attached' });
    expect(errors).toEqual([]);
    await close();
  });
});
