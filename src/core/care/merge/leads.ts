// Which of several heads is the safest to show until people have decided: the higher rank leads, number by number.
//
//   MG20 to MG27  An allergy, a given dose, a running order, an active alert, the protective consent lead. Ties go to the latest place.
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import {
  at,
  codesOf,
  criticalCodesOf,
  deniesAllergy,
  isList,
  isObject,
  isResuscitation,
  itemsOf,
  limitsResuscitation,
  textOf,
} from './clinical-words.ts';

/** Ranks, compared number by number; the greater leads. */
export type Lead = (body: JsonObject) => readonly number[];

const status = (body: JsonObject): string => textOf(body['status']);
/** A code's place in the list; what is not listed stands at `unknown`. */
const rank = (ascending: readonly string[], code: string, unknown: number): number => {
  const place = ascending.indexOf(code);
  return place < 0 ? unknown : place;
};
const first = (body: JsonObject, name: string): string => codesOf(body[name]).find((code) => code !== '') ?? '';

/** Missing and unknown status counts as present: only what says so is past. */
export function isAllergyPresent(body: JsonObject): boolean {
  if (deniesAllergy(body)) return false;
  if (['refuted', 'entered-in-error'].includes(first(body, 'verificationStatus'))) return false;
  return !['inactive', 'resolved'].includes(first(body, 'clinicalStatus'));
}

/** On the MAR as a line to be given: whatever is not known to be stopped, held or not begun. */
export const isOnMar = (body: JsonObject): boolean =>
  !['stopped', 'cancelled', 'completed', 'on-hold', 'entered-in-error', 'draft'].includes(status(body));
/** Ended on purpose, or for a while. */
export const isStopped = (body: JsonObject): boolean => !isOnMar(body) && status(body) !== 'draft';
const PAST = [
  'inactive',
  'resolved',
  'remission',
  'completed',
  'finished',
  'revoked',
  'cancelled',
  'stopped',
  'not-done',
  'rejected',
];
const ENDED = ['completed', 'cancelled', 'failed', 'rejected', 'fulfilled', 'noshow', 'checked-in'];

/** A current bed or place of an encounter: neither ended nor only planned. */
export const isCurrentPlace = (item: JsonValue): boolean =>
  isObject(item) &&
  at(item, 'period.end') === undefined &&
  !['planned', 'reserved', 'completed'].includes(textOf(item['status']));

/** Some or all of a dose went in: whatever is not known not to have been given. */
export const isGiven = (body: JsonObject): boolean =>
  !['not-done', 'preparation', 'cancelled', 'declined', 'abandoned', 'entered-in-error'].includes(status(body));

const denials = (provision: JsonObject): number =>
  (provision['type'] === 'deny' ? 1 : 0) +
  itemsOf(provision['provision']).reduce<number>((sum, inner) => sum + (isObject(inner) ? denials(inner) : 0), 0);

/** 3 forbids, 2 neither, 1 is not in force at all, 0 permits. */
function protection(body: JsonObject): readonly number[] {
  const provision = body['provision'];
  const root = isObject(provision) ? provision : {};
  const inForce = !['inactive', 'rejected', 'entered-in-error', 'draft', 'proposed'].includes(status(body));
  const forbids = root['type'] === 'deny';
  if (inForce && forbids) return [3, denials(root)];
  if (inForce && root['type'] === undefined) return [2, denials(root)];
  return inForce ? [0, denials(root)] : [1, denials(root)];
}

const activity = (body: JsonObject): number => {
  const said = [
    status(body),
    first(body, 'clinicalStatus'),
    first(body, 'verificationStatus'),
    textOf(body['lifecycleStatus']),
  ];
  if (said.some((code) => code === 'entered-in-error' || code === 'refuted')) return 0;
  return said.some((code) => PAST.includes(code)) ? 1 : 2;
};

export const leads = {
  allergy: (body) => [
    deniesAllergy(body) ? 0 : 1,
    isAllergyPresent(body) ? 1 : 0,
    rank(['refuted', 'unconfirmed', 'presumed', 'confirmed'], first(body, 'verificationStatus'), 1),
    rank(['low', 'unable-to-assess', 'high'], textOf(body['criticality']), 1),
  ],
  /** Whatever is not known to be stopped, held or not begun leads. */
  prescription: (body) => [
    rank(['entered-in-error', 'draft', 'cancelled', 'completed', 'stopped', 'on-hold'], status(body), 6),
  ],
  given: (body) => [
    isGiven(body) ? 1 : 0,
    rank(
      [
        'entered-in-error',
        'abandoned',
        'not-done',
        'declined',
        'cancelled',
        'preparation',
        'on-hold',
        'unknown',
        'stopped',
        'in-progress',
        'completed',
      ],
      status(body),
      7,
    ),
  ],
  result: (body) => [
    rank(
      [
        'registered',
        'partial',
        'preliminary',
        'available',
        'final',
        'appended',
        'amended',
        'corrected',
        'unavailable',
        'cancelled',
        'entered-in-error',
      ],
      status(body),
      0,
    ),
    criticalCodesOf(body).length > 0 ? 1 : 0,
  ],
  order: (body) => [
    rank(
      ['draft', 'active', 'on-hold', 'suspended', 'completed', 'cancelled', 'revoked', 'entered-in-error'],
      status(body),
      0,
    ),
  ],
  encounter: (body) => [
    rank(['entered-in-error', 'cancelled', 'finished', 'planned'], status(body), 4),
    itemsOf(body['location']).some((item) => isCurrentPlace(item)) ? 1 : 0,
  ],
  signed: (body) => [
    rank(['entered-in-error', 'draft', 'preliminary', 'in-progress'], textOf(body['docStatus']) || status(body), 4),
  ],
  active: (body) => [activity(body)],
  open: (body) => [status(body) === 'entered-in-error' ? 0 : ENDED.includes(status(body)) ? 1 : 2],
  list: (body) => [isList(body['entry']) && body['entry'].length > 0 ? 1 : 0, activity(body)],
  consent: protection,
  revoked: (body) => [body['active'] === false ? 1 : 0],
  /** CR5: until it is settled, resuscitation is attempted. */
  resuscitation: (body) => [limitsResuscitation(body) ? 0 : 1, isResuscitation(body) ? 1 : 0, activity(body)],
} as const satisfies Record<string, Lead>;
