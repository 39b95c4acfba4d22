// FHIRPath (http://hl7.org/fhirpath/N1) compiled to closures over plain JSON: the surface. `compile.ts` implements it.
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
  /** Of what an expression made up itself: `System.Boolean`, `System.String`, … */
  readonly type: string;
  /** The `_name` sibling of a primitive (its id and extensions), if any. */
  readonly extra?: JsonValue | undefined;
  /** `Patient.name[0].family`; '' for a value that stands nowhere. */
  readonly path: string;
}

/** Evaluates from `focus` (by default the resource itself). Throws `FhirPathError` on a wrong expression or use. */
export type CompiledPath = (context: FhirPathContext, focus?: PathNode) => readonly PathNode[];

/** A wrong expression, or one that does not fit the data (several items where one is needed). Holds no patient data. */
export class FhirPathError extends Error {
  override readonly name = 'FhirPathError';
  /** Where in the expression; undefined when the fault is found in running it. */
  readonly offset: number | undefined;
  constructor(message: string, offset?: number) {
    super(message);
    this.offset = offset;
  }
}
