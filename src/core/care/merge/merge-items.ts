// The items of a filled form, and items within items, by linkId.
//
//   MG17  Each answer is merged by its linkId at its depth; the answers of one item are one thing.
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { isList, isObject, textOf } from './clinical-words.ts';
import { canonOf } from './elements.ts';
import { mergeLists, type ListMerge } from './merge-lists.ts';

const linkIdOf = (item: JsonValue): string => (isObject(item) && textOf(item['linkId'])) || canonOf(item);

/** `base` undefined: no ancestor is known. `sides`: the safest first. */
export function mergeItems(
  base: readonly JsonValue[] | undefined,
  sides: readonly (readonly JsonValue[])[],
): ListMerge {
  const changed = new Map(sides.map((side) => [canonOf(side), side]));
  if (base !== undefined) changed.delete(canonOf(base));
  const [only = base ?? []] = changed.values();
  if (changed.size <= 1) return { items: only, disputed: [] };
  const before = (base ?? []).map(linkIdOf);
  const others = sides.flatMap((side) => side.map(linkIdOf)).filter((key) => !before.includes(key));
  const items: JsonValue[] = [];
  const disputed = new Set<string>();
  for (const key of new Set([...before, ...others.sort()])) {
    const of = (list: readonly JsonValue[]): readonly JsonValue[] => list.filter((item) => linkIdOf(item) === key);
    const merged = mergeOne(key, base === undefined ? undefined : of(base), sides.map(of));
    items.push(...merged.items);
    for (const one of merged.disputed) disputed.add(one);
  }
  return { items, disputed: [...disputed].sort() };
}

function mergeOne(
  key: string,
  base: readonly JsonValue[] | undefined,
  sides: readonly (readonly JsonValue[])[],
): ListMerge {
  const whole = mergeLists(base, sides, 'set', linkIdOf);
  const [known] = base ?? [];
  const single = [base ?? [], ...sides].every((list) => list.length <= 1 && list.every(isObject));
  // Where one item was changed two ways it is looked into; what was also taken away is not.
  const taken = base?.length !== 0 && sides.some((side) => side.length === 0);
  if (whole.disputed.length === 0 || !single || taken) return whole;
  const found = sides.flatMap((side) => side.filter(isObject));
  const shells = found.map(shellOf);
  const shell = isObject(known) ? shellOf(known) : undefined;
  const changes = shells.filter((one) => canonOf(one) !== canonOf(shell));
  const differing = new Set(changes.map(canonOf)).size > 1;
  const shown = differing ? shells[0] : (changes[0] ?? shell);
  const nested = mergeItems(base === undefined || known === undefined ? base : innerOf(known), found.map(innerOf));
  const inner = nested.items.length === 0 ? {} : { item: nested.items };
  return { items: [{ ...shown, ...inner }], disputed: [...(differing ? [key] : []), ...nested.disputed] };
}

function shellOf(item: JsonObject): JsonObject {
  const { item: _, ...shell } = item;
  return shell;
}
function innerOf(item: JsonValue): readonly JsonValue[] {
  const inner = isObject(item) ? item['item'] : undefined;
  return isList(inner) ? inner : [];
}
