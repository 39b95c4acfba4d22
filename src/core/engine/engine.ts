// The record engine's surface. STUB of the types, to be written.
//
//   EN1  Nothing is stored that validation refuses.
//   EN2  Many changes given together land together or not at all.
//   EN3  An update without If-Match descends from the heads that are the heads when it lands.
import type { Instant } from '../base/ports.ts';
import type { Result } from '../base/result.ts';
import type { Fault } from '../fhir/fault.ts';
import type { SearchQuery } from '../fhir/search/query.ts';
import type { Author, ResourceKey, Stored, Visibility } from '../record/store.ts';

export interface Actor {
  readonly author?: Author;
  readonly visible: Visibility;
}

export type Change =
  /** POST. `text` is the resource as authored; `unless` is If-None-Exist. */
  | { readonly kind: 'create'; readonly type: string; readonly text: string; readonly unless?: SearchQuery; readonly id?: string }
  /** PUT: creates when there is none. `ifMatch` a versionId; `where` a conditional update. */
  | {
      readonly kind: 'update';
      readonly type: string;
      readonly id?: string;
      readonly text: string;
      readonly ifMatch?: string;
      readonly where?: SearchQuery;
    }
  | {
      readonly kind: 'patch';
      readonly type: string;
      readonly id?: string;
      readonly where?: SearchQuery;
      readonly ifMatch?: string;
      readonly patch: { readonly form: 'json-patch' | 'fhirpath-patch'; readonly text: string };
    }
  | {
      readonly kind: 'delete';
      readonly type: string;
      readonly id?: string;
      readonly where?: SearchQuery;
      readonly ifMatch?: string;
      /** A conditional delete may take several. */
      readonly many?: boolean;
    };

export interface Outcome {
  readonly key: ResourceKey;
  readonly versionId: string;
  readonly lastUpdatedAt: Instant;
  readonly did: 'created' | 'updated' | 'deleted' | 'nothing';
  /** What is there now; absent after a delete. */
  readonly stored?: Stored;
  readonly warnings: readonly Fault[];
}

export type ChangeRefusal =
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] }
  | { readonly kind: 'not-found'; readonly key: ResourceKey }
  | { readonly kind: 'deleted'; readonly key: ResourceKey }
  | { readonly kind: 'stale'; readonly key: ResourceKey; readonly have: string; readonly sent: string }
  | { readonly kind: 'many-matches'; readonly type: string; readonly count: number }
  | { readonly kind: 'too-large'; readonly bytes: number; readonly limit: number }
  | { readonly kind: 'contended'; readonly message: string };

/** The refusal of one change of several says which. */
export interface Refused {
  readonly refusal: ChangeRefusal;
  readonly index: number;
}

export interface RecordEngine {
  /** Lands all changes in one commit, or none. */
  change(changes: readonly Change[], actor: Actor): Promise<Result<readonly Outcome[], Refused>>;
}
