// A store on a simulated disk: a log of records of which a prefix is synced. Everything else is made from the log again at each
// start. The device, site and region of the simulator all use it.
import type { Hash } from '../../src/core/base/ports.ts';
import { sealCommit } from '../../src/core/record/seal.ts';
import { partOf, type Part } from '../../src/core/sync/compare.ts';
import { isTaken, judgeCommit, type Inspection, type Verdict } from '../../src/core/sync/judge-commit.ts';
import type {
  CarriedCommit,
  CarriedRevision,
  Durability,
  Foremost,
  Held as HeldMark,
  LinkRecord,
  LinkWrite,
  Mark,
  Place,
  SyncStore,
  Tier,
  Tip,
} from '../../src/core/sync/ports.ts';
import { mayEvict, permits, type Scopes } from '../../src/core/sync/scopes.ts';
import type { Mutant } from './mutants.ts';
import { digest, entriesOf, inspected, parsedRevision, type ParsedRevision } from './parsed.ts';
import type { SeededChance } from './seeded-chance.ts';

export class DiskFull extends Error {
  override readonly name = 'DiskFull';
}

export type LogRecord =
  | { readonly put: 'commit'; readonly commit: CarriedCommit; readonly from: 'below' | 'above'; readonly fork: boolean }
  | { readonly put: 'link'; readonly peer: string; readonly record: LinkRecord | undefined }
  | { readonly put: 'mark'; readonly what: 'stable' | 'floor'; readonly mark: Mark }
  | { readonly put: 'held'; readonly peer: string; readonly held: readonly HeldMark[] }
  | { readonly put: 'want' | 'settled'; readonly keys: readonly string[] }
  | { readonly put: 'prune'; readonly origin: string; readonly seq: number }
  | { readonly put: 'hollow' | 'evict'; readonly name: Hash };

interface Held {
  commit: CarriedCommit;
  whole: boolean;
}
export interface HeldRevision extends ParsedRevision {
  readonly revision: CarriedRevision;
  /** The commit that brought it first. */
  readonly commit: Hash;
  /** The body was dropped, the skeleton stays. */
  hollow: boolean;
}
interface Origin {
  contiguous: number;
  floor: number;
  carried: boolean;
}
interface Slot {
  readonly hash: Hash;
  inFlight: boolean;
}

export interface StoreSetup {
  readonly node: string;
  readonly tier: Tier;
  readonly chance: SeededChance;
  readonly mutant: Mutant | undefined;
  readonly grants: (peer: string) => Scopes;
  /** What a peer that looks up `keys` gets of them. */
  readonly lookUp: (peer: string, keys: readonly string[]) => readonly string[];
  /** It noted where its commits are safe, as `peer` said. */
  readonly noted: (peer: string) => void;
}

export class SimulatedStore implements SyncStore {
  log: LogRecord[] = [];
  synced = 0;
  full = false;
  incarnation = '';
  origin = '';
  /** Of the region: what its last confirmed backup holds. */
  backup: { readonly log: readonly LogRecord[]; readonly marks: readonly Mark[] } = { log: [], marks: [] };
  readonly forksSeen = new Set<string>();

  commitsByHash = new Map<Hash, Held>();
  placesOf = new Map<string, Hash>();
  revisions = new Map<Hash, HeldRevision>();
  origins = new Map<string, Origin>();
  /** By Type/id. */
  resources = new Map<string, Hash[]>();
  /** What the present peer said of where origins are safe. */
  safe = new Map<string, readonly HeldMark[]>();
  /** Commits that cannot be read here, as people see them. */
  unread = new Set<Hash>();
  private wanted = new Set<string>();
  private slots: Slot[] = [];
  private links = new Map<string, LinkRecord>();
  private stableMarks = new Map<string, number>();
  private pruned = new Map<string, number>();
  private covered = new Set<Hash>();
  /** The commits that hold a revision. */
  private bearers = new Map<Hash, Hash[]>();
  private sorted: readonly Hash[] | undefined;
  private sets = new Map<Scopes, { readonly names: readonly Hash[]; readonly part: Part }>();
  private marks: readonly Mark[] | undefined;
  /** Of the last release: nothing has changed since then where these are the same. */
  private released: { readonly scopes: Scopes; readonly at: number } | undefined;
  readonly setup: StoreSetup;
  constructor(setup: StoreSetup) {
    this.setup = setup;
    this.open();
  }

  /** Starts the node on what its disk has. */
  open(): void {
    const { chance, mutant, node } = this.setup;
    this.commitsByHash = new Map();
    this.placesOf = new Map();
    this.revisions = new Map();
    this.origins = new Map();
    this.resources = new Map();
    this.safe = new Map();
    this.unread = new Set();
    this.wanted = new Set();
    this.slots = [];
    this.links = new Map();
    this.stableMarks = new Map();
    this.pruned = new Map();
    this.covered = new Set();
    this.bearers = new Map();
    this.released = undefined;
    this.changed();
    this.marks = undefined;
    for (const record of this.log) this.apply(record);
    this.incarnation = mutant === 'fixed-incarnation' ? 'i0' : chance.word();
    this.origin = mutant === 'fixed-origin' ? `${node}.0` : `${node}.${chance.word()}`;
  }
  private changed(): void {
    this.sorted = undefined;
    this.sets.clear();
  }
  sync(): void {
    this.synced = this.log.length;
  }
  /** The power fails: of what was not synced, some prefix survives. Whether anything was torn off. */
  crash(): boolean {
    const torn = this.setup.chance.below(this.log.length - this.synced + 1);
    const isTorn = this.synced + torn < this.log.length;
    this.log = this.log.slice(0, this.synced + torn);
    this.sync();
    this.open();
    return isTorn;
  }
  /** The disk is another one now: an old copy, an empty one. */
  replaceDisk(log: readonly LogRecord[]): void {
    this.log = [...log];
    this.sync();
    this.open();
  }
  /** Names that were ever synced here and not destroyed since. */
  everSynced(): Set<Hash> {
    const names = new Set<Hash>();
    for (let at = 0; at < this.synced; at++) {
      const record = this.log[at];
      if (record?.put === 'commit') for (const { hash } of record.commit.revisions) names.add(hash);
    }
    return names;
  }
  takeBackup(): void {
    this.sync();
    this.backup = { log: [...this.log], marks: this.heldMarks() };
  }
  landInFlight(): void {
    for (const slot of this.slots) slot.inFlight = false;
  }

  // ---- writing

  private write(record: LogRecord): void {
    if (this.full) throw new DiskFull('the disk is full');
    this.log.push(record);
    this.apply(record, true);
  }
  private apply(record: LogRecord, live = false): void {
    switch (record.put) {
      case 'commit':
        this.applyCommit(record.commit, record.from, record.fork, live);
        break;
      case 'link':
        if (record.record === undefined) this.links.delete(record.peer);
        else this.links.set(record.peer, record.record);
        break;
      case 'mark': {
        const [origin, seq] = record.mark;
        if (record.what === 'stable') {
          this.stableMarks.set(origin, Math.max(seq, this.stableMarks.get(origin) ?? 0));
          this.marks = undefined;
        } else {
          const known = this.originOf(origin);
          known.floor = Math.max(known.floor, seq);
          this.advance(origin);
        }
        break;
      }
      case 'held':
        this.safe = new Map([[record.peer, record.held]]);
        break;
      case 'want':
        for (const key of record.keys) this.wanted.add(key);
        break;
      case 'settled':
        for (const key of record.keys) this.wanted.delete(key);
        break;
      case 'prune':
        this.pruned.set(record.origin, record.seq);
        break;
      case 'hollow': {
        const held = this.revisions.get(record.name);
        if (held) held.hollow = true;
        break;
      }
      case 'evict': {
        const resource = this.revisions.get(record.name)?.resource ?? '';
        this.resources.set(
          resource,
          (this.resources.get(resource) ?? []).filter((name) => name !== record.name),
        );
        this.revisions.delete(record.name);
        this.changed();
        break;
      }
    }
  }
  private originOf(name: string): Origin {
    let known = this.origins.get(name);
    if (known === undefined) this.origins.set(name, (known = { contiguous: 0, floor: 0, carried: false }));
    return known;
  }
  private advance(name: string): void {
    const origin = this.originOf(name);
    origin.contiguous = Math.max(origin.contiguous, origin.floor);
    for (;;) {
      const next = this.placesOf.get(`${name}:${origin.contiguous + 1}`);
      if (next === undefined || this.commitsByHash.get(next)?.whole !== true) return;
      origin.contiguous += 1;
    }
  }
  private applyCommit(commit: CarriedCommit, from: 'below' | 'above', fork: boolean, live: boolean): void {
    const held = this.commitsByHash.get(commit.hash);
    const entries = entriesOf(commit.header);
    if (held === undefined) {
      const whole = entries === undefined || entries.length === commit.revisions.length;
      this.commitsByHash.set(commit.hash, { commit, whole });
    } else if (!held.whole || entries === undefined) {
      const revisions = new Map(
        [...held.commit.revisions, ...commit.revisions].map((revision) => [revision.hash, revision]),
      );
      const whole = entries === undefined || entries.every((entry) => revisions.has(entry));
      const ordered = entries?.flatMap((entry) => revisions.get(entry) ?? []) ?? [...revisions.values()];
      this.commitsByHash.set(commit.hash, { commit: { ...commit, revisions: ordered }, whole });
    }
    if (entries === undefined) this.unread.add(commit.hash);
    const { tier, chance, mutant } = this.setup;
    // A part that brings nothing new is no arrival.
    const isNew =
      held === undefined || commit.revisions.some((each) => this.revisions.get(each.hash)?.hollow !== false);
    if (isNew) this.slots.push({ hash: commit.hash, inFlight: live && tier === 'region' && chance.happens(0.25) });
    if (!fork) {
      this.placesOf.set(`${commit.origin}:${commit.seq}`, commit.hash);
      const origin = this.originOf(commit.origin);
      if (from === 'below') origin.carried = true;
      if (mutant === 'ignore-gap' && from === 'below') origin.contiguous = Math.max(origin.contiguous, commit.seq);
      this.advance(commit.origin);
    }
    for (const revision of commit.revisions) {
      const bearers = this.bearers.get(revision.hash);
      if (bearers === undefined) this.bearers.set(revision.hash, [commit.hash]);
      else if (!bearers.includes(commit.hash)) bearers.push(commit.hash);
      const known = this.revisions.get(revision.hash);
      if (known !== undefined && !known.hollow) continue;
      const parsed = parsedRevision(revision);
      for (const parent of parsed.parents) this.covered.add(parent);
      this.revisions.set(revision.hash, { ...parsed, revision, commit: commit.hash, hollow: false });
      if (known !== undefined) continue;
      this.changed();
      if (parsed.resource === undefined) continue;
      const names = this.resources.get(parsed.resource);
      if (names === undefined) this.resources.set(parsed.resource, [revision.hash]);
      else names.push(revision.hash);
    }
  }

  receive(commits: readonly CarriedCommit[], from: 'below' | 'above', link?: LinkWrite): readonly Verdict[] {
    const { mutant } = this.setup;
    if (link !== undefined && mutant === 'cursor-first') this.setLink(link);
    const verdicts = commits.map((given): Verdict => {
      const commit = mutant === 'reprint-unknown' ? reprinted(given) : given;
      const isTrusting = mutant === 'reprint-unknown';
      const inspect = (): Inspection => (isTrusting ? { sound: true, whole: true } : inspected(commit));
      const place = this.placeFor(commit);
      let verdict = judgeCommit(commit, inspect, place, from);
      if (verdict.result === 'gap' && mutant === 'ignore-gap') verdict = { result: 'stored' };
      if (isTaken(verdict)) this.write({ put: 'commit', commit, from, fork: false });
      else if (verdict.result === 'fork') {
        this.forksSeen.add(commit.origin);
        // From below its revisions come again, re-homed; from above they come this way alone.
        const isHere = this.commitsByHash.has(commit.hash) && this.hasAll(commit);
        if (from === 'above' && !isHere) this.write({ put: 'commit', commit, from, fork: true });
      }
      return verdict;
    });
    if (link !== undefined) {
      if (mutant !== 'roaming-keeps-record' && commits.length > 0)
        for (const peer of this.links.keys()) if (peer !== link.peer) this.setLink({ peer, record: undefined });
      if (mutant !== 'cursor-first') this.setLink(link);
    }
    return verdicts;
  }
  setLink({ peer, record, isContinued = false }: LinkWrite): void {
    if (isContinued && this.links.get(peer)?.incarnation !== record?.incarnation) return;
    const forgets = this.setup.mutant === 'deferred-forgotten' && record !== undefined && record.deferred.length > 0;
    this.write({ put: 'link', peer, record: forgets ? { ...record, deferred: [] } : record });
  }
  learn(stable: readonly Mark[], floors: readonly Mark[]): void {
    for (const [origin, seq] of stable)
      if (seq > (this.stableMarks.get(origin) ?? 0)) this.write({ put: 'mark', what: 'stable', mark: [origin, seq] });
    for (const [origin, seq] of floors)
      if (seq > (this.origins.get(origin)?.contiguous ?? 0))
        this.write({ put: 'mark', what: 'floor', mark: [origin, seq] });
  }
  noteHeld(peer: string, given: readonly HeldMark[]): void {
    const before = this.safe.get(peer);
    // The mutant remembers all that it was ever told.
    const kept = this.setup.mutant === 'held-only-rises' ? (before ?? []) : [];
    const held = [...given, ...kept];
    if (JSON.stringify(held) !== JSON.stringify(before)) this.write({ put: 'held', peer, held });
    this.setup.noted(peer);
  }
  want(key: string): void {
    this.write({ put: 'want', keys: [key] });
  }
  settleWants(keys: readonly string[]): void {
    this.write({ put: 'settled', keys });
  }
  lookUp(peer: string, keys: readonly string[]): readonly string[] {
    return this.setup.lookUp(peer, keys);
  }
  author(groups: readonly (readonly CarriedRevision[])[], receivedAt: number): void {
    for (const revisions of groups)
      this.write({ put: 'commit', commit: this.seal(revisions, receivedAt), from: 'below', fork: false });
  }
  /** The next commit of the own origin. `future`: as a version 2 would write it. */
  seal(revisions: readonly CarriedRevision[], receivedAt: number, future = false): CarriedCommit {
    const seq = (this.origins.get(this.origin)?.contiguous ?? 0) + 1;
    const prev = this.placesOf.get(`${this.origin}:${seq - 1}`) ?? '';
    const names = revisions.map((revision) => revision.hash);
    const sealed = sealCommit(digest, { origin: this.origin, nextSeq: seq, prev }, names, receivedAt, '');
    const header = future ? `["c2",${sealed.header.slice(6, -1)},{"later":1.00}]` : sealed.header;
    return { origin: this.origin, seq, prev, header, hash: digest.sha256(header), revisions };
  }
  accept(commit: CarriedCommit): void {
    this.write({ put: 'commit', commit, from: 'below', fork: false });
  }
  renewOrigin(): void {
    this.origin = `${this.setup.node}.${this.setup.chance.word()}`;
  }
  release(granted: Scopes): void {
    const { tier, mutant, chance } = this.setup;
    if (tier === 'region') return;
    if (this.released?.scopes === granted && this.released.at === this.log.length) return;
    for (const [name, held] of this.revisions) {
      const stable = this.isSafeElsewhere(name, held);
      if (!stable && mutant !== 'evict-unstable') continue;
      const isPermitted = permits(granted, held.keys);
      const isOpen = held.resource !== undefined && this.headsOf(held.resource).length > 1;
      const conflict = !isPermitted && !held.hollow && isOpen;
      if (mayEvict({ keys: held.keys, stable: stable || mutant === 'evict-unstable', conflict }, granted)) {
        this.write({ put: 'evict', name });
        continue;
      }
      // A device keeps heads, and all of what is in conflict; of what is dominated, the skeleton will do.
      const isDominated = !held.hollow && !isOpen && this.covered.has(name);
      if (tier === 'device' && stable && isDominated && chance.happens(0.3)) this.write({ put: 'hollow', name });
    }
    if (tier === 'device')
      for (const [origin, { contiguous }] of this.origins) {
        const to = mutant === 'prune-at-ack' ? contiguous : Math.min(contiguous, this.stableMarks.get(origin) ?? 0);
        if (to > (this.pruned.get(origin) ?? 0)) this.write({ put: 'prune', origin, seq: to });
      }
    this.released = { scopes: granted, at: this.log.length };
  }
  private isSafeElsewhere(name: Hash, { commit }: HeldRevision): boolean {
    const { mutant, tier } = this.setup;
    if (mutant === 'prune-at-ack' && tier === 'device') return true;
    if (mutant === 'release-by-first-commit') return this.isCovered(commit);
    let isStable = false;
    for (const bearer of this.bearers.get(name) ?? []) {
      if (this.isCovered(bearer)) isStable = true;
      else if (this.origins.get(this.commitsByHash.get(bearer)?.commit.origin ?? '')?.carried === true) return false;
    }
    return isStable;
  }
  private isCovered(hash: Hash): boolean {
    const held = this.commitsByHash.get(hash);
    if (held === undefined) return false;
    const { origin, seq } = held.commit;
    return seq <= (this.stableMarks.get(origin) ?? 0) && this.placesOf.get(`${origin}:${seq}`) === hash;
  }

  // ---- reading

  identity(): { node: string; incarnation: string; origin: string } {
    return { node: this.setup.node, incarnation: this.incarnation, origin: this.origin };
  }
  carried(): readonly Tip[] {
    const tips: Tip[] = [];
    for (const [origin, { contiguous, carried }] of this.origins)
      if (carried && contiguous > (this.stableMarks.get(origin) ?? 0))
        tips.push({ origin, seq: contiguous, hash: this.placesOf.get(`${origin}:${contiguous}`) ?? '' });
    return tips;
  }
  places(at: readonly Mark[]): readonly Place[] {
    return at.map(([origin, seq]): Place => {
      const contiguous = this.origins.get(origin)?.contiguous ?? 0;
      const tip = this.placesOf.get(`${origin}:${contiguous}`) ?? '';
      const hash = this.placesOf.get(`${origin}:${seq}`);
      const held = hash === undefined ? undefined : this.commitsByHash.get(hash);
      return hash === undefined || held === undefined
        ? { contiguous, tip }
        : { contiguous, tip, held: { hash, whole: held.whole && this.hasAll(held.commit) } };
    });
  }
  /** For judging `commit`: of one that cannot be read, nobody knows what else belongs to it, so what comes decides. */
  private placeFor(commit: CarriedCommit): Place {
    const [place] = this.places([[commit.origin, commit.seq]]);
    if (place === undefined) throw new Error('every origin has a place');
    if (place.held === undefined || entriesOf(commit.header) !== undefined) return place;
    return { ...place, held: { hash: place.held.hash, whole: place.held.whole && this.hasAll(commit) } };
  }
  private hasAll(commit: CarriedCommit): boolean {
    return commit.revisions.every(({ hash }) => this.revisions.has(hash));
  }
  commits(origin: string, from: number, limit: number, bytes: number): readonly CarriedCommit[] {
    const found: CarriedCommit[] = [];
    if (from <= (this.pruned.get(origin) ?? 0)) return found;
    for (let seq = from, size = 0; found.length < limit && size < bytes; seq++) {
      const held = this.commitsByHash.get(this.placesOf.get(`${origin}:${seq}`) ?? '');
      if (held === undefined || !held.whole) break;
      if (held.commit.revisions.some(({ hash }) => this.revisions.get(hash)?.hollow !== false)) break;
      found.push(held.commit);
      size += sizeOf(held.commit);
    }
    return found;
  }
  feed(after: number, limit: number, bytes: number): readonly (CarriedCommit & { readonly arrival: number })[] {
    const found: (CarriedCommit & { arrival: number })[] = [];
    for (let at = after, size = 0; at < this.slots.length && found.length < limit && size < bytes; at++) {
      const slot = this.slots[at];
      if (slot === undefined) break;
      if (slot.inFlight) {
        if (this.setup.mutant === 'skip-in-flight') continue;
        break;
      }
      const commit = this.bodied(slot.hash);
      if (commit === undefined) continue;
      found.push({ ...commit, arrival: at + 1 });
      size += sizeOf(commit);
    }
    return found;
  }
  /** A commit with what is still held of it. */
  private bodied(hash: Hash): CarriedCommit | undefined {
    const commit = this.commitsByHash.get(hash)?.commit;
    if (commit === undefined) return undefined;
    const revisions = commit.revisions.filter(({ hash: name }) => this.revisions.get(name)?.hollow === false);
    return revisions.length === commit.revisions.length ? commit : { ...commit, revisions };
  }
  arrival(): number {
    const first = this.slots.findIndex((slot) => slot.inFlight);
    return first < 0 || this.setup.mutant === 'skip-in-flight' ? this.slots.length : first;
  }
  parts(prefixes: readonly string[], scopes: Scopes): readonly Part[] {
    return prefixes.map((prefix) => {
      const { names, part } = this.setOf(scopes);
      if (prefix === '') return part;
      return partOf(
        digest,
        prefix,
        names.filter((name) => name.startsWith(prefix)),
      );
    });
  }
  private setOf(scopes: Scopes): { readonly names: readonly Hash[]; readonly part: Part } {
    let set = this.sets.get(scopes);
    if (set === undefined) {
      this.sorted ??= [...this.revisions.keys()].sort();
      const names = this.sorted.filter((name) => permits(scopes, this.revisions.get(name)?.keys));
      this.sets.set(scopes, (set = { names, part: partOf(digest, '', names) }));
    }
    return set;
  }
  names(prefix: string, scopes: Scopes, after: Hash | '', limit: number): readonly Hash[] {
    const { names } = this.setOf(scopes);
    if (prefix === '' && after === '' && names.length <= limit) return names;
    return names.filter((name) => name > after && name.startsWith(prefix)).slice(0, limit);
  }
  namesOutside(scopes: Scopes, after: Hash | '', limit: number): readonly Hash[] {
    const found: Hash[] = [];
    for (const [name, { keys }] of this.revisions) if (name > after && !permits(scopes, keys)) found.push(name);
    return found.sort().slice(0, limit);
  }
  foremost(scopes: Scopes, after: string, limit: number): Foremost {
    const heads = this.setOf(scopes).names.filter((name) => !this.covered.has(name));
    const from = after === '' ? 0 : Number(after);
    const names = heads.slice(from, from + limit);
    const done = from + names.length;
    return { names, next: done < heads.length && names.length > 0 ? String(done) : '', done, of: heads.length };
  }
  wants(): readonly string[] {
    return [...this.wanted];
  }
  held(origins: readonly string[]): readonly HeldMark[] {
    const asked = new Set(origins);
    return [...this.safe.values()].flat().filter(([origin, , durability]) => durability === 'D2' && asked.has(origin));
  }
  /** The label that people see beside a commit. */
  classOf(origin: string, seq: number): Durability {
    if (seq <= (this.stableMarks.get(origin) ?? 0)) return 'D3';
    const told = [...this.safe.values()].flat().filter(([name, upTo]) => name === origin && seq <= upTo);
    if (told.some(([, , durability]) => durability === 'D2')) return 'D2';
    return told.some(([, , durability]) => durability === 'D1') ? 'D1' : 'D0';
  }
  lacking(names: readonly Hash[]): readonly Hash[] {
    return names.filter((name) => !this.revisions.has(name));
  }
  bearing(names: readonly Hash[]): readonly CarriedCommit[] {
    const commits = new Set(names.flatMap((name) => this.revisions.get(name)?.commit ?? []));
    return [...commits].flatMap((hash) => this.bodied(hash) ?? []);
  }
  stable(): readonly Mark[] {
    const { tier, mutant } = this.setup;
    if (tier === 'region') return mutant === 'stable-is-held' ? this.heldMarks() : this.backup.marks;
    return (this.marks ??= [...this.stableMarks]);
  }
  heldMarks(): readonly Mark[] {
    return [...this.origins].map(([origin, { contiguous }]): Mark => [origin, contiguous]);
  }
  grants(peer: string): Scopes {
    return this.setup.mutant === 'no-scopes' ? 'all' : this.setup.grants(peer);
  }
  link(peer: string): LinkRecord | undefined {
    return this.links.get(peer);
  }
  headsOf(resource: string): readonly Hash[] {
    return (this.resources.get(resource) ?? []).filter((name) => !this.covered.has(name)).sort();
  }
  /** Everything that a reader could tell apart, for finding out whether something changed. */
  state(): string {
    let sum = 0;
    for (const { contiguous } of this.origins.values()) sum += contiguous;
    return `${this.commitsByHash.size} ${this.slots.length} ${this.revisions.size} ${this.origins.size} ${sum}`;
  }
}

const sizeOf = (commit: CarriedCommit): number => {
  let size = commit.header.length;
  for (const { text } of commit.revisions) size += text?.length ?? 0;
  return size;
};

const reprinted = (commit: CarriedCommit): CarriedCommit => ({
  ...commit,
  header: reprintedText(commit.header),
  revisions: commit.revisions.map((revision) => ({ ...revision, header: reprintedText(revision.header) })),
});
const reprintedText = (text: string): string => (text.startsWith('[') ? JSON.stringify(JSON.parse(text)) : text);
