// The board, the wall and the sheet of a ward, as hands and eyes meet them.
import { beforeAll, describe, expect, test } from 'vitest';
import { settled, type OpenPage } from '../harness/run-harness.ts';
import { noBrowser, openHarness } from '../open-harness.ts';

/** A machine that does other things, too. */
const SOON = { timeout: 20_000 };
const ROWS = 'tr[data-kind=patient]';

describe.skipIf(noBrowser !== undefined)('the ward', () => {
  let opened: OpenPage;
  let page: OpenPage['page'];
  beforeAll(async () => {
    opened = await openHarness({ state: 'live', person: 'nurse', width: 1280, height: 900 });
    page = opened.page;
    await page.waitForSelector(ROWS);
  });
  const here = (): Promise<string> => page.evaluate(() => location.hash);
  /** As a scanner types: all keys at once. */
  const scan = (code: string): Promise<void> =>
    page.evaluate((keys) => {
      for (const key of [...keys, 'Enter'])
        window.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    }, code);
  const board = async (at = '/'): Promise<void> => {
    await opened.go(at);
    await page.waitForSelector('table');
    await settled(page);
  };

  test('[WB16] every row has birth with age, sex and a number beside the name (DT30)', async () => {
    const rows = await page.locator(`${ROWS} td:nth-child(2)`).allInnerTexts();
    expect(rows.length).toBeGreaterThan(8);
    for (const row of rows) {
      expect(row).toMatch(/Born\s+(?:(?:about )?(?:\d\d-\w{3}-)?\d{4} \(.+\)|not known)/);
      expect(row).toMatch(/Male|Female|Not known|Sex not recorded/);
      expect(row).toMatch(/No\. |TEMPORARY no\./);
    }
  });

  test('[WB12] arrows move between beds, Enter opens the chart, a scanned wristband its patient', async () => {
    const first = page.locator('[data-row-link]').first();
    await first.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    const second = await page.locator('[data-row-link]').nth(1).getAttribute('href');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).toBe(second);
    await page.keyboard.press('Enter');
    await settled(page);
    expect(await here()).toBe(second);
    await board();
    const row = page.locator(ROWS).nth(4);
    const number = /No\. (\S+)/.exec(await row.innerText())?.[1] ?? '';
    const href = await row.locator('[data-row-link]').first().getAttribute('href');
    await scan(number);
    await expect.poll(here, SOON).toBe(href);
    await board();
    await scan('99999999');
    await expect.poll(() => page.getByText('Nobody here has the scanned number 99999999').count(), SOON).toBe(1);
  });

  test('[WB18] a bed without a name on a ward beyond the roles is not free', async () => {
    await board('/?wards=ward-elderly');
    expect(await page.locator('tr[data-kind=bed]').count()).toBeGreaterThan(5);
    const text = await page.locator('main').innerText();
    expect(text).toContain('Not known here');
    expect(text).toContain('A bed without a name is not free');
    expect(text).not.toMatch(/\bEmpty\b|\bfree\b(?!\.)/);
    await board('/');
    expect(await page.locator('main').innerText()).toMatch(/\d+ of \d+ beds taken, \d+ free/);
  });

  test('[WB13] nothing on the wall tells who somebody is or what is wrong with them', async () => {
    const rows = await page.locator(`${ROWS} td:nth-child(2)`).allInnerTexts();
    const secrets = rows.flatMap(
      (row) => row.match(/[\p{Lu}’'-]{3,}(?=,)|\d{7}[A-Z]|\d{3} \d{3} \d{4}|\d\d-\w{3}-\d{4}/gu) ?? [],
    );
    expect(secrets.length).toBeGreaterThan(20);
    await opened.go('/whiteboard');
    for (const setting of ['Beds only', 'Initials']) {
      await page.getByText(setting, { exact: true }).click();
      await settled(page);
      const wall = await page.locator('main').innerText();
      expect(wall).toContain('Bay 1 bed 1');
      expect(wall).toContain('As of');
      for (const secret of secrets) {
        // The age of the data is a date, too.
        if (secret !== '10-Feb-2026') expect(wall).not.toContain(secret);
      }
      expect(wall).not.toMatch(/NEWS|Allerg|CPR|Isolation|dose/i);
    }
  });

  test('[WB47] the sheet holds every patient of the ward, and says who printed it, as of when', async () => {
    await board('/');
    const names = await page.locator(`${ROWS} [data-row-link]`).allInnerTexts();
    await opened.go('/handover');
    await page.waitForSelector('main h3');
    const sheet = await page.locator('main').innerText();
    for (const name of names) expect(sheet).toContain(name);
    expect(sheet).toContain('As of 10-Feb-2026');
    expect(sheet).toMatch(/Printed 10-Feb-2026 \d\d:\d\d by Staff Nurse/);
    const pages = await page.evaluate(() =>
      [...document.styleSheets].some((sheet_) =>
        [...sheet_.cssRules].some((rule) => rule.cssText.includes('counter(pages)')),
      ),
    );
    expect(pages).toBe(true);
    expect(opened.errors.filter((error) => !error.includes('404'))).toEqual([]);
  });

  test.each(['receptionist', 'ward-clerk', 'pharmacist', 'incident-lead', 'it'] as const)(
    '[WB37] whoever may not read something is shown no list of it, and no empty one: %s',
    async (person) => {
      const other = await openHarness({ state: 'live', person, at: '/' });
      const text = async (at: string): Promise<string> => {
        await other.go(at);
        return other.page.locator('main').innerText();
      };
      const sees = await other.page.evaluate(
        async () => (await window.harness?.device.search('AllergyIntolerance?_count=1'))?.ok === true,
      );
      expect((await text('/')).includes('No known allergies')).toBe(sees);
      for (const at of ['/', '/find', '/tasks', '/handover', '/whiteboard', '/move/cast-sepsis']) {
        expect(await text(at), at).not.toMatch(/has failed/);
        if (!sees) expect(await text(at), at).not.toMatch(/[Aa]llerg/);
      }
      expect(other.errors.filter((error) => !error.includes('404'))).toEqual([]);
      await other.close();
    },
  );
});
