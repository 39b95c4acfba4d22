// Parts of a resource: `_summary` and `_elements` (http://hl7.org/fhir/R4/search.html#summary).
//
//   1. What is kept follows the definitions: elements marked as summary, or named, and always mandatory and modifier ones.
//   2. Numbers keep their text: the resource is parsed and printed losslessly.
//   3. Whatever is cut is tagged SUBSETTED, so that nobody writes a part back as the whole.
import { assert } from '../../core/base/assert.ts';
import { JsonNumber, parseJson, printJson } from '../../core/base/json.ts';
import type { JsonArray, JsonObject, JsonValue } from '../../core/base/json-types.ts';
import type { ElementDef, TypeDef } from '../../core/fhir/definitions/definitions.ts';
import { definitions } from '../../core/fhir/definitions/r4.ts';
import type { View } from './query-text.ts';

interface Known {
  readonly element: ElementDef;
  /** The type of the value under this name: decides on a choice. */
  readonly code: string;
}

const tables = new Map<string, ReadonlyMap<string, Known>>();

/** By JSON name (`valueQuantity`, `name`) for a type; undefined for types that are not defined. */
function namesOf(typeName: string): ReadonlyMap<string, Known> | undefined {
  const made = tables.get(typeName);
  if (made !== undefined) return made;
  const type: TypeDef | undefined = definitions.type(typeName);
  if (type === undefined) return undefined;
  const table = new Map<string, Known>();
  for (const element of type.elements) {
    for (const { code } of element.types) {
      const name = element.choice ? element.name + code.charAt(0).toUpperCase() + code.slice(1) : element.name;
      table.set(name, { element, code });
    }
  }
  tables.set(typeName, table);
  return table;
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
const isArray = (value: JsonValue): value is JsonArray => Array.isArray(value);

const SUBSETTED = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
} as const;

/** `text` is a valid resource as it is sent; the answer is another, smaller one. */
export function viewed(text: string, view: View): string {
  if (view.summary === 'false' && view.elements.length === 0) return text;
  const parsed = parseJson(text, { numbers: 'lossless', depthMax: 1_000 });
  assert(parsed.ok && isObject(parsed.value.value), 'a stored resource is no JSON object');
  return printJson(cut(parsed.value.value, view));
}

/** The view of a resource of `type` that comes along with matches: `_elements` are about matches, unless they name its type. */
export function viewOfIncluded(view: View, type: string): View {
  if (view.elements.length === 0) return view;
  const elements = view.elements.filter((name) => name.startsWith(`${type}.`));
  return { ...view, elements };
}

type Keep = (name: string, element: ElementDef | undefined) => boolean;

function cut(resource: JsonObject, view: View): JsonObject {
  const type = typeof resource['resourceType'] === 'string' ? resource['resourceType'] : '';
  const named = new Set(
    // `name.family` keeps the whole of `name`: the standard speaks of base elements, and lets more be sent than was asked.
    view.elements.map((name) =>
      (name.startsWith(`${type}.`) ? name.slice(type.length + 1) : name).replace(/(?:\.|\[x\]).*$/s, ''),
    ),
  );
  const keep: Keep =
    view.elements.length > 0
      ? (name, element) => named.has(name) || (element !== undefined && (named.has(element.name) || needed(element)))
      : view.summary === 'text'
        ? (name, element) => name === 'text' || (element !== undefined && element.min > 0)
        : view.summary === 'data'
          ? (name) => name !== 'text'
          : (_, element) => element !== undefined && (element.summary || needed(element));
  const table = namesOf(type);
  const kept: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(resource)) {
    if (value === undefined) continue;
    const name = key.startsWith('_') ? key.slice(1) : key;
    if (name === 'resourceType' || name === 'id') kept[key] = value;
    else if (name === 'meta') continue;
    else if (keep(name, table?.get(name)?.element)) {
      const code = table?.get(name)?.code;
      kept[key] = view.summary === 'true' && code !== undefined ? summarised(value, code) : value;
    }
  }
  return inOrder(resource, kept, tagged(resource['meta']));
}

const needed = (element: ElementDef): boolean => element.min > 0 || element.modifier;

/** What of a value of type `code` belongs into a summary. */
function summarised(value: JsonValue, code: string): JsonValue {
  if (isArray(value)) return value.map((item) => summarised(item, code));
  // An extension without its value says nothing, and one that modifies would say something else.
  if (!isObject(value) || code === 'Extension') return value;
  const table = namesOf(typeof value['resourceType'] === 'string' ? value['resourceType'] : code);
  if (table === undefined) return value;
  const kept: Record<string, JsonValue> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const known = table.get(key.startsWith('_') ? key.slice(1) : key);
    if (key === 'resourceType' || key === 'id') kept[key] = member;
    else if (known !== undefined && (known.element.summary || needed(known.element)))
      kept[key] = summarised(member, known.code);
  }
  // A value of which nothing is for summaries (an extension alone) stays whole rather than empty.
  return Object.keys(kept).length === 0 ? value : kept;
}

function tagged(meta: JsonValue | undefined): JsonObject {
  const whole = isObject(meta) ? meta : {};
  const tags = whole['tag'];
  const others =
    tags !== undefined && isArray(tags) ? tags.filter((tag) => !isObject(tag) || tag['code'] !== SUBSETTED.code) : [];
  return { ...whole, tag: [...others, SUBSETTED] };
}

/** resourceType, id, meta first, as resources are written; then the rest as it stood. */
function inOrder(resource: JsonObject, kept: Readonly<Record<string, JsonValue>>, meta: JsonObject): JsonObject {
  const { resourceType, id, ...rest } = kept;
  return {
    resourceType: resourceType ?? resource['resourceType'],
    ...(id === undefined ? {} : { id }),
    meta,
    ...rest,
  };
}
