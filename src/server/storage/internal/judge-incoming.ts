// What becomes of each commit of a batch: judged in their order, under the locks of their origins.
//
//   SY4   Each has a verdict of its own.
//   SY22  A second commit at a number is a fork: the first stays. From above the other is kept beside it, under a name of its own.
//   PG25  An origin that a process of this node is writing never takes a commit from elsewhere.
import { assert } from '../../../core/base/assert.ts';
import type { Hash } from '../../../core/base/ports.ts';
import { isOrigin } from '../../../core/record/envelope.ts';
import { isTaken, judgeCommit, type Verdict } from '../../../core/sync/judge-commit.ts';
import type { CarriedCommit, Mark, Place } from '../../../core/sync/ports.ts';
import type { Connection } from './connections.ts';
import { hashOf } from './hashes.ts';
import { isLater, type Incoming } from './incoming.ts';
import type { Aside } from './quarantine.ts';
import { heldAt, heldFor, lockOrigins, type OriginRow } from './receive-sql.ts';

/** `restored`: commits of this node's own backup; their times are those of their headers, and what is unsound ends it. */
export type Source = 'below' | 'above' | 'restored';

/** A commit that takes a place, or a part of one that did. */
export interface Taken {
  readonly incoming: Incoming;
  readonly o: number;
  readonly isFork: boolean;
  readonly wasHeld: boolean;
}
export interface Judgement {
  readonly verdicts: readonly Verdict[];
  readonly taken: readonly Taken[];
  readonly aside: readonly Aside[];
  /** Origins that a process of this node is writing, of which another history is known now. */
  readonly twins: readonly string[];
}

/** A commit that is not what its hashes say. Its message names no content. */
export class NotAsHashed extends Error {
  override readonly name = 'NotAsHashed';
}

/** What can stand somewhere at all. */
const isPlaced = ({ origin, seq }: CarriedCommit): boolean => isOrigin(origin) && Number.isSafeInteger(seq) && seq >= 1;

/** Where it says that it stands; nowhere where that cannot be. */
export const placeOf = (commit: CarriedCommit): Mark => (isPlaced(commit) ? [commit.origin, commit.seq] : ['', 0]);

const FORK = '#';
/** No origin is called so. */
const forkName = ({ origin, hash }: CarriedCommit): string => `${origin}${FORK}${hash}`;
/** The origin that a row of `origin` is of. */
export const originNamed = (name: string): string => name.split(FORK, 1)[0] ?? name;

/** `number` gives numbers to all that this node's processes committed. */
export async function judgeIncoming(
  connection: Connection,
  incoming: readonly Incoming[],
  from: Source,
  number: () => Promise<void>,
): Promise<Judgement> {
  const placed = incoming.filter(({ commit }) => isPlaced(commit)).map(({ commit }) => commit.origin);
  const origins = await lockOrigins(connection, distinct(placed));
  const coming = incoming.map(({ commit }) => ({ at: placeOf(commit), commit }));
  const tips = [...origins].map(([origin, { contiguous }]): Mark => [origin, contiguous]);
  const [held, tipsHeld] = await Promise.all([heldFor(connection, coming), heldAt(connection, tips)]);
  const places = new Places();
  for (const [i, [origin, contiguous]] of tips.entries()) places.begin(origin, contiguous, tipsHeld[i]?.hash ?? '');
  for (const [i, { at }] of coming.entries()) places.hold(at, held[i]);

  const verdicts: Verdict[] = [];
  const aside: Aside[] = [];
  const twins = new Set<string>();
  const found: Found[] = [];
  for (const each of incoming) {
    const { commit, inspection } = each;
    const place = places.at(commit.origin, commit.seq);
    const isTwin = await isOfTwin(connection, origins.get(commit.origin), commit, place, number);
    const isSoundTwin = isTwin && inspection.sound;
    const verdict: Verdict = isSoundTwin
      ? { result: 'fork' }
      : judgeCommit(commit, () => inspection, place, from === 'below' ? 'below' : 'above');
    if (isSoundTwin) twins.add(commit.origin);
    if (from === 'restored' && !isRestorable(verdict)) throw new NotAsHashed(`commit ${commit.origin} ${commit.seq}`);
    verdicts.push(verdict);
    if (verdict.result === 'fork') aside.push({ commit, reason: 'fork', isElsewhere: true });
    if (verdict.result === 'quarantined') aside.push({ commit, reason: verdict.reason, isElsewhere: verdict.inPlace });
    // Arrivals are restored as they were, also of what was whole before.
    if (isTaken(verdict) || (from === 'restored' && verdict.result === 'dup')) {
      found.push({ incoming: each, name: commit.origin, isFork: false, wasHeld: place.held !== undefined });
      places.take(commit, place.held?.whole === true || (inspection.sound && inspection.whole));
      // Nobody knows whether that was all: another part of it in this batch is looked at, too.
      if (isLater(each)) places.hold(placeOf(commit), { hash: commit.hash, whole: false });
    } else if (verdict.result === 'fork' && from !== 'below') {
      // From below its revisions come again, re-homed; from above they come this way alone.
      found.push({ incoming: each, name: forkName(commit), isFork: true, wasHeld: false });
    }
  }
  return { verdicts, taken: await withNumbers(connection, found, origins, from), aside, twins: [...twins] };
}

const isRestorable = (verdict: Verdict): boolean =>
  verdict.result !== 'gap' && (verdict.result !== 'quarantined' || verdict.inPlace);

/**
 * Whether a commit that is not held is of an origin that a process of this node is writing now: its number will be taken by that
 * process, so that it can only be of a twin. An origin that nobody writes any more grows like any other from here on.
 */
async function isOfTwin(
  connection: Connection,
  origin: OriginRow | undefined,
  commit: CarriedCommit,
  { held }: Place,
  number: () => Promise<void>,
): Promise<boolean> {
  if (origin?.here !== true || held !== undefined) return false;
  const [lock] = await connection.query('SELECT pg_try_advisory_xact_lock($1::bigint)', [hashOf(commit.origin)]);
  if (lock?.[0] !== true) return true;
  // Its last commits are numbered first: what comes now numbers itself.
  await number();
  await connection.query(
    `UPDATE origin g SET here = false, closed = true,
       contiguous = greatest(floor, (SELECT coalesce(max(seq), 0) FROM commit c WHERE c.o = g.o))
     WHERE g.o = $1 AND g.here`,
    [origin.o],
  );
  return false;
}

interface Found {
  readonly incoming: Incoming;
  readonly name: string;
  readonly isFork: boolean;
  readonly wasHeld: boolean;
}

/** With the numbers of their origins; of forks, those that are not here whole. */
async function withNumbers(
  connection: Connection,
  found: readonly Found[],
  origins: ReadonlyMap<string, OriginRow>,
  from: Source,
): Promise<readonly Taken[]> {
  const forks = found.filter(({ isFork }) => isFork);
  const forkOrigins = await lockOrigins(connection, distinct(forks.map(({ name }) => name)));
  const kept = await heldAt(
    connection,
    forks.map(({ name, incoming }): Mark => [name, incoming.commit.seq]),
  );
  const whole = new Set(forks.filter((_, i) => kept[i]?.whole === true).map(({ name }) => name));
  const inPart = new Set(forks.filter((_, i) => kept[i]?.whole === false).map(({ name }) => name));
  return found.flatMap(({ incoming, name, isFork, wasHeld }): readonly Taken[] => {
    const o = (isFork ? forkOrigins : origins).get(name)?.o;
    assert(o !== undefined, 'an origin that is locked has a number');
    if (!isFork) return [{ incoming, o, isFork, wasHeld }];
    if (whole.has(name) && from !== 'restored') return [];
    const isAgain = whole.has(name) || inPart.has(name);
    inPart.add(name);
    return [{ incoming, o, isFork, wasHeld: isAgain }];
  });
}

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();

/** Where each origin stands, as the batch goes on. */
class Places {
  readonly #origins = new Map<string, { contiguous: number; tip: Hash | ''; readonly held: Map<number, HeldPlace> }>();

  begin(origin: string, contiguous: number, tip: Hash | ''): void {
    this.#origins.set(origin, { contiguous, tip, held: new Map() });
  }
  hold([origin, seq]: Mark, held: HeldPlace | undefined): void {
    const known = this.#origins.get(origin)?.held;
    // Of two that come, one may be here and the other not.
    if (held !== undefined && known?.get(seq)?.whole !== false) known?.set(seq, held);
  }
  at(origin: string, seq: number): Place {
    const known = this.#origins.get(origin);
    const held = known?.held.get(seq);
    const { contiguous, tip } = known ?? { contiguous: 0, tip: '' };
    return held === undefined ? { contiguous, tip } : { contiguous, tip, held };
  }
  take({ origin, seq, hash }: CarriedCommit, whole: boolean): void {
    const known = this.#origins.get(origin);
    if (known === undefined) return;
    known.held.set(seq, { hash, whole });
    for (let next = known.held.get(known.contiguous + 1); next?.whole === true;) {
      known.contiguous += 1;
      known.tip = next.hash;
      next = known.held.get(known.contiguous + 1);
    }
  }
}
type HeldPlace = NonNullable<Place['held']>;
