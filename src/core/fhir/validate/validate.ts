// STUB of the surface, to be written.
import type { JsonValue } from '../../base/json-types.ts';
import type { Fault } from '../fault.ts';

export interface ValidateOptions {
  /** Rules by name that are not applied (tests of the standard's own invalid examples). */
  readonly without?: readonly string[];
}
/** Everything that is wrong with `value` as an R4 resource; errors first. [] when it is valid. */
export type ValidateResource = (value: JsonValue, options?: ValidateOptions) => readonly Fault[];
