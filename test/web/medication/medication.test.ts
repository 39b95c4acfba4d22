// Medication in a real browser: a doctor prescribes against an allergy, a nurse charts, scans and is stopped, a person rolls content back.
import { describe, expect, test } from 'vitest';
import { noBrowser, openHarness } from '../open-harness.ts';

const SKIP = noBrowser !== undefined;

describe.skipIf(SKIP)('medication in the ward client', () => {
  test('[MD39] [MD40] [MD30] amoxicillin against a penicillin allergy wants a reason and the patient confirmed, and is written once', async () => {
    const { page, errors, close } = await openHarness({
      person: 'doctor',
      state: 'device',
      width: 1280,
      at: '/patient/cast-penicillin/prescribe',
    });
    const medicine = page.getByRole('combobox', { name: /Medicine/ }).or(page.locator('#rx-medicine'));
    await medicine.first().fill('amoxicil');
    await page.getByRole('option', { name: /amoxicillin capsule/ }).click();
    await page.getByRole('button', { name: /500 mg — 3 times a day/ }).click();
    const checks = page.locator('[data-part=checks]').first();
    await expect.poll(() => checks.innerText()).toMatch(/SEVERE Allergy: Penicillin/);
    await page.getByRole('button', { name: 'Review and sign' }).click();
    const dialog = page.getByRole('dialog', { name: 'Sign this order' });
    // DT30: who it is for stands over it, by name, date of birth and number.
    expect(await dialog.locator('[data-part=patient-words]').innerText()).toMatch(
      /FLETCHER, Hannah[^]*12-Sep-1996[^]*1863851K/,
    );
    await dialog.getByRole('button', { name: 'Sign', exact: true }).click();
    expect(await dialog.innerText()).toContain('Confirm who it is for.');
    await dialog.locator('#rx-reason').fill('anaphylaxis was to another medicine: allergist’s letter');
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'Sign', exact: true }).dblclick();
    await page.getByRole('heading', { name: 'Signed: amoxicillin' }).waitFor();
    expect(await page.locator('main').innerText()).toContain('Kept on this device alone');
    await page.getByRole('link', { name: 'To the medicines' }).click();
    const line = page.locator('li[data-name=amoxicillin]');
    await line.first().waitFor();
    expect(await line.count()).toBe(1);
    expect(await line.innerText()).toMatch(
      /amoxicillin capsule — DOSE 500.mg — by mouth — 3 times a day: 08:00, 14:00, 22:00/,
    );
    expect(await line.innerText()).toMatch(/signed against a check[^]*written: on this device alone/);
    // A change is a new order; the old one is stopped with it (MD30).
    await line.getByRole('button', { name: 'Actions for amoxicillin' }).click();
    await page.getByRole('menuitem', { name: 'Change' }).click();
    await page.getByRole('heading', { name: 'Change the order for amoxicillin' }).waitFor();
    await page.locator('#rx-dose').fill('1000');
    await page.getByRole('button', { name: 'Review and sign' }).click();
    // The order that is replaced is not the same medicine twice.
    expect(await dialog.innerText()).not.toContain('The same medicine is ordered already');
    await dialog.locator('#rx-reason').fill('as before');
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'Sign', exact: true }).click();
    await page.getByRole('heading', { name: 'Signed: amoxicillin' }).waitFor();
    await page.getByRole('link', { name: 'To the medicines' }).click();
    await expect.poll(() => line.allInnerTexts().then((all) => all.join())).toMatch(/DOSE 1,000.mg/);
    expect(await line.count()).toBe(1);
    await page.getByText(/^Past/).click();
    await expect.poll(() => line.first().innerText()).toMatch(/STOPPED[^]*Replaced by a changed order/);
    expect(errors).toEqual([]);
    await close();
  });

  test('[MD38] a list on a small screen names what is below the fold, and draws held apart', async () => {
    const { page, close } = await openHarness({
      person: 'doctor',
      width: 360,
      height: 740,
      at: '/patient/cast-sepsis/medication',
    });
    expect(await page.locator('[data-part=look-ahead]').innerText()).toMatch(/more below: .*ramipril/);
    expect(await page.locator('main').innerText()).toContain('one on a handwritten pad may be missing');
    const held = page.locator('li[data-name=ramipril]');
    expect(await held.innerText()).toContain('ON HOLD');
    expect(await held.evaluate((li) => getComputedStyle(li).borderBlockStartStyle)).toBe('dashed');
    await close();
  });

  test('[MD42] [MD24] by keyboard alone: the due dose is charted; a second for the same time is told with both facts and wants a reason', async () => {
    const { page, errors, close } = await openHarness({
      person: 'nurse',
      state: 'live',
      width: 1280,
      at: '/patient/cast-sepsis/mar',
    });
    const row = page.locator('tr', { has: page.locator('th', { hasText: 'co-amoxiclav' }) });
    const due = row.locator('[data-state=due]');
    expect(await due.getAttribute('aria-label')).toBe('co-amoxiclav, 14:00, due');
    // The grid has one stop; arrows move inside it.
    await page.locator('td[tabindex="0"]').focus();
    for (let n = 0; n < 12; n++) {
      const here = await page.evaluate(
        () => document.activeElement?.querySelector('[data-state=due]')?.getAttribute('aria-label') ?? '',
      );
      if (here.startsWith('co-amoxiclav')) break;
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('Enter');
    const panel = page.getByRole('dialog', { name: 'Chart a dose' });
    await panel.waitFor();
    expect(await panel.locator('#dose-dose').inputValue()).toBe('625');
    await panel.getByRole('button', { name: 'Chart it' }).focus();
    await page.keyboard.press('Enter');
    await panel.waitFor({ state: 'detached' });
    const given = row.locator('[data-state=given]', { hasText: '14:00' });
    expect(await given.getAttribute('aria-label')).toMatch(/14:00, given, .*625/);
    await given.click();
    await expect
      .poll(() => panel.locator('[data-part=dose-warnings]').innerText())
      .toMatch(/A dose for this time is charted already:[^]*14:20[^]*625.mg[^]*Nasreen Malik/);
    await panel.getByRole('button', { name: 'Chart it' }).click();
    expect(await panel.innerText()).toContain('A warning, or a scan that did not match, wants a reason.');
    // Undo takes nothing away: it is marked as an error, with a reason.
    await panel.getByRole('button', { name: 'Entered in error' }).first().click();
    await panel.getByLabel('Why was it an error?').fill('charted for the wrong bed');
    await panel.getByRole('button', { name: 'Entered in error' }).click();
    await row.locator('[data-state=due]').waitFor();
    expect(errors).toEqual([]);
    await close();
  });

  test('[MD34] [MD43] at the bedside another patient’s wristband and another medicine are blocked, and an emergency goes on with a reason', async () => {
    const { page, close } = await openHarness({
      person: 'nurse',
      state: 'device',
      width: 1280,
      at: '/patient/cast-sepsis/mar',
    });
    const row = page.locator('tr', { has: page.locator('th', { hasText: 'co-amoxiclav' }) });
    await row.locator('[data-state=due], [data-state=unknown]').last().click();
    const panel = page.getByRole('dialog', { name: 'Chart a dose' });
    const scan = async (code: string): Promise<string> => {
      await panel.getByLabel('Type the code').fill(code);
      await panel.getByRole('button', { name: 'Use' }).click();
      return panel.locator('[data-part=scan-outcome]').innerText();
    };
    expect(await scan('HFM:co-amoxiclav')).toContain('Scan the wristband first.');
    expect(await scan('HFP:cast-penicillin')).toContain('WRONG PATIENT');
    expect(await scan('HFP:cast-sepsis')).toContain('Wristband matches this patient.');
    expect(await scan('HFM:warfarin')).toContain('WRONG MEDICINE: warfarin');
    await panel.getByRole('button', { name: 'Chart it' }).click();
    expect(await panel.innerText()).toContain('Emergency: go on with a reason');
    expect(await panel.locator('#dose-override').count()).toBe(1);
    expect(await scan('HFM:co-amoxiclav')).toContain('Medicine matches the order: co-amoxiclav');
    await close();
  });

  test('[MD45] a dose given on somebody’s word is checked, charted and stands in a line of its own', async () => {
    const { page, close } = await openHarness({
      person: 'nurse',
      state: 'device',
      width: 1280,
      at: '/patient/cast-sepsis/mar',
    });
    await page.getByRole('button', { name: 'Dose without an order' }).click();
    const panel = page.getByRole('dialog', { name: 'Dose without an order' });
    await panel.locator('#adhoc-medicine').fill('paracet');
    await page.getByRole('option', { name: /paracetamol tablet/ }).click();
    await panel.locator('#adhoc-dose').fill('500');
    expect(await panel.innerText()).toMatch(
      /The same medicine is ordered already: paracetamol[^]*Doses of it in the last 24 hours:[^]*1,000.mg/,
    );
    await panel.getByRole('button', { name: 'Chart it' }).click();
    expect(await panel.innerText()).toContain('Say on whose word it was given.');
    await panel.locator('#adhoc-said').fill('Dr Shaw');
    await panel.getByRole('checkbox').check();
    await panel.getByRole('button', { name: 'Chart it' }).click();
    await panel.waitFor({ state: 'detached' });
    const line = page.locator('tbody', { hasText: 'Doses without an order here' });
    await expect.poll(() => line.innerText()).toMatch(/paracetamol[^]*14:20 given[^]*500.mg/);
    await close();
  });

  test('[CT7] [MD36] content that a person halts: everything says NO CHECKS, and again not when it is let run', async () => {
    const { page, go, close } = await openHarness({ person: 'doctor', state: 'device', at: '/content' });
    await page.getByRole('textbox', { name: /Reason/ }).fill('wrong dose in a rule');
    await page.getByRole('button', { name: 'Halt the checks' }).click();
    await page.getByText('HALTED: nothing is checked').waitFor();
    await go('/patient/cast-sepsis/prescribe');
    await page.locator('#rx-medicine').fill('senna');
    await page.getByRole('option', { name: /senna/ }).click();
    await page.getByText('NO CHECKS', { exact: true }).first().waitFor();
    await go('/content');
    await page.getByRole('textbox', { name: /Reason/ }).fill('looked at');
    await page.getByRole('button', { name: 'Let the checks run' }).click();
    await page.getByText('HALTED: nothing is checked').waitFor({ state: 'detached' });
    await close();
  });
});
