// A person whom nobody can name yet: brought in unconscious, or just born (downtime DT28). Pure: builds the resources.
//
//   ID14  Who is not known gets a record at once: a number that is never given again, a made-up name that is plainly one, what can be
//         seen (sex, an age guessed) marked as guessed.
//   ID15  A child just born is found from its mother and the other way round; twins are told apart by their order.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';

export type Gender = 'male' | 'female' | 'other' | 'unknown';

export interface UnknownPerson {
  readonly gender: Gender;
  /** Years, guessed by looking. */
  readonly age?: number;
  /** Where or how found: shown beside the name. */
  readonly note?: string;
}
export interface Newborn {
  readonly genders: readonly Gender[];
  /** The mother's Patient, as it is shown. */
  readonly mother: ResourceJson;
  /** With the zone of where it was born: its first ten characters are the date of birth there. */
  readonly born: string;
}

const EXTENSIONS = 'https://holdfast.example/fhir/StructureDefinition';
/** On `Patient.birthDate`: nobody said it, somebody guessed. */
export const GUESSED = `${EXTENSIONS}/guessed`;
/** On a Patient: the mother's, as a reference. */
export const MOTHER = `${EXTENSIONS}/mother`;

/** Sixty-four words that are no names of people, and that are not mistaken for each other when they are called out. */
const WORDS = (
  'Acorn Amber Anchor Apple Arrow Aspen Badger Bamboo Barrel Basket Beacon Birch Bishop Bramble Bridge Bronze Button Cactus ' +
  'Candle Canyon Cedar Cherry Cobalt Comet Copper Coral Cotton Crystal Desert Diamond Dolphin Eagle Ember Falcon Feather Forest ' +
  'Garnet Glacier Granite Harbour Hazel Indigo Ivory Jasper Juniper Kestrel Lantern Lemon Lobster Magnet Maple Marble Meadow ' +
  'Nutmeg Orchid Otter Pebble Pepper Quartz Raven Saddle Thunder Velvet Walnut'
).split(' ');

/** Two words of `number`: those of numbers that follow each other differ in both. */
export function madeUpName(counter: number): readonly [string, string] {
  const first = WORDS[counter % 64] ?? '';
  const second = WORDS[(Math.floor(counter / 64) * 7 + (counter % 64) * 37 + 11) % 64] ?? '';
  return first === second ? [first, WORDS[(WORDS.indexOf(second) + 1) % 64] ?? ''] : [first, second];
}

/** `identifier`: with the temporary number; `counter`: of that number. */
export function unknownPatient(
  { gender, age, note }: UnknownPerson,
  identifier: object,
  counter: number,
  yearNow: number,
): JsonObject {
  const [first, second] = madeUpName(counter);
  const year = age === undefined ? undefined : String(yearNow - age);
  return json({
    resourceType: 'Patient',
    identifier: [identifier],
    active: true,
    name: [{ use: 'temp', text: `UNKNOWN ${first} ${second}`, family: 'UNKNOWN', given: [first, second] }],
    gender,
    ...(year === undefined
      ? {}
      : { birthDate: year, _birthDate: { extension: [{ url: GUESSED, valueString: `about ${age} years old` }] } }),
    ...(note === undefined ? {} : { extension: [{ url: `${EXTENSIONS}/found`, valueString: note }] }),
  });
}

/**
 * A Patient for each child, and a RelatedPerson that says who the mother is: found by the mother's own identifiers, and by the child.
 * `ids`: of the Patients, so that both can name them.
 */
export function newbornPatients(
  { genders, mother, born }: Newborn,
  identifiers: readonly object[],
  ids: readonly string[],
): readonly JsonObject[] {
  const name = nameOf(mother);
  const reference = { reference: `Patient/${mother.id ?? ''}`, ...(name.text === '' ? {} : { display: name.text }) };
  const several = genders.length > 1;
  return genders.flatMap((gender, i) => {
    const child = { male: 'Boy', female: 'Girl', other: 'Baby', unknown: 'Baby' }[gender];
    const word = several ? `${child} ${i + 1}` : child;
    const patient = {
      resourceType: 'Patient',
      id: ids[i] ?? '',
      extension: [{ url: MOTHER, valueReference: reference }],
      identifier: [identifiers[i] ?? {}],
      active: true,
      name: [
        {
          use: 'temp',
          text: `${word} of ${name.text === '' ? 'an unknown mother' : name.text}`,
          ...(name.family === undefined ? {} : { family: name.family }),
          given: [word],
        },
      ],
      gender,
      birthDate: born.slice(0, 10),
      _birthDate: {
        extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime', valueDateTime: born }],
      },
      ...(several ? { multipleBirthInteger: i + 1 } : {}),
    };
    const related = {
      resourceType: 'RelatedPerson',
      extension: [{ url: MOTHER, valueReference: reference }],
      ...(mother['identifier'] === undefined ? {} : { identifier: mother['identifier'] }),
      active: true,
      patient: { reference: `Patient/${ids[i] ?? ''}` },
      relationship: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'MTH', display: 'mother' }] },
      ],
      ...(mother['name'] === undefined ? {} : { name: mother['name'] }),
    };
    return [json(patient), json(related)];
  });
}

const json = (value: object): JsonObject => value as unknown as JsonObject;

function nameOf(patient: ResourceJson): { readonly text: string; readonly family: string | undefined } {
  const names = patient['name'];
  const first: JsonValue | undefined = Array.isArray(names) ? names[0] : undefined;
  if (typeof first !== 'object' || first === null || Array.isArray(first)) return { text: '', family: undefined };
  const { text, family, given } = first as JsonObject;
  const parts = [...(Array.isArray(given) ? given : []), family].filter((part) => typeof part === 'string');
  return {
    text: typeof text === 'string' ? text : parts.join(' '),
    family: typeof family === 'string' ? family : undefined,
  };
}
