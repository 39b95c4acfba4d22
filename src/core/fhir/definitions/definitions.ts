// R4 (4.0.1) as data: what the standard says of types, bindings, search parameters and compartments.
// STUB of the surface, to be written over `r4.generated.ts` (made by tools/build-definitions.mjs).

export interface Invariant {
  readonly key: string;
  readonly severity: 'error' | 'warning';
  readonly human: string;
  readonly expression: string;
}
export interface TypeRef {
  /** `HumanName`, `string`, `Reference`, a backbone's own name (`Patient.contact`), or `Resource` for any resource. */
  readonly code: string;
  /** Of a Reference or canonical: the resource types it may point at; absent or with `Resource`: any. */
  readonly targets?: readonly string[];
}
export interface ElementDef {
  /** `birthDate`; `value` for `value[x]`. */
  readonly name: string;
  readonly choice: boolean;
  readonly min: number;
  /** Infinity for `*`. */
  readonly max: number;
  readonly types: readonly TypeRef[];
  /** The value set's canonical (without version) where the binding is required. */
  readonly binding?: string;
  readonly summary: boolean;
  readonly modifier: boolean;
  readonly invariants: readonly Invariant[];
}
export interface TypeDef {
  readonly name: string;
  readonly kind: 'resource' | 'complex' | 'backbone' | 'primitive';
  /** Elements in the standard's order, inherited ones first (id, meta, …). */
  readonly elements: readonly ElementDef[];
  readonly invariants: readonly Invariant[];
}
export interface SearchParamDef {
  readonly code: string;
  readonly url: string;
  readonly type: 'token' | 'string' | 'reference' | 'date' | 'number' | 'quantity' | 'uri' | 'composite' | 'special';
  /** The part of the expression that is about this resource type. */
  readonly expression: string;
  readonly targets?: readonly string[];
  readonly components?: readonly { readonly code: string; readonly expression: string }[];
}

export interface Definitions {
  /** All R4 resource types, in alphabetical order (abstract ones left out). */
  readonly resourceTypes: readonly string[];
  type(name: string): TypeDef | undefined;
  /** By code, for a resource type: its own, and Resource's and DomainResource's (`_id`, `_tag`, `_text` …). */
  searchParams(resourceType: string): ReadonlyMap<string, SearchParamDef>;
  /** The codes of a required value set that can be enumerated: `code` and `system|code`; undefined where it cannot. */
  codes(valueSet: string): ReadonlySet<string> | undefined;
  /** By which search parameters `resourceType` is a member of a compartment; [] when never. `{def}` is left out. */
  compartmentParams(compartment: string, resourceType: string): readonly string[];
}
