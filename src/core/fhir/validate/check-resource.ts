// One resource: the root, one inside a Bundle or Parameters, or a contained one.
//
//   1  Each resource that is not contained is a container of its own: fragments (`#id`) resolve in it and nowhere else.
//   2  A contained resource contains nothing, has an id, and no version, time or security label (dom-2, dom-4, dom-5).
//   3  What is contained is referred to, or refers to its container (dom-3).
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { JsonNumber } from '../../base/json.ts';
import { definitions } from '../definitions/r4.ts';
import { compiledType } from './compile-type.ts';
import { REFERENCES_PAGE, specPage } from './explain.ts';
import { type Container, isObject, type Walk } from './walk.ts';

const RESOURCE_TYPES: ReadonlySet<string> = new Set(definitions.resourceTypes);
const CONTAINED_PAGE = `${REFERENCES_PAGE}#contained`;
/** Fragments in plain text and narratives refer to nothing that counts for dom-3. */
const DEPTH_MAX_SEARCH = 64;

/** Checks `value` as a resource; `only` narrows the type ('Resource' for any). The walk stands at it. */
export function checkResource(value: JsonValue, walk: Walk, role: 'root' | 'inner' | 'contained', only: string): void {
  const page = specPage('Resource', true);
  if (!isObject(value) || value instanceof JsonNumber || !isResource(value)) {
    walk.fault('resource-type', '', page, isObject(value) && value['resourceType'] !== undefined ? 'resourceType' : '');
    return;
  }
  if (only !== 'Resource' && value.resourceType !== only) {
    walk.fault('resource-not-here', only, page);
    return;
  }
  const { resource, container, fullUrls } = walk;
  walk.resource = value;
  if (role === 'contained') {
    checkContained(value, walk);
    compiledType(value.resourceType)?.run(value, walk);
  } else {
    walk.container = containerOf(value);
    if (value.resourceType === 'Bundle') walk.fullUrls = fullUrlsOf(value);
    compiledType(value.resourceType)?.run(value, walk);
    if (walk.container.contained.size > 0) checkReferred(value, walk.container, walk);
  }
  walk.resource = resource;
  walk.container = container;
  walk.fullUrls = fullUrls;
}

function isResource(value: JsonObject): value is ResourceJson {
  return typeof value['resourceType'] === 'string' && RESOURCE_TYPES.has(value['resourceType']);
}

const NOTHING_CONTAINED: ReadonlyMap<string, string> = new Map();

function containerOf(resource: ResourceJson): Container {
  const list = resource['contained'];
  if (!Array.isArray(list)) return { resource, contained: NOTHING_CONTAINED, fragments: new Set() };
  const contained = new Map<string, string>();
  for (const it of list)
    if (isObject(it) && typeof it['id'] === 'string' && typeof it['resourceType'] === 'string')
      contained.set(it['id'], it['resourceType']);
  return { resource, contained, fragments: new Set() };
}

function checkContained(value: ResourceJson, walk: Walk): void {
  const rule = (key: string, message: string): void => walk.add('error', key, 'invariant', message, CONTAINED_PAGE);
  if (value['contained'] !== undefined)
    rule('dom-2', 'A contained resource cannot contain another one. Contain both in the outer resource.');
  if (typeof value['id'] !== 'string') walk.fault('contained-id', '', CONTAINED_PAGE, 'id');
  const meta = value['meta'];
  if (!isObject(meta)) return;
  if (meta['versionId'] !== undefined || meta['lastUpdated'] !== undefined)
    rule('dom-4', 'A contained resource has no versionId and no lastUpdated. Remove them.');
  if (meta['security'] !== undefined)
    rule('dom-5', 'A contained resource has no security label of its own. Put it on the container.');
}

/** dom-3, and ids that stand twice. */
function checkReferred(value: ResourceJson, container: Container, walk: Walk): void {
  const list = value['contained'];
  if (!Array.isArray(list)) return;
  const seen = new Set<string>();
  for (const [index, it] of list.entries()) {
    if (!isObject(it) || typeof it['id'] !== 'string') continue;
    if (seen.has(it['id'])) walk.fault('contained-id', '', CONTAINED_PAGE, 'contained', index);
    seen.add(it['id']);
    if (!container.fragments.has(`#${it['id']}`) && !refersToContainer(it))
      walk.add(
        'error',
        'dom-3',
        'invariant',
        'A contained resource must be referred to by its container, or refer to it by #. Refer to it or take it out.',
        CONTAINED_PAGE,
        'contained',
        index,
      );
  }
}

function refersToContainer(contained: JsonObject): boolean {
  const todo: { readonly value: JsonValue; readonly depth: number }[] = [{ value: contained, depth: 0 }];
  for (let it = todo.pop(); it !== undefined; it = todo.pop()) {
    if (it.value === '#') return true;
    if (typeof it.value !== 'object' || it.value === null || it.depth > DEPTH_MAX_SEARCH) continue;
    for (const inner of Object.values(it.value))
      if (inner !== undefined) todo.push({ value: inner, depth: it.depth + 1 });
  }
  return false;
}

function entriesOf(bundle: ResourceJson): readonly JsonValue[] {
  const entries = bundle['entry'];
  return Array.isArray(entries) ? entries : [];
}

function fullUrlsOf(bundle: ResourceJson): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of entriesOf(bundle)) {
    if (!isObject(entry) || typeof entry['fullUrl'] !== 'string' || !isObject(entry['resource'])) continue;
    const type = entry['resource']['resourceType'];
    if (typeof type === 'string') found.set(entry['fullUrl'], type);
  }
  return found;
}
