// Whether two patients may be one person: said as a hint, never decided (downtime DT27). Pure.
//
//   ID12  The same identifier, or a like name with the same or a nearly same date of birth, is a hint.
//   ID13  Names are alike by sound, by a slip of the pen, in another order, with parts left out, whatever the accents.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { fold } from '../../fhir/search/fold.ts';

export type Likeness = 'same-identifier' | 'same-name-and-birth' | 'like-name-and-birth' | 'like-name-near-birth';

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
const textsOf = (value: JsonValue | undefined): readonly string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

/** How `a` is like `b`; undefined: nothing to say. Either may lack anything. */
export function likenessOf(a: ResourceJson, b: ResourceJson): Likeness | undefined {
  const known = new Set(identifiersOf(a));
  if (identifiersOf(b).some((each) => known.has(each))) return 'same-identifier';
  const likeness = nearestName(namesOf(a), namesOf(b));
  if (likeness === 'unlike') return undefined;
  const [birth, other] = [birthOf(a), birthOf(b)];
  if (birth === undefined || other === undefined) return undefined;
  if (birth === other) return likeness === 'same' ? 'same-name-and-birth' : 'like-name-and-birth';
  return isNear(birth, other) ? 'like-name-near-birth' : undefined;
}

/** `system|value`, of those that are not temporary. */
export const identifiersOf = (patient: ResourceJson): readonly string[] =>
  listOf(patient['identifier']).flatMap(({ system, value, use }) =>
    typeof value === 'string' && value !== '' && use !== 'temp' && use !== 'old'
      ? [`${typeof system === 'string' ? system : ''}|${value}`]
      : [],
  );

const birthOf = (patient: ResourceJson): string | undefined => {
  const birth = patient['birthDate'];
  return typeof birth === 'string' ? birth : undefined;
};

/** Dates of birth that a slip of the pen, or another way to write dates, makes of `birth`; itself first. */
export function nearBirths(birth: string): readonly string[] {
  const parts = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(birth);
  if (parts === null) return [birth];
  const [, year = '', month, day] = parts;
  const found = [birth];
  if (month !== undefined && day !== undefined) {
    found.push(`${year}-${day}-${month}`);
    const date = Date.UTC(Number(year), Number(month) - 1, Number(day));
    for (const days of [-1, 1]) found.push(new Date(date + days * 86_400_000).toISOString().slice(0, 10));
    for (const years of [-10, -1, 1, 10])
      found.push(`${String(Number(year) + years).padStart(4, '0')}-${month}-${day}`);
  }
  return [...new Set(found)].filter(
    (date) => /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/.test(date) || date === birth,
  );
}

/** One is within what may be a slip of the other, or says no more than the year. */
const isNear = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a) || nearBirths(a).includes(b);

interface Name {
  readonly family: readonly string[];
  readonly given: readonly string[];
}

function namesOf(patient: ResourceJson): readonly Name[] {
  return listOf(patient['name']).flatMap(({ family, given, text }) => {
    const name = { family: wordsOf(textsOf(family)), given: wordsOf(textsOf(given)) };
    if (name.family.length > 0 || name.given.length > 0) return [name];
    // A text alone: which part is which nobody knows.
    const words = wordsOf(textsOf(text));
    return words.length === 0 ? [] : [{ family: words, given: words }];
  });
}

const wordsOf = (texts: readonly string[]): readonly string[] =>
  texts.flatMap((text) => fold(text.replace(/[-'’]/g, ' ')).split(' ')).filter((word) => word.length > 1);

function nearestName(ours: readonly Name[], others: readonly Name[]): 'same' | 'like' | 'unlike' {
  let best: 'like' | 'unlike' = 'unlike';
  for (const a of ours) {
    for (const b of others) {
      if (a.family.join(' ') === b.family.join(' ') && a.given.join(' ') === b.given.join(' ')) return 'same';
      if (isLikeName(a, b)) best = 'like';
    }
  }
  return best;
}

/** In their places, or with family and given names the other way round. A name of one part alone must be that part. */
function isLikeName(a: Name, b: Name): boolean {
  const straight = shares(a.family, b.family) && shares(a.given, b.given);
  return straight || (shares(a.family, b.given) && shares(a.given, b.family));
}

/** Some word of one is like some word of the other; what says nothing is no difference. */
const shares = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === 0 || b.length === 0
    ? a.length === b.length || a.length + b.length > 0
    : a.some((one) => b.some((other) => isLikeWord(one, other)));

export function isLikeWord(a: string, b: string): boolean {
  if (a === b || soundOf(a) === soundOf(b)) return true;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  // Initials and short forms: Max, Maximilian.
  if (short.length >= 3 && long.startsWith(short)) return true;
  return distance(a, b) <= (short.length >= 7 ? 2 : short.length >= 4 ? 1 : 0);
}

/** What is left of a word when spellings that sound alike are one; of scripts other than Latin, the word. */
export function soundOf(word: string): string {
  let sound = word;
  for (const [spelt, heard] of SOUNDS) sound = sound.replace(spelt, heard);
  const first = /^[aeiouy]/.test(sound) ? 'a' : '';
  return `${first}${sound.replace(/[aeiouyhw]/g, '')}`.replace(/(.)\1+/g, '$1') || word;
}

/** Of European and transliterated names; in this order. */
const SOUNDS: readonly (readonly [RegExp, string])[] = [
  [/sch|sh|cz|tch|tsch|ch(?=[eiy])|ś|š/g, 's'],
  [/ph|pf|v|w(?=[aeiouy])/g, 'f'],
  [/ck|kh|q|x|c(?![eiy])|ch|g(?![eiy])|gh/g, 'k'],
  [/dt|th|tt|d/g, 't'],
  [/tz|ts|z|c/g, 's'],
  [/dj|dsch|j|g/g, 'y'],
  [/b/g, 'p'],
  [/m/g, 'n'],
];

/** Insertions, deletions, substitutions and neighbours that changed places, counted up to 3. */
export function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a.charAt(i - 1) === b.charAt(j - 1) ? 0 : 1;
      let best = Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a.charAt(i - 1) === b.charAt(j - 2) && a.charAt(i - 2) === b.charAt(j - 1))
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      next.push(best);
    }
    before = row;
    row = next;
  }
  return Math.min(3, row[b.length] ?? 3);
}
