// The lower side of a link: one session with the peer above, from hello to the end of its feed. It may be dropped at any
// point and begun anew: it keeps nothing but what the store wrote.
//
//   SY5   Push: each origin in order, from where the peer stands.
//   SY10  Pull: by incarnation and arrival, the cursor written with what it covers.
//   SY11  Unless a comparison with this incarnation is remembered, both sides are compared first.
//   SY15  New scopes are filled by comparison; narrowed ones are narrowed in the record before anything is pulled.
//   SY22  An origin of which the peer holds another history is not pushed: its revisions are offered.
//   SY29  What people look up is asked for first, and is here at the end of the same session.
//   SY30  What the peer says of where commits are safe is noted before anything else is done, and after each push.
//
// On a slow link every page is progress: verdicts, the cursor and fetched revisions are written page by page.
import { read, write, type Machine } from './effects.ts';
import { fetchBodies } from './fetch-bodies.ts';
import type { Durability, Held, LinkRecord, Mark, Tier, Tip } from './ports.ts';
import { PAGE_BYTES, pushCommits } from './push-commits.ts';
import { reconcile } from './reconcile.ts';
import { added, intersection, printOfScopes, sameScopes } from './scopes.ts';
import { asked, Broken, greet, type Greeting, type SessionContext, type SessionEnd, type Talk } from './talk.ts';

export type { SessionContext, SessionEnd } from './talk.ts';

export function* session(context: SessionContext): Machine<SessionEnd> {
  try {
    return yield* run(context);
  } catch (thrown) {
    if (thrown instanceof Broken) return thrown.end;
    throw thrown;
  }
}

function* run(context: SessionContext): Machine<SessionEnd> {
  const { rules } = context;
  const me = yield* read((store) => store.identity());
  const tips = yield* read((store) => store.carried());
  const welcome = yield* settleWants(context, tips, yield* greet(context, tips));
  const { node: peer, record } = welcome;
  const talk: Talk = { context, version: welcome.version };
  let known = rules.remembered(record, welcome.incarnation, welcome.scopes);
  if (known !== undefined) {
    const narrowed = { ...known, scopes: intersection(known.scopes, welcome.scopes) };
    if (!sameScopes(narrowed.scopes, known.scopes))
      yield* write((store) => store.setLink({ peer, record: narrowed, isContinued: true }));
    known = narrowed;
  }

  const settledForks = known?.forked ?? [];
  const forked = new Set([...settledForks, ...(yield* forkedOrigins(tips, welcome))]);
  // Marks of an origin speak of the peer's history of it, so they cover nothing of another one.
  const held = welcome.tips.map(({ origin, seq }): Mark => [origin, seq]);
  yield* noteHeld(welcome, held, forked);
  if (!welcome.isStableKnown) {
    const stable = welcome.stable.filter(([origin]) => !forked.has(origin));
    const floors = context.hasChildren ? rules.floors(stable, held) : [];
    yield* write((store) => store.learn(stable, floors));
  }
  const { handed, left, marks } = yield* pushCommits(talk, tips, welcome.tips, forked);
  if (handed > 0) yield* noteHeld(welcome, marks, forked);

  const hasNewFork = forked.size > settledForks.length || hasGrown(context, welcome, tips, settledForks);
  const wanted = known === undefined || hasNewFork ? welcome.scopes : added(welcome.scopes, known.scopes);
  const mustCompare = known === undefined || hasNewFork || wanted === 'all' || wanted.length > 0;
  let rescued = 0;
  if (mustCompare) {
    if (forked.has(me.origin)) yield* write((store) => store.renewOrigin());
    const compared = yield* reconcile(talk, welcome, wanted, hasNewFork ? undefined : known);
    rescued = compared.rescued;
    for (const tip of tips) if (forked.has(tip.origin)) context.pieces?.set(forkOf(welcome, tip), String(tip.seq));
    const record = {
      incarnation: welcome.incarnation,
      arrival: known?.arrival ?? compared.arrival,
      scopes: welcome.scopes,
      forked: [...forked].sort(),
      deferred: compared.deferred,
    };
    const isContinued = known !== undefined && !hasNewFork;
    yield* write((store) => store.setLink({ peer, record, isContinued }));
    known = record;
  }
  if (known !== undefined) {
    known = yield* pull(talk, peer, known);
    yield* fetchBodies(talk, welcome, known);
  }
  yield* write((store) => store.release(welcome.scopes));
  return { end: 'done', peer, compared: mustCompare, rescued, handed, left };
}

/** Keys that people look up: the peer decides, and greets anew with what it grants now. */
function* settleWants(context: SessionContext, tips: readonly Tip[], welcome: Greeting): Machine<Greeting> {
  const keys = yield* read((store) => store.wants());
  if (keys.length === 0) return welcome;
  const { granted } = yield* asked({ context, version: welcome.version }, { kind: 'want', keys }, 'granted');
  const asking = new Set(keys);
  yield* write((store) =>
    store.settleWants(
      keys,
      granted.filter((key) => asking.has(key)),
    ),
  );
  return yield* greet(context, tips);
}

const ON_DISK: Readonly<Record<Tier, Durability>> = { region: 'D2', site: 'D1', device: 'D0' };

/** `marks`: where the peer stands. Nothing is said of an origin that it has another history of. */
function* noteHeld(welcome: Greeting, marks: readonly Mark[], forked: ReadonlySet<string>): Machine<void> {
  const own = marks.map(([origin, seq]): Held => [origin, seq, ON_DISK[welcome.tier]]);
  const held = [...own, ...welcome.held].filter(([origin, seq]) => seq > 0 && !forked.has(origin));
  yield* write((store) => store.noteHeld(welcome.node, held));
}

/** Those that the peer says so of, and those where it holds another commit than we do at its own tip. */
function* forkedOrigins(tips: readonly Tip[], welcome: Greeting): Machine<readonly string[]> {
  const theirs = welcome.tips.filter(({ seq, hash }) => seq > 0 && hash !== '');
  const places = yield* read((store) => store.places(theirs.map(({ origin, seq }): Mark => [origin, seq])));
  const differing = theirs.filter(({ hash }, i) => (places[i]?.held?.hash ?? hash) !== hash);
  const carried = new Set(tips.map(({ origin }) => origin));
  return [...welcome.forked, ...differing.map(({ origin }) => origin)].filter((origin) => carried.has(origin));
}

/**
 * Whether an origin that was re-homed has grown since: a child that knows nothing of the fork goes on in it. Then all is compared
 * again, since what grew is not pushed; and once after each start of the process, which knows nothing.
 */
const hasGrown = (
  context: SessionContext,
  welcome: Greeting,
  tips: readonly Tip[],
  forks: readonly string[],
): boolean =>
  context.pieces !== undefined &&
  tips.some((tip) => forks.includes(tip.origin) && context.pieces?.get(forkOf(welcome, tip)) !== String(tip.seq));

const forkOf = (welcome: Greeting, { origin }: Tip): string => `fork ${welcome.node} ${welcome.incarnation} ${origin}`;

function* pull(talk: Talk, peer: string, start: LinkRecord): Machine<LinkRecord> {
  const { digest, page, bytes = PAGE_BYTES } = talk.context;
  const print = printOfScopes(digest, start.scopes);
  let record = start;
  for (let more = true; more;) {
    const { incarnation, arrival } = record;
    const reply = yield* asked(talk, { kind: 'pull', incarnation, after: arrival, limit: page, bytes }, 'feed');
    // Filtered by other scopes than those that the cursor stands for: it must not move.
    if (reply.incarnation !== incarnation || reply.scopes !== print) throw new Broken({ end: 'changed' });
    more = reply.more;
    if (reply.checkpoint <= arrival) break;
    const large = reply.deferred.length === 0 ? [] : yield* read((store) => store.lacking(reply.deferred));
    const deferred = large.length === 0 ? record.deferred : [...new Set([...record.deferred, ...large])].sort();
    record = { ...record, arrival: reply.checkpoint, deferred };
    const link = { peer, record, isContinued: true };
    yield* write((store) => store.receive(reply.commits, 'above', link));
  }
  return record;
}
