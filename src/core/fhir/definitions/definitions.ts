// R4 (4.0.1) as data: what the standard says of types, bindings, search parameters and compartments.
// `r4.ts` implements it over `r4.generated.ts` (made by tools/build-definitions.mjs).

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
  /** `SimpleQuantity` of a `Quantity`: the one profiled data type that R4's own elements use. */
  readonly profile?: string;
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
  /** Those of this element alone (the type's own stand at the type). The focus of each is one instance of the element. */
  readonly invariants: readonly Invariant[];
}
export interface TypeDef {
  readonly name: string;
  readonly kind: 'resource' | 'complex' | 'backbone' | 'primitive';
  /** The type that it specialises: `DomainResource`, `Quantity` (of Age), `string` (of code); absent for Element and Resource. */
  readonly base?: string;
  /** Elements in the standard's order, inherited ones first (id, meta, …). */
  readonly elements: readonly ElementDef[];
  /** Inherited ones first. The focus of each is one instance of the type. */
  readonly invariants: readonly Invariant[];
}
export interface SearchParamDef {
  readonly code: string;
  readonly url: string;
  readonly type: 'token' | 'string' | 'reference' | 'date' | 'number' | 'quantity' | 'uri' | 'composite' | 'special';
  /** The part of the expression that is about this resource type; '' for `_text` and `_content`, which have none. */
  readonly expression: string;
  readonly targets?: readonly string[];
  readonly components?: readonly { readonly code: string; readonly expression: string }[];
}

export interface Definitions {
  /** All R4 resource types, in alphabetical order (abstract ones left out). */
  readonly resourceTypes: readonly string[];
  /** A resource (also the abstract `Resource` and `DomainResource`), data type, primitive or backbone by its name. */
  type(name: string): TypeDef | undefined;
  /** By code, for a resource type: its own, and Resource's and DomainResource's (`_id`, `_tag`, `_text` …). */
  searchParams(resourceType: string): ReadonlyMap<string, SearchParamDef>;
  /** The codes of a required value set that can be enumerated: `code` and `system|code`; undefined where it cannot. */
  codes(valueSet: string): ReadonlySet<string> | undefined;
  /** By which search parameters `resourceType` is a member of a compartment; [] when never. `{def}` is left out. */
  compartmentParams(compartment: string, resourceType: string): readonly string[];
}
