// http://hl7.org/fhirpath/N1/#math
import { numberOf } from '../../../base/json.ts';
import { FhirPathError } from '../fhirpath.ts';
import { decimalItems, integerItems, none, type Items } from '../item.ts';
import { quantityItems, quantityOf } from '../quantity.ts';
import { integerArg, isInteger, numberArg, ofItem, type FunctionRule, type FunctionTable } from './function.ts';

/** A function of a number (and one number argument): empty when either is. */
function ofNumber(count: number, run: (value: number, argument: number) => Items): FunctionRule {
  return ofItem([count, count], (item, args) => {
    const value = numberArg([item]);
    const argument = count === 0 ? 0 : numberArg(args[0]);
    return value === undefined || argument === undefined ? none : run(value, argument);
  });
}

export const math: FunctionTable = {
  abs: ofItem([0, 0], (item) => {
    const value = numberOf(item.value);
    if (value !== undefined) return isInteger(item) ? integerItems(Math.abs(value)) : decimalItems(Math.abs(value));
    const quantity = quantityOf(item);
    if (quantity === undefined) throw new FhirPathError('a number is needed here');
    return quantityItems({ ...quantity, value: Math.abs(quantity.value) });
  }),
  ceiling: ofNumber(0, (value) => integerItems(Math.ceil(value))),
  floor: ofNumber(0, (value) => integerItems(Math.floor(value))),
  truncate: ofNumber(0, (value) => integerItems(Math.trunc(value))),
  exp: ofNumber(0, (value) => decimalItems(Math.exp(value))),
  ln: ofNumber(0, (value) => decimalItems(Math.log(value))),
  sqrt: ofNumber(0, (value) => decimalItems(Math.sqrt(value))),
  log: ofNumber(1, (value, base) => decimalItems(Math.log(value) / Math.log(base))),
  power: ofItem([1, 1], (item, [exponents = none]) => {
    const value = numberArg([item]);
    const exponent = numberArg(exponents);
    if (value === undefined || exponent === undefined) return none;
    const whole = isInteger(item) && exponents[0] !== undefined && isInteger(exponents[0]) && exponent >= 0;
    return whole ? integerItems(value ** exponent) : decimalItems(value ** exponent);
  }),
  round: ofItem([0, 1], (item, args) => {
    const value = numberArg([item]);
    const precision = args.length === 0 ? 0 : integerArg(args[0]);
    if (value === undefined || precision === undefined) return none;
    if (precision < 0) throw new FhirPathError('round needs a precision of 0 or more');
    const scale = 10 ** Math.min(precision, 20);
    return decimalItems(Math.round(value * scale) / scale);
  }),
};
