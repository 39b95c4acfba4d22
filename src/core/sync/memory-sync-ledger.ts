// What a memory sync store holds, beside the record itself: commits, places, bearers, marks, links. `apply` is the only way in, so that
// a replay of the log comes to the same.
//
//   1. A revision is in the record (read, searched, shown) once a commit bore it that was not a sealed copy for another device.
//   2. Sealed copies are carried: they have places, are pushed and rescued, and are never shown.
//   3. No ancestor is left standing as a head: a revision goes only with everything that it descends from or none of it is shown.
import type { Hash, Instant } from '../base/ports.ts';
import { accepted, acceptedAs, unsealed, without } from '../record/memory-accept.ts';
import { decodeAgain, decodeCommit, decodeRevision, type RevisionHeader } from '../record/envelope.ts';
import { witness } from '../record/hlc.ts';
import { landingAgain, landingOf, type Kept, type Landing, type Making } from '../record/memory-kept.ts';
import { keptOf, setKept, type MemoryRecord } from '../record/memory-record.ts';
import type { ArrivedCommit, ResourceKey } from '../record/store.ts';
import type { LogEntry } from './memory-sync-log.ts';
import type { CarriedCommit, CarriedRevision, Held, LinkRecord, Mark, Place, Tip } from './ports.ts';
import { keysOfScope, mayEvict, permits, type Scopes } from './scopes.ts';

export interface HeldCommit {
  commit: CarriedCommit;
  /** All its entries are here, or it cannot be read. */
  whole: boolean;
  /** Nothing but a sealed copy. */
  sealed: boolean;
  own: boolean;
  at: Instant;
  /** Of its header; undefined where that cannot be read. */
  readonly entries: readonly Hash[] | undefined;
}
export interface HeldRevision {
  readonly revision: CarriedRevision;
  readonly keys: readonly string[] | undefined;
  /** Undefined where the header cannot be read. */
  readonly key: ResourceKey | undefined;
  readonly parents: readonly Hash[];
  /** The commits that brought it. */
  readonly bearers: Hash[];
  /** By sealed copies alone. */
  sealed: boolean;
}
export interface HeldOrigin {
  contiguous: number;
  floor: number;
  /** Written here, got from below, or carried for another device: to be handed over. */
  carried: boolean;
}
export interface AsideCommit {
  readonly origin: string;
  readonly seq: number;
  readonly reason: string;
  readonly at: Instant;
}

export class Ledger {
  readonly commits = new Map<Hash, HeldCommit>();
  readonly revisions = new Map<Hash, HeldRevision>();
  readonly origins = new Map<string, HeldOrigin>();
  readonly links = new Map<string, LinkRecord>();
  readonly stableMarks = new Map<string, number>();
  /** What the last peer said of where commits are safe. */
  heldBy: { readonly peer: string; readonly held: readonly Held[] } | undefined;
  readonly notes = new Map<string, string>();
  readonly asides: AsideCommit[] = [];
  /** Names of commits of which the record need not have all. */
  readonly partial = new Set<Hash>();
  wants: readonly string[] = [];
  /** Grows with everything that is applied. */
  changes = 0;
  readonly #places = new Map<string, Hash>();
  readonly #making: Making;
  readonly #record: MemoryRecord;
  #sorted: readonly Hash[] | undefined;
  /** Since the snapshot: what is read of it later does not bring them back. */
  readonly #evicted = new Set<Hash>();
  /** While older ones are applied: what was here of each resource that they touched. */
  #newer: Map<string, Kept | undefined> | undefined;

  constructor(making: Making, record: MemoryRecord) {
    this.#making = making;
    this.#record = record;
  }

  /** `landed`: the record has it already, from the very append that this entry is of. */
  apply(entry: LogEntry, landed = false): void {
    this.changes += 1;
    switch (entry.put) {
      case 'commit':
        return this.#applyCommit(entry, landed);
      case 'aside':
        return void this.asides.push(entry);
      case 'link':
        return void (entry.record === null
          ? this.links.delete(entry.peer)
          : this.links.set(entry.peer, { ...entry.record, deferred: entry.record.deferred ?? [] }));
      case 'mark': {
        const [name, seq] = entry.mark;
        if (entry.what === 'stable') {
          this.stableMarks.set(name, Math.max(seq, this.stableOf(name)));
          return;
        }
        const origin = this.#originOf(name);
        origin.floor = Math.max(origin.floor, seq);
        return this.#advance(name, origin);
      }
      case 'held':
        this.heldBy = { peer: entry.peer, held: entry.held };
        return;
      case 'wants':
        this.wants = entry.keys;
        return;
      case 'evict':
        return this.#evict(entry.names);
      case 'note':
        return void (entry.text === '' ? this.notes.delete(entry.name) : this.notes.set(entry.name, entry.text));
    }
  }

  /**
   * Plain commits that are older than whatever is here of the same resources: of a snapshot that is read in parts. What is here of them
   * lands again after them, as it did when it came.
   */
  applyOlder(entries: readonly LogEntry[]): void {
    const newer = new Map<string, Kept | undefined>();
    this.#newer = newer;
    try {
      for (const entry of entries) this.apply(entry.put === 'commit' ? withoutThose(entry, this.#evicted) : entry);
    } finally {
      this.#newer = undefined;
    }
    for (const kept of newer.values())
      for (const revision of kept?.revisions.values() ?? []) {
        const landing = landingAgain(revision, kept?.key ?? { type: '', id: '' });
        this.#land(landing, revision.lastUpdatedAt);
      }
  }

  stableOf = (origin: string): number => this.stableMarks.get(origin) ?? 0;
  hashAt = (origin: string, seq: number): Hash | undefined => this.#places.get(`${origin}:${seq}`);
  heldAt(origin: string, seq: number): HeldCommit | undefined {
    const hash = this.hashAt(origin, seq);
    return hash === undefined ? undefined : this.commits.get(hash);
  }

  place([name, seq]: Mark): Place {
    const contiguous = this.origins.get(name)?.contiguous ?? 0;
    const tip = this.hashAt(name, contiguous) ?? '';
    const held = this.heldAt(name, seq);
    return held === undefined
      ? { contiguous, tip }
      : { contiguous, tip, held: { hash: held.commit.hash, whole: held.whole } };
  }
  /** Whether it brings what is not here. */
  hasNews({ hash, revisions }: CarriedCommit): boolean {
    const here = new Set(this.commits.get(hash)?.commit.revisions.map((each) => each.hash));
    return !this.commits.has(hash) || revisions.some((each) => !here.has(each.hash));
  }
  carried(): readonly Tip[] {
    return [...this.origins].flatMap(([origin, { contiguous, carried }]) =>
      carried && contiguous > this.stableOf(origin)
        ? [{ origin, seq: contiguous, hash: this.hashAt(origin, contiguous) ?? '' }]
        : [],
    );
  }
  commitsOf(name: string, from: number, limit: number, bytes: number): readonly CarriedCommit[] {
    const found: CarriedCommit[] = [];
    for (let seq = from, room = bytes; found.length < limit && room > 0; seq++) {
      const held = this.heldAt(name, seq);
      if (held === undefined || !held.whole) break;
      found.push(held.commit);
      room -= bytesOfCommit(held.commit);
    }
    return found;
  }
  feed(after: number, limit: number, bytes: number): readonly ArrivedCommit[] {
    const found: ArrivedCommit[] = [];
    let room = bytes;
    for (const arrived of this.#record.commits.slice(after, after + limit)) {
      if (room <= 0) break;
      found.push(arrived);
      room -= bytesOfCommit(arrived);
    }
    return found;
  }
  /** Names of what is in the record, or would be: sealed copies are in no scope. */
  names(prefix: string, scopes: Scopes): readonly Hash[] {
    const ordered = this.#ordered();
    // Names are sorted by code unit, and no name goes on with a greater sign than this one.
    const [from, to] = [firstNotBefore(ordered, prefix), firstNotBefore(ordered, `${prefix}\uFFFF`)];
    return ordered.slice(from, to).filter((name) => this.#isIn(scopes, name));
  }
  namesOutside(scopes: Scopes): readonly Hash[] {
    return this.#ordered().filter((name) => !this.#isIn(scopes, name));
  }
  /** Names of heads in `scopes`, with what they are heads of. */
  heads(scopes: Scopes): readonly { readonly name: Hash; readonly key: ResourceKey }[] {
    return [...this.#record.kept.values()].flatMap((ofType) =>
      [...ofType.values()].flatMap(({ key, heads }) =>
        heads.filter((name) => this.#isIn(scopes, name)).map((name) => ({ name, key })),
      ),
    );
  }
  lacking(names: readonly Hash[]): readonly Hash[] {
    return names.filter((name) => this.revisions.get(name)?.sealed !== false);
  }
  bearing(names: readonly Hash[]): readonly CarriedCommit[] {
    const hashes = new Set(names.flatMap((name) => this.revisions.get(name)?.bearers[0] ?? []));
    return [...hashes].flatMap((hash) => this.commits.get(hash)?.commit ?? []);
  }

  /** Of sealed copies above `covered`, which says up to where an origin need not be counted. */
  sealedSize(covered: (origin: string) => number): { readonly count: number; readonly bytes: number } {
    let [count, bytes] = [0, 0];
    for (const { sealed, commit } of this.commits.values()) {
      if (!sealed || commit.revisions.length === 0 || commit.seq <= covered(commit.origin)) continue;
      count += 1;
      bytes += bytesOfCommit(commit);
    }
    return { count, bytes };
  }

  /** What may go: judged by `mayEvict`, one resource at a time. */
  evictable(granted: Scopes): readonly Hash[] {
    const children = new Map<Hash, Hash[]>();
    for (const [name, { parents }] of this.revisions)
      for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), name]);
    const going = new Set<Hash>();
    for (const [name, held] of this.revisions) {
      const stable = this.#isSafe(held);
      if (!stable) continue;
      const heads = held.key === undefined ? [] : (keptOf(this.#record, held.key)?.heads ?? []);
      const conflict = !held.sealed && heads.length > 1 && !permits(granted, held.keys);
      if (mayEvict({ keys: held.sealed ? undefined : held.keys, stable, conflict }, held.sealed ? [] : granted))
        going.add(name);
    }
    // What stays must not lose its descendants: it would be shown as the latest.
    for (const [name, held] of this.revisions) {
      if (going.has(name) || held.sealed) continue;
      const open = [...(children.get(name) ?? [])];
      for (let child = open.pop(); child !== undefined; child = open.pop())
        if (going.delete(child)) open.push(...(children.get(child) ?? []));
    }
    return [...going];
  }

  /** Forgets commits that need not be known any more; those of `own` stay. The entries that make this state of nothing. */
  *snapshot(own: string): Iterable<LogEntry> {
    for (const [hash, { commit }] of this.commits) {
      const isEmpty = commit.revisions.length === 0;
      if (isEmpty && commit.origin !== own && commit.seq <= this.stableOf(commit.origin)) {
        this.commits.delete(hash);
        if (this.hashAt(commit.origin, commit.seq) === hash) this.#places.delete(`${commit.origin}:${commit.seq}`);
      }
    }
    for (const [origin, seq] of this.stableMarks) yield { put: 'mark', what: 'stable', mark: [origin, seq] };
    for (const [origin, { contiguous, floor, carried }] of this.origins) {
      const to = carried ? Math.max(floor, Math.min(contiguous, this.stableOf(origin))) : floor;
      if (to > 0) yield { put: 'mark', what: 'floor', mark: [origin, to] };
    }
    for (const [hash, { commit, own: isOwn, sealed, at }] of this.commits) {
      const fork = this.hashAt(commit.origin, commit.seq) !== hash;
      const carried = this.origins.get(commit.origin)?.carried === true;
      const from = isOwn ? 'own' : sealed ? 'ward' : carried && !fork ? 'below' : 'above';
      const settled =
        fork || sealed
          ? false
          : from === 'above' || (commit.origin !== own && commit.seq <= this.stableOf(commit.origin));
      const plain = settled ? this.#splicesOf(commit) : undefined;
      yield { put: 'commit', commit, from, fork, at, ...(plain === undefined ? {} : { plain }) };
    }
    for (const aside of this.asides) yield { ...aside, put: 'aside' };
    if (this.heldBy !== undefined) yield { put: 'held', ...this.heldBy };
    for (const [name, text] of this.notes) yield { put: 'note', name, text };
    if (this.wants.length > 0) yield { put: 'wants', keys: this.wants };
    for (const [peer, record] of this.links) yield { put: 'link', peer, record };
  }

  #isIn(scopes: Scopes, name: Hash): boolean {
    const held = this.revisions.get(name);
    return held !== undefined && !held.sealed && permits(scopes, held.keys);
  }
  #ordered(): readonly Hash[] {
    return (this.#sorted ??= [...this.revisions.keys()].sort());
  }
  #originOf(name: string): HeldOrigin {
    const known = this.origins.get(name) ?? { contiguous: 0, floor: 0, carried: false };
    this.origins.set(name, known);
    return known;
  }
  #advance(name: string, origin: HeldOrigin): void {
    origin.contiguous = Math.max(origin.contiguous, origin.floor);
    while (this.heldAt(name, origin.contiguous + 1)?.whole === true) origin.contiguous += 1;
  }

  #applyCommit({ commit: given, from, fork, at, plain }: CommitEntry, landed: boolean): void {
    const before = this.commits.get(given.hash);
    const all = new Map([...(before?.commit.revisions ?? []), ...given.revisions].map((each) => [each.hash, each]));
    const entries = before === undefined ? entriesOf(given) : before.entries;
    const revisions = entries?.flatMap((entry) => all.get(entry) ?? []) ?? [...all.values()];
    const commit: CarriedCommit = { ...before?.commit, ...given, revisions };
    const sealed = from === 'ward' && before?.sealed !== false;
    this.commits.set(given.hash, {
      commit,
      whole: entries === undefined || revisions.length === entries.length,
      sealed,
      own: from === 'own' || before?.own === true,
      at: before?.at ?? at,
      entries,
    });
    const follows = given.seq === 1 || this.hashAt(given.origin, given.seq - 1) !== undefined;
    if (from !== 'own' || !follows || revisions.length < (entries?.length ?? 0)) this.partial.add(given.hash);
    const isNew = before === undefined || before.sealed !== sealed || revisions.length > before.commit.revisions.length;
    if (!landed && isNew) this.#record.commits.push({ ...commit, arrival: this.#record.commits.length + 1 });
    if (!fork) {
      this.#places.set(`${given.origin}:${given.seq}`, given.hash);
      const origin = this.#originOf(given.origin);
      if (from !== 'above') origin.carried = true;
      this.#advance(given.origin, origin);
    }
    if (plain !== undefined && (before === undefined || !before.sealed)) {
      given.revisions.forEach((revision, i) => this.#hold(revision, given.hash, sealed, at, landed, plain[i]));
      return;
    }
    for (const revision of sealed ? given.revisions : revisions) this.#hold(revision, given.hash, sealed, at, landed);
  }

  #hold(revision: CarriedRevision, commit: Hash, sealed: boolean, at: Instant, landed: boolean, splice?: number): void {
    const known = this.revisions.get(revision.hash);
    const said = splice === undefined ? readHeader(revision, known) : decodeAgain(revision.header);
    if (known === undefined) {
      const key = said === undefined ? undefined : { type: said.type, id: said.id };
      const keys = said === undefined ? undefined : keysOfScope(said.scope);
      const parents = said?.parents ?? [];
      this.revisions.set(revision.hash, { revision, keys, key, parents, bearers: [commit], sealed });
      this.#sorted = undefined;
    } else if (!known.bearers.includes(commit)) known.bearers.push(commit);
    if (sealed || (known !== undefined && !known.sealed)) return;
    if (known !== undefined) known.sealed = false;
    if (landed) return;
    const record = this.#record;
    if (splice !== undefined && said !== undefined) {
      // Read before, and of the patient that its scope names.
      const landing = landingOf(revision.hash, revision.header, said, revision.text, splice);
      record.lastHlc = witness(record.lastHlc, landing.hlc, at);
      this.#setAside(landing.key);
      return this.#land(landing, at);
    }
    const legible = unsealed(this.#making.digest, revision);
    if (legible === undefined) return;
    record.lastHlc = witness(record.lastHlc, legible.hlc, at);
    const { key } = legible.draft;
    this.#setAside(key);
    setKept(record, key, accepted(this.#making, keptOf(record, key), legible, at));
  }

  #land(landing: Landing, at: Instant): void {
    const { key } = landing;
    setKept(this.#record, key, acceptedAs(this.#making, keptOf(this.#record, key), landing, at));
  }
  #setAside(key: ResourceKey): void {
    const name = `${key.type}/${key.id}`;
    if (this.#newer === undefined || this.#newer.has(name)) return;
    this.#newer.set(name, keptOf(this.#record, key));
    setKept(this.#record, key, undefined);
  }

  /** Where the two are spliced in each of its bodies; undefined where one of them is not plain. */
  #splicesOf({ revisions }: CarriedCommit): readonly number[] | undefined {
    if (revisions.length === 0) return undefined;
    const splices: number[] = [];
    for (const { hash } of revisions) {
      const key = this.revisions.get(hash)?.key;
      const kept = key === undefined ? undefined : keptOf(this.#record, key)?.revisions.get(hash);
      if (kept?.plain !== true) return undefined;
      splices.push(kept.splice);
    }
    return splices;
  }

  /** A commit that holds it is covered, and none that holds it is still to be handed over. */
  #isSafe({ bearers }: HeldRevision): boolean {
    const isCovered = (hash: Hash): boolean => {
      const commit = this.commits.get(hash)?.commit;
      return (
        commit !== undefined &&
        commit.seq <= this.stableOf(commit.origin) &&
        this.hashAt(commit.origin, commit.seq) === hash
      );
    };
    const isQueued = (hash: Hash): boolean =>
      !isCovered(hash) && this.origins.get(this.commits.get(hash)?.commit.origin ?? '')?.carried === true;
    return bearers.some(isCovered) && !bearers.some(isQueued);
  }

  #evict(names: readonly Hash[]): void {
    const gone = new Set(names);
    for (const name of names) this.#evicted.add(name);
    const touched = new Map<string, ResourceKey>();
    const trimmed = new Set<Hash>();
    for (const name of names) {
      const held = this.revisions.get(name);
      if (held === undefined) continue;
      this.revisions.delete(name);
      for (const hash of held.bearers) trimmed.add(hash);
      if (held.key !== undefined && !held.sealed) touched.set(`${held.key.type}/${held.key.id}`, held.key);
    }
    this.#sorted = undefined;
    for (const key of touched.values()) {
      const kept = keptOf(this.#record, key);
      if (kept !== undefined) setKept(this.#record, key, without(this.#making, kept, gone));
    }
    const trim = <C extends CarriedCommit>(commit: C): C => ({
      ...commit,
      revisions: commit.revisions.filter(({ hash }) => !gone.has(hash)),
    });
    for (const hash of trimmed) {
      const held = this.commits.get(hash);
      if (held === undefined) continue;
      held.commit = trim(held.commit);
      held.whole = false;
      this.partial.add(hash);
    }
    for (const [at, arrived] of this.#record.commits.entries())
      if (trimmed.has(arrived.hash)) this.#record.commits[at] = trim(arrived);
  }
}

type CommitEntry = Extract<LogEntry, { readonly put: 'commit' }>;

function readHeader({ header }: CarriedRevision, known: HeldRevision | undefined): RevisionHeader | undefined {
  if (known !== undefined) return undefined;
  const read = decodeRevision(header);
  return read.ok ? read.value : undefined;
}

function withoutThose(entry: CommitEntry, names: ReadonlySet<Hash>): CommitEntry {
  const { commit, plain } = entry;
  const stays = commit.revisions.map(({ hash }) => !names.has(hash));
  if (stays.every(Boolean)) return entry;
  const revisions = commit.revisions.filter((_, at) => stays[at]);
  const left = { ...entry, commit: { ...commit, revisions } };
  return plain === undefined ? left : { ...left, plain: plain.filter((_, at) => stays[at]) };
}

function entriesOf({ header }: CarriedCommit): readonly Hash[] | undefined {
  const read = decodeCommit(header);
  return read.ok ? read.value.entries : undefined;
}

function firstNotBefore(ordered: readonly string[], text: string): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ordered[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** UTF-16 units: enough for keeping messages small. */
const bytesOfCommit = ({ header, revisions }: CarriedCommit): number =>
  revisions.reduce((sum, { header, text }) => sum + header.length + (text?.length ?? 0), header.length);
