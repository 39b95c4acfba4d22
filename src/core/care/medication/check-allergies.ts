// Allergies against a medicine: the substance itself, its class, and classes that cross-react.
//
//   MD9   A stale copy's allergies fire, and a stale denial is no denial (CR1).
//   MD10  An allergen that no rule knows is "not checked", unless its name is the medicine's own: then it fires.
import type { Instant } from '../../base/ports.ts';
import type { AllergenRule, MedicineRule } from './drug-rules.ts';
import type { Looked, Told } from './check-order.ts';
import type { Finding, NotChecked } from './finding.ts';
import type { AllergyFact } from './patient-facts.ts';

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** `name` stands in `text` as whole words; a plural of it too. */
const stands = (name: string, text: string): boolean =>
  new RegExp(`(^|[^\\p{L}\\p{N}])${escaped(name)}s?($|[^\\p{L}\\p{N}])`, 'iu').test(text);

const isOf = (medicine: MedicineRule, name: string): boolean =>
  medicine.classes.includes(name) || medicine.ingredients.includes(name);

function allergensOf(rules: readonly AllergenRule[], allergy: AllergyFact): readonly AllergenRule[] {
  const coded = rules.filter(({ codes }) =>
    codes.some((one) => allergy.codes.some((two) => one.system === two.system && one.code === two.code)),
  );
  const named = rules.filter(({ names }) => names.some((name) => stands(name, allergy.words)));
  return [...new Set([...coded, ...named])];
}

export function checkAllergies(looked: Looked, stale: boolean, asOf: Instant | undefined): Told {
  const { facts, rule, rules, name } = looked;
  const findings: Finding[] = [];
  const notChecked: NotChecked[] = [];
  if (facts.allergyStatus === 'not-recorded') findings.push({ kind: 'allergies-not-recorded', weight: 'severe' });
  else if (stale) findings.push({ kind: 'allergies-stale', weight: 'moderate', asOf });
  for (const allergy of facts.allergies) {
    const about = { from: allergy.from, name: allergy.words };
    const told = { allergy: about, reaction: allergy.reaction, unverified: allergy.unverified };
    const known = allergensOf(rules.allergens, allergy);
    const ownName = [name, ...(rule?.ingredients ?? [])].find((one) => one !== '' && stands(one, allergy.words));
    const same =
      rule === undefined ? undefined : known.flatMap(({ forbids }) => forbids).find((one) => isOf(rule, one));
    if (ownName !== undefined || same !== undefined) {
      findings.push({ kind: 'allergy', how: 'same', weight: 'severe', ...told, words: '' });
      continue;
    }
    if (known.length === 0) {
      // Ingredients of the formulary that no allergen names: their own name was looked for above, in vain.
      const isOtherMedicine = rules.medicines.some(({ ingredients }) =>
        ingredients.some((one) => stands(one, allergy.words)),
      );
      if (!isOtherMedicine || rule === undefined)
        notChecked.push({ what: 'allergy', name: allergy.words, from: allergy.from });
      continue;
    }
    if (rule === undefined) {
      if (known.some(({ forbids, crosses }) => forbids.length + crosses.length > 0))
        notChecked.push({ what: 'allergy', name: allergy.words, from: allergy.from });
      continue;
    }
    const cross = known.flatMap(({ crosses }) => crosses).find((one) => isOf(rule, one.of));
    if (cross !== undefined) {
      // After a severe reaction no cross-reaction is a matter of judgement alone.
      const weight = allergy.criticality === 'high' ? 'severe' : cross.weight;
      findings.push({ kind: 'allergy', how: 'crosses', weight, ...told, words: cross.words });
    }
  }
  return { findings, notChecked };
}
