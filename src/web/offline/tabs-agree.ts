// Whether all tabs of the client are ready to be loaded anew: each says for itself that what was typed in it is on this device's disk.
//
//   asker ──ask──> every tab: keeps its drafts ──safe──> asker: as many as there are pages, all safe ──> go
//
//   WU31  A tab that says no, and one that says nothing, keeps all others as they are.
//   WU33  Nothing is typed into the void: a tab that is told to go keeps its drafts once more before it does.
// oxlint-disable unicorn/require-post-message-target-origin -- channels, ports and workers have no target; the rule is about windows

/** `idle`: nobody asked for it; a tab in which somebody is in the middle of something says no. `person`: somebody wants it now. */
export type Why = 'idle' | 'person';
type Word =
  | { readonly kind: 'ask'; readonly id: string; readonly why: Why }
  | { readonly kind: 'answer'; readonly id: string; readonly safe: boolean }
  | { readonly kind: 'go' };

/** A BroadcastChannel is one. */
export interface TabChannel {
  postMessage(word: unknown): void;
  addEventListener(name: 'message', heard: (event: { readonly data: unknown }) => void): void;
  close(): void;
}
export interface Tabs {
  /** Whether every one of `pages` tabs, this one counted, is safe. Answers within `waitMs`. */
  agree(why: Why, pages: number): Promise<boolean>;
  /** Tells all tabs, this one too, to load anew. */
  go(): void;
  close(): void;
}

export const ANSWER_MS = 4_000;

/** `keepDrafts` resolves when this tab's drafts are on the disk: false where it would lose something. `reload` is called once. */
export function openTabs(
  channel: TabChannel,
  keepDrafts: (why: Why) => Promise<boolean>,
  reload: () => void,
  waitMs = ANSWER_MS,
): Tabs {
  const asking = new Map<string, (safe: boolean) => void>();
  const leave = (): void => {
    // Whatever comes of it: all tabs agreed a moment ago, and a tab that stays would run beside another build.
    void keepDrafts('person').then(reload, reload);
  };
  channel.addEventListener('message', ({ data }) => {
    const word = data as Word;
    if (word.kind === 'ask') {
      const say = (safe: boolean): void => channel.postMessage({ kind: 'answer', id: word.id, safe } satisfies Word);
      keepDrafts(word.why).then(say, () => say(false));
    } else if (word.kind === 'answer') asking.get(word.id)?.(word.safe);
    else leave();
  });
  return {
    agree: async (why, pages) => {
      if (!(await keepDrafts(why))) return false;
      const others = pages - 1;
      if (others <= 0) return true;
      const id = crypto.randomUUID();
      return new Promise<boolean>((resolve) => {
        let safe = 0;
        const end = (all: boolean): void => {
          asking.delete(id);
          clearTimeout(timer);
          resolve(all);
        };
        const timer = setTimeout(end, waitMs, false);
        asking.set(id, (one) => {
          if (!one) return end(false);
          safe += 1;
          if (safe >= others) end(true);
        });
        channel.postMessage({ kind: 'ask', id, why } satisfies Word);
      });
    },
    go: () => {
      channel.postMessage({ kind: 'go' } satisfies Word);
      leave();
    },
    close: () => channel.close(),
  };
}
