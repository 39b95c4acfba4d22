// Two nodes and a link between them, for tests: real stores, every message printed and read, a link that may break after any message.
import { assert } from '../base/assert.ts';
import { pureDigest as digest } from '../base/sha256.ts';
import { Scribe, T0 } from '../record/contract/scribe.test-kit.ts';
import { answer, type AnswerContext } from './answer.ts';
import type { Machine } from './effects.ts';
import { LINK_RULES } from './link-rules.ts';
import type { LogEntry, OutboxLog } from './memory-sync-log.ts';
import { MemorySyncStore } from './memory-sync-store.ts';
import { decodeMessage, encodeMessage, type Reply, type Request } from './messages.ts';
import type { SyncStore } from './ports.ts';
import type { Scopes } from './scopes.ts';
import { session, type SessionContext, type SessionEnd } from './session.ts';

export class BrokenLink extends Error {
  override readonly name = 'BrokenLink';
}

/** A log that keeps nothing: these nodes are never opened again. */
const forgetful: OutboxLog = {
  append: async (_entries: readonly LogEntry[]) => undefined,
  replace: async (_entries: Iterable<LogEntry>) => undefined,
};

let drawn = 0;
/** A node that has children: it grants, and decides what is looked up. */
export class TestNode extends MemorySyncStore {
  granted: Scopes = 'all';
  sealed: readonly string[] = [];
  readonly scribe: Scribe;
  constructor(node: string) {
    const bytes = (length: number): Uint8Array => {
      const drawing = new Uint8Array(length);
      new DataView(drawing.buffer).setUint32(length - 4, ++drawn);
      return drawing;
    };
    super({ digest, clock: { now: () => T0 }, chance: { bytes }, node }, forgetful, []);
    this.scribe = new Scribe(this);
  }
  override grants(): Scopes {
    return this.granted;
  }
  override lookUp(_peer: string, keys: readonly string[]): readonly string[] {
    const granted = keys.filter((key) => !this.sealed.includes(key));
    if (this.granted !== 'all') this.granted = [...new Set([...this.granted, ...granted])].sort();
    return granted;
  }
}

export interface Exchange {
  readonly request: Request;
  readonly reply: Reply;
  readonly version: number;
  /** Of the longer text of both. */
  readonly size: number;
}

export class Link {
  readonly lower: SyncStore;
  readonly upper: SyncStore;
  readonly exchanges: Exchange[] = [];
  /** Breaks after so many exchanges of a session. */
  breaksAfter = Number.POSITIVE_INFINITY;
  /** Done to the upper node before it answers. */
  before: (request: Request) => void = () => undefined;
  readonly context: SessionContext;
  readonly answering: Omit<AnswerContext, 'peer' | 'digest' | 'now'>;
  constructor(
    lower: SyncStore,
    upper: SyncStore,
    context: Partial<SessionContext> = {},
    answering: Partial<AnswerContext> = {},
  ) {
    this.lower = lower;
    this.upper = upper;
    this.context = { digest, now: T0, rules: LINK_RULES, hasChildren: false, page: 50, pieces: new Map(), ...context };
    this.answering = { tier: 'site', ...answering };
  }

  async session(): Promise<SessionEnd> {
    let asked = 0;
    return drive(this.lower, session(this.context), async (request, version) => {
      asked += 1;
      if (asked > this.breaksAfter) throw new BrokenLink();
      const sent = wired(request);
      this.before(sent);
      const { node } = await this.lower.identity();
      const machine = answer(sent, { ...this.answering, peer: node, digest, now: T0 });
      const reply = wired(
        await drive(this.upper, machine, () => {
          throw new Error('an answer asks nobody');
        }),
      );
      const size = Math.max(...[request, reply].map((message) => encodeMessage({ id: '1', message }).length));
      this.exchanges.push({ request: sent, reply, version, size });
      return reply;
    });
  }
  /** What was asked and what was answered, of one kind of request. */
  of<Kind extends Request['kind']>(kind: Kind): readonly Exchange[] {
    return this.exchanges.filter(({ request }) => request.kind === kind);
  }
}

async function drive<T>(
  store: SyncStore,
  machine: Machine<T>,
  ask: (request: Request, version: number) => Promise<Reply>,
): Promise<T> {
  for (let step = machine.next(); ;) {
    if (step.done === true) return step.value;
    const effect = step.value;
    step = machine.next(effect.kind === 'ask' ? await ask(effect.request, effect.version) : await effect.run(store));
  }
}

function wired<M extends Request | Reply>(message: M): M {
  const read = decodeMessage(encodeMessage({ id: '1', message }));
  assert(read.ok, 'what is printed is read');
  return read.value.message as M;
}
