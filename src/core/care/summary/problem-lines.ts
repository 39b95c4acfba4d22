// Problems and diagnoses as lists show them (Condition).
//
//   CH18  Active and past stand apart; what is in error or refuted is in neither and can be asked for.
//   CH19  Unconfirmed and disputed problems stand among the active ones, marked (CR3).
import type { ResourceJson } from '../../base/json-types.ts';
import { dateRange } from '../../fhir/instant.ts';
import { at, codesOf, itemsOf, textOf } from '../merge/clinical-words.ts';
import { conceptWords, type Entry } from '../banner/allergy-section.ts';

export interface ProblemLine {
  /** `Condition/1` */
  readonly name: string;
  readonly words: string;
  readonly group: 'active' | 'past' | 'withdrawn';
  /** Of this or a past encounter, not of the list of problems. */
  readonly isDiagnosis: boolean;
  readonly isUnconfirmed: boolean;
  readonly isDisputed: boolean;
  readonly severity: string;
  /** FHIR dates as written; '' where unknown. */
  readonly since: string;
  readonly until: string;
  readonly recorded: string;
  readonly by: string;
  readonly notes: readonly string[];
}

const PAST: ReadonlySet<string> = new Set(['inactive', 'remission', 'resolved']);

/** Active first, then by when they began, the latest first. */
export function problemLines(entries: readonly Entry[]): readonly ProblemLine[] {
  return entries
    .filter(({ resource }) => resource.resourceType === 'Condition')
    .map(problemLine)
    .sort(
      (a, b) =>
        GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) ||
        (dateRange(b.since)?.lo ?? 0) - (dateRange(a.since)?.lo ?? 0) ||
        (a.words < b.words ? -1 : 1),
    );
}
const GROUPS = ['active', 'past', 'withdrawn'] as const;

export function problemLine({ resource, conflict }: Entry): ProblemLine {
  return {
    name: `Condition/${resource.id ?? ''}`,
    words: conceptWords(resource['code']),
    group: groupOf(resource, conflict),
    isDiagnosis: codesOf(resource['category']).includes('encounter-diagnosis'),
    isUnconfirmed: !codesOf(resource['verificationStatus']).includes('confirmed'),
    isDisputed: conflict,
    severity: conceptWords(resource['severity']),
    since:
      textOf(resource['onsetDateTime']) || textOf(at(resource, 'onsetPeriod.start')) || textOf(resource['onsetString']),
    until:
      textOf(resource['abatementDateTime']) ||
      textOf(at(resource, 'abatementPeriod.end')) ||
      textOf(resource['abatementString']),
    recorded: textOf(resource['recordedDate']),
    by: textOf(at(resource, 'recorder.display')) || textOf(at(resource, 'asserter.display')),
    notes: itemsOf(resource['note'])
      .map((one) => textOf(at(one, 'text')))
      .filter((text) => text !== ''),
  };
}
function groupOf(body: ResourceJson, conflict: boolean): ProblemLine['group'] {
  const verification = codesOf(body['verificationStatus']);
  // Two entries that differ: shown as what may still need care.
  if (conflict) return 'active';
  if (verification.includes('entered-in-error') || verification.includes('refuted')) return 'withdrawn';
  return codesOf(body['clinicalStatus']).some((code) => PAST.has(code)) ? 'past' : 'active';
}
