// The client's own files, from the page's side: the worker is registered, a new build waits for its moment, a build that came to
// nothing is told.
//
//   WU31  Only `switchNow` makes another build run, and only when every tab agreed.
//   WU36  Where a browser has no service worker the client works, and says that it does not open without the site.
// oxlint-disable unicorn/require-post-message-target-origin -- channels, ports and workers have no target; the rule is about windows
import { openTabs, type Tabs, type Why } from './tabs-agree.ts';
import { SCOPE, type ToWorker, type WorkerState } from './worker-words.ts';

export interface UpdateState {
  /** The build that this page is; '' in development. */
  readonly build: string;
  /** A build that is complete here and waits. */
  readonly waiting: boolean;
  /** Builds that did not come up on this device and were left. */
  readonly rolledBack: readonly string[];
  /** Whether the client opens here with no site in reach; `never`: this browser cannot. */
  readonly offline: 'ready' | 'not-yet' | 'never';
}
export interface Updates {
  /** The same object until it changes. */
  state(): UpdateState;
  listen(changed: () => void): () => void;
  /** The first screen stands: this build is good. Once. */
  cameUp(): void;
  /** As the site says it; kept for the time in which nobody can be asked. */
  setDowntime(declared: boolean): void;
  /**
   * `keep` puts this tab's drafts on the disk and says whether nothing would be lost. Asked with `idle` it says no where somebody is
   * in the middle of something.
   */
  beforeSwitch(keep: (why: Why) => Promise<boolean>): () => void;
  /** `idle`: at the lock screen. All tabs load anew where it is `switching`. */
  switchNow(why: Why): Promise<'switching' | 'nothing' | 'not-safe' | 'downtime'>;
  /** Looks for a new build. */
  look(): Promise<void>;
}

const CHANNEL = 'holdfast-update';
const LOOK_MS = 15 * 60_000;
/** A tab that is closed sooner than this was closed by its person, not for want of a screen. */
const EARLY_MS = 3_000;
const ANSWER_MS = 5_000;

/** Call once, first of all. */
export function startUpdates(): Updates {
  const build = document.querySelector('meta[name="holdfast-build"]')?.getAttribute('content') ?? '';
  const container = 'serviceWorker' in navigator && build !== '' ? navigator.serviceWorker : undefined;
  const keepers = new Set<(why: Why) => Promise<boolean>>();
  const listeners = new Set<() => void>();
  let state: UpdateState = {
    build,
    waiting: false,
    rolledBack: [],
    offline: container === undefined ? 'never' : 'not-yet',
  };
  const set = (next: UpdateState): void => {
    if (JSON.stringify(next) === JSON.stringify(state)) return;
    state = next;
    for (const changed of listeners) changed();
  };
  const keepDrafts = async (why: Why): Promise<boolean> => {
    const all = await Promise.all([...keepers].map((keep) => keep(why)));
    return all.every(Boolean);
  };
  let registration: ServiceWorkerRegistration | undefined;
  let declared: boolean | undefined;
  let isUp = false;
  let tabs: Tabs | undefined;
  const tell = (word: ToWorker): void => container?.controller?.postMessage(word);

  const refresh = async (): Promise<void> => {
    const active = registration?.active;
    if (active === undefined || active === null) return;
    const said = await ask(active, { kind: 'state' });
    if (said === undefined) return;
    set({
      build,
      waiting: (registration?.waiting ?? null) !== null || (said.own !== said.serving && !said.bad.includes(said.own)),
      rolledBack: said.bad,
      offline: 'ready',
    });
  };
  const follow = (worker: ServiceWorker | null): void => {
    worker?.addEventListener('statechange', () => void refresh());
  };

  if (container !== undefined) {
    tabs = openTabs(new BroadcastChannel(CHANNEL), keepDrafts, () => location.reload());
    container
      .register(`${SCOPE}sw.js`, { scope: SCOPE, updateViaCache: 'none' })
      .then((found) => {
        registration = found;
        follow(found.installing);
        follow(found.waiting);
        found.addEventListener('updatefound', () => follow(found.installing));
        if (declared !== undefined) tell({ kind: 'downtime', declared });
        if (isUp) tell({ kind: 'up', build });
        haveRescue().catch(() => undefined);
        return refresh();
      })
      // Without it the client works as long as the site answers, and says so.
      .catch(() => set({ ...state, offline: 'never' }));
    container.addEventListener('controllerchange', () => {
      if (declared !== undefined) tell({ kind: 'downtime', declared });
      if (isUp) tell({ kind: 'up', build });
      void refresh();
    });
    const openedAt = performance.now();
    addEventListener('pagehide', () => {
      if (!isUp && performance.now() - openedAt < EARLY_MS) tell({ kind: 'left-early' });
    });
    setInterval(() => void updates.look(), LOOK_MS);
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') void updates.look();
    });
  }

  const updates: Updates = {
    state: () => state,
    listen: (changed) => {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    cameUp: () => {
      isUp = true;
      tell({ kind: 'up', build });
    },
    setDowntime: (now) => {
      if (declared === now) return;
      declared = now;
      tell({ kind: 'downtime', declared: now });
    },
    beforeSwitch: (keep) => {
      keepers.add(keep);
      return () => void keepers.delete(keep);
    },
    switchNow: async (why) => {
      const active = registration?.active;
      const next = registration?.waiting ?? active;
      if (!state.waiting || !active || !next) return 'nothing';
      if (declared === true) return 'downtime';
      const seen = await ask(active, { kind: 'state' });
      if (seen === undefined || !(await tabs?.agree(why, seen.pages))) return 'not-safe';
      const then = await ask(next, { kind: 'switch' });
      if (then === undefined) return 'not-safe';
      if (then.serving !== then.own) return 'downtime';
      tabs?.go();
      return 'switching';
    },
    look: async () => {
      try {
        await registration?.update();
        await haveRescue();
      } catch {
        // The site is away: it is looked for again.
      }
      await refresh();
    },
  };
  return updates;
}

/** The rescue page into the browser's own cache, which asks the site for it once a week. */
async function haveRescue(): Promise<void> {
  const page = await fetch('/rescue/');
  const files = [...(await page.text()).matchAll(/"(\/rescue\/[\w.-]+)"/g)].map(([, path]) => path ?? '');
  await Promise.all(files.map((path) => fetch(path)));
}

function ask(worker: ServiceWorker, word: ToWorker): Promise<WorkerState | undefined> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(resolve, ANSWER_MS, undefined);
    port1.addEventListener('message', ({ data }) => {
      clearTimeout(timer);
      port1.close();
      resolve(data as WorkerState);
    });
    port1.start();
    worker.postMessage(word, [port2]);
  });
}
