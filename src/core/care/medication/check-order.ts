// Safety checks of an order before it is signed: allergy, duplicate, interaction, dose, kidneys, pregnancy, age. One pure function,
// the same at every tier and without a network (DT32).
//
//   MD6   Whatever could not be checked is named: "not checked" for what has no rule, "NO CHECKS" where the checker cannot run (CR10).
//   MD7   Allergies that are not recorded, a weight that is missing, a result that is old are findings.
//   MD8   Orders that are held, in conflict or unverified count (CR3, CR8).
import { assert } from '../../base/assert.ts';
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { textOf } from '../merge/clinical-words.ts';
import { checkAllergies } from './check-allergies.ts';
import { checkDose } from './check-dose.ts';
import { checkTogether } from './check-together.ts';
import type { DrugRules, MedicineRule, Weight } from './drug-rules.ts';
import { WEIGHTS } from './drug-rules.ts';
import type { Checked, Finding, NotChecked } from './finding.ts';
import { medicineName, ruleOf } from './find-medicine.ts';
import { factsOf, type PatientFacts } from './patient-facts.ts';

/** The rules in force: of a content package that is active. */
export type RulesInForce =
  | { readonly state: 'active'; readonly rules: DrugRules; readonly content: string }
  | { readonly state: 'no-checks'; readonly why: 'no-content' | 'halted' | 'failed' };

export interface OrderToCheck {
  /** MedicationRequest as it would be signed. */
  readonly order: ResourceJson;
  /** The chart: Patient, AllergyIntolerance, Observation, Condition, MedicationRequest, MedicationStatement. */
  readonly record: readonly ResourceJson[];
  readonly now: Instant;
  /** `MedicationRequest/1`: ends when the order is signed, so does not count. */
  readonly replaces?: string;
  /** When the site last told everything; absent: never. */
  readonly asOf?: Instant;
  /** The record may lack facts: a copy that is old or not whole. */
  readonly stale: boolean;
  /** `MedicationRequest/1` of which people must decide: counts as running. */
  readonly conflicts?: ReadonlySet<string>;
}

/** What the sub-checks look at. */
export interface Looked {
  readonly order: ResourceJson;
  readonly rule: MedicineRule | undefined;
  readonly name: string;
  readonly rules: DrugRules;
  readonly facts: PatientFacts;
  readonly now: Instant;
  readonly others: readonly OtherOrder[];
}
export interface OtherOrder {
  readonly from: string;
  readonly name: string;
  readonly rule: MedicineRule | undefined;
  readonly held: boolean;
  readonly body: ResourceJson;
}
export interface Told {
  readonly findings: readonly Finding[];
  readonly notChecked: readonly NotChecked[];
}

const ENDED = new Set(['stopped', 'cancelled', 'completed', 'entered-in-error', 'draft', 'not-taken', 'intended']);
/** Orders and statements that count beside the one that is checked. */
export function othersOf(to: Omit<OrderToCheck, 'stale'>, rules: DrugRules): readonly OtherOrder[] {
  const self = `MedicationRequest/${to.order.id ?? ''}`;
  return to.record.flatMap((body) => {
    if (body.resourceType !== 'MedicationRequest' && body.resourceType !== 'MedicationStatement') return [];
    const from = `${body.resourceType}/${body.id ?? ''}`;
    const isDisputed = to.conflicts?.has(from) === true;
    if (from === self || from === to.replaces) return [];
    if (body['doNotPerform'] === true) return [];
    if (ENDED.has(textOf(body['status'])) && !isDisputed) return [];
    const held = textOf(body['status']) === 'on-hold';
    return [{ from, name: medicineName(body), rule: ruleOf(rules, body), held, body }];
  });
}

const RANK: Readonly<Record<Weight, number>> = { severe: 0, moderate: 1, minor: 2 };

export function checkOrder(to: OrderToCheck, inForce: RulesInForce): Checked {
  if (inForce.state === 'no-checks') return { state: 'no-checks', why: inForce.why };
  const { rules } = inForce;
  assert(to.order.resourceType === 'MedicationRequest', 'orders of medicines alone are checked here');
  const rule = ruleOf(rules, to.order);
  const name = medicineName(to.order);
  const looked: Looked = {
    order: to.order,
    rule,
    name,
    rules,
    facts: factsOf(to.record, to.now),
    now: to.now,
    others: othersOf(to, rules),
  };
  const told: readonly Told[] = [
    { findings: [], notChecked: rule === undefined ? [{ what: 'medicine', name }] : [] },
    checkAllergies(looked, to.stale, to.asOf),
    checkTogether(looked),
    checkDose(looked),
  ];
  const findings = told.flatMap((one) => one.findings);
  return {
    state: 'checked',
    // Stable: of one weight the order above, allergies first.
    findings: WEIGHTS.flatMap((weight) => findings.filter((one) => RANK[one.weight] === RANK[weight])),
    notChecked: told.flatMap((one) => one.notChecked),
    content: inForce.content,
  };
}

/** What a person must give a reason for before signing. */
export const needsReason = (checked: Checked): boolean =>
  checked.state === 'no-checks' ||
  checked.findings.some(({ weight }) => weight === 'severe') ||
  checked.notChecked.some(({ what }) => what === 'medicine');
