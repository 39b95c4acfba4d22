// A body as its elements: what is merged as one thing.
//
//   MG3  An element is its value with its `_` twin, and all alternatives of a choice (`value[x]`) are one element: nothing inside a
//        data type is ever mixed, so no number gets another author's unit.
//   MG4  Values are compared and kept by their text: 1.50 is not 1.5.
import { printJson } from '../../base/json.ts';
import { JsonNumber } from '../../base/json.ts';
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import type { TypeDef } from '../../fhir/definitions/definitions.ts';
import { definitions } from '../../fhir/definitions/r4.ts';
import { isList, isObject } from './clinical-words.ts';

/** An element as one side has it; `canon` is equal exactly where the values are. */
export interface Unit {
  readonly members: JsonObject;
  readonly canon: string;
}
/** By element name (`value` for `value[x]`), in the order of the body. */
export type Units = ReadonlyMap<string, Unit>;

/** Text that is the same for the same JSON value, whatever the order of its members. */
export function canonOf(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  if (isList(value)) return `[${value.map(canonOf).join(',')}]`;
  if (isObject(value) && !(value instanceof JsonNumber)) {
    const names = Object.keys(value)
      .filter((name) => value[name] !== undefined)
      .sort();
    return `{${names.map((name) => `${printJson(name)}:${canonOf(value[name])}`).join(',')}}`;
  }
  return printJson(value);
}

/** Members as an object, whatever they are called. */
export const objectOf = (members: readonly (readonly [string, JsonValue])[]): JsonObject => Object.fromEntries(members);

/** The body's elements. `type` may be a resource type or a data type; of what is unknown, each name is an element. */
export function unitsOf(type: string, body: JsonObject): Units {
  const found = new Map<string, [string, JsonValue][]>();
  const def = definitions.type(type);
  for (const [name, value] of Object.entries(body)) {
    if (value === undefined) continue;
    const element = elementOf(def, name);
    const members = found.get(element);
    if (members === undefined) found.set(element, [[name, value]]);
    else members.push([name, value]);
  }
  return new Map([...found].map(([element, members]) => [element, unitOf(objectOf(members))]));
}
export const unitOf = (members: JsonObject): Unit => ({ members, canon: canonOf(members) });

function elementOf(def: TypeDef | undefined, member: string): string {
  const name = member.startsWith('_') && member.length > 1 ? member.slice(1) : member;
  if (def === undefined || def.elements.some((element) => element.name === name && !element.choice)) return name;
  const choice = def.elements.find(
    (element) => element.choice && name.startsWith(element.name) && /^[A-Z]/.test(name.slice(element.name.length)),
  );
  return choice?.name ?? name;
}

/** The list that an element is; undefined where it is one value, or a list of primitives with twins. */
export function listOf(element: string, unit: Unit | undefined): readonly JsonValue[] | undefined {
  if (unit === undefined) return [];
  const value = unit.members[element];
  return Object.keys(unit.members).length === 1 && isList(value) ? value : undefined;
}

/** The value of an element as a person is shown it; an object of members where there are several. */
export function valueOf(element: string, unit: Unit | undefined): JsonValue | undefined {
  if (unit === undefined) return undefined;
  return Object.keys(unit.members).length === 1 && unit.members[element] !== undefined
    ? unit.members[element]
    : unit.members;
}

/** What says that two items of a list are the same thing, told apart later. */
export function keyOf(type: string, element: string, item: JsonValue, paths: readonly string[] | undefined): string {
  if (!isObject(item) || item instanceof JsonNumber) return canonOf(item);
  const named = paths === undefined ? natural(type, element, item) : parts(item, paths);
  return named ?? canonOf(item);
}

/** By data type: identifier system and value, telecom value and use, extension url, resource id, target of a reference. */
function natural(type: string, element: string, item: JsonObject): string | undefined {
  const code = definitions.type(type)?.elements.find((one) => one.name === element)?.types[0]?.code;
  switch (code) {
    case 'Identifier':
      return parts(item, ['system', 'value'], 2);
    case 'ContactPoint':
      return parts(item, ['value', 'use'], 1);
    case 'Extension':
      return parts(item, ['url']);
    case 'Resource':
      return parts(item, ['resourceType', 'id'], 2);
    case 'Reference':
      return parts(item, ['reference']);
    default:
      return parts(item, ['id']);
  }
}

/** The values at `paths`, of a Reference its text; undefined where fewer than `least` are there. */
function parts(item: JsonObject, paths: readonly string[], least = 1): string | undefined {
  const found = paths.map((path) => {
    let value: JsonValue | undefined = item;
    for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined;
    return isObject(value) && typeof value['reference'] === 'string' ? value['reference'] : canonOf(value);
  });
  return found.filter((part) => part !== '').length < least ? undefined : found.join('|');
}
