// The RecordStore in memory: the oracle for every other adapter, and what a device keeps its disposable copy in.
//
// Correct before fast: a commit is built aside and set at once; searches walk one type at a time. Without a disk, what is
// acknowledged is there as long as the record is (a second store over the same `MemoryRecord` finds it).
import { assert } from '../base/assert.ts';
import type { Digest } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { ExtractOptions } from '../fhir/search/extract.ts';
import type { SearchQuery } from '../fhir/search/query.ts';
import { comparePlaces, compareTexts } from './ancestry.ts';
import type { ConflictPage, ConflictQuery, Siblings } from './conflicts.ts';
import { tick } from './hlc.ts';
import { assembled, landed, storedAt, type Kept, type KeptRevision, type Making } from './memory-kept.ts';
import { inheritedScope, keptOf, newMemoryRecord, setKept, type MemoryRecord } from './memory-record.ts';
import { conflictsOf, siblingsOf } from './memory-conflicts.ts';
import { matching, searchMemory } from './memory-search.ts';
import { verifyMemory } from './memory-verify.ts';
import { homeOfScope, installOf, nodeScope, scopeOf } from './scope.ts';
import { assertStorable, bytesOf, sealCommit, sealRevision, type SealedRevision } from './seal.ts';
import {
  COMMIT_BYTES_MAX,
  EVERYTHING,
  type Appended,
  type AppendRefusal,
  type ArrivedCommit,
  type Candidate,
  type CommitDraft,
  type HistoryPage,
  type HistoryQuery,
  type Progress,
  type RecordStore,
  type ResourceKey,
  type RevisionDraft,
  type SearchGuard,
  type SearchLimits,
  type SearchPage,
  type SearchRefusal,
  type Stored,
  type VerifyReport,
  type Version,
  type Visibility,
  type Written,
} from './store.ts';
import { homeCompartment } from '../fhir/compartment.ts';
import { DEFAULT_POLICIES, type Policies } from './view.ts';
import { aroundOf } from './memory-around.ts';
import { isVersionVisible, isVisible, labelsOf, seenAs, type Around } from './visible.ts';

export interface MemoryStoreOptions {
  readonly digest: Digest;
  /** `install.epoch`; drawn afresh each time a process opens a record. */
  readonly origin: string;
  readonly policies?: Policies;
  readonly extracting?: ExtractOptions;
  /** The id of the node key that vouches for the origin; '' unless told. */
  readonly key?: string;
  /**
   * Makes a commit durable before anybody sees it, and may add a signature. What it throws changes nothing. With it, the caller
   * hands in one append at a time.
   */
  readonly persist?: (commit: ArrivedCommit) => Promise<ArrivedCommit>;
}

export function createMemoryStore(options: MemoryStoreOptions, record: MemoryRecord = newMemoryRecord()): RecordStore {
  return new MemoryStore(options, record);
}

class MemoryStore implements RecordStore {
  private readonly making: Making;
  private readonly origin: string;
  private readonly record: MemoryRecord;
  private readonly key: string;
  private readonly persist: MemoryStoreOptions['persist'];

  constructor(options: MemoryStoreOptions, record: MemoryRecord) {
    const { digest, origin, policies, extracting, key, persist } = options;
    this.making = { digest, policies: policies ?? DEFAULT_POLICIES, extracting: extracting ?? {} };
    this.origin = origin;
    this.key = key ?? '';
    this.persist = persist;
    this.record = record;
  }

  async append(draft: CommitDraft): Promise<Result<Appended, AppendRefusal>> {
    assertStorable(draft);
    const { record, making } = this;
    for (const revision of draft.revisions) {
      const { key, expectedHeads } = revision;
      const heads = keptOf(record, key)?.heads ?? [];
      if (expectedHeads && !sameTexts(expectedHeads, heads)) return err({ kind: 'stale', key, heads });
    }
    const guards = draft.guards ?? [];
    for (let guard = 0; guard < guards.length; guard++) {
      const each = guards[guard];
      if (each && !this.holds(each)) return err({ kind: 'criteria-changed', guard });
    }
    let hlc = record.lastHlc;
    const sealed = draft.revisions.map((revision) => {
      hlc = tick(hlc, draft.receivedAt);
      return sealRevision(making.digest, revision, this.scopeOf(revision), hlc);
    });
    const tip = this.tip();
    const entries = sealed.map(({ hash }) => hash);
    const commit = sealCommit(making.digest, tip, entries, draft.receivedAt, this.key);
    const bytes = bytesOf(sealed) + commit.header.length;
    if (bytes > COMMIT_BYTES_MAX) return err({ kind: 'too-large', bytes, limit: COMMIT_BYTES_MAX });

    const changed = sealed.map((each) => landed(making, keptOf(record, each.draft.key), each, draft.receivedAt));
    // What follows from them, too: nothing of it may fail once the disk has the commit.
    for (const { stored, indexed } of changed)
      assert(stored.deleted || indexed?.entries !== undefined, 'what is live is found');
    const { origin, seq, prev, hash, header } = commit;
    const arrival = record.commits.length + 1;
    const made: ArrivedCommit = { arrival, origin, seq, prev, hash, header, revisions: sealed.map(carried) };
    const arrived = this.persist === undefined ? made : await this.persist(made);
    // From here on nothing can fail: readers see all of it or none.
    record.lastHlc = hlc;
    for (const kept of changed) setKept(record, kept.key, kept);
    record.commits.push(arrived);
    return ok({ origin, seq, hash, written: changed.map(writtenOf) });
  }

  async read(keys: readonly ResourceKey[], visible: Visibility): Promise<readonly (Stored | undefined)[]> {
    const around = aroundOf(this.record);
    return keys.map((key) => this.visibleKept(key, visible, around)?.stored);
  }

  async readVersion(key: ResourceKey, versionId: string, visible: Visibility): Promise<Stored | undefined> {
    const around = aroundOf(this.record);
    const kept = this.visibleKept(key, visible, around);
    if (kept === undefined) return undefined;
    const own = kept.revisions.get(versionId);
    const version = kept.versions.get(versionId) ?? (own && { heads: [versionId], lastUpdatedAt: own.lastUpdatedAt });
    if (version === undefined) return undefined;
    const heads = version.heads.map((head) => kept.revisions.get(head)).filter((head) => head !== undefined);
    const labels = new Set(heads.flatMap((head) => [...head.labels]));
    const homes = versionId === kept.stored.versionId ? [] : heads.map(({ scope }) => homeOfScope(scope));
    if (!isVersionVisible(visible, kept.seen, { labels, homes }, around)) return undefined;
    return storedAt(this.making, key, kept.revisions, version.heads, version.lastUpdatedAt);
  }

  async history(query: HistoryQuery, visible: Visibility): Promise<HistoryPage> {
    const { type, id, since, at, count, after } = query;
    const found: { readonly kept: Kept; readonly revision: KeptRevision }[] = [];
    const around = aroundOf(this.record);
    for (const kept of this.ofHistory(type, id)) {
      if (!isVisible(visible, kept.seen, around)) continue;
      const until = at === undefined ? undefined : currentUntil(kept);
      for (const revision of kept.revisions.values()) {
        if (since !== undefined && revision.lastUpdatedAt < since) continue;
        const end = until?.get(revision.hash) ?? Infinity;
        if (at !== undefined && !(revision.lastUpdatedAt < at.hi && end > at.lo)) continue;
        const said = { labels: revision.labels, homes: [homeOfScope(revision.scope)] };
        if (isVersionVisible(visible, kept.seen, said, around)) found.push({ kept, revision });
      }
    }
    // Of one resource ancestry orders; over many, time does first.
    const byTime = id === undefined;
    const compare = (a: KeptRevision, b: KeptRevision): number =>
      (byTime ? b.lastUpdatedAt - a.lastUpdatedAt : 0) || comparePlaces(b, a);
    found.sort((a, b) => compare(a.revision, b.revision));
    const last = after === undefined ? undefined : this.revisionNamed(after);
    const rest = last === undefined ? found : found.filter(({ revision }) => compare(revision, last) > 0);
    const page = rest.slice(0, count);
    const end = page.at(-1);
    return {
      versions: page.map(({ kept, revision }) => versionOf(kept, revision)),
      total: found.length,
      ...(end !== undefined && rest.length > page.length ? { next: cursorOf(end.kept.key, end.revision) } : {}),
    };
  }

  async search(
    query: SearchQuery,
    visible: Visibility,
    limits: SearchLimits,
  ): Promise<Result<SearchPage, SearchRefusal>> {
    return searchMemory(this.record, query, visible, limits);
  }

  async conflicts(query: ConflictQuery, visible: Visibility): Promise<ConflictPage> {
    return conflictsOf(this.record, query, visible);
  }

  async siblings(key: ResourceKey, visible: Visibility): Promise<Siblings | undefined> {
    return siblingsOf(this.record, key, visible);
  }

  async wouldSee(candidates: readonly Candidate[], visible: Visibility): Promise<readonly boolean[]> {
    const around = aroundOf(this.record);
    return candidates.map((each) => isVisible(visible, seenAs(each, this.making.extracting), around));
  }

  async feed(after: number, limit: number): Promise<readonly ArrivedCommit[]> {
    return this.record.commits.slice(after, after + limit);
  }

  async verify(progress?: Progress): Promise<VerifyReport> {
    return verifyMemory(this.record, this.making, progress);
  }

  async reindex(progress?: Progress): Promise<{ readonly resources: number }> {
    const { record, making } = this;
    const all = [...record.kept.values()].flatMap((ofType) => [...ofType.values()]);
    let done = 0;
    for (const { key, revisions, heads, versions, stored } of all) {
      setKept(record, key, assembled(making, key, revisions, heads, versions, stored.lastUpdatedAt));
      progress?.(++done, all.length);
    }
    return { resources: all.length };
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  private holds({ query, found, visible }: SearchGuard): boolean {
    const now = matching(this.record, query, visible ?? EVERYTHING).map(({ key }) => `${key.type}/${key.id}`);
    return sameTexts(
      now,
      found.map(({ type, id }) => `${type}/${id}`),
    );
  }

  private scopeOf({ key, body, parents, scope }: RevisionDraft): readonly string[] {
    if (body === undefined) return inheritedScope(keptOf(this.record, key), parents);
    if (scope === 'node') return [nodeScope(installOf(this.origin))];
    return scopeOf(key.type, homeCompartment(body.resource, this.making.extracting), labelsOf(body.resource));
  }

  private tip(): { origin: string; nextSeq: number; prev: string } {
    const own = this.record.commits.findLast(({ origin }) => origin === this.origin);
    return { origin: this.origin, nextSeq: (own?.seq ?? 0) + 1, prev: own?.hash ?? '' };
  }

  private visibleKept(key: ResourceKey, visible: Visibility, around: Around): Kept | undefined {
    const kept = keptOf(this.record, key);
    return kept !== undefined && isVisible(visible, kept.seen, around) ? kept : undefined;
  }

  private ofHistory(type: string | undefined, id: string | undefined): Iterable<Kept> {
    if (type === undefined) return [...this.record.kept.values()].flatMap((ofType) => [...ofType.values()]);
    const ofType = this.record.kept.get(type) ?? new Map<string, Kept>();
    if (id === undefined) return ofType.values();
    const kept = ofType.get(id);
    return kept === undefined ? [] : [kept];
  }

  private revisionNamed(cursor: string): KeptRevision | undefined {
    const [type, id, hash] = JSON.parse(cursor) as readonly string[];
    return keptOf(this.record, { type: type ?? '', id: id ?? '' })?.revisions.get(hash ?? '');
  }
}

const writtenOf = ({ key, stored }: Kept): Written => ({
  key,
  versionId: stored.versionId,
  lastUpdatedAt: stored.lastUpdatedAt,
  home: stored.home,
});

const cursorOf = (key: ResourceKey, revision: KeptRevision): string =>
  JSON.stringify([key.type, key.id, revision.hash]);

const carried = ({ hash, header, draft }: SealedRevision): ArrivedCommit['revisions'][number] => ({
  hash,
  header,
  text: draft.body?.text,
});

function versionOf({ key }: Kept, revision: KeptRevision): Version {
  return {
    key,
    home: homeOfScope(revision.scope),
    versionId: revision.hash,
    lastUpdatedAt: revision.lastUpdatedAt,
    deleted: revision.text === undefined,
    text: revision.text ?? '',
    splice: revision.splice,
    kind: revision.kind,
    parents: revision.parents,
    ...(revision.author === undefined ? {} : { author: revision.author }),
  };
}

/** By hash: when the first child came. */
function currentUntil({ revisions }: Kept): ReadonlyMap<string, number> {
  const until = new Map<string, number>();
  for (const child of revisions.values()) {
    for (const parent of child.parents) {
      until.set(parent, Math.min(until.get(parent) ?? Infinity, child.lastUpdatedAt));
    }
  }
  return until;
}

/** Alike as sets; neither holds anything twice. */
function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  const right = [...b].sort(compareTexts);
  return [...a].sort(compareTexts).every((text, i) => text === right[i]);
}
