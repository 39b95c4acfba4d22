// What replication needs from a store. Both sides of a link, and every tier, need the same.
//
//   SY1   A write is on the disk when it returns, whole; `undefined` reads are never a failure in disguise.
//   SY9   `feed` stops before the first arrival that is still in flight.
//   SY16  A link's record is written in the transaction of what it covers.
//
// A method may answer at once or later: the drivers await both. A broken disk is an exception; the session then ends and
// is begun anew, which costs nothing, since no message means more than what it says.
import type { Hash, Instant } from '../base/ports.ts';
import type { ArrivedCommit } from '../record/store.ts';
import type { Part } from './compare.ts';
import type { Verdict } from './judge-commit.ts';
import type { Scopes } from './scopes.ts';

export type Awaitable<T> = T | Promise<T>;

/** A commit as it travels: all of its revisions, or those that the receiver may have. Header bytes are always exact. */
export type CarriedCommit = Omit<ArrivedCommit, 'arrival'>;
export type CarriedRevision = CarriedCommit['revisions'][number];

/** Where a node stands in an origin: it holds all up to `seq` (or need not). `hash` is that commit's, '' where it is not held. */
export interface Tip {
  readonly origin: string;
  readonly seq: number;
  readonly hash: Hash | '';
}
/** How far an origin is covered. */
export type Mark = readonly [origin: string, seq: number];

/**
 * Where a commit is safe. D0: on the device that wrote it. D1: on its site's disk. D1m: and on a mirror on another disk. D2: the
 * region holds it. D3: the region's backup covers it (the stable marks say so).
 */
export type Durability = 'D0' | 'D1' | 'D1m' | 'D2' | 'D3';
export type Tier = 'region' | 'site' | 'device';
/** All commits of the origin up to `seq` have at least this class, as far as the teller knows. */
export type Held = readonly [origin: string, seq: number, durability: Durability];

/** What a node knows of an origin, for judging what comes. */
export interface Place {
  /** The highest of the floor and the last of the whole commits without a gap; 0 for an unknown origin. */
  readonly contiguous: number;
  /** That commit's hash; '' where it is not held. */
  readonly tip: Hash | '';
  /**
   * The commit held at the number that was asked for. `whole`: nothing of it is lacking. Where its header cannot be read nobody knows
   * what else belongs to it: then, for judging one that comes, whether all revisions that come are held.
   */
  readonly held?: { readonly hash: Hash; readonly whole: boolean };
}

/** A page of names in clinical order. */
export interface Foremost {
  readonly names: readonly Hash[];
  /** '' after the last page; else what asks for the next. */
  readonly next: string;
  /** How many heads were told up to here, of how many: for showing how far a site is. */
  readonly done: number;
  readonly of: number;
}

/** What is remembered of a peer above, once both sides were compared. Absent: compare first. */
export interface LinkRecord {
  readonly incarnation: string;
  /** Everything in `scopes` up to this arrival of that incarnation is here. */
  readonly arrival: number;
  readonly scopes: Scopes;
  /** Origins that the peer holds another history of: their revisions were re-homed, they are not pushed. */
  readonly forked: readonly string[];
  /** Large revisions that the cursor has passed and that are still to be fetched, in ranges, when all else is here. */
  readonly deferred: readonly Hash[];
}
export interface LinkWrite {
  readonly peer: string;
  /** `undefined` forgets it. */
  readonly record: LinkRecord | undefined;
  /** It goes on from a record of this incarnation (SY12): where that was ended meanwhile, none is written. */
  readonly isContinued?: boolean;
}

export interface SyncReads {
  /** The node's name, and its incarnation: new at every opening that cannot prove that nothing acknowledged was lost. */
  identity(): Awaitable<{ readonly node: string; readonly incarnation: string; readonly origin: string }>;
  /** Origins that this node wrote, or got from below, as far as they are not stable. */
  carried(): Awaitable<readonly Tip[]>;
  /** The place of each origin, `held` at the number that is asked. */
  places(at: readonly Mark[]): Awaitable<readonly Place[]>;
  /** Whole commits of an origin in order, from `from` to the first that is not held; ends with the one that passes `bytes`. */
  commits(origin: string, from: number, limit: number, bytes: number): Awaitable<readonly CarriedCommit[]>;
  /**
   * In order of arrival, after `after`, up to the first in flight; ends with the one that passes `bytes`. A store may leave out
   * revisions that `scopes` do not permit; commits stay, headers whole.
   */
  feed(after: number, limit: number, bytes: number, scopes?: Scopes): Awaitable<readonly ArrivedCommit[]>;
  /** The last arrival that the feed would show. */
  arrival(): Awaitable<number>;
  /** Of the revisions in `scopes`: for each prefix how many names begin with it, and their print (`partOf`). No names are loaded. */
  parts(prefixes: readonly string[], scopes: Scopes): Awaitable<readonly Part[]>;
  /** Names of the revisions in `scopes` that begin with `prefix`, ascending, after `after` ('' from the first), at most `limit`. */
  names(prefix: string, scopes: Scopes, after: Hash | '', limit: number): Awaitable<readonly Hash[]>;
  /** Names of held revisions in none of `scopes`, ascending, after `after`, at most `limit`. */
  namesOutside(scopes: Scopes, after: Hash | '', limit: number): Awaitable<readonly Hash[]>;
  /**
   * Names of heads in `scopes` in clinical order (`clinicalRank` of core/record; inside a rank the store's own), at most `limit`.
   * `after` is '' or the `next` of the page before, which only this store reads; `next` is '' after the last.
   */
  foremost(scopes: Scopes, after: string, limit: number): Awaitable<Foremost>;
  /** Keys that people of this node look up and that no parent has answered for yet. */
  wants(): Awaitable<readonly string[]>;
  /** Those of `names` that are not held. */
  lacking(names: readonly Hash[]): Awaitable<readonly Hash[]>;
  /** Commits that brought `names`, each once, with all revisions of theirs that are still held. */
  bearing(names: readonly Hash[]): Awaitable<readonly CarriedCommit[]>;
  /** Which commits can no more be lost: at a region those that its backup covers, elsewhere what was learned from above. */
  stable(): Awaitable<readonly Mark[]>;
  /** What `peer` may have. Decided here, never by the peer. The same array until it changes: it is asked for at every message. */
  grants(peer: string): Awaitable<Scopes>;
  /** Beyond this node's own disk: up to where the commits of these origins are safe (a mirror; what `noteHeld` learned from above). */
  held(origins: readonly string[]): Awaitable<readonly Held[]>;
  link(peer: string): Awaitable<LinkRecord | undefined>;
}

export interface SyncWrites {
  /**
   * Takes in commits, each judged by `judgeCommit` inside the transaction, in order. `below`: pushed by a child, to be passed up;
   * `above`: of a parent, perhaps filtered. `peer`: who pushed it. What comes from above ends the records of all other peers (SY12).
   */
  receive(
    commits: readonly CarriedCommit[],
    from: 'below' | 'above',
    link?: LinkWrite,
    peer?: string,
  ): Awaitable<readonly Verdict[]>;
  setLink(link: LinkWrite): Awaitable<void>;
  /** What was learned from above. Marks only rise. */
  learn(stable: readonly Mark[], floors: readonly Mark[]): Awaitable<void>;
  /**
   * What `peer` says of where origins are safe, instead of all that it or any other peer said before: marks may fall (a restored
   * region), and what a former parent said is not known any more.
   */
  noteHeld(peer: string, held: readonly Held[]): Awaitable<void>;
  /** Upper side: decides and remembers which of `keys` the peer may have from now on, and audits it. Those are returned. */
  lookUp(peer: string, keys: readonly string[]): Awaitable<readonly string[]>;
  /** Lower side: the parent answered for `asked` with `granted`. */
  settleWants(asked: readonly string[], granted: readonly string[]): Awaitable<void>;
  /** One commit of this node's own origin for each group, headers and texts as they are. */
  author(groups: readonly (readonly CarriedRevision[])[], receivedAt: Instant): Awaitable<void>;
  /** What is written from now on has an origin that nobody used. */
  renewOrigin(): Awaitable<void>;
  /** Drops what need not stay: judged by `mayEvict`. A store that keeps everything does nothing. */
  release(scopes: Scopes): Awaitable<void>;
}

export interface SyncStore extends SyncReads, SyncWrites {}
