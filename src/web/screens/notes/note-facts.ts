// What decides whether a note is late: when stays ended and whether the patient died, from what is here of the patient.
import type { NoteFacts } from '../../../core/care/notes/note-lines.ts';
import type { Entry } from '../../../core/care/banner/allergy-section.ts';
import { at, textOf } from '../../../core/care/merge/clinical-words.ts';
import { dateRange } from '../../../core/fhir/instant.ts';

export function noteFacts(entries: readonly Entry[]): NoteFacts {
  const stayEnds = new Map<string, number>();
  let diedAt: number | undefined;
  for (const { resource } of entries) {
    if (resource.resourceType === 'Patient') diedAt ??= dateRange(textOf(resource['deceasedDateTime']))?.hi;
    if (resource.resourceType !== 'Encounter') continue;
    const end = dateRange(textOf(at(resource, 'period.end')));
    if (end !== undefined) stayEnds.set(`Encounter/${resource.id ?? ''}`, end.hi);
  }
  return { stayEnds, ...(diedAt === undefined ? {} : { diedAt }) };
}
