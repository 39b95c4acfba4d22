// The lower side of a link: one session with the peer above, from hello to the end of its feed. It may be dropped at any
// point and begun anew: it keeps nothing but what the store wrote.
//
//   SY5   Push: each origin in order, from where the peer stands.
//   SY10  Pull: by incarnation and arrival, the cursor written with what it covers.
//   SY11  Unless a comparison with this incarnation is remembered, both sides are compared first.
//   SY13  What the peer lacks after the push is wrapped into commits of an own origin, header and text as they are.
//   SY15  New scopes are filled by comparison; narrowed ones are narrowed in the record before anything is pulled.
//   SY22  An origin of which the peer holds another history is not pushed: its revisions are offered.
import type { Digest, Hash, Instant } from '../base/ports.ts';
import { partOf, weigh, type Part } from './compare.ts';
import { ask, read, write, type Machine } from './effects.ts';
import { isSettled } from './judge-commit.ts';
import type { LinkRules } from './link-rules.ts';
import { PROTOCOL_VERSION, type Reply, type Request } from './messages.ts';
import type { LinkRecord, Mark, Tip } from './ports.ts';
import { added, intersection, sameScopes, type Scopes } from './scopes.ts';

export interface SessionContext {
  readonly digest: Digest;
  readonly now: Instant;
  readonly rules: LinkRules;
  /** Takes on children: wants floors, so that it need not ask them for what the region's backup covers. */
  readonly hasChildren: boolean;
  /** Commits, or names of revisions, in one message. */
  readonly page: number;
}

export type SessionEnd =
  | {
      readonly end: 'done';
      readonly peer: string;
      readonly compared: boolean;
      readonly rescued: number;
      /** Commits that the peer took, and those that it could not take yet: the watchdog's queue. */
      readonly handed: number;
      readonly left: number;
    }
  /** The peer is another than a moment ago, or its grants are: begin anew. */
  | { readonly end: 'changed' }
  /** It answered, but not with that. `version`: it speaks no common version; show it. */
  | { readonly end: 'refused'; readonly why: 'version' | 'incarnation' | 'busy' | 'disk' | 'unexpected' };

type Welcome = Extract<Reply, { kind: 'welcome' }>;

/** Thrown out of the depth of a session, caught at its top; never leaves this file. */
class Broken extends Error {
  override readonly name = 'Broken';
  readonly end: SessionEnd;
  constructor(end: SessionEnd) {
    super('the session ends');
    this.end = end;
  }
}

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
  const { node, incarnation } = me;
  const welcome = yield* asked(
    { kind: 'hello', node, incarnation, speaks: [PROTOCOL_VERSION, PROTOCOL_VERSION], tips },
    'welcome',
  );
  const peer = welcome.node;
  const record = yield* read((store) => store.link(peer));
  let known = rules.remembered(record, welcome.incarnation, welcome.scopes);
  if (known !== undefined) {
    const narrowed = { ...known, scopes: intersection(known.scopes, welcome.scopes) };
    if (!sameScopes(narrowed.scopes, known.scopes)) yield* write((store) => store.setLink({ peer, record: narrowed }));
    known = narrowed;
  }

  const settledForks = known?.forked ?? [];
  const forked = new Set([...settledForks, ...(yield* forkedOrigins(tips, welcome))]);
  // Marks of an origin speak of the peer's history of it, so they cover nothing of another one.
  const held = welcome.tips.map(({ origin, seq }): Mark => [origin, seq]);
  const stable = welcome.stable.filter(([origin]) => !forked.has(origin));
  const floors = context.hasChildren ? rules.floors(stable, held) : [];
  yield* write((store) => store.learn(stable, floors));
  const { handed, left } = yield* push(context, tips, welcome, forked);

  const hasNewFork = forked.size > settledForks.length;
  const wanted = known === undefined || hasNewFork ? welcome.scopes : added(welcome.scopes, known.scopes);
  const mustCompare = known === undefined || hasNewFork || wanted === 'all' || wanted.length > 0;
  let rescued = 0;
  if (mustCompare) {
    if (forked.has(me.origin)) yield* write((store) => store.renewOrigin());
    const compared = yield* compare(context, welcome, wanted, hasNewFork ? undefined : known);
    rescued = compared.rescued;
    const record = {
      incarnation: welcome.incarnation,
      arrival: known?.arrival ?? compared.arrival,
      scopes: welcome.scopes,
      forked: [...forked].sort(),
    };
    yield* write((store) => store.setLink({ peer, record }));
    known = record;
  }
  if (known !== undefined) yield* pull(context, peer, known);
  yield* write((store) => store.release(welcome.scopes));
  return { end: 'done', peer, compared: mustCompare, rescued, handed, left };
}

/** Asks, and ends the session when the reply is of another kind. */
function* asked<Kind extends Reply['kind']>(request: Request, kind: Kind): Machine<Extract<Reply, { kind: Kind }>> {
  const reply = yield* ask(request);
  if (reply.kind === kind) return reply as Extract<Reply, { kind: Kind }>;
  throw new Broken({ end: 'refused', why: reply.kind === 'refused' ? reply.why : 'unexpected' });
}

/** Those that the peer says so of, and those where it holds another commit than we do at its own tip. */
function* forkedOrigins(tips: readonly Tip[], welcome: Welcome): Machine<readonly string[]> {
  const theirs = welcome.tips.filter(({ seq, hash }) => seq > 0 && hash !== '');
  const places = yield* read((store) => store.places(theirs.map(({ origin, seq }): Mark => [origin, seq])));
  const differing = theirs.filter(({ hash }, i) => (places[i]?.held?.hash ?? hash) !== hash);
  const carried = new Set(tips.map(({ origin }) => origin));
  return [...welcome.forked, ...differing.map(({ origin }) => origin)].filter((origin) => carried.has(origin));
}

function* push(
  context: SessionContext,
  tips: readonly Tip[],
  welcome: Welcome,
  forked: Set<string>,
): Machine<{ readonly handed: number; readonly left: number }> {
  let handed = 0;
  let left = 0;
  for (const { origin, seq } of tips) {
    let next = 1 + (welcome.tips.find((tip) => tip.origin === origin)?.seq ?? 0);
    while (next <= seq && !forked.has(origin)) {
      const from = next;
      const commits = yield* read((store) => store.commits(origin, from, context.page));
      if (commits.length === 0) break;
      const { verdicts } = yield* asked({ kind: 'push', commits }, 'verdicts');
      const stop = verdicts.findIndex((verdict) => !isSettled(verdict));
      const settled = stop < 0 ? verdicts.length : stop;
      handed += settled;
      next += settled;
      if (verdicts[stop]?.result === 'fork') forked.add(origin);
      if (settled < commits.length) break;
    }
    if (!forked.has(origin)) left += Math.max(0, seq + 1 - next);
  }
  return { handed, left };
}

/** Both ways: what we lack is fetched, what the peer lacks is wrapped and pushed. */
function* compare(
  context: SessionContext,
  welcome: Welcome,
  scopes: Scopes,
  known: LinkRecord | undefined,
): Machine<{ readonly arrival: number; readonly rescued: number }> {
  const { digest, page } = context;
  const missing: Hash[] = [];
  const surplus: Hash[] = [];
  let arrival: number | undefined;
  let open: readonly Part[] = [partOf(digest, '', yield* read((store) => store.names('', scopes)))];
  while (open.length > 0) {
    const reply = yield* asked({ kind: 'compare', scopes, parts: open.slice(0, page) }, 'differences');
    if (reply.incarnation !== welcome.incarnation) throw new Broken({ end: 'changed' });
    arrival ??= reply.arrival;
    const rest: Part[] = open.slice(page);
    for (const found of reply.differences) {
      const ours = yield* read((store) => store.names(found.prefix, scopes));
      const weighed = weigh(digest, found, ours);
      missing.push(...weighed.missing);
      surplus.push(...weighed.surplus);
      rest.push(...weighed.open);
    }
    open = rest;
  }
  for (let at = 0; at < missing.length; at += page) {
    const names = missing.slice(at, at + page);
    const { commits } = yield* asked({ kind: 'fetch', names }, 'fetched');
    yield* write((store) => store.receive(commits, 'above', { peer: welcome.node, record: known }));
  }
  if (known === undefined) surplus.push(...(yield* read((store) => store.namesOutside(scopes))));
  const rescued = yield* rescue(context, surplus);
  return { arrival: arrival ?? 0, rescued };
}

function* rescue(context: SessionContext, surplus: readonly Hash[]): Machine<number> {
  const { page } = context;
  const lacking: Hash[] = [];
  for (let at = 0; at < surplus.length; at += page) {
    const reply = yield* asked({ kind: 'offer', names: surplus.slice(at, at + page) }, 'lacking');
    lacking.push(...reply.names);
  }
  const names = context.rules.toRescue(lacking);
  if (names.length === 0) return 0;
  const wanted = new Set(names);
  const bearing = yield* read((store) => store.bearing(names));
  const groups = bearing.map(({ revisions }) => revisions.filter(({ hash }) => wanted.delete(hash)));
  yield* write((store) =>
    store.author(
      groups.filter((group) => group.length > 0),
      context.now,
    ),
  );
  // They are commits of an own origin like any other, so they go up as those do.
  const me = yield* read((store) => store.identity());
  const tips = (yield* read((store) => store.carried())).filter(({ origin }) => origin === me.origin);
  const welcome = yield* asked({ kind: 'hello', ...me, speaks: [PROTOCOL_VERSION, PROTOCOL_VERSION], tips }, 'welcome');
  yield* push(context, tips, welcome, new Set());
  return names.length;
}

function* pull(context: SessionContext, peer: string, start: LinkRecord): Machine<void> {
  let record = start;
  for (let more = true; more;) {
    const { incarnation, arrival } = record;
    const reply = yield* asked({ kind: 'pull', incarnation, after: arrival, limit: context.page }, 'feed');
    // Filtered by other scopes than those that the cursor stands for: it must not move.
    if (reply.incarnation !== incarnation || !sameScopes(reply.scopes, record.scopes))
      throw new Broken({ end: 'changed' });
    more = reply.more;
    if (reply.checkpoint === arrival) continue;
    record = { ...record, arrival: reply.checkpoint };
    const link = { peer, record };
    yield* write((store) => store.receive(reply.commits, 'above', link));
  }
}
