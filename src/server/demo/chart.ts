// A patient's chart while it is written: where resources are gathered, in an order in which references point backwards or
// within the same commit, and where ids come from.
import type { Calendar } from './calendar.ts';
import type { Dice } from './dice.ts';
import { ref, type Json, type Resource } from './fhir-parts.ts';
import type { Hospital } from './layout.ts';
import { latinName } from './names.ts';
import type { Person } from './person.ts';

export interface Chart {
  readonly person: Person;
  readonly hospital: Hospital;
  readonly calendar: Calendar;
  readonly dice: Dice;
  readonly subject: Json;
  readonly resources: Resource[];
  /** The next id of a kind: `p000001-obs-17`. */
  id(kind: string): string;
  add(...more: readonly Resource[]): void;
}

export function openChart(person: Person, hospital: Hospital, calendar: Calendar, dice: Dice): Chart {
  const counted = new Map<string, number>();
  const resources: Resource[] = [];
  return {
    person,
    hospital,
    calendar,
    dice,
    resources,
    subject: ref('Patient', person.key, person.unknown ? 'Unknown male' : latinName(person.name)),
    id: (kind) => {
      const n = (counted.get(kind) ?? 0) + 1;
      counted.set(kind, n);
      return `${person.key}-${kind}-${n}`;
    },
    add: (...more) => {
      for (const r of more) resources.push(r);
    },
  };
}
export const orgRef = (hospital: Hospital, id = 'org-hospital', display = hospital.name): Json =>
  ref('Organization', `${hospital.prefix}${id}`, display);
