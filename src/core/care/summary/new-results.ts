// Reports that came lately, with how many of their values are outside their range or critical.
//
//   CH58  A report counts from when it was issued; preliminary ones are among them, errors are not; critical values are counted apart.
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { at, codesOf, criticalCodesOf, itemsOf, textOf } from '../merge/clinical-words.ts';
import { conceptWords, type Entry } from '../banner/allergy-section.ts';

export interface NewResult {
  /** `DiagnosticReport/1` */
  readonly name: string;
  readonly words: string;
  readonly issued: string;
  readonly isPreliminary: boolean;
  readonly critical: number;
  /** Outside the range, the critical ones not counted. */
  readonly abnormal: number;
  readonly conclusion: string;
  readonly isDisputed: boolean;
}
const OUT: ReadonlySet<string> = new Set(['entered-in-error', 'cancelled', 'registered', 'unknown']);
const OUTSIDE: ReadonlySet<string> = new Set(['H', 'L', 'A', 'HX', 'LX', 'HU', 'LU', 'POS', 'R']);

/** The latest first. */
export function newResults(entries: readonly Entry[], since: Instant): readonly NewResult[] {
  const observations = new Map<string, ResourceJson>(
    entries
      .filter(({ resource }) => resource.resourceType === 'Observation')
      .map(({ resource }) => [`Observation/${resource.id ?? ''}`, resource] as const),
  );
  return entries
    .filter(({ resource }) => resource.resourceType === 'DiagnosticReport' && !OUT.has(textOf(resource['status'])))
    .map(({ resource, conflict }): NewResult => {
      const values = itemsOf(resource['result']).flatMap((one) => observations.get(textOf(at(one, 'reference'))) ?? []);
      const isCritical = values.map((value) => criticalCodesOf(value).length > 0);
      const abnormal = values.filter(
        (value, n) => isCritical[n] !== true && codesOf(value['interpretation']).some((code) => OUTSIDE.has(code)),
      );
      const own = criticalCodesOf(resource).length > 0 ? 1 : 0;
      return {
        name: `DiagnosticReport/${resource.id ?? ''}`,
        words: conceptWords(resource['code']),
        issued: textOf(resource['issued']) || textOf(resource['effectiveDateTime']),
        isPreliminary: ['preliminary', 'partial'].includes(textOf(resource['status'])),
        critical: isCritical.filter(Boolean).length + own,
        abnormal: abnormal.length,
        conclusion: textOf(resource['conclusion']),
        isDisputed: conflict,
      };
    })
    .filter(({ issued }) => (dateRange(issued)?.hi ?? 0) > since)
    .sort((a, b) => (dateRange(b.issued)?.lo ?? 0) - (dateRange(a.issued)?.lo ?? 0));
}
