// A medicine beside the others that a person takes: the same twice, two of a class, two that do not go together.
import type { Looked, OtherOrder, Told } from './check-order.ts';
import type { MedicineRule, Weight } from './drug-rules.ts';
import type { Finding, NotChecked } from './finding.ts';
import { dayAmount, instructionsOf } from './order-dose.ts';

const is = (medicine: MedicineRule, name: string): boolean =>
  medicine.key === name || medicine.classes.includes(name) || medicine.ingredients.includes(name);
const WORST: readonly Weight[] = ['severe', 'moderate', 'minor'];
const asNeeded = (body: OtherOrder['body']): boolean => instructionsOf(body).some((one) => one.asNeeded);

export function checkTogether(looked: Looked): Told {
  const { rule, rules, others, order, name } = looked;
  const findings: Finding[] = [];
  const notChecked: NotChecked[] = [];
  for (const other of others) {
    const about = { from: other.from, name: other.name };
    if (rule === undefined || other.rule === undefined) {
      if (other.name !== '' && other.name.toLowerCase() === name.toLowerCase())
        findings.push({ kind: 'same-medicine', weight: 'severe', other: about, held: other.held });
      if (other.rule === undefined && rule !== undefined)
        notChecked.push({ what: 'other-medicine', name: other.name, from: other.from });
      continue;
    }
    const two = other.rule;
    if (rule.ingredients.some((one) => two.ingredients.includes(one))) {
      if (rule.repeats && two.repeats) continue;
      // A regular dose with a dose as needed of the same medicine may be meant; two of either kind hardly.
      const isMeant = asNeeded(order) !== asNeeded(other.body);
      findings.push({ kind: 'same-medicine', weight: isMeant ? 'moderate' : 'severe', other: about, held: other.held });
    } else {
      const same = rules.duplicates
        .filter(({ of }) => is(rule, of) && is(two, of))
        .sort((a, b) => WORST.indexOf(a.weight) - WORST.indexOf(b.weight))[0];
      if (same !== undefined)
        findings.push({ kind: 'same-class', weight: same.weight, words: same.words, other: about, held: other.held });
    }
    const found = rules.interactions
      .filter(({ a, b }) => (is(rule, a) && is(two, b)) || (is(rule, b) && is(two, a)))
      .sort((a, b) => WORST.indexOf(a.weight) - WORST.indexOf(b.weight))[0];
    if (found !== undefined)
      findings.push({ kind: 'interaction', weight: found.weight, words: found.words, other: about, held: other.held });
  }
  const sum = dayTogether(looked);
  if (sum !== undefined) findings.push(sum);
  return { findings, notChecked };
}

/** The day of one ingredient over all its orders, where each alone would pass: paracetamol by mouth and by vein. */
function dayTogether({ rule, order, others, facts }: Looked): Finding | undefined {
  if (rule === undefined || rule.repeats) return undefined;
  const bounds = rule.doses.find(
    ({ ageFrom, ageBelow }) => facts.age !== undefined && facts.age >= ageFrom && facts.age < ageBelow,
  );
  if (bounds === undefined) return undefined;
  const dayOf = (body: Looked['order']): number =>
    instructionsOf(body).reduce((sum, one) => sum + (dayAmount(one, rule.unit) ?? 0), 0);
  const same = others.filter(
    (one) =>
      !one.held && one.rule !== undefined && one.rule.ingredients.some((name) => rule.ingredients.includes(name)),
  );
  if (same.length === 0) return undefined;
  const byWeight =
    bounds.dayPerKg === undefined || facts.weight === undefined ? Infinity : bounds.dayPerKg * facts.weight.value;
  const most = Math.min(bounds.dayMax, byWeight);
  const own = dayOf(order);
  const asked = Number((own + same.reduce((sum, one) => sum + dayOf(one.body), 0)).toPrecision(12));
  if (own > most || asked <= most) return undefined;
  return {
    kind: 'day-high',
    weight: 'severe',
    asked,
    most: Number(most.toPrecision(6)),
    unit: rule.unit,
    by: 'together',
  };
}
