// The series of numbers of a site, and how far one may have run by a moment (decisions/0012-numbers.md).
//
//   ID3  An incarnation that started at `a` gives, in any lane, only numbers from `floorOf(a)` up to `floorOf(now)`: those of two
//        incarnations of which one ended before the other started are never the same, whatever either remembers.
//   ID4  A lane is drawn at random by the incarnation that uses it, and never one that the database has seen: what the clock
//        does not keep apart (two copies that run at once, a clock that was set back), chance does, but for 1 in 32,768.
import { assert } from '../../base/assert.ts';
import type { Chance, Instant } from '../../base/ports.ts';
import { base32, LANE_LENGTH } from './number-text.ts';

export const SERIES = ['patient', 'encounter', 'accession', 'prescription', 'invoice', 'temporary'] as const;
export type Series = (typeof SERIES)[number];

export const isSeries = (text: string): text is Series => SERIES.some((one) => one === text);

/** 2026-01-01T00:00:00Z: no number was given before. */
const EPOCH: Instant = 1_767_225_600_000;
/** Numbers a second that a lane may give. Seven characters last until 2060; then there are eight. */
export const RATE = 32;
/** An incarnation takes longer than this to start: what it may give in this time it may give at once. */
const START_MS = 1_000;

/** The first number that an incarnation which starts at `at` may give. */
export const floorOf = (at: Instant): number => Math.max(0, Math.floor(((at - EPOCH) * RATE) / 1_000));

/** The first number that an incarnation which started at `startedAt` may not give yet. */
export const ceilingOf = (startedAt: Instant, now: Instant): number => floorOf(Math.max(now, startedAt + START_MS));

/** Three characters of chance. */
export function drawLane(chance: Chance): string {
  const [high = 0, low = 0] = chance.bytes(2);
  return base32(((high << 8) | low) & 0x7fff, LANE_LENGTH);
}

/** A site's code where nobody gave one: five characters of the digest of its install. `hash`: 52 characters of base 32. */
export function siteCodeOf(hash: string): string {
  assert(hash.length >= 8, 'a digest is longer than a code');
  const letters = hash.slice(0, 5).toUpperCase();
  return letters.startsWith('T') ? `Z${letters.slice(1)}` : letters;
}

const V2_0203 = 'http://terminology.hl7.org/CodeSystem/v2-0203';
const TYPES: Readonly<Record<Series, { readonly code?: string; readonly text: string }>> = {
  patient: { code: 'MR', text: 'Medical record number' },
  encounter: { code: 'VN', text: 'Visit number' },
  accession: { code: 'ACSN', text: 'Accession number' },
  prescription: { text: 'Prescription number' },
  invoice: { text: 'Invoice number' },
  temporary: { code: 'MRT', text: 'Temporary medical record number' },
};

/** `Identifier.system`: of one series of one site, so that what two sites give never meets under one system. */
export const systemOf = (series: Series, site: string): string =>
  `https://holdfast.example/number/${series}/${site.toLowerCase()}`;

/** The number as a FHIR Identifier (http://hl7.org/fhir/R4/datatypes.html#Identifier). */
export function identifierOf(
  series: Series,
  site: string,
  value: string,
): { use: 'official' | 'temp'; type: object; system: string; value: string } {
  const { code, text } = TYPES[series];
  return {
    use: series === 'temporary' ? 'temp' : 'official',
    type: code === undefined ? { text } : { coding: [{ system: V2_0203, code }], text },
    system: systemOf(series, site),
    value,
  };
}
