// One operation of a FHIRPath Patch, out of its `parameter` (http://hl7.org/fhir/R4/fhirpatch.html, the table of parts).
import { numberOf } from '../../base/json.ts';
import type { JsonValue } from '../../base/json-types.ts';
import { isList, isObject, PatchRefused, type MutableObject } from './patch-fault.ts';

/** A value to be put somewhere: its JSON, and for a primitive the id and extensions beside it. */
export interface NewValue {
  /** undefined for a primitive that has only extensions, and for a value made of parts. */
  readonly value: JsonValue | undefined;
  readonly extra: JsonValue | undefined;
  /** `Quantity` of `valueQuantity`: names the slot of a choice element. '' for a value made of parts, or a resource. */
  readonly type: string;
  /** Members of a backbone element, which has no `value[x]`. What they become depends on the type where they are put. */
  readonly parts: readonly NamedValue[] | undefined;
}
export interface NamedValue {
  readonly name: string;
  readonly value: NewValue;
}
export type Operation =
  | { readonly type: 'add'; readonly path: string; readonly name: string; readonly value: NewValue }
  | { readonly type: 'insert'; readonly path: string; readonly index: number; readonly value: NewValue }
  | { readonly type: 'delete'; readonly path: string }
  | { readonly type: 'replace'; readonly path: string; readonly value: NewValue }
  | { readonly type: 'move'; readonly path: string; readonly source: number; readonly destination: number };

const wrong = (message: string): PatchRefused => new PatchRefused('patch-syntax', message);

export function readOperation(parameter: JsonValue): Operation {
  if (!isObject(parameter) || parameter['name'] !== 'operation') throw wrong('each parameter must be an operation');
  const parts = partsOf(parameter);
  const type = textPart(parts, 'type');
  const path = textPart(parts, 'path');
  switch (type) {
    case 'add':
      return { type, path, name: textPart(parts, 'name'), value: newValue(partNamed(parts, 'value')) };
    case 'insert':
      return { type, path, index: integerPart(parts, 'index'), value: newValue(partNamed(parts, 'value')) };
    case 'delete':
      return { type, path };
    case 'replace':
      return { type, path, value: newValue(partNamed(parts, 'value')) };
    case 'move':
      return { type, path, source: integerPart(parts, 'source'), destination: integerPart(parts, 'destination') };
    default:
      throw wrong('type must be add, insert, delete, replace or move');
  }
}

function partsOf(parameter: MutableObject): readonly MutableObject[] {
  const { part } = parameter;
  if (!isList(part) || !part.every(isObject)) throw wrong('an operation has parts');
  return part;
}

function partNamed(parts: readonly MutableObject[], name: string): MutableObject {
  const found = parts.filter((part) => part['name'] === name);
  const [part] = found;
  if (part === undefined || found.length > 1) throw wrong(`this operation needs one part ${name}`);
  return part;
}

function textPart(parts: readonly MutableObject[], name: string): string {
  const { value } = newValue(partNamed(parts, name));
  if (typeof value !== 'string' || value === '') throw wrong(`the part ${name} must be a string`);
  return value;
}

function integerPart(parts: readonly MutableObject[], name: string): number {
  const number = numberOf(newValue(partNamed(parts, name)).value);
  if (number === undefined || !Number.isInteger(number) || number < 0)
    throw wrong(`the part ${name} must be an integer, 0 or more`);
  return number;
}

/** `value[x]` with its `_value[x]`, a resource, or an object made of named parts (a backbone element has no `value[x]`). */
function newValue(part: MutableObject): NewValue {
  const { resource, part: nested } = part;
  const types = new Set<string>();
  for (const key of Object.keys(part)) {
    const type = /^_?value([A-Z][A-Za-z0-9]*)$/.exec(key)?.[1];
    if (type !== undefined) types.add(type);
  }
  const [type] = types;
  const kinds = types.size + (resource === undefined ? 0 : 1) + (nested === undefined ? 0 : 1);
  if (kinds !== 1) throw wrong('a part has exactly one of value[x], resource and part');
  if (type !== undefined) return { value: part[`value${type}`], extra: part[`_value${type}`], type, parts: undefined };
  if (resource !== undefined) return { value: resource, extra: undefined, type: '', parts: undefined };
  const parts = partsOf(part).map((member): NamedValue => {
    const { name } = member;
    if (typeof name !== 'string' || name === '') throw wrong('a part has a name');
    return { name, value: newValue(member) };
  });
  return { value: undefined, extra: undefined, type: '', parts };
}
