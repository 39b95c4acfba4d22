// Required bindings: what codes a value set that the standard can enumerate lets through.
import type { JsonObject } from '../../base/json-types.ts';
import { isObject } from './walk.ts';

/** ISO 4217 is not enumerated by R4; every code of it is three capitals. */
const CURRENCY = /^[A-Z]{3}$/;

/** Whether a `code` is in the set (undefined: a set that cannot be enumerated). */
export function codeAllowed(code: string, codes: ReadonlySet<string> | undefined, isCurrency: boolean): boolean {
  if (isCurrency) return CURRENCY.test(code);
  return codes === undefined || codes.has(code);
}

/** Whether a Coding is, or one Coding of a CodeableConcept is, in the set. One without any code cannot be judged. */
export function conceptAllowed(value: JsonObject, codes: ReadonlySet<string>): boolean {
  const coding = value['coding'];
  if (!Array.isArray(coding)) return value['coding'] !== undefined || isCodingAllowed(value, codes) || isConcept(value);
  const judged = coding.filter(isObject);
  return judged.length === 0 || judged.some((it) => isCodingAllowed(it, codes));
}

/** A CodeableConcept without codings: its text, or an extension that says why, is all there is. */
function isConcept(value: JsonObject): boolean {
  return value['code'] === undefined;
}

function isCodingAllowed(coding: JsonObject, codes: ReadonlySet<string>): boolean {
  const { code, system } = coding;
  if (typeof code !== 'string') return coding['extension'] !== undefined;
  return typeof system === 'string' ? codes.has(`${system}|${code}`) : codes.has(code);
}
