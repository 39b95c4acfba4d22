// Results in a browser, over the demo hospital: a critical one is acknowledged with a value read back, and not before.
import { afterEach, describe, expect, test } from 'vitest';
import { noBrowser, openHarness } from '../open-harness.ts';

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

describe.skipIf(noBrowser !== undefined)('results', () => {
  test('[LR3] [LR7] [LR9] a critical result stands first until the value is read back; having looked acknowledges nothing', async () => {
    const opened = await openHarness({ state: 'device', person: 'doctor', at: '/patient/cast-sepsis/results' });
    ({ close } = opened);
    const { page, errors, go } = opened;
    const main = page.locator('main');
    const critical = page.locator('[data-part=critical-results]');
    await main.getByText('results of the last 24 hours').waitFor();
    await critical.getByText('Lactate 4 mmol/L').waitFor();
    expect(await critical.innerText()).toContain('critical high');
    // Letters and a shape for the eye, words for who does not see them.
    const marks = page.locator('[data-test=Lactate] [data-grade=critical-high]');
    expect((await marks.first().innerText()).replace(/\s+/g, ' ')).toMatch(/▲▲ HH ?critical high/);
    expect(await page.locator('[data-grade=high]').first().innerText()).toMatch(/▲ H/);

    await go('/find');
    await go('/patient/cast-sepsis/results');
    await critical.getByText('Lactate 4 mmol/L').waitFor();
    expect(await main.getByText('results of the last 24 hours').count()).toBe(0);

    await critical.getByRole('button', { name: 'Acknowledge: Lactate' }).click();
    const form = page.getByRole('dialog');
    await form.getByText('By phone').click();
    await form.getByRole('textbox', { name: /Who told it/ }).fill('Jo Okafor, laboratory');
    await form.getByRole('textbox', { name: /Value read back/ }).fill('14');
    await form.getByRole('textbox', { name: /What was done/ }).fill('Fluids given, told the registrar');
    const save = form.getByRole('button', { name: 'Acknowledge', exact: true });
    await save.click();
    await form
      .getByRole('alert')
      .getByText(/14 is not the value in the record \(4\)/)
      .waitFor();
    expect(await critical.count()).toBe(1);
    await form.getByRole('textbox', { name: /Value read back/ }).fill('4');
    await save.dblclick();
    await page.getByText('Kept on this device alone').first().waitFor();
    await expect.poll(() => critical.count()).toBe(0);

    const tasks = await page.evaluate(async () => {
      const chart = await window.harness?.device.chart('cast-sepsis');
      return chart?.all.filter(({ resource }) => JSON.stringify(resource['code'] ?? '').includes('critical-result'));
    });
    expect(tasks?.map(({ resource }) => resource['status'])).toEqual(['completed']);
    // The course of the test, with who acknowledged.
    await page.locator('[data-test=Lactate]').getByRole('button', { name: 'Lactate' }).first().click();
    const panel = page.getByRole('dialog', { name: 'Lactate: course' });
    await panel.getByText(/4 read back/).waitFor();
    expect(await panel.innerText()).toContain('by Jo Okafor, laboratory');
    await page.keyboard.press('Escape');
    expect(errors).toEqual([]);
  });

  test('[LR12] a copy that holds no results and is not whole does not say that there are none', async () => {
    const opened = await openHarness({ state: 'stale', person: 'doctor', at: '/patient/cast-newborn/results' });
    ({ close } = opened);
    const text = opened.page.locator('main');
    await text
      .getByText(/may be incomplete|Nothing in this copy/)
      .first()
      .waitFor();
    expect(await text.innerText()).not.toMatch(/No laboratory results|No reports|Nothing is waited for/);
  });
});
