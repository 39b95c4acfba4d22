// How a principal is related to patients, as filters over what stands in the patient's compartment (AC5 to AC8, AC18).
//
//   1  A filter asks of one resource alone: no chain, so that every store can answer it.
//   2  Times are rounded to the hour, so that filters say the same for a while; the end of a break-glass counts by the minute that the caller gives.
import type { Instant } from '../base/ports.ts';
import type { Criterion } from '../fhir/search/query.ts';
import type { ResourceFilter } from '../record/store.ts';
import { openBreakGlass } from './break-glass.ts';
import type { Duty, Principal } from './principal.ts';
import type { Reach } from './roles.ts';
import { codes, names, shutsOut } from './sensitivity.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How long after its end an encounter still gives reach: results come late, letters are written later. */
export const TEAM_DAYS = 90;
export const WARD_DAYS = 7;
export const SITE_DAYS = 730;

/** Going on or to come. `unknown` is of other systems: nobody should lose a patient by it. */
const GOING_ON = ['planned', 'arrived', 'triaged', 'in-progress', 'onleave', 'unknown'];
const BOOKED = ['proposed', 'pending', 'booked', 'arrived', 'fulfilled', 'checked-in', 'waitlist'];

export interface Relations {
  /** What relates, by reach; each includes the nearer ones. Empty where nothing can. */
  readonly within: Readonly<Record<Exclude<Reach, 'self' | 'everyone'>, readonly ResourceFilter[]>>;
  /** `within` without the team. */
  readonly beyondTeam: Readonly<Record<Exclude<Reach, 'self' | 'everyone'>, readonly ResourceFilter[]>>;
}

/** What depends on the person alone. */
export interface Person {
  readonly team: readonly ResourceFilter[];
  readonly brokenGlass: ResourceFilter;
  readonly shutOut: ResourceFilter;
  /** Whose appointments and encounters: the person and their roles. */
  readonly references: readonly string[];
}

/** `Practitioner/1` and the PractitionerRoles by which others may name them. */
export function personOf(principal: Principal, now: Instant): Person {
  const roles = principal.duties.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const references = [...new Set([principal.who, ...roles])];
  return {
    references,
    team: [
      { types: ['Encounter'], where: [names('participant', references), recent(TEAM_DAYS, now), ...LIVE_ENCOUNTER] },
      { types: ['CareTeam'], where: [names('participant', references), codes('status', ['active', 'proposed'])] },
      { types: ['Patient'], where: [names('general-practitioner', references)] },
    ],
    brokenGlass: openBreakGlass(principal.who, now),
    shutOut: shutsOut(references),
  };
}

/** Of all duties in one role. */
export function relationsOf(person: Person, duties: readonly Duty[], now: Instant): Relations {
  const places = distinct(duties.flatMap((duty) => duty.places));
  const sites = distinct(duties.flatMap(({ site }) => (site === undefined ? [] : [site])));
  const ofWholeSite = distinct(
    duties.flatMap(({ site, places: own }) => (site !== undefined && own.length === 0 ? [site] : [])),
  );
  const ward = [
    ...encountersAt(places, ofWholeSite, WARD_DAYS, now),
    {
      types: ['Appointment'],
      where: [
        anyOf([...placed(places), names('actor', person.references)]),
        codes('status', BOOKED),
        since(WARD_DAYS, now),
      ],
    },
  ];
  const site =
    sites.length === 0
      ? ward
      : [
          ...encountersAt(places, sites, SITE_DAYS, now),
          ...ward.slice(-1),
          { types: ['Patient'], where: [names('general-practitioner', sites)] },
        ];
  const { team } = person;
  return {
    beyondTeam: { team: [], ward, site },
    within: { team, ward: [...ward, ...team], site: [...site, ...team] },
  };
}

/** Encounters at the duties' own places; of a duty without any, at its site. */
export function ownPlaces(duties: readonly Duty[]): readonly ResourceFilter[] {
  const places = distinct(duties.flatMap((duty) => duty.places));
  const sites = distinct(
    duties.flatMap(({ site, places: own }) => (site !== undefined && own.length === 0 ? [site] : [])),
  );
  return [
    ...(places.length === 0 ? [] : [{ types: ['Encounter'], where: [names('location', places)] }]),
    ...(sites.length === 0 ? [] : [{ types: ['Encounter'], where: [names('service-provider', sites)] }]),
  ];
}

const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)].toSorted();
const placed = (places: readonly string[]): readonly Criterion[] =>
  places.length === 0 ? [] : [names('location', places)];

function encountersAt(
  places: readonly string[],
  sites: readonly string[],
  days: number,
  now: Instant,
): readonly ResourceFilter[] {
  const where = [...placed(places), ...(sites.length === 0 ? [] : [names('service-provider', sites)])];
  return where.length === 0
    ? []
    : [{ types: ['Encounter'], where: [anyOf(where), recent(days, now), ...LIVE_ENCOUNTER] }];
}

const LIVE_ENCOUNTER: readonly Criterion[] = [codes('status', [...GOING_ON, 'finished'])];

/** Going on whatever its dates say, or ended no longer ago than that. */
const recent = (days: number, now: Instant): Criterion => anyOf([codes('status', GOING_ON), since(days, now)]);

/** Reaches past the moment that was `days` ago. */
function since(days: number, now: Instant): Criterion {
  const from = Math.floor(now / HOUR) * HOUR - days * DAY;
  return {
    kind: 'param',
    param: 'date',
    type: 'date',
    values: [{ kind: 'date', prefix: 'gt', lo: from, hi: from + 1 }],
  };
}

function anyOf(of: readonly Criterion[]): Criterion {
  const [only, ...others] = of;
  return only !== undefined && others.length === 0 ? only : { kind: 'any', of };
}
