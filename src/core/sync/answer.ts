// The upper side of a link: one reply to each request, out of the store alone. It remembers nothing of a child, so nothing can
// be out of step.
//
//   SY3   Requests may be repeated, re-ordered and answered by another process of the node.
//   SY6   A verdict is sent when the disk has what it speaks of.
//   SY7   Verdicts are each commit's own: one that is kept aside stops no other origin.
//   SY17  Only permitted revisions leave, whatever was asked for.
import type { Digest, Instant } from '../base/ports.ts';
import { difference } from './compare.ts';
import { read, write, type Machine } from './effects.ts';
import { PROTOCOL_VERSION, type Reply, type Request } from './messages.ts';
import type { Mark } from './ports.ts';
import { filterCommit, intersection } from './scopes.ts';

export interface AnswerContext {
  /** Who asks, as the transport has proved it. */
  readonly peer: string;
  readonly digest: Digest;
  readonly now: Instant;
}

type Of<Kind extends Request['kind']> = Extract<Request, { kind: Kind }>;

export function* answer(request: Request, context: AnswerContext): Machine<Reply> {
  switch (request.kind) {
    case 'hello':
      return yield* welcome(request, context);
    case 'push': {
      const verdicts = yield* write((store) => store.receive(request.commits, 'below'));
      return { kind: 'verdicts', verdicts };
    }
    case 'pull':
      return yield* feed(request, context);
    case 'compare':
      return yield* differences(request, context);
    case 'fetch': {
      const scopes = yield* read((store) => store.grants(context.peer));
      const found = yield* read((store) => store.bearing(request.names));
      return { kind: 'fetched', commits: found.flatMap((commit) => filterCommit(commit, scopes) ?? []) };
    }
    case 'offer':
      return { kind: 'lacking', names: yield* read((store) => store.lacking(request.names)) };
  }
}

function* welcome(request: Of<'hello'>, context: AnswerContext): Machine<Reply> {
  const [lowest, highest] = request.speaks;
  if (lowest > PROTOCOL_VERSION || highest < PROTOCOL_VERSION) return { kind: 'refused', why: 'version' };
  const { node, incarnation } = yield* read((store) => store.identity());
  const at = request.tips.map((tip): Mark => [tip.origin, tip.seq]);
  const places = yield* read((store) => store.places(at));
  const tips = request.tips.map(({ origin }, i) => {
    const place = places[i];
    return { origin, seq: place?.contiguous ?? 0, hash: place?.tip ?? '' };
  });
  const forked = request.tips.flatMap(({ origin, hash }, i) => {
    const held = places[i]?.held;
    return held !== undefined && hash !== '' && held.hash !== hash ? [origin] : [];
  });
  const stable = yield* read((store) => store.stable());
  const scopes = yield* read((store) => store.grants(context.peer));
  return { kind: 'welcome', node, incarnation, now: context.now, tips, forked, stable, scopes };
}

function* feed(request: Of<'pull'>, context: AnswerContext): Machine<Reply> {
  const { incarnation } = yield* read((store) => store.identity());
  if (request.incarnation !== incarnation) return { kind: 'refused', why: 'incarnation' };
  const scopes = yield* read((store) => store.grants(context.peer));
  const arrived = yield* read((store) => store.feed(request.after, request.limit));
  const commits = arrived.flatMap((commit) => filterCommit(commit, scopes) ?? []);
  const checkpoint = arrived.at(-1)?.arrival ?? request.after;
  return { kind: 'feed', incarnation, scopes, checkpoint, more: arrived.length === request.limit, commits };
}

function* differences(request: Of<'compare'>, context: AnswerContext): Machine<Reply> {
  const { incarnation } = yield* read((store) => store.identity());
  // The arrival is read first: what lands while the parts are compared is told by the feed.
  const arrival = yield* read((store) => store.arrival());
  const scopes = intersection(request.scopes, yield* read((store) => store.grants(context.peer)));
  const found = [];
  for (const part of request.parts) {
    const names = yield* read((store) => store.names(part.prefix, scopes));
    const what = difference(context.digest, part, names);
    if (what !== undefined) found.push(what);
  }
  return { kind: 'differences', incarnation, arrival, differences: found };
}
