// Who the patient is, as the banner says it: names, numbers, birth, death.
//
//   CH11  FAMILY, Given (Title) of the name that is used here; one in another script and a preferred name stand beside it (PAB-0016, 0042).
//   CH12  Two identifiers at least: name and date of birth, and the number that identifies here; what is not known is said in words (DT30).
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { at, codesOf, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';

export interface BannerName {
  /** In capitals; '' where nobody knows. */
  readonly family: string;
  readonly given: string;
  readonly title: string;
}
export interface BannerNumber {
  readonly kind: 'hospital' | 'national' | 'temporary' | 'other';
  /** Of ten digits in groups of three, three and four (PAB: `943 476 5919`). */
  readonly text: string;
}
export interface IdentityLines {
  readonly name: BannerName;
  /** As it is written at home, where that is another script. */
  readonly native?: string;
  readonly preferred?: string;
  /** Nobody knows who it is: temporary name and number. */
  readonly isUnknown: boolean;
  /** FHIR date, and where it is kept the moment of birth. */
  readonly birthDate?: string;
  readonly birthTime?: string;
  readonly gender: 'male' | 'female' | 'other' | 'unknown' | 'not-recorded';
  /** Hospital number first. */
  readonly numbers: readonly BannerNumber[];
  /** `true` where no time of death is kept. */
  readonly died?: string | true;
  readonly isDisputed: boolean;
}

const WRITTEN_AS = 'http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation';
const BIRTH_TIME = 'http://hl7.org/fhir/StructureDefinition/patient-birthTime';
const LATIN = /^[\p{Script=Latin}\p{M}\p{P}\p{Zs}0-9]*$/u;

/** `conflict`: sides differ on who this is, which the banner must say. */
export function identityLines(patient: ResourceJson, conflict: boolean): IdentityLines {
  const names = itemsOf(patient['name']).filter(isObject).filter(isCurrent);
  const chosen = nameInUse(names);
  const native = names.find((name) => !LATIN.test(wholeName(name)));
  const preferred = names.find((name) => textOf(name['use']) === 'nickname');
  const died = textOf(patient['deceasedDateTime']);
  const birthDate = textOf(patient['birthDate']);
  const birthTime = birthTimeOf(patient);
  return {
    name: partsOf(chosen),
    ...(native === undefined || native === chosen ? {} : { native: wholeName(native) }),
    ...(preferred === undefined ? {} : { preferred: preferredName(preferred) }),
    isUnknown: names.every((name) => textOf(name['use']) === 'temp'),
    ...(birthDate === '' ? {} : { birthDate }),
    ...(birthTime === '' ? {} : { birthTime }),
    gender: genderOf(patient['gender']),
    numbers: numbersOf(patient),
    ...(died === '' ? (patient['deceasedBoolean'] === true ? { died: true } : {}) : { died }),
    isDisputed: conflict,
  };
}

const isCurrent = (name: JsonObject): boolean =>
  !['old', 'maiden'].includes(textOf(name['use'])) && textOf(at(name, 'period.end')) === '';
const isWritten = (name: JsonObject, code: string): boolean =>
  itemsOf(name['extension']).some((one) => isObject(one) && one['url'] === WRITTEN_AS && one['valueCode'] === code);

/** The one that the house prints: in Latin letters, else the official one. */
function nameInUse(names: readonly JsonObject[]): JsonObject | undefined {
  const full = names.filter((name) => textOf(name['use']) !== 'nickname');
  return (
    full.find((name) => isWritten(name, 'ABC')) ??
    full.find((name) => textOf(name['use']) === 'official' && LATIN.test(wholeName(name))) ??
    full.find((name) => LATIN.test(wholeName(name))) ??
    full[0] ??
    names[0]
  );
}
function partsOf(name: JsonObject | undefined): BannerName {
  if (name === undefined) return { family: '', given: '', title: '' };
  const given = itemsOf(name['given']).map(textOf).join(' ');
  const family = textOf(name['family']);
  const title = itemsOf(name['prefix']).map(textOf).join(' ');
  // Only a text: nobody said which part is the family's.
  if (family === '' && given === '') return { family: textOf(name['text']).toUpperCase(), given: '', title };
  return { family: family.toUpperCase(), given, title };
}
function wholeName(name: JsonObject): string {
  const text = textOf(name['text']);
  return text === '' ? [...itemsOf(name['given']).map(textOf), textOf(name['family'])].join(' ').trim() : text;
}
const preferredName = (name: JsonObject): string => itemsOf(name['given']).map(textOf).join(' ') || wholeName(name);

const birthTimeOf = (patient: ResourceJson): string =>
  itemsOf(at(patient, '_birthDate.extension'))
    .filter(isObject)
    .filter((one) => one['url'] === BIRTH_TIME)
    .map((one) => textOf(one['valueDateTime']))[0] ?? '';

function genderOf(value: JsonValue | undefined): IdentityLines['gender'] {
  const gender = textOf(value);
  return gender === 'male' || gender === 'female' || gender === 'other' || gender === 'unknown'
    ? gender
    : 'not-recorded';
}

function numbersOf(patient: ResourceJson): readonly BannerNumber[] {
  const order: readonly BannerNumber['kind'][] = ['hospital', 'temporary', 'national', 'other'];
  return itemsOf(patient['identifier'])
    .filter(isObject)
    .filter((one) => textOf(one['use']) !== 'old' && textOf(one['value']) !== '')
    .map((one) => ({ kind: numberKind(one), text: grouped(textOf(one['value'])) }))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}
function numberKind(identifier: JsonObject): BannerNumber['kind'] {
  if (textOf(identifier['use']) === 'temp') return 'temporary';
  const codes = codesOf(identifier['type']);
  if (codes.includes('MR')) return 'hospital';
  return codes.includes('NI') || codes.includes('NH') || codes.includes('SS') ? 'national' : 'other';
}
const grouped = (value: string): string => value.replace(/^(\d{3})(\d{3})(\d{4})$/, '$1 $2 $3');
