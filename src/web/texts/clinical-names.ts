// Names and numbers of people: NHS Common User Interface, Patient Name and Patient Identification Number Display.
//
//   SR7  A name is `FAMILY NAME, Given (Title)`; the family name is in capitals, nothing of a name is left out or cut off.
//   SR8  Ten digits are grouped 3-3-4, as the NHS number is read aloud; other numbers stand as they are.

import { inOwnDirection, inOwnOrder } from './own-order.ts';

/** FHIR's HumanName, as far as it is shown. */
export interface NameParts {
  readonly use?: string;
  readonly text?: string;
  readonly family?: string;
  readonly given?: readonly string[];
  readonly prefix?: readonly string[];
  readonly suffix?: readonly string[];
}

/** `CLARKE, Joan Mary (Mrs)`; the text alone of a name without parts; '' of none. */
export function formatName(name: NameParts | undefined): string {
  if (name === undefined) return '';
  const family = (name.family ?? '').trim().toUpperCase();
  const given = (name.given ?? []).join(' ').trim();
  const title = [...(name.prefix ?? []), ...(name.suffix ?? [])].join(' ').trim();
  if (family === '' && given === '') return inOwnDirection((name.text ?? '').trim());
  const both = [family, given].filter((part) => part !== '').join(', ');
  return inOwnDirection(title === '' ? both : `${both} (${title})`);
}

/** The name that a record is shown under: the official one, else the usual, else the first that is not an old one. */
export function chooseName<N extends NameParts>(names: readonly N[]): N | undefined {
  const byUse = (use: string): N | undefined => names.find((n) => n.use === use);
  return byUse('official') ?? byUse('usual') ?? names.find((n) => n.use !== 'old' && n.use !== 'maiden') ?? names[0];
}

/** What somebody is called: the usual name where it differs from the one they are shown under; '' where there is none. */
export function preferredName(names: readonly NameParts[]): string {
  const shown = chooseName(names);
  const wanted = names.find((n) => n.use === 'nickname') ?? names.find((n) => n.use === 'usual');
  if (wanted === undefined || wanted === shown) return '';
  return (wanted.given ?? []).join(' ').trim() || (wanted.text ?? '').trim();
}

/** `943 476 5919`. */
export function formatIdentifier(value: string): string {
  const digits = value.replace(/[\s-]/g, '');
  return inOwnOrder(/^\d{10}$/.test(digits) ? `${digits.slice(0, 3)} ${digits.slice(3, 6)} ${digits.slice(6)}` : value);
}
