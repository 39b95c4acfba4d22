// The upper side of a link: one reply to each request, out of the store alone. It remembers nothing of a child, so nothing can
// be out of step.
//
//   SY3   Requests may be repeated, re-ordered and answered by another process of the node.
//   SY6   A verdict is sent when the disk has what it speaks of.
//   SY7   Verdicts are each commit's own: one that is kept aside stops no other origin.
//   SY17  Only permitted revisions leave, whatever was asked for.
//   SY31  Large bodies are left out of pages and named.
//   SY34  No reply is larger than a page, whatever was asked for.
import type { Digest, Hash, Instant } from '../base/ports.ts';
import { isTold, openParts, partsOf, printOfMarks, REPLY_MAX, type Difference } from './compare.ts';
import { read, write, type Machine } from './effects.ts';
import { LARGE } from './fetch-bodies.ts';
import { SPEAKS, type Reply, type Request } from './messages.ts';
import type { CarriedCommit, Mark, Tier } from './ports.ts';
import { filterCommit, intersection, printOfScopes, type Scopes } from './scopes.ts';

export interface AnswerContext {
  /** Who asks, as the transport has proved it. */
  readonly peer: string;
  readonly digest: Digest;
  readonly now: Instant;
  /** This node's own. */
  readonly tier: Tier;
  readonly speaks?: readonly [lowest: number, highest: number];
  /** Texts of more units are left out of pages. */
  readonly large?: number;
}

type Of<Kind extends Request['kind']> = Extract<Request, { kind: Kind }>;

/** Of commits and texts in one reply, whatever was asked for. */
const PAGE_MAX = 1000;
const BYTES_MAX = 8 * 1024 * 1024;
/** Names that are looked up in the store at once, while a page is filled. */
const BATCH = 16;

export function* answer(request: Request, context: AnswerContext): Machine<Reply> {
  switch (request.kind) {
    case 'hello':
      return yield* welcome(request, context);
    case 'push': {
      const verdicts = yield* write((store) => store.receive(request.commits, 'below', undefined, context.peer));
      return { kind: 'verdicts', verdicts };
    }
    case 'pull':
      return yield* feed(request, context);
    case 'compare':
      return yield* differences(request, context);
    case 'fetch':
      return yield* fetched(request, context);
    case 'offer':
      return { kind: 'lacking', names: yield* read((store) => store.lacking(request.names)) };
    case 'want': {
      const granted = yield* write((store) => store.lookUp(context.peer, request.keys));
      const given = new Set(granted);
      return { kind: 'granted', granted, refused: request.keys.filter((key) => !given.has(key)) };
    }
    case 'foremost': {
      const scopes = intersection(request.scopes, yield* grants(context));
      const limit = Math.min(request.limit, PAGE_MAX);
      return { kind: 'ordered', ...(yield* read((store) => store.foremost(scopes, request.after, limit))) };
    }
    case 'body':
      return yield* piece(request, context);
  }
}

const grants = ({ peer }: AnswerContext): Machine<Scopes> => read((store) => store.grants(peer));

function* welcome(request: Of<'hello'>, context: AnswerContext): Machine<Reply> {
  const { digest, tier, now, speaks = SPEAKS } = context;
  const version = Math.min(request.speaks[1], speaks[1]);
  if (version < Math.max(request.speaks[0], speaks[0])) return { kind: 'refused', why: 'version' };
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
  const held = yield* read((store) => store.held(request.tips.map(({ origin }) => origin)));
  const marks = yield* read((store) => store.stable());
  const stable = printOfMarks(digest, marks) === request.marks ? 'same' : marks;
  const granted = yield* grants(context);
  const scopes = printOfScopes(digest, granted) === request.scopes ? 'same' : granted;
  return { kind: 'welcome', node, incarnation, version, tier, now, tips, held, forked, stable, scopes };
}

function* feed(request: Of<'pull'>, context: AnswerContext): Machine<Reply> {
  const { incarnation } = yield* read((store) => store.identity());
  if (request.incarnation !== incarnation) return { kind: 'refused', why: 'incarnation' };
  const scopes = yield* grants(context);
  const limit = Math.min(request.limit, PAGE_MAX);
  const bytes = Math.min(request.bytes, BYTES_MAX);
  const arrived = yield* read((store) => store.feed(request.after, limit, bytes, scopes));
  const last = yield* read((store) => store.arrival());
  const checkpoint = arrived.at(-1)?.arrival ?? request.after;
  const page = withoutLarge(
    arrived.flatMap((commit) => filterCommit(commit, scopes) ?? []),
    context,
  );
  const print = printOfScopes(context.digest, scopes);
  return {
    kind: 'feed',
    incarnation,
    scopes: print,
    checkpoint,
    more: checkpoint < last && arrived.length > 0,
    ...page,
  };
}

/** Commits without their large revisions, and the names of those. */
function withoutLarge(
  commits: readonly CarriedCommit[],
  { large = LARGE }: AnswerContext,
): { readonly deferred: readonly Hash[]; readonly commits: readonly CarriedCommit[] } {
  const deferred: Hash[] = [];
  const lighter = commits.map((commit) => {
    const light = commit.revisions.filter(({ text }) => text === undefined || text.length <= large);
    if (light.length === commit.revisions.length) return commit;
    for (const revision of commit.revisions) if (!light.includes(revision)) deferred.push(revision.hash);
    return { ...commit, revisions: light };
  });
  return { deferred, commits: lighter.filter((commit, at) => commit === commits[at] || commit.revisions.length > 0) };
}

function* differences(request: Of<'compare'>, context: AnswerContext): Machine<Reply> {
  const { incarnation } = yield* read((store) => store.identity());
  // The arrival is read first: what lands while the parts are compared is told by the feed.
  const arrival = yield* read((store) => store.arrival());
  const granted = yield* grants(context);
  const scopes = intersection(request.scopes, granted);
  const parts = yield* read((store) =>
    store.parts(
      request.parts.map(({ prefix }) => prefix),
      scopes,
    ),
  );
  const found: Difference[] = [];
  let told = 0;
  let done = 0;
  for (const asked of request.parts) {
    if (told >= REPLY_MAX) break;
    const ours = parts[done];
    done += 1;
    if (ours === undefined || openParts([asked], [ours]).length === 0) continue;
    const { prefix } = asked;
    if (isTold(asked, ours)) {
      const names = yield* read((store) => store.names(prefix, scopes, '', REPLY_MAX));
      found.push({ prefix, names });
      told += names.length;
    } else {
      const smaller = yield* read((store) => store.parts(partsOf(prefix), scopes));
      found.push({ prefix, parts: smaller });
      told += smaller.length;
    }
  }
  const print = printOfScopes(context.digest, granted);
  return { kind: 'differences', incarnation, scopes: print, arrival, done, differences: found };
}

function* fetched(request: Of<'fetch'>, context: AnswerContext): Machine<Reply> {
  const scopes = yield* grants(context);
  const names = request.names.slice(0, PAGE_MAX);
  const bytes = Math.min(request.bytes, BYTES_MAX);
  const commits = new Map<Hash, CarriedCommit>();
  let done = 0;
  let room = bytes;
  while (done < names.length && room > 0) {
    const some = names.slice(done, done + BATCH);
    for (const commit of yield* read((store) => store.bearing(some))) {
      const permitted = filterCommit(commit, scopes);
      if (permitted === undefined || commits.has(commit.hash)) continue;
      commits.set(commit.hash, permitted);
      for (const { text = '' } of permitted.revisions)
        room -= text.length <= (context.large ?? LARGE) ? text.length : 0;
    }
    done += some.length;
  }
  const page = withoutLarge([...commits.values()], context);
  const asking = new Set(names);
  const deferred = page.deferred.filter((name) => asking.has(name));
  return { kind: 'fetched', scopes: printOfScopes(context.digest, scopes), done, ...page, deferred };
}

function* piece(request: Of<'body'>, context: AnswerContext): Machine<Reply> {
  const granted = yield* grants(context);
  const scopes = printOfScopes(context.digest, granted);
  const bearing = yield* read((store) => store.bearing([request.name]));
  for (const commit of bearing) {
    const permitted = filterCommit(commit, granted);
    const revision = permitted?.revisions.find(({ hash }) => hash === request.name);
    if (revision?.text === undefined) continue;
    const { text, ...bare } = revision;
    const from = Math.min(request.from, text.length);
    const range = text.slice(from, from + Math.min(request.count, BYTES_MAX));
    const shell = { ...commit, revisions: [{ ...bare, text: undefined }] };
    return { kind: 'piece', scopes, total: text.length, text: range, commits: [shell] };
  }
  return { kind: 'piece', scopes, total: 0, text: '', commits: [] };
}
