// The definitions of R4 (4.0.1), decoded from r4.generated.ts when a type is first asked for.
//
//   1  Loading costs one JSON.parse of long strings; nothing else is decoded until someone asks.
//   2  What is decoded is kept and shared: callers must not change it (it is readonly by type).
//   3  Names come from input too (`resourceType`): look-ups go through Maps, never through an object's prototype.
//
// The line formats are explained in tools/build-definitions.mjs.
import { assert } from '../../base/assert.ts';
import type { Definitions, ElementDef, Invariant, SearchParamDef, TypeDef, TypeRef } from './definitions.ts';
import { R4 } from './r4.generated.ts';

interface Packed {
  readonly types: Readonly<Record<string, string>>;
  readonly invariants: readonly (readonly [string, Invariant['severity'], string, string])[];
  readonly valueSets: readonly string[];
  readonly codes: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
  readonly compartments: Readonly<Record<string, string>>;
}

const packed: Packed = JSON.parse(R4);
const packedTypes = new Map(Object.entries(packed.types));
const packedCodes = new Map(Object.entries(packed.codes));
const packedParams = new Map(Object.entries(packed.params));
const invariants: readonly Invariant[] = packed.invariants.map(([key, severity, human, expression]) => ({
  key,
  severity,
  human,
  expression,
}));

const KINDS: Readonly<Record<string, TypeDef['kind']>> = {
  r: 'resource',
  a: 'resource',
  b: 'backbone',
  c: 'complex',
  e: 'complex',
  p: 'primitive',
};
const NONE: ReadonlyMap<string, SearchParamDef> = new Map();

const types = new Map<string, TypeDef | undefined>();
const params = new Map<string, ReadonlyMap<string, SearchParamDef>>();
const codeSets = new Map<string, ReadonlySet<string> | undefined>();
const compartments = new Map<string, ReadonlyMap<string, readonly string[]>>();

const resourceTypes: readonly string[] = [...packedTypes]
  .filter(([, text]) => text.startsWith('r '))
  .map(([name]) => name)
  .toSorted();
const resourceTypeSet: ReadonlySet<string> = new Set(resourceTypes);

/** All of R4 as data. See `Definitions` for what each part says. */
export const definitions: Definitions = {
  resourceTypes,
  type: (name) => once(types, name, decodeType),
  searchParams: (resourceType) => (resourceTypeSet.has(resourceType) ? once(params, resourceType, decodeParams) : NONE),
  codes: (valueSet) => once(codeSets, valueSet, decodeCodes),
  compartmentParams: (compartment, resourceType) =>
    once(compartments, compartment, decodeCompartment).get(resourceType) ?? [],
};

/** Keeps only what exists, so that made-up names cannot fill the memory. */
function once<V>(cache: Map<string, V>, name: string, decode: (name: string) => V): V {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const value = decode(name);
  if (value !== undefined && !(value instanceof Map && value.size === 0)) cache.set(name, value);
  return value;
}

function decodeType(name: string): TypeDef | undefined {
  const text = packedTypes.get(name);
  if (text === undefined) return undefined;
  const [head = '', ...lines] = text.split('\n');
  const [kindCode = '', baseName = '-', own = '-'] = head.split(' ');
  const kind = KINDS[kindCode];
  assert(kind !== undefined, `definitions of ${name} have no kind`);
  const base = baseName === '-' ? undefined : definitions.type(baseName);
  const elements = lines.map((line) => decodeElement(line));
  return {
    name,
    kind,
    ...(base === undefined ? {} : { base: base.name }),
    elements: [...(base?.elements ?? []), ...elements],
    invariants: [...(base?.invariants ?? []), ...decodeInvariants(own)],
  };
}

function decodeElement(line: string): ElementDef {
  const [label = '', min = '', max = '', typeText = '', flags = '', binding = '-', own = '-'] = line.split(' ');
  const choice = label.endsWith('[x]');
  const valueSet = binding === '-' ? undefined : packed.valueSets[Number(binding)];
  return {
    name: choice ? label.slice(0, -3) : label,
    choice,
    min: Number(min),
    max: max === '*' ? Number.POSITIVE_INFINITY : Number(max),
    types: typeText.split('|').map(decodeTypeRef),
    ...(valueSet === undefined ? {} : { binding: valueSet }),
    summary: flags.includes('S'),
    modifier: flags.includes('M'),
    invariants: decodeInvariants(own),
  };
}

function decodeTypeRef(text: string): TypeRef {
  const [code = '', targets] = text.split('>');
  if (targets !== undefined) return { code, targets: targets.split(',') };
  const [plain = '', profile] = code.split('=');
  return profile === undefined ? { code } : { code: plain, profile };
}

function decodeInvariants(text: string): readonly Invariant[] {
  if (text === '-') return [];
  return text.split(',').map((number) => {
    const invariant = invariants[Number(number)];
    assert(invariant !== undefined, `definitions name invariant ${number}, which is not there`);
    return invariant;
  });
}

function decodeParams(resourceType: string): ReadonlyMap<string, SearchParamDef> {
  const found = new Map<string, SearchParamDef>();
  const isDomain = definitions.type(resourceType)?.base === 'DomainResource';
  for (const owner of isDomain ? [resourceType, 'DomainResource', 'Resource'] : [resourceType, 'Resource']) {
    const lines = packedParams.get(owner)?.split('\n') ?? [];
    for (let at = 0; at + 2 < lines.length; at += 3) {
      const param = decodeParam(lines[at] ?? '', lines[at + 1] ?? '', lines[at + 2] ?? '');
      found.set(param.code, param);
    }
  }
  return found;
}

function decodeParam(head: string, components: string, expression: string): SearchParamDef {
  const [code = '', type = '', tail = '', targets = '-'] = head.split(' ');
  return {
    code,
    url: `http://hl7.org/fhir/SearchParameter/${tail}`,
    // The script writes nothing but the codes of the standard's own value set here.
    type: type as SearchParamDef['type'],
    expression,
    ...(targets === '-' ? {} : { targets: targets.split(',') }),
    ...(components === '-' ? {} : { components: components.split('\t').map(decodeComponent) }),
  };
}

function decodeComponent(text: string): { readonly code: string; readonly expression: string } {
  const at = text.indexOf('=');
  return { code: text.slice(0, at), expression: text.slice(at + 1) };
}

function decodeCodes(valueSet: string): ReadonlySet<string> | undefined {
  const text = packedCodes.get(valueSet);
  if (text === undefined) return undefined;
  const found = new Set<string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ');
    const system = line.slice(0, at);
    for (const code of line.slice(at + 1).split(',')) {
      found.add(code);
      found.add(`${system}|${code}`);
    }
  }
  return found;
}

function decodeCompartment(compartment: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  if (!Object.hasOwn(packed.compartments, compartment)) return found;
  for (const line of (packed.compartments[compartment] ?? '').split('\n')) {
    const [type = '', list = ''] = line.split(' ');
    found.set(type, list.split(','));
  }
  return found;
}
