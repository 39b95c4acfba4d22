// What lies behind: stays and visits, procedures, immunisations, family and social history, on one line of time.
//
//   CH20  What is in error is left out of the timeline; what did not happen is told as not done.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { at, codesOf, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import { conceptWords, type Entry } from '../banner/allergy-section.ts';

export type HistoryKind = 'stay' | 'visit' | 'procedure' | 'immunisation' | 'family' | 'social';
export interface HistoryLine {
  readonly kind: HistoryKind;
  readonly name: string;
  readonly words: string;
  /** Place, reason, result: as it was written. */
  readonly details: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly status: string;
  readonly isOngoing: boolean;
  readonly isNotDone: boolean;
  readonly isDisputed: boolean;
}

const INPATIENT: ReadonlySet<string> = new Set(['IMP', 'ACUTE', 'NONAC', 'OBSENC', 'SS', 'EMER']);

/** The latest first; what has no time last. */
export function historyLines(entries: readonly Entry[]): readonly HistoryLine[] {
  return entries
    .flatMap((entry) => {
      const line = historyLine(entry);
      return line === undefined ? [] : [line];
    })
    .sort((a, b) => momentOf(b.from) - momentOf(a.from) || (a.words < b.words ? -1 : 1));
}
const momentOf = (text: string): Instant => dateRange(text)?.lo ?? -Infinity;

function historyLine({ resource, conflict }: Entry): HistoryLine | undefined {
  if (resource['status'] === 'entered-in-error') return undefined;
  const line = (
    kind: HistoryKind,
    words: string,
    from: string,
    more: Partial<HistoryLine> & { readonly details: readonly string[] },
  ): HistoryLine => ({
    kind,
    name: `${resource.resourceType}/${resource.id ?? ''}`,
    words,
    from,
    to: '',
    status: textOf(resource['status']),
    isOngoing: false,
    isNotDone: false,
    isDisputed: conflict,
    ...more,
    details: more.details.filter((each) => each !== ''),
  });
  switch (resource.resourceType) {
    case 'Encounter':
      return encounterLine(resource, line);
    case 'Procedure':
      return line('procedure', conceptWords(resource['code']), performedAt(resource, 'start'), {
        to: performedAt(resource, 'end'),
        details: [outcomeOf(resource), ...notesOf(resource)],
        isOngoing: ['in-progress', 'preparation', 'on-hold'].includes(textOf(resource['status'])),
        isNotDone: resource['status'] === 'not-done' || resource['status'] === 'stopped',
      });
    case 'Immunization':
      return line(
        'immunisation',
        conceptWords(resource['vaccineCode']),
        textOf(resource['occurrenceDateTime']) || textOf(resource['occurrenceString']),
        {
          details: [textOf(resource['lotNumber']), conceptWords(resource['statusReason']), ...notesOf(resource)],
          isNotDone: resource['status'] === 'not-done',
        },
      );
    case 'FamilyMemberHistory':
      return line('family', familyWords(resource), textOf(resource['date']), { details: notesOf(resource) });
    case 'Observation':
      return codesOf(resource['category']).includes('social-history')
        ? line(
            'social',
            `${conceptWords(resource['code'])}: ${valueWords(resource)}`,
            textOf(resource['effectiveDateTime']),
            { details: notesOf(resource) },
          )
        : undefined;
    default:
      return undefined;
  }
}
type MakeLine = (
  kind: HistoryKind,
  words: string,
  from: string,
  more: Partial<HistoryLine> & { readonly details: readonly string[] },
) => HistoryLine;

function encounterLine(body: ResourceJson, line: MakeLine): HistoryLine {
  const isStay = INPATIENT.has(textOf(at(body, 'class.code')));
  const type =
    itemsOf(body['type'])
      .map(conceptWords)
      .find((words) => words !== '') ?? '';
  const service = conceptWords(body['serviceType']);
  const places = itemsOf(body['location']).map((one) => textOf(at(one, 'location.display')));
  const status = textOf(body['status']);
  return line(
    isStay ? 'stay' : 'visit',
    [type, service].filter((each) => each !== '').join(' – ') || textOf(at(body, 'class.display')),
    textOf(at(body, 'period.start')),
    {
      to: textOf(at(body, 'period.end')),
      details: [...new Set([...itemsOf(body['reasonCode']).map(conceptWords), ...places])],
      isOngoing: ['arrived', 'triaged', 'in-progress', 'onleave'].includes(status),
      isNotDone: status === 'cancelled',
    },
  );
}
function performedAt(body: ResourceJson, end: 'start' | 'end'): string {
  const period = textOf(at(body, `performedPeriod.${end}`));
  return period !== '' || end === 'end' ? period : textOf(body['performedDateTime']) || textOf(body['performedString']);
}
const outcomeOf = (body: ResourceJson): string => conceptWords(body['outcome']);
const notesOf = (body: ResourceJson): readonly string[] => itemsOf(body['note']).map((one) => textOf(at(one, 'text')));
function familyWords(body: ResourceJson): string {
  const conditions = itemsOf(body['condition']).map((one) => conceptWords(isObject(one) ? one['code'] : undefined));
  return `${conceptWords(body['relationship'])}: ${conditions.filter((each) => each !== '').join(', ')}`;
}

/** The value of an Observation as words; '' where it has none. Numbers as they were parsed. */
export function valueWords(body: JsonObject): string {
  const quantity = body['valueQuantity'];
  if (isObject(quantity)) return `${numberWords(quantity['value'])} ${textOf(quantity['unit'])}`.trim();
  const concept = conceptWords(body['valueCodeableConcept']);
  if (concept !== '') return concept;
  const components = itemsOf(body['component'])
    .filter(isObject)
    .map((one) => `${conceptWords(one['code'])} ${valueWords(one)}`);
  if (components.length > 0) return components.join(', ');
  return (
    textOf(body['valueString']) ||
    numberWords(body['valueInteger']) ||
    textOf(body['valueDateTime']) ||
    booleanWords(body['valueBoolean'])
  );
}
const numberWords = (value: JsonValue | undefined): string => (typeof value === 'number' ? String(value) : '');
const booleanWords = (value: JsonValue | undefined): string => (typeof value === 'boolean' ? String(value) : '');
