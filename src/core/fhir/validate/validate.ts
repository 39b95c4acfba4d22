// Everything that is wrong with a value as an R4 resource. The same code on server and device (specs/validation.md).
//
//   1  Pure: the answer depends on the value and the options alone.
//   2  Never throws on input, however it is made or nested.
//   3  No value of the resource stands in a fault.
import type { JsonValue, ResourceJson } from '../../base/json-types.ts';
import type { Fault } from '../fault.ts';
import { checkResource } from './check-resource.ts';
import { isObject, Walk } from './walk.ts';

export interface ValidateOptions {
  /** Rules by name that are not applied (tests of the standard's own invalid examples). */
  readonly without?: readonly string[];
  /** Also the standard's advice (`dom-6`: a narrative for people); warnings, for `$validate`. */
  readonly bestPractice?: boolean;
  /** Milliseconds since 1970, for the rules that ask for today; without it those are not judged. */
  readonly now?: number;
}
/** Everything that is wrong with `value` as an R4 resource; errors first. [] when it is valid. */
export type ValidateResource = (value: JsonValue, options?: ValidateOptions) => readonly Fault[];

const NONE: readonly Fault[] = [];
const UNKNOWN: ResourceJson = { resourceType: '' };
const RANK = { error: 0, warning: 1, information: 2 } as const;

/** See `ValidateResource`. A value is valid where no fault has severity `error`. */
export const validateResource: ValidateResource = (value, options) => {
  const type = isObject(value) && typeof value['resourceType'] === 'string' ? value['resourceType'] : '';
  const walk = new Walk(UNKNOWN, checkResource, options ?? {});
  walk.enter(/^[A-Za-z]{1,64}$/.test(type) ? type : 'Resource', -1);
  checkResource(value, walk, 'root', 'Resource');
  if (walk.faults.length === 0) return NONE;
  return walk.faults.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
};
