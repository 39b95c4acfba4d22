// Whether a visibility would show what is about to be written: judged by the shared evaluator, with one look around, never by what
// is remembered.
import type { Candidate, Visibility } from '../../../core/record/store.ts';
import { isVisible, seenAs } from '../../../core/record/visible.ts';
import type { Queryable } from './connections.ts';
import type { StoreTools } from './prepare.ts';
import { groupsOf, sightOf } from './sight.ts';
import { aroundBy, lookAround } from './surroundings.ts';
import type { FindNames } from './visible-sql.ts';

/** In the order of `candidates`. */
export async function wouldSee(
  db: Queryable,
  tools: StoreTools,
  names: FindNames,
  candidates: readonly Candidate[],
  visible: Visibility,
): Promise<readonly boolean[]> {
  if (visible.see === 'everything') return candidates.map(() => true);
  const all = candidates.map((candidate) => seenAs(candidate, { baseUrls: tools.baseUrls }));
  const homes = [...new Set(all.map(({ home }) => home))];
  const groups = groupsOf(visible, [...new Set(all.map(({ type }) => type))]);
  const places = homes.map((home) => ({ c: tools.compartment(home).key, home: home === '' ? '?' : home }));
  const found = groups.length === 0 ? [] : await lookAround(db, tools, names, groups, places);
  return all.map((seen) => {
    const answers = found[homes.indexOf(seen.home)] ?? new Map<string, boolean>();
    return isVisible(sightOf(visible, seen.type).visible, seen, aroundBy(answers));
  });
}
