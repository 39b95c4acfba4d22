// JSON Patch (RFC 6902) from what a form says of whole elements of a resource.
//
//   CH27  Only elements that differ are named; an element that is gone is removed, one that never was is added. Nothing else is touched.
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { canonOf } from '../merge/elements.ts';

/** `next`: elements by name as they are to be; undefined for none. [] where nothing differs. */
export function elementPatch(
  body: JsonObject,
  next: Readonly<Record<string, JsonValue | undefined>>,
): readonly JsonObject[] {
  return Object.entries(next).flatMap(([name, value]): readonly JsonObject[] => {
    const before = body[name];
    const path = `/${name}`;
    if (value === undefined) return before === undefined ? [] : [{ op: 'remove', path }];
    if (before === undefined) return [{ op: 'add', path, value }];
    return canonOf(before) === canonOf(value) ? [] : [{ op: 'replace', path, value }];
  });
}
