// The lower side compares its set of revisions with the peer's: what it lacks is fetched, what the peer lacks is given back.
//
//   SY13  What the peer lacks is wrapped into commits of an own origin, header and text as they are; revisions of one commit together.
//   SY14  Sets are compared by the prints of ever smaller parts.
//   SY32  Where much is missing, heads come first, in clinical order; then all is compared.
//   SY34  Part by part: what one part of the sets lacks is settled before the next is looked into, so memory does not grow with them.
import type { Hash } from '../base/ports.ts';
import { ASKED_MAX, openParts, partsOf, type Difference, type Part } from './compare.ts';
import { read, write, type Machine } from './effects.ts';
import type { LinkRecord, Tip } from './ports.ts';
import { PAGE_BYTES, pushCommits } from './push-commits.ts';
import { printOfScopes, type Scopes } from './scopes.ts';
import { asked, Broken, greet, type Talk } from './talk.ts';

/** With so many heads to fetch, those come first. */
const BACKFILL_FROM = 256;

/** The peer as its welcome described it. */
export interface Peer {
  readonly node: string;
  readonly incarnation: string;
  readonly scopes: Scopes;
}
export interface Reconciled {
  /** All that the peer showed up to this arrival is settled. */
  readonly arrival: number;
  readonly rescued: number;
  readonly deferred: readonly Hash[];
}
/** What is found on the way. */
interface Course {
  readonly talk: Talk;
  readonly peer: Peer;
  readonly known: LinkRecord | undefined;
  readonly deferred: Set<Hash>;
  rescued: number;
  /** Where the peer stands in our own origin, once we know. */
  standing: readonly Tip[] | undefined;
}

/** `wanted`: the scopes that are compared. `known`: the record that stays valid meanwhile; none where all is to be compared. */
export function* reconcile(talk: Talk, peer: Peer, wanted: Scopes, known: LinkRecord | undefined): Machine<Reconciled> {
  const course: Course = { talk, peer, known, deferred: new Set(known?.deferred), rescued: 0, standing: undefined };
  yield* backfill(course, wanted);
  const arrival = yield* compare(course, wanted);
  if (known === undefined) yield* offerOutside(course, wanted);
  return { arrival, rescued: course.rescued, deferred: [...course.deferred].sort() };
}

/** Ends the session where the peer is not, or grants not, what its welcome said: what was found would be too little. */
export function mustBe(talk: Talk, peer: Peer, said: { readonly incarnation?: string; readonly scopes: Hash }): void {
  const isSame = said.incarnation === undefined || said.incarnation === peer.incarnation;
  if (!isSame || said.scopes !== printOfScopes(talk.context.digest, peer.scopes)) throw new Broken({ end: 'changed' });
}

function* backfill(course: Course, scopes: Scopes): Machine<void> {
  const { talk, peer } = course;
  const { digest, page, backfillFrom = BACKFILL_FROM, pieces = new Map<string, string>() } = talk.context;
  const [own] = yield* read((store) => store.parts([''], scopes));
  // Where an earlier session broke off: on a link that breaks every minute the list would else be begun for ever.
  const place = `foremost ${peer.node} ${peer.incarnation} ${printOfScopes(digest, scopes)}`;
  for (let after = pieces.get(place) ?? ''; ;) {
    const reply = yield* asked(talk, { kind: 'foremost', scopes, after, limit: page }, 'ordered');
    if (reply.of < (own?.count ?? 0) + backfillFrom) break;
    const lacking = yield* read((store) => store.lacking(reply.names));
    yield* fetchNames(course, lacking);
    // A peer that tells the same place again would be asked for ever.
    if (reply.next === '' || reply.next === after || reply.names.length === 0) break;
    after = reply.next;
    pieces.set(place, after);
  }
  pieces.delete(place);
}

function* compare(course: Course, scopes: Scopes): Machine<number> {
  const { talk, peer } = course;
  let arrival: number | undefined;
  // A stack: the sets are walked depth first, so what waits is a few parts of each depth.
  const open: Part[] = [...(yield* read((store) => store.parts([''], scopes)))];
  while (open.length > 0) {
    const parts = open.splice(-ASKED_MAX);
    const reply = yield* asked(talk, { kind: 'compare', scopes, parts }, 'differences');
    mustBe(talk, peer, reply);
    if (reply.done < 1) throw new Broken({ end: 'refused', why: 'unexpected' });
    arrival ??= reply.arrival;
    open.push(...parts.slice(reply.done));
    const asking = new Set(parts.map(({ prefix }) => prefix));
    for (const found of reply.differences) {
      // About what was asked alone, and ever smaller: no reply can keep a session for ever.
      if (!asking.delete(found.prefix)) throw new Broken({ end: 'refused', why: 'unexpected' });
      if ('names' in found) yield* settle(course, found, scopes);
      else {
        const own = yield* read((store) => store.parts(partsOf(found.prefix), scopes));
        open.push(...openParts(found.parts, own));
      }
    }
  }
  return arrival ?? 0;
}

/** Both ways, for a part whose names the peer told. */
function* settle(course: Course, found: Extract<Difference, { names: unknown }>, scopes: Scopes): Machine<void> {
  const missing = new Set(found.names);
  const { page } = course.talk.context;
  for (let after: Hash | '' = ''; ;) {
    const from: Hash | '' = after;
    const ours: readonly Hash[] = yield* read((store) => store.names(found.prefix, scopes, from, page));
    yield* rescue(
      course,
      ours.filter((name) => !missing.delete(name)),
    );
    const last: Hash | undefined = ours.at(-1);
    if (last === undefined || ours.length < page) break;
    after = last;
  }
  yield* fetchNames(course, [...missing]);
}

/** What no present scope covers may still be all that is left of it. */
function* offerOutside(course: Course, scopes: Scopes): Machine<void> {
  const { page } = course.talk.context;
  for (let after: Hash | '' = ''; ;) {
    const from: Hash | '' = after;
    const names: readonly Hash[] = yield* read((store) => store.namesOutside(scopes, from, page));
    yield* rescue(course, names);
    const last: Hash | undefined = names.at(-1);
    if (last === undefined || names.length < page) return;
    after = last;
  }
}

function* fetchNames(course: Course, names: readonly Hash[]): Machine<void> {
  const { talk, peer, known, deferred } = course;
  const { page, bytes = PAGE_BYTES } = talk.context;
  for (let open = names; open.length > 0;) {
    const reply = yield* asked(talk, { kind: 'fetch', names: open.slice(0, page), bytes }, 'fetched');
    mustBe(talk, peer, reply);
    if (reply.done < 1) throw new Broken({ end: 'refused', why: 'unexpected' });
    // All of a commit comes together: what came with the one that was asked for need not be asked for again.
    const came = new Set(reply.commits.flatMap(({ revisions }) => revisions.map(({ hash }) => hash)));
    open = open.slice(reply.done).filter((name) => !came.has(name));
    for (const name of reply.deferred) deferred.add(name);
    const record = known === undefined ? undefined : { ...known, deferred: [...deferred].sort() };
    const link = { peer: peer.node, record, isContinued: record !== undefined };
    yield* write((store) => store.receive(reply.commits, 'above', link));
  }
}

/** Gives the peer those of `surplus` that it lacks, with what came in the same commits. */
function* rescue(course: Course, surplus: readonly Hash[]): Machine<void> {
  const { talk } = course;
  const first = yield* lackingAbove(talk, surplus);
  if (first.length === 0) return;
  const bearing = yield* read((store) => store.bearing(first));
  const around = bearing.flatMap(({ revisions }) => revisions.map(({ hash }) => hash));
  const asking = new Set(surplus);
  const lacking = new Set([
    ...first,
    ...(yield* lackingAbove(
      talk,
      around.filter((name) => !asking.has(name)),
    )),
  ]);
  const wanted = new Set(talk.context.rules.toRescue([...lacking]));
  const groups = bearing.map(({ revisions }) => revisions.filter(({ hash }) => wanted.delete(hash)));
  const authored = groups.filter((group) => group.length > 0);
  if (authored.length === 0) return;
  yield* write((store) => store.author(authored, talk.context.now));
  course.rescued += authored.reduce((sum, group) => sum + group.length, 0);
  // They are commits of an own origin like any other, so they go up as those do.
  const me = yield* read((store) => store.identity());
  const tips = (yield* read((store) => store.carried())).filter(({ origin }) => origin === me.origin);
  course.standing ??= (yield* greet(talk.context, tips)).tips;
  const { marks } = yield* pushCommits(talk, tips, course.standing, new Set());
  course.standing = marks.map(([origin, seq]) => ({ origin, seq, hash: '' }));
}

function* lackingAbove(talk: Talk, names: readonly Hash[]): Machine<readonly Hash[]> {
  const { page } = talk.context;
  const lacking: Hash[] = [];
  for (let at = 0; at < names.length; at += page) {
    const some = names.slice(at, at + page);
    const reply = yield* asked(talk, { kind: 'offer', names: some }, 'lacking');
    const offered = new Set(some);
    lacking.push(...reply.names.filter((name) => offered.has(name)));
  }
  return lacking;
}
