// A SyncStore, and a RecordStore, over one memory record, with the log of what it holds as a port: what a device keeps, in a browser
// or without a screen.
//
//   DV1  Nothing is acknowledged, shown or told to a peer before the log has it.
//   DV2  Replaying the log gives the same store; a beginning of it gives a state that could have been.
//   DV3  What is written by one opening has an origin that no other opening used, and the incarnation is new.
//   SY16 A link's record stands behind what it covers.
//
// Writes are done one after another; reads see the last one that the log has.
import { assert } from '../base/assert.ts';
import { toBase32 } from '../base/base32.ts';
import type { Chance, Clock, Digest, Hash, Instant } from '../base/ports.ts';
import type { Result } from '../base/result.ts';
import type { ExtractOptions } from '../fhir/search/extract.ts';
import type { SearchQuery } from '../fhir/search/query.ts';
import type { ConflictPage, ConflictQuery, Siblings } from '../record/conflicts.ts';
import { decodeCommit } from '../record/envelope.ts';
import { HLC_START, witness } from '../record/hlc.ts';
import type { Making } from '../record/memory-kept.ts';
import { newMemoryRecord, type MemoryRecord } from '../record/memory-record.ts';
import { createMemoryStore } from '../record/memory-store.ts';
import { verifyMemory } from '../record/memory-verify.ts';
import { sealCommit } from '../record/seal.ts';
import type {
  Appended,
  AppendRefusal,
  ArrivedCommit,
  Candidate,
  CommitDraft,
  HistoryPage,
  HistoryQuery,
  Progress,
  RecordStore,
  ResourceKey,
  SearchLimits,
  SearchPage,
  SearchRefusal,
  Stored,
  VerifyReport,
  Visibility,
} from '../record/store.ts';
import { DEFAULT_POLICIES, type Policies } from '../record/view.ts';
import { partOf, type Part } from './compare.ts';
import { judgeArrivals } from './judge-arrivals.ts';
import type { Verdict } from './judge-commit.ts';
import { Ledger, type AsideCommit } from './memory-sync-ledger.ts';
import type { LogEntry, OutboxLog } from './memory-sync-log.ts';
import type {
  CarriedCommit,
  CarriedRevision,
  Durability,
  Foremost,
  Held,
  LinkRecord,
  LinkWrite,
  Mark,
  Place,
  SyncStore,
  Tip,
} from './ports.ts';
import type { Scopes } from './scopes.ts';

export interface MemorySyncOptions {
  readonly digest: Digest;
  readonly clock: Clock;
  readonly chance: Chance;
  /** The node's name: what its origins begin with. */
  readonly node: string;
  readonly policies?: Policies;
  readonly extracting?: ExtractOptions;
  /** Signs what this node writes: the id of its key, and the signature of a commit's hash. */
  readonly signing?: { readonly key: string; sign(hash: Hash): string | Promise<string> };
  /** What a peer below may have; nobody, unless told. */
  readonly grants?: (peer: string) => Scopes;
  /** Told in whose compartment something came, went or was written: `Patient/1`, '' for none. Not of what is opened with. */
  readonly changed?: (home: string, key?: ResourceKey) => void;
}

const EPOCH_BYTES = 8;
const RANKS: readonly Durability[] = ['D0', 'D1', 'D1m', 'D2', 'D3'];

/** Opens what `entries` say; `log` keeps what comes. */
export function openMemorySyncStore(
  options: MemorySyncOptions,
  log: OutboxLog,
  entries: Iterable<LogEntry> = [],
): MemorySyncStore {
  return new MemorySyncStore(options, log, entries);
}

export class MemorySyncStore implements RecordStore, SyncStore {
  readonly #options: MemorySyncOptions;
  readonly #log: OutboxLog;
  readonly #record: MemoryRecord = newMemoryRecord();
  readonly #making: Making;
  readonly #ledger: Ledger;
  readonly #incarnation: string;
  #origin: string;
  #inner: RecordStore;
  #last: Promise<unknown> = Promise.resolve();
  #released: { readonly granted: string; readonly changes: number } | undefined;

  constructor(options: MemorySyncOptions, log: OutboxLog, entries: Iterable<LogEntry>) {
    this.#options = options;
    this.#log = log;
    const { digest, policies, extracting } = options;
    this.#making = { digest, policies: policies ?? DEFAULT_POLICIES, extracting: extracting ?? {} };
    this.#ledger = new Ledger(this.#making, this.#record);
    for (const entry of entries) this.#ledger.apply(entry);
    // A clock that was years ahead, and is right again, must not go on ordering what is written.
    this.#record.lastHlc = witness(HLC_START, this.#record.lastHlc, options.clock.now());
    this.#incarnation = this.#drawn();
    this.#origin = `${options.node}.${this.#drawn()}`;
    this.#inner = this.#openInner();
    this.#record.changed = options.changed;
  }

  // ---- the record

  append(draft: CommitDraft): Promise<Result<Appended, AppendRefusal>> {
    return this.#oneByOne(() => this.#inner.append(draft));
  }
  read(keys: readonly ResourceKey[], visible: Visibility): Promise<readonly (Stored | undefined)[]> {
    return this.#inner.read(keys, visible);
  }
  readVersion(key: ResourceKey, versionId: string, visible: Visibility): Promise<Stored | undefined> {
    return this.#inner.readVersion(key, versionId, visible);
  }
  history(query: HistoryQuery, visible: Visibility): Promise<HistoryPage> {
    return this.#inner.history(query, visible);
  }
  search(query: SearchQuery, visible: Visibility, limits: SearchLimits): Promise<Result<SearchPage, SearchRefusal>> {
    return this.#inner.search(query, visible, limits);
  }
  conflicts(query: ConflictQuery, visible: Visibility): Promise<ConflictPage> {
    return this.#inner.conflicts(query, visible);
  }
  siblings(key: ResourceKey, visible: Visibility): Promise<Siblings | undefined> {
    return this.#inner.siblings(key, visible);
  }
  wouldSee(candidates: readonly Candidate[], visible: Visibility): Promise<readonly boolean[]> {
    return this.#inner.wouldSee(candidates, visible);
  }
  async feed(after: number, limit: number, bytes = Number.POSITIVE_INFINITY): Promise<readonly ArrivedCommit[]> {
    return this.#ledger.feed(after, limit, bytes);
  }
  async verify(progress?: Progress): Promise<VerifyReport> {
    return verifyMemory(this.#record, this.#making, progress, this.#ledger.partial);
  }
  reindex(progress?: Progress): Promise<{ readonly resources: number }> {
    return this.#oneByOne(() => this.#inner.reindex(progress));
  }
  /** Resolves when the log has what was begun. */
  async close(): Promise<void> {
    await this.#oneByOne(async () => undefined);
  }

  // ---- reads of the link

  identity(): { readonly node: string; readonly incarnation: string; readonly origin: string } {
    return { node: this.#options.node, incarnation: this.#incarnation, origin: this.#origin };
  }
  carried(): readonly Tip[] {
    return this.#ledger.carried();
  }
  places(at: readonly Mark[]): readonly Place[] {
    return at.map((mark) => this.#ledger.place(mark));
  }
  commits(origin: string, from: number, limit: number, bytes = Number.POSITIVE_INFINITY): readonly CarriedCommit[] {
    return this.#ledger.commitsOf(origin, from, limit, bytes);
  }
  arrival(): number {
    return this.#record.commits.length;
  }
  parts(prefixes: readonly string[], scopes: Scopes): readonly Part[] {
    return prefixes.map((prefix) => partOf(this.#options.digest, prefix, this.#ledger.names(prefix, scopes)));
  }
  names(prefix: string, scopes: Scopes, after: Hash | '' = '', limit = Number.POSITIVE_INFINITY): readonly Hash[] {
    return page(this.#ledger.names(prefix, scopes), after, limit);
  }
  namesOutside(scopes: Scopes, after: Hash | '' = '', limit = Number.POSITIVE_INFINITY): readonly Hash[] {
    return page(this.#ledger.namesOutside(scopes), after, limit);
  }
  /** By type, id and name: nobody is filled up from a memory store in a hurry. `after` is how many were told. */
  foremost(scopes: Scopes, after: string, limit: number): Foremost {
    const ordered = this.#ledger
      .heads(scopes)
      .map(({ name, key }) => ({ name, place: `${key.type}/${key.id} ${name}` }))
      .sort((a, b) => (a.place < b.place ? -1 : 1));
    const from = Number(after);
    const done = Math.min(from + limit, ordered.length);
    const names = ordered.slice(from, done).map(({ name }) => name);
    return { names, next: done < ordered.length ? String(done) : '', done, of: ordered.length };
  }
  lacking(names: readonly Hash[]): readonly Hash[] {
    return this.#ledger.lacking(names);
  }
  bearing(names: readonly Hash[]): readonly CarriedCommit[] {
    return this.#ledger.bearing(names);
  }
  stable(): readonly Mark[] {
    return [...this.#ledger.stableMarks];
  }
  grants(peer: string): Scopes {
    return this.#options.grants?.(peer) ?? [];
  }
  link(peer: string): LinkRecord | undefined {
    return this.#ledger.links.get(peer);
  }
  wants(): readonly string[] {
    return this.#ledger.wants;
  }
  held(origins: readonly string[]): readonly Held[] {
    return origins.flatMap((origin) => {
      const told = this.#ledger.heldBy?.held.filter(([name]) => name === origin) ?? [];
      const stable = this.#ledger.stableOf(origin);
      return stable === 0 ? told : [...told, [origin, stable, 'D3'] as const];
    });
  }

  // ---- writes of the link

  receive(commits: readonly CarriedCommit[], from: 'below' | 'above', link?: LinkWrite): Promise<readonly Verdict[]> {
    return this.#oneByOne(async () => {
      const { verdicts, entries } = judgeArrivals(this.#options, this.#ledger, commits, from);
      if (link !== undefined) {
        if (commits.length > 0)
          for (const peer of this.#ledger.links.keys())
            if (peer !== link.peer) entries.push({ put: 'link', peer, record: null });
        entries.push(...this.#linkEntries(link));
      }
      await this.#write(entries);
      return verdicts;
    });
  }
  setLink(link: LinkWrite): Promise<void> {
    return this.#oneByOne(() => this.#write(this.#linkEntries(link)));
  }
  /** None where it would go on from a record that was ended meanwhile. */
  #linkEntries({ peer, record, isContinued = false }: LinkWrite): LogEntry[] {
    const isEnded = this.#ledger.links.get(peer)?.incarnation !== record?.incarnation;
    return isContinued && isEnded ? [] : [{ put: 'link', peer, record: record ?? null }];
  }
  learn(stable: readonly Mark[], floors: readonly Mark[]): Promise<void> {
    return this.#oneByOne(() =>
      this.#write([
        ...stable
          .filter(([origin, seq]) => seq > this.#ledger.stableOf(origin))
          .map((mark): LogEntry => ({ put: 'mark', what: 'stable', mark })),
        ...floors
          .filter(([origin, seq]) => seq > (this.#ledger.origins.get(origin)?.contiguous ?? 0))
          .map((mark): LogEntry => ({ put: 'mark', what: 'floor', mark })),
      ]),
    );
  }
  /** Ends what every other peer said: what one of them holds may be gone since. */
  noteHeld(peer: string, held: readonly Held[]): Promise<void> {
    return this.#oneByOne(async () => {
      const told = this.#ledger.heldBy;
      if (told?.peer === peer && JSON.stringify(held) === JSON.stringify(told.held)) return;
      await this.#write([{ put: 'held', peer, held }]);
    });
  }
  /** A device has nobody below. */
  lookUp(_peer: string, _keys: readonly string[]): readonly string[] {
    return [];
  }
  settleWants(asked: readonly string[], _granted: readonly string[]): Promise<void> {
    return this.#oneByOne(async () => {
      const left = this.#ledger.wants.filter((key) => !asked.includes(key));
      if (left.length < this.#ledger.wants.length) await this.#write([{ put: 'wants', keys: left }]);
    });
  }
  /** Keys of scopes that somebody here asks the parent for. */
  want(keys: readonly string[]): Promise<void> {
    return this.#oneByOne(async () => {
      const all = [...new Set([...this.#ledger.wants, ...keys])].sort();
      if (all.length > this.#ledger.wants.length) await this.#write([{ put: 'wants', keys: all }]);
    });
  }
  author(groups: readonly (readonly CarriedRevision[])[], receivedAt: Instant): Promise<void> {
    return this.#oneByOne(async () => {
      for (const revisions of groups) {
        const nextSeq = 1 + (this.#ledger.origins.get(this.#origin)?.contiguous ?? 0);
        const prev = this.#ledger.hashAt(this.#origin, nextSeq - 1) ?? '';
        const names = revisions.map(({ hash }) => hash);
        const { signing, digest } = this.#options;
        const tip = { origin: this.#origin, nextSeq, prev };
        const { origin, seq, hash, header } = sealCommit(digest, tip, names, receivedAt, signing?.key ?? '');
        const commit = await this.#signed({ origin, seq, prev, hash, header, revisions });
        await this.#write([{ put: 'commit', commit, from: 'own', fork: false, at: receivedAt }]);
      }
    });
  }
  renewOrigin(): Promise<void> {
    return this.#oneByOne(async () => {
      this.#origin = `${this.#options.node}.${this.#drawn()}`;
      this.#inner = this.#openInner();
    });
  }
  release(granted: Scopes): Promise<void> {
    return this.#oneByOne(async () => {
      // Asked at the end of every session: nothing new, nothing to be looked for.
      const asked = { granted: JSON.stringify(granted), changes: this.#ledger.changes };
      if (asked.granted === this.#released?.granted && asked.changes === this.#released.changes) return;
      const names = this.#ledger.evictable(granted);
      if (names.length > 0) await this.#write([{ put: 'evict', names }]);
      this.#released = { ...asked, changes: this.#ledger.changes };
    });
  }

  // ---- what a host needs besides

  /**
   * Takes sealed copies of another device's commits: carried and handed over, never shown. A device begins where its parent stands, so a
   * number may be the first that is here.
   */
  carry(commits: readonly CarriedCommit[]): Promise<readonly Verdict[]> {
    return this.#oneByOne(async () => {
      const { verdicts, entries } = judgeArrivals(this.#options, this.#ledger, commits, 'ward');
      await this.#write(entries);
      return verdicts;
    });
  }
  note(name: string, text: string): Promise<void> {
    return this.#oneByOne(async () => {
      if ((this.#ledger.notes.get(name) ?? '') !== text) await this.#write([{ put: 'note', name, text }]);
    });
  }
  noted(name: string): string | undefined {
    return this.#ledger.notes.get(name);
  }
  /** Forgets everything remembered of peers above: the next session compares. */
  forgetLinks(): Promise<void> {
    return this.#oneByOne(() =>
      this.#write([...this.#ledger.links.keys()].map((peer): LogEntry => ({ put: 'link', peer, record: null }))),
    );
  }
  /** Writes the log anew, without what need not be known any more. Writes wait for it only where the log asks for that. */
  async compact(): Promise<void> {
    let replaced: Promise<void> = Promise.resolve();
    await this.#oneByOne(async () => {
      replaced = this.#log.replace([...this.#ledger.snapshot(this.#origin)]);
      if (this.#log.replacesAside === true) replaced.catch(() => undefined);
      else await replaced;
    });
    await replaced;
  }
  /** Parts of a snapshot that this was opened without: plain commits, all revisions of each resource at once. */
  load(entries: readonly LogEntry[]): Promise<void> {
    return this.#oneByOne(async () => {
      const record = this.#record;
      const { changed, lastHlc } = record;
      const homes = new Set<string>();
      record.changed = (home) => void homes.add(home);
      try {
        this.#ledger.applyOlder(entries);
      } finally {
        record.changed = changed;
      }
      record.lastHlc = witness(lastHlc, record.lastHlc, this.#options.clock.now());
      for (const home of homes) changed?.(home);
    });
  }
  /** Of each origin that is carried, the commits that nobody is known to hold at `least` or better. */
  below(least: Durability): readonly { readonly origin: string; readonly from: number; readonly to: number }[] {
    return this.carried().flatMap(({ origin, seq }) => {
      const floor = this.#ledger.origins.get(origin)?.floor ?? 0;
      const from = 1 + Math.max(floor, this.#coveredAt(origin, least));
      return from > seq ? [] : [{ origin, from, to: seq }];
    });
  }
  /** Which commits of an origin are here without a gap; undefined for none. */
  range(origin: string): readonly [origin: string, from: number, to: number] | undefined {
    const known = this.#ledger.origins.get(origin);
    if (known === undefined || known.contiguous <= known.floor) return undefined;
    return [origin, known.floor + 1, known.contiguous];
  }
  /** Whether some of its commits are not known to be backed up. */
  isOpen(origin: string): boolean {
    return (this.#ledger.origins.get(origin)?.contiguous ?? 0) > this.#ledger.stableOf(origin);
  }
  /** What is carried for other devices and shown nowhere here, as far as no region is known to hold it. */
  sealedSize(): { readonly count: number; readonly bytes: number } {
    const covered = new Map<string, number>();
    return this.#ledger.sealedSize((origin) => {
      const known = covered.get(origin) ?? this.#coveredAt(origin, 'D2');
      covered.set(origin, known);
      return known;
    });
  }
  /** The commit at a place, as it travels. */
  commitAt(origin: string, seq: number): CarriedCommit | undefined {
    return this.#ledger.heldAt(origin, seq)?.commit;
  }
  /** When a commit came in, by the header of whoever wrote it. */
  receivedAt(origin: string, seq: number): Instant | undefined {
    const read = decodeCommit(this.commitAt(origin, seq)?.header ?? '');
    return read.ok ? read.value.receivedAt : undefined;
  }
  /** The best that is known of how safe a commit is. */
  durabilityOf(origin: string, seq: number): Durability {
    const ranks = this.held([origin]).flatMap(([, upTo, durability]) => (seq <= upTo ? RANKS.indexOf(durability) : []));
    return RANKS[Math.max(0, ...ranks)] ?? 'D0';
  }
  /** For reads beyond a RecordStore's (`memory-here.ts`). */
  get record(): MemoryRecord {
    return this.#record;
  }
  /** The commit of this node that brought a revision; undefined where it came from elsewhere. */
  ownCommitOf(name: Hash): { readonly origin: string; readonly seq: number } | undefined {
    const bearers = this.#ledger.revisions.get(name)?.bearers ?? [];
    const own = bearers.map((hash) => this.#ledger.commits.get(hash)).find((held) => held?.own === true);
    return own === undefined ? undefined : { origin: own.commit.origin, seq: own.commit.seq };
  }
  aside(): readonly AsideCommit[] {
    return this.#ledger.asides;
  }
  counts(): { readonly commits: number; readonly revisions: number } {
    return { commits: this.#ledger.commits.size, revisions: this.#ledger.revisions.size };
  }

  // ----

  /** Up to where the commits of an origin are known to be held at `least` or better. */
  #coveredAt(origin: string, least: Durability): number {
    const covered = this.held([origin])
      .filter(([, , durability]) => RANKS.indexOf(durability) >= RANKS.indexOf(least))
      .map(([, upTo]) => upTo);
    return Math.max(0, ...covered);
  }

  async #write(entries: readonly LogEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.#log.append(entries);
    for (const entry of entries) this.#ledger.apply(entry);
  }

  async #signed(commit: CarriedCommit): Promise<CarriedCommit> {
    const { signing } = this.#options;
    return signing === undefined ? commit : { ...commit, signature: await signing.sign(commit.hash) };
  }

  #openInner(): RecordStore {
    const { digest, policies, extracting, signing } = this.#options;
    return createMemoryStore(
      {
        digest,
        origin: this.#origin,
        ...(policies === undefined ? {} : { policies }),
        ...(extracting === undefined ? {} : { extracting }),
        key: signing?.key ?? '',
        persist: async ({ arrival, ...made }) => {
          const commit = await this.#signed(made);
          const read = decodeCommit(commit.header);
          assert(read.ok, 'a commit reads back');
          const entry: LogEntry = { put: 'commit', commit, from: 'own', fork: false, at: read.value.receivedAt };
          await this.#log.append([entry]);
          this.#ledger.apply(entry, true);
          return { ...commit, arrival };
        },
      },
      this.#record,
    );
  }

  #drawn(): string {
    return toBase32(this.#options.chance.bytes(EPOCH_BYTES));
  }

  /** One after another, whatever becomes of the one before. */
  #oneByOne<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

function page(names: readonly Hash[], after: Hash | '', limit: number): readonly Hash[] {
  const from = after === '' ? 0 : names.findIndex((name) => name > after);
  return from < 0 ? [] : names.slice(from, from + limit);
}
