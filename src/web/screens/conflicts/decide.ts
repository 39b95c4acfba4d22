// A decision of a conflict, as it is drafted and as it is written. No decision makes one of two facts (CR6).
//
//   CH54  To keep both, the others are written as resources of their own before the conflict is ended: if anything fails between, both
//         are there and the conflict is still open; a second press writes nothing twice.
import { err, type Result } from '../../../core/base/result.ts';
import { isObject } from '../../../core/care/merge/clinical-words.ts';
import type { ConflictShown, Device, NotSaved, Saved } from '../../device/device.ts';
import {
  compareSides,
  decidedText,
  startOf,
  textAsNew,
  type DifferingField,
  type FieldChoice,
} from './compare-sides.ts';
import { retyped } from './type-anew.ts';

/** What was picked for one element. */
export type Picked =
  | { readonly from: 'base' }
  | { readonly from: 'side'; readonly side: number }
  | { readonly from: 'anew'; readonly typed: Readonly<Record<string, string>> };

export interface Decision {
  /** `fields`, `both`, or `keep 0`. */
  readonly way: string;
  readonly picked: Readonly<Record<string, Picked>>;
  /** Of the entries that become resources of their own: a second click writes the same ones. */
  readonly ids: readonly string[];
}
export const readDecision = (kept: unknown): Decision | undefined => {
  const ok =
    typeof kept === 'object' &&
    kept !== null &&
    'way' in kept &&
    'picked' in kept &&
    'ids' in kept &&
    typeof kept.way === 'string' &&
    typeof kept.picked === 'object' &&
    Array.isArray(kept.ids);
  return ok ? (kept as Decision) : undefined;
};

/** The side from which everything is taken that no choice is about: the first that did not delete. */
const leadOf = ({ sides }: ConflictShown): number => sides.findIndex(({ text }) => text !== '');

/** Writes the decision for the version that was shown. */
export async function decide(
  device: Device,
  conflict: ConflictShown,
  decision: Decision,
): Promise<Result<Saved, NotSaved>> {
  const { shown } = conflict;
  if (decision.way === 'both') {
    // Somebody decided meanwhile: then nothing is to be kept apart.
    const [now] = await device.read([shown.key]);
    if (now?.versionId !== shown.versionId) return err({ kind: 'stale', text: 'It was decided or changed meanwhile.' });
    const refused = await keepApart(device, conflict, decision.ids);
    if (refused !== undefined) return refused;
  }
  return device.resolve(shown.key, shown.versionId, chosen(conflict, compareSides(conflict).fields, decision));
}

function chosen(
  conflict: ConflictShown,
  fields: readonly DifferingField[],
  { way, picked }: Decision,
): { readonly keep: string } | { readonly text: string } {
  const kept = way.startsWith('keep ') ? conflict.sides[Number(way.slice('keep '.length))] : undefined;
  if (kept !== undefined) return { keep: kept.hash };
  const lead = leadOf(conflict);
  if (way === 'both') return { keep: conflict.sides[lead]?.hash ?? '' };
  const choices = fields.flatMap(({ element }): readonly (readonly [string, FieldChoice])[] => {
    const pick = picked[element];
    if (pick === undefined) return [];
    if (pick.from !== 'anew')
      return [[element, pick.from === 'base' ? { from: 'base' } : { from: 'side', side: pick.side }]];
    const members = retyped(startOf(conflict, element), new Map(Object.entries(pick.typed)));
    return [[element, { from: 'anew', members: isObject(members) ? members : {} }]];
  });
  return { text: decidedText(conflict, lead, new Map(choices)) };
}

/** The other sides become resources of their own first: if what follows fails, both are there and the conflict is still open. */
async function keepApart(
  device: Device,
  conflict: ConflictShown,
  ids: readonly string[],
): Promise<Result<Saved, NotSaved> | undefined> {
  const { type } = conflict.shown.key;
  const lead = leadOf(conflict);
  const others = conflict.sides.flatMap((side, n) => {
    const id = ids[n];
    return n === lead || side.text === '' || id === undefined ? [] : [{ side, id }];
  });
  const there = await device.read(others.map(({ id }) => ({ type, id })));
  const missing = others.filter((_, n) => there[n] === undefined);
  if (missing.length === 0) return undefined;
  const done = await device.save(
    missing.map(({ side, id }) => ({ kind: 'create' as const, type, id, text: textAsNew(side, id) })),
  );
  return done.ok ? undefined : done;
}
