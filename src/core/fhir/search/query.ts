// A search as a tree: what `parse.ts` makes of a URL, and what every RecordStore answers.
//
//   Q1  A query names only parameters that exist for its type, so a store never has to refuse one.
//   Q2  Criteria of `where` are joined by AND; the values inside one criterion by OR.
//   Q3  A query holds no clock and no server name: `parse.ts` resolves both first.

export interface SearchQuery {
  /** The types searched: one for `GET /Type`, several (or all) for a search of the whole system. Never empty. */
  readonly types: readonly string[];
  readonly where: readonly Criterion[];
  readonly sort: readonly SortKey[];
  /** At most `count` matches a page; 0 asks for the total only. */
  readonly count: number;
  /** Where the page before ended, as that page's `next` said; opaque to everyone but the store that made it. */
  readonly after?: Cursor;
  readonly total: 'none' | 'accurate';
  readonly include: readonly Include[];
}

/** Made of plain JSON so that the rim can seal it into a link. */
export type Cursor = string;

export type Criterion =
  | ParamCriterion
  | ChainCriterion
  | HasCriterion
  | IdCriterion
  | LastUpdatedCriterion
  | CompartmentCriterion
  | AnyCriterion;

/** A search parameter of the resource itself: `code:not=a,b`. `_tag`, `_profile`, `_security`, `_source` come as `param` too. */
export interface ParamCriterion {
  readonly kind: 'param';
  readonly param: string;
  readonly type: ParamType;
  readonly modifier?: Modifier;
  readonly values: readonly SearchValue[];
}
/** `subject:Patient.name=x`: one of the reference targets of `type` satisfies `where`. */
export interface ChainCriterion {
  readonly kind: 'chain';
  readonly param: string;
  readonly targetType: string;
  readonly where: Criterion;
}
/** `_has:Observation:patient:code=x`: some `type` that refers here by `param` satisfies `where`. */
export interface HasCriterion {
  readonly kind: 'has';
  readonly type: string;
  readonly param: string;
  readonly where: Criterion;
}
export interface IdCriterion {
  readonly kind: 'id';
  readonly ids: readonly string[];
  readonly not?: boolean;
}
export interface LastUpdatedCriterion {
  readonly kind: 'lastUpdated';
  readonly values: readonly DateValue[];
}
/** Member of a compartment: any of `params[type]` refers to `type/id` (http://hl7.org/fhir/R4/compartmentdefinition.html). */
export interface CompartmentCriterion {
  readonly kind: 'compartment';
  readonly type: string;
  readonly id: string;
}
/** OR of criteria: an untyped chain over several target types; members of an empty one match nothing. */
export interface AnyCriterion {
  readonly kind: 'any';
  readonly of: readonly Criterion[];
}

export type ParamType =
  | 'token'
  | 'string'
  | 'reference'
  | 'date'
  | 'number'
  | 'quantity'
  | 'uri'
  | 'composite'
  | 'text';
export type Modifier =
  | 'missing'
  | 'exact'
  | 'contains'
  | 'text'
  | 'not'
  | 'of-type'
  | 'identifier'
  | 'above'
  | 'below'
  | 'in'
  | 'not-in';

export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

export type SearchValue =
  | { readonly kind: 'missing'; readonly missing: boolean }
  | TokenValue
  | { readonly kind: 'string'; readonly value: string }
  | ReferenceValue
  | DateValue
  | NumberValue
  | QuantityValue
  | { readonly kind: 'uri'; readonly value: string }
  | { readonly kind: 'composite'; readonly components: readonly ComponentValue[] }
  /** `_text`, `_content`: words that must all stand in the narrative or anywhere. */
  | { readonly kind: 'words'; readonly words: readonly string[] };

/** `system` absent: any system; '' : none. `code` absent: any code of the system. `type` for :of-type. `:in` and the like are
 * expanded by `parse.ts` to the tokens they stand for before the query reaches a store. */
export interface TokenValue {
  readonly kind: 'token';
  readonly system?: string;
  readonly code?: string;
  readonly ofType?: { readonly system: string; readonly code: string };
}
/** `targets` are the possible `Type/id`s (several where the search named no type); `url` for absolute ones and canonicals.
 * Both for an absolute URL of this server: either may be what is there. `version` absent: any version; '': none. */
export interface ReferenceValue {
  readonly kind: 'reference';
  readonly targets: readonly { readonly type: string; readonly id: string }[];
  readonly url?: string;
  readonly version?: string;
  /** With `:identifier`. */
  readonly identifier?: TokenValue;
}
/** The value's own precision as [lo, hi) in ms; `approximate` widens it for `ap` (already resolved against the clock). */
export interface DateValue {
  readonly kind: 'date';
  readonly prefix: Prefix;
  readonly lo: number;
  readonly hi: number;
}
/** `value` with its implied precision as [lo, hi): 100 → [99.5, 100.5) (http://hl7.org/fhir/R4/search.html#number). */
export interface NumberValue {
  readonly kind: 'number';
  readonly prefix: Prefix;
  readonly value: number;
  readonly lo: number;
  readonly hi: number;
}
export interface QuantityValue {
  readonly kind: 'quantity';
  readonly prefix: Prefix;
  readonly value: number;
  readonly lo: number;
  readonly hi: number;
  readonly system?: string;
  /** Matches `code`, or `unit` when no system was given. */
  readonly code?: string;
}
export interface ComponentValue {
  readonly param: string;
  readonly type: ParamType;
  readonly value: SearchValue;
}

export interface SortKey {
  /** A parameter's code, or `_id`, `_lastUpdated`. */
  readonly param: string;
  readonly type: ParamType | 'id' | 'lastUpdated';
  readonly descending: boolean;
}

export interface Include {
  readonly kind: 'include' | 'revinclude';
  /** `_include=Observation:subject:Patient` → source Observation, param subject, target Patient. */
  readonly source: string;
  /** A parameter's code, or `*`. */
  readonly param: string;
  readonly target?: string;
  readonly iterate: boolean;
}
