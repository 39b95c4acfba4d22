// The chart as people use it, in Chromium over the demo hospital: banner, writing, drafts, forms, decisions. One page for most of it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import type { OpenPage } from '../harness/run-harness.ts';
import { noBrowser, openHarness } from '../open-harness.ts';

const SEPSIS = '/patient/cast-sepsis';
const PAGES = ['', '/problems', '/allergies', '/notes', '/forms', '/documents', '/history', '/care'];

const drafts = (page: Page): Promise<readonly string[]> =>
  page.evaluate(async () => (await window.harness?.device.drafts())?.map(({ name }) => name) ?? []);
const drafted = (page: Page, words: string): Promise<unknown> =>
  page.waitForFunction(
    async (wanted) => ((await window.harness?.device.drafts()) ?? []).some(({ value }) => value.includes(wanted)),
    words,
  );
const texts = (page: Page, patient: string, type: string): Promise<readonly string[]> =>
  page.evaluate(
    async ([id, of]) =>
      (await window.harness?.device.chart(id ?? ''))?.all
        .filter(({ key }) => key.type === of)
        .map(({ text }) => text) ?? [],
    [patient, type],
  );

describe.skipIf(noBrowser !== undefined)('the chart', () => {
  let opened: OpenPage;
  let page: Page;
  beforeAll(async () => {
    opened = await openHarness({ person: 'doctor', state: 'site', at: SEPSIS });
    ({ page } = opened);
  });
  afterAll(async () => {
    expect(opened.errors).toEqual([]);
    await opened.close();
  });

  test('[CH1] [CH14] [CH15] the banner stands at the top of every page with two identifiers, also when it is scrolled', async () => {
    for (const at of PAGES) {
      await opened.go(`${SEPSIS}${at}`);
      const banner = page.locator('[data-part=patient-banner]');
      const words = (await banner.innerText()).replace(/\s+/g, ' ');
      expect(words, at).toMatch(/HOLT, Margaret \(Mrs\) Born 19-Nov-1954 \(71y\) Gender Female Hospital No\. \w+/);
      await page.evaluate(() => window.scrollTo(0, 400));
      // Whatever lies at the place of the name is the banner: nothing covers it.
      const name = banner.getByText('HOLT');
      const isOnTop = await name.evaluate((node) => {
        const box = node.getBoundingClientRect();
        const found = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        return box.top >= 0 && found !== null && node.closest('[data-part=patient-banner]')?.contains(found) === true;
      });
      expect(isOnTop, at).toBe(true);
    }
  });

  test('[CH24] [CH26] an allergy ends "no known allergies" in the same step, and the page says where it is safe', async () => {
    await opened.go(`${SEPSIS}/allergies`);
    await page.getByRole('button', { name: 'Add allergy' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('Name the substance.').waitFor();
    await page.getByRole('textbox', { name: 'Substance' }).fill('Latex gloves');
    await page.getByLabel('Risk of harm').selectOption('high');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Allergy recorded. Kept on this device alone.').waitFor();
    const banner = page.locator('[data-part=patient-banner]');
    await banner.getByText('Known allergies', { exact: true }).waitFor();
    expect(await banner.innerText()).toMatch(/Latex gloves\s*– high risk/);
    const denials = (await texts(page, 'cast-sepsis', 'AllergyIntolerance')).filter((text) =>
      text.includes('716186003'),
    );
    expect(denials).toHaveLength(1);
    expect(denials[0]).toContain('inactive');
    expect(await page.getByRole('button', { name: 'No known allergies' }).count()).toBe(0);
  });

  test('[CH25] what somebody else changed meanwhile is not written over, and the form stays as typed', async () => {
    await opened.go(`${SEPSIS}/problems`);
    await page.getByRole('button', { name: 'More: Hypertension' }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    await page.getByLabel('Note').fill('well controlled at home');
    await drafted(page, 'well controlled');
    await page.evaluate(async () => {
      const { device } = window.harness ?? {};
      const chart = await device?.chart('cast-sepsis');
      const shown = chart?.all.find(({ key, text }) => key.type === 'Condition' && text.includes('Hypertension'));
      if (device === undefined || shown === undefined) throw new Error('no such problem');
      const text = '[{"op":"add","path":"/note","value":[{"text":"from elsewhere"}]}]';
      await device.save([
        { kind: 'patch', ...shown.key, ifMatch: shown.versionId, patch: { form: 'json-patch', text } },
      ]);
    });
    await page.getByRole('alert').getByText('from elsewhere').waitFor();
    const save = page.getByRole('button', { name: 'Save' });
    const stands = async (): Promise<string> =>
      (await texts(page, 'cast-sepsis', 'Condition')).find((text) => text.includes('Hypertension')) ?? '';
    await save.click();
    expect(await stands()).not.toContain('well controlled');
    expect(await page.getByLabel('Note').inputValue()).toBe('well controlled at home');
    await save.click();
    await page.getByText('Problem changed.').waitFor();
    expect(await stands()).toContain('from elsewhere');
    expect(await stands()).toContain('well controlled at home');
  });

  test('[CH48] a note is a draft while it is typed, comes back after leaving, and is forgotten when it is signed', async () => {
    await opened.go(`${SEPSIS}/notes`);
    await page.getByRole('button', { name: 'Write a note' }).click();
    await page.getByLabel('Assessment').fill('Lactate falling, drinks well.');
    await drafted(page, 'Lactate falling, drinks well.');
    await opened.go(SEPSIS);
    await opened.go('/unsigned');
    await page.getByText('Lactate falling, drinks well.').waitFor();
    await page.getByRole('link', { name: 'Go on writing' }).click();
    await page.getByRole('button', { name: 'Go on writing' }).click();
    expect(await page.getByLabel('Assessment').inputValue()).toBe('Lactate falling, drinks well.');
    await page.getByRole('button', { name: 'Sign', exact: true }).click();
    await page.getByText('Note signed.').waitFor();
    await page.getByRole('article').filter({ hasText: 'Lactate falling, drinks well.' }).waitFor();
    expect(await drafts(page)).not.toContainEqual(expect.stringMatching(/^note\//));
    const [note] = (await texts(page, 'cast-sepsis', 'Composition')).filter((text) => text.includes('Lactate falling'));
    expect(note).toContain('"status":"final"');
    expect(note).toContain('"attester"');
  });

  test('[CH33] [CH37] a form is filled in by keyboard, says what is wrong at its field, and becomes a response', async () => {
    await opened.go(`${SEPSIS}/forms`);
    await page.getByRole('button', { name: 'Fill in: Pain' }).press('Enter');
    await page.getByRole('radio', { name: 'Yes' }).first().press('Space');
    await page.getByRole('button', { name: 'Complete' }).press('Enter');
    const summary = page.getByRole('alert');
    await summary.getByText('Where: answer this.').click();
    await page.keyboard.type('left knee');
    await page.getByLabel('At rest, 0 to 10').fill('11');
    await page.getByText('At rest, 0 to 10: 10 is the most.').first().waitFor();
    await page.getByLabel('At rest, 0 to 10').fill('8');
    await page.getByRole('group', { name: 'A doctor was told' }).getByRole('radio', { name: 'No' }).press('Space');
    await page.getByRole('button', { name: 'Complete' }).press('Enter');
    await page.getByText('Form completed.').waitFor();
    const [response] = await texts(page, 'cast-sepsis', 'QuestionnaireResponse');
    expect(response).toContain('"valueString":"left knee"');
    expect(response).toContain('"valueInteger":8');
  });

  test('[CH50] [CH55] a conflict is on the list and on its chart, is decided field by field, and only when a person chose', async () => {
    await opened.go('/patient/cast-penicillin/allergies');
    await page.getByRole('link', { name: 'Two entries differ: decide' }).first().waitFor();
    await opened.go('/conflicts');
    await page.getByText('FLETCHER, Hannah').waitFor();
    await page.getByRole('button', { name: 'Decide' }).first().click();
    await page.getByRole('button', { name: 'Decide', exact: true }).click();
    await page.getByText('Choose how to decide.').first().waitFor();
    await page.getByRole('radio', { name: /^Decide each difference/ }).check();
    await page.getByRole('button', { name: 'Decide', exact: true }).click();
    await page.getByRole('alert').getByText('Choose for every line.').first().waitFor();
    for (const field of await page.locator('fieldset:has(legend)').all()) {
      const options = field.getByRole('radio', { name: /^Entry 1/ });
      if ((await options.count()) === 1) await options.check();
    }
    await page.getByRole('button', { name: 'Decide', exact: true }).click();
    await page.getByText('There is nothing to decide here any more.').waitFor();
    expect(await page.evaluate(async () => (await window.harness?.device.conflicts())?.length)).toBe(0);
  });

  test('[CH23] no list of a copy that is not whole reads "none"', async () => {
    for (const at of PAGES) {
      await opened.go(`/patient/cast-deceased${at}`);
      const main = await page.getByRole('main').innerText();
      expect(main, at).toMatch(/Copy not complete/i);
      expect(main, at).not.toMatch(
        /\bNo (?:active problems|notes|documents|stays|procedures|forms|alerts|open tasks|plan|care team|current medication)\b/,
      );
    }
  });

  test('[CH16] [CH17] who may not see allergies has no section of them; beyond reach the glass is broken with a reason alone', async () => {
    const clerk = await openHarness({ person: 'receptionist', at: SEPSIS });
    const banner = clerk.page.locator('[data-part=patient-banner]');
    expect(await banner.innerText()).toMatch(/HOLT, Margaret/);
    expect(await banner.innerText()).not.toMatch(/allerg|resuscitation/i);
    await clerk.close();
    const nurse = await openHarness({ person: 'nurse', at: '/patient/cast-penicillin' });
    await nurse.page.getByRole('button', { name: 'Break the glass' }).click();
    await nurse.page.getByText('Say in words why you need the record.').waitFor();
    await nurse.page.getByLabel('Reason').fill('Cardiac arrest on the stairs');
    await nurse.page.getByRole('button', { name: 'Break the glass' }).click();
    await nurse.page.getByRole('heading', { name: 'Summary' }).waitFor();
    await nurse.page.locator('[data-part=patient-banner]').getByText('Emergency access', { exact: true }).waitFor();
    expect(nurse.errors).toEqual([]);
    await nurse.close();
  });
});
