// What the parts of a session share: who talks, in which version of the protocol, and how a session ends early.
import type { Digest, Instant } from '../base/ports.ts';
import { printOfMarks } from './compare.ts';
import { ask, read, type Machine } from './effects.ts';
import type { LinkRules } from './link-rules.ts';
import { SPEAKS, type Reply, type Request } from './messages.ts';
import type { LinkRecord, Mark, Tip } from './ports.ts';
import { printOfScopes, type Scopes } from './scopes.ts';

export interface SessionContext {
  readonly digest: Digest;
  readonly now: Instant;
  readonly rules: LinkRules;
  /** Takes on children: wants floors, so that it need not ask them for what the region's backup covers. */
  readonly hasChildren: boolean;
  /** Commits, or names of revisions, in one message. */
  readonly page: number;
  /** Of texts in one message, about. */
  readonly bytes?: number;
  /** Name of the peer that is expected to answer, so that scopes which both know need not travel. */
  readonly peer?: string;
  readonly speaks?: readonly [lowest: number, highest: number];
  /** What earlier sessions of this process had begun: parts of large bodies by name, and places in lists. May be lost at any time. */
  readonly pieces?: Map<string, string>;
  /** With so many heads to fetch, those come first in clinical order. */
  readonly backfillFrom?: number;
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

export interface Talk {
  readonly context: SessionContext;
  /** Of the protocol, as the welcome settled it. */
  readonly version: number;
}

/** Thrown out of the depth of a session, caught at its top; never leaves this room. */
export class Broken extends Error {
  override readonly name = 'Broken';
  readonly end: SessionEnd;
  constructor(end: SessionEnd) {
    super('the session ends');
    this.end = end;
  }
}

/** Asks, and ends the session when the reply is of another kind. */
export function* asked<Kind extends Reply['kind']>(
  talk: Talk,
  request: Request,
  kind: Kind,
): Machine<Extract<Reply, { kind: Kind }>> {
  const reply = yield* ask(request, talk.version);
  if (reply.kind === kind) return reply as Extract<Reply, { kind: Kind }>;
  throw new Broken({ end: 'refused', why: reply.kind === 'refused' ? reply.why : 'unexpected' });
}

/** A welcome with what it left out because both sides know it. */
export type Greeting = Omit<Extract<Reply, { kind: 'welcome' }>, 'stable' | 'scopes'> & {
  readonly stable: readonly Mark[];
  /** Whether the peer's stable marks are those that the store has. */
  readonly isStableKnown: boolean;
  readonly scopes: Scopes;
  readonly record: LinkRecord | undefined;
};

/** Says hello with `tips`. */
export function* greet(context: SessionContext, tips: readonly Tip[]): Machine<Greeting> {
  const { digest, peer, speaks = SPEAKS } = context;
  const { node, incarnation } = yield* read((store) => store.identity());
  const marks = yield* read((store) => store.stable());
  const expected = peer === undefined ? undefined : yield* read((store) => store.link(peer));
  const scopes = expected === undefined ? '' : printOfScopes(digest, expected.scopes);
  const hello = { kind: 'hello', node, incarnation, speaks, tips, marks: printOfMarks(digest, marks), scopes } as const;
  const welcome = yield* asked({ context, version: speaks[0] }, hello, 'welcome');
  if (welcome.version < speaks[0] || welcome.version > speaks[1]) throw new Broken({ end: 'refused', why: 'version' });
  const record = welcome.node === peer ? expected : yield* read((store) => store.link(welcome.node));
  if (welcome.scopes === 'same' && (expected === undefined || welcome.node !== peer))
    throw new Broken({ end: 'refused', why: 'unexpected' });
  return {
    ...welcome,
    record,
    stable: welcome.stable === 'same' ? marks : welcome.stable,
    isStableKnown: welcome.stable === 'same',
    scopes: welcome.scopes === 'same' && expected !== undefined ? expected.scopes : (welcome.scopes as Scopes),
  };
}
