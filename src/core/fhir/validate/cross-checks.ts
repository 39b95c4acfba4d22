// Rules that the text of the standard states and its invariants do not: what one element says must fit another one.
//
//   1  Each looks at one element and what is inside it; nothing outside the resource is asked.
//   2  Only what is certainly wrong is refused.
//   3  They run where the structure of the element was found whole.
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { numberOf } from '../../base/json.ts';
import { definitions } from '../definitions/r4.ts';
import { parseFhirPath } from '../fhirpath/parse.ts';
import { explain, specPage } from './explain.ts';
import { isEclPlausible } from './snomed-expressions.ts';
import { isObject, type Walk } from './walk.ts';

export type CrossCheck = (value: JsonObject, walk: Walk) => void;

const SNOMED = 'http://snomed.info/sct';
const PROPERTIES = 'http://hl7.org/fhir/concept-properties#';
const RESOURCE_TYPES: ReadonlySet<string> = new Set(definitions.resourceTypes);

const objects = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

const CHECKS: ReadonlyMap<string, CrossCheck> = new Map<string, CrossCheck>([
  ['Attachment', checkAttachmentSize],
  ['Expression', checkExpression],
  ['Bundle', checkEntries],
  ['SearchParameter', checkSearchExpression],
  ['CodeSystem', checkProperties],
  ['ValueSet.compose.include', checkFilters],
  ['StructureDefinition', checkPaths],
]);

/** What is to be looked at beside the invariants of a type. */
export function crossCheck(type: string): CrossCheck | undefined {
  return CHECKS.get(type);
}

/** http://hl7.org/fhir/R4/datatypes.html#Attachment: the size is that of the data before base64. */
function checkAttachmentSize(value: JsonObject, walk: Walk): void {
  const size = numberOf(value['size']);
  const data = value['data'];
  if (size === undefined || typeof data !== 'string') return;
  let letters = 0;
  for (let at = 0; at < data.length; at++) {
    const c = data.charCodeAt(at);
    if (c > 0x20 && c !== 0x3d) letters++;
  }
  if (Math.floor((letters * 3) / 4) !== size) walk.fault('attachment-size', '', specPage('Attachment', false), 'size');
}

/** http://hl7.org/fhir/R4/metadatatypes.html#Expression: what says that it is FHIRPath should be; a warning, as FHIRPath grows. */
function checkExpression(value: JsonObject, walk: Walk): void {
  const text = value['expression'];
  if (value['language'] !== 'text/fhirpath' || typeof text !== 'string') return;
  if (parseFhirPath(text).ok) return;
  const { type, message } = explain('expression-syntax', '');
  walk.add('warning', 'expression-syntax', type, message, specPage('Expression', false), 'expression');
}

function checkEntries(value: JsonObject, walk: Walk): void {
  if (value['type'] === 'document') checkDocumentEntries(value, walk);
  else checkSearchEntries(value, walk);
}

/** http://hl7.org/fhir/R4/documents.html#content: what is in a document is found by its fullUrl, which is absolute. */
function checkDocumentEntries(value: JsonObject, walk: Walk): void {
  for (const [index, { fullUrl }] of objects(value['entry']).entries())
    if (typeof fullUrl === 'string' && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(fullUrl))
      walk.fault('bundle-fullurl', '', specPage('Bundle', true), 'entry', index);
}

/** http://hl7.org/fhir/R4/bundle.html#searchset: matches have ids, and an outcome is an OperationOutcome. */
function checkSearchEntries(value: JsonObject, walk: Walk): void {
  if (value['type'] !== 'searchset') return;
  for (const [index, entry] of objects(value['entry']).entries()) {
    const { resource, search } = entry;
    if (!isObject(resource)) continue;
    const isOutcome = resource['resourceType'] === 'OperationOutcome';
    const mode = isObject(search) ? search['mode'] : undefined;
    const isWrong = mode === 'outcome' ? !isOutcome : resource['id'] === undefined && !isOutcome;
    if (isWrong) walk.fault('bundle-search', '', specPage('Bundle', true), 'entry', index);
  }
}

/** http://hl7.org/fhir/R4/searchparameter.html: the expression starts at one of the bases. */
function checkSearchExpression(value: JsonObject, walk: Walk): void {
  const { base, expression } = value;
  if (!Array.isArray(base) || typeof expression !== 'string') return;
  if (base.some((it) => it === 'Resource' || it === 'DomainResource')) return;
  const roots = [...expression.matchAll(/(?:^|\|)[\s(]*([A-Z][A-Za-z]+)\./g)].map((it) => it[1] ?? '');
  const isAbout = roots.some((it) => base.includes(it) || !RESOURCE_TYPES.has(it));
  if (roots.length > 0 && !isAbout) walk.fault('search-base', '', specPage('SearchParameter', true), 'expression');
}

/** The concept properties that R4 itself defines, and their types (http://hl7.org/fhir/R4/codesystem.html#defined-props). */
const DEFINED_PROPERTIES: ReadonlyMap<JsonValue | undefined, string> = new Map<JsonValue | undefined, string>([
  [`${PROPERTIES}inactive`, 'boolean'],
  [`${PROPERTIES}deprecated`, 'dateTime'],
  [`${PROPERTIES}deprecationDate`, 'dateTime'],
  [`${PROPERTIES}notSelectable`, 'boolean'],
  [`${PROPERTIES}parent`, 'code'],
  [`${PROPERTIES}child`, 'code'],
]);

/** A property is defined once, as what R4 says of it, and concepts use it with its type. */
function checkProperties(value: JsonObject, walk: Walk): void {
  const spec = specPage('CodeSystem', true);
  const types = new Map<JsonValue | undefined, JsonValue | undefined>();
  for (const [index, property] of objects(value['property']).entries()) {
    const { code, type, uri } = property;
    const defined = DEFINED_PROPERTIES.get(uri);
    if (types.has(code) || (defined !== undefined && defined !== type))
      walk.fault('concept-property', '', spec, 'property', index);
    types.set(code, type);
  }
  if (types.size === 0) return;
  // Concepts may be thousands and nested: a list of what is to do instead of recursion; the path names the top one.
  for (const [index, concept] of objects(value['concept']).entries()) {
    const todo = [concept];
    for (let it = todo.pop(); it !== undefined; it = todo.pop()) {
      for (const inner of objects(it['concept'])) todo.push(inner);
      if (objects(it['property']).some((use) => !hasValueOf(use, types.get(use['code'])))) {
        walk.fault('concept-property', '', spec, 'concept', index);
        break;
      }
    }
  }
}

function hasValueOf(use: JsonObject, type: JsonValue | undefined): boolean {
  if (typeof type !== 'string' || type === '') return true;
  return use[`value${type.charAt(0).toUpperCase()}${type.slice(1)}`] !== undefined || use['value'] !== undefined;
}

/** http://hl7.org/fhir/R4/snomedct.html#implicit: what SNOMED CT filters hold; true or false for boolean properties. */
function checkFilters(value: JsonObject, walk: Walk): void {
  for (const [index, filter] of objects(value['filter']).entries()) {
    const { property, op, value: text } = filter;
    if (typeof text !== 'string') continue;
    const isSnomed = value['system'] === SNOMED;
    const isWrong =
      (isSnomed &&
        property === 'concept' &&
        (op === 'is-a' || op === 'descendent-of') &&
        !/^\d{6,18}$/.test(text.trim())) ||
      (isSnomed && property === 'constraint' && op === '=' && !isEclPlausible(text)) ||
      ((property === 'notSelectable' || property === 'inactive') && op === '=' && text !== 'true' && text !== 'false');
    if (isWrong) walk.fault('value-set-filter', '', specPage('ValueSet', true), 'filter', index);
  }
}

/** http://hl7.org/fhir/R4/elementdefinition.html#path: a profile names elements that its type has. */
function checkPaths(value: JsonObject, walk: Walk): void {
  const { type, kind, derivation, differential } = value;
  if (kind === 'logical' || derivation !== 'constraint' || typeof type !== 'string' || !isObject(differential)) return;
  if (definitions.type(type) === undefined) return;
  for (const element of objects(differential['element'])) {
    const path = element['path'];
    if (typeof path !== 'string' || !path.startsWith(`${type}.`) || hasPath(type, path.slice(type.length + 1)))
      continue;
    walk.fault('element-path', '', specPage('StructureDefinition', true), 'differential');
    return;
  }
}

/** False only where a segment is certain to name nothing. */
function hasPath(type: string, path: string): boolean {
  let current: readonly string[] = [type];
  for (const segment of path.split('.')) {
    const next = current.flatMap((it) => elementTypes(it, segment));
    if (next.length === 0) return false;
    // Anything may follow in a resource that is not known here.
    if (next.includes('Resource')) return true;
    current = next;
  }
  return true;
}

/** The types that an element may have; [] where the type has no such element. */
function elementTypes(type: string, segment: string): readonly string[] {
  for (const element of definitions.type(type)?.elements ?? []) {
    if (!element.choice && element.name === segment) return element.types.map((it) => it.code);
    if (!element.choice) continue;
    if (segment === `${element.name}[x]` || segment === element.name) return element.types.map((it) => it.code);
    for (const { code } of element.types)
      if (segment === element.name + code.charAt(0).toUpperCase() + code.slice(1)) return [code];
  }
  // A primitive's value, and the url of an extension, are elements of profiles too.
  return segment === 'value' || segment === 'extension' || segment === 'id' ? ['Element'] : [];
}
