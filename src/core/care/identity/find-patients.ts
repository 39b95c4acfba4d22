// Patients by what somebody knows of them: parts of the name, its sound, a number, the date of birth (downtime DT27). Pure.
//
//   WB21  Every word that was typed counts: as part of a name, a number, or a date or year of birth. The surest find stands first.
//   WB22  A name is found by its beginning, by its sound, and in spite of a slip of the pen, in any order and script it is recorded in.
import type { ResourceJson } from '../../base/json-types.ts';
import { fold } from '../../fhir/search/fold.ts';
import { at, itemsOf, textOf } from '../merge/clinical-words.ts';
import { linksOf } from './patient-links.ts';
import { isSlip, soundAlike } from './phonetic.ts';

/** What a patient is found by. */
export interface PatientEntry {
  readonly id: string;
  readonly family: readonly string[];
  readonly given: readonly string[];
  /** Folded, without blanks and hyphens. */
  readonly numbers: readonly string[];
  /** FHIR date; may be a year alone. */
  readonly birth?: string;
  /** Neither inactive nor given up for another record (`Patient.link`). */
  readonly isActive: boolean;
}
export type Likeness = 'number' | 'name' | 'start' | 'sound' | 'near';
export interface FoundPatient {
  readonly id: string;
  readonly how: Likeness;
}

const ORDER: readonly Likeness[] = ['number', 'name', 'start', 'sound', 'near'];
const wordsIn = (text: string): readonly string[] =>
  fold(text.replace(/[-'’.,]/g, ' '))
    .split(' ')
    .filter((word) => word !== '');
const numberIn = (text: string): string => fold(text).replace(/\s+/g, '');

export function entryOf(patient: ResourceJson): PatientEntry {
  const names = itemsOf(patient['name']);
  const family = names.flatMap((name) => wordsIn(textOf(at(name, 'family'))));
  const given = names.flatMap((name) => itemsOf(at(name, 'given')).flatMap((one) => wordsIn(textOf(one))));
  // A name that was never taken apart; joined spellings, too: O’Brien is found by `obrien`.
  const texts = names.flatMap((name) =>
    family.length + given.length === 0 ? wordsIn(textOf(at(name, 'text'))) : [fold(textOf(at(name, 'family')))],
  );
  const birth = textOf(patient['birthDate']);
  return {
    id: patient.id ?? '',
    family: [...new Set([...family, ...texts])].filter((word) => word !== ''),
    given: [...new Set(given)],
    numbers: itemsOf(patient['identifier'])
      .map((identifier) => numberIn(textOf(at(identifier, 'value'))))
      .filter((value) => value !== ''),
    ...(birth === '' ? {} : { birth }),
    isActive: patient['active'] !== false && linksOf(patient).replacedBy.length === 0,
  };
}

/** A word of a query, as it was understood. */
type Asked =
  | { readonly kind: 'birth'; readonly date: string }
  | { readonly kind: 'number'; readonly value: string }
  | { readonly kind: 'word'; readonly seen: (word: string) => Likeness | undefined };

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** `1942-09-09`, `09-Sep-1942`, `9.9.1942`, `9/9/1942`: as a FHIR date; undefined: no date. The day stands before the month. */
export function dateTyped(text: string): string | undefined {
  const iso = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  const [, d = '', m = '', y = ''] = /^(\d{1,2})[-./ ](\d{1,2}|[a-zA-Z]{3})[-./ ](\d{4})$/.exec(text) ?? [];
  const [year = '', month = '', day = ''] = iso === null ? [y, m, d] : iso.slice(1);
  const named = MONTHS.indexOf(month.toLowerCase());
  const number = named >= 0 ? named + 1 : Number(month);
  if (year === '' || !(number >= 1 && number <= 12) || !(Number(day) >= 1 && Number(day) <= 31)) return undefined;
  return `${year}-${String(number).padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** What was typed, taken apart. A number may hold blanks: it is tried whole first. */
function askedIn(query: string): readonly Asked[] {
  const asked: Asked[] = [];
  for (const part of query.trim().split(/\s+/)) {
    const date = dateTyped(part);
    if (date !== undefined) asked.push({ kind: 'birth', date });
    else if (/^(?:18|19|20)\d\d$/.test(part)) asked.push({ kind: 'birth', date: part });
    else if (/\d/.test(part)) asked.push({ kind: 'number', value: numberIn(part) });
    else for (const word of wordsIn(part)) asked.push({ kind: 'word', seen: likenessTo(word) });
  }
  return asked;
}

/** The surest first, at most `limit`; `more`: how many beyond. '' finds nobody. */
export function findPatients(
  entries: Iterable<PatientEntry>,
  query: string,
  limit: number,
): { readonly found: readonly FoundPatient[]; readonly more: number } {
  const asked = askedIn(query);
  const whole = numberIn(query);
  const found: { readonly entry: PatientEntry; readonly how: Likeness }[] = [];
  if (asked.length === 0) return { found: [], more: 0 };
  for (const entry of entries) {
    const how = likenessOf(entry, asked, whole);
    if (how !== undefined) found.push({ entry, how });
  }
  const rank = ({ entry, how }: (typeof found)[number]): number => ORDER.indexOf(how) * 2 + (entry.isActive ? 0 : 1);
  found.sort((a, b) => rank(a) - rank(b) || byName(a.entry, b.entry));
  return {
    found: found.slice(0, limit).map(({ entry, how }) => ({ id: entry.id, how })),
    more: Math.max(0, found.length - limit),
  };
}

const byName = (a: PatientEntry, b: PatientEntry): number => {
  const [one, other] = [
    `${a.family.join(' ')} ${a.given.join(' ')} ${a.id}`,
    `${b.family.join(' ')} ${b.given.join(' ')} ${b.id}`,
  ];
  return one < other ? -1 : one > other ? 1 : 0;
};

function likenessOf(entry: PatientEntry, asked: readonly Asked[], whole: string): Likeness | undefined {
  if (whole.length >= 3 && /\d/.test(whole) && entry.numbers.includes(whole)) return 'number';
  let worst = 0;
  for (const one of asked) {
    const how = of(entry, one);
    if (how === undefined) return undefined;
    worst = Math.max(worst, ORDER.indexOf(how));
  }
  return ORDER[worst];
}

function of(entry: PatientEntry, asked: Asked): Likeness | undefined {
  if (asked.kind === 'birth') {
    if (entry.birth === undefined) return undefined;
    if (entry.birth.startsWith(asked.date)) return 'name';
    // A year alone is recorded: it may be this day.
    return asked.date.startsWith(entry.birth) ? 'near' : undefined;
  }
  if (asked.kind === 'number') {
    if (entry.numbers.includes(asked.value)) return 'number';
    return asked.value.length >= 4 && entry.numbers.some((number) => number.endsWith(asked.value))
      ? 'start'
      : undefined;
  }
  let best: Likeness | undefined;
  for (const word of entry.family.concat(entry.given)) {
    const how = asked.seen(word);
    if (how === 'name') return how;
    if (how !== undefined && (best === undefined || ORDER.indexOf(how) < ORDER.indexOf(best))) best = how;
  }
  return best;
}

/** How a word of a name is like what was typed; each word of all names is looked at once. */
function likenessTo(word: string): (other: string) => Likeness | undefined {
  const seen = new Map<string, Likeness | undefined>();
  return (other) => {
    if (seen.has(other)) return seen.get(other);
    const how = wordLikeness(word, other);
    seen.set(other, how);
    return how;
  };
}
function wordLikeness(word: string, other: string): Likeness | undefined {
  if (other === word) return 'name';
  if (other.startsWith(word)) return 'start';
  if (word.length < 2 || other.length < 2) return undefined;
  if (soundAlike(other, word)) return 'sound';
  return isSlip(other, word) ? 'near' : undefined;
}
