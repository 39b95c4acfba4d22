// Conflicts between resources, which no merge of one resource can see. They only find: nothing is merged, moved or removed.
//
//   MG30  Two given doses for one request and due time from different nodes: both kept, S1 (CR6).
//   MG31  As-needed doses: too soon after each other, or more in 24 hours than allowed (CR6).
//   MG32  One identifier on two patients that are not linked: S1.
//   MG33  One bed with two patients, one patient in two encounters' beds: S1.
//   MG34  One MAR with two custodians: S1 (CR7).
//   MG35  More dispensed than asked for, one form completed twice, one bill paid twice.
import { numberOf } from '../../base/json.ts';
import type { Instant } from '../../base/ports.ts';
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { dateRange } from '../../fhir/instant.ts';
import { at, isObject, itemsOf, textOf } from './clinical-words.ts';
import { isCurrentPlace, isGiven } from './leads.ts';
import type { Severity } from './policies.ts';

/** A resource as the record shows it. */
export interface Shown {
  /** `MedicationAdministration/1`. */
  readonly name: string;
  readonly body: JsonObject;
  /** The node where it was first written. */
  readonly node: string;
}

export type CollisionKind =
  | 'double-dose'
  | 'dose-too-soon'
  | 'dose-over-maximum'
  | 'same-identifier'
  | 'same-bed'
  | 'two-beds'
  | 'split-custody'
  | 'over-dispense'
  | 'same-form'
  | 'double-payment';
export interface Collision {
  readonly kind: CollisionKind;
  readonly severity: Severity;
  /** What collides, ascending: names of resources. All are kept. */
  readonly names: readonly string[];
  /** What they have in common: a request with its due time, an identifier, a bed, a patient. Patient data: not for logs. */
  readonly about: string;
}

/** Of MedicationAdministration: the time for which the dose was ordered (valueDateTime). */
export const DUE_TIME_EXTENSION = 'https://holdfast.example/fhir/StructureDefinition/due-time';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const momentOf = (text: string): Instant | undefined => dateRange(text)?.lo;
const dueOf = (body: JsonObject): Instant | undefined => {
  const due = itemsOf(body['extension']).find((one) => isObject(one) && one['url'] === DUE_TIME_EXTENSION);
  return momentOf(textOf(at(due, 'valueDateTime')));
};
const givenAt = (body: JsonObject): Instant | undefined =>
  momentOf(textOf(body['effectiveDateTime'])) ?? momentOf(textOf(at(body, 'effectivePeriod.start')));

function grouped<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const item of items) {
    for (const key of new Set(keysOf(item))) {
      const group = found.get(key);
      if (group === undefined) found.set(key, [item]);
      else group.push(item);
    }
  }
  return found;
}
const collision = (
  kind: CollisionKind,
  names: readonly string[],
  about: string,
  severity: Severity = 'S1',
): Collision => ({
  kind,
  severity,
  names: [...new Set(names)].sort(),
  about,
});
/** In an order of their own, whatever that of what was looked at. */
const sorted = (found: readonly Collision[]): readonly Collision[] => {
  const keyOf = ({ kind, about, names }: Collision): string => [kind, about, ...names].join('\n');
  return [...found].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
};

/** Doses given for the same request and due time at different nodes. */
export function findDoubleDoses(administrations: readonly Shown[]): readonly Collision[] {
  const doses = administrations.filter(({ body }) => isGiven(body));
  const groups = grouped(doses, ({ body }) => {
    const request = textOf(at(body, 'request.reference'));
    const due = dueOf(body);
    return request === '' || due === undefined ? [] : [`${request} ${due}`];
  });
  return sorted(
    [...groups]
      .filter(
        ([, group]) =>
          new Set(group.map(({ node }) => node)).size > 1 && new Set(group.map(({ name }) => name)).size > 1,
      )
      .map(([about, group]) =>
        collision(
          'double-dose',
          group.map(({ name }) => name),
          about,
        ),
      ),
  );
}

export interface AsNeededLimits {
  readonly minutesApart?: number;
  /** The most in any 24 hours. A dose in another unit, or without a quantity, cannot be added up: it counts as too much. */
  readonly in24Hours?: { readonly value: number; readonly unit: string };
}
/** As-needed doses of one request (`administrations` are those of the request) that break its limits. */
export function findAsNeededExcess(administrations: readonly Shown[], limits: AsNeededLimits): readonly Collision[] {
  const doses = administrations
    .filter(({ body }) => isGiven(body))
    .flatMap((dose) => {
      const moment = givenAt(dose.body);
      return moment === undefined ? [] : [{ ...dose, moment }];
    })
    .sort((a, b) => a.moment - b.moment || (a.name < b.name ? -1 : 1));
  const found: Collision[] = [];
  const most = limits.in24Hours;
  for (const [i, dose] of doses.entries()) {
    const about = textOf(at(dose.body, 'request.reference'));
    const next = doses[i + 1];
    if (next !== undefined && next.moment - dose.moment < (limits.minutesApart ?? 0) * MINUTE_MS) {
      found.push(collision('dose-too-soon', [dose.name, next.name], about));
    }
    if (most === undefined) continue;
    const within = doses.filter(({ moment }) => moment >= dose.moment && moment < dose.moment + DAY_MS);
    const sum = within.reduce((total, { body }) => total + amountOf(body, most.unit), 0);
    if (sum > most.value)
      found.push(
        collision(
          'dose-over-maximum',
          within.map(({ name }) => name),
          about,
        ),
      );
  }
  return sorted(found);
}
function amountOf(body: JsonObject, unit: string): number {
  const dose = at(body, 'dosage.dose');
  if (![textOf(at(dose, 'code')), textOf(at(dose, 'unit'))].includes(unit)) return Infinity;
  return numberOf(at(dose, 'value')) ?? Infinity;
}

/** Identifiers with a system that stand on two patients, neither of which is linked to the other. */
export function findSharedIdentifiers(patients: readonly Shown[]): readonly Collision[] {
  const groups = grouped(patients, ({ body }) =>
    itemsOf(body['identifier']).flatMap((identifier) => {
      const [system, value] = [textOf(at(identifier, 'system')), textOf(at(identifier, 'value'))];
      return system === '' || value === '' ? [] : [`${system}|${value}`];
    }),
  );
  const setOf = linkSets(patients);
  return sorted(
    [...groups].flatMap(([about, group]) =>
      new Set(group.map(({ name }) => setOf(name))).size > 1
        ? [
            collision(
              'same-identifier',
              group.map(({ name }) => name),
              about,
            ),
          ]
        : [],
    ),
  );
}
/** Patients that links join say one person: each name to the least name of its set. */
function linkSets(patients: readonly Shown[]): (name: string) => string {
  const parent = new Map<string, string>();
  const rootOf = (name: string): string => {
    let root = name;
    for (let up = parent.get(root); up !== undefined; up = parent.get(root)) root = up;
    return root;
  };
  for (const { name, body } of patients) {
    for (const link of itemsOf(body['link'])) {
      if (!['replaces', 'replaced-by'].includes(textOf(at(link, 'type')))) continue;
      const [a = '', b = ''] = [rootOf(name), rootOf(textOf(at(link, 'other.reference')))].sort();
      if (a !== b && a !== '') parent.set(b, a);
    }
  }
  return rootOf;
}

/** Beds with more than one patient, and patients with current beds in more than one encounter. `isBed`: of a Location's reference. */
export function findBedCollisions(
  encounters: readonly Shown[],
  isBed: (location: string) => boolean,
): readonly Collision[] {
  const stays = encounters
    .filter(({ body }) => !['finished', 'cancelled', 'entered-in-error', 'planned'].includes(textOf(body['status'])))
    .flatMap(({ name, body }) =>
      itemsOf(body['location'])
        .filter(isCurrentPlace)
        .map((item) => ({
          name,
          patient: textOf(at(body, 'subject.reference')),
          bed: textOf(at(item, 'location.reference')),
        })),
    )
    .filter(({ bed, patient }) => bed !== '' && patient !== '' && isBed(bed));
  const byBed = [...grouped(stays, ({ bed }) => [bed])].filter(
    ([, group]) => new Set(group.map(({ patient }) => patient)).size > 1,
  );
  const byPatient = [...grouped(stays, ({ patient }) => [patient])].filter(
    ([, group]) => new Set(group.map(({ bed }) => bed)).size > 1,
  );
  return sorted([
    ...byBed.map(([bed, group]) =>
      collision(
        'same-bed',
        group.map(({ name }) => name),
        bed,
      ),
    ),
    ...byPatient.map(([patient, group]) =>
      collision(
        'two-beds',
        group.map(({ name }) => name),
        patient,
      ),
    ),
  ]);
}

/** Who charts an inpatient's doses, as one entry says: the site, a device or paper. */
export interface Custody {
  readonly name: string;
  /** Whose MAR: `Encounter/1`. */
  readonly of: string;
  readonly custodian: string;
  /** Entries that this one knew and took over from. */
  readonly after: readonly string[];
}
/** MARs whose custody was taken by two who did not know of each other. */
export function findSplitCustody(custodies: readonly Custody[]): readonly Collision[] {
  const over = new Set(custodies.flatMap(({ after }) => after));
  const current = custodies.filter(({ name }) => !over.has(name));
  return sorted(
    [...grouped(current, ({ of }) => [of])]
      .filter(([, group]) => new Set(group.map(({ custodian }) => custodian)).size > 1)
      .map(([of, group]) =>
        collision(
          'split-custody',
          group.map(({ name }) => name),
          of,
        ),
      ),
  );
}

const amountIn = (quantity: JsonValue | undefined): string =>
  textOf(at(quantity, 'code')) || textOf(at(quantity, 'unit'));

/**
 * Requests of which more was dispensed than quantity and repeats allow (S2). A dispense in another unit cannot be added up and is
 * left to people: it does not count here. Requests without a quantity are not looked at.
 */
export function findOverDispense(requests: readonly Shown[], dispenses: readonly Shown[]): readonly Collision[] {
  const handed = dispenses.filter(({ body }) =>
    ['completed', 'in-progress', 'on-hold', 'stopped', ''].includes(textOf(body['status'])),
  );
  const byRequest = grouped(handed, ({ body }) =>
    itemsOf(body['authorizingPrescription']).map((one) => textOf(at(one, 'reference'))),
  );
  return sorted(
    requests.flatMap(({ name, body }) => {
      const quantity = at(body, 'dispenseRequest.quantity');
      const each = numberOf(at(quantity, 'value'));
      if (each === undefined) return [];
      const most = each * (1 + (numberOf(at(body, 'dispenseRequest.numberOfRepeatsAllowed')) ?? 0));
      const given = (byRequest.get(name) ?? []).filter((one) => amountIn(one.body['quantity']) === amountIn(quantity));
      const sum = given.reduce((total, one) => total + (numberOf(at(one.body, 'quantity.value')) ?? 0), 0);
      return sum > most ? [collision('over-dispense', [name, ...given.map((one) => one.name)], name, 'S2')] : [];
    }),
  );
}

/** Forms that were completed more than once for one visit (S2). */
export function findRepeatedForms(responses: readonly Shown[]): readonly Collision[] {
  const completed = responses.filter(({ body }) => ['completed', 'amended'].includes(textOf(body['status'])));
  const groups = grouped(completed, ({ body }) => {
    const [form, visit] = [textOf(body['questionnaire']), textOf(at(body, 'encounter.reference'))];
    return form === '' || visit === '' ? [] : [`${form} ${visit}`];
  });
  return sorted(
    [...groups].flatMap(([about, group]) =>
      group.length > 1
        ? [
            collision(
              'same-form',
              group.map(({ name }) => name),
              about,
              'S2',
            ),
          ]
        : [],
    ),
  );
}

/** Bills that were paid more than once (S3). */
export function findDoublePayments(notices: readonly Shown[]): readonly Collision[] {
  const paid = notices.filter(({ body }) => textOf(body['status']) === 'active');
  const groups = grouped(paid, ({ body }) => {
    const bill = textOf(at(body, 'request.reference'));
    return bill === '' ? [] : [bill];
  });
  return sorted(
    [...groups].flatMap(([about, group]) =>
      group.length > 1
        ? [
            collision(
              'double-payment',
              group.map(({ name }) => name),
              about,
              'S3',
            ),
          ]
        : [],
    ),
  );
}
