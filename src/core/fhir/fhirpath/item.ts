// The evaluator's own node: a value, its shape, and the way back to where it stands. Paths are built only when asked for.
import { JsonNumber } from '../../base/json.ts';
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import type { PathNode } from './fhirpath.ts';
import {
  resourceShape,
  shapeOf,
  systemShapes,
  type Member,
  type Shape,
  type Slot,
  type SystemClass,
} from './shapes.ts';

export class Item implements PathNode {
  /** null for a primitive that has only an id or extensions. */
  readonly value: JsonValue;
  readonly shape: Shape;
  readonly extra: JsonValue | undefined;
  readonly parent: Item | undefined;
  /** The member's name in FHIRPath: `value` of `valueQuantity`. Of a root: its path. */
  readonly name: string;
  /** The member's name in JSON: `valueQuantity`. */
  readonly key: string;
  /** In the JSON array; -1 where the JSON has no array. */
  readonly index: number;

  constructor(
    value: JsonValue,
    shape: Shape,
    extra: JsonValue | undefined,
    parent: Item | undefined,
    name: string,
    key: string,
    index: number,
  ) {
    this.value = value;
    this.shape = shape;
    this.extra = extra;
    this.parent = parent;
    this.name = name;
    this.key = key;
    this.index = index;
  }

  get type(): string {
    return this.shape.name;
  }

  get path(): string {
    if (this.parent === undefined) return this.name;
    const own = `${this.parent.path}.${this.name}`;
    return this.index < 0 ? own : `${own}[${this.index}]`;
  }
}

export type Items = readonly Item[];

export const none: Items = [];
const systemItem = (value: JsonValue, of: SystemClass): Item =>
  new Item(value, systemShapes[of], undefined, undefined, '', '', -1);
export const yes: Items = [systemItem(true, 'Boolean')];
export const no: Items = [systemItem(false, 'Boolean')];

export const booleanItems = (value: boolean | undefined): Items => (value === undefined ? none : value ? yes : no);
export const stringItems = (value: string): Items => [systemItem(value, 'String')];
export const systemItems = (value: JsonValue, of: SystemClass): Items => [systemItem(value, of)];
/** N1 integers have 32 bits; an overflow has no value. */
export const integerItems = (value: number): Items =>
  Number.isInteger(value) && value >= -2147483648 && value <= 2147483647 ? [systemItem(value, 'Integer')] : none;
/** What is no number (a root of -1) has no value. Binary dust (0.1 + 0.2) is rounded away at 15 digits. */
export const decimalItems = (value: number): Items =>
  Number.isFinite(value) ? [systemItem(Number(value.toPrecision(15)), 'Decimal')] : none;

/** The root of a resource. */
export function rootItem(resource: JsonObject): Item {
  const shape = resourceShape(resource);
  const { resourceType } = resource;
  const name = typeof resourceType === 'string' ? resourceType : '';
  return new Item(resource, shape, undefined, undefined, name, name, -1);
}

/** A node from outside as an item. */
export function itemOf(node: PathNode): Item {
  if (node instanceof Item) return node;
  const shape = shapeOf(node.type) ?? resourceShape(node.value);
  return new Item(node.value, shape, node.extra, undefined, node.path, '', -1);
}

/** The System type of the item's value; undefined when it has none (a complex type, or no value). */
export function classOf(item: Item): SystemClass | undefined {
  const { value, shape } = item;
  switch (typeof value) {
    case 'boolean':
      return 'Boolean';
    case 'string': {
      const own = shape.systemClass;
      return own === 'Date' || own === 'DateTime' || own === 'Time' ? own : 'String';
    }
    case 'number':
      return shape.systemClass === 'Decimal' || !Number.isInteger(value) ? 'Decimal' : 'Integer';
    default:
      if (value === null) return undefined;
      if (value instanceof JsonNumber) return shape.systemClass === 'Integer' ? 'Integer' : 'Decimal';
      return shape.systemClass === 'Quantity' ? 'Quantity' : undefined;
  }
}

/** Appends the children of `item` under that member name. */
export function pushMember(out: Item[], item: Item, name: string): void {
  const member = item.shape.member(name);
  if (member !== undefined) pushKnown(out, item, member);
}

export function pushKnown(out: Item[], item: Item, member: Member): void {
  const holder = item.shape.isPrimitive ? item.extra : item.value;
  if (typeof holder !== 'object' || holder === null || Array.isArray(holder)) return;
  const object = holder as JsonObject;
  const { slots } = member;
  if (slots.length <= 6) {
    for (const slot of slots) pushSlot(out, item, object, member, slot);
    return;
  }
  let pushed: string | undefined;
  for (const key in object) {
    const slot = member.byKey.get(key.startsWith('_') ? key.slice(1) : key);
    if (slot === undefined || slot.key === pushed) continue;
    pushed = slot.key;
    pushSlot(out, item, object, member, slot);
  }
}

function pushSlot(out: Item[], parent: Item, object: JsonObject, member: Member, slot: Slot): void {
  const value = object[slot.key];
  const extra = slot.shape?.isPrimitive === true ? object[slot.extraKey] : undefined;
  if (value === undefined && extra === undefined) return;
  if (Array.isArray(value) || Array.isArray(extra)) {
    const values: readonly JsonValue[] = Array.isArray(value) ? value : [];
    const extras: readonly JsonValue[] = Array.isArray(extra) ? extra : [];
    const length = Math.max(values.length, extras.length);
    for (let i = 0; i < length; i++) {
      const one = values[i] ?? null;
      const oneExtra = extras[i] ?? undefined;
      if (one !== null || oneExtra !== undefined) {
        out.push(new Item(one, slot.shape ?? resourceShape(one), oneExtra, parent, member.name, slot.key, i));
      }
    }
    return;
  }
  if (value === null && extra === undefined) return;
  out.push(new Item(value ?? null, slot.shape ?? resourceShape(value), extra, parent, member.name, slot.key, -1));
}

/** Appends all children, in the order of the JSON text. */
export function pushChildren(out: Item[], item: Item): void {
  const holder = item.shape.isPrimitive ? item.extra : item.value;
  if (typeof holder !== 'object' || holder === null || Array.isArray(holder)) return;
  const object = holder as JsonObject;
  for (const key in object) {
    const isExtra = key.startsWith('_');
    // `_birthDate` beside `birthDate` belongs to it and was pushed with it.
    if (isExtra && object[key.slice(1)] !== undefined) continue;
    const found = item.shape.slot(isExtra ? key.slice(1) : key);
    if (found !== undefined) pushSlot(out, item, object, found[0], found[1]);
  }
}

/** Appends all descendants, parents before their children. Depth is bounded by that of the JSON. */
export function pushDescendants(out: Item[], item: Item): void {
  const start = out.length;
  pushChildren(out, item);
  const own = out.slice(start);
  out.length = start;
  for (const child of own) {
    out.push(child);
    pushDescendants(out, child);
  }
}
