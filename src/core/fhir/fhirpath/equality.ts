// Equality, equivalence and order of items (http://hl7.org/fhirpath/N1/#equality, #equivalence, #comparison).
import { JsonNumber, numberOf } from '../../base/json.ts';
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { FhirPathError } from './fhirpath.ts';
import { classOf, type Item, type Items } from './item.ts';
import { compareQuantities, quantityKey, quantityOf, valueInUnitOf } from './quantity.ts';
import type { SystemClass } from './shapes.ts';
import { compareTemporals, readDate, readTime, temporalKey, type Temporal } from './temporal.ts';

const isNumber = (of: SystemClass | undefined): boolean => of === 'Integer' || of === 'Decimal';
const isDate = (of: SystemClass | undefined): boolean => of === 'Date' || of === 'DateTime';

export function temporalOf(item: Item, of: SystemClass | undefined): Temporal | undefined {
  if (typeof item.value !== 'string') return undefined;
  return of === 'Time' ? readTime(item.value) : readDate(item.value);
}

/** `=` of two items; undefined where precision or units leave it open. */
export function itemsEqual(a: Item, b: Item): boolean | undefined {
  const left = classOf(a);
  const right = classOf(b);
  if (left === 'String' && right === 'String') return a.value === b.value;
  if (left === undefined || right === undefined) return left === right && sameJson(a.value, b.value) && sameExtra(a, b);
  if (isNumber(left) && isNumber(right)) return numberOf(a.value) === numberOf(b.value);
  if (isDate(left) && isDate(right)) return equalDates(a, b);
  // A FHIR date beside a literal in quotes: what clients write in patches (`where(start = '2020-01-01')`).
  if (isDateAndText(a, left, right) || isDateAndText(b, right, left)) return equalDates(a, b);
  if (left !== right) return false;
  if (left === 'Time') return equalTemporals(temporalOf(a, left), temporalOf(b, right), a, b);
  if (left !== 'Quantity') return a.value === b.value;
  const x = quantityOf(a);
  const y = quantityOf(b);
  if (x === undefined || y === undefined) return sameJson(a.value, b.value);
  const order = compareQuantities(x, y);
  return order === undefined ? undefined : order === 0;
}

const isDateAndText = (item: Item, own: SystemClass, other: SystemClass): boolean =>
  item.shape.namespace === 'FHIR' && isDate(own) && other === 'String';

function equalDates(a: Item, b: Item): boolean | undefined {
  return equalTemporals(temporalOf(a, 'DateTime'), temporalOf(b, 'DateTime'), a, b);
}

function equalTemporals(x: Temporal | undefined, y: Temporal | undefined, a: Item, b: Item): boolean | undefined {
  if (x === undefined || y === undefined) return a.value === b.value;
  const order = compareTemporals(x, y);
  return order === undefined ? undefined : order === 0;
}

function sameExtra(a: Item, b: Item): boolean {
  return a.value !== null || sameJson(a.extra ?? null, b.extra ?? null);
}

/** Equal as JSON: numbers by value, objects without regard to the order of members. */
export function sameJson(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true;
  const left = numberOf(a);
  if (left !== undefined) return left === numberOf(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || b instanceof JsonNumber)
    return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  }
  const x = a as JsonObject;
  const y = b as JsonObject;
  const names = Object.keys(x);
  if (names.length !== Object.keys(y).length) return false;
  return names.every((name) => Object.hasOwn(y, name) && sameJson(x[name] ?? null, y[name] ?? null));
}

/** `=` of two collections: in order; empty when one is empty. */
export function collectionsEqual(a: Items, b: Items): boolean | undefined {
  if (a.length === 0 || b.length === 0) return undefined;
  if (a.length !== b.length) return false;
  let open = false;
  for (const [i, item] of a.entries()) {
    const other = b[i];
    const same = other === undefined ? false : itemsEqual(item, other);
    if (same === false) return false;
    if (same === undefined) open = true;
  }
  return open ? undefined : true;
}

/** `~` of two collections: in any order; two empty ones are equivalent. */
export function collectionsEquivalent(a: Items, b: Items): boolean {
  if (a.length !== b.length) return false;
  boundPairs(a.length);
  const open = [...b];
  for (const item of a) {
    const at = open.findIndex((other) => itemsEquivalent(item, other));
    if (at === -1) return false;
    open.splice(at, 1);
  }
  return true;
}

/** Equivalence compares each with each: a client's list must not make that a day's work. */
function boundPairs(length: number): void {
  if (length > 1_000) throw new FhirPathError('~ compares lists of at most 1,000 items');
}

const foldText = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').toLowerCase();

export function itemsEquivalent(a: Item, b: Item): boolean {
  const left = classOf(a);
  const right = classOf(b);
  if (left === undefined || right === undefined) return left === right && equivalentJson(a.value, b.value);
  if (left === 'String' && right === 'String') return foldText(String(a.value)) === foldText(String(b.value));
  if (isNumber(left) && isNumber(right)) return equivalentNumbers(a.value, b.value);
  if (left !== 'Quantity' || right !== 'Quantity') return itemsEqual(a, b) === true;
  const x = quantityOf(a);
  const y = quantityOf(b);
  if (x === undefined || y === undefined) return sameJson(a.value, b.value);
  if (x.calendar !== y.calendar) {
    const word = x.calendar ? x : y;
    const code = x.calendar ? y : x;
    const means = word.unit === 'year' ? 'a' : word.unit === 'month' ? 'mo' : undefined;
    if (means !== undefined) return code.unit === means && x.value === y.value;
  }
  // The coarser of the two sets the precision: 4 'g' ~ 4040 'mg'.
  const second = valueInUnitOf(x, y);
  const first = valueInUnitOf(y, x);
  if (first === undefined || second === undefined) return false;
  return equivalentNumbers(x.value, second) || equivalentNumbers(first, y.value);
}

/** Rounded to the fewer decimals of the two. */
function equivalentNumbers(a: JsonValue, b: JsonValue): boolean {
  const x = numberOf(a) ?? 0;
  const y = numberOf(b) ?? 0;
  const decimals = Math.min(decimalsOf(a), decimalsOf(b));
  return x.toFixed(decimals) === y.toFixed(decimals);
}
function decimalsOf(value: JsonValue): number {
  const text = value instanceof JsonNumber ? value.text : String(value);
  return /[eE]/.test(text) ? 20 : (text.split('.')[1] ?? '').length;
}

/** Strings without regard to case and white space, arrays in any order, ids left out. */
function equivalentJson(a: JsonValue, b: JsonValue): boolean {
  if (typeof a === 'string' && typeof b === 'string') return foldText(a) === foldText(b);
  const left = numberOf(a);
  if (left !== undefined) return numberOf(b) !== undefined && equivalentNumbers(a, b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    boundPairs(a.length);
    const open: JsonValue[] = [...b];
    return a.every((item: JsonValue) => {
      const at = open.findIndex((other) => equivalentJson(item, other));
      if (at !== -1) open.splice(at, 1);
      return at !== -1;
    });
  }
  const x = a as JsonObject;
  const y = b as JsonObject;
  const names = new Set([...Object.keys(x), ...Object.keys(y)]);
  names.delete('id');
  return [...names].every((name) => {
    const left = x[name];
    const right = y[name];
    return left !== undefined && right !== undefined && equivalentJson(left, right);
  });
}

/** Below 0, 0, above 0; undefined where precision or units leave it open. Throws where the types have no order. */
export function compareItems(a: Item, b: Item): number | undefined {
  const left = classOf(a);
  const right = classOf(b);
  // A primitive that has only extensions has no value to compare.
  if (a.value === null || b.value === null) return undefined;
  if (left !== undefined && right !== undefined) {
    if (isNumber(left) && isNumber(right)) return (numberOf(a.value) ?? 0) - (numberOf(b.value) ?? 0);
    if (left === 'String' && right === 'String')
      return a.value === b.value ? 0 : String(a.value) < String(b.value) ? -1 : 1;
    if (left === 'Quantity' && right === 'Quantity') {
      const x = quantityOf(a);
      const y = quantityOf(b);
      return x === undefined || y === undefined ? undefined : compareQuantities(x, y);
    }
    if ((isDate(left) && isDate(right)) || (left === 'Time' && right === 'Time')) {
      const x = temporalOf(a, left);
      const y = temporalOf(b, right);
      return x === undefined || y === undefined ? undefined : compareTemporals(x, y);
    }
  }
  throw new FhirPathError('these types have no order');
}

/** A key under which exactly the equal items meet, so that large sets need no comparing of all with all. */
function keyOf(item: Item): string {
  const of = classOf(item);
  if (of === 'String') return `s${String(item.value)}`;
  if (of === 'Boolean') return `b${String(item.value)}`;
  if (isNumber(of)) return `n${String(numberOf(item.value))}`;
  if (isDate(of) || of === 'Time') {
    const temporal = temporalOf(item, of);
    return temporal === undefined ? `s${String(item.value)}` : `d${temporalKey(temporal)}`;
  }
  const quantity = of === 'Quantity' ? quantityOf(item) : undefined;
  if (quantity !== undefined) return `q${quantityKey(quantity)}`;
  return `j${jsonKey(item.value)}${item.value === null ? jsonKey(item.extra ?? null) : ''}`;
}

/** The same text for what `sameJson` holds to be the same. */
function jsonKey(value: JsonValue): string {
  const number = numberOf(value);
  if (number !== undefined) return String(number);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => jsonKey(item)).join(',')}]`;
  const object = value as JsonObject;
  const names = Object.keys(object).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${jsonKey(object[name] ?? null)}`).join(',')}}`;
}

/** Up to this size comparing each with each is quicker than making keys. */
const smallSetMax = 16;

/** A set of items by `=`, in linear time. */
export class ItemSet {
  readonly items: Item[] = [];
  private keys: Set<string> | undefined;

  /** False when an equal item is there already. */
  add(item: Item): boolean {
    if (this.keys === undefined) {
      if (this.has(item)) return false;
      if (this.items.length >= smallSetMax) this.keys = new Set(this.items.map(keyOf));
    }
    if (this.keys !== undefined) {
      const key = keyOf(item);
      if (this.keys.has(key)) return false;
      this.keys.add(key);
    }
    this.items.push(item);
    return true;
  }

  has(item: Item): boolean {
    if (this.keys !== undefined) return this.keys.has(keyOf(item));
    return this.items.some((other) => itemsEqual(other, item) === true);
  }
}

export function distinct(items: Items): Items {
  if (items.length < 2) return items;
  const found = new ItemSet();
  for (const item of items) found.add(item);
  return found.items.length === items.length ? items : found.items;
}
