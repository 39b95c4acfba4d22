// What a conflict is about, in words: the resource's own name for itself, its patient, since when.
//
//   CH55  The gravest first, then the longest open.
import type { Instant } from '../../../core/base/ports.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import { conceptWords } from '../../../core/care/banner/allergy-section.ts';
import { at, itemsOf, textOf } from '../../../core/care/merge/clinical-words.ts';
import type { ConflictShown } from '../../device/device.ts';

/** `Patient/1`; undefined of what is no patient's. */
export function patientOf(body: ResourceJson): string | undefined {
  if (body.resourceType === 'Patient') return `Patient/${body.id ?? ''}`;
  for (const path of ['subject', 'patient', 'for', 'beneficiary', 'individual']) {
    const found = textOf(at(body, `${path}.reference`));
    if (found.startsWith('Patient/')) return found;
  }
  return undefined;
}

/** What it calls itself; '' where it has no words. */
export function subjectWords(body: ResourceJson): string {
  const ways = [
    conceptWords(body['code']),
    conceptWords(body['medicationCodeableConcept']),
    conceptWords(body['vaccineCode']),
    textOf(body['title']),
    textOf(body['description']),
    conceptWords(body['description']),
    ...itemsOf(body['category']).map(conceptWords),
    ...itemsOf(body['type']).map(conceptWords),
  ];
  return ways.find((words) => words !== '') ?? '';
}

/** When the last side was written that made it a conflict. */
export const openSince = ({ sides }: Pick<ConflictShown, 'sides'>): Instant =>
  Math.max(...sides.map(({ authoredAt }) => authoredAt));

export function inOrder(conflicts: readonly ConflictShown[]): readonly ConflictShown[] {
  const rank = ({ shown }: ConflictShown): number => (shown.severity === 'S1' ? 0 : 1);
  return conflicts.toSorted((a, b) => rank(a) - rank(b) || openSince(a) - openSince(b));
}
