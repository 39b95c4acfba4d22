// A path of plain members (`code.coding.system`), the commonest piece of every rule and search parameter.
//
//   1  `exists` and the comparison with a literal walk the JSON itself and make no items.
//   2  The member of the last shape that came by is remembered at each step: a rule sees one type nearly always.
import { JsonNumber } from '../../base/json.ts';
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { truthOf, type Code, type Env, type Truth } from './code.ts';
import { none, pushKnown, type Item, type Items } from './item.ts';
import { resourceShape, type Member, type Shape, type Slot } from './shapes.ts';

class Step {
  readonly name: string;
  private shape: Shape | undefined;
  private member: Member | undefined;
  constructor(name: string) {
    this.name = name;
  }
  of(shape: Shape): Member | undefined {
    if (shape === this.shape) return this.member;
    const member = shape.member(this.name);
    this.shape = shape;
    this.member = member;
    return member;
  }
}

export class MemberPath implements Code {
  readonly start: (env: Env) => Items;
  readonly names: readonly string[];
  private readonly steps: readonly Step[];

  constructor(start: (env: Env) => Items, names: readonly string[]) {
    this.start = start;
    this.names = names;
    this.steps = names.map((name) => new Step(name));
  }

  extended(name: string): MemberPath {
    return new MemberPath(this.start, [...this.names, name]);
  }

  readonly items = (env: Env): Items => {
    let current = this.start(env);
    for (const step of this.steps) {
      if (current.length === 0) return none;
      env.spend(current.length);
      const next: Item[] = [];
      for (const item of current) {
        const member = step.of(item.shape);
        if (member !== undefined) pushKnown(next, item, member);
      }
      current = next;
    }
    return current;
  };

  readonly truth = (env: Env): Truth => truthOf(this.items(env));

  readonly exists = (env: Env): boolean => {
    for (const item of this.start(env)) if (this.existsBelow(item.value, item.extra, item.shape, 0)) return true;
    return false;
  };

  private existsBelow(value: JsonValue | undefined, extra: JsonValue | undefined, shape: Shape, at: number): boolean {
    const step = this.steps[at];
    if (step === undefined) return true;
    const holder = shape.isPrimitive ? extra : value;
    if (typeof holder !== 'object' || holder === null || Array.isArray(holder)) return false;
    const member = step.of(shape);
    if (member === undefined) return false;
    const object = holder as JsonObject;
    const { slots } = member;
    if (slots.length <= 6) {
      for (const slot of slots) if (this.existsInSlot(object, slot, at)) return true;
      return false;
    }
    for (const key in object) {
      const slot = member.byKey.get(key.startsWith('_') ? key.slice(1) : key);
      if (slot !== undefined && this.existsInSlot(object, slot, at)) return true;
    }
    return false;
  }

  private existsInSlot(object: JsonObject, slot: Slot, at: number): boolean {
    const value = object[slot.key];
    const extra = slot.shape?.isPrimitive === true ? object[slot.extraKey] : undefined;
    if (value === undefined && extra === undefined) return false;
    if (!Array.isArray(value) && !Array.isArray(extra)) {
      if (value === null && extra === undefined) return false;
      return this.existsBelow(value, extra, slot.shape ?? resourceShape(value), at + 1);
    }
    const values: readonly JsonValue[] = Array.isArray(value) ? value : noValues;
    const extras: readonly JsonValue[] = Array.isArray(extra) ? extra : noValues;
    for (let i = 0; i < values.length || i < extras.length; i++) {
      const one = values[i] ?? null;
      const oneExtra = extras[i] ?? undefined;
      if (one === null && oneExtra === undefined) continue;
      if (this.existsBelow(one, oneExtra, slot.shape ?? resourceShape(one), at + 1)) return true;
    }
    return false;
  }

  /** `path = literal` for a string, number or boolean; undefined when the path has no item. */
  equals(env: Env, literal: string | number | boolean, slow: (items: Items) => Truth): Truth {
    const start = this.start(env);
    const first = start[0];
    const step = this.steps[0];
    // One step to one element that is no list: the shape of nearly every comparison. The rest goes the general way.
    if (
      start.length === 1 &&
      first !== undefined &&
      step !== undefined &&
      this.steps.length === 1 &&
      !first.shape.isPrimitive
    ) {
      const slot = step.of(first.shape)?.slots;
      const only = slot?.length === 1 ? slot[0] : undefined;
      const object = first.value;
      if (
        only?.shape !== undefined &&
        typeof object === 'object' &&
        object !== null &&
        !(object instanceof JsonNumber)
      ) {
        const value = (object as JsonObject)[only.key];
        if (typeof value === typeof literal && (typeof literal !== 'string' || only.shape.systemClass === 'String')) {
          return value === literal;
        }
      }
    }
    return slow(this.items(env));
  }
}

const noValues: readonly JsonValue[] = [];
