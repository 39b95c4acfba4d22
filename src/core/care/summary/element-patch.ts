// JSON Patch (RFC 6902) from what a form says of whole elements of a resource.
//
//   CH25  Of a form that was opened over an older version only what the person changed is brought to the version that is there now.
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

/** What a form says of the version that is there now: fields that were changed since it was opened as typed, all others as they are. */
export function rebased<Form extends object>(opened: Form, typed: Form, current: Form): Form {
  const changed = Object.entries(typed).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify((opened as Readonly<Record<string, unknown>>)[name]),
  );
  return { ...current, ...Object.fromEntries(changed) };
}
