// From a batch of prepared commits and what is there to the rows that land.
//
//   1. Commits are judged in the order in which they came; one that is stale leaves the others as they are.
//   2. A key is written by one commit of a batch at most (the writer sees to it), so that each is judged by what the database holds.
//   3. The body of a resource's only head is kept in `resource` alone; once there are several heads, or another, in `revision`.
import { assert } from '../../../core/base/assert.ts';
import type { Hash } from '../../../core/base/ports.ts';
import { headsAfter } from '../../../core/record/ancestry.ts';
import { decodeRevision, versionIdOf } from '../../../core/record/envelope.ts';
import {
  sealCommit,
  sealRevision,
  type ChainTip,
  type SealedCommit,
  type SealedRevision,
} from '../../../core/record/seal.ts';
import type { Appended, AppendRefusal, ResourceKey } from '../../../core/record/store.ts';
import { COMMIT_BYTES_MAX } from '../../../core/record/store.ts';
import { authorOf, shownOf, viewOf, type Head, type View } from '../../../core/record/view.ts';
import { labelsOf } from '../../../core/record/visible.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import type { Compartment } from './hashes.ts';
import { deletedRows, labelTokens, viewTokens, type IndexRows } from './index-rows.ts';
import { arrayText, type LandedCommit, type LandedResource, type LandedRevision } from './land-sql.ts';
import {
  homeOfHeader,
  indexOfHead,
  scopeOfHeader,
  unionOf,
  type HeadIndex,
  type PreparedCommit,
  type PreparedRevision,
  type StoreTools,
} from './prepare.ts';

/** A revision that is there, with what a view and a child need of it. */
export interface Known extends Head {
  readonly header: string;
  readonly splice: number;
  readonly labels: readonly string[];
}
/** A resource as the database holds it, locked. */
export interface Current {
  readonly c: number;
  readonly rid: number;
  readonly n: number;
  readonly updated: number;
  /** Ascending. */
  readonly heads: readonly Hash[];
  /** One head, and it is the newest revision: its body is kept in `resource` alone. */
  readonly isPlain: boolean;
  /** The heads, and what the draft names as parents. The text of an only head that is superseded is not fetched: ''. */
  readonly known: ReadonlyMap<Hash, Known>;
  /** The lowest common ancestors of what the heads will be, where those are several; as far as they are kept. */
  readonly ancestors: readonly Known[];
}

export interface Judged {
  readonly commits: readonly { readonly prepared: PreparedCommit; readonly appended: Appended }[];
  readonly refused: readonly { readonly prepared: PreparedCommit; readonly refusal: AppendRefusal }[];
  readonly landedCommits: readonly LandedCommit[];
  readonly resources: readonly LandedResource[];
  /** What was there of `resources`, to be taken away first. */
  readonly replaced: readonly Current[];
  readonly tip: ChainTip;
}

/** The name by which a batch knows a resource. */
export const nameOf = (key: ResourceKey): string => `${key.type}/${key.id}`;

/** `rids` hands out numbers for new resources; `brokenGuards` says which commits' guards no longer hold, and which guard. */
export function judge(
  tools: StoreTools,
  batch: readonly PreparedCommit[],
  current: ReadonlyMap<string, Current>,
  start: ChainTip,
  rids: () => number,
  brokenGuards: ReadonlyMap<PreparedCommit, number> = new Map(),
): Judged {
  const commits: { prepared: PreparedCommit; appended: Appended }[] = [];
  const refused: { prepared: PreparedCommit; refusal: AppendRefusal }[] = [];
  const landedCommits: LandedCommit[] = [];
  const resources: LandedResource[] = [];
  const replaced: Current[] = [];
  let tip = start;
  for (const prepared of batch) {
    const guard = brokenGuards.get(prepared);
    const refusal =
      staleness(prepared, current) ?? (guard === undefined ? undefined : { kind: 'criteria-changed' as const, guard });
    if (refusal) {
      refused.push({ prepared, refusal });
      continue;
    }
    const sealed = prepared.revisions.map((revision) => sealedOf(tools, revision, current));
    const bytes = sealed.reduce((sum, revision) => sum + revision.bytes, 0);
    const commit = sealCommit(
      tools.digest,
      tip,
      sealed.map((s) => s.hash),
      prepared.draft.receivedAt,
      '',
    );
    if (bytes + commit.header.length > COMMIT_BYTES_MAX) {
      refused.push({
        prepared,
        refusal: { kind: 'too-large', bytes: bytes + commit.header.length, limit: COMMIT_BYTES_MAX },
      });
      continue;
    }
    tip = { origin: tip.origin, nextSeq: tip.nextSeq + 1, prev: commit.hash };
    landedCommits.push({ seq: commit.seq, hash: commit.hash, header: commit.header });
    const landed = prepared.revisions.map((revision, entry) => {
      const before = current.get(nameOf(revision.draft.key));
      if (before) replaced.push(before);
      const name = sealed[entry];
      assert(name !== undefined, 'every revision was sealed');
      return land(tools, revision, name, entry, commit, before, rids);
    });
    resources.push(...landed);
    commits.push({ prepared, appended: answerOf(commit, landed) });
  }
  return { commits, refused, landedCommits, resources, replaced, tip };
}

function answerOf(commit: SealedCommit, landed: readonly LandedResource[]): Appended {
  const written = landed.map(({ type, id, version, updated, home }) => ({
    key: { type, id },
    versionId: version,
    lastUpdatedAt: updated,
    home,
  }));
  return { origin: commit.origin, seq: commit.seq, hash: commit.hash, written };
}

function staleness(prepared: PreparedCommit, current: ReadonlyMap<string, Current>): AppendRefusal | undefined {
  for (const { draft } of prepared.revisions) {
    if (draft.expectedHeads === undefined) continue;
    const heads = current.get(nameOf(draft.key))?.heads ?? [];
    const isAsExpected =
      heads.length === draft.expectedHeads.length && draft.expectedHeads.every((head) => heads.includes(head));
    if (!isAsExpected) return { kind: 'stale', key: draft.key, heads };
  }
  return undefined;
}

function sealedOf(
  tools: StoreTools,
  revision: PreparedRevision,
  current: ReadonlyMap<string, Current>,
): SealedRevision {
  if (revision.sealed) return revision.sealed;
  const known = current.get(nameOf(revision.draft.key))?.known;
  const parent = revision.draft.parents.map((hash) => known?.get(hash)).find((each) => each !== undefined);
  return sealRevision(tools.digest, revision.draft, parent ? scopeOfHeader(parent.header) : [], revision.hlc);
}

/** One revision as the rows that it comes to, on what was there `before`. */
export function land(
  tools: StoreTools,
  revision: PreparedRevision,
  sealed: SealedRevision,
  entry: number,
  commit: SealedCommit,
  before: Current | undefined,
  rids: () => number,
): LandedResource {
  const { draft } = revision;
  const parents = sealed.parents.map((hash) => before?.known.get(hash)).filter((each) => each !== undefined);
  const mine: Known = {
    hash: sealed.hash,
    hlc: sealed.hlc,
    generation: 1 + Math.max(0, ...parents.map((parent) => parent.generation)),
    text: draft.body?.text,
    splice: draft.body?.splice ?? 0,
    header: sealed.header,
    labels: draft.body ? [...labelsOf(draft.body.resource)] : [...new Set(parents.flatMap((parent) => parent.labels))],
  };
  const names = headsAfter(before?.heads ?? [], { hash: sealed.hash, parents: sealed.parents, hlc: sealed.hlc });
  const heads = names.map((hash) => (hash === mine.hash ? mine : before?.known.get(hash)));
  const known = heads.filter((each) => each !== undefined);
  assert(known.length === names.length, 'every head is known');
  const state = stateOf(tools, draft.key.type, known, before?.ancestors ?? [], {
    index: revision.index,
    of: mine.hash,
  });
  const isOnly = names.length === 1;
  const landed: LandedRevision = {
    seq: commit.seq,
    entry,
    generation: mine.generation,
    hlc: mine.hlc,
    hash: sealed.hash,
    header: sealed.header,
    splice: mine.splice,
    labels: mine.labels.length === 0 ? null : arrayText(mine.labels),
    body: isOnly ? null : (mine.text ?? null),
  };
  return {
    ...landedOf(state),
    rid: before?.rid ?? rids(),
    n: (before?.n ?? 0) + 1,
    updated: commit.receivedAt,
    type: draft.key.type,
    id: draft.key.id,
    version: versionIdOf(tools.digest, names),
    heads: isOnly ? null : names,
    revision: landed,
    isNewPlace: before === undefined || before.c !== state.compartment.key,
  };
}

/** What `resource` keeps of a state. */
export const landedOf = ({
  view,
  text,
  splice,
  home,
  compartment,
  rows,
}: State): Pick<LandedResource, 'c' | 'home' | 'displayed' | 'deleted' | 'conflict' | 'splice' | 'text' | 'rows'> => ({
  c: compartment.key,
  home,
  displayed: view.displayed,
  deleted: view.deleted,
  conflict: view.conflict,
  splice,
  text,
  rows,
});

/** What several heads, or one, come to. */
export interface State {
  readonly view: View;
  /** What is shown, and where a read inserts its version; '' and 0 when deleted. */
  readonly text: string;
  readonly splice: number;
  readonly home: string;
  readonly compartment: Compartment;
  readonly rows: IndexRows;
}

/**
 * What `heads` come to: the view, where the resource is kept, and its index. `ancestors`: their lowest common ones, as far as they are
 * kept. `ready` is the index of the head named `of`.
 */
export function stateOf(
  tools: StoreTools,
  type: string,
  heads: readonly Known[],
  ancestors: readonly Known[],
  ready?: { readonly index: HeadIndex | undefined; readonly of: Hash },
): State {
  const view = viewed(tools, type, heads, ancestors);
  const shown = heads.find((head) => head.hash === view.displayed);
  assert(shown !== undefined, 'a view shows one of the heads');
  const labels = new Set(heads.flatMap((head) => head.labels));
  if (view.deleted || shown.text === undefined) {
    const home = homeOfHeader(shown.header);
    const compartment = tools.compartment(home);
    return { view, text: '', splice: 0, home, compartment, rows: deletedRows(compartment, labelTokens(labels)) };
  }
  const indexed = (head: Known): HeadIndex =>
    ready?.index !== undefined && head.hash === ready.of
      ? ready.index
      : indexOfHead(tools, JSON.parse(head.text ?? '') as ResourceJson);
  const { text, body } = shownOf(view, heads);
  const first = body === undefined ? indexed(shown) : indexOfHead(tools, body.resource);
  const rest = heads.filter((head) => (body !== undefined || head !== shown) && head.text !== undefined).map(indexed);
  const { home } = first;
  const compartment = tools.compartment(home);
  const tokens = heads.length === 1 ? [] : viewTokens(view, tools.policyVersion);
  const rows = unionOf(type, first, rest, [...labelTokens(labels), ...tokens]);
  return { view, text, splice: body?.splice ?? shown.splice, home, compartment, rows };
}

/** The view of `heads`; of an only one nothing else is asked. */
export function viewed(
  { policies }: StoreTools,
  type: string,
  heads: readonly Known[],
  ancestors: readonly Known[],
): View {
  return heads.length === 1 ? viewOf(type, heads) : viewOf(type, heads.map(headOf), ancestors.map(headOf), policies);
}

/** As a view takes it: with what its header says. */
function headOf({ hash, generation, hlc, text, header }: Known): Head {
  const decoded = decodeRevision(header);
  return decoded.ok
    ? { hash, generation, hlc, text, parents: decoded.value.parents, ...authorOf(decoded.value.author) }
    : { hash, generation, hlc, text };
}
