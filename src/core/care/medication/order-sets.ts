// Order sets of a content package: orders that often belong together, each a medicine of the formulary with one of its templates.
import type { JsonValue } from '../../base/json-types.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { isList, isObject, textOf } from '../merge/clinical-words.ts';

export const ORDER_SETS_SCHEMA = 'order-sets/1';
export const ORDER_SETS_ARITY = { set: 3, line: 2 } as const;
export interface OrderSet {
  readonly key: string;
  readonly name: string;
  readonly lines: readonly { readonly medicine: string; readonly template: number }[];
}
/** Sets that cannot be read are left out and named. */
export function readOrderSets(
  json: JsonValue,
): Result<{ readonly content: readonly OrderSet[]; readonly skipped: readonly string[] }, string> {
  const list = isObject(json) ? json['sets'] : undefined;
  if (!isList(list) || list.length > 1000) return err('sets');
  const skipped: string[] = [];
  const content = list.flatMap((item, n) => {
    const set = setOf(item);
    if (set === undefined) skipped.push(`sets/${n}`);
    return set === undefined ? [] : [set];
  });
  return skipped.length * 10 > list.length ? err('sets') : ok({ content, skipped });
}
function setOf(item: JsonValue): OrderSet | undefined {
  if (!isObject(item) || Object.keys(item).length !== ORDER_SETS_ARITY.set) return undefined;
  const key = textOf(item['key']);
  const name = textOf(item['name']);
  const list = item['lines'];
  if (!/^[a-z0-9-]{1,60}$/.test(key) || name === '' || name.length > 120 || !isList(list) || list.length > 50)
    return undefined;
  const lines = list.flatMap((line) => {
    if (!isObject(line) || Object.keys(line).length !== ORDER_SETS_ARITY.line) return [];
    const medicine = textOf(line['medicine']);
    const template = line['template'];
    return medicine !== '' && typeof template === 'number' && Number.isSafeInteger(template) && template >= 0
      ? [{ medicine, template }]
      : [];
  });
  return lines.length === list.length && lines.length > 0 ? { key, name, lines } : undefined;
}
