// Vital signs in a browser, over the demo hospital: recorded by keyboard, asked about when they are strange, marked as an error together.
import { afterEach, describe, expect, test } from 'vitest';
import { noBrowser, openHarness } from '../open-harness.ts';

const AT = '/patient/cast-deteriorating/vitals';
let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

describe.skipIf(noBrowser !== undefined)('vital signs', () => {
  test('[VT11] a set that is saved with two clicks is there once, with its score; what is strange is asked about first', async () => {
    const opened = await openHarness({ state: 'device', at: AT });
    ({ close } = opened);
    const { page, errors } = opened;
    const rows = page.getByRole('table').getByRole('row');
    await rows.nth(1).waitFor();
    const before = await rows.count();
    await page.getByRole('button', { name: 'Record vital signs' }).click();
    const form = page.getByRole('dialog');
    await form.getByRole('textbox', { name: 'Respiration' }).fill('26');
    await form.getByRole('textbox', { name: 'Oxygen saturation' }).fill('91');
    await form.getByText('Oxygen', { exact: true }).click();
    await form.getByRole('textbox', { name: 'Oxygen flow' }).fill('4');
    await form.getByRole('textbox', { name: 'Systolic pressure' }).fill('88');
    await form.getByRole('textbox', { name: 'Diastolic pressure' }).fill('50');
    await form.getByRole('textbox', { name: 'Pulse' }).fill('250');
    await page.getByLabel('Consciousness').selectOption({ label: 'Alert' });
    await form.getByRole('textbox', { name: 'Temperature' }).fill('39,5');
    await page.getByText('NEWS2 16').waitFor();
    const save = page.getByRole('button', { name: 'Save', exact: true });
    await save.click();
    await page.getByRole('alert').getByText('Pulse 250').waitFor();
    expect(await rows.count()).toBe(before);
    await page.getByRole('button', { name: 'Save as it is' }).dblclick();
    await page.getByText('Kept on this device alone').first().waitFor();
    await expect.poll(() => rows.count()).toBe(before + 1);
    expect(await rows.nth(1).innerText()).toMatch(/16[\s\S]*26[\s\S]*91[\s\S]*88\/50[\s\S]*250[\s\S]*39\.5/);
    expect(errors).toEqual([]);

    await rows.nth(1).getByRole('button').click();
    await page.getByRole('menuitem', { name: 'Entered in error' }).click();
    await page.getByRole('textbox', { name: /Reason/ }).fill('wrong patient');
    await page.getByRole('dialog').getByRole('button', { name: 'Entered in error' }).click();
    await expect.poll(() => rows.count()).toBe(before);
  });

  test('[VT11] a copy that holds no vital signs and is not whole does not say that there are none', async () => {
    const opened = await openHarness({ state: 'stale', at: '/patient/cast-newborn/vitals' });
    ({ close } = opened);
    const text = opened.page.locator('main');
    await text
      .getByText(/may be incomplete|Nothing in this copy|Last set/)
      .first()
      .waitFor();
    expect(await text.innerText()).not.toContain('No vital signs recorded');
  });
});
