// Admission, transfer, swap, discharge and their undoing, as resources and JSON Patches (RFC 6902) of Encounters. Pure.
//
//   WB31  A move ends the place before it and begins the next at one moment; the history of places keeps every one.
//   WB32  What was done can be undone: a transfer goes back where it came from, a discharge opens the stay again, an admission becomes entered in error; nothing is deleted.
//   WB33  A bed in which somebody lies, and one that is closed, is said before anybody is put into it; two patients change beds in one commit.
//   WB34  No move stands before the stay began, after its end, before the move before it, or in the future.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { printJson } from '../../base/json.ts';
import type { Instant } from '../../base/ports.ts';
import { at, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import { isPresent, stayOf, type PlaceOfStay, type Stay } from './stays.ts';
import { endedPeriod, instantText, periodFrom } from './times.ts';

export interface Step {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly value?: JsonValue;
}
export interface Target {
  /** `Location/1`: a bed, or the ward itself. */
  readonly place: string;
  /** For people. */
  readonly words: string;
}
export interface AdmissionWish {
  /** Id of the Patient. */
  readonly patient: string;
  readonly target: Target;
  readonly at: Instant;
  /** `Organization/1` that runs the ward. */
  readonly organization?: string;
  readonly reason: string;
  readonly isPlanned: boolean;
  /** Not here yet. */
  readonly isExpected: boolean;
  readonly attending?: { readonly who: string; readonly name: string };
  /** `Encounter/1` of the mother, of a child born there. */
  readonly partOf?: string;
}

const V3 = 'http://terminology.hl7.org/CodeSystem/v3-';
const set = (path: string, value: JsonValue): Step => ({ op: 'add', path, value });

/** A new Encounter. */
export function admission(wish: AdmissionWish, now: Instant): JsonObject {
  const { patient, target, at: when, organization, reason, isPlanned, isExpected, attending, partOf } = wish;
  const period = periodFrom(when, now);
  return {
    resourceType: 'Encounter',
    status: isExpected ? 'planned' : 'in-progress',
    class: { system: `${V3}ActCode`, code: 'IMP', display: 'inpatient encounter' },
    priority: {
      coding: [
        { system: `${V3}ActPriority`, code: isPlanned ? 'EL' : 'EM', display: isPlanned ? 'elective' : 'emergency' },
      ],
    },
    subject: { reference: `Patient/${patient}` },
    ...(attending === undefined
      ? {}
      : {
          participant: [
            {
              type: [{ coding: [{ system: `${V3}ParticipationType`, code: 'ATND', display: 'attender' }] }],
              period,
              individual: { reference: attending.who, display: attending.name },
            },
          ],
        }),
    period,
    ...(reason === '' ? {} : { reasonCode: [{ text: reason }] }),
    location: [
      {
        location: { reference: target.place, display: target.words },
        status: isExpected ? 'planned' : 'active',
        period,
      },
    ],
    ...(partOf === undefined ? {} : { partOf: { reference: partOf } }),
    ...(organization === undefined ? {} : { serviceProvider: { reference: organization } }),
  };
}

export type MoveFault = 'not-here' | 'in-future' | 'before-stay' | 'before-last-move' | 'same-place' | 'no-place';

/** Why a patient cannot be moved so, or discharged (`target` undefined); undefined: nothing stands against it. */
export function moveFault(stay: Stay, target: string | undefined, when: Instant, now: Instant): MoveFault | undefined {
  if (!isPresent(stay)) return 'not-here';
  if (when > now + 60_000) return 'in-future';
  if (stay.from !== undefined && when < minuteOf(stay.from)) return 'before-stay';
  if (stay.now?.from !== undefined && when < minuteOf(stay.now.from)) return 'before-last-move';
  if (target !== undefined && stay.now?.place === target) return 'same-place';
  return undefined;
}
/** People say minutes. */
const minuteOf = (at: Instant): Instant => Math.floor(at / 60_000) * 60_000;

const placesIn = (encounter: ResourceJson): readonly JsonObject[] => itemsOf(encounter['location']).filter(isObject);

/** From where the patient lies to `target`. A booking of that place is used up. */
export function transfer(encounter: ResourceJson, target: Target, when: Instant, now: Instant): readonly Step[] {
  const stay = stayOf(encounter);
  const current = stay?.now?.index;
  const places = placesIn(encounter).flatMap((place, index): readonly JsonObject[] => {
    if (index === current) return [closed(place, when, now)];
    const isBooked = ['planned', 'reserved'].includes(textOf(place['status']));
    return isBooked && textOf(at(place, 'location.reference')) === target.place ? [] : [place];
  });
  const next = {
    location: { reference: target.place, display: target.words },
    status: 'active',
    period: periodFrom(when, now),
  };
  return [set('/location', [...places, next])];
}
const closed = (place: JsonObject, when: Instant, now: Instant): JsonObject => ({
  ...place,
  status: 'completed',
  period: endedPeriod(place['period'], when, now),
});

/** An expected patient has come, into `target`. */
export function arrival(target: Target, when: Instant, now: Instant): readonly Step[] {
  const place = {
    location: { reference: target.place, display: target.words },
    status: 'active',
    period: periodFrom(when, now),
  };
  return [set('/status', 'in-progress'), set('/period', periodFrom(when, now)), set('/location', [place])];
}
/** An expected patient will not come. */
export const cancelArrival = (): readonly Step[] => [set('/status', 'cancelled')];

export const DISPOSITIONS = [
  'home',
  'alt-home',
  'other-hcf',
  'hosp',
  'long',
  'rehab',
  'psy',
  'snf',
  'aadvice',
  'exp',
  'oth',
] as const;
/** http://terminology.hl7.org/CodeSystem/discharge-disposition */
export type Disposition = (typeof DISPOSITIONS)[number];
const DISPOSITION_WORDS: Readonly<Record<Disposition, string>> = {
  home: 'Home',
  'alt-home': 'Alternative home',
  'other-hcf': 'Other healthcare facility',
  hosp: 'Hospice',
  long: 'Long-term care',
  rehab: 'Rehabilitation',
  psy: 'Psychiatric hospital',
  snf: 'Skilled nursing facility',
  aadvice: 'Left against advice',
  exp: 'Expired',
  oth: 'Other',
};

export function discharge(encounter: ResourceJson, to: Disposition, when: Instant, now: Instant): readonly Step[] {
  const stay = stayOf(encounter);
  const places = placesIn(encounter).flatMap((place, index): readonly JsonObject[] => {
    if (index === stay?.now?.index) return [closed(place, when, now)];
    // What was booked is given up.
    return ['planned', 'reserved'].includes(textOf(place['status'])) ? [] : [place];
  });
  const before = isObject(encounter['hospitalization']) ? encounter['hospitalization'] : {};
  const coding = {
    system: 'http://terminology.hl7.org/CodeSystem/discharge-disposition',
    code: to,
    display: DISPOSITION_WORDS[to],
  };
  return [
    set('/status', 'finished'),
    set('/period', endedPeriod(encounter['period'], when, now)),
    ...(places.length === 0 ? [] : [set('/location', places)]),
    set('/hospitalization', { ...before, dischargeDisposition: { coding: [coding] } }),
  ];
}
/** Of the Patient, with a discharge as `exp`. */
export const died = (when: Instant): readonly Step[] => [set('/deceasedDateTime', instantText(when))];

/** What undoes the last thing that was done to a stay. */
export type Undoing =
  | { readonly what: 'admission'; readonly steps: readonly Step[] }
  | { readonly what: 'arrival'; readonly steps: readonly Step[] }
  | { readonly what: 'transfer'; readonly steps: readonly Step[]; readonly back: PlaceOfStay }
  | {
      readonly what: 'discharge';
      readonly steps: readonly Step[];
      readonly back: PlaceOfStay | undefined;
      readonly wasDeath: boolean;
    };

/**
 * Undefined: nothing can be undone. `into`: where to, of a discharge or a transfer whose bed is taken meanwhile; absent: where the
 * patient lay.
 */
export function undoing(encounter: ResourceJson, into?: Target): Undoing | undefined {
  const stay = stayOf(encounter);
  if (stay === undefined || stay.state === 'never' || stay.state === 'expected') return undefined;
  const places = placesIn(encounter);
  const last = stay.places
    .filter(({ state }) => state === 'completed')
    .toSorted((a, b) => (a.to ?? 0) - (b.to ?? 0) || a.index - b.index)
    .at(-1);
  if (stay.state === 'ended') {
    const reopened = places.map((place, index) => (index === last?.index ? open(place, into) : place));
    const hospitalization = isObject(encounter['hospitalization']) ? encounter['hospitalization'] : {};
    const { dischargeDisposition, ...rest } = hospitalization;
    const wasDeath = textOf(at(itemsOf(at(dischargeDisposition, 'coding'))[0], 'code')) === 'exp';
    return {
      what: 'discharge',
      back: last,
      wasDeath,
      steps: [
        set('/status', 'in-progress'),
        set('/period', openPeriod(encounter['period'])),
        ...(reopened.length === 0 ? [] : [set('/location', reopened)]),
        ...(encounter['hospitalization'] === undefined
          ? []
          : Object.keys(rest).length === 0
            ? [{ op: 'remove', path: '/hospitalization' } as const]
            : [set('/hospitalization', rest)]),
      ],
    };
  }
  if (stay.now === undefined || last === undefined)
    return { what: 'admission', steps: [set('/status', 'entered-in-error')] };
  const current = stay.now.index;
  const back = places.flatMap((place, index) =>
    index === current ? [] : index === last.index ? [open(place, into)] : [place],
  );
  return { what: 'transfer', back: last, steps: [set('/location', back)] };
}
function open(place: JsonObject, into: Target | undefined): JsonObject {
  const reopened = { ...place, status: 'active', period: openPeriod(place['period']) };
  return into === undefined ? reopened : { ...reopened, location: { reference: into.place, display: into.words } };
}
function openPeriod(period: JsonValue | undefined): JsonObject {
  const { end: _, ...rest } = isObject(period) ? period : ({} as JsonObject);
  return rest;
}

/** JSON Patch as text. Give the functions above what was parsed with lossless numbers, and every digit stays. */
export const patchText = (steps: readonly Step[]): string =>
  printJson(steps.map(({ op, path, value }) => (value === undefined ? { op, path } : { op, path, value })));
