// A name as people write it, and beside it how the wristband prints it.
import { assert } from '../../core/base/assert.ts';
import type { Dice } from './dice.ts';
import type { Json } from './fhir-parts.ts';
import { CULTURES, type Culture } from './name-data.ts';

export type Sex = 'male' | 'female';

/** One part of a name: as written at home, in Latin letters where that differs, and in kana. */
interface Part {
  readonly native: string;
  readonly latin: string;
  readonly kana: string;
}
interface PersonCulture {
  readonly culture: Culture;
  readonly family: { readonly male: readonly Part[]; readonly female: readonly Part[] };
  readonly given: { readonly male: readonly Part[]; readonly female: readonly Part[] };
}
export interface PersonName {
  readonly culture: Culture;
  readonly family: Part;
  readonly given: Part;
}

const spaced = (text: string): string => text.replaceAll('|', ' ');
function parts(list: string, form: 0 | 1): readonly Part[] {
  return list.split(' ').map((entry) => {
    const written = entry.split('=').map((script) => spaced(script.split('/')[form] ?? script.split('/')[0] ?? ''));
    const native = written[0] ?? '';
    return { native, latin: written[1] ?? native, kana: written[2] ?? '' };
  });
}
const PEOPLE: readonly PersonCulture[] = CULTURES.map((culture) => ({
  culture,
  family: { male: parts(culture.family, 0), female: parts(culture.family, 1) },
  given: { male: parts(culture.men, 0), female: parts(culture.women, 0) },
}));

/** Given names that English-speaking parents choose today; the others of the list are their grandparents'. */
const YOUNG = new Set(
  'Callum Jack James Liam Oliver Samuel Thomas William Robert Alice Amelia Chloe Emily Grace Hannah Lucy Olivia Rachel Florence'.split(
    ' ',
  ),
);

export function drawName(dice: Dice, sex: Sex, cultureKey?: string, age = 50): PersonName {
  const named = PEOPLE.find((p) => p.culture.key === cultureKey);
  const people = named ?? dice.weighted(PEOPLE, (p) => p.culture.weight);
  return {
    culture: people.culture,
    family: dice.pick(people.family[sex]),
    given: dice.pick(givenNames(people, sex, age)),
  };
}

function givenNames(people: PersonCulture, sex: Sex, age: number): readonly Part[] {
  const all = people.given[sex];
  return people.culture.key === 'english' && age < 35 ? all.filter((part) => YOUNG.has(part.native)) : all;
}

/** Another person of the same family: a mother, a son. */
export function drawRelative(dice: Dice, of: PersonName, sex: Sex, ofSex: Sex, age = 50): PersonName {
  const people = PEOPLE.find((p) => p.culture === of.culture);
  if (people === undefined) return of;
  const index = people.family[ofSex].findIndex((part) => part.native === of.family.native);
  return {
    culture: of.culture,
    family: people.family[sex][index] ?? of.family,
    given: dice.pick(givenNames(people, sex, age)),
  };
}

/** An English name that was given by hand (the pairs of similar names, the cast). */
export function plainName(given: string, family: string, cultureKey = 'english'): PersonName {
  const culture = CULTURES.find((c) => c.key === cultureKey);
  assert(culture !== undefined, 'no such culture of names');
  const part = (text: string): Part => ({ native: text, latin: text, kana: '' });
  return { culture, family: part(family), given: part(given) };
}

/** In Latin letters, given name first: for notes and displays. */
export const latinName = (name: PersonName): string => `${name.given.latin} ${name.family.latin}`;

const WRITTEN_AS = 'http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation';
const writtenAs = (code: 'ABC' | 'SYL' | 'IDE'): Json => ({ url: WRITTEN_AS, valueCode: code });

/** HumanNames: the official one as it is written at home, then (where that is not Latin) the one the hospital prints. */
export function humanNames(name: PersonName, prefix?: string): readonly Json[] {
  const title = prefix === undefined ? {} : { prefix: [prefix] };
  const given = name.given.native.split(' ');
  const text = name.culture.familyFirst
    ? `${name.family.native}${name.family.latin === name.family.native ? ' ' : ''}${name.given.native}`
    : `${name.given.native} ${name.family.native}`;
  const official: Json = { use: 'official', text, family: name.family.native, given, ...title };
  if (name.family.latin === name.family.native) return [official];
  const latin: Json = {
    extension: [writtenAs('ABC')],
    use: 'usual',
    text: latinName(name),
    family: name.family.latin,
    given: [name.given.latin],
    ...title,
  };
  if (name.family.kana === '') {
    const ideographic = name.culture.key === 'chinese';
    return [ideographic ? { extension: [writtenAs('IDE')], ...official } : official, latin];
  }
  const kana: Json = {
    extension: [writtenAs('SYL')],
    use: 'usual',
    text: `${name.family.kana} ${name.given.kana}`,
    family: name.family.kana,
    given: [name.given.kana],
  };
  return [{ extension: [writtenAs('IDE')], ...official }, latin, kana];
}
