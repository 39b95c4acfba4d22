// The lower side of a link as a job: one process of the node at a time keeps the link to the parent going.
//
//   no turn ──turn──> session ──done──> idle ──local write, or the parent's news are due──> session
//                        └──trouble──> waiting (backs off, with jitter) ──> session
//
//   1. Whatever goes wrong, it goes on: no trouble ends it, and what it keeps is in the store (NL26).
//   2. After a local write it begins at once, else every two seconds; after trouble later and later, up to half a minute (NL27).
//   3. A link that answers and gets nowhere is rebuilt; a session in which nothing moves is dropped (NL28).
//   4. It leaves room for care: after each step that took long it waits as long, while its process is busy (NL18).
import type { Clock, Digest, Instant } from '../../core/base/ports.ts';
import { LINK_RULES } from '../../core/sync/link-rules.ts';
import type { Request } from '../../core/sync/messages.ts';
import type { SyncStore } from '../../core/sync/ports.ts';
import { session, type SessionEnd } from '../../core/sync/session.ts';
import { watch, watchStart, PATIENCE_MS, type WatchState } from '../../core/sync/watchdog.ts';
import { err, ok } from '../../core/base/result.ts';
import type { ExpiringRows } from '../ports/expiring-rows.ts';
import { loopShare } from './admit-peers.ts';
import { driveMachine } from '../../core/sync/drive-session.ts';
import { writeLinkState, type LinkPhase, type LinkState } from './link-state.ts';
import type { LinkTrouble, ParentRecord } from './link-types.ts';
import type { NodeTransport } from './node-transport.ts';

export interface LinkRunnerDeps {
  readonly store: SyncStore;
  readonly rows: ExpiringRows;
  readonly clock: Clock;
  readonly digest: Digest;
  /** Whether this process may run the link now. */
  readonly turn: { held(): boolean };
  /** Asked before each session: a node may be enrolled, or enrolled again, while it runs. */
  readonly parent: () => ParentRecord | undefined;
  readonly transportTo: (parent: ParentRecord) => NodeTransport;
  /** Takes nodes below on. */
  readonly hasChildren: boolean;
  readonly log: {
    info(fields: Readonly<Record<string, unknown>>, message: string): void;
    warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  };
  /** Told after each session that came to its end. */
  readonly done?: (parent: ParentRecord, startedAt: Instant) => Promise<void>;
  /** While the record is filled from above: how many heads came, of how many. */
  readonly filling?: (done: number, of: number) => Promise<void>;
  readonly rules?: Partial<RunnerRules>;
  /** 0 to 1, for jitter. */
  readonly random?: () => number;
}
export interface RunnerRules {
  /** Without local writes, the parent is asked this often. */
  readonly pollMs: number;
  /** How often this node's own arrivals are looked at. */
  readonly lookMs: number;
  readonly backoffMsMin: number;
  readonly backoffMsMax: number;
  readonly patienceMs: number;
  /** A session without a step for this long is dropped. */
  readonly stuckMs: number;
  readonly page: number;
  readonly busyShare: number;
}
export const RUNNER_RULES: RunnerRules = {
  pollMs: 2_000,
  lookMs: 250,
  backoffMsMin: 500,
  backoffMsMax: 30_000,
  patienceMs: PATIENCE_MS,
  stuckMs: 12 * 60_000,
  page: 500,
  busyShare: 0.6,
};

export interface LinkRunner {
  /** Breaks off, and resolves when nothing of it works any more. */
  close(): Promise<void>;
  /** Begins a session now, if it waits. */
  hurry(): void;
}

const PHASES: Readonly<Partial<Record<Request['kind'], LinkPhase>>> = {
  hello: 'greeting',
  want: 'greeting',
  push: 'handing over',
  offer: 'handing over',
  compare: 'comparing',
  fetch: 'filling',
  foremost: 'filling',
  body: 'filling',
  pull: 'taking over',
};
const NO_TURN_MS = 1_000;
const TELL_MS = 1_500;
const BRIEF_MS = 1_000;
const BREATH_MS_MAX = 1_000;
const TRIPS = 8;

export function openLinkRunner(deps: LinkRunnerDeps): LinkRunner {
  const rules = { ...RUNNER_RULES, ...deps.rules };
  const { store, clock, rows } = deps;
  const random = deps.random ?? Math.random;
  const share = loopShare();
  const life = { stopped: false, hurried: false };
  let wake: (() => void) | undefined;
  let transport: { readonly of: ParentRecord; readonly way: NodeTransport } | undefined;
  let watching: WatchState = watchStart(clock.now());
  let failures = 0;
  let state: LinkState | undefined;
  let toldAt = 0;
  let begunAt = 0;
  let trips: { readonly tookMs: number; readonly skewMs: number }[] = [];
  const pieces = new Map<string, string>();

  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      wake = end;
      if (life.stopped) end();
    });

  const tell = async (change: Partial<LinkState>, now = false): Promise<void> => {
    if (state === undefined) return;
    state = { ...state, ...change };
    const at = performance.now();
    // A session that is over in a moment is told by its end.
    const isBrief = state.phase !== 'idle' && at - begunAt < BRIEF_MS;
    if (!now && (isBrief || at - toldAt < TELL_MS)) return;
    toldAt = performance.now();
    await writeLinkState(rows, state, clock.now()).catch(() => undefined);
  };
  const phase = (name: LinkPhase): Partial<LinkState> =>
    state?.phase === name ? {} : { phase: name, since: clock.now() };

  const begin = (parent: ParentRecord): NodeTransport => {
    if (transport !== undefined && JSON.stringify(transport.of) === JSON.stringify(parent)) return transport.way;
    transport?.way.reset();
    // Of another parent's pages nothing can be gone on with.
    if (transport?.of.node !== parent.node) pieces.clear();
    transport = { of: parent, way: deps.transportTo(parent) };
    failures = 0;
    trips = [];
    watching = watchStart(clock.now());
    state = {
      parent: parent.node,
      phase: 'starting',
      since: clock.now(),
      queue: 0,
      sessions: 0,
      rebuilds: 0,
      handed: 0,
      rescued: 0,
      bytesUp: 0,
      bytesDown: 0,
    };
    return transport.way;
  };

  const breathe = async (tookMs: number): Promise<void> => {
    if (share() > rules.busyShare) await sleep(Math.min(BREATH_MS_MAX, tookMs));
  };

  /** One session. */
  const run = async (
    parent: ParentRecord,
    way: NodeTransport,
  ): Promise<SessionEnd | { readonly end: 'trouble'; readonly trouble: LinkTrouble }> => {
    const machine = session({
      digest: deps.digest,
      now: clock.now(),
      rules: LINK_RULES,
      hasChildren: deps.hasChildren,
      page: rules.page,
      peer: parent.node,
      pieces,
    });
    const driven = driveMachine(machine, store, async (request) => {
      if (life.stopped || !deps.turn.held())
        return err<LinkTrouble>({ kind: 'busy', text: 'Another process of this node runs the link.' });
      await tell(phase(PHASES[request.kind] ?? 'greeting'));
      const got = await way.exchange(request);
      if (!got.ok) return got;
      const { reply, tookMs, skewMs, sentBytes, gotBytes } = got.value;
      trips = [...trips.slice(1 - TRIPS), { tookMs, skewMs }];
      // The shortest trip says most of the other clock.
      const best = trips.reduce((a, b) => (b.tookMs < a.tookMs ? b : a));
      watching = watch(watching, { kind: isProgress(request) ? 'progress' : 'answered', now: clock.now() }).state;
      await tell({
        contactAt: clock.now(),
        skewMs: best.skewMs,
        tripMs: Math.round(best.tookMs),
        bytesUp: (state?.bytesUp ?? 0) + sentBytes,
        bytesDown: (state?.bytesDown ?? 0) + gotBytes,
      });
      if (reply.kind === 'ordered') await deps.filling?.(reply.done, reply.of);
      await breathe(tookMs);
      return ok(reply);
    });
    const done = await unlessStuck(driven, rules.stuckMs, () => watching);
    if (done === undefined) {
      way.reset();
      return { end: 'trouble', trouble: STUCK };
    }
    return done.ok ? done.value : { end: 'trouble', trouble: done.error };
  };

  const ended = async (
    parent: ParentRecord,
    end: Awaited<ReturnType<typeof run>>,
    startedAt: number,
  ): Promise<number> => {
    const now = clock.now();
    if (end.end === 'done') {
      failures = 0;
      if (end.handed > 0 || end.rescued > 0 || end.compared || end.left === 0)
        watching = watch(watching, { kind: 'progress', now }).state;
      const { trouble: _over, unsentSince: before, ...rest } = state ?? begunState(parent, now);
      if (_over !== undefined) deps.log.info({ parent: parent.node }, 'the link to the parent works again');
      state = { ...rest, ...(end.left > 0 ? { unsentSince: before ?? now } : {}) };
      await tell(
        {
          ...phase('idle'),
          queue: end.left,
          successAt: startedAt,
          contactAt: now,
          sessions: state.sessions + 1,
          handed: state.handed + end.handed,
          rescued: state.rescued + end.rescued,
        },
        end.handed > 0 || end.compared,
      );
      await deps.done?.(parent, startedAt);
      return end.left > 0 ? rules.backoffMsMin : rules.pollMs;
    }
    // Grants, or the peer, changed while it ran: nothing is wrong.
    if (end.end === 'changed') return rules.lookMs;
    failures += 1;
    const trouble = end.end === 'trouble' ? end.trouble : refusedTrouble(end.why, parent.name);
    if (state?.trouble?.kind !== trouble.kind)
      deps.log.warn({ why: trouble.kind }, 'the link to the parent does not work');
    const queue = await waitingCommits();
    await tell(
      {
        ...phase('waiting'),
        trouble: { kind: trouble.kind, text: trouble.text, since: state?.trouble?.since ?? now },
        queue,
        ...(queue > 0 ? { unsentSince: state?.unsentSince ?? now } : {}),
      },
      true,
    );
    const { state: next, rebuild } = watch(watching, { kind: 'tick', now, queue }, rules.patienceMs);
    watching = next;
    if (rebuild) await rebuildLink(parent);
    const backoff = Math.min(rules.backoffMsMax, rules.backoffMsMin * 2 ** Math.min(failures - 1, 16));
    return Math.max(trouble.retryAfterMs ?? 0, backoff * (0.5 + random() / 2));
  };

  const rebuildLink = async (parent: ParentRecord): Promise<void> => {
    deps.log.warn({ parent: parent.node }, 'the link gets nowhere and is built anew');
    transport?.way.reset();
    await store.setLink({ peer: parent.node, record: undefined });
    await tell({ rebuilds: (state?.rebuilds ?? 0) + 1 }, true);
  };

  /** How many commits wait, by what the parent last said that it holds. */
  const waitingCommits = async (): Promise<number> => {
    try {
      const tips = await store.carried();
      const held = new Map((await store.held(tips.map(({ origin }) => origin))).map(([origin, seq]) => [origin, seq]));
      return tips.reduce((sum, { origin, seq }) => sum + Math.max(0, seq - (held.get(origin) ?? 0)), 0);
    } catch {
      return state?.queue ?? 0;
    }
  };

  const loop = async (): Promise<void> => {
    while (!life.stopped) {
      if (!deps.turn.held()) {
        await sleep(NO_TURN_MS);
        continue;
      }
      let waitMs = rules.pollMs;
      let seen: number | undefined;
      const parent = deps.parent();
      if (parent === undefined) {
        await sleep(NO_TURN_MS);
        continue;
      }
      try {
        const way = begin(parent);
        seen = await store.arrival();
        const startedAt = clock.now();
        begunAt = performance.now();
        waitMs = await ended(parent, await run(parent, way), startedAt);
      } catch (error) {
        // The store, mostly: its database restarts, its disk is full.
        failures += 1;
        deps.log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'the link could not work');
        waitMs = Math.min(rules.backoffMsMax, rules.backoffMsMin * 2 ** Math.min(failures, 16)) * (0.5 + random() / 2);
      }
      if (failures > 0 || seen === undefined) await sleep(waitMs);
      else await quiet(waitMs, seen);
    }
  };

  /** Waits, but no longer than until something arrives here. */
  const quiet = async (ms: number, before: number): Promise<void> => {
    const until = performance.now() + ms;
    let seen = before;
    let first = true;
    while (!life.stopped && performance.now() < until) {
      await sleep(Math.min(rules.lookMs, Math.max(1, until - performance.now())));
      try {
        const now = await store.arrival();
        // What the session itself took in has arrived, too: it is no reason to begin another.
        if (now > seen && !first) return;
        if (now > seen && (await waitingCommits()) > 0) return;
        seen = now;
        first = false;
      } catch {
        return;
      }
      if (life.hurried) {
        life.hurried = false;
        return;
      }
    }
  };

  const running = loop();
  return {
    hurry: () => {
      life.hurried = true;
      wake?.();
    },
    close: async () => {
      life.stopped = true;
      wake?.();
      transport?.way.reset();
      await running;
    },
  };
}

const begunState = (parent: ParentRecord, now: number): LinkState => ({
  parent: parent.node,
  phase: 'starting',
  since: now,
  queue: 0,
  sessions: 0,
  rebuilds: 0,
  handed: 0,
  rescued: 0,
  bytesUp: 0,
  bytesDown: 0,
});

/** What moves something, whichever way. A hello that is answered moves nothing. */
const isProgress = ({ kind }: Request): boolean => kind === 'fetch' || kind === 'body' || kind === 'foremost';

const STUCK: LinkTrouble = { kind: 'unreachable', text: 'Nothing moved for minutes. The link is begun anew.' };

async function unlessStuck<T>(work: Promise<T>, ms: number, at: () => WatchState): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let last = at();
  const stuck = new Promise<undefined>((resolve) => {
    timer = setInterval(() => {
      const now = at();
      if (now === last) resolve(undefined);
      last = now;
    }, ms);
    timer.unref();
  });
  try {
    return await Promise.race([work, stuck]);
  } finally {
    clearInterval(timer);
    // Dropped: what it still does changes nothing, and what it throws is nobody's.
    work.catch(() => undefined);
  }
}

function refusedTrouble(why: Extract<SessionEnd, { end: 'refused' }>['why'], name: string): LinkTrouble {
  switch (why) {
    case 'version':
      return {
        kind: 'version',
        text: `${name} and this node have no version of the protocol in common. Update the older of the two.`,
      };
    case 'incarnation':
      return { kind: 'busy', text: `${name} started anew. Both sides are compared.`, retryAfterMs: 1 };
    case 'busy':
      return { kind: 'busy', text: `${name} cannot take anything at present. It is tried again.` };
    case 'disk':
      return { kind: 'disk', text: `The disk of ${name} is full: make room there. What is written here waits.` };
    case 'unexpected':
      return { kind: 'malformed', text: `${name} answered what was not asked. Update the older of the two nodes.` };
  }
}
