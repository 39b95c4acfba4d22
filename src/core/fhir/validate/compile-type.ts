// One closure for each type of R4, made from its definition when the type is first met.
//
//   1  A JSON member is found by one look-up in a Map; names from input never reach a prototype.
//   2  Valid input is walked without allocation; paths are built for faults only.
//   3  An invariant by hand is always applied; one by FHIRPath only where the structure below was found whole, since its
//      meaning on a broken tree is undefined.
//   4  Recursion is bounded by DEPTH_MAX.
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { JsonNumber } from '../../base/json.ts';
import type { ElementDef, TypeDef, TypeRef } from '../definitions/definitions.ts';
import { definitions } from '../definitions/r4.ts';
import { type CrossCheck, crossCheck } from './cross-checks.ts';
import { formatRule, JSON_PAGE, specPage } from './explain.ts';
import { compileInvariants, type InvariantCheck } from './invariants.ts';
import { checkNarrative } from './narrative.ts';
import { primitiveCheck } from './primitives.ts';
import { checkReference, checkTargets } from './references.ts';
import { codeAllowed, codingAllowed, conceptAllowed } from './terminology.ts';
import { DEPTH_MAX, isObject, type Walk } from './walk.ts';

/** Checks one instance of a type; the walk stands at it. */
export interface CompiledType {
  readonly name: string;
  readonly spec: string;
  run(value: JsonValue, walk: Walk): void;
}

/** Checks one JSON member; the walk stands at its owner. */
type SlotCheck = (item: JsonValue, owner: JsonObject, walk: Walk) => void;
interface Slot {
  readonly check: SlotCheck;
  /** A bit for each choice element of the type; 0 for others. */
  readonly choiceBit: number;
}
interface Required {
  readonly element: ElementDef;
  /** Its names, and those of its siblings. */
  readonly keys: readonly string[];
}
interface Choice {
  readonly bit: number;
  readonly element: ElementDef;
  readonly keys: readonly string[];
}
/** Checks one value of an element: `index` is -1 where the element stands once. */
type ValueCheck = (value: JsonValue, index: number, walk: Walk) => void;

const compiled = new Map<string, CompiledType>();

/** The checker of a type that the definitions know. */
export function compiledType(name: string): CompiledType | undefined {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const def = definitions.type(name);
  if (def === undefined) return undefined;
  const made = new TypeChecker(def);
  compiled.set(name, made);
  return made;
}

class TypeChecker implements CompiledType {
  readonly name: string;
  readonly spec: string;
  private readonly def: TypeDef;
  private readonly isResource: boolean;
  private slots: ReadonlyMap<string, Slot> | undefined;
  private required: readonly Required[] = [];
  private choices: readonly Choice[] = [];
  private invariants: InvariantCheck | undefined;
  private readonly cross: CrossCheck | undefined;
  private readonly isExtension: boolean;
  private readonly isReference: boolean;

  constructor(def: TypeDef) {
    this.def = def;
    this.name = def.name;
    const root = definitions.type(def.name.split('.', 1)[0] ?? '');
    this.isResource = def.kind === 'resource';
    this.spec = specPage(def.name, root?.kind === 'resource');
    this.cross = crossCheck(def.name);
    this.isExtension = def.name === 'Extension';
    this.isReference = def.name === 'Reference';
  }

  run(value: JsonValue, walk: Walk): void {
    if (!isObject(value) || value instanceof JsonNumber) {
      walk.fault('json-type', 'an object', this.spec);
      return;
    }
    const slots = this.slots ?? this.compile();
    const before = walk.faults.length;
    let content = 0;
    let seen = 0;
    let again = 0;
    for (const key in value) {
      const item = value[key];
      if (item === undefined) continue;
      if (key !== 'id') content++;
      const slot = slots.get(key);
      if (slot === undefined) {
        if (key === 'resourceType' && this.isResource) continue;
        walk.fault('unknown-element', this.name, this.spec, isElementName(key) ? key : '');
        continue;
      }
      again |= seen & slot.choiceBit;
      seen |= slot.choiceBit;
      slot.check(item, value, walk);
    }
    if (content === 0 && !this.isResource) this.emptyFault(value, walk);
    if (again !== 0) this.checkChoices(value, again, walk);
    for (const it of this.required) if (!isPresent(value, it.keys)) this.requiredFault(it.element, walk);
    if (this.isReference) checkReference(value, walk);
    if (this.isExtension) checkExtensionUrl(value, walk);
    const isWhole = walk.faults.length === before;
    if (isWhole) this.cross?.(value, walk);
    this.invariants?.(value, walk, isWhole);
  }

  private emptyFault(value: JsonObject, walk: Walk): void {
    if (value['id'] === undefined) walk.fault('json-empty', '', JSON_PAGE);
    else
      walk.add(
        'error',
        'ele-1',
        'invariant',
        'An element needs a value or children beside its id. Give it content or leave it out.',
        this.spec,
      );
  }

  private requiredFault(element: ElementDef, walk: Walk): void {
    walk.fault('cardinality-min', element.choice ? `${element.name}[x]` : element.name, this.spec, element.name);
  }

  private checkChoices(value: JsonObject, bits: number, walk: Walk): void {
    for (const choice of this.choices) {
      if ((choice.bit & bits) === 0) continue;
      const types = choice.keys.filter((key) => value[key] !== undefined || value[`_${key}`] !== undefined);
      if (types.length > 1) walk.fault('choice-one', choice.element.name, this.spec, choice.element.name);
    }
  }

  private compile(): ReadonlyMap<string, Slot> {
    const slots = new Map<string, Slot>();
    const required: Required[] = [];
    const choices: Choice[] = [];
    for (const element of this.def.elements) {
      const choiceBit = element.choice ? 1 << choices.length : 0;
      const keys = element.types.map((ref) => jsonName(element, ref));
      if (element.choice) choices.push({ bit: choiceBit, element, keys });
      if (element.min > 0) required.push({ element, keys: [...keys, ...keys.map((key) => `_${key}`)] });
      for (const [at, ref] of element.types.entries()) {
        const key = keys[at] ?? element.name;
        const { check, extra } = this.slotChecks(element, ref, key);
        slots.set(key, { check, choiceBit });
        if (extra !== undefined) slots.set(`_${key}`, { check: extra, choiceBit });
      }
    }
    this.required = required;
    this.choices = choices;
    this.invariants = compileInvariants(this.def.invariants, this.name, this.spec);
    this.slots = slots;
    return slots;
  }

  private slotChecks(
    element: ElementDef,
    ref: TypeRef,
    key: string,
  ): { check: SlotCheck; extra: SlotCheck | undefined } {
    const isPrimitive = primitiveCheck(ref.code) !== undefined;
    const one =
      ref.code === 'xhtml'
        ? narrativeValue(element)
        : isPrimitive
          ? primitiveValue(element, ref, this.spec)
          : complexValue(element, ref, this.spec);
    const many = element.max > 1;
    return {
      check: many ? manySlot(element, key, one, this.spec) : singleSlot(element, one, this.spec),
      // xhtml has neither extensions nor an id beside it.
      extra:
        !isPrimitive || ref.code === 'xhtml' ? undefined : many ? manyExtras(element, key) : singleExtra(element, key),
    };
  }
}

function jsonName(element: ElementDef, ref: TypeRef): string {
  return element.choice ? element.name + ref.code.charAt(0).toUpperCase() + ref.code.slice(1) : element.name;
}

function isPresent(value: JsonObject, keys: readonly string[]): boolean {
  for (const key of keys) if (value[key] !== undefined) return true;
  return false;
}

/** Only what looks like an element's name enters a path: a stray name may be anything. */
function isElementName(key: string): boolean {
  return /^_?[A-Za-z]{1,64}$/.test(key);
}

function singleSlot(element: ElementDef, one: ValueCheck, spec: string): SlotCheck {
  return (item, _owner, walk) => {
    if (item === null) walk.fault('json-null', element.name, JSON_PAGE, element.name);
    else if (Array.isArray(item)) walk.fault('json-not-array', element.name, spec, element.name);
    else one(item, -1, walk);
  };
}

function manySlot(element: ElementDef, key: string, one: ValueCheck, spec: string): SlotCheck {
  const extraKey = `_${key}`;
  return (item, owner, walk) => {
    if (!Array.isArray(item)) {
      walk.fault(item === null ? 'json-null' : 'json-array', element.name, spec, element.name);
      return;
    }
    if (item.length === 0) walk.fault('json-empty', '', JSON_PAGE, element.name);
    if (item.length > element.max) walk.fault('cardinality-max', element.name, spec, element.name);
    for (let index = 0; index < item.length; index++) {
      const value: JsonValue = item[index];
      if (value !== null) one(value, index, walk);
      else if (!hasExtra(owner[extraKey], index)) walk.fault('json-null', element.name, JSON_PAGE, element.name, index);
    }
  };
}

function hasExtra(extras: JsonValue | undefined, index: number): boolean {
  return Array.isArray(extras) && isObject(extras[index]);
}

/** `_birthDate`: the id and extensions of a primitive that stands once. */
function singleExtra(element: ElementDef, key: string): SlotCheck {
  return (item, owner, walk) => {
    if (!isObject(item)) walk.fault('json-extra', element.name, JSON_PAGE, element.name);
    else extraValue(item, element.name, -1, owner[key] !== undefined, walk);
  };
}

/** `_given`: an array beside `given`, of the same length, with nulls where there is nothing to say. */
function manyExtras(element: ElementDef, key: string): SlotCheck {
  return (item, owner, walk) => {
    const values = owner[key];
    if (!Array.isArray(item) || (Array.isArray(values) && values.length !== item.length)) {
      walk.fault('json-extra', element.name, JSON_PAGE, element.name);
      return;
    }
    if (item.length === 0) walk.fault('json-empty', '', JSON_PAGE, element.name);
    for (let index = 0; index < item.length; index++) {
      const extra: JsonValue = item[index];
      const hasValue = Array.isArray(values) && values[index] !== null && values[index] !== undefined;
      if (extra === null) {
        if (!hasValue && !Array.isArray(values)) walk.fault('json-null', element.name, JSON_PAGE, element.name, index);
      } else if (!isObject(extra)) walk.fault('json-extra', element.name, JSON_PAGE, element.name, index);
      else extraValue(extra, element.name, index, hasValue, walk);
    }
  };
}

function extraValue(extra: JsonObject, name: string, index: number, hasValue: boolean, walk: Walk): void {
  walk.enter(name, index);
  // With a value beside it an element may have an id alone; without one it needs an extension (ele-1).
  if (hasValue && extra['id'] !== undefined && extra['extension'] === undefined) idOnly(extra, walk);
  else compiledType('Element')?.run(extra, walk);
  walk.leave();
}

function idOnly(extra: JsonObject, walk: Walk): void {
  for (const key in extra)
    if (key !== 'id') walk.fault('unknown-element', 'Element', JSON_PAGE, isElementName(key) ? key : '');
  if (typeof extra['id'] !== 'string') walk.fault('json-type', 'a string', JSON_PAGE, 'id');
  else if (extra['id'] === '') walk.fault('json-empty', '', JSON_PAGE, 'id');
}

function primitiveValue(element: ElementDef, ref: TypeRef, spec: string): ValueCheck {
  const check = primitiveCheck(ref.code);
  const name = element.name;
  const page = specPage(ref.code, false);
  const jsonType = ref.code === 'boolean' ? 'true or false' : isNumeric(ref.code) ? 'a number' : 'a string';
  const isUriLike = ref.code === 'uri' || ref.code === 'url' || ref.code === 'canonical';
  const { binding } = element;
  const codes = ref.code === 'code' && binding !== undefined ? definitions.codes(binding) : undefined;
  const isCurrency = binding === 'http://hl7.org/fhir/ValueSet/currencies';
  const invariants = compileInvariants(element.invariants, ref.code, spec);
  return (value, index, walk) => {
    const verdict = check === undefined ? 'valid' : check(value);
    if (verdict !== 'valid') {
      if (verdict === 'json-type') walk.fault('json-type', jsonType, page, name, index);
      else if (verdict === 'json-empty') walk.fault('json-empty', '', JSON_PAGE, name, index);
      else walk.fault(formatRule(ref.code), '', page, name, index);
      return;
    }
    if (typeof value === 'string') {
      if (isUriLike && value.charCodeAt(0) === 0x23) walk.container?.fragments.add(value);
      if (codes !== undefined || isCurrency) {
        if (!codeAllowed(value, codes, isCurrency)) walk.fault('binding-required', binding ?? '', spec, name, index);
      }
    }
    if (invariants === undefined) return;
    walk.enter(name, index);
    invariants(value, walk, true);
    walk.leave();
  };
}

/** The `div`, scanned once for its form, txt-1 and txt-2. */
function narrativeValue({ name }: ElementDef): ValueCheck {
  const page = specPage('xhtml', false);
  return (value, index, walk) => {
    if (typeof value !== 'string') walk.fault('json-type', 'a string', page, name, index);
    else if (value === '') walk.fault('json-empty', '', JSON_PAGE, name, index);
    else {
      const verdict = checkNarrative(value);
      if (verdict === 'malformed') walk.fault('format-xhtml', '', page, name, index);
      else if (verdict !== 'valid') {
        const { rule, message } = NARRATIVE_RULES[verdict];
        walk.add('error', rule, 'invariant', message, specPage('Narrative', false), name, index);
      }
    }
  };
}

const NARRATIVE_RULES = {
  forbidden: {
    rule: 'txt-1',
    message:
      'A narrative may hold only basic formatting, links and images: no scripts, event handlers, forms, frames or outside styles. Remove them.',
  },
  blank: {
    rule: 'txt-2',
    message: 'A narrative must say something: its div has no text and no image. Write the text or leave it out.',
  },
} as const;

function isNumeric(type: string): boolean {
  return type === 'decimal' || type === 'integer' || type === 'unsignedInt' || type === 'positiveInt';
}

function complexValue(element: ElementDef, ref: TypeRef, spec: string): ValueCheck {
  const { name, binding } = element;
  if (definitions.type(ref.code)?.kind === 'resource') {
    return (value, index, walk) => {
      if (isTooDeep(walk, spec)) return;
      walk.enter(name, index);
      walk.visitResource(value, walk, name === 'contained' ? 'contained' : 'inner', ref.code);
      walk.leave();
    };
  }
  const type = compiledType(ref.code);
  const codes = binding === undefined ? undefined : definitions.codes(binding);
  const isAllowed = ref.code === 'CodeableConcept' ? conceptAllowed : ref.code === 'Coding' ? codingAllowed : undefined;
  const isReference = ref.code === 'Reference';
  const targets = ref.targets === undefined ? undefined : new Set(ref.targets);
  const isSimpleQuantity = ref.profile === 'SimpleQuantity';
  const invariants = compileInvariants(element.invariants, ref.code, spec);
  return (value, index, walk) => {
    if (isTooDeep(walk, spec)) return;
    walk.enter(name, index);
    const before = walk.faults.length;
    type?.run(value, walk);
    if (isObject(value)) {
      if (isReference) checkTargets(value, targets, walk);
      if (codes !== undefined && isAllowed?.(value, codes) === false)
        walk.fault('binding-required', binding ?? '', spec);
      if (isSimpleQuantity && value['comparator'] !== undefined)
        walk.add(
          'error',
          'sqty-1',
          'invariant',
          'A simple quantity has no comparator. Remove it.',
          specPage('Quantity', false),
        );
      invariants?.(value, walk, walk.faults.length === before);
    }
    walk.leave();
  };
}

function isTooDeep(walk: Walk, spec: string): boolean {
  if (walk.depth < DEPTH_MAX) return false;
  walk.fault('too-deep', '', spec);
  return true;
}

/** Extensions inside an extension may have relative urls, all others not. The walk stands at the extension. */
function checkExtensionUrl(value: JsonObject, walk: Walk): void {
  const url = value['url'];
  if (typeof url !== 'string' || url === '' || /^[A-Za-z][A-Za-z0-9+.-]*:/.test(url)) return;
  if (!walk.isInsideExtension()) walk.fault('extension-url', '', specPage('Extension', false), 'url');
}
