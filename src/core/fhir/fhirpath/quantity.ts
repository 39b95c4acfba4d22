// Quantities and the units that can be compared (http://hl7.org/fhirpath/N1/#quantity).
//
//   1  Equal units compare by value. Different ones compare when UCUM's grammar and the table below make them one dimension;
//      otherwise there is no answer. Special units with an offset (Cel, [degF]) are only ever equal to themselves.
//   2  Calendar words and UCUM's definite durations meet from the week down (1 week = 7 'd'); a year is no 'a'.
import { numberOf } from '../../base/json.ts';
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { Item, systemItems, type Items } from './item.ts';
import { systemShapes } from './shapes.ts';
import type { CalendarUnit } from './temporal.ts';

export interface Quantity {
  readonly value: number;
  /** A UCUM code (`1` for none), or a calendar word in the singular. */
  readonly unit: string;
  readonly calendar: boolean;
}

const ucum = 'http://unitsofmeasure.org';

/** The quantity that an item of class Quantity holds; undefined without a value, or with a comparator (`<5`). */
export function quantityOf(item: Item): Quantity | undefined {
  const { value: object } = item;
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return undefined;
  const { value, unit, system, code, calendar, comparator } = object as JsonObject;
  const number = numberOf(value);
  if (number === undefined || comparator !== undefined) return undefined;
  if (item.shape === systemShapes.Quantity) {
    return { value: number, unit: typeof unit === 'string' ? unit : '1', calendar: calendar === true };
  }
  if (typeof code === 'string')
    return { value: number, unit: system === ucum ? code : `${String(system)}|${code}`, calendar: false };
  return { value: number, unit: typeof unit === 'string' ? `|${unit}` : '1', calendar: false };
}

export function quantityItems({ value, unit, calendar }: Quantity): Items {
  const rounded = Number(value.toPrecision(15));
  const object: JsonValue = calendar ? { value: rounded, unit, calendar } : { value: rounded, unit };
  return Number.isFinite(value) ? systemItems(object, 'Quantity') : [];
}

/** Below 0, 0, above 0; undefined when the units have nothing in common. */
export function compareQuantities(a: Quantity, b: Quantity): number | undefined {
  if (a.unit === b.unit && a.calendar === b.calendar) return a.value - b.value;
  const left = measure(a);
  const right = measure(b);
  if (left === undefined || right === undefined || left.dimension !== right.dimension) return undefined;
  const difference = a.value * left.factor - b.value * right.factor;
  // 1 'g' and 1000 'mg' must be equal though the factors are binary fractions.
  return Math.abs(difference) <= 1e-12 * Math.abs(a.value * left.factor) ? 0 : difference;
}

/** The same text for what compares as equal. */
export function quantityKey(quantity: Quantity): string {
  const found = measure(quantity);
  if (found === undefined) return `${quantity.value} ${quantity.unit}`;
  return `${Number((quantity.value * found.factor).toPrecision(12))} ${found.dimension}`;
}

/** `b` in the unit of `a`; undefined when it cannot be told. */
export function valueInUnitOf(a: Quantity, b: Quantity): number | undefined {
  if (a.unit === b.unit && a.calendar === b.calendar) return b.value;
  const left = measure(a);
  const right = measure(b);
  if (left === undefined || right === undefined || left.dimension !== right.dimension) return undefined;
  return Number(((b.value * right.factor) / left.factor).toPrecision(15));
}

/** The calendar unit that a quantity moves a date by; undefined when it is no time, or one that UCUM makes a mean (`a`, `mo`). */
export function calendarUnitOf({ unit, calendar }: Quantity): CalendarUnit | undefined {
  if (calendar) return unit as CalendarUnit;
  // `1 'month'` is no UCUM, but plainly meant.
  return ucumDurations.get(unit) ?? (calendarWords.has(unit) ? (unit as CalendarUnit) : undefined);
}
const calendarWords = new Set(['year', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond']);
const ucumDurations: ReadonlyMap<string, CalendarUnit> = new Map<string, CalendarUnit>([
  ['wk', 'week'],
  ['d', 'day'],
  ['h', 'hour'],
  ['min', 'minute'],
  ['s', 'second'],
  ['ms', 'millisecond'],
]);
const calendarFactors: ReadonlyMap<string, number> = new Map([
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
  ['millisecond', 0.001],
]);

interface Measure {
  /** Exponents of the base units, sorted: `g1 m-3`. */
  readonly dimension: string;
  readonly factor: number;
}

function measure({ unit, calendar }: Quantity): Measure | undefined {
  if (!calendar) return measureUcum(unit);
  // Years and months have no fixed length, but twelve months are a year.
  if (unit === 'year' || unit === 'month') return { dimension: 'calendar', factor: unit === 'year' ? 12 : 1 };
  const factor = calendarFactors.get(unit);
  return factor === undefined ? undefined : { dimension: 's1', factor };
}

/** Of each atom: its factor, its base units, and whether metric prefixes may stand before it (http://unitsofmeasure.org/ucum). */
const atoms: ReadonlyMap<string, readonly [number, string, boolean]> = new Map<
  string,
  readonly [number, string, boolean]
>([
  ['m', [1, 'm1', true]],
  ['g', [1, 'g1', true]],
  ['s', [1, 's1', true]],
  ['K', [1, 'K1', true]],
  ['cd', [1, 'cd1', true]],
  ['C', [1, 'C1', true]],
  ['rad', [1, 'rad1', true]],
  ['mol', [6.0221367, 'e231', true]],
  ['eq', [6.0221367, 'e231', true]],
  ['osm', [6.0221367, 'e231', true]],
  ['l', [0.001, 'm3', true]],
  ['L', [0.001, 'm3', true]],
  ['min', [60, 's1', false]],
  ['h', [3_600, 's1', false]],
  ['d', [86_400, 's1', false]],
  ['wk', [604_800, 's1', false]],
  ['mo', [2_629_800, 's1', false]],
  ['a', [31_557_600, 's1', false]],
  ['Hz', [1, 's-1', true]],
  ['N', [1_000, 'g1 m1 s-2', true]],
  ['Pa', [1_000, 'g1 m-1 s-2', true]],
  ['bar', [1e8, 'g1 m-1 s-2', true]],
  ['m[Hg]', [133_322_000, 'g1 m-1 s-2', true]],
  ['J', [1_000, 'g1 m2 s-2', true]],
  ['cal', [4_184, 'g1 m2 s-2', true]],
  ['W', [1_000, 'g1 m2 s-3', true]],
  ['[in_i]', [0.0254, 'm1', false]],
  ['[ft_i]', [0.3048, 'm1', false]],
  ['[lb_av]', [453.59237, 'g1', false]],
  ['[oz_av]', [28.349523125, 'g1', false]],
  ['%', [0.01, '', false]],
  ['[ppth]', [0.001, '', false]],
  ['10*', [10, '', false]],
  ['10^', [10, '', false]],
]);
const prefixes: ReadonlyMap<string, number> = new Map([
  ['Y', 1e24],
  ['Z', 1e21],
  ['E', 1e18],
  ['P', 1e15],
  ['T', 1e12],
  ['G', 1e9],
  ['M', 1e6],
  ['k', 1e3],
  ['h', 100],
  ['da', 10],
  ['d', 0.1],
  ['c', 0.01],
  ['m', 1e-3],
  ['u', 1e-6],
  ['n', 1e-9],
  ['p', 1e-12],
  ['f', 1e-15],
  ['a', 1e-18],
]);

/** Products and quotients of atoms with exponents: `mg/dL`, `kg.m2/s2`, `10*3/uL`. No brackets; annotations count as 1. */
function measureUcum(text: string): Measure | undefined {
  const exponents = new Map<string, number>();
  let factor = 1;
  let divide = text.startsWith('/');
  for (const part of text.replace(/^\//, '').split(/([./])/)) {
    if (part === '.' || part === '/') {
      divide = part === '/';
      continue;
    }
    const found = measureTerm(part);
    if (found === undefined) return undefined;
    const [termFactor, base, exponent] = found;
    const power = divide ? -exponent : exponent;
    factor *= termFactor ** power;
    for (const unit of base === '' ? [] : base.split(' ')) {
      const [, name = '', count = '1'] = /^(e23|[A-Za-z]+)(-?\d+)$/.exec(unit) ?? [];
      exponents.set(name, (exponents.get(name) ?? 0) + Number(count) * power);
    }
  }
  const dimension = [...exponents].filter(([, count]) => count !== 0).map(([name, count]) => `${name}${count}`);
  return { dimension: dimension.sort().join(' '), factor };
}

function measureTerm(part: string): readonly [number, string, number] | undefined {
  const plain = part.replace(/\{[^{}]*\}$/, '');
  if (plain === '' || plain === '1') return part === '' ? undefined : [1, '', 1];
  const [, symbol = '', count] = /^(10[*^]|.*?[^0-9+-])([+-]?\d+)?$/.exec(plain) ?? [];
  const exponent = count === undefined ? 1 : Number(count);
  const atom = atoms.get(symbol);
  if (atom !== undefined) return [atom[0], atom[1], exponent];
  for (const length of [2, 1]) {
    const scale = prefixes.get(symbol.slice(0, length));
    const rest = atoms.get(symbol.slice(length));
    if (scale !== undefined && rest !== undefined && rest[2]) return [scale * rest[0], rest[1], exponent];
  }
  return undefined;
}
