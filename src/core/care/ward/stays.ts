// Who lies where, as Encounters tell it (http://hl7.org/fhir/R4/encounter.html): Encounter.location is the history of places. Pure.
//
//   WB1  A patient lies where the last place that is not over says, of a stay that goes on; a stay without one has no bed.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { at, codesOf, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';

export type StayState = 'expected' | 'going-on' | 'on-leave' | 'ended' | 'never';
export interface PlaceOfStay {
  /** `Location/1`. */
  readonly place: string;
  /** As recorded; for people. */
  readonly words: string;
  readonly from?: Instant;
  readonly to?: Instant;
  readonly state: 'planned' | 'active' | 'reserved' | 'completed';
  /** Where in Encounter.location. */
  readonly index: number;
}
export interface Stay {
  /** Of the Encounter. */
  readonly id: string;
  /** Id of the Patient. */
  readonly patient: string;
  readonly state: StayState;
  readonly isInpatient: boolean;
  readonly from?: Instant;
  readonly to?: Instant;
  /** Where the patient lies, or is to lie. */
  readonly now?: PlaceOfStay;
  /** A place that was booked within the stay: a transfer to come. */
  readonly next?: PlaceOfStay;
  readonly places: readonly PlaceOfStay[];
  /** Id of the mother's Encounter, of a child born in it. */
  readonly partOf?: string;
  /** Why the patient is here, in the words recorded. */
  readonly reason: string;
  /** Who is responsible: `Practitioner/1`, and as recorded. */
  readonly attending?: { readonly who: string; readonly name: string };
  readonly resource: ResourceJson;
}

/** The first moment of a FHIR date or time; undefined where it is none. */
export const instantOf = (value: JsonValue | undefined): Instant | undefined =>
  typeof value === 'string' ? dateRange(value)?.lo : undefined;
/** `1` of `Patient/1`. */
export const idIn = (value: JsonValue | undefined, type: string): string | undefined => {
  const reference = textOf(at(value, 'reference'));
  return reference.startsWith(`${type}/`) ? reference.slice(type.length + 1).split('/')[0] : undefined;
};

const STATES: Readonly<Record<string, StayState>> = {
  planned: 'expected',
  arrived: 'going-on',
  triaged: 'going-on',
  'in-progress': 'going-on',
  onleave: 'on-leave',
  finished: 'ended',
  cancelled: 'never',
  'entered-in-error': 'never',
  // Of other systems: nobody should lose a patient by it.
  unknown: 'going-on',
};
/** http://terminology.hl7.org/ValueSet/v3-ActEncounterCode: who has a bed. */
const INPATIENT: ReadonlySet<string> = new Set(['IMP', 'ACUTE', 'NONAC', 'OBSENC', 'SS', 'EMER']);

export function stayOf(encounter: ResourceJson): Stay | undefined {
  const patient = idIn(encounter['subject'], 'Patient');
  if (patient === undefined || encounter.id === undefined) return undefined;
  const state = STATES[textOf(encounter['status'])] ?? 'going-on';
  const places = itemsOf(encounter['location']).flatMap(placeOf);
  const open = places.filter((place) => place.state === 'active' && place.to === undefined);
  const planned = places.filter((place) => place.state === 'planned' || place.state === 'reserved');
  const isHere = state === 'going-on' || state === 'on-leave';
  const now = isHere ? lastOf(open) : state === 'expected' ? (lastOf(planned) ?? lastOf(open)) : undefined;
  const next = isHere ? lastOf(planned) : undefined;
  const from = instantOf(at(encounter['period'], 'start'));
  const to = instantOf(at(encounter['period'], 'end'));
  const partOf = idIn(encounter['partOf'], 'Encounter');
  const attending = attendingOf(encounter);
  return {
    id: encounter.id,
    patient,
    state,
    isInpatient: codesOf(encounter['class']).some((code) => INPATIENT.has(code)),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(now === undefined ? {} : { now }),
    ...(next === undefined ? {} : { next }),
    places,
    ...(partOf === undefined ? {} : { partOf }),
    reason: wordsOf(encounter['reasonCode']),
    ...(attending === undefined ? {} : { attending }),
    resource: encounter,
  };
}

const lastOf = (places: readonly PlaceOfStay[]): PlaceOfStay | undefined =>
  places.toSorted((a, b) => (a.from ?? 0) - (b.from ?? 0) || a.index - b.index).at(-1);

function placeOf(entry: JsonValue, index: number): readonly PlaceOfStay[] {
  const place = textOf(at(entry, 'location.reference'));
  if (!place.startsWith('Location/')) return [];
  const from = instantOf(at(entry, 'period.start'));
  const to = instantOf(at(entry, 'period.end'));
  const said = textOf(at(entry, 'status'));
  const state =
    said === 'planned' || said === 'reserved' || said === 'completed' || said === 'active'
      ? said
      : to === undefined
        ? 'active'
        : 'completed';
  return [
    {
      place,
      words: textOf(at(entry, 'location.display')),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      state,
      index,
    },
  ];
}

function attendingOf(encounter: JsonObject): Stay['attending'] {
  const people = itemsOf(encounter['participant']).filter(isObject);
  const attending =
    people.find((one) => codesOf(one['type']).includes('ATND') && at(one, 'period.end') === undefined) ?? undefined;
  const who = textOf(at(attending, 'individual.reference'));
  return who === '' ? undefined : { who, name: textOf(at(attending, 'individual.display')) };
}

/** The words of a CodeableConcept, or of the first of a list: its text, else a display. */
export function wordsOf(value: JsonValue | undefined): string {
  const [first] = itemsOf(value);
  const text = textOf(at(first, 'text'));
  if (text !== '') return text;
  for (const coding of itemsOf(at(first, 'coding'))) {
    const display = textOf(at(coding, 'display'));
    if (display !== '') return display;
  }
  return '';
}

export const staysOf = (encounters: readonly ResourceJson[]): readonly Stay[] =>
  encounters.flatMap((one) => stayOf(one) ?? []);

/** Stays that hold a bed or a place now. */
export const isPresent = ({ state }: Stay): boolean => state === 'going-on' || state === 'on-leave';

/** The stay by which a patient is in hospital now; the latest of several. */
export const currentStay = (stays: readonly Stay[]): Stay | undefined =>
  stays
    .filter((stay) => isPresent(stay) && stay.isInpatient)
    .toSorted((a, b) => (a.from ?? 0) - (b.from ?? 0))
    .at(-1);

/** Stays, other than `except`, whose patients lie in `place` now. */
export const occupantsIn = (stays: readonly Stay[], place: string, except = ''): readonly Stay[] =>
  stays.filter((stay) => isPresent(stay) && stay.now?.place === place && stay.id !== except);
