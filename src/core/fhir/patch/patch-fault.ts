// How both kinds of patch refuse, and what both must bound.
import { JsonNumber } from '../../base/json.ts';
import type { JsonValue } from '../../base/json-types.ts';
import type { Fault, IssueType } from '../fault.ts';

/** `patch-syntax`: the patch itself is wrong. `patch-path`: it does not fit the resource. `patch-test`: a `test` did not hold. */
export type PatchRule = 'patch-syntax' | 'patch-path' | 'patch-test' | 'patch-limit';

const typeOf: Readonly<Record<PatchRule, IssueType>> = {
  'patch-syntax': 'invalid',
  'patch-path': 'processing',
  'patch-test': 'conflict',
  'patch-limit': 'too-costly',
};

/** Thrown inside a patch, turned into a fault at its edge. The message holds no patient data. */
export class PatchRefused {
  readonly rule: PatchRule;
  readonly message: string;
  constructor(rule: PatchRule, message: string) {
    this.rule = rule;
    this.message = message;
  }
}

export function patchFault(refused: PatchRefused, path: string, spec: string): Fault {
  const { rule, message } = refused;
  return { severity: 'error', type: typeOf[rule], path, rule, message, spec };
}

/** The same limit that `parseJson` has, so that what a patch makes can be read again. */
export const depthMax = 100;
export const operationsMax = 1_000;

/** Is `value` nested at most `levels` deep? Stops looking below. */
export function nestsWithin(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null || value instanceof JsonNumber) return true;
  if (levels <= 0) return false;
  for (const member of Object.values(value)) if (member !== undefined && !nestsWithin(member, levels - 1)) return false;
  return true;
}

export type MutableObject = Record<string, JsonValue>;

export const isObject = (value: JsonValue | undefined): value is MutableObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
export const isList = (value: JsonValue | undefined): value is JsonValue[] => Array.isArray(value);

/** Sets an own member, whatever its name: `__proto__` is no exception. */
export function setMember(object: MutableObject, name: string, value: JsonValue): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  } else object[name] = value;
}
