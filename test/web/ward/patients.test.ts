// Finding, registering, moving, tasks and handover, from end to end on a device that nobody answers.
import { beforeAll, describe, expect, test } from 'vitest';
import { settled, type OpenPage } from '../harness/run-harness.ts';
import { noBrowser, openHarness } from '../open-harness.ts';

/** A machine that does other things, too. */
const SOON = { timeout: 20_000 };

describe.skipIf(noBrowser !== undefined)('patients of a ward, on a device alone', () => {
  let opened: OpenPage;
  let page: OpenPage['page'];
  beforeAll(async () => {
    opened = await openHarness({ state: 'device', person: 'nurse', width: 1100, height: 900 });
    page = opened.page;
    await page.waitForSelector('tr[data-kind=patient]');
  });
  const main = (): Promise<string> => page.locator('main').innerText();
  const rowsOf = (type: string): Promise<number> =>
    page.evaluate(async (asked) => {
      const found = await window.harness?.device.search(`${asked}?_count=1000`);
      return found?.ok === true ? found.value.found.length : -1;
    }, type);
  const button = (name: string | RegExp) => page.locator('main').getByRole('button', { name });

  test('[WB18] a bed of an old copy is empty as of then, and not free now', async () => {
    const empty = await page.locator('tr[data-kind=bed]').allInnerTexts();
    expect(empty.length).toBeGreaterThan(0);
    for (const bed of empty) expect(bed).toContain('Empty as of 11:10');
  });

  test('[WB26] like names are marked, and opened only after both were shown (DT27)', async () => {
    await opened.go('/find');
    await page.getByRole('searchbox').fill('clark joan');
    await settled(page);
    expect(await page.getByText('NAME ALERT').count()).toBe(2);
    await button('Open').first().click();
    await settled(page);
    const dialog = page.getByRole('dialog');
    const text = await dialog.innerText();
    expect(text).toContain('CLARK, Joanne');
    expect(text).toContain('CLARKE, Joan');
    expect(await page.evaluate(() => location.hash)).toContain('/find');
    await dialog.getByRole('button', { name: 'Open' }).nth(1).click();
    await settled(page);
    expect(await page.evaluate(() => location.hash)).toBe('#/patient/cast-alike-1');
  });

  test('[WB27] what was searched stands below the answer, and nobody found is not “not known”', async () => {
    await opened.go('/find');
    await page.getByRole('searchbox').fill('zzyzx');
    await settled(page);
    const text = await main();
    expect(text).toContain('That does not mean that the patient is not known');
    expect(text).toMatch(/Searched: \d+ people whose identity is on this device, as of 10-Feb-2026 11:10/);
  });

  test('[WB28] who is not identified has a record after one press, with a number that is plainly temporary (DT28)', async () => {
    const before = await rowsOf('Patient');
    await opened.go('/register?kind=unidentified');
    await page.waitForSelector('form');
    expect(await page.locator('form').getByRole('textbox').count()).toBe(2);
    await button('Register').click();
    await page.getByText('Registered', { exact: true }).waitFor();
    const text = await main();
    expect(text).toMatch(/UNKNOWN, \w+ \w+/);
    expect(text).toMatch(/TEMPORARY no\. T-[A-Z]{2,6}-\w{3}-\w{7}-\w/);
    expect(text).toContain('Safe on this device');
    expect(await rowsOf('Patient')).toBe(before + 1);
  });

  test('[WB29] nobody is registered before whoever is alike was looked at', async () => {
    const before = await rowsOf('Patient');
    await opened.go('/register?kind=new');
    await page.locator('#family').fill('Clarke');
    await page.locator('#given').fill('Joan');
    await page.getByLabel('Female', { exact: true }).check();
    await page.getByText('this is another person').first().waitFor();
    await button('Register').click();
    await page.getByRole('alert').getByText('Look at each patient that is alike').waitFor();
    expect(await rowsOf('Patient')).toBe(before);
    for (const box of await page.getByLabel('this is another person').all()) await box.check();
    // Twice, as hands do.
    await button('Register').dblclick();
    await page.getByText('Registered', { exact: true }).waitFor();
    expect(await rowsOf('Patient')).toBe(before + 1);
  });

  test('[WB33] a taken bed is said; two patients change beds in one commit', async () => {
    await opened.go('/');
    const links = page.locator('tr[data-kind=patient] [data-row-link=patient]');
    await links.first().waitFor();
    const [one, two] = [await links.nth(0).innerText(), await links.nth(1).innerText()];
    const id = (await links.nth(0).getAttribute('href'))?.split('/').at(-1) ?? '';
    await opened.go(`/move/${id}`);
    await page.locator('#bed').waitFor();
    await page.locator('#bed').selectOption({ label: `Bay 1 bed 2 — ${two}` });
    await button(/^Move$/).click();
    await settled(page);
    expect(await main()).toContain(`${two} lies in this bed`);
    expect(await main()).toContain('Somebody lies in this bed: choose another');
    await button('Swap the two').click();
    await page.getByText('Swapped').first().waitFor();
    await opened.go('/');
    await links.first().waitFor();
    await expect.poll(() => links.nth(0).innerText(), SOON).toBe(two);
    expect(await links.nth(1).innerText()).toBe(one);
  });

  test('[WB36] a stay that was discharged is opened again, and says what was entered late (CR12)', async () => {
    await opened.go('/');
    const link = page.locator('tr[data-kind=patient] [data-row-link=patient]').nth(2);
    const id = (await link.getAttribute('href'))?.split('/').at(-1) ?? '';
    await opened.go(`/move/${id}`);
    const discharge = page.locator('section').filter({ hasText: 'Discharge to' }).last();
    await discharge.locator('input[type=datetime-local]').fill('2026-02-10T13:00');
    await button('Discharge').dblclick();
    await button('Undo the discharge').waitFor();
    expect(await main()).toContain('Not in hospital as far as this device knows');
    expect(await main()).toMatch(/until 10-Feb-2026 13:00[\s\S]*entered late/);
    await button('Undo the discharge').click();
    await button(/^Move$/).waitFor();
    expect(await main()).not.toContain('Not in hospital');
  });

  test('[WB37] what the roles never allow is not offered', async () => {
    const clerk = await openHarness({ state: 'device', person: 'pharmacist', at: '/move/cast-sepsis' });
    await clerk.page.getByText('Your roles do not allow to change stays').waitFor();
    expect(await clerk.page.getByRole('button', { name: /^(?:Move|Discharge|Admit)$/ }).count()).toBe(0);
    await clerk.close();
  });

  test('[WB35] twins are named after their mother, numbered, linked, and have stays within hers', async () => {
    const midwife = await openHarness({
      state: 'device',
      person: 'ward-clerk',
      width: 1100,
      at: '/register?kind=newborn&mother=cast-mother',
    });
    const at = midwife.page;
    await at.locator('#mother').waitFor();
    await at.getByLabel('How many children').selectOption('2');
    await at.getByLabel('Female', { exact: true }).first().check();
    await at.getByLabel('Male', { exact: true }).nth(1).check();
    await at.getByRole('main').getByRole('button', { name: 'Register' }).click();
    await at.getByText('Registered', { exact: true }).waitFor();
    const text = await at.locator('main').innerText();
    expect(text).toMatch(/, Girl 1/);
    expect(text).toMatch(/, Boy 2/);
    const linked = await at.evaluate(async () => {
      const found = await window.harness?.device.search('RelatedPerson?_count=1000');
      const stays = await window.harness?.device.search('Encounter?_count=1000');
      if (found?.ok !== true || stays?.ok !== true) return [];
      const children = found.value.found
        .map(({ resource }) => JSON.stringify(resource))
        .filter((one) => one.includes('Patient/cast-mother"'));
      const within = stays.value.found.filter(({ resource }) =>
        JSON.stringify(resource['partOf'] ?? '').includes('cast-mother'),
      );
      return [children.length, within.length];
    });
    expect(linked[0]).toBeGreaterThanOrEqual(2);
    expect(linked[1]).toBeGreaterThanOrEqual(2);
    await midwife.close();
  });

  test('[WB46] a handover is filled from the record, keeps what is typed, and is signed once', async () => {
    const link = page.locator('tr[data-kind=patient] [data-row-link=patient]').first();
    await opened.go('/');
    await link.waitFor();
    const id = (await link.getAttribute('href'))?.split('/').at(-1) ?? '';
    const before = await rowsOf('Composition');
    await opened.go(`/patient/${id}/handover`);
    const plan = page.locator('#sbar-recommendation');
    await plan.waitFor();
    expect(await page.locator('#sbar-situation').inputValue()).toMatch(/In hospital since \d\d-\w{3}-2026 \d\d:\d\d/);
    await plan.fill('Repeat bloods at 18:00');
    await opened.go('/tasks');
    await settled(page);
    await opened.go(`/patient/${id}/handover`);
    await expect.poll(() => plan.inputValue(), SOON).toBe('Repeat bloods at 18:00');
    await button('Sign and hand over').dblclick();
    await page.getByText(/Last signed/).waitFor();
    expect(await rowsOf('Composition')).toBe(before + 1);
    await opened.go('/handover');
    await page.getByText('Repeat bloods at 18:00').waitFor();
    expect(opened.errors.filter((error) => !error.includes('404'))).toEqual([]);
  });
});
