// Orders in a browser, over the demo hospital: signed with the patient confirmed, phoned where they cannot wait, printed, moved by a department.
import { afterEach, describe, expect, test } from 'vitest';
import { noBrowser, openHarness } from '../open-harness.ts';

const AT = '/patient/cast-sepsis/orders';
let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

describe.skipIf(noBrowser !== undefined)('orders', () => {
  test('[OD6] [OD10] [OD11] [OD12] [OD13] an order is signed once, stands as written here alone, and is phoned and printed where it cannot wait', async () => {
    const opened = await openHarness({ state: 'device', person: 'doctor', at: AT });
    ({ close } = opened);
    const { page, errors, go } = opened;
    await page.getByRole('button', { name: 'New order' }).click();
    const form = page.getByRole('dialog');
    await form.locator('#order-what').fill('react');
    await page.getByRole('option', { name: 'C-reactive protein' }).click();
    await form.getByText('The same was asked for or reported lately').waitFor();
    const sign = form.getByRole('button', { name: 'Sign the order' });
    await sign.click();
    await form.getByRole('alert').getByText('Say why it is wanted again.').first().waitFor();
    expect(await form.innerText()).toContain('Confirm who it is for.');
    await form.locator('#order-again').fill('Fever is back');
    await form.getByText('At once (stat)').click();
    // DT30: name, birth and number stand in the box that is ticked.
    const box = form.getByRole('checkbox', { name: /This order is for HOLT, Margaret.*19-Nov-1954.*4728591L/ });
    await box.check();
    await sign.dblclick();
    const item = page.locator('[data-order="C-reactive protein"]').filter({ hasText: 'on this device alone' });
    await item.waitFor();
    expect(await item.count()).toBe(1);
    expect(await item.locator('[aria-current=step]').innerText()).toContain('Written');
    expect(await item.innerText()).toContain('Asked for again: Fever is back');
    // Just signed: nobody need phone yet.
    expect(await page.locator('[data-part=must-phone]').count()).toBe(0);

    await page.evaluate(async () => {
      const device = window.harness?.device;
      const text = JSON.stringify({
        resourceType: 'ServiceRequest',
        status: 'active',
        intent: 'order',
        priority: 'stat',
        category: [{ coding: [{ system: 'http://snomed.info/sct', code: '363679005' }] }],
        code: { text: 'CT head' },
        subject: { reference: 'Patient/cast-sepsis' },
        authoredOn: new Date((device?.status().now ?? 0) - 6 * 60_000).toISOString(),
        requester: { display: 'Dr Reid' },
      });
      await device?.save([{ kind: 'create', type: 'ServiceRequest', id: 'late-ct', text }]);
    });
    const phone = page.locator('[data-part=must-phone]');
    await phone.getByText('Phone now: 1 order that cannot wait').waitFor();
    await phone.getByText('CT head: ring Imaging Department').waitFor();
    expect(await phone.getByRole('link').getAttribute('href')).toMatch(/^tel:\d+/);

    await page.getByRole('link', { name: 'Requisition slip: CT head' }).click();
    const slip = page.locator('[data-part=slip]');
    expect(await slip.innerText()).toMatch(/HOLT, Margaret[\s\S]*At once[\s\S]*Paper is no receipt[\s\S]*Taken by/);
    expect(await slip.innerText()).toContain('Written: on this device alone');
    await page.evaluate(() => {
      window.print = () => void (document.title = 'printed');
    });
    await page.getByRole('button', { name: 'Print', exact: true }).click();
    await expect.poll(() => page.title()).toBe('printed');

    await go('/orders');
    const first = page.getByRole('grid').getByRole('row').nth(1);
    await first.getByText('Phone now').waitFor();
    expect(await first.innerText()).toMatch(/CT head[\s\S]*HOLT, Margaret[\s\S]*19-Nov-1954 4728591L/);
    await first.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Orders', exact: true }).waitFor();
    expect(errors).toEqual([]);
  });

  test('[OD9] [OD12] a department receives and accepts an order of its own with one button each, and orders nothing itself', async () => {
    const opened = await openHarness({ state: 'live', person: 'imaging', at: AT });
    ({ close } = opened);
    const { page, errors } = opened;
    // A report that is withdrawn leaves its order open again.
    await page.evaluate(async () => {
      const device = window.harness?.device;
      const chart = await device?.chart('cast-sepsis');
      const report = chart?.all.find(
        ({ key, resource }) =>
          key.type === 'DiagnosticReport' && JSON.stringify(resource['category']).includes('"RAD"'),
      );
      const order = chart?.all.find(({ key }) =>
        JSON.stringify(report?.resource['basedOn'] ?? '').includes(`"ServiceRequest/${key.id}"`),
      );
      const statusOf = (shown: typeof report, value: string) => ({
        kind: 'patch' as const,
        type: shown?.key.type ?? '',
        id: shown?.key.id ?? '',
        ifMatch: shown?.versionId ?? '',
        patch: { form: 'json-patch' as const, text: JSON.stringify([{ op: 'replace', path: '/status', value }]) },
      });
      const saved = await device?.save([statusOf(report, 'entered-in-error'), statusOf(order, 'active')]);
      if (saved?.ok !== true) throw new Error(JSON.stringify(saved));
    });
    const sent = page.locator('li', { has: page.locator('[data-state=sent], [data-state=written]') }).first();
    await sent.waitFor();
    const words = (await sent.getAttribute('data-order')) ?? '';
    const item = page.locator(`[data-order="${words}"]`).first();
    await item.getByRole('button', { name: /^Received/ }).click();
    await item.getByText('Received by the department').waitFor();
    await item.getByRole('button', { name: /^Accept/ }).click();
    await item.getByText('Acknowledged').first().waitFor();
    expect(await page.getByRole('button', { name: 'New order' }).count()).toBe(0);
    expect(errors).toEqual([]);
  });

  test('[OD12] a copy that holds no orders and is not whole does not say that there are none', async () => {
    const opened = await openHarness({ state: 'stale', person: 'doctor', at: '/patient/cast-newborn/orders' });
    ({ close } = opened);
    const text = opened.page.locator('main');
    await text
      .getByText(/may be incomplete|Nothing in this copy/)
      .first()
      .waitFor();
    expect(await text.innerText()).not.toMatch(/No orders/);
  });
});
