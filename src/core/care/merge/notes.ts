// What a person must read beside a resource in conflict.
import type { Hash } from '../../base/ports.ts';

export type NoteKind =
  | 'stop-disputed'
  | 'conflicting-orders'
  | 'resuscitation-disputed'
  | 'allergy-stands'
  | 'perhaps-two-doses'
  | 'place-uncertain'
  | 'performed-though-revoked'
  | 'deleted-elsewhere'
  | 'claim-lost'
  | 'change-request';

export interface Note {
  readonly kind: NoteKind;
  readonly text: string;
  /** The heads that it is about. */
  readonly heads: readonly Hash[];
}
export type Words = Readonly<Partial<Record<NoteKind, string>>>;

/** The words where a site has none of its own. CR5 and CR8 are quoted. */
export const NOTE_WORDS: Readonly<Record<NoteKind, string>> = {
  'stop-disputed': 'stop disputed: call prescriber',
  'conflicting-orders': 'conflicting orders: check',
  'resuscitation-disputed': 'Disputed: attempt CPR unless a valid signed DNACPR is in hand',
  'allergy-stands': 'another entry says otherwise; the allergy stands until it is settled',
  'perhaps-two-doses': 'two entries of this dose differ: it may have been given twice',
  'place-uncertain': 'place uncertain: two entries differ',
  'performed-though-revoked': 'stopped by one, done or begun by another: check what was done',
  'deleted-elsewhere': 'deleted by one and changed by another: shown until it is settled',
  'claim-lost': 'another took this first',
  'change-request': 'asked for elsewhere; not decided',
};

export const noteOf = (kind: NoteKind, heads: readonly Hash[], words: Words): Note => ({
  kind,
  text: words[kind] ?? NOTE_WORDS[kind],
  heads: [...heads].sort(),
});
