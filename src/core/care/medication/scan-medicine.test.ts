// The five rights at the bedside (DT36): a test set in which every wrong patient and every wrong medicine must be blocked.
import { expect, test } from 'vitest';
import type { ResourceJson } from '../../base/json-types.ts';
import { demoRules, NOW, order } from './chart.test-kit.ts';
import { checkMedicine, checkWristband, hasCheckDigit, ordersOfCode, readCode } from './scan-medicine.ts';

const RULES = demoRules();
const TODAY = '2026-03-01';
const GROUP = '\u001D';
const ANNA: ResourceJson = {
  resourceType: 'Patient',
  id: 'anna',
  identifier: [
    { system: 'urn:x', value: 'KIS-0001234-7' },
    { system: 'urn:gsrn', value: '801234567890123457' },
    { use: 'old', value: 'T-9' },
  ],
};
const BERT: ResourceJson = {
  resourceType: 'Patient',
  id: 'bert',
  identifier: [{ system: 'urn:x', value: 'KIS-0001235-5' }],
};

test('[MD33] codes are read: GTIN with check digit, element strings with and without brackets, our own', () => {
  expect(hasCheckDigit('4006381333931')).toBe(true);
  expect(readCode('4006381333931')).toEqual({ kind: 'gs1', gtin: '04006381333931' });
  expect(readCode('4006381333932')).toEqual({ kind: 'plain', text: '4006381333932' });
  expect(readCode(`]d2010400638133393117270200${`10AB12${GROUP}21X`}`)).toMatchObject({
    gtin: '04006381333931',
    expiresOn: '2027-02-28',
    batch: 'AB12',
  });
  expect(readCode('(01)04006381333931(17)270115(10)AB12')).toMatchObject({ expiresOn: '2027-01-15', batch: 'AB12' });
  expect(readCode('HFP:anna')).toEqual({ kind: 'patient', id: 'anna' });
  expect(readCode('HFM:paracetamol')).toEqual({ kind: 'medicine', key: 'paracetamol' });
  expect(readCode('(01)04006381333932')).toMatchObject({ kind: 'plain' });
  expect(readCode('8018801234567890123457')).toMatchObject({ gsrn: '801234567890123457' });
});
test('[MD34] every wristband of another patient is blocked, and every code that is no wristband', () => {
  const good = ['HFP:anna', 'KIS-0001234-7', 'kis 00012347', '(8018)801234567890123457'];
  for (const code of good) expect(checkWristband(readCode(code), ANNA), code).toEqual({ ok: true });
  for (const code of [...good, 'HFP:carl', 'KIS-9999999-1', 'T-9', ''])
    expect(checkWristband(readCode(code), BERT), code).toMatchObject({ ok: false });
  expect(checkWristband(readCode('T-9'), ANNA)).toMatchObject({ ok: false });
  for (const code of ['HFM:paracetamol', '4006381333931'])
    expect(checkWristband(readCode(code), ANNA)).toEqual({ ok: false, why: 'not-a-wristband' });
});
test('[MD34] of all medicines of the formulary only the ordered one passes, by pack and by our own code; 100 % of the others are blocked', () => {
  let blocked = 0;
  for (const ordered of RULES.medicines)
    for (const scanned of RULES.medicines) {
      const request = order(RULES, ordered.key);
      for (const code of [`HFM:${scanned.key}`, scanned.barcodes[0] ?? '']) {
        const found = checkMedicine(readCode(code), request, RULES, true, TODAY);
        expect(found.ok, `${ordered.key} ordered, ${scanned.key} scanned`).toBe(ordered.key === scanned.key);
        if (!found.ok) blocked += 1;
      }
    }
  expect(blocked).toBe(2 * RULES.medicines.length * (RULES.medicines.length - 1));
});
test('[MD33] no medicine counts before the wristband; [MD34] unknown codes, past dates and orders without a rule are blocked', () => {
  const request = order(RULES, 'paracetamol');
  const pack = RULES.medicines.find(({ key }) => key === 'paracetamol')?.barcodes[0] ?? '';
  expect(checkMedicine(readCode(pack), request, RULES, false, TODAY)).toEqual({ ok: false, why: 'no-wristband' });
  expect(checkMedicine(readCode('4006381333931'), request, RULES, true, TODAY)).toEqual({
    ok: false,
    why: 'unknown-code',
  });
  expect(checkMedicine(readCode('HFP:anna'), request, RULES, true, TODAY)).toEqual({
    ok: false,
    why: 'not-a-medicine',
  });
  const old = checkMedicine(readCode(`(01)${pack}(17)260228`), request, RULES, true, TODAY);
  expect(old).toMatchObject({ ok: false, why: 'expired', expiresOn: '2026-02-28' });
  expect(checkMedicine(readCode(`(01)${pack}(17)260301(10)L1`), request, RULES, true, TODAY)).toMatchObject({
    ok: true,
    batch: 'L1',
  });
  const strange = order(RULES, 'blue pills');
  expect(checkMedicine(readCode(pack), strange, RULES, true, TODAY)).toMatchObject({ ok: false, why: 'order-unknown' });
  const orders = [request, order(RULES, 'senna', { id: 's' })];
  expect(ordersOfCode(readCode(pack), orders, RULES, NOW).map(({ id }) => id)).toEqual(['new']);
});
