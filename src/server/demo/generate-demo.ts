// The demo hospital, batch by batch. specs/demo.md states what is promised.
//
// Invariants
//   DM1  Pure: the same options give the same bytes. Every person has dice of their own, thrown from seed and id.
//   DM2  Nothing is kept that grows with patients: the plan of the hospital grows with beds, the appointment book with clinics.
//   DM4  A batch refers only to itself and to earlier batches, so it can be committed when it arrives.
import { assert } from '../../core/base/assert.ts';
import type { Instant } from '../../core/base/ports.ts';
import { calendarAt, DAY, type Calendar } from './calendar.ts';
import { INPATIENT_CAST, OUTPATIENT_CAST, type InpatientRole } from './cast.ts';
import { openChart } from './chart.ts';
import { drawStory, storyNamed } from './choose-story.ts';
import { clinicResources, openBook, type ClinicBook } from './clinic-book.ts';
import { throwDice } from './dice.ts';
import type { Resource } from './fhir-parts.ts';
import { stayInHospital } from './inpatient.ts';
import { planHospital, type Bed, type Hospital, type Ward } from './layout.ts';
import { plainName } from './names.ts';
import { outpatientLife, type OutpatientKind } from './outpatient.ts';
import { makePerson, type PersonWish } from './person.ts';
import { siteResources, staffResources, wardResources } from './site-resources.ts';

export interface DemoOptions {
  readonly seed: string;
  /** The moment at which the story stands, in milliseconds since 1970. */
  readonly now: Instant;
  /** Inpatient beds; dialysis stations and cots come on top. At least 8; from 60 on the whole cast is there. */
  readonly beds?: number;
  /** All people with a chart but newborns. Never fewer than there are in the beds. */
  readonly patients?: number;
  /** Share of people at home who were in hospital in the last weeks. */
  readonly dischargedShare?: number;
  /** The hospital's offset from UTC: dose times are local. */
  readonly utcOffsetMinutes?: number;
  /** Put before every id, so that several demo hospitals fit into one record. Letters, digits and hyphens. */
  readonly idPrefix?: string;
  /** Number of the first patient; hospital numbers follow from it. */
  readonly firstSerial?: number;
}
export const DEFAULTS = {
  beds: 120,
  patients: 420,
  dischargedShare: 0.15,
  utcOffsetMinutes: 0,
  idPrefix: '',
  firstSerial: 1,
} as const;

/** Resources that belong in one commit. */
export interface DemoBatch {
  readonly kind: 'site' | 'ward' | 'staff' | 'clinic' | 'inpatient' | 'outpatient';
  readonly resources: readonly Resource[];
}

interface Occupied {
  readonly ward: Ward;
  readonly bed: Bed;
  readonly role: InpatientRole | undefined;
}

/**
 * Streams the demo hospital. Batches in the order: site, wards, staff, clinics, then one a patient (inpatients first).
 * Throws `Bug` for impossible options (fewer than 8 beds).
 */
export function* generateDemo(options: DemoOptions): Generator<DemoBatch> {
  const { seed, now, beds, patients, dischargedShare, utcOffsetMinutes, idPrefix, firstSerial } = {
    ...DEFAULTS,
    ...options,
  };
  assert(/^[A-Za-z0-9-]{0,20}$/.test(idPrefix), 'idPrefix: at most 20 letters, digits and hyphens');
  assert(Number.isFinite(now) && patients >= 0 && patients < 4_000_000, 'demo options out of bounds');
  const calendar = calendarAt(now, utcOffsetMinutes);
  const hospital = planHospital(seed, idPrefix, beds, patients);
  const occupied = fillBeds(hospital);
  const takenBeds = new Set(occupied.map((o) => o.bed.id));

  yield { kind: 'site', resources: siteResources(hospital) };
  for (const ward of hospital.wards) yield { kind: 'ward', resources: wardResources(hospital, ward, takenBeds) };
  for (let n = 0; n < hospital.people.length; n += 25)
    yield {
      kind: 'staff',
      resources: hospital.people.slice(n, n + 25).flatMap((s, i) => staffResources(hospital, s, n + i)),
    };
  for (const clinic of hospital.clinics)
    yield { kind: 'clinic', resources: clinicResources(hospital, calendar, clinic) };

  let serial = firstSerial;
  for (const place of occupied) yield { kind: 'inpatient', resources: inpatient(hospital, calendar, place, serial++) };
  const book = openBook(hospital, calendar);
  const outside = Math.max(0, patients - occupied.length);
  for (let n = 0; n < outside; n++)
    yield { kind: 'outpatient', resources: outpatient(hospital, calendar, book, n, serial++, dischargedShare) };
}

/** Who lies where: the cast first, then by chance until the ward is as full as planned. */
function fillBeds(hospital: Hospital): readonly Occupied[] {
  const out: Occupied[] = [];
  const waiting = [...INPATIENT_CAST];
  for (const ward of hospital.wards) {
    const dice = throwDice(`${hospital.seed}/${ward.id}/beds`);
    const free = ward.beds
      .map((bed) => ({ bed, turn: dice.next() }))
      .sort((a, b) => a.turn - b.turn)
      .map(({ bed }) => bed);
    let taken = 0;
    for (const role of waiting.filter((r) => r.ward === ward.kind)) {
      const at = free.findIndex((bed) => bed.sideRoom === (role.sideRoom === true));
      const [bed] = at === -1 || taken >= ward.taken ? [] : free.splice(at, 1);
      if (bed === undefined) continue;
      waiting.splice(waiting.indexOf(role), 1);
      out.push({ ward, bed, role });
      taken++;
    }
    for (const bed of free.slice(0, ward.taken - taken)) out.push({ ward, bed, role: undefined });
  }
  return out;
}

const keyOf = (hospital: Hospital, serial: number): string => `${hospital.prefix}p${String(serial).padStart(6, '0')}`;

function inpatient(hospital: Hospital, calendar: Calendar, place: Occupied, serial: number): readonly Resource[] {
  const { ward, bed, role } = place;
  const key = role === undefined ? keyOf(hospital, serial) : `${hospital.prefix}${role.id}`;
  const dice = throwDice(`${hospital.seed}/${key}`);
  const story = role === undefined ? drawStory(dice, ward.kind, bed.sideRoom) : storyNamed(role.story, role.change);
  const sex = role?.sex ?? story.sex;
  const person = makePerson(dice, calendar, {
    key,
    serial,
    ages: role === undefined ? story.ages : [role.age, role.age],
    sex,
    gps: hospital.persons('gp'),
    culture: role?.culture,
    ...(role?.given === undefined || role.family === undefined
      ? {}
      : { name: plainName(role.given, role.family, role.culture ?? 'english') }),
    unknown: role?.unknown === true,
    noFixedAbode: role?.noFixedAbode === true || (role === undefined && ward.kind === 'acute' && dice.chance(0.03)),
  });
  const wished = role?.id === 'cast-interpreter' ? { ...person, interpreter: true } : person;
  const chart = openChart(wished, hospital, calendar, dice);
  stayInHospital(chart, {
    ward,
    bed,
    story,
    days: role?.days,
    allergies: role?.allergies,
    always: role?.always,
    isolation: role?.isolation,
    dnacpr: role?.dnacpr === true || (role === undefined && person.age > 82 && dice.chance(0.35)),
  });
  return chart.resources;
}

interface Kind {
  readonly kind: OutpatientKind;
  readonly share: number;
  readonly ages: readonly [number, number];
  readonly sex?: PersonWish['sex'];
}
const KINDS: readonly Kind[] = [
  { kind: 'practice', share: 60, ages: [17, 92] },
  { kind: 'child', share: 12, ages: [0.4, 15.5] },
  { kind: 'dialysis', share: 5, ages: [28, 82] },
  { kind: 'oncology', share: 5, ages: [38, 82] },
  { kind: 'cardiology', share: 5, ages: [52, 88] },
  { kind: 'diabetes', share: 5, ages: [42, 84] },
  { kind: 'antenatal', share: 4, ages: [18, 42], sex: 'female' },
  { kind: 'fracture', share: 4, ages: [18, 84] },
  { kind: 'telehealth', share: 3, ages: [25, 70] },
  { kind: 'deceased', share: 1, ages: [74, 96] },
];

function outpatient(
  hospital: Hospital,
  calendar: Calendar,
  book: ClinicBook,
  n: number,
  serial: number,
  dischargedShare: number,
): readonly Resource[] {
  const role = OUTPATIENT_CAST[n];
  const key = role === undefined ? keyOf(hospital, serial) : `${hospital.prefix}${role.id}`;
  const dice = throwDice(`${hospital.seed}/${key}`);
  const kind =
    role === undefined
      ? dice.weighted(KINDS, (k) => k.share)
      : { kind: role.kind, ages: [role.age, role.age] as const };
  const sex = role?.sex ?? (kind as Kind).sex ?? (dice.chance(0.52) ? 'female' : 'male');
  const diedAt =
    kind.kind === 'deceased' ? calendar.now - dice.int(10, 200) * DAY - dice.int(0, 20) * 3_600_000 : undefined;
  const person = makePerson(dice, calendar, {
    key,
    serial,
    ages: kind.ages,
    sex,
    gps: hospital.persons('gp'),
    culture: role?.culture,
    diedAt,
    noFixedAbode: role === undefined && kind.kind === 'practice' && dice.chance(0.01),
  });
  const chart = openChart(person, hospital, calendar, dice);
  outpatientLife(chart, {
    kind: kind.kind,
    discharged: kind.kind !== 'antenatal' && dice.chance(dischargedShare),
    book,
  });
  return chart.resources;
}
