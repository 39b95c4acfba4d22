// The operators (http://hl7.org/fhirpath/N1/#operations) as code over code.
import { numberOf } from '../../base/json.ts';
import { itemsCode, single, truthCode, type Code, type Env, type Truth } from './code.ts';
import { collectionsEqual, collectionsEquivalent, compareItems, distinct, itemsEqual } from './equality.ts';
import { FhirPathError } from './fhirpath.ts';
import { classOf, decimalItems, integerItems, none, stringItems, systemItems, type Item, type Items } from './item.ts';
import { MemberPath } from './member-path.ts';
import type { Ast, BinaryOperator } from './parse.ts';
import { calendarUnitOf, quantityItems, quantityOf, valueInUnitOf } from './quantity.ts';
import { addToTemporal } from './temporal.ts';

type Combine = (left: Code, right: Code, rightAst: Ast) => Code;

const negate = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);

/** `path = 'text'`, the commonest rule of all, without items; anything else over collections. */
function equality(negated: boolean): Combine {
  return (left, right, rightAst) => {
    const literal = literalOf(rightAst);
    if (left instanceof MemberPath && literal !== undefined) {
      const compared = (env: Env): Truth =>
        left.equals(env, literal, (items) => collectionsEqual(items, right.items(env)));
      return truthCode(negated ? (env) => negate(compared(env)) : compared);
    }
    const compared = (env: Env): Truth => collectionsEqual(left.items(env), right.items(env));
    return truthCode(negated ? (env) => negate(compared(env)) : compared);
  };
}

function literalOf(ast: Ast): string | number | boolean | undefined {
  if (ast.kind !== 'literal') return undefined;
  switch (ast.type) {
    case 'String':
      return ast.text;
    case 'Boolean':
      return ast.text === 'true';
    case 'Integer':
    case 'Decimal':
      return Number(ast.text);
    default:
      return undefined;
  }
}

function comparison(holds: (order: number) => boolean): Combine {
  return (left, right) =>
    truthCode((env) => {
      const a = single(left.items(env));
      const b = single(right.items(env));
      if (a === undefined || b === undefined) return undefined;
      const order = compareItems(a, b);
      return order === undefined ? undefined : holds(order);
    });
}

/** Over one item on each side; empty when either is missing. */
function overPair(run: (a: Item, b: Item) => Items): Combine {
  return (left, right) =>
    itemsCode((env) => {
      const a = single(left.items(env));
      const b = single(right.items(env));
      return a === undefined || b === undefined || a.value === null || b.value === null ? none : run(a, b);
    });
}

const bothIntegers = (a: Item, b: Item): boolean => classOf(a) === 'Integer' && classOf(b) === 'Integer';

function arithmetic(run: (x: number, y: number) => number, isAlwaysDecimal = false): (a: Item, b: Item) => Items {
  return (a, b) => {
    const x = numberOf(a.value);
    const y = numberOf(b.value);
    if (x === undefined || y === undefined) throw new FhirPathError('numbers are needed on both sides');
    return !isAlwaysDecimal && bothIntegers(a, b) ? integerItems(run(x, y)) : decimalItems(run(x, y));
  };
}

const addNumbers = arithmetic((x, y) => x + y);
const subtractNumbers = arithmetic((x, y) => x - y);
const multiplyNumbers = arithmetic((x, y) => x * y);
const divideNumbers = arithmetic((x, y) => x / y, true);

/** `+` and `-`: numbers, quantities of one dimension, dates and a duration, strings. */
function sum(sign: 1 | -1): (a: Item, b: Item) => Items {
  return (a, b) => {
    const left = classOf(a);
    const right = classOf(b);
    if (left === 'String' && right === 'String' && sign === 1) return stringItems(String(a.value) + String(b.value));
    if (right !== 'Quantity') return sign === 1 ? addNumbers(a, b) : subtractNumbers(a, b);
    const quantity = quantityOf(b);
    if (quantity === undefined) return none;
    if (left === 'Quantity') {
      const base = quantityOf(a);
      const value = base === undefined ? undefined : valueInUnitOf(base, quantity);
      return base === undefined || value === undefined
        ? none
        : quantityItems({ ...base, value: base.value + sign * value });
    }
    if (left !== 'Date' && left !== 'DateTime' && left !== 'Time')
      throw new FhirPathError('a quantity cannot be added to this');
    const unit = calendarUnitOf(quantity);
    if (unit === undefined)
      throw new FhirPathError('a date can be moved by calendar units, weeks, days and shorter only');
    const moved = addToTemporal(String(a.value), left === 'Time', sign * quantity.value, unit);
    return moved === undefined ? none : systemItems(moved, left);
  };
}

/** `*` and `/` with a quantity on either side; units are multiplied only by plain numbers. */
function product(sign: 1 | -1): (a: Item, b: Item) => Items {
  return (a, b) => {
    const left = classOf(a) === 'Quantity' ? quantityOf(a) : undefined;
    const right = classOf(b) === 'Quantity' ? quantityOf(b) : undefined;
    const x = numberOf(a.value);
    const y = numberOf(b.value);
    if (left !== undefined && y !== undefined)
      return quantityItems({ ...left, value: sign === 1 ? left.value * y : left.value / y });
    if (right !== undefined && x !== undefined && sign === 1)
      return quantityItems({ ...right, value: x * right.value });
    if (left !== undefined && right !== undefined) return multiplyQuantities(left, right, sign);
    return sign === 1 ? multiplyNumbers(a, b) : divideNumbers(a, b);
  };
}

function multiplyQuantities(left: NonNullable<ReturnType<typeof quantityOf>>, right: typeof left, sign: 1 | -1): Items {
  if (left.calendar || right.calendar) return none;
  if (sign === -1) {
    const value = valueInUnitOf(left, right);
    if (value !== undefined) return quantityItems({ value: left.value / value, unit: '1', calendar: false });
    return quantityItems({ value: left.value / right.value, unit: `${left.unit}/${right.unit}`, calendar: false });
  }
  if (right.unit === '1') return quantityItems({ ...left, value: left.value * right.value });
  const unit =
    left.unit === '1'
      ? right.unit
      : left.unit === right.unit && /^[a-z]+$/i.test(left.unit)
        ? `${left.unit}2`
        : `${left.unit}.${right.unit}`;
  return quantityItems({ value: left.value * right.value, unit, calendar: false });
}

/** `element in (a | b)`: the parts of a union are looked through one by one, for making the union would cost more. */
export function membership(element: Code, wholes: readonly Code[]): Code {
  return truthCode((env) => {
    const item = single(element.items(env));
    if (item === undefined) return undefined;
    return wholes.some((whole) => {
      const items = whole.items(env);
      env.spend(items.length);
      return items.some((other) => itemsEqual(item, other) === true);
    });
  });
}

export const operators: Readonly<Record<BinaryOperator, Combine>> = {
  '=': equality(false),
  '!=': equality(true),
  '~': (left, right) => truthCode((env) => collectionsEquivalent(left.items(env), right.items(env))),
  '!~': (left, right) => truthCode((env) => !collectionsEquivalent(left.items(env), right.items(env))),
  '<': comparison((order) => order < 0),
  '<=': comparison((order) => order <= 0),
  '>': comparison((order) => order > 0),
  '>=': comparison((order) => order >= 0),
  '+': overPair(sum(1)),
  '-': overPair(sum(-1)),
  '*': overPair(product(1)),
  '/': overPair(product(-1)),
  div: overPair(arithmetic((x, y) => (y === 0 ? Number.NaN : Math.trunc(x / y)))),
  mod: overPair(arithmetic((x, y) => x % y)),
  '&': (left, right) => itemsCode((env) => stringItems(joined(left.items(env)) + joined(right.items(env)))),
  '|': (left, right) => ({
    ...itemsCode((env) => {
      const a = left.items(env);
      const b = right.items(env);
      env.spend(a.length + b.length);
      return b.length === 0 ? distinct(a) : a.length === 0 ? distinct(b) : distinct([...a, ...b]);
    }),
    exists: (env) => left.exists(env) || right.exists(env),
  }),
  in: (left, right) => membership(left, [right]),
  contains: (left, right) => membership(right, [left]),
  and: (left, right) =>
    truthCode((env) => {
      const a = left.truth(env);
      if (a === false) return false;
      const b = right.truth(env);
      return b === false ? false : a === true ? b : undefined;
    }),
  or: (left, right) =>
    truthCode((env) => {
      const a = left.truth(env);
      if (a === true) return true;
      const b = right.truth(env);
      return b === true ? true : a === false ? b : undefined;
    }),
  xor: (left, right) =>
    truthCode((env) => {
      const a = left.truth(env);
      const b = right.truth(env);
      return a === undefined || b === undefined ? undefined : a !== b;
    }),
  implies: (left, right) =>
    truthCode((env) => {
      const a = left.truth(env);
      if (a === false) return true;
      const b = right.truth(env);
      return b === true ? true : a === true ? b : undefined;
    }),
};

/** `&` takes an empty side as ''. */
function joined(items: Items): string {
  const item = single(items);
  if (item === undefined || item.value === null) return '';
  if (typeof item.value !== 'string') throw new FhirPathError('strings are needed on both sides');
  return item.value;
}

export function signed(operator: '+' | '-', operand: Code): Code {
  return itemsCode((env) => {
    const item = single(operand.items(env));
    if (item === undefined) return none;
    const factor = operator === '-' ? -1 : 1;
    const value = numberOf(item.value);
    if (value !== undefined)
      return classOf(item) === 'Integer' ? integerItems(factor * value) : decimalItems(factor * value);
    const quantity = classOf(item) === 'Quantity' ? quantityOf(item) : undefined;
    if (quantity === undefined) throw new FhirPathError('a number is needed after a sign');
    return quantityItems({ ...quantity, value: factor * quantity.value });
  });
}
