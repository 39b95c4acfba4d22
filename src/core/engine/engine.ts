// The record engine's surface: changes as an author means them, outcomes, refusals. `create-engine.ts` makes one.
//
//   EN1  Nothing is stored that validation refuses.
//   EN2  Many changes given together land together or not at all.
//   EN3  An update without ifMatch descends from the heads that are the heads when it lands.
//
// `specs/engine.md` says the rest.
import type { ResourceJson } from '../base/json-types.ts';
import type { Instant } from '../base/ports.ts';
import type { Result } from '../base/result.ts';
import type { Fault } from '../fhir/fault.ts';
import type { SearchQuery } from '../fhir/search/query.ts';
import type { Author, ResourceKey, Stored, Visibility } from '../record/store.ts';

export interface Actor {
  readonly author?: Author;
  readonly visible: Visibility;
  /** What the actor may write; absent: whatever it sees, and anything new. */
  readonly may?: WriteRights;
}
/** What is not visible is not found; what is visible but not in here is `forbidden`. */
export interface WriteRights {
  /** Of the resource as it will be. */
  readonly create: Visibility;
  /** Of the resource as it is, and as it will be. */
  readonly update: Visibility;
  /** Of the resource as it is. */
  readonly delete: Visibility;
  /** Whether an update of an id under which nothing is to be seen creates; else it is `not-found`, whatever is there. */
  readonly putCreates: boolean;
  /** What no table of types can say (labels, the node's own resources). A text: why not, without any value. */
  readonly judge: (write: ProposedWrite) => string | undefined;
}
export interface ProposedWrite {
  readonly key: ResourceKey;
  readonly before?: ResourceJson;
  readonly after?: ResourceJson;
}

export type Change = CreateChange | UpdateChange | PatchChange | DeleteChange;

/** POST. */
export interface CreateChange {
  readonly kind: 'create';
  readonly type: string;
  /** The resource as authored. An id in it is replaced. */
  readonly text: string;
  /** If-None-Exist. */
  readonly unless?: SearchQuery;
  /** The id to use, where the caller must know it beforehand. With `unless`: then a match is `contended`, not an answer. */
  readonly id?: string;
}

/** What the three that change something share. */
interface Aimed {
  readonly type: string;
  /** With `where`: what the caller saw it find. Should it find another, the answer is `contended`. */
  readonly id?: string;
  readonly where?: SearchQuery;
  /** A versionId; `*`: whatever is there, if something is. */
  readonly ifMatch?: string;
  /** If-None-Match: versions that must not be the one that is there; 'any': nothing may be there. */
  readonly ifNoneMatch?: 'any' | readonly string[];
  /** The author was shown the conflict and decided it. Needs `ifMatch`. */
  readonly resolves?: boolean;
  /** Every given dose among the sides stays (CW8): said by `resolve-conflict.ts`, which looked at them. */
  readonly dosesKept?: boolean;
}
/** PUT: creates when there is none. */
export interface UpdateChange extends Aimed {
  readonly kind: 'update';
  readonly text: string;
}
export interface PatchChange extends Aimed {
  readonly kind: 'patch';
  readonly patch: { readonly form: PatchForm; readonly text: string };
}
export interface DeleteChange extends Aimed {
  readonly kind: 'delete';
  /** A conditional delete may take several. */
  readonly many?: boolean;
}
export type PatchForm = 'json-patch' | 'fhirpath-patch';

export interface Outcome {
  readonly key: ResourceKey;
  /** '' where there is none: a delete that found nothing. */
  readonly versionId: string;
  readonly lastUpdatedAt: Instant;
  readonly did: 'created' | 'updated' | 'deleted' | 'nothing';
  /** What is there now; absent after a delete, and in what a delete did not find. */
  readonly stored?: Stored;
  /** The commit that it is in, as `origin:seq`; absent where nothing was written. */
  readonly commit?: string;
  /** What else a conditional delete took. */
  readonly also?: readonly ResourceKey[];
  readonly warnings: readonly Fault[];
}

export type ChangeRefusal =
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] }
  /** The id is '' where criteria found nothing. */
  | { readonly kind: 'not-found'; readonly key: ResourceKey }
  | { readonly kind: 'deleted'; readonly key: ResourceKey }
  /** `have` is '' where there is nothing. */
  | { readonly kind: 'stale'; readonly key: ResourceKey; readonly have: string; readonly sent: string }
  /** `count` or more. */
  | { readonly kind: 'many-matches'; readonly type: string; readonly count: number }
  | { readonly kind: 'too-large'; readonly bytes: number; readonly limit: number }
  | { readonly kind: 'contended'; readonly message: string }
  /** Seen, but not for this actor to write. */
  | { readonly kind: 'forbidden'; readonly key: ResourceKey; readonly why: string };

/** The refusal of one change of several says which. */
export interface Refused {
  readonly refusal: ChangeRefusal;
  readonly index: number;
}

export interface RecordEngine {
  /** Lands all changes in one commit, or none. Outcomes come in the order of the changes. */
  change(changes: readonly Change[], actor: Actor): Promise<Result<readonly Outcome[], Refused>>;
}
