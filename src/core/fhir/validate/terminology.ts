// Required bindings: what codes a value set that the standard can enumerate lets through
// (http://hl7.org/fhir/R4/terminologies.html#required).
import type { JsonObject } from '../../base/json-types.ts';
import { isObject } from './walk.ts';

/** ISO 4217 is not enumerated by R4; every code of it is three capitals. */
const CURRENCY = /^[A-Z]{3}$/;

/** Whether a `code` is in the set (undefined: a set that cannot be enumerated). */
export function codeAllowed(code: string, codes: ReadonlySet<string> | undefined, isCurrency: boolean): boolean {
  if (isCurrency) return CURRENCY.test(code);
  return codes === undefined || codes.has(code);
}

/** Whether a Coding is in the set; one without a code must say why by an extension. */
export function codingAllowed(coding: JsonObject, codes: ReadonlySet<string>): boolean {
  const { code, system } = coding;
  if (typeof code !== 'string') return coding['extension'] !== undefined || coding['_code'] !== undefined;
  return typeof system === 'string' ? codes.has(`${system}|${code}`) : codes.has(code);
}

/** Whether one Coding of a CodeableConcept is in the set; text alone is not enough, an extension that says why is. */
export function conceptAllowed(concept: JsonObject, codes: ReadonlySet<string>): boolean {
  const { coding } = concept;
  if (!Array.isArray(coding)) return concept['extension'] !== undefined;
  return coding.some((it) => isObject(it) && codingAllowed(it, codes));
}
