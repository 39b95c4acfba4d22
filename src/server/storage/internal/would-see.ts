// Whether a visibility would show what is about to be written: judged by the shared evaluator. What is remembered of its
// compartment may say yes; it takes a look to say no.
import type { Candidate, Visibility } from '../../../core/record/store.ts';
import { isVisible, seenAs } from '../../../core/record/visible.ts';
import type { StoreTools } from './prepare.ts';
import { sightOf } from './sight.ts';
import { aroundBy, type Surroundings } from './surroundings.ts';

/** In the order of `candidates`. */
export async function wouldSee(
  surroundings: Surroundings,
  tools: StoreTools,
  candidates: readonly Candidate[],
  visible: Visibility,
): Promise<readonly boolean[]> {
  if (visible.see === 'everything') return candidates.map(() => true);
  return Promise.all(
    candidates.map(async (candidate) => {
      const seen = seenAs(candidate, { baseUrls: tools.baseUrls });
      const { visible: ofType, groups } = sightOf(visible, seen.type);
      if (isVisible(ofType, seen, surroundings.lately)) return true;
      if (groups.length === 0) return false;
      const { home } = seen;
      const place = { c: tools.compartment(home).key, home: home === '' ? '?' : home };
      return isVisible(ofType, seen, aroundBy(await surroundings.look(groups, place)));
    }),
  );
}
