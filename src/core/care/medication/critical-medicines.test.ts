import { expect, test } from 'vitest';
import { isCriticalMedicine } from './critical-medicines.ts';

test('[MG38] a medicine is critical by code, by name, and where it cannot be told', () => {
  const atc = (code: string) => ({
    medicationCodeableConcept: { coding: [{ system: 'http://www.whocc.no/atc', code }], text: 'a' },
  });
  expect(isCriticalMedicine(atc('A10AB01'))).toBe(true);
  expect(isCriticalMedicine(atc('A02BC01'))).toBe(false);
  expect(isCriticalMedicine({ medicationCodeableConcept: { text: 'Heparin infusion' } })).toBe(true);
  expect(isCriticalMedicine({ medicationCodeableConcept: { text: 'paracetamol' } })).toBe(false);
  // Of another code alone nothing is known; of a reference neither.
  expect(isCriticalMedicine({ medicationCodeableConcept: { coding: [{ system: 'urn:x', code: 'A02' }] } })).toBe(true);
  expect(isCriticalMedicine({ medicationReference: { reference: 'Medication/1' } })).toBe(true);
  expect(isCriticalMedicine({})).toBe(true);
});
