// http://hl7.org/fhirpath/N1/#conversion: each `toX` is empty where `convertsToX` is false.
import { JsonNumber, numberOf } from '../../../base/json.ts';
import { itemsCode, single, truthOf, type Code } from '../code.ts';
import {
  booleanItems,
  classOf,
  decimalItems,
  integerItems,
  no,
  none,
  stringItems,
  systemItems,
  yes,
  type Item,
  type Items,
} from '../item.ts';
import { quantityItems, quantityOf, valueInUnitOf, type Quantity } from '../quantity.ts';
import { readDate, readTime } from '../temporal.ts';
import { arg, ofItem, textArg, type FunctionRule, type FunctionTable } from './function.ts';

const words: ReadonlyMap<string, Items> = new Map([
  ...['true', 't', 'yes', 'y', '1', '1.0'].map((word): [string, Items] => [word, yes]),
  ...['false', 'f', 'no', 'n', '0', '0.0'].map((word): [string, Items] => [word, no]),
]);

function toBoolean({ value }: Item): Items {
  if (typeof value === 'boolean') return booleanItems(value);
  if (typeof value === 'string') return words.get(value.toLowerCase()) ?? none;
  const number = numberOf(value);
  return number === 1 ? yes : number === 0 ? no : none;
}

function toInteger(item: Item): Items {
  const { value } = item;
  if (typeof value === 'boolean') return integerItems(value ? 1 : 0);
  if (typeof value === 'string') return /^[+-]?\d+$/.test(value) ? integerItems(Number(value)) : none;
  return classOf(item) === 'Integer' ? integerItems(numberOf(value) ?? Number.NaN) : none;
}

function toDecimal({ value }: Item): Items {
  if (typeof value === 'boolean') return decimalItems(value ? 1 : 0);
  if (typeof value === 'string') return /^[+-]?\d+(?:\.\d+)?$/.test(value) ? decimalItems(Number(value)) : none;
  const number = numberOf(value);
  return number === undefined ? none : decimalItems(number);
}

/** The text of a value as `toString` gives it; undefined for complex types. */
export function printItem(item: Item): string | undefined {
  const { value } = item;
  if (typeof value === 'string') return value;
  if (value instanceof JsonNumber) return value.text;
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  const quantity = classOf(item) === 'Quantity' ? quantityOf(item) : undefined;
  if (quantity === undefined) return undefined;
  return quantity.calendar
    ? `${quantity.value} ${quantity.unit}${quantity.value === 1 ? '' : 's'}`
    : `${quantity.value} '${quantity.unit}'`;
}

const toText = (item: Item): Items => {
  const text = printItem(item);
  return text === undefined ? none : stringItems(text);
};

function toDate({ value }: Item): Items {
  if (typeof value !== 'string' || readDate(value) === undefined) return none;
  return systemItems(value.split('T')[0] ?? value, 'Date');
}
const toDateTime = ({ value }: Item): Items =>
  typeof value === 'string' && readDate(value) !== undefined ? systemItems(value, 'DateTime') : none;
const toTime = ({ value }: Item): Items =>
  typeof value === 'string' && readTime(value) !== undefined ? systemItems(value.replace(/^T/, ''), 'Time') : none;

const quantityText =
  /^([+-]?\d+(?:\.\d+)?)(?:\s*(?:'([^']+)'|(year|month|week|day|hour|minute|second|millisecond)s?))?$/;

function quantityFrom(item: Item): Quantity | undefined {
  const { value } = item;
  if (typeof value === 'boolean') return { value: value ? 1 : 0, unit: '1', calendar: false };
  const number = numberOf(value);
  if (number !== undefined) return { value: number, unit: '1', calendar: false };
  if (typeof value !== 'string') return classOf(item) === 'Quantity' ? quantityOf(item) : undefined;
  const [, digits, code, word] = quantityText.exec(value) ?? [];
  if (digits === undefined) return undefined;
  return { value: Number(digits), unit: code ?? word ?? '1', calendar: word !== undefined };
}

function toQuantity(item: Item, args: readonly Items[]): Items {
  const quantity = quantityFrom(item);
  const unit = textArg(args[0]);
  if (quantity === undefined) return none;
  if (unit === undefined) return quantityItems(quantity);
  const value = valueInUnitOf({ value: 0, unit, calendar: false }, quantity);
  return value === undefined ? none : quantityItems({ value, unit, calendar: false });
}

type Convert = (item: Item, args: readonly Items[]) => Items;
const pair = (name: string, arityMax: number, convert: Convert): [string, FunctionRule][] => [
  [`to${name}`, ofItem([0, arityMax], convert)],
  [`convertsTo${name}`, ofItem([0, arityMax], (item, args) => booleanItems(convert(item, args).length > 0))],
];

function iif(focus: Code, criterion: Code, then: Code, otherwise: Code | undefined): Code {
  return itemsCode((env) => {
    const input = focus.items(env);
    single(input);
    const chosen = truthOf(env.itemsOn(criterion, input, 0)) === true ? then : otherwise;
    return chosen === undefined ? none : env.itemsOn(chosen, input, 0);
  });
}

export const conversion: FunctionTable = {
  ...Object.fromEntries([
    ...pair('Boolean', 0, toBoolean),
    ...pair('Integer', 0, toInteger),
    ...pair('Decimal', 0, toDecimal),
    ...pair('String', 0, toText),
    ...pair('Date', 0, toDate),
    ...pair('DateTime', 0, toDateTime),
    ...pair('Time', 0, toTime),
    ...pair('Quantity', 1, toQuantity),
  ]),
  iif: { arity: [2, 3], make: (site) => iif(site.focus, arg(site, 0), arg(site, 1), site.args[2]) },
};
