// Numbers with their units: NHS Common User Interface, Medication Line (MEDi), and ISMP's list of dangerous abbreviations.
//
//   SR9   A leading zero, a comma from 1,000, a space before the unit that never breaks; the same digits in every language.
//   SR10  A dose has no trailing zero (`5 mg`, never `5.0 mg`); a measured value keeps the digits that were reported.
//   SR11  `units`, `microgram` and `nanogram` are written out: U is read as 0, µg as mg.

import { inOwnOrder } from './own-order.ts';

const SPACE = '\u00a0';
const WRITTEN_OUT: Readonly<Record<string, string>> = {
  U: 'units',
  IU: 'units',
  u: 'units',
  iu: 'units',
  '[iU]': 'units',
  '[IU]': 'units',
  ug: 'microgram',
  mcg: 'microgram',
  µg: 'microgram',
  μg: 'microgram',
  ng: 'nanogram',
};

/** `1,200.50`: digits as they stand. A text that is no number is given back as it is. */
export function formatNumber(value: number | string): string {
  const text = typeof value === 'number' ? plain(value) : value.trim();
  const [, sign = '', whole, rest = ''] = /^([+-]?)(\d*)(\.\d+)?$/.exec(text) ?? [];
  if (whole === undefined || (whole === '' && rest === '')) return text;
  const digits = whole === '' ? '0' : whole;
  return `${sign}${digits.replace(/\B(?=(\d{3})+$)/g, ',')}${rest}`;
}

/** `0.5`, `5`, `1,500`: no trailing zero, so that no point is overlooked. */
export function formatDoseNumber(value: number | string): string {
  const text = formatNumber(value);
  return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text;
}

/** `5.10 mmol/L`: a measured value. */
export function formatQuantity(value: number | string, unit?: string): string {
  return withUnit(formatNumber(value), unit);
}

/** `5 mg`, `1,000 units`, `50 microgram`: what is given. */
export function formatDose(value: number | string, unit?: string): string {
  return withUnit(formatDoseNumber(value), unit);
}

/** `µg` is `microgram`. */
export const unitWord = (unit: string): string => WRITTEN_OUT[unit] ?? unit;

const withUnit = (number: string, unit: string | undefined): string =>
  inOwnOrder(unit === undefined || unit === '' || unit === '1' ? number : `${number}${SPACE}${unitWord(unit)}`);

/** Never `1e-7`: nobody reads that at a bedside. */
const plain = (value: number): string => {
  const text = String(value);
  return /e/.test(text) ? value.toFixed(20).replace(/0+$/, '').replace(/\.$/, '') : text;
};
