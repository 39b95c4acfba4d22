// Who of the people that are known may be the one who is being registered (downtime DT28). Pure.
//
//   WB24  The same number; a like name with the same or a nearly same birth; the same name, or a like name where a birth is not known, is somebody to look at.
import { nameLikeness } from '../ward/names-alike.ts';
import type { PatientEntry } from './find-patients.ts';
import { nearBirths } from './similar-patients.ts';

/** The likeliest first. */
export const SAME = ['same-number', 'same-birth', 'like-birth', 'near-birth', 'same-name', 'like-name'] as const;
export type SameLikeness = (typeof SAME)[number];
export interface LikelySame {
  readonly id: string;
  readonly how: SameLikeness;
}

/** `asked`: what is known of who is being registered; its id does not count. */
export function likelySame(asked: PatientEntry, known: Iterable<PatientEntry>): readonly LikelySame[] {
  const near = new Set(asked.birth === undefined ? [] : nearBirths(asked.birth));
  const found: LikelySame[] = [];
  for (const other of known) {
    const how = sameness(asked, other, near);
    if (how !== undefined) found.push({ id: other.id, how });
  }
  return found.toSorted((a, b) => SAME.indexOf(a.how) - SAME.indexOf(b.how) || (a.id < b.id ? -1 : 1));
}

function sameness(asked: PatientEntry, other: PatientEntry, near: ReadonlySet<string>): SameLikeness | undefined {
  if (asked.numbers.some((number) => other.numbers.includes(number))) return 'same-number';
  const name = asked.family.length + asked.given.length === 0 ? undefined : nameLikeness(asked, other);
  // A family name alone is shared by too many; a given name that was not asked for differs from nothing.
  const isWhole = name === 'same-name' || name === 'like-name';
  const isPart = name !== undefined && (asked.given.length === 0 || other.given.length === 0);
  if (!isWhole && !isPart) return undefined;
  const { birth } = asked;
  if (birth === undefined || other.birth === undefined)
    return name === 'same-name' ? 'same-name' : isWhole ? 'like-name' : undefined;
  if (birth === other.birth) return name === 'same-name' ? 'same-birth' : 'like-birth';
  if (near.has(other.birth) || birth.startsWith(other.birth) || other.birth.startsWith(birth)) return 'near-birth';
  return name === 'same-name' ? 'same-name' : undefined;
}
