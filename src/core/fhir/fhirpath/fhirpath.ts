// FHIRPath (http://hl7.org/fhirpath/N1) compiled to closures over plain JSON.
// STUB of the surface, to be written.
import type { JsonValue, ResourceJson } from '../../base/json-types.ts';

export interface FhirPathContext {
  /** %resource and, without contained, %rootResource. */
  readonly resource: ResourceJson;
  readonly rootResource?: ResourceJson;
  /** now(), today(): milliseconds since 1970; the core has no clock. */
  readonly now?: number;
}

/** A node of the tree with where it stands. `type` is the FHIR type (`HumanName`, `date`, `Patient`). */
export interface PathNode {
  readonly value: JsonValue;
  readonly type: string;
  /** The `_name` sibling of a primitive (its id and extensions), if any. */
  readonly extra?: JsonValue;
  /** `Patient.name[0].family`. */
  readonly path: string;
}

/** Evaluates from `focus` (by default the resource itself). Throws `FhirPathError` on a wrong expression or use. */
export type CompiledPath = (context: FhirPathContext, focus?: PathNode) => readonly PathNode[];
