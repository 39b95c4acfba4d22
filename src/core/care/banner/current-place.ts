// Where the patient is now: the stay that goes on, and its bed.
//
//   CH13  Of several stays that go on the one that began last is the banner's; a place that sides differ on is said to be uncertain (MG27).
import type { JsonObject } from '../../base/json-types.ts';
import { dateRange } from '../../fhir/instant.ts';
import { at, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import type { Entry } from './allergy-section.ts';

export interface CurrentPlace {
  /** `Location/1`; '' where the stay names none. */
  readonly location: string;
  /** As the stay names it: ward and bed. */
  readonly words: string;
  readonly isUncertain: boolean;
}

const GOING_ON: ReadonlySet<string> = new Set(['arrived', 'triaged', 'in-progress', 'onleave']);
const INPATIENT: ReadonlySet<string> = new Set(['IMP', 'ACUTE', 'NONAC', 'OBSENC', 'EMER', 'SS']);

/** The stay that goes on, of all that is here of one patient. */
export function currentStay<T extends Entry>(entries: readonly T[]): T | undefined {
  const open = entries.filter(
    ({ resource }) => resource.resourceType === 'Encounter' && GOING_ON.has(textOf(resource['status'])),
  );
  const inpatient = open.filter(({ resource }) => INPATIENT.has(textOf(at(resource, 'class.code'))));
  const began = ({ resource }: T): number => dateRange(textOf(at(resource, 'period.start')))?.lo ?? 0;
  return (inpatient.length > 0 ? inpatient : open).toSorted((a, b) => began(b) - began(a))[0];
}

/** The place in which the stay has the patient now; undefined where it names none. */
export function currentPlace({ resource, conflict }: Entry): CurrentPlace | undefined {
  const places = itemsOf(resource['location']).filter(isObject).filter(isNow);
  const found = places.find((one) => textOf(one['status']) === 'active') ?? places.at(-1);
  if (found === undefined) return undefined;
  return {
    location: textOf(at(found, 'location.reference')),
    words: textOf(at(found, 'location.display')),
    isUncertain: conflict,
  };
}
const isNow = (place: JsonObject): boolean =>
  !['completed', 'planned', 'reserved'].includes(textOf(place['status'])) && textOf(at(place, 'period.end')) === '';
