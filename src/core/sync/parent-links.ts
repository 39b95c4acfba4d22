// The way up: the first parent that answers, the site before the region, one session after another.
//
//   idle ──a write, or the time──> session with the first parent ──it answers──> idle
//                                        └── no answer ──> the next one, once the first was silent long enough
//
//   DV17  With the site gone the region is asked; when the site answers again, it is the site's turn. Both compare, and everything dedups.
//   DV18  A link that answers and gets nowhere is rebuilt: its record is forgotten.
import type { Digest, Instant } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import { LINK_RULES } from './link-rules.ts';
import type { MemorySyncStore } from './memory-sync-store.ts';
import type { Reply, Request } from './messages.ts';
import { session, type SessionEnd } from './session.ts';
import { watch, watchStart, type WatchState } from './watchdog.ts';
import { driveMachine } from './drive-session.ts';
import type { Exchanged, LinkTrouble } from './link-words.ts';
import type { Tier } from './ports.ts';
import type { DeviceClock } from './device-clock.ts';

export interface LinkTransport {
  /** Never throws. */
  exchange(request: Request): Promise<Result<Exchanged, LinkTrouble>>;
  /** Breaks off what is under way and closes connections; the next exchange opens others. */
  reset(): void;
}
export interface ParentLink {
  /** For people. */
  readonly name: string;
  readonly tier: Tier;
  readonly transport: LinkTransport;
}
export interface LinkState {
  readonly parent: string;
  readonly tier: Tier;
  /** By this device's clock; 0 for never. */
  readonly answeredAt: Instant;
  readonly doneAt: Instant;
  readonly trouble?: string;
}
export type Met =
  | { readonly met: 'done'; readonly parent: ParentLink; readonly end: Extract<SessionEnd, { end: 'done' }> }
  | { readonly met: 'nobody'; readonly trouble: string; readonly kind?: LinkTrouble['kind'] };

export interface ParentLinksOptions {
  readonly store: MemorySyncStore;
  readonly clock: DeviceClock;
  readonly monotonic: () => number;
  readonly digest: Digest;
  readonly parents: () => readonly ParentLink[];
  /** How long one parent is silent before the next is asked. */
  readonly silentMs: number;
  /** Each answer as it comes: by it a screen sees how far a meeting is. */
  readonly heard?: (reply: Reply) => void;
}

const PAGE = 200;
const CHANGES_MAX = 3;
/** A silent parent is left alone for so many times the wait that made it silent. */
const RESTS = 3;

export class ParentLinks {
  readonly #options: ParentLinksOptions;
  readonly #states = new Map<string, LinkState>();
  readonly #silent = new Map<string, { readonly since: number; readonly askedAt: number }>();
  #watched: WatchState;
  /** The node that answered under a parent's name, so that scopes which both know need not travel. */
  readonly #nodes = new Map<string, string>();
  /** What sessions that broke had begun to fetch, by parent. */
  readonly #pieces = new Map<string, Map<string, string>>();

  constructor(options: ParentLinksOptions) {
    this.#options = options;
    this.#watched = watchStart(options.monotonic());
  }

  states(): readonly LinkState[] {
    return this.#options.parents().map((parent) => this.#states.get(parent.name) ?? stateOf(parent));
  }

  /** One session with the first parent that answers. Never throws for a parent's sake. */
  async meet(): Promise<Met> {
    const { parents, monotonic, silentMs } = this.#options;
    let kind: LinkTrouble['kind'] | undefined;
    let trouble = 'This device is enrolled nowhere: `holdfast device enrol` makes it known to a site.';
    // A parent that is gone without a word costs a long wait: while another one answers it is asked now and then only.
    const isResting = ({ name }: ParentLink): boolean => {
      const silent = this.#silent.get(name);
      const [now, rest] = [monotonic(), RESTS * silentMs];
      return silent !== undefined && now - silent.since >= silentMs && now - silent.askedAt < rest;
    };
    const all = parents();
    for (const parent of [...all.filter((one) => !isResting(one)), ...all.filter(isResting)]) {
      const end = await this.#session(parent);
      if (end.ok) {
        this.#silent.delete(parent.name);
        return { met: 'done', parent, end: end.value };
      }
      trouble = end.error.text;
      kind = end.error.kind;
      const askedAt = monotonic();
      const since = this.#silent.get(parent.name)?.since ?? askedAt;
      this.#silent.set(parent.name, { since, askedAt });
      if (askedAt - since < silentMs) break;
    }
    return { met: 'nobody', trouble, ...(kind === undefined ? {} : { kind }) };
  }

  async #session(parent: ParentLink): Promise<Result<Extract<SessionEnd, { end: 'done' }>, LinkTrouble>> {
    const { store, clock, digest } = this.#options;
    const note = (more: Partial<LinkState>): void => {
      const { trouble: _, ...before } = this.#states.get(parent.name) ?? stateOf(parent);
      this.#states.set(parent.name, { ...before, ...more });
    };
    const ask = async (request: Request): Promise<Result<Reply, LinkTrouble>> => {
      const exchanged = await parent.transport.exchange(request);
      if (!exchanged.ok) return exchanged;
      clock.measured(exchanged.value.skewMs);
      note({ answeredAt: clock.now() });
      this.#watch({ kind: 'answered' });
      this.#options.heard?.(exchanged.value.reply);
      return ok(exchanged.value.reply);
    };
    for (let changes = 0; changes < CHANGES_MAX; changes++) {
      const peer = this.#nodes.get(parent.name);
      const pieces = this.#pieces.get(parent.name) ?? new Map<string, string>();
      this.#pieces.set(parent.name, pieces);
      const known = peer === undefined ? { pieces } : { pieces, peer };
      const context = { digest, now: clock.now(), rules: LINK_RULES, hasChildren: false, page: PAGE, ...known };
      const done = await driveMachine(session(context), store, ask);
      if (!done.ok) {
        note({ trouble: done.error.text });
        return done;
      }
      const end = done.value;
      if (end.end === 'changed') continue;
      if (end.end === 'refused') {
        this.#nodes.delete(parent.name);
        const refused = err({ kind: 'busy', text: refusedText(parent.name, end.why) } as const);
        note({ trouble: refused.error.text });
        return refused;
      }
      this.#nodes.set(parent.name, end.peer);
      note({ doneAt: clock.now() });
      if (end.handed > 0 || end.left === 0) this.#watch({ kind: 'progress' });
      const mustRebuild = this.#watch({ kind: 'tick', queue: end.left });
      if (mustRebuild) {
        await store.forgetLinks();
        parent.transport.reset();
      }
      return ok(end);
    }
    return err({
      kind: 'busy',
      text: `${parent.name} changes what this device may have all the time. It is tried again.`,
    });
  }

  #watch(
    event: { readonly kind: 'answered' | 'progress' } | { readonly kind: 'tick'; readonly queue: number },
  ): boolean {
    const { state, rebuild } = watch(this.#watched, { ...event, now: this.#options.monotonic() });
    this.#watched = state;
    return rebuild;
  }
}

const stateOf = ({ name, tier }: ParentLink): LinkState => ({ parent: name, tier, answeredAt: 0, doneAt: 0 });

const refusedText = (name: string, why: string): string =>
  why === 'version'
    ? `${name} and this device have no version of the protocol in common. Update the older of the two.`
    : `${name} cannot talk at present (${why}). It is tried again.`;
