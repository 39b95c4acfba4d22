// What a memory store keeps, and how one resource changes when a revision lands. Values are replaced, never changed in
// place, so that a commit is built aside and then set at once (RS2).
import type { ResourceJson } from '../base/json-types.ts';
import type { Digest, Hash, Instant } from '../base/ports.ts';
import { homeCompartment } from '../fhir/compartment.ts';
import { extract, type ExtractOptions } from '../fhir/search/extract.ts';
import type { Indexed } from '../fhir/search/evaluate.ts';
import type { IndexEntry } from '../fhir/search/index-entry.ts';
import { headsAfter, lowestCommonAncestors, type Node, type Place } from './ancestry.ts';
import { versionIdOf } from './envelope.ts';
import { HLC_START, type Hlc } from './hlc.ts';
import { homeOfScope } from './scope.ts';
import type { SealedRevision } from './seal.ts';
import type { ArrivedCommit, Author, ResourceKey, RevisionKind, Stored } from './store.ts';
import { authorOf, shownOf, viewOf, type Head, type Policies } from './view.ts';
import { labelsOf, NO_LABELS, type Seen } from './visible.ts';

export interface KeptRevision extends Node, Place {
  readonly kind: RevisionKind;
  readonly header: string;
  readonly bodyHash: Hash | '';
  readonly text: string | undefined;
  readonly splice: number;
  readonly resource: ResourceJson | undefined;
  readonly author: Author | undefined;
  readonly scope: readonly string[];
  /** Its own, or those of what it deleted. */
  readonly labels: ReadonlySet<string>;
  readonly lastUpdatedAt: Instant;
}
/** A head set that was current here. */
export interface KeptVersion {
  readonly heads: readonly Hash[];
  readonly lastUpdatedAt: Instant;
}
export interface Kept {
  readonly key: ResourceKey;
  readonly revisions: ReadonlyMap<Hash, KeptRevision>;
  readonly heads: readonly Hash[];
  readonly versions: ReadonlyMap<string, KeptVersion>;
  readonly stored: Stored;
  readonly seen: Seen;
  /** The union over the live heads; [] when deleted. */
  readonly entries: readonly IndexEntry[];
  /** Of the live heads: the displayed one first. */
  readonly bodies: readonly ResourceJson[];
  /** For the evaluator; undefined when deleted: no search finds it. */
  readonly indexed: Indexed | undefined;
}

/** Everything a memory store knows. A second store over the same record is the first one reopened. */
export interface MemoryRecord {
  /** By type and id. Changed by `setKept` alone. */
  readonly kept: Map<string, Map<string, Kept>>;
  /** The same by home compartment and name, of patients alone: a chart is read without a walk over the record. */
  readonly homes: Map<string, Map<string, Kept>>;
  readonly commits: ArrivedCommit[];
  lastHlc: Hlc;
  /** Grows with every change: what was derived at the same number still holds. */
  edition: number;
  /** Told of every change: in whose compartment it was, or is; '' for none. */
  changed: ((home: string) => void) | undefined;
}
export const newMemoryRecord = (): MemoryRecord => ({
  kept: new Map(),
  homes: new Map(),
  commits: [],
  lastHlc: HLC_START,
  edition: 0,
  changed: undefined,
});

/** Sets or, where `kept` is undefined, takes away what is kept under `key`. */
export function setKept(record: MemoryRecord, key: ResourceKey, kept: Kept | undefined): void {
  const { type, id } = key;
  const name = `${type}/${id}`;
  let ofType = record.kept.get(type);
  const before = ofType?.get(id)?.seen.home;
  const after = kept?.seen.home;
  if (kept === undefined) ofType?.delete(id);
  else {
    if (ofType === undefined) record.kept.set(type, (ofType = new Map()));
    ofType.set(id, kept);
  }
  if (before !== undefined && before !== '' && before !== after) {
    const home = record.homes.get(before);
    home?.delete(name);
    if (home?.size === 0) record.homes.delete(before);
  }
  if (kept !== undefined && after !== undefined && after !== '') {
    const home = record.homes.get(after);
    if (home === undefined) record.homes.set(after, new Map([[name, kept]]));
    else home.set(name, kept);
  }
  record.edition += 1;
  if (record.changed === undefined) return;
  if (after !== undefined) record.changed(after);
  if (before !== undefined && before !== after) record.changed(before);
}

export const keptOf = (record: MemoryRecord, { type, id }: ResourceKey): Kept | undefined =>
  record.kept.get(type)?.get(id);

export interface Making {
  readonly digest: Digest;
  readonly policies: Policies;
  readonly extracting: ExtractOptions;
}

/** The scope of what a revision without a body deletes: that of its first parent here. */
export function inheritedScope(kept: Kept | undefined, parents: readonly Hash[]): readonly string[] {
  const parent = parents.map((hash) => kept?.revisions.get(hash)).find((each) => each !== undefined);
  return parent?.scope ?? [];
}

/** The resource after `sealed` landed on it at `receivedAt`. */
export function landed(making: Making, kept: Kept | undefined, sealed: SealedRevision, receivedAt: Instant): Kept {
  const { draft, hash, parents } = sealed;
  const known = parents.map((parent) => kept?.revisions.get(parent)).filter((each) => each !== undefined);
  const revision: KeptRevision = {
    hash,
    parents,
    hlc: sealed.hlc,
    generation: 1 + Math.max(0, ...known.map((parent) => parent.generation)),
    kind: draft.kind,
    header: sealed.header,
    bodyHash: sealed.bodyHash,
    text: draft.body?.text,
    splice: draft.body?.splice ?? 0,
    resource: draft.body?.resource,
    author: draft.author,
    scope: sealed.scope,
    labels: draft.body ? labelsOf(draft.body.resource) : unionOf(known.map((parent) => parent.labels)),
    lastUpdatedAt: receivedAt,
  };
  const revisions = new Map(kept?.revisions).set(hash, revision);
  const heads = headsAfter(kept?.heads ?? [], revision);
  const versions = new Map(kept?.versions);
  versions.set(versionIdOf(making.digest, heads), { heads, lastUpdatedAt: receivedAt });
  return assembled(making, draft.key, revisions, heads, versions, receivedAt);
}

/** A resource with all that is derived from its revisions and heads. */
export function assembled(
  making: Making,
  key: ResourceKey,
  revisions: ReadonlyMap<Hash, KeptRevision>,
  heads: readonly Hash[],
  versions: ReadonlyMap<string, KeptVersion>,
  lastUpdatedAt: Instant,
): Kept {
  const { composed, ...shown } = viewAt(making, key, revisions, heads, lastUpdatedAt);
  const live = heads.map((hash) => revisions.get(hash)).filter((each) => each !== undefined);
  const displayed = revisions.get(shown.displayed);
  const own = composed ?? displayed?.resource;
  const bodies = [own, ...live.filter((each) => each.resource !== own).map((each) => each.resource)].filter(
    (each) => each !== undefined,
  );
  const [first] = bodies;
  const home = first === undefined ? homeOfScope(displayed?.scope ?? []) : homeCompartment(first, making.extracting);
  const entries = entriesOf(making, bodies);
  const indexed: Indexed | undefined =
    first === undefined
      ? undefined
      : { ...key, lastUpdatedAt, entries, resource: bodies.length === 1 ? first : together(first, bodies) };
  return {
    key,
    revisions,
    heads,
    versions,
    stored: { ...shown, home },
    seen: { type: key.type, home, labels: unionOf(live.map((each) => each.labels)), indexed },
    entries,
    bodies,
    indexed,
  };
}

/** One thing to read the words of several heads from: the narratives together, and everything else beside them. */
function together(first: ResourceJson, bodies: readonly ResourceJson[]): ResourceJson {
  const divs = bodies.map(({ text }) => (typeof text === 'object' && text !== null && 'div' in text ? text.div : ''));
  return { resourceType: first.resourceType, text: { div: divs.join(' ') }, heads: bodies };
}

/** What `heads` are shown as; `home` is what the header of the displayed one says. */
export function storedAt(
  making: Making,
  key: ResourceKey,
  revisions: ReadonlyMap<Hash, KeptRevision>,
  heads: readonly Hash[],
  lastUpdatedAt: Instant,
): Stored {
  const { composed: _, ...stored } = viewAt(making, key, revisions, heads, lastUpdatedAt);
  return stored;
}

/** With what is shown, parsed, where that is made up of several heads. */
function viewAt(
  making: Making,
  key: ResourceKey,
  revisions: ReadonlyMap<Hash, KeptRevision>,
  heads: readonly Hash[],
  lastUpdatedAt: Instant,
): Stored & { readonly composed?: ResourceJson } {
  const known = named(revisions, heads);
  const ancestors = heads.length < 2 ? [] : named(revisions, lowestCommonAncestors(revisions, heads));
  const view = viewOf(key.type, known, ancestors, making.policies);
  const displayed = revisions.get(view.displayed);
  const { text, body } = shownOf(view, known);
  return {
    key,
    home: homeOfScope(displayed?.scope ?? []),
    versionId: versionIdOf(making.digest, heads),
    lastUpdatedAt,
    heads,
    displayed: view.displayed,
    deleted: view.deleted,
    conflict: view.conflict,
    ...(view.severity === undefined ? {} : { severity: view.severity }),
    text,
    splice: view.deleted ? 0 : ((body ?? displayed)?.splice ?? 0),
    ...(body === undefined ? {} : { composed: body.resource }),
  };
}

/** As a view takes them. */
function named(revisions: ReadonlyMap<Hash, KeptRevision>, hashes: readonly Hash[]): readonly Head[] {
  return hashes.flatMap((hash): readonly Head[] => {
    const known = revisions.get(hash);
    if (known === undefined) return [];
    const { generation, hlc, text, parents, author } = known;
    return [{ hash, generation, hlc, text, parents, ...authorOf(author) }];
  });
}

/** The index says what the bodies say, whatever the order of the heads: entries are sorted and stand once. */
export function entriesOf(making: Making, bodies: readonly ResourceJson[]): readonly IndexEntry[] {
  const [only, ...more] = bodies;
  if (only === undefined) return [];
  if (more.length === 0) return extract(only, making.extracting);
  const byPrint = new Map<string, IndexEntry>();
  for (const body of bodies) {
    for (const entry of extract(body, making.extracting)) byPrint.set(JSON.stringify(entry), entry);
  }
  return [...byPrint].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

function unionOf(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  const [only] = sets;
  if (sets.length === 1 && only !== undefined) return only;
  const all = new Set<string>();
  for (const set of sets) for (const label of set) all.add(label);
  return all.size === 0 ? NO_LABELS : all;
}
