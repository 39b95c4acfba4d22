// An element written anew: the leaves of a value as texts that a person types over, put back with their kinds.
//
//   CH57  A number stays a number with the digits that were typed, a truth a truth; what was cleared is left out; structure stays.
import { JsonNumber, parseJson } from '../../../core/base/json.ts';
import type { JsonObject, JsonValue } from '../../../core/base/json-types.ts';
import { isObject } from '../../../core/care/merge/clinical-words.ts';

export interface Leaf {
  /** `timing.repeat.frequency`, `coding[0].display`; unique in its element. */
  readonly path: string;
  readonly text: string;
  readonly kind: 'text' | 'number' | 'truth';
}

const isLeaf = (value: JsonValue): boolean => !isObject(value) && !Array.isArray(value);
const isNumber = (value: JsonValue): boolean => typeof value === 'number' || value instanceof JsonNumber;

/** In the order of the value. */
export function leavesOf(value: JsonValue | undefined, path = ''): readonly Leaf[] {
  if (value === undefined || value === null) return [];
  if (value instanceof JsonNumber) return [{ path, text: value.text, kind: 'number' }];
  if (isLeaf(value)) {
    return [
      { path, text: String(value), kind: isNumber(value) ? 'number' : typeof value === 'boolean' ? 'truth' : 'text' },
    ];
  }
  if (Array.isArray(value)) {
    const list: readonly JsonValue[] = value;
    return list.flatMap((one, n) => leavesOf(one, `${path}[${n}]`));
  }
  return Object.entries(value as JsonObject).flatMap(([name, member]) =>
    leavesOf(member, path === '' ? name : `${path}.${name}`),
  );
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
/** Paths at which a number stood and none was typed. */
export const wrongLeaves = (value: JsonValue | undefined, typed: ReadonlyMap<string, string>): readonly string[] =>
  leavesOf(value)
    .filter(({ kind, path }) => {
      const text = typed.get(path)?.trim();
      if (text === undefined || text === '') return false;
      return kind === 'number' ? !NUMBER.test(text) : kind === 'truth' ? text !== 'true' && text !== 'false' : false;
    })
    .map(({ path }) => path);

/** The value with what was typed; undefined where everything was cleared. Paths that are not in `typed` stay as they are. */
export function retyped(
  value: JsonValue | undefined,
  typed: ReadonlyMap<string, string>,
  path = '',
): JsonValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof JsonNumber || isLeaf(value)) {
    const text = typed.get(path);
    if (text === undefined) return value;
    if (text.trim() === '') return undefined;
    if (isNumber(value)) return numberOf(text.trim()) ?? value;
    return typeof value === 'boolean' ? text.trim() === 'true' : text;
  }
  if (Array.isArray(value)) {
    const list: readonly JsonValue[] = value;
    const kept = list.flatMap((one, n) => retyped(one, typed, `${path}[${n}]`) ?? []);
    return kept.length === 0 ? undefined : kept;
  }
  const members = Object.entries(value as JsonObject).flatMap(([name, member]) => {
    const next = retyped(member, typed, path === '' ? name : `${path}.${name}`);
    return next === undefined ? [] : [[name, next] as const];
  });
  return members.length === 0 ? undefined : Object.fromEntries(members);
}
function numberOf(text: string): JsonValue | undefined {
  const parsed = NUMBER.test(text) ? parseJson(text, { numbers: 'lossless' }) : undefined;
  return parsed?.ok === true ? parsed.value.value : undefined;
}
