// What a resource says to a search: one walk over its JSON, by closures compiled once per resource type.
//
//   FS9   The entries are a function of the resource and the base URLs: the same on server and device, in the same order.
//   FS10  Every R4 base search parameter is extracted that has an expression; its values are those of its FHIR types.
//   FS11  Odd content has no entry and never an exception: what was accepted elsewhere must not stop an index.
//
// All parameters of a type share one tree of JSON members, so that a member is looked up once, however many read it.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { compilePath } from '../fhirpath/compile.ts';
import { FhirPathError, type CompiledPath, type PathNode } from '../fhirpath/fhirpath.ts';
import { branchesOf, type Branch, type Edge } from './branches.ts';
import { emitter, type Emit, type Slot, type Walk } from './emit.ts';
import type { IndexEntry } from './index-entry.ts';
import { paramInfos, type ParamInfo } from './param-info.ts';

export interface ExtractOptions {
  /** This server's base URLs without a slash at the end: absolute references under them are local ones. */
  readonly baseUrls?: readonly string[];
}

const NO_URLS: readonly string[] = [];
const compiled = new Map<string, Emit>();

/**
 * The index entries of `resource` for every R4 base search parameter of its type, and `_tag`, `_profile`, `_security`,
 * `_source`. Not `_id` and `_lastUpdated` (the store knows them), nor `_text` and `_content` (see `words.ts`). Never
 * throws on odd content: what cannot be read has no entry. The same entry may come twice. Order: as walked, stable.
 */
export function extract(resource: ResourceJson, options?: ExtractOptions): readonly IndexEntry[] {
  const type = resource.resourceType;
  let emit = compiled.get(type);
  if (emit === undefined) {
    const infos = paramInfos(type);
    if (infos.size === 0) return [];
    emit = compile(type, [...infos.values()]);
    compiled.set(type, emit);
  }
  const walk: Walk = { resource, baseUrls: options?.baseUrls ?? NO_URLS, out: [] };
  emit(resource, walk);
  return walk.out;
}

/**
 * An extractor of some parameters of `type` only, for those who need no more; unknown codes are left out. Keep it: making
 * it costs more than running it.
 */
export function extractorOf(
  type: string,
  codes: readonly string[],
): (resource: ResourceJson, options?: ExtractOptions) => readonly IndexEntry[] {
  const infos = paramInfos(type);
  const emit = compile(
    type,
    codes.flatMap((code) => infos.get(code) ?? []),
  );
  return (resource, options) => {
    const walk: Walk = { resource, baseUrls: options?.baseUrls ?? NO_URLS, out: [] };
    emit(resource, walk);
    return walk.out;
  };
}

// --- the tree of members, while it grows -----------------------------------------------------------------------------

interface Growing {
  /** Ways to read the element here, by parameter type and FHIR type, each with the parameters it serves. */
  readonly reads: Map<string, { readonly make: (slots: readonly Slot[]) => Emit; readonly slots: Slot[] }>;
  readonly others: Emit[];
  readonly edges: Map<string, { readonly edge: Edge; readonly to: Growing }>;
}
const growing = (): Growing => ({ reads: new Map(), others: [], edges: new Map() });

function nodeAt(tree: Growing, edges: readonly Edge[]): Growing {
  let node = tree;
  for (const edge of edges) {
    const key = JSON.stringify(edge);
    let next = node.edges.get(key);
    if (next === undefined) {
      next = { edge, to: growing() };
      node.edges.set(key, next);
    }
    node = next.to;
  }
  return node;
}

function addRead(tree: Growing, branch: Branch, param: string, paramType: string): void {
  const make = emitter(paramType, branch.type);
  if (make === undefined) return;
  const node = nodeAt(tree, branch.edges);
  const key = `${paramType} ${branch.type}`;
  const slot: Slot = branch.only === undefined ? { param } : { param, only: branch.only };
  const read = node.reads.get(key);
  if (read === undefined) node.reads.set(key, { make, slots: [slot] });
  else read.slots.push(slot);
}

function compile(type: string, infos: readonly ParamInfo[]): Emit {
  const tree = growing();
  for (const info of infos) {
    if (info.expression === '') continue;
    if (info.branches === undefined) tree.others.push(computed(info, type));
    for (const branch of info.branches ?? []) {
      if (info.type === 'composite') nodeAt(tree, branch.edges).others.push(composite(info, branch.type));
      else addRead(tree, branch, info.code, info.type);
    }
  }
  return finish(tree);
}

// --- the tree as closures --------------------------------------------------------------------------------------------

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function finish(node: Growing): Emit {
  const here: Emit[] = [...node.reads.values()].map(({ make, slots }) => make(slots));
  here.push(...node.others);
  const steps = [...node.edges.values()].map(({ edge, to }) => stepTo(edge, finish(to)));
  if (steps.length === 0) return inOrder(here);
  const down = (value: JsonValue, walk: Walk): void => {
    if (!isObject(value)) return;
    for (const step of steps) step(value, walk);
  };
  return inOrder([...here, down]);
}

function inOrder(emits: readonly Emit[]): Emit {
  const [first, second, third] = emits;
  if (first === undefined) return () => undefined;
  if (second === undefined) return first;
  if (third === undefined) {
    return (value, walk) => {
      first(value, walk);
      second(value, walk);
    };
  }
  return (value, walk) => {
    for (const emit of emits) emit(value, walk);
  };
}

function stepTo({ member, index, only }: Edge, to: Emit): (value: JsonObject, walk: Walk) => void {
  if (only !== undefined) {
    const next = to;
    to = (value, walk) => {
      if (isObject(value) && value[only.name] === only.value) next(value, walk);
    };
  }
  return (value, walk) => {
    const child = value[member];
    if (child === undefined || child === null) return;
    if (!Array.isArray(child)) {
      if (index === undefined || index === 0) to(child, walk);
      return;
    }
    const items: readonly JsonValue[] = child;
    if (index !== undefined) {
      const item = items[index];
      if (item !== undefined && item !== null) to(item, walk);
      return;
    }
    for (const item of items) {
      if (item !== null) to(item, walk);
    }
  };
}

/** One entry for each element that the composite is rooted at, if every component has a value there. */
function composite(info: ParamInfo, rootType: string): Emit {
  const parts = info.components.map(({ info: component, expression }) => {
    const tree = growing();
    const branches = branchesOf(expression, rootType) ?? [];
    for (const branch of branches) addRead(tree, branch, component.code, component.type);
    return { emit: finish(tree), fromResource: branches.some((branch) => branch.fromResource) };
  });
  // The value comes after the code: most elements lack the one kind of value, so the last part is asked first.
  const lastFirst = parts.map((part, i) => ({ ...part, i })).reverse();
  return (value, walk) => {
    const { out } = walk;
    const found: (readonly IndexEntry[])[] = parts.map(() => out);
    let whole = true;
    for (const { emit, fromResource, i } of lastFirst) {
      walk.out = [];
      emit(fromResource ? walk.resource : value, walk);
      found[i] = walk.out;
      whole = walk.out.length > 0;
      if (!whole) break;
    }
    walk.out = out;
    if (whole) out.push({ kind: 'composite', param: info.code, parts: found });
  };
}

/** An expression that is more than paths: `Patient.deceased.exists() and Patient.deceased != false`. */
function computed(info: ParamInfo, type: string): Emit {
  const path = compilePath(info.expression, type);
  const emits = new Map<string, Emit | undefined>();
  const slots: readonly Slot[] = [{ param: info.code }];
  return (_, walk) => {
    for (const node of evaluated(path, walk.resource)) {
      // A computed boolean is FHIRPath's own Boolean, FHIR's is `boolean`.
      const name = node.type.replace('System.', '').replace(/^Boolean$/u, 'boolean');
      if (!emits.has(name)) emits.set(name, emitter(info.type, name)?.(slots));
      emits.get(name)?.(node.value, walk);
    }
  };
}

/** An expression that does not suit what stands there has no values (FS11). */
function evaluated(path: CompiledPath, resource: ResourceJson): readonly PathNode[] {
  try {
    return path({ resource });
  } catch (thrown) {
    if (thrown instanceof FhirPathError) return [];
    throw thrown;
  }
}
