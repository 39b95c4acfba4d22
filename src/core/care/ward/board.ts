// The ward on one page: every bed in order with who lies in it, who has no bed, and who is expected. Pure.
//
//   WB3  Every bed stands on the board, with its patient, empty or closed; two patients in one bed stand in two rows, and both say so.
//   WB4  Whoever is on the ward without a bed stands below the beds, and whoever is expected below them: nobody is missing from the board.
//   WB11 A filter hides rows and says how many; it never hides that a bed is taken.
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { allergySection, type AllergySection, type Copy, type Entry } from '../banner/allergy-section.ts';
import { rowTags, type RowTag } from './alerts.ts';
import { namesAlike, type AlikeName } from './names-alike.ts';
import { MOTHER } from '../identity/temporary-identity.ts';
import { at, itemsOf, textOf } from '../merge/clinical-words.ts';
import type { Bed, WardPlace } from './places.ts';
import { lastScore, type ShownScore } from './scores.ts';
import { idIn, isPresent, staysOf, type Stay } from './stays.ts';
import { countTasks, tasksOf, type WardTask } from './tasks.ts';

/** All that is here, of the patients of the ward and perhaps others. */
export interface WardFacts {
  readonly wards: readonly WardPlace[];
  readonly encounters: readonly Entry[];
  readonly patients: readonly Entry[];
  readonly flags: readonly Entry[];
  readonly allergies: readonly Entry[];
  readonly scores: readonly Entry[];
  readonly tasks: readonly Entry[];
}
export interface PatientRow {
  readonly id: string;
  readonly patient: Entry | undefined;
  readonly stay: Stay;
  /** The stay is in conflict: where the patient is, is disputed. */
  readonly isPlaceDisputed: boolean;
  readonly tags: readonly RowTag[];
  readonly allergies: AllergySection;
  readonly alike: readonly AlikeName[];
  readonly score: ShownScore | undefined;
  readonly tasks: readonly WardTask[];
  readonly taskCount: { readonly open: number; readonly due: number; readonly overdue: number };
  /** Id of the mother's Patient, of a newborn. */
  readonly mother?: string;
}
export interface BedRow {
  readonly bed: Bed;
  /** Empty: nobody. More than one: the record says that the bed is taken twice. */
  readonly rows: readonly PatientRow[];
  /** Who is to come into it. */
  readonly expected: readonly PatientRow[];
}
export interface WardBoard {
  readonly ward: WardPlace;
  readonly beds: readonly BedRow[];
  /** On the ward, in no bed of it. */
  readonly withoutBed: readonly PatientRow[];
  readonly expected: readonly PatientRow[];
  readonly counts: { readonly beds: number; readonly taken: number; readonly free: number; readonly closed: number };
}

/** `wards`: which, in order. */
export function wardBoards(
  chosen: readonly WardPlace[],
  facts: WardFacts,
  copy: Copy,
  now: Instant,
): readonly WardBoard[] {
  const disputed = new Set(
    facts.encounters.filter(({ conflict }) => conflict).map(({ resource }) => resource.id ?? ''),
  );
  const stays = staysOf(facts.encounters.map(({ resource }) => resource)).filter(
    (stay) => isPresent(stay) || stay.state === 'expected',
  );
  const byPlace = new Map<string, Stay[]>();
  const put = (place: string | undefined, stay: Stay): void => {
    if (place === undefined) return;
    const there = byPlace.get(place);
    if (there === undefined) byPlace.set(place, [stay]);
    else if (!there.includes(stay)) there.push(stay);
  };
  for (const stay of stays) {
    put(stay.now?.place, stay);
    put(stay.next?.place, stay);
  }
  return chosen.map((ward) => boardOf(ward, byPlace, facts, disputed, copy, now));
}

function boardOf(
  ward: WardPlace,
  byPlace: ReadonlyMap<string, readonly Stay[]>,
  facts: WardFacts,
  disputed: ReadonlySet<string>,
  copy: Copy,
  now: Instant,
): WardBoard {
  const here = [ward.place, ...ward.beds.map(({ place }) => place)].flatMap((place) => byPlace.get(place) ?? []);
  const ids = new Set(here.map(({ patient }) => patient));
  const patients = new Map(
    facts.patients.flatMap((entry) =>
      ids.has(entry.resource.id ?? '') ? [[entry.resource.id ?? '', entry] as const] : [],
    ),
  );
  const of = bySubject([...facts.flags, ...facts.allergies, ...facts.scores, ...facts.tasks], ids);
  const kin = here.flatMap((stay): readonly (readonly [string, string])[] => {
    const mother = motherOf(stay, here, patients.get(stay.patient)?.resource);
    return mother === undefined ? [] : [[mother, stay.patient]];
  });
  const alike = namesAlike(
    [...patients.values()].map(({ resource }) => resource),
    kin,
  );
  const rowOf = (stay: Stay): PatientRow => {
    const entries = of.get(stay.patient) ?? [];
    const resources = (type: string): readonly ResourceJson[] =>
      entries.filter(({ resource }) => resource.resourceType === type).map(({ resource }) => resource);
    const tasks = tasksOf(resources('Task'), now);
    const mother = motherOf(stay, here, patients.get(stay.patient)?.resource);
    return {
      id: stay.patient,
      patient: patients.get(stay.patient),
      stay,
      isPlaceDisputed: disputed.has(stay.id),
      tags: rowTags(entries, now, patients.get(stay.patient)?.resource),
      allergies: allergySection(entries, copy),
      alike: alike.get(stay.patient) ?? [],
      score: lastScore(resources('Observation'), now),
      tasks,
      taskCount: countTasks(tasks),
      ...(mother === undefined ? {} : { mother }),
    };
  };
  const lies = (stay: Stay, place: string): boolean => isPresent(stay) && stay.now?.place === place;
  const comes = (stay: Stay, place: string): boolean =>
    (stay.state === 'expected' && stay.now?.place === place) || (isPresent(stay) && stay.next?.place === place);
  const beds = ward.beds.map((bed): BedRow => {
    const there = byPlace.get(bed.place) ?? [];
    return {
      bed,
      rows: there.filter((stay) => lies(stay, bed.place)).map(rowOf),
      expected: there.filter((stay) => comes(stay, bed.place)).map(rowOf),
    };
  });
  const loose = byPlace.get(ward.place) ?? [];
  const taken = beds.filter(({ rows }) => rows.length > 0).length;
  const closed = beds.filter(({ bed, rows }) => bed.isClosed && rows.length === 0).length;
  return {
    ward,
    beds: besideMothers(beds),
    withoutBed: loose.filter((stay) => lies(stay, ward.place)).map(rowOf),
    expected: [...loose.filter((stay) => comes(stay, ward.place)).map(rowOf), ...beds.flatMap((bed) => bed.expected)],
    counts: { beds: beds.length, taken, free: beds.length - taken - closed, closed },
  };
}

/** A newborn's cot stands below the mother's bed. */
function besideMothers(beds: readonly BedRow[]): readonly BedRow[] {
  const children = beds.filter(({ rows }) => rows.some(({ mother }) => mother !== undefined));
  const placed = new Set<BedRow>();
  const out: BedRow[] = [];
  for (const row of beds) {
    if (children.includes(row)) continue;
    out.push(row);
    for (const child of children) {
      if (placed.has(child) || !child.rows.some(({ mother }) => row.rows.some(({ id }) => id === mother))) continue;
      out.push(child);
      placed.add(child);
    }
  }
  return [...out, ...children.filter((child) => !placed.has(child))];
}

function motherOf(stay: Stay, here: readonly Stay[], patient: ResourceJson | undefined): string | undefined {
  const born = here.find(({ id }) => id === stay.partOf)?.patient;
  if (born !== undefined && born !== stay.patient) return born;
  for (const extension of itemsOf(patient?.['extension']))
    if (textOf(at(extension, 'url')) === MOTHER) return idIn(at(extension, 'valueReference'), 'Patient');
  return undefined;
}

function bySubject(entries: readonly Entry[], ids: ReadonlySet<string>): ReadonlyMap<string, readonly Entry[]> {
  const found = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { resource } = entry;
    const id =
      idIn(resource['subject'], 'Patient') ?? idIn(resource['patient'], 'Patient') ?? idIn(resource['for'], 'Patient');
    if (id === undefined || !ids.has(id)) continue;
    const known = found.get(id);
    if (known === undefined) found.set(id, [entry]);
    else known.push(entry);
  }
  return found;
}

/** Ids of all patients that stand on `boards`. */
export const patientsOn = (boards: readonly WardBoard[]): readonly string[] => [
  ...new Set(boards.flatMap(allRows).map(({ id }) => id)),
];
export const allRows = ({ beds, withoutBed, expected }: WardBoard): readonly PatientRow[] => [
  ...beds.flatMap(({ rows }) => rows),
  ...withoutBed,
  ...expected,
];

/** Ids of the patients who are, or are to be, at `places`. */
export const patientsAt = (encounters: readonly ResourceJson[], places: ReadonlySet<string>): readonly string[] => [
  ...new Set(
    staysOf(encounters)
      .filter((stay) => isPresent(stay) || stay.state === 'expected')
      .filter(
        ({ now, next }) =>
          (now !== undefined && places.has(now.place)) || (next !== undefined && places.has(next.place)),
      )
      .map(({ patient }) => patient),
  ),
];

export type BoardFilter = 'all' | 'mine' | 'alerts' | 'due';
/** `who`: `Practitioner/1`; `due`: how many doses are due, overdue or unknown. */
export function passes(row: PatientRow, filter: BoardFilter, who: string, due: number): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'mine':
      return row.stay.attending?.who === who || row.tasks.some(({ isOpen, owner }) => isOpen && owner?.who === who);
    case 'alerts':
      return (
        row.tags.length > 0 ||
        row.alike.length > 0 ||
        row.isPlaceDisputed ||
        row.patient?.conflict === true ||
        (row.score !== undefined && row.score.band !== 'low')
      );
    case 'due':
      return due > 0 || row.taskCount.due + row.taskCount.overdue > 0;
  }
}
