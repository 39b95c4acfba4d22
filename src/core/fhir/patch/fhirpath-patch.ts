// FHIRPath Patch (http://hl7.org/fhir/R4/fhirpatch.html) on the text of a resource.
//
// Invariants (specs/patch.md)
//   PT1  All operations or none.  PT2  What no operation touches keeps its value and its numbers their text.
//   PT7  A path leads to one element; to none is a fault too, but for delete.
//   PT8  A primitive's value and its extensions (`given`, `_given`) stay side by side through every operation.
//   PT9  Paths are a client's: they use what looks at an element and below it, and have a budget of steps.
//
// The resource is parsed without loss, paths are evaluated on it, and what they find is changed in place.
import { parseJson, printJson } from '../../base/json.ts';
import type { JsonValue, ResourceJson } from '../../base/json-types.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Fault } from '../fault.ts';
import { compileItems } from '../fhirpath/compile.ts';
import { FhirPathError } from '../fhirpath/fhirpath.ts';
import { rootItem, type Item } from '../fhirpath/item.ts';
import { parseFhirPath, type Ast } from '../fhirpath/parse.ts';
import {
  deleteElement,
  insertElement,
  listOf,
  moveElement,
  placeOf,
  putElement,
  replaceElement,
  type Place,
} from './change-element.ts';
import { isObject, operationsMax, patchFault, PatchRefused } from './patch-fault.ts';
import { readOperation, type Operation } from './read-operation.ts';

const spec = 'http://hl7.org/fhir/R4/fhirpatch.html';
const stepsMax = 200_000;

/** Applies the Parameters resource in `patchText` to `text`; gives the new text (compact) or what is wrong. */
export function applyFhirPathPatch(text: string, patchText: string): Result<string, readonly Fault[]> {
  const target = parseJson(text, { numbers: 'lossless' });
  const resource = target.ok ? target.value.value : undefined;
  if (!isObject(resource) || typeof resource['resourceType'] !== 'string') {
    return err([
      patchFault(new PatchRefused('patch-path', 'the resource is no JSON object with a resourceType'), '', spec),
    ]);
  }
  const patch = parseJson(patchText, { numbers: 'lossless' });
  if (!patch.ok) {
    const { line, column, message } = patch.error;
    return err([patchFault(new PatchRefused('patch-syntax', `line ${line}, column ${column}: ${message}`), '', spec)]);
  }
  let path = 'Parameters';
  try {
    for (const [i, parameter] of parametersIn(patch.value.value).entries()) {
      path = `Parameters.parameter[${i}]`;
      apply(readOperation(parameter), resource as JsonValue as ResourceJson);
    }
    return ok(printJson(resource));
  } catch (thrown) {
    if (thrown instanceof PatchRefused) return err([patchFault(thrown, path, spec)]);
    throw thrown;
  }
}

function parametersIn(patch: JsonValue): readonly JsonValue[] {
  const list = isObject(patch) && patch['resourceType'] === 'Parameters' ? patch['parameter'] : undefined;
  if (!Array.isArray(list))
    throw new PatchRefused('patch-syntax', 'a FHIRPath Patch is a Parameters resource with operations');
  if (list.length > operationsMax)
    throw new PatchRefused('patch-limit', `a patch has at most ${operationsMax} operations`);
  return list as readonly JsonValue[];
}

function apply(operation: Operation, resource: ResourceJson): void {
  const ast = parsePath(operation.path);
  switch (operation.type) {
    case 'add':
      return putElement(one(find(ast, resource)), operation.name, operation.value);
    case 'insert':
      return insertElement(collection(ast, resource), operation.index, operation.value);
    case 'delete': {
      const items = find(ast, resource);
      if (items.length > 0) deleteElement(placeOf(one(items)));
      return;
    }
    case 'replace':
      return replaceElement(placeOf(one(find(ast, resource))), operation.value);
    case 'move':
      return moveElement(collection(ast, resource), operation.source, operation.destination);
  }
}

function parsePath(text: string): Ast {
  const ast = parseFhirPath(text);
  if (!ast.ok) throw new PatchRefused('patch-syntax', `the path is wrong at ${ast.error.offset}: ${ast.error.message}`);
  refuseExpensive(ast.value);
  return ast.value;
}

/**
 * What a path may use: what looks at an element and below it. So the work is bounded by the resource's size and the path's length,
 * while regular expressions, walks from anywhere over everything, and what multiplies collections can run for hours.
 */
const allowed = new Set([
  'all',
  'allFalse',
  'allTrue',
  'anyFalse',
  'anyTrue',
  'as',
  'contains',
  'count',
  'empty',
  'endsWith',
  'exists',
  'extension',
  'first',
  'getValue',
  'hasValue',
  'indexOf',
  'is',
  'last',
  'length',
  'lower',
  'not',
  'ofType',
  'single',
  'skip',
  'startsWith',
  'substring',
  'tail',
  'take',
  'toInteger',
  'toString',
  'trace',
  'upper',
  'where',
]);
const wholeResource = new Set(['resource', 'rootResource', 'context']);

function refuseExpensive(ast: Ast): void {
  switch (ast.kind) {
    case 'call':
      if (!allowed.has(ast.name))
        throw new PatchRefused('patch-limit', 'the path uses a function that patches may not use');
      if (ast.focus !== undefined) refuseExpensive(ast.focus);
      return ast.args.forEach(refuseExpensive);
    case 'constant':
      if (wholeResource.has(ast.name)) throw new PatchRefused('patch-limit', `%${ast.name} cannot be used in a patch`);
      return;
    case 'member':
      if (ast.focus !== undefined) refuseExpensive(ast.focus);
      return;
    case 'index':
      refuseExpensive(ast.focus);
      return refuseExpensive(ast.index);
    case 'binary':
      refuseExpensive(ast.left);
      return refuseExpensive(ast.right);
    case 'sign':
    case 'type':
      return refuseExpensive(ast.operand);
    default:
      return;
  }
}

function find(ast: Ast, resource: ResourceJson): readonly Item[] {
  try {
    return compileItems(ast, stepsMax)(resource);
  } catch (thrown) {
    if (thrown instanceof FhirPathError)
      throw new PatchRefused('patch-path', `the path cannot be used: ${thrown.message}`);
    throw thrown;
  }
}

function one(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new PatchRefused('patch-path', 'the path leads to nothing in this resource');
  if (items.length > 1)
    throw new PatchRefused('patch-path', 'the path leads to several elements, and must lead to one');
  return item;
}

/** The list that a path names by its last member, also when there is none yet: `Patient.identifier`. */
function collection(ast: Ast, resource: ResourceJson): Place {
  if (ast.kind !== 'member') throw new PatchRefused('patch-path', 'the path must end with the name of a list');
  const parent = ast.focus === undefined ? rootItem(resource) : one(find(ast.focus, resource));
  return listOf(parent, ast.name);
}
