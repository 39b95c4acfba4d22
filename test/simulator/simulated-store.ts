// A store on a simulated disk: a log of records of which a prefix is synced. Everything else is made from the log again at each
// start. The device, site and region of the simulator all use it.
import { toBase32 } from '../../src/core/base/base32.ts';
import type { Digest, Hash } from '../../src/core/base/ports.ts';
import { decodeCommit, decodeRevision } from '../../src/core/record/envelope.ts';
import { sealCommit } from '../../src/core/record/seal.ts';
import {
  inspectCommit,
  isTaken,
  judgeCommit,
  type Inspection,
  type Verdict,
} from '../../src/core/sync/judge-commit.ts';
import { partOf, type Part } from '../../src/core/sync/compare.ts';
import { clinicalRank } from '../../src/core/sync/clinical-order.ts';
import type {
  CarriedCommit,
  CarriedRevision,
  Foremost,
  Held as HeldMark,
  LinkRecord,
  LinkWrite,
  Mark,
  Place,
  SyncStore,
  Tip,
} from '../../src/core/sync/ports.ts';
import { keysOf, mayEvict, permits, type Scopes } from '../../src/core/sync/scopes.ts';
import { hash } from 'node:crypto';
import type { Mutant } from './mutants.ts';
import type { SeededChance } from './seeded-chance.ts';

export const digest: Digest = { sha256: (text) => toBase32(hash('sha256', text, 'buffer')) };

export class DiskFull extends Error {
  override readonly name = 'DiskFull';
}

type LogRecord =
  | { readonly put: 'commit'; readonly commit: CarriedCommit; readonly from: 'below' | 'above'; readonly fork: boolean }
  | { readonly put: 'link'; readonly peer: string; readonly record: LinkRecord | undefined }
  | { readonly put: 'mark'; readonly what: 'stable' | 'floor'; readonly mark: Mark }
  | { readonly put: 'prune'; readonly origin: string; readonly seq: number }
  | { readonly put: 'hollow' | 'evict'; readonly name: Hash };

interface Held {
  commit: CarriedCommit;
  whole: boolean;
}
export interface HeldRevision {
  readonly revision: CarriedRevision;
  readonly keys: readonly string[] | undefined;
  /** Type/id; undefined where the header cannot be read. */
  readonly resource: string | undefined;
  readonly parents: readonly Hash[];
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
  readonly tier: 'region' | 'site' | 'device';
  readonly chance: SeededChance;
  readonly mutant: Mutant | undefined;
  readonly grants: (peer: string) => Scopes;
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
  readonly keptAside: string[] = [];

  commitsByHash = new Map<Hash, Held>();
  placesOf = new Map<string, Hash>();
  revisions = new Map<Hash, HeldRevision>();
  origins = new Map<string, Origin>();
  private slots: Slot[] = [];
  private links = new Map<string, LinkRecord>();
  private stableMarks = new Map<string, number>();
  private pruned = new Map<string, number>();
  private covered = new Set<Hash>();
  /** The commits that hold a revision. */
  private bearers = new Map<Hash, Hash[]>();
  private sorted: readonly Hash[] | undefined;
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
    this.slots = [];
    this.links = new Map();
    this.stableMarks = new Map();
    this.pruned = new Map();
    this.covered = new Set();
    this.bearers = new Map();
    this.sorted = undefined;
    for (const record of this.log) this.apply(record);
    this.incarnation = mutant === 'fixed-incarnation' ? 'i0' : chance.word();
    this.origin = mutant === 'fixed-origin' ? `${node}.0` : `${node}.${chance.word()}`;
  }
  sync(): void {
    this.synced = this.log.length;
  }
  /** The power fails: of what was not synced, some prefix survives. */
  crash(): void {
    const torn = this.setup.chance.below(this.log.length - this.synced + 1);
    this.log = this.log.slice(0, this.synced + torn);
    this.sync();
    this.open();
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
    for (const record of this.log.slice(0, this.synced))
      if (record.put === 'commit') for (const { hash } of record.commit.revisions) names.add(hash);
    return names;
  }
  takeBackup(): void {
    this.sync();
    this.backup = {
      log: [...this.log],
      marks: this.heldMarks(),
    };
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
        if (record.what === 'stable') this.stableMarks.set(origin, Math.max(seq, this.stableMarks.get(origin) ?? 0));
        else {
          const known = this.originOf(origin);
          known.floor = Math.max(known.floor, seq);
          this.advance(origin);
        }
        break;
      }
      case 'prune':
        this.pruned.set(record.origin, record.seq);
        break;
      case 'hollow': {
        const held = this.revisions.get(record.name);
        if (held) held.hollow = true;
        break;
      }
      case 'evict':
        this.revisions.delete(record.name);
        this.sorted = undefined;
        break;
    }
  }
  private originOf(name: string): Origin {
    const known = this.origins.get(name) ?? { contiguous: 0, floor: 0, carried: false };
    this.origins.set(name, known);
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
    const revisions = new Map(
      [...(held?.commit.revisions ?? []), ...commit.revisions].map((revision) => [revision.hash, revision]),
    );
    const merged = { ...commit, revisions: [...revisions.values()] };
    const read = decodeCommit(commit.header);
    const whole = !read.ok || read.value.entries.every((entry) => revisions.has(entry));
    this.commitsByHash.set(commit.hash, { commit: merged, whole });
    const { tier, chance } = this.setup;
    this.slots.push({ hash: commit.hash, inFlight: live && tier === 'region' && chance.happens(0.25) });
    if (!fork) {
      this.placesOf.set(`${commit.origin}:${commit.seq}`, commit.hash);
      if (from === 'below') this.originOf(commit.origin).carried = true;
      if (this.setup.mutant === 'ignore-gap' && from === 'below')
        this.originOf(commit.origin).contiguous = Math.max(this.originOf(commit.origin).contiguous, commit.seq);
      this.advance(commit.origin);
    }
    for (const revision of commit.revisions) {
      const bearers = this.bearers.get(revision.hash) ?? [];
      if (!bearers.includes(commit.hash)) this.bearers.set(revision.hash, [...bearers, commit.hash]);
      const known = this.revisions.get(revision.hash);
      if (known !== undefined && !known.hollow) continue;
      const header = decodeRevision(revision.header);
      const resource = header.ok ? `${header.value.type}/${header.value.id}` : undefined;
      const parents = header.ok ? header.value.parents : [];
      for (const parent of parents) this.covered.add(parent);
      const keys = keysOf(revision.header);
      this.revisions.set(revision.hash, { revision, keys, resource, parents, commit: commit.hash, hollow: false });
      this.sorted = undefined;
    }
  }

  receive(commits: readonly CarriedCommit[], from: 'below' | 'above', link?: LinkWrite): readonly Verdict[] {
    const { mutant } = this.setup;
    if (link !== undefined && mutant === 'cursor-first') this.setLink(link);
    const verdicts = commits.map((given): Verdict => {
      const commit = mutant === 'reprint-unknown' ? reprinted(given) : given;
      const isTrusting = mutant === 'reprint-unknown';
      const inspect = (): Inspection => (isTrusting ? { sound: true, whole: true } : inspectCommit(digest, commit));
      const [place] = this.places([[commit.origin, commit.seq]]);
      if (place === undefined) throw new Error('every origin has a place');
      let verdict = judgeCommit(commit, inspect, place, from);
      if (verdict.result === 'gap' && mutant === 'ignore-gap') verdict = { result: 'stored' };
      if (isTaken(verdict)) this.write({ put: 'commit', commit, from, fork: false });
      else if (verdict.result === 'fork') {
        this.forksSeen.add(commit.origin);
        // From below its revisions come again, re-homed; from above they come this way alone.
        if (from === 'above' && !this.commitsByHash.has(commit.hash))
          this.write({ put: 'commit', commit, from, fork: true });
      } else if (verdict.result === 'quarantined') this.keptAside.push(verdict.reason);
      return verdict;
    });
    if (link !== undefined) {
      if (mutant !== 'roaming-keeps-record' && commits.length > 0)
        for (const peer of this.links.keys()) if (peer !== link.peer) this.setLink({ peer, record: undefined });
      if (mutant !== 'cursor-first') this.setLink(link);
    }
    return verdicts;
  }
  setLink({ peer, record }: LinkWrite): void {
    this.write({ put: 'link', peer, record });
  }
  learn(stable: readonly Mark[], floors: readonly Mark[]): void {
    for (const [origin, seq] of stable)
      if (seq > (this.stableMarks.get(origin) ?? 0)) this.write({ put: 'mark', what: 'stable', mark: [origin, seq] });
    for (const [origin, seq] of floors)
      if (seq > (this.origins.get(origin)?.contiguous ?? 0))
        this.write({ put: 'mark', what: 'floor', mark: [origin, seq] });
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
    const isCovered = (hash: Hash): boolean => {
      const held = this.commitsByHash.get(hash);
      if (held === undefined) return false;
      const { origin, seq } = held.commit;
      return seq <= (this.stableMarks.get(origin) ?? 0) && this.placesOf.get(`${origin}:${seq}`) === hash;
    };
    const isSafe = (name: Hash, { commit }: HeldRevision): boolean => {
      if (mutant === 'prune-at-ack' && tier === 'device') return true;
      if (mutant === 'release-by-first-commit') return isCovered(commit);
      const bearers = this.bearers.get(name) ?? [];
      const isQueued = (hash: Hash): boolean =>
        !isCovered(hash) && this.origins.get(this.commitsByHash.get(hash)?.commit.origin ?? '')?.carried === true;
      return bearers.some(isCovered) && !bearers.some(isQueued);
    };
    for (const [name, held] of this.revisions) {
      const stable = isSafe(name, held);
      if (!stable && mutant !== 'evict-unstable') continue;
      const isPermitted = permits(granted, held.keys);
      const conflict =
        !isPermitted && held.resource !== undefined && !held.hollow && this.headsOf(held.resource).length > 1;
      if (mayEvict({ keys: held.keys, stable: stable || mutant === 'evict-unstable', conflict }, granted)) {
        this.write({ put: 'evict', name });
        continue;
      }
      // A device keeps heads; of what is dominated, the skeleton will do.
      if (tier === 'device' && stable && !held.hollow && this.covered.has(name) && chance.happens(0.3))
        this.write({ put: 'hollow', name });
    }
    if (tier !== 'device') return;
    for (const [origin, { contiguous }] of this.origins) {
      const to = mutant === 'prune-at-ack' ? contiguous : Math.min(contiguous, this.stableMarks.get(origin) ?? 0);
      if (to > (this.pruned.get(origin) ?? 0)) this.write({ put: 'prune', origin, seq: to });
    }
  }

  // ---- reading

  identity(): { node: string; incarnation: string; origin: string } {
    return { node: this.setup.node, incarnation: this.incarnation, origin: this.origin };
  }
  carried(): readonly Tip[] {
    return [...this.origins].flatMap(([origin, { contiguous, carried }]) =>
      carried && contiguous > (this.stableMarks.get(origin) ?? 0)
        ? [{ origin, seq: contiguous, hash: this.placesOf.get(`${origin}:${contiguous}`) ?? '' }]
        : [],
    );
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
  private hasAll(commit: CarriedCommit): boolean {
    return commit.revisions.every(({ hash }) => this.revisions.has(hash));
  }
  commits(origin: string, from: number, limit: number, bytes: number): readonly CarriedCommit[] {
    const found: CarriedCommit[] = [];
    let size = 0;
    if (from <= (this.pruned.get(origin) ?? 0)) return found;
    for (let seq = from; found.length < limit && size < bytes; seq++) {
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
    let size = 0;
    for (let at = after; at < this.slots.length && found.length < limit && size < bytes; at++) {
      const slot = this.slots[at];
      if (slot === undefined) break;
      if (slot.inFlight) {
        if (this.setup.mutant === 'skip-in-flight') continue;
        break;
      }
      const held = this.commitsByHash.get(slot.hash);
      if (held === undefined) continue;
      const revisions = held.commit.revisions.filter(({ hash }) => this.revisions.get(hash)?.hollow === false);
      found.push({ ...held.commit, revisions, arrival: at + 1 });
      size += sizeOf(held.commit);
    }
    return found;
  }
  arrival(): number {
    const first = this.slots.findIndex((slot) => slot.inFlight);
    return first < 0 || this.setup.mutant === 'skip-in-flight' ? this.slots.length : first;
  }
  parts(prefixes: readonly string[], scopes: Scopes): readonly Part[] {
    return prefixes.map((prefix) => partOf(digest, prefix, this.namesUnder(prefix, scopes)));
  }
  private namesUnder(prefix: string, scopes: Scopes): readonly Hash[] {
    this.sorted ??= [...this.revisions.keys()].sort();
    return this.sorted.filter((name) => name.startsWith(prefix) && permits(scopes, this.revisions.get(name)?.keys));
  }
  names(prefix: string, scopes: Scopes, after: Hash | '', limit: number): readonly Hash[] {
    return this.namesUnder(prefix, scopes)
      .filter((name) => name > after)
      .slice(0, limit);
  }
  namesOutside(scopes: Scopes, after: Hash | '', limit: number): readonly Hash[] {
    return [...this.revisions.keys()]
      .filter((name) => name > after && !permits(scopes, this.revisions.get(name)?.keys))
      .sort()
      .slice(0, limit);
  }
  foremost(scopes: Scopes, after: string, limit: number): Foremost {
    const heads = [...this.revisions]
      .filter(([name, held]) => held.resource !== undefined && !this.covered.has(name) && permits(scopes, held.keys))
      .map(([name, held]) => [clinicalRank(held.resource?.split('/')[0] ?? ''), held.resource ?? '', name] as const)
      .sort(([a, b, c], [x, y, z]) => a - x || (b < y ? -1 : b > y ? 1 : c < z ? -1 : 1));
    const from = after === '' ? 0 : Number(after);
    const names = heads.slice(from, from + limit).map(([, , name]) => name);
    const done = from + names.length;
    return { names, next: done < heads.length && names.length > 0 ? String(done) : '', done, of: heads.length };
  }
  wants(): readonly string[] {
    return [];
  }
  lookUp(): readonly string[] {
    return [];
  }
  settleWants(): void {
    // Nobody looks anything up.
  }
  held(): readonly HeldMark[] {
    return [];
  }
  noteHeld(): void {
    // Not looked at.
  }
  lacking(names: readonly Hash[]): readonly Hash[] {
    return names.filter((name) => !this.revisions.has(name));
  }
  bearing(names: readonly Hash[]): readonly CarriedCommit[] {
    const commits = new Set(names.flatMap((name) => this.revisions.get(name)?.commit ?? []));
    return [...commits].flatMap((hash) => {
      const held = this.commitsByHash.get(hash);
      if (held === undefined) return [];
      const revisions = held.commit.revisions.filter(({ hash }) => this.revisions.get(hash)?.hollow === false);
      return [{ ...held.commit, revisions }];
    });
  }
  stable(): readonly Mark[] {
    const { tier, mutant } = this.setup;
    if (tier !== 'region') return [...this.stableMarks];
    return mutant === 'stable-is-held' ? this.heldMarks() : this.backup.marks;
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
    const names: Hash[] = [];
    for (const [name, held] of this.revisions)
      if (held.resource === resource && !this.covered.has(name)) names.push(name);
    return names.sort();
  }
  /** Everything that a reader could tell apart, for finding out whether something changed. */
  state(): string {
    return `${this.commitsByHash.size} ${this.slots.length} ${this.revisions.size} ${[...this.origins].map(([o, v]) => `${o}=${v.contiguous}`).join()}`;
  }
}

const reprinted = (commit: CarriedCommit): CarriedCommit => ({
  ...commit,
  header: reprintedText(commit.header),
  revisions: commit.revisions.map((revision) => ({ ...revision, header: reprintedText(revision.header) })),
});
const reprintedText = (text: string): string => (text.startsWith('[') ? JSON.stringify(JSON.parse(text)) : text);
const sizeOf = (commit: CarriedCommit): number =>
  commit.revisions.reduce((sum, { text }) => sum + (text?.length ?? 0), commit.header.length);
