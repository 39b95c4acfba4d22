// What stands in a list that holds resources in conflict: which they are, how grave it is, and the words that people must read.
//
//   CW10  A conflict is never shown silently: every list that shows one says so.
import type { ResourceKey, SearchHit } from '../../core/record/store.ts';
import type { Api, Ask } from './ask.ts';
import { explained } from './conflict-parameters.ts';
import type { Issue } from './outcome.ts';

/** The sides of more than these are not looked at for one list: it is said that they are in conflict, not why. */
const LOOKED_AT_MAX = 50;

/** Of one resource that an entry of a Bundle shows: its own request says why. */
export const conflictIssue = (severity: 'S1' | 'S2', { type, id }: ResourceKey): Issue => ({
  severity: 'warning',
  code: 'conflict',
  text: `In conflict (${severity})`,
  remedy: `See ${type}/${id}/$conflict for the sides.`,
});

/** An issue for each of `hits` that is in conflict, in their order. */
export async function conflictsAmong(hits: readonly SearchHit[], ask: Ask, api: Api): Promise<readonly Issue[]> {
  const open = hits.flatMap(({ stored }, at) => (stored.conflict ? [{ stored, at }] : []));
  return Promise.all(
    open.map(async ({ stored, at }, i): Promise<Issue> => {
      const { type, id } = stored.key;
      const found = i < LOOKED_AT_MAX ? await api.store.siblings(stored.key, ask.actor.visible) : undefined;
      const words = found === undefined ? [] : explained(found, api.settings.words ?? {}).notes.map(({ text }) => text);
      return {
        severity: 'warning',
        code: 'conflict',
        text: [
          `In conflict (${stored.severity ?? 'S1'})`,
          ...(words.length === 0 ? [] : [[...new Set(words)].join('; ')]),
        ].join(': '),
        remedy: `See ${type}/${id}/$conflict for the sides.`,
        path: `Bundle.entry[${at}].resource`,
      };
    }),
  );
}
