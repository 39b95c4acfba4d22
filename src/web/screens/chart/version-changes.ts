// What changed from version to version of one resource, for people to read.
//
//   CH56  Every element that differs between a version and the one before it is told, before and after; the store's own are left out.
import type { JsonObject, ResourceJson } from '../../../core/base/json-types.ts';
import { unitsOf, valueOf } from '../../../core/care/merge/elements.ts';
import { valueLines, type ValueLine } from '../conflicts/value-lines.ts';

export interface ElementChange {
  readonly element: string;
  readonly before: readonly ValueLine[];
  readonly after: readonly ValueLine[];
}
const LEFT_OUT: ReadonlySet<string> = new Set(['meta', 'text', 'id', 'resourceType']);

/** From `before` (undefined: this is the first version) to `after`. */
export function changesBetween(before: ResourceJson | undefined, after: ResourceJson): readonly ElementChange[] {
  const units = (body: JsonObject | undefined): ReturnType<typeof unitsOf> =>
    body === undefined ? new Map() : unitsOf(after.resourceType, body);
  const [old, now] = [units(before), units(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((element) => !LEFT_OUT.has(element) && old.get(element)?.canon !== now.get(element)?.canon)
    .map((element) => ({
      element,
      before: valueLines(valueOf(element, old.get(element))),
      after: valueLines(valueOf(element, now.get(element))),
    }));
}
