import { expect, test } from 'vitest';
import { clinicalRank, CLINICAL_RANKS, typesOfRank } from './clinical-rank.ts';

const concept = (code: string) => ({ coding: [{ system: 'x', code }] });

test('[SC12] the rank is told by type and status: what goes on comes before what is over', () => {
  expect(clinicalRank({ resourceType: 'Patient', active: false })).toBe(0);
  expect(clinicalRank({ resourceType: 'AllergyIntolerance', clinicalStatus: concept('resolved') })).toBe(0);
  expect(clinicalRank({ resourceType: 'Flag', status: 'inactive' })).toBe(0);
  expect(clinicalRank({ resourceType: 'MedicationRequest', status: 'active' })).toBe(1);
  expect(clinicalRank({ resourceType: 'MedicationRequest', status: 'on-hold' })).toBe(1);
  expect(clinicalRank({ resourceType: 'MedicationRequest', status: 'stopped' })).toBe(4);
  expect(clinicalRank({ resourceType: 'Condition', clinicalStatus: concept('recurrence') })).toBe(2);
  expect(clinicalRank({ resourceType: 'Condition', clinicalStatus: concept('remission') })).toBe(4);
  expect(clinicalRank({ resourceType: 'Condition', verificationStatus: concept('entered-in-error') })).toBe(4);
  expect(clinicalRank({ resourceType: 'Encounter', status: 'onleave' })).toBe(3);
  expect(clinicalRank({ resourceType: 'Encounter', status: 'finished' })).toBe(4);
  expect(clinicalRank({ resourceType: 'Observation', status: 'final' })).toBe(4);
  expect(clinicalRank(undefined)).toBe(4);
});

test('[SC12] what has no status, or one that nobody knows, counts as going on', () => {
  for (const [type, rank] of [
    ['MedicationStatement', 1],
    ['Condition', 2],
    ['Appointment', 3],
  ] as const) {
    expect(clinicalRank({ resourceType: type })).toBe(rank);
    expect(clinicalRank({ resourceType: type, status: 'of-a-later-version', clinicalStatus: 7 })).toBe(rank);
    expect(clinicalRank({ resourceType: type, clinicalStatus: { coding: 'x' } })).toBe(rank);
  }
  const types = CLINICAL_RANKS.flatMap((rank) => typesOfRank(rank) ?? []);
  expect(new Set(types).size).toBe(types.length);
});
