// The same person's medicines and allergies are seen in all records where they are seen in one (CR2, CR4).
import type { ResourceKey, Visibility, VisibilityRule } from '../record/store.ts';
import type { ResourceJson } from '../base/json-types.ts';
import { NEVER_SEEN } from './names.ts';

/** What CR2 and CR4 hide from nobody who prescribes, dispenses or administers. */
export const NEVER_HIDDEN = [
  'AllergyIntolerance',
  'MedicationAdministration',
  'MedicationDispense',
  'MedicationRequest',
  'MedicationStatement',
] as const;

export interface SightDeps {
  wouldSee(
    candidates: readonly { readonly key: ResourceKey; readonly resource: ResourceJson }[],
    visible: Visibility,
  ): Promise<readonly boolean[]>;
}

/** `closures`: ids of the records of one person each. Each for itself: to see one person's medicines opens nobody else's. */
export async function sightOfLinked(
  visible: Visibility,
  closures: Iterable<readonly string[]>,
  store: SightDeps,
): Promise<readonly VisibilityRule[]> {
  const rules: VisibilityRule[] = [];
  for (const ids of closures) {
    const candidates = NEVER_HIDDEN.flatMap((type) =>
      ids.map((id) => {
        const patient = { reference: `Patient/${id}` };
        const whose = type === 'AllergyIntolerance' ? { patient } : { subject: patient };
        return { key: { type, id: 'sight' }, resource: { resourceType: type, id: 'sight', ...whose } };
      }),
    );
    const seen = await store.wouldSee(candidates, visible);
    const types = NEVER_HIDDEN.filter((_type, at) => ids.some((_id, i) => seen[at * ids.length + i] === true));
    if (types.length > 0) {
      rules.push({ types, compartments: ids.map((id) => `Patient/${id}`), withoutSecurity: NEVER_SEEN });
    }
  }
  return rules;
}
