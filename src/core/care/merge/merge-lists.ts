// Lists, item by item.
//
//   MG5  Items are told apart by identity (`keyOf`); items of one identity in one list are one thing.
//   MG6  union takes nothing away. set takes away what one side took and nobody changed.
//   MG7  An item that was changed two ways, or changed and taken away, stays with all its versions, in conflict.
//   MG8  Order: the one list that was changed as it is; of several, the ancestor's items first, then the others by their text.
import type { JsonValue } from '../../base/json-types.ts';
import { canonOf } from './elements.ts';

export interface ListMerge {
  readonly items: readonly JsonValue[];
  /** Identities in conflict. */
  readonly disputed: readonly string[];
}

interface Group {
  readonly items: readonly JsonValue[];
  readonly canon: string;
}
type Groups = ReadonlyMap<string, Group>;

/** `base` undefined: no ancestor is known. `sides` in any order; the answer does not depend on it. */
export function mergeLists(
  base: readonly JsonValue[] | undefined,
  sides: readonly (readonly JsonValue[])[],
  mode: 'union' | 'set',
  keyOf: (item: JsonValue) => string,
): ListMerge {
  const from = groupsOf(base ?? [], keyOf);
  const lists = sides.map((side) => ({ items: side, groups: groupsOf(side, keyOf) }));
  const keys = new Set([...from.keys(), ...lists.flatMap((list) => [...list.groups.keys()])]);
  const disputed: string[] = [];
  const kept = new Map<string, readonly JsonValue[]>();
  for (const key of keys) {
    const known = from.get(key);
    const distinct = new Map<string, readonly JsonValue[]>();
    let taken = false;
    for (const { groups } of lists) {
      const group = groups.get(key);
      if (group === undefined) taken ||= known !== undefined || (base === undefined && mode === 'set');
      else if (group.canon !== known?.canon) distinct.set(group.canon, group.items);
    }
    const doubtful = mode === 'set' && taken && distinct.size > 0;
    if (distinct.size > 1 || doubtful) disputed.push(key);
    if (distinct.size > 0) {
      kept.set(key, versions([...distinct].sort(byText).flatMap(([, items]) => items)));
    } else if (known !== undefined && (mode === 'union' ? lists.some(({ groups }) => groups.has(key)) : !taken)) {
      kept.set(key, known.items);
    }
  }
  return { items: inOrder(base ?? [], lists, kept, keyOf, mode), disputed: disputed.sort() };
}

const byText = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
  a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
/** Each once. */
const versions = (items: readonly JsonValue[]): readonly JsonValue[] => [
  ...new Map(items.map((item) => [canonOf(item), item])).values(),
];

function groupsOf(items: readonly JsonValue[], keyOf: (item: JsonValue) => string): Groups {
  const found = new Map<string, JsonValue[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = found.get(key);
    if (group === undefined) found.set(key, [item]);
    else group.push(item);
  }
  return new Map([...found].map(([key, group]) => [key, { items: group, canon: canonOf(group) }]));
}

function inOrder(
  base: readonly JsonValue[],
  lists: readonly { readonly items: readonly JsonValue[] }[],
  kept: ReadonlyMap<string, readonly JsonValue[]>,
  keyOf: (item: JsonValue) => string,
  mode: 'union' | 'set',
): readonly JsonValue[] {
  const baseKeys = [...new Set(base.map(keyOf))];
  const laidOut = (keys: readonly string[], of: ReadonlyMap<string, readonly JsonValue[]>): readonly JsonValue[] =>
    [...baseKeys.filter((key) => keys.includes(key)), ...keys.filter((key) => !baseKeys.includes(key)).sort()].flatMap(
      (key) => of.get(key) ?? [],
    );
  const changed = new Map<string, readonly JsonValue[]>();
  for (const { items } of lists) {
    const whole =
      mode === 'set' || baseKeys.every((key) => items.some((item) => keyOf(item) === key)) ? items : undefined;
    const canon = whole === undefined ? undefined : canonOf(whole);
    if (canon === canonOf(base)) continue;
    if (whole === undefined || canon === undefined) {
      const groups = groupsOf([...base, ...items], keyOf);
      const own = groupsOf(items, keyOf);
      const completed = laidOut(
        [...groups.keys()],
        new Map([...groups].map(([key, group]) => [key, own.get(key)?.items ?? group.items])),
      );
      if (canonOf(completed) !== canonOf(base)) changed.set(canonOf(completed), completed);
    } else changed.set(canon, whole);
  }
  const [only] = changed.values();
  const result = laidOut([...kept.keys()], kept);
  if (changed.size !== 1 || only === undefined) return result;
  // The only list that was changed stands as its author ordered it, where it holds the same items.
  const same = [...only].map(canonOf).sort().join() === result.map(canonOf).sort().join();
  return same ? only : result;
}
