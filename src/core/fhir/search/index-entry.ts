// What a resource says to a search: the values that its search parameters extract.
// One extractor (`extract.ts`) makes these on server and device; every store keeps them in its own form, and the
// evaluator of the memory store compares them directly.

export type IndexEntry =
  | TokenEntry
  | StringEntry
  | ReferenceEntry
  | DateEntry
  | NumberEntry
  | QuantityEntry
  | UriEntry
  | CompositeEntry;

interface Of {
  /** The search parameter's code: `birthdate`. */
  readonly param: string;
}
/** Coding, CodeableConcept, Identifier, ContactPoint, code, boolean, string (http://hl7.org/fhir/R4/search.html#token). */
export interface TokenEntry extends Of {
  readonly kind: 'token';
  /** Absent: the value has no system. For `code` elements with a required binding: absent too (implied systems match any). */
  readonly system?: string;
  readonly code?: string;
  /** Display and text, for `:text`. */
  readonly text?: readonly string[];
  /** Identifier.type codings as `system|code`, for `:of-type`. */
  readonly identifierTypes?: readonly string[];
}
export interface StringEntry extends Of {
  readonly kind: 'string';
  readonly value: string;
}
export interface ReferenceEntry extends Of {
  readonly kind: 'reference';
  /** `Patient` and `123` of a relative reference or of an absolute one to this server. */
  readonly type?: string;
  readonly id?: string;
  /** The reference as it stands when it is absolute, a urn or a canonical (with its `|version` in `version`). */
  readonly url?: string;
  readonly version?: string;
  readonly identifier?: { readonly system?: string; readonly value?: string };
  readonly display?: string;
}
/** Half-open [lo, hi) in milliseconds since 1970; -Infinity and +Infinity for open ends of a Period. */
export interface DateEntry extends Of {
  readonly kind: 'date';
  readonly lo: number;
  readonly hi: number;
}
export interface NumberEntry extends Of {
  readonly kind: 'number';
  /** Range elements give lo < hi; a plain number lo = hi. */
  readonly lo: number;
  readonly hi: number;
}
export interface QuantityEntry extends Of {
  readonly kind: 'quantity';
  readonly lo: number;
  readonly hi: number;
  readonly system?: string;
  readonly code?: string;
  readonly unit?: string;
}
export interface UriEntry extends Of {
  readonly kind: 'uri';
  readonly value: string;
}
/** One entry for each element that the composite is rooted at; `parts[i]` are the values of its i-th component there. */
export interface CompositeEntry extends Of {
  readonly kind: 'composite';
  readonly parts: readonly (readonly IndexEntry[])[];
}
