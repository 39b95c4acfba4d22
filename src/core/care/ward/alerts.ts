// What stands on a patient's row in a word: resuscitation, isolation, falls, other alerts. Pure.
//
//   WB7  An alert in force is a tag on the row; one that is over, or was entered in error, is none. What has no tag of its own stands with its words.
//   WB8  Resuscitation in conflict reads as disputed, never as one of its sides (CR5).
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { alertsOf } from '../banner/alerts.ts';
import type { Entry } from '../banner/allergy-section.ts';
import { resuscitationOf } from '../banner/resuscitation.ts';
import { identityLines } from '../banner/identity-lines.ts';
import { MOTHER } from '../identity/temporary-identity.ts';
import { at, codesOf, itemsOf, textOf } from '../merge/clinical-words.ts';

export type TagKind = 'cpr-disputed' | 'not-for-cpr' | 'isolation' | 'unknown-person' | 'falls' | 'other';
export interface RowTag {
  readonly kind: TagKind;
  /** As recorded. */
  readonly words: string;
  /** Sides differ about it. */
  readonly isDisputed: boolean;
}

const ORDER: readonly TagKind[] = ['cpr-disputed', 'not-for-cpr', 'isolation', 'unknown-person', 'falls', 'other'];
const KINDS: Readonly<Record<string, TagKind>> = {
  'flag-falls': 'falls',
  '129839007': 'falls', // At increased risk for falls
  'flag-unknown': 'unknown-person',
};

/** Of one patient, of whatever types. The gravest first. */
export function rowTags(entries: readonly Entry[], now: Instant, patient?: ResourceJson): readonly RowTag[] {
  const cpr = resuscitationOf(entries);
  const tags: RowTag[] = [];
  if (cpr.kind === 'disputed' || cpr.kind === 'limited') {
    const words = cpr.entries[0]?.words ?? '';
    tags.push({
      kind: cpr.kind === 'disputed' ? 'cpr-disputed' : 'not-for-cpr',
      words,
      isDisputed: cpr.kind === 'disputed',
    });
  }
  const codes = new Map(entries.map(({ resource }) => [`Flag/${resource.id ?? ''}`, codesOf(resource['code'])]));
  for (const alert of alertsOf(entries, now)) {
    if (alert.kind === 'resuscitation' || alert.kind === 'break-glass') continue;
    const known = codes
      .get(alert.name)
      ?.map((code) => KINDS[code])
      .find((kind) => kind !== undefined);
    const kind = alert.kind === 'isolation' ? 'isolation' : (known ?? 'other');
    tags.push({ kind, words: alert.words, isDisputed: alert.isDisputed });
  }
  // The record itself says that nobody knows who it is.
  if (patient !== undefined && isUnknownPerson(patient))
    tags.push({ kind: 'unknown-person', words: '', isDisputed: false });
  const seen = new Set<string>();
  return tags
    .filter(({ kind, words }) => {
      const name = kind === 'unknown-person' ? kind : `${kind} ${words}`;
      return seen.has(name) ? false : (seen.add(name), true);
    })
    .toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** A newborn has a temporary name, too, and everybody knows whose it is. */
const isUnknownPerson = (patient: ResourceJson): boolean =>
  identityLines(patient, false).isUnknown &&
  !itemsOf(patient['extension']).some((one) => textOf(at(one, 'url')) === MOTHER);
