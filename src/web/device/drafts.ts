// Where a person's unfinished texts are kept: on this device alone, under the person's key.
import type { Draft } from './device.ts';

export interface DraftDesk {
  /** Of `who` alone, the newest first. */
  all(who: string): Promise<readonly Draft[]>;
  /** Resolves when the disk has it; a value of '' forgets it. */
  put(who: string, draft: Draft): Promise<void>;
}

/** For as long as the page lives. */
export function memoryDrafts(): DraftDesk {
  const kept = new Map<string, Map<string, Draft>>();
  return {
    all: async (who) => [...(kept.get(who)?.values() ?? [])].toSorted((a, b) => b.at - a.at),
    put: async (who, draft) => {
      const own = kept.get(who) ?? new Map<string, Draft>();
      kept.set(who, own);
      if (draft.value === '') own.delete(draft.name);
      else own.set(draft.name, draft);
    },
  };
}
