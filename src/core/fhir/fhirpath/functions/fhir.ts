// What FHIR adds (http://hl7.org/fhir/R4/fhirpath.html#functions).
import type { JsonValue } from '../../../base/json-types.ts';
import { definitions } from '../../definitions/r4.ts';
import { truthCode, type Env, type Truth } from '../code.ts';
import { FhirPathError } from '../fhirpath.ts';
import { booleanItems, Item, none, pushMember, yes, type Items } from '../item.ts';
import { shapeOf } from '../shapes.ts';
import { jsonMember, ofCollection, ofItem, textArg, type FunctionTable } from './function.ts';

const localReference = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/**
 * What a reference points at: a contained resource or an entry of the bundle as it stands there; of any other only its
 * type is known, and it is given as a resource of that type with nothing in it, so that `resolve() is Patient` can be told.
 */
function resolve(item: Item, env: Env): Item | undefined {
  const reference = typeof item.value === 'string' ? item.value : jsonMember(item.value, 'reference');
  if (typeof reference === 'string') {
    if (reference.startsWith('#')) return resolveContained(reference.slice(1), env);
    const entry = resolveInBundle(reference, env);
    if (entry !== undefined) return entry;
    const typed = placeholder(localReference.exec(reference)?.[1]);
    if (typed !== undefined) return typed;
  }
  const type = jsonMember(item.value, 'type');
  return typeof type === 'string' ? placeholder(type) : undefined;
}

function placeholder(type: string | undefined): Item | undefined {
  const shape = type === undefined ? undefined : shapeOf(type);
  if (type === undefined || shape?.isResource !== true) return undefined;
  return new Item({ resourceType: type }, shape, undefined, undefined, type, '', -1);
}

function resolveContained(id: string, env: Env): Item | undefined {
  for (const root of [env.resource(), env.rootResource()]) {
    if (id === '') return root;
    const found: Item[] = [];
    pushMember(found, root, 'contained');
    const hit = found.find((contained) => jsonMember(contained.value, 'id') === id);
    if (hit !== undefined) return hit;
  }
  return undefined;
}

function resolveInBundle(reference: string, env: Env): Item | undefined {
  const root = env.rootResource();
  if (root.shape.name !== 'Bundle') return undefined;
  const entries: Item[] = [];
  pushMember(entries, root, 'entry');
  env.spend(entries.length);
  for (const entry of entries) {
    const fullUrl = jsonMember(entry.value, 'fullUrl');
    if (typeof fullUrl !== 'string' || (fullUrl !== reference && !fullUrl.endsWith(`/${reference}`))) continue;
    const found: Item[] = [];
    pushMember(found, entry, 'resource');
    if (found[0] !== undefined) return found[0];
  }
  return undefined;
}

/** Of codes in an enumerable value set; undefined where the set is not at hand or the item has no code. */
function memberOf(item: Item, valueSet: string): Truth {
  const codes = definitions.codes(valueSet.split('|')[0] ?? valueSet);
  if (codes === undefined) return undefined;
  if (typeof item.value === 'string') return codes.has(item.value);
  const coding = jsonMember(item.value, 'coding');
  const codings: readonly JsonValue[] = Array.isArray(coding) ? coding : [item.value];
  return codings.some((one) => {
    const code = jsonMember(one, 'code');
    const system = jsonMember(one, 'system');
    return typeof code === 'string' && codes.has(typeof system === 'string' ? `${system}|${code}` : code);
  });
}

const isPrimitive = (item: Item): boolean => item.shape.isPrimitive || item.shape.namespace === 'System';

export const fhir: FunctionTable = {
  extension: ofCollection([1, 1], (input, [urls]) => {
    const url = textArg(urls);
    if (url === undefined) return none;
    const found: Item[] = [];
    for (const item of input) pushMember(found, item, 'extension');
    return found.filter((extension) => jsonMember(extension.value, 'url') === url);
  }),
  hasValue: {
    arity: [0, 0],
    make: ({ focus }) =>
      truthCode((env) => {
        const items = focus.items(env);
        const item = items[0];
        return items.length === 1 && item !== undefined && isPrimitive(item) && item.value !== null;
      }),
  },
  getValue: ofCollection([0, 0], (input) => {
    const item = input[0];
    return input.length === 1 && item !== undefined && isPrimitive(item) && item.value !== null ? input : none;
  }),
  resolve: ofCollection([0, 0], (input, _args, env) => {
    const found: Item[] = [];
    for (const item of input) {
      const target = resolve(item, env);
      if (target !== undefined) found.push(target);
    }
    return found;
  }),
  memberOf: ofItem([1, 1], (item, [valueSets]) => {
    const valueSet = textArg(valueSets);
    return valueSet === undefined ? none : booleanItems(memberOf(item, valueSet));
  }),
  // Profiles and code hierarchies are not at hand here: no answer rather than a wrong one.
  conformsTo: ofItem([1, 1], (item, [urls]) => {
    const type = /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/([A-Za-z]+)$/.exec(textArg(urls) ?? '')?.[1];
    const shape = type === undefined ? undefined : shapeOf(type);
    return shape === undefined ? none : booleanItems(item.shape.isA(shape));
  }),
  subsumes: ofCollection([1, 1], () => none),
  subsumedBy: ofCollection([1, 1], () => none),
  // The validator checks narrative itself, on every write, without FHIRPath.
  htmlChecks: ofCollection([0, 0], () => yes),
};

/** `%name`. Throws for one that does not exist. */
export function constantItems(name: string, at: number): (env: Env) => Items {
  switch (name) {
    case 'resource':
      return (env) => [env.resource()];
    case 'rootResource':
      return (env) => [env.rootResource()];
    case 'context':
      return (env) => env.origin;
    default:
      throw new FhirPathError('this constant is not known', at);
  }
}
