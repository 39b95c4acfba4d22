// The values that one element gives to search parameters, by its FHIR type and the parameter's
// (the tables of http://hl7.org/fhir/R4/search.html, 3.1.1.4.6 to 3.1.1.4.15).
//
//   FS6   An element of a type for which its parameter's type has no meaning gives nothing.
//   FS7   Each FHIR type gives the values that the tables say.
//   FS11  Odd content gives nothing and harms nothing else: no emitter throws on any JSON.
//
// An emitter serves all parameters that read the same element in the same way, so that it is parsed once.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { numberOf } from '../../base/json.ts';
import { dateRange, type TimeSpan } from '../instant.ts';
import { parseCanonical, parseReference } from '../reference.ts';
import type { IndexEntry, QuantityEntry, ReferenceEntry, TokenEntry } from './index-entry.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** One walk over one resource. */
export interface Walk {
  readonly resource: ResourceJson;
  readonly baseUrls: readonly string[];
  out: IndexEntry[];
}
export type Emit = (value: JsonValue, walk: Walk) => void;

/** A parameter that reads an element. `only`: `where(resolve() is Patient)`. */
export interface Slot {
  readonly param: string;
  readonly only?: string;
}

const NO_TEXT: readonly string[] = [];

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
/** An element that should repeat, read as an array also where it stands alone. */
function items(value: JsonValue | undefined): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}
function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
function texts(...values: readonly (JsonValue | undefined)[]): readonly string[] {
  const found: string[] = [];
  for (const value of values) {
    if (typeof value === 'string' && value !== '' && !found.includes(value)) found.push(value);
  }
  return found;
}
function decimal(value: JsonValue | undefined): number | undefined {
  const number = value === undefined ? undefined : numberOf(value);
  return number !== undefined && Number.isFinite(number) ? number : undefined;
}

// --- token -----------------------------------------------------------------------------------------------------------

function pushToken(
  slots: readonly Slot[],
  walk: Walk,
  system: string | undefined,
  code: string | undefined,
  text: readonly string[],
  identifierTypes: readonly string[],
): void {
  if (system === undefined && code === undefined && text.length === 0 && identifierTypes.length === 0) return;
  for (const { param } of slots) {
    const entry: Mutable<TokenEntry> = { kind: 'token', param };
    if (system !== undefined) entry.system = system;
    if (code !== undefined) entry.code = code;
    if (text.length > 0) entry.text = text;
    if (identifierTypes.length > 0) entry.identifierTypes = identifierTypes;
    walk.out.push(entry);
  }
}

const tokenCoding =
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    if (!isObject(value)) return;
    pushToken(slots, walk, text(value['system']), text(value['code']), texts(value['display']), NO_TEXT);
  };
const tokenConcept =
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    if (!isObject(value)) return;
    let found = false;
    for (const coding of items(value['coding'])) {
      if (!isObject(coding)) continue;
      found = true;
      const words = texts(coding['display'], value['text']);
      pushToken(slots, walk, text(coding['system']), text(coding['code']), words, NO_TEXT);
    }
    if (!found) pushToken(slots, walk, undefined, undefined, texts(value['text']), NO_TEXT);
  };
const tokenIdentifier =
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    if (!isObject(value)) return;
    const type = value['type'];
    const codings = isObject(type) ? items(type['coding']).filter(isObject) : [];
    const words = isObject(type) ? texts(type['text'], ...codings.map((coding) => coding['display'])) : NO_TEXT;
    const types = codings.map((coding) => `${text(coding['system']) ?? ''}|${text(coding['code']) ?? ''}`);
    pushToken(slots, walk, text(value['system']), text(value['value']), words, types);
  };
const tokenContactPoint =
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    if (isObject(value)) pushToken(slots, walk, undefined, text(value['value']), NO_TEXT, NO_TEXT);
  };
const tokenPrimitive =
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    const code = typeof value === 'boolean' ? String(value) : text(value);
    pushToken(slots, walk, undefined, code, NO_TEXT, NO_TEXT);
  };

// --- string ----------------------------------------------------------------------------------------------------------

const stringPrimitive =
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    if (typeof value !== 'string' || value === '') return;
    for (const { param } of slots) walk.out.push({ kind: 'string', param, value });
  };
/** Each part of a HumanName or an Address is a value of its own: "eve" finds a given name as well as a family name. */
const stringParts =
  (...parts: readonly string[]) =>
  (slots: readonly Slot[]): Emit => {
    const emit = stringPrimitive(slots);
    return (value, walk) => {
      if (!isObject(value)) return;
      for (const part of parts) {
        for (const item of items(value[part])) emit(item, walk);
      }
    };
  };

// --- date ------------------------------------------------------------------------------------------------------------

function pushSpan(slots: readonly Slot[], walk: Walk, span: TimeSpan | undefined): void {
  if (span === undefined || !(span.lo < span.hi)) return;
  for (const { param } of slots) walk.out.push({ kind: 'date', param, lo: span.lo, hi: span.hi });
}
function periodSpan(value: JsonValue | undefined): TimeSpan | undefined {
  if (!isObject(value)) return undefined;
  const { start, end } = value;
  const from = typeof start === 'string' ? dateRange(start) : undefined;
  const to = typeof end === 'string' ? dateRange(end) : undefined;
  if (from === undefined && to === undefined) return undefined;
  return { lo: from?.lo ?? Number.NEGATIVE_INFINITY, hi: to?.hi ?? Number.POSITIVE_INFINITY };
}
const datePrimitive =
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    if (typeof value === 'string') pushSpan(slots, walk, dateRange(value));
  };
const datePeriod =
  (slots: readonly Slot[]): Emit =>
  (value, walk) =>
    pushSpan(slots, walk, periodSpan(value));
/** Only the outer limits of a Timing count (3.1.1.4.7). */
const dateTiming =
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    if (!isObject(value)) return;
    const repeat = value['repeat'];
    let outer = isObject(repeat) ? periodSpan(repeat['boundsPeriod']) : undefined;
    for (const event of items(value['event'])) {
      const span = typeof event === 'string' ? dateRange(event) : undefined;
      if (span === undefined) continue;
      outer = outer === undefined ? span : { lo: Math.min(outer.lo, span.lo), hi: Math.max(outer.hi, span.hi) };
    }
    pushSpan(slots, walk, outer);
  };

// --- number and quantity ---------------------------------------------------------------------------------------------

interface Amount {
  readonly lo: number;
  readonly hi: number;
  readonly system?: string | undefined;
  readonly code?: string | undefined;
  readonly unit?: string | undefined;
}

/** `<5` is what is below 5: a search for less than 10 finds it, a search for 5 does not. */
function quantityAmount(value: JsonValue | undefined): Amount | undefined {
  if (!isObject(value)) return undefined;
  const number = decimal(value['value']);
  if (number === undefined) return undefined;
  const comparator = value['comparator'];
  const below = comparator === '<' || comparator === '<=';
  const above = comparator === '>' || comparator === '>=';
  return {
    lo: below ? Number.NEGATIVE_INFINITY : number,
    hi: above ? Number.POSITIVE_INFINITY : number,
    system: text(value['system']),
    code: text(value['code']),
    unit: text(value['unit']),
  };
}
function rangeAmount(value: JsonValue | undefined): Amount | undefined {
  if (!isObject(value)) return undefined;
  const low = quantityAmount(value['low']);
  const high = quantityAmount(value['high']);
  const unit = low ?? high;
  if (unit === undefined) return undefined;
  return { ...unit, lo: low?.lo ?? Number.NEGATIVE_INFINITY, hi: high?.hi ?? Number.POSITIVE_INFINITY };
}
function moneyAmount(value: JsonValue | undefined): Amount | undefined {
  if (!isObject(value)) return undefined;
  const number = decimal(value['value']);
  const currency = text(value['currency']);
  if (number === undefined) return undefined;
  if (currency === undefined) return { lo: number, hi: number };
  return { lo: number, hi: number, system: 'urn:iso:std:iso:4217', code: currency };
}
/** From the least to the greatest sample, in the unit of the origin. */
function sampledAmount(value: JsonValue | undefined): Amount | undefined {
  if (!isObject(value)) return undefined;
  const origin = quantityAmount(value['origin']);
  const data = text(value['data']);
  if (origin === undefined || data === undefined) return undefined;
  const factor = decimal(value['factor']) ?? 1;
  let lo = Number.POSITIVE_INFINITY;
  let hi = Number.NEGATIVE_INFINITY;
  for (const word of data.split(' ')) {
    const sample = word === '' ? Number.NaN : Number(word);
    if (!Number.isFinite(sample)) continue; // E, L and U: no value at this place
    const amount = origin.lo + sample * factor;
    lo = Math.min(lo, amount);
    hi = Math.max(hi, amount);
  }
  return lo > hi ? undefined : { ...origin, lo, hi };
}

const quantityOf =
  (read: (value: JsonValue) => Amount | undefined) =>
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    const amount = read(value);
    if (amount === undefined) return;
    const { lo, hi, system, code, unit } = amount;
    for (const { param } of slots) {
      const entry: Mutable<QuantityEntry> = { kind: 'quantity', param, lo, hi };
      if (system !== undefined) entry.system = system;
      if (code !== undefined) entry.code = code;
      if (unit !== undefined) entry.unit = unit;
      walk.out.push(entry);
    }
  };
const numberOfRange =
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    const amount = rangeAmount(value);
    if (amount === undefined) return;
    for (const { param } of slots) walk.out.push({ kind: 'number', param, lo: amount.lo, hi: amount.hi });
  };
const numberPrimitive =
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    const number = decimal(value);
    if (number === undefined) return;
    for (const { param } of slots) walk.out.push({ kind: 'number', param, lo: number, hi: number });
  };

// --- uri and reference -----------------------------------------------------------------------------------------------

const uriPrimitive =
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    if (typeof value !== 'string' || value === '') return;
    for (const { param } of slots) walk.out.push({ kind: 'uri', param, value });
  };
/** A canonical is found with its version and without. */
const uriCanonical = (slots: readonly Slot[]): Emit => {
  const emit = uriPrimitive(slots);
  return (value, walk) => {
    if (typeof value !== 'string') return;
    const { url, version } = parseCanonical(value);
    emit(url, walk);
    if (version !== undefined) emit(`${url}|${version}`, walk);
  };
};

/** The type of the contained resource that `#id` names. */
function containedType(resource: ResourceJson, id: string): string | undefined {
  if (id === '') return resource.resourceType;
  for (const contained of items(resource['contained'])) {
    if (isObject(contained) && contained['id'] === id) return text(contained['resourceType']);
  }
  return undefined;
}

interface Target {
  readonly type?: string;
  readonly id?: string;
  readonly url?: string;
  readonly version?: string;
}

/** Where a reference's text points, and `resolved`, the type of what is there as far as the text tells. */
function readTarget(reference: string, walk: Walk): { readonly target: Target; readonly resolved: string | undefined } {
  const parsed = parseReference(reference, walk.baseUrls);
  switch (parsed.kind) {
    case 'local': {
      const { type, id, version } = parsed;
      return { target: version === undefined ? { type, id } : { type, id, version }, resolved: type };
    }
    case 'remote': {
      const { url, version } = parsed;
      return { target: version === undefined ? { url } : { url, version }, resolved: parsed.type };
    }
    case 'fragment':
      return { target: { url: reference }, resolved: containedType(walk.resource, parsed.id) };
    case 'conditional':
      return { target: { url: reference }, resolved: parsed.type };
    case 'url': {
      const { url, version } = parsed;
      return { target: version === undefined ? { url } : { url, version }, resolved: undefined };
    }
    default:
      return { target: { url: reference }, resolved: undefined };
  }
}

function identifierOf(
  system: string | undefined,
  value: string | undefined,
): NonNullable<ReferenceEntry['identifier']> {
  if (system === undefined) return value === undefined ? {} : { value };
  return value === undefined ? { system } : { system, value };
}

const referenceElement =
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    if (!isObject(value)) return;
    const reference = text(value['reference']);
    const read = reference === undefined ? undefined : readTarget(reference, walk);
    const identifier = value['identifier'];
    const display = text(value['display']);
    const system = isObject(identifier) ? text(identifier['system']) : undefined;
    const code = isObject(identifier) ? text(identifier['value']) : undefined;
    if (read === undefined && system === undefined && code === undefined && display === undefined) return;
    const resolved = read?.resolved ?? text(value['type']);
    for (const { param, only } of slots) {
      if (only !== undefined && only !== resolved) continue;
      const entry: Mutable<ReferenceEntry> = { kind: 'reference', param, ...read?.target };
      if (system !== undefined || code !== undefined) entry.identifier = identifierOf(system, code);
      if (display !== undefined) entry.display = display;
      walk.out.push(entry);
    }
  };
const referenceCanonical =
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    if (typeof value !== 'string' || value === '') return;
    const { target } = readTarget(value, walk);
    for (const { param } of slots) walk.out.push({ kind: 'reference', param, ...target });
  };
/** `Bundle.entry[0].resource`: the resource itself is what is referred to. */
const referenceResource =
  (slots: readonly Slot[]): Emit =>
  (value, walk) => {
    if (!isObject(value)) return;
    const type = text(value['resourceType']);
    const id = text(value['id']);
    if (type === undefined || id === undefined) return;
    for (const { param } of slots) walk.out.push({ kind: 'reference', param, type, id });
  };

// --- the table -------------------------------------------------------------------------------------------------------

type Make = (slots: readonly Slot[]) => Emit;

const humanName = stringParts('family', 'given', 'prefix', 'suffix', 'text');
const address = stringParts('line', 'city', 'district', 'state', 'postalCode', 'country', 'text');
const quantity = quantityOf(quantityAmount);

const TABLE: Readonly<Record<string, Readonly<Record<string, Make>>>> = {
  token: {
    Coding: tokenCoding,
    CodeableConcept: tokenConcept,
    Identifier: tokenIdentifier,
    ContactPoint: tokenContactPoint,
    code: tokenPrimitive,
    boolean: tokenPrimitive,
    string: tokenPrimitive,
    id: tokenPrimitive,
    uri: tokenPrimitive,
    url: tokenPrimitive,
    oid: tokenPrimitive,
    uuid: tokenPrimitive,
    canonical: tokenPrimitive,
  },
  string: {
    string: stringPrimitive,
    markdown: stringPrimitive,
    code: stringPrimitive,
    uri: stringPrimitive,
    HumanName: humanName,
    Address: address,
    ContactPoint: stringParts('value'),
    CodeableConcept: stringParts('text'),
    Annotation: stringParts('text'),
  },
  date: {
    date: datePrimitive,
    dateTime: datePrimitive,
    instant: datePrimitive,
    Period: datePeriod,
    Timing: dateTiming,
  },
  number: {
    decimal: numberPrimitive,
    integer: numberPrimitive,
    positiveInt: numberPrimitive,
    unsignedInt: numberPrimitive,
    Range: numberOfRange,
  },
  quantity: {
    Quantity: quantity,
    Age: quantity,
    Count: quantity,
    Distance: quantity,
    Duration: quantity,
    Money: quantityOf(moneyAmount),
    Range: quantityOf(rangeAmount),
    SampledData: quantityOf(sampledAmount),
  },
  uri: {
    uri: uriPrimitive,
    url: uriPrimitive,
    oid: uriPrimitive,
    uuid: uriPrimitive,
    canonical: uriCanonical,
  },
  reference: {
    Reference: referenceElement,
    canonical: referenceCanonical,
    uri: referenceCanonical,
    Resource: referenceResource,
  },
};

/** How parameters of `paramType` read an element of `fhirType`; undefined where the standard defines no way. */
export function emitter(paramType: string, fhirType: string): ((slots: readonly Slot[]) => Emit) | undefined {
  return TABLE[paramType]?.[fhirType];
}
