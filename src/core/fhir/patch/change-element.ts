// Changes one element of a resource in place, in its JSON: the element's list, its choice of names, its sibling with `_`.
import type { JsonValue } from '../../base/json-types.ts';
import type { Item } from '../fhirpath/item.ts';
import type { Member, Shape, Slot } from '../fhirpath/shapes.ts';
import { depthMax, isList, isObject, nestsWithin, PatchRefused, setMember, type MutableObject } from './patch-fault.ts';
import type { NamedValue, NewValue } from './read-operation.ts';

/** Where an element stands, or may stand. */
export interface Place {
  readonly holder: MutableObject;
  readonly member: Member;
  readonly slot: Slot;
  /** In the list; -1 where there is none, or for the whole list. */
  readonly index: number;
  /** Levels of nesting above the element. */
  readonly depth: number;
}
/** A value in its two halves; at least one is there. */
interface Settled {
  readonly value: JsonValue | undefined;
  readonly extra: JsonValue | undefined;
}

const refuse = (message: string): PatchRefused => new PatchRefused('patch-path', message);

export function placeOf(item: Item): Place {
  const { parent } = item;
  const found = parent?.shape.slot(item.key);
  if (parent === undefined || found === undefined) throw refuse('the path must lead to an element of the resource');
  const [member, slot] = found;
  return { holder: holderOf(parent), member, slot, index: item.index, depth: depthOf(item) - 1 };
}

/** The whole list of that name in `parent`, also when it is not there yet. */
export function listOf(parent: Item, name: string): Place {
  const member = parent.shape.member(name);
  const slot = member?.slots[0];
  if (member === undefined || slot === undefined || !member.list)
    throw refuse('the path must end with the name of a list');
  return { holder: holderOf(parent), member, slot, index: -1, depth: depthOf(parent) };
}

/** `add`: a new element; to the end of a list, or where none stands yet. */
export function putElement(parent: Item, name: string, value: NewValue): void {
  const [member, slot] = slotFor(parent.shape, name, value);
  const place: Place = { holder: holderOf(parent), member, slot, index: -1, depth: depthOf(parent) };
  if (member.list) return insertElement(place, lengthOf(place), value);
  const isThere = member.slots.some(({ key, extraKey }) => has(place.holder, key) || has(place.holder, extraKey));
  if (isThere) throw refuse('the element is there already and does not repeat: use replace');
  setBoth(place.holder, slot, settle(value, slot, place.depth));
}

export function insertElement(place: Place, index: number, value: NewValue): void {
  const { holder, slot } = place;
  const length = lengthOf(place);
  if (index > length) throw refuse('the index is beyond the end of the list');
  const settled = settle(value, slot, place.depth + 1);
  const values = listIn(holder, slot.key, length);
  const extras =
    has(holder, slot.extraKey) || settled.extra !== undefined ? listIn(holder, slot.extraKey, length) : undefined;
  values.splice(index, 0, settled.value ?? null);
  extras?.splice(index, 0, settled.extra ?? null);
  tidy(holder, slot);
}

export function deleteElement({ holder, slot, index }: Place): void {
  if (index < 0) {
    delete holder[slot.key];
    delete holder[slot.extraKey];
    return;
  }
  for (const key of [slot.key, slot.extraKey]) {
    const list = holder[key];
    if (isList(list)) list.splice(index, 1);
  }
  tidy(holder, slot);
}

export function replaceElement(place: Place, value: NewValue): void {
  const { holder, member, index } = place;
  const slot = member.slots.length === 1 ? place.slot : choose(member, value);
  const settled = settle(value, slot, place.depth);
  if (index < 0) {
    if (slot !== place.slot) deleteElement(place);
    setBoth(holder, slot, settled);
    return;
  }
  const length = lengthOf(place);
  listIn(holder, slot.key, length)[index] = settled.value ?? null;
  if (has(holder, slot.extraKey) || settled.extra !== undefined)
    listIn(holder, slot.extraKey, length)[index] = settled.extra ?? null;
  tidy(holder, slot);
}

export function moveElement(place: Place, source: number, destination: number): void {
  const { holder, slot } = place;
  const length = lengthOf(place);
  if (source >= length || destination >= length) throw refuse('source and destination must be in the list');
  for (const key of [slot.key, slot.extraKey]) {
    if (!has(holder, key)) continue;
    const list = listIn(holder, key, length);
    list.splice(destination, 0, ...list.splice(source, 1));
  }
  tidy(holder, slot);
}

const has = (holder: MutableObject, key: string): boolean => Object.hasOwn(holder, key);

function lengthOf({ holder, slot }: Place): number {
  const lengths = [slot.key, slot.extraKey].map((key) => (isList(holder[key]) ? holder[key].length : 0));
  return Math.max(...lengths);
}

/** The array under `key`, made or filled with null to `length`: the halves of a list of primitives are equally long. */
function listIn(holder: MutableObject, key: string, length: number): JsonValue[] {
  const known = holder[key];
  if (known !== undefined && !isList(known)) throw refuse('a list is expected where the resource has a single value');
  const list: JsonValue[] = known ?? [];
  while (list.length < length) list.push(null);
  if (known === undefined) setMember(holder, key, list);
  return list;
}

/** A half that holds nothing any more is left out: FHIR knows no empty arrays. */
function tidy(holder: MutableObject, slot: Slot): void {
  for (const key of [slot.key, slot.extraKey]) {
    const list = holder[key];
    if (isList(list) && list.every((item) => item === null)) delete holder[key];
  }
}

function setBoth(holder: MutableObject, slot: Slot, { value, extra }: Settled): void {
  if (value === undefined) delete holder[slot.key];
  else setMember(holder, slot.key, value);
  if (extra === undefined) delete holder[slot.extraKey];
  else setMember(holder, slot.extraKey, extra);
}

/** The object that has the item's members: for a primitive the one beside it, made when it is not there. */
function holderOf(item: Item): MutableObject {
  if (!item.shape.isPrimitive) {
    if (!isObject(item.value)) throw refuse('the path must lead to an element of the resource');
    return item.value;
  }
  if (isObject(item.extra)) return item.extra;
  const made: MutableObject = {};
  const place = placeOf(item);
  if (place.index < 0) setMember(place.holder, place.slot.extraKey, made);
  else listIn(place.holder, place.slot.extraKey, lengthOf(place))[place.index] = made;
  return made;
}

function depthOf(item: Item): number {
  let depth = 1;
  for (let at: Item = item; at.parent !== undefined; at = at.parent) depth += at.index < 0 ? 1 : 2;
  return depth;
}

/** The member and JSON name for `name`: `value` with a Quantity, and `valueQuantity` too, for that is how many clients say it. */
function slotFor(shape: Shape, name: string, value: NewValue): readonly [Member, Slot] {
  const member = shape.member(name);
  if (member === undefined) {
    const slot = shape.slot(name);
    if (slot === undefined) throw refuse('the type has no element of that name');
    return slot;
  }
  const only = member.slots.length === 1 ? member.slots[0] : undefined;
  return [member, only ?? choose(member, value)];
}

function choose(member: Member, { type }: NewValue): Slot {
  const slot = member.byKey.get(member.name + type);
  if (slot === undefined) throw refuse('the element cannot have a value of that type');
  return slot;
}

function settle(value: NewValue, slot: Slot, depth: number): Settled {
  const settled: Settled =
    value.parts === undefined ? value : { value: objectOf(value.parts, slot.shape, depth + 1), extra: undefined };
  for (const half of [settled.value, settled.extra]) {
    if (half !== undefined && !nestsWithin(half, depthMax - depth - 1)) {
      throw new PatchRefused('patch-limit', `nesting is deeper than ${depthMax}`);
    }
  }
  return settled;
}

/** Parts as the members of a type. */
function objectOf(parts: readonly NamedValue[], shape: Shape | undefined, depth: number): JsonValue {
  if (shape === undefined || shape.isPrimitive) throw refuse('an element of this type cannot be made of parts');
  const holder: MutableObject = {};
  for (const { name, value } of parts) {
    const [member, slot] = slotFor(shape, name, value);
    const place: Place = { holder, member, slot, index: -1, depth };
    if (member.list) insertElement(place, lengthOf(place), value);
    else if (has(holder, slot.key) || has(holder, slot.extraKey))
      throw refuse('a part comes twice that does not repeat');
    else setBoth(holder, slot, settle(value, slot, depth));
  }
  return holder;
}
