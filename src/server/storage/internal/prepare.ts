// From a draft to what its rows will hold, as far as that can be said before the current heads are known.
//
// All work on the processor is done here, when the draft comes in, so that a batch waits for the database alone.
import type { Digest } from '../../../core/base/ports.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import { homeCompartment } from '../../../core/fhir/compartment.ts';
import { extract } from '../../../core/fhir/search/extract.ts';
import { decodeRevision } from '../../../core/record/envelope.ts';
import type { Hlc } from '../../../core/record/hlc.ts';
import { homeOfScope, nodeScope, scopeOf } from '../../../core/record/scope.ts';
import { sealRevision, type SealedRevision } from '../../../core/record/seal.ts';
import type { Appended, AppendRefusal, CommitDraft, RevisionDraft } from '../../../core/record/store.ts';
import type { Result } from '../../../core/base/result.ts';
import { labelsOf } from '../../../core/record/visible.ts';
import type { Policies } from '../../../core/record/view.ts';
import type { Compartment } from './hashes.ts';
import { indexRows, siblingsToken, type IndexRows } from './index-rows.ts';

export interface StoreTools {
  readonly digest: Digest;
  readonly compartment: (name: string) => Compartment;
  readonly baseUrls: readonly string[];
  /** What several heads are shown as, and which version of the table says so. */
  readonly policies: Policies;
  readonly policyVersion: string;
}

/** What one live head says to the index. */
export interface HeadIndex {
  readonly home: string;
  readonly rows: IndexRows;
}

export interface PreparedRevision {
  readonly draft: RevisionDraft;
  readonly hlc: Hlc;
  /** Absent for what has no body: its scope is that of what it deletes, which is known when the heads are. */
  readonly sealed: SealedRevision | undefined;
  readonly index: HeadIndex | undefined;
}
export interface PreparedCommit {
  readonly draft: CommitDraft;
  readonly revisions: readonly PreparedRevision[];
  /** Nothing that is there is read or changed by it. */
  readonly createsOnly: boolean;
  readonly bytes: number;
  readonly settle: (result: Result<Appended, AppendRefusal>) => void;
  readonly fail: (error: unknown) => void;
}

/** What the index keeps of one head. */
export function indexOfHead(tools: StoreTools, resource: ResourceJson): HeadIndex {
  const options = { baseUrls: tools.baseUrls };
  const home = homeCompartment(resource, options);
  const entries = extract(resource, options);
  const id = typeof resource.id === 'string' ? resource.id : '';
  const rows = indexRows(resource.resourceType, id, entries, tools.compartment(home), labelsOf(resource));
  return { home, rows };
}

/** `install` is the name of this node. */
export function prepareRevision(tools: StoreTools, draft: RevisionDraft, hlc: Hlc, install: string): PreparedRevision {
  if (draft.body === undefined) return { draft, hlc, sealed: undefined, index: undefined };
  const index = indexOfHead(tools, draft.body.resource);
  const scope =
    draft.scope === 'node' ? [nodeScope(install)] : scopeOf(draft.key.type, index.home, labelsOf(draft.body.resource));
  const sealed = sealRevision(tools.digest, draft, scope, hlc);
  return { draft, hlc, sealed, index };
}

/**
 * Union over the live heads of a resource of `type`, with the home of the one that is shown; `labels` are those of all heads. Where
 * there are several, a token for each of their patients says so.
 */
export function unionOf(
  type: string,
  shown: HeadIndex,
  others: readonly HeadIndex[],
  labels: readonly number[],
): IndexRows {
  if (others.length === 0 && labels.every((label) => shown.rows.tokens.includes(label))) return shown.rows;
  const all = [shown, ...others].map((head) => head.rows);
  const hot = new Set(all.flatMap((rows) => rows.tokens.slice(0, rows.hot)));
  const cold = new Set([...all.flatMap((rows) => rows.tokens.slice(rows.hot)), ...labels]);
  // The home is that of the displayed head alone (RS9).
  for (const other of others) for (const token of other.rows.home) cold.delete(token);
  for (const token of shown.rows.home) cold.add(token);
  if (others.length > 0) {
    for (const { home } of [shown, ...others]) if (home !== '') hot.add(siblingsToken(type, home));
  }
  for (const token of hot) cold.delete(token);
  return {
    tokens: [...hot, ...cold],
    hot: hot.size,
    home: shown.rows.home,
    main: Math.min(...all.map((rows) => rows.main)),
    strings: distinct(all.flatMap((rows) => rows.strings)),
    dates: distinct(all.flatMap((rows) => rows.dates)),
    numbers: distinct(all.flatMap((rows) => rows.numbers)),
  };
}

function distinct<T>(rows: readonly T[]): readonly T[] {
  const seen = new Map<string, T>();
  for (const row of rows) seen.set(Object.values(row as Record<string, unknown>).join('|'), row);
  return [...seen.values()];
}

/** The scope of a revision; [] where its header is of a later version. */
export function scopeOfHeader(header: string): readonly string[] {
  const decoded = decodeRevision(header);
  return decoded.ok ? decoded.value.scope : [];
}
/** The home that a revision's scope says. */
export const homeOfHeader = (header: string): string => homeOfScope(scopeOfHeader(header));
