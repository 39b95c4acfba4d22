// What :in, :not-in, :above and :below stand for, from ValueSets and CodeSystems that can be enumerated
// (http://hl7.org/fhir/R4/search.html#token).
//
//   FS26  A value set stands for exactly its codes, or for nothing at all: one part that cannot be enumerated makes the
//         whole unusable.
//   FS27  A ring of value sets or concepts that contain each other ends.
//
// The core fetches nothing. The rim asks `neededTerminology` what a request names, fetches those ValueSets and
// CodeSystems by their `url`, asks `stillNeeded` what these name in turn, until nothing new is found, and hands all of it
// to `terminologyOf`.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { definitions } from '../definitions/r4.ts';
import { parseCanonical } from '../reference.ts';
import type { TokenValue } from './query.ts';
import { splitUnescaped, unescape } from './values.ts';

/** The rim's look-up port; not asynchronous, since a search is parsed in one go. */
export interface Terminology {
  /** Every code of the value set; undefined where it is not known or cannot be enumerated. */
  valueSet(canonical: string): readonly TokenValue[] | undefined;
  /** `code` and all below (or above) it; undefined where the system or the code is not known. */
  subsumed(direction: 'above' | 'below', system: string, code: string): readonly string[] | undefined;
}
export const NO_TERMINOLOGY: Terminology = { valueSet: () => undefined, subsumed: () => undefined };

/** Canonical URLs, with `|version` where one was asked for. */
export interface NeededTerminology {
  readonly valueSets: readonly string[];
  readonly codeSystems: readonly string[];
}

/** What the modifiers of `params` name. A few too many for a `uri` parameter with :above: harmless. */
export function neededTerminology(params: readonly (readonly [string, string])[]): NeededTerminology {
  const valueSets = new Set<string>();
  const codeSystems = new Set<string>();
  for (const [name, value] of params) {
    const into = /:(?:not-)?in$/u.test(name) ? valueSets : /:(?:above|below)$/u.test(name) ? codeSystems : undefined;
    if (into === undefined) continue;
    for (const part of splitUnescaped(value, ',')) {
      const text = into === valueSets ? part : (splitUnescaped(part, '|')[0] ?? '');
      if (text !== '') into.add(unescape(text));
    }
  }
  return { valueSets: [...valueSets], codeSystems: [...codeSystems] };
}

/** What `resources` name in turn and do not hold. */
export function stillNeeded(resources: readonly ResourceJson[]): NeededTerminology {
  const have = new Set(resources.flatMap((resource) => text(resource['url']) ?? []));
  const valueSets = new Set<string>();
  const codeSystems = new Set<string>();
  for (const resource of resources) {
    if (resource.resourceType !== 'ValueSet' || resource['expansion'] !== undefined) continue;
    for (const part of parts(resource)) {
      for (const canonical of objects(part['valueSet'], text)) {
        if (!have.has(parseCanonical(canonical).url)) valueSets.add(canonical);
      }
      const system = text(part['system']);
      if (system !== undefined && part['concept'] === undefined && !have.has(system)) codeSystems.add(system);
    }
  }
  return { valueSets: [...valueSets], codeSystems: [...codeSystems] };
}

const DEPTH_MAX = 20;
const CODES_MAX = 20_000;

/** The terminology of stored ValueSets and CodeSystems; R4's own required value sets need not be among them. */
export function terminologyOf(resources: readonly ResourceJson[]): Terminology {
  return {
    valueSet: (canonical) => {
      const found = expand(canonical, resources, 0);
      if (found === undefined) return undefined;
      return [...found].map((key): TokenValue => {
        const bar = key.lastIndexOf('|');
        return { kind: 'token', system: key.slice(0, bar), code: key.slice(bar + 1) };
      });
    },
    subsumed: (direction, system, code) => {
      const tree = treeOf(system, resources);
      if (tree === undefined || !tree.has(code)) return undefined;
      return below(direction === 'below' ? tree : upsideDown(tree), code);
    },
  };
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: JsonValue | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
const object = (value: JsonValue | undefined): JsonObject | undefined => (isObject(value) ? value : undefined);
/** The items of an array that `read` can read. */
function objects<T>(value: JsonValue | undefined, read: (value: JsonValue | undefined) => T | undefined): readonly T[] {
  if (!Array.isArray(value)) return [];
  const items: readonly JsonValue[] = value;
  return items.flatMap((item) => read(item) ?? []);
}
function parts(valueSet: JsonObject): readonly JsonObject[] {
  const compose = object(valueSet['compose']);
  return [...objects(compose?.['include'], object), ...objects(compose?.['exclude'], object)];
}

function find(type: string, canonical: string, resources: readonly ResourceJson[]): ResourceJson | undefined {
  const { url, version } = parseCanonical(canonical);
  return resources.find(
    (resource) =>
      resource.resourceType === type &&
      resource['url'] === url &&
      (version === undefined || resource['version'] === version),
  );
}

/** `system|code` of every member. */
function expand(canonical: string, resources: readonly ResourceJson[], depth: number): ReadonlySet<string> | undefined {
  if (depth > DEPTH_MAX) return undefined;
  const stored = find('ValueSet', canonical, resources);
  if (stored === undefined) {
    const codes = definitions.codes(parseCanonical(canonical).url);
    return codes && new Set([...codes].filter((code) => code.includes('|')));
  }
  const expansion = object(stored['expansion']);
  if (expansion !== undefined) return expandedCodes(expansion);
  const compose = object(stored['compose']);
  if (compose === undefined) return undefined;
  const found = new Set<string>();
  for (const include of objects(compose['include'], object)) {
    const codes = partCodes(include, resources, depth);
    if (codes === undefined || found.size + codes.size > CODES_MAX) return undefined;
    for (const code of codes) found.add(code);
  }
  for (const exclude of objects(compose['exclude'], object)) {
    const codes = partCodes(exclude, resources, depth);
    if (codes === undefined) return undefined;
    for (const code of codes) found.delete(code);
  }
  return found;
}

function expandedCodes(expansion: JsonObject): ReadonlySet<string> | undefined {
  const found = new Set<string>();
  const rest = [...objects(expansion['contains'], object)];
  for (let item = rest.pop(); item !== undefined; item = rest.pop()) {
    const code = text(item['code']);
    if (code !== undefined && item['abstract'] !== true) found.add(`${text(item['system']) ?? ''}|${code}`);
    rest.push(...objects(item['contains'], object));
  }
  const total = expansion['total'];
  // A page of an expansion is not the value set.
  return typeof total === 'number' && total > found.size ? undefined : found;
}

/** The codes of one include or exclude: those of its system that are in all of its value sets. */
function partCodes(
  part: JsonObject,
  resources: readonly ResourceJson[],
  depth: number,
): ReadonlySet<string> | undefined {
  const system = text(part['system']);
  let found: ReadonlySet<string> | undefined;
  if (system !== undefined) {
    const listed = objects(part['concept'], object).flatMap((concept) => text(concept['code']) ?? []);
    const codes = listed.length > 0 ? listed : filtered(system, objects(part['filter'], object), resources);
    if (codes === undefined) return undefined;
    found = new Set(codes.map((code) => `${system}|${code}`));
  }
  for (const canonical of objects(part['valueSet'], text)) {
    const codes = expand(canonical, resources, depth + 1);
    if (codes === undefined) return undefined;
    found = found === undefined ? codes : new Set([...found].filter((code) => codes.has(code)));
  }
  return found;
}

/** Only the filters that a tree of concepts answers. */
function filtered(
  system: string,
  filters: readonly JsonObject[],
  resources: readonly ResourceJson[],
): readonly string[] | undefined {
  const tree = treeOf(system, resources);
  if (tree === undefined) return undefined;
  let codes: readonly string[] = [...tree.keys()];
  for (const { property, op, value } of filters) {
    if (property !== 'concept' || typeof value !== 'string') return undefined;
    const under = below(tree, value);
    if (op === 'is-a') codes = codes.filter((code) => under.includes(code));
    else if (op === 'descendent-of') codes = codes.filter((code) => code !== value && under.includes(code));
    else if (op === 'is-not-a') codes = codes.filter((code) => !under.includes(code));
    else return undefined;
  }
  return codes;
}

type Tree = ReadonlyMap<string, readonly string[]>;

/** Each code of a whole CodeSystem with those directly below it. */
function treeOf(system: string, resources: readonly ResourceJson[]): Tree | undefined {
  const stored = find('CodeSystem', system, resources);
  const content = stored?.['content'];
  if (stored === undefined || (content !== undefined && content !== 'complete')) return undefined;
  const tree = new Map<string, string[]>();
  const childrenOf = (code: string): string[] => {
    const children = tree.get(code) ?? [];
    tree.set(code, children);
    return children;
  };
  const rest = [...objects(stored['concept'], object)];
  for (let concept = rest.pop(); concept !== undefined; concept = rest.pop()) {
    const code = text(concept['code']);
    const nested = objects(concept['concept'], object);
    rest.push(...nested);
    if (code === undefined) continue;
    childrenOf(code).push(...nested.flatMap((child) => text(child['code']) ?? []));
    for (const property of objects(concept['property'], object)) {
      const other = text(property['valueCode']);
      if (other === undefined) continue;
      if (property['code'] === 'parent' || property['code'] === 'subsumedBy') childrenOf(other).push(code);
      if (property['code'] === 'child') childrenOf(code).push(other);
    }
  }
  return tree;
}

function upsideDown(tree: Tree): Tree {
  const parents = new Map<string, string[]>([...tree.keys()].map((code) => [code, []]));
  for (const [code, children] of tree) {
    for (const child of children) parents.get(child)?.push(code);
  }
  return parents;
}

/** `code` and everything below it. */
function below(tree: Tree, code: string): readonly string[] {
  const found = new Set(tree.has(code) ? [code] : []);
  for (const each of found) {
    for (const child of tree.get(each) ?? []) found.add(child);
  }
  return [...found];
}
