// Patients whose names may be taken for each other: said on both, wherever they stand side by side (downtime DT27). Pure.
//
//   WB5  One family name, or two that sound alike or differ by a slip of the pen, or family and given name the other way round, is an alert on both.
//   WB6  A child beside its mother is no alert: both are told apart by what stands with them. Two children are one.
import { isSlip, soundAlike } from '../identity/phonetic.ts';
import { entryOf, type PatientEntry } from '../identity/find-patients.ts';
import type { ResourceJson } from '../../base/json-types.ts';

/** How two names are alike, the gravest first. */
export type NameLikeness = 'same-name' | 'like-name' | 'same-family' | 'like-family';
export interface AlikeName {
  /** Id of the other patient. */
  readonly id: string;
  readonly how: NameLikeness;
}
const ORDER: readonly NameLikeness[] = ['same-name', 'like-name', 'same-family', 'like-family'];

const sharesSame = (a: readonly string[], b: readonly string[]): boolean => a.some((word) => b.includes(word));
const sharesLike = (a: readonly string[], b: readonly string[]): boolean =>
  a.some((one) => b.some((other) => areLike(one, other)));

/** Of two words, what was found out before: a hospital's names are few. */
const known = new Map<string, boolean>();
const KNOWN_MAX = 100_000;
function areLike(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length < 3 || b.length < 3) return false;
  const key = a < b ? `${a} ${b}` : `${b} ${a}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const are = soundAlike(a, b) || isSlip(a, b);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, are);
  return are;
}

/** Undefined: nobody takes one for the other by name. */
export function nameLikeness(a: PatientEntry, b: PatientEntry): NameLikeness | undefined {
  const isSame = sharesSame(a.family, b.family);
  const isLike = isSame || sharesLike(a.family, b.family);
  if (isLike) {
    if (isSame && sharesSame(a.given, b.given)) return 'same-name';
    if (sharesLike(a.given, b.given)) return 'like-name';
    return isSame ? 'same-family' : 'like-family';
  }
  return sharesLike(a.family, b.given) && sharesLike(a.given, b.family) ? 'like-name' : undefined;
}

/** Of each patient that has one: whose names are like theirs, the gravest first. `ofOneFamily`: ids of mother and child. */
export function namesAlike(
  patients: readonly ResourceJson[],
  ofOneFamily: readonly (readonly [string, string])[] = [],
): ReadonlyMap<string, readonly AlikeName[]> {
  const entries = patients.map(entryOf).filter(({ family }) => family.length > 0);
  const kin = new Set(ofOneFamily.flatMap(([a, b]) => [`${a} ${b}`, `${b} ${a}`]));
  const alike = new Map<string, AlikeName[]>();
  const tell = (id: string, other: AlikeName): void => {
    const known = alike.get(id);
    if (known === undefined) alike.set(id, [other]);
    else known.push(other);
  };
  for (const [i, a] of entries.entries()) {
    for (const b of entries.slice(i + 1)) {
      if (a.id === b.id || kin.has(`${a.id} ${b.id}`)) continue;
      const how = nameLikeness(a, b);
      if (how === undefined) continue;
      tell(a.id, { id: b.id, how });
      tell(b.id, { id: a.id, how });
    }
  }
  for (const others of alike.values()) others.sort((a, b) => ORDER.indexOf(a.how) - ORDER.indexOf(b.how));
  return alike;
}
