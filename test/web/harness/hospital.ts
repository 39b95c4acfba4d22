// The hospital of the harness: always the same one, at the same moment, so that pictures and tests can be compared.
import type { Instant } from '../../../src/core/base/ports.ts';

/** A Tuesday afternoon in winter, UTC: doses of 14:00 are due, the late shift has just come. */
export const NOW: Instant = Date.UTC(2026, 1, 10, 14, 20);
export const DEMO = { seed: 'holdfast', now: NOW, beds: 60, patients: 70 } as const;

/** Whose records the device has whole, beside those of the first nurse's ward; of everybody else it has identity, allergies and alerts. */
export const WHOLE: readonly string[] = [
  'cast-alike-1',
  'cast-alike-2',
  'cast-penicillin',
  'cast-parkinson',
  'cast-mother',
  'cast-mother-baby',
  'cast-child-asthma',
  'cast-unknown',
  'cast-diabetes',
];

/** Whose allergy is written twice, each without the other. */
export const CONFLICT_OF = 'cast-penicillin';

/** `live`: everything answers. `site`: no region. `device`: no server for three hours. `downtime`: as `device`, and declared. `stale`: live again, but nothing came for two hours. */
export const STATES = ['live', 'site', 'device', 'downtime', 'stale'] as const;
export type HarnessState = (typeof STATES)[number];

const MINUTE = 60_000;
export const AS_OF: Readonly<Record<HarnessState, Instant>> = {
  live: NOW - MINUTE / 3,
  site: NOW - MINUTE / 3,
  device: NOW - 190 * MINUTE,
  downtime: NOW - 190 * MINUTE,
  stale: NOW - 125 * MINUTE,
};

/** Who may be in: the demo's user names. */
export type HarnessPerson =
  | 'nurse'
  | 'charge-nurse'
  | 'doctor'
  | 'gp'
  | 'ward-clerk'
  | 'receptionist'
  | 'pharmacist'
  | 'laboratory'
  | 'imaging'
  | 'billing'
  | 'incident-lead'
  | 'it';
