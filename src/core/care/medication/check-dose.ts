// One dose and a day of it against the bounds for age, weight and kidneys; pregnancy and age where the content says something of them.
//
//   MD11  A bound per kilogram needs a weight: without one that is a finding, with an old one its age is.
//   MD12  A rule on kidneys needs a result: without one that is a finding, with an old one its age is.
import type { Looked, Told } from './check-order.ts';
import type { DoseRule, MedicineRule } from './drug-rules.ts';
import type { Finding, NotChecked } from './finding.ts';
import { dayAmount, inUnit, instructionsOf, type Instruction } from './order-dose.ts';
import type { PatientFacts } from './patient-facts.ts';
import type { Instant } from '../../base/ports.ts';

const DAY_MS = 86_400_000;
/** How long a weight holds: the younger, the shorter. First settings, for a clinical safety officer to change. */
export function weightHoldsDays(age: number | undefined): number {
  if (age === undefined || age < 1) return 7;
  return age < 16 ? 30 : 365;
}
/** A result of kidneys that is older says little of an inpatient. */
export const KIDNEYS_HOLD_DAYS = 30;

const trim = (value: number): number => Number(value.toPrecision(6));

export function checkDose(looked: Looked): Told {
  const { rule, facts, now, order } = looked;
  const findings: Finding[] = [];
  const notChecked: NotChecked[] = [];
  if (rule === undefined) return { findings, notChecked };
  const bounds = boundsOf(rule, facts);
  if (facts.age === undefined) findings.push({ kind: 'age-missing', weight: 'severe' });
  else if (bounds === undefined) notChecked.push({ what: 'dose', why: rule.doses.length === 0 ? 'no-bounds' : 'age' });
  findings.push(...checkWeight(bounds, facts, now));
  const instructions = instructionsOf(order);
  if (instructions.length === 0) notChecked.push({ what: 'dose', why: 'words' });
  let day: number | undefined = 0;
  for (const instruction of instructions) {
    if (instruction.route !== undefined && instruction.route !== rule.route) {
      notChecked.push({ what: 'dose', why: 'route' });
      day = undefined;
      continue;
    }
    if (instruction.dose === undefined || inUnit(instruction.dose, rule.unit) === undefined) {
      notChecked.push({ what: 'dose', why: instruction.body['doseAndRate'] === undefined ? 'words' : 'unit' });
      day = undefined;
      continue;
    }
    if (bounds !== undefined) findings.push(...checkSingle(instruction, rule, bounds, facts));
    const ofDay = dayAmount(instruction, rule.unit);
    day = day === undefined || ofDay === undefined ? undefined : day + ofDay;
    if (ofDay === undefined) notChecked.push({ what: 'day', why: 'words' });
  }
  if (bounds !== undefined && day !== undefined && instructions.length > 0)
    findings.push(...checkDay(trim(day), rule, bounds, facts));
  const kidneys = checkKidneys(looked, rule, instructions, day);
  return {
    findings: [...findings, ...kidneys.findings, ...checkPregnancy(rule, facts), ...checkAge(rule, facts)],
    notChecked: [...notChecked, ...kidneys.notChecked],
  };
}

const boundsOf = (rule: MedicineRule, { age }: PatientFacts): DoseRule | undefined =>
  age === undefined ? undefined : rule.doses.find(({ ageFrom, ageBelow }) => age >= ageFrom && age < ageBelow);

function checkWeight(bounds: DoseRule | undefined, facts: PatientFacts, now: Instant): readonly Finding[] {
  if (facts.weight === undefined)
    return bounds?.singlePerKg === undefined && facts.age !== undefined && facts.age >= 16
      ? [{ kind: 'weight-missing', weight: 'minor' }]
      : [{ kind: 'weight-missing', weight: 'severe' }];
  const days = Math.floor((now - facts.weight.at) / DAY_MS);
  if (days <= weightHoldsDays(facts.age)) return [];
  const weight = bounds?.singlePerKg === undefined ? 'minor' : 'moderate';
  return [{ kind: 'weight-old', weight, weightKg: facts.weight.value, at: facts.weight.at, days }];
}

/** A bound per kilogram never gives more than the bound of the age. */
function most(flat: number, perKg: number | undefined, facts: PatientFacts): { most: number; by: 'age' | 'weight' } {
  const byWeight = perKg === undefined || facts.weight === undefined ? Infinity : perKg * facts.weight.value;
  return byWeight < flat ? { most: trim(byWeight), by: 'weight' } : { most: flat, by: 'age' };
}
function checkSingle(
  instruction: Instruction,
  rule: MedicineRule,
  bounds: DoseRule,
  facts: PatientFacts,
): readonly Finding[] {
  const asked = instruction.dose === undefined ? undefined : inUnit(instruction.dose, rule.unit);
  if (asked === undefined) return [];
  const unit = rule.unit;
  const bound = most(bounds.singleMax, bounds.singlePerKg, facts);
  // A thousandth over is how a dose per kilogram is rounded.
  if (asked > bound.most * 1.001) {
    const byKg = bound.by === 'weight' && facts.weight !== undefined ? { weightKg: facts.weight.value } : {};
    return [{ kind: 'dose-high', weight: 'severe', asked, ...bound, unit, ...byKg }];
  }
  const low = instruction.doseLow === undefined ? asked : (inUnit(instruction.doseLow, unit) ?? asked);
  if (low < bounds.singleMin)
    return [{ kind: 'dose-low', weight: 'moderate', asked: low, least: bounds.singleMin, unit }];
  return [];
}
function checkDay(asked: number, rule: MedicineRule, bounds: DoseRule, facts: PatientFacts): readonly Finding[] {
  const bound = most(bounds.dayMax, bounds.dayPerKg, facts);
  if (asked <= bound.most * 1.001) return [];
  const byKg = bound.by === 'weight' && facts.weight !== undefined ? { weightKg: facts.weight.value } : {};
  return [{ kind: 'day-high', weight: 'severe', asked, ...bound, unit: rule.unit, ...byKg }];
}

function checkKidneys(
  { facts, now }: Looked,
  rule: MedicineRule,
  instructions: readonly Instruction[],
  day: number | undefined,
): Told {
  if (rule.renal.length === 0) return { findings: [], notChecked: [] };
  if (facts.age !== undefined && facts.age < 18) return { findings: [], notChecked: [{ what: 'kidneys', why: 'age' }] };
  const { kidneys } = facts;
  if (kidneys === undefined) return { findings: [{ kind: 'kidneys-missing', weight: 'moderate' }], notChecked: [] };
  const days = Math.floor((now - kidneys.at) / DAY_MS);
  const findings: Finding[] = [];
  const egfr = Math.round(kidneys.value);
  if (days > KIDNEYS_HOLD_DAYS) findings.push({ kind: 'kidneys-old', weight: 'moderate', egfr, at: kidneys.at, days });
  // The rules stand from the lowest eGFR up: the first that holds is the strictest.
  const held = rule.renal.find(({ egfrBelow }) => kidneys.value < egfrBelow);
  if (held === undefined) return { findings, notChecked: [] };
  const singles = instructions.map(({ dose }) => (dose === undefined ? undefined : inUnit(dose, rule.unit)));
  const isOver =
    (held.singleMax === undefined && held.dayMax === undefined) ||
    singles.some((one) => held.singleMax !== undefined && (one === undefined || one > held.singleMax)) ||
    (held.dayMax !== undefined && (day === undefined || day > held.dayMax));
  if (isOver) {
    const { weight, words } = held;
    findings.push({ kind: 'kidneys', weight, words, egfr, at: kidneys.at, estimated: kidneys.estimated });
  }
  return { findings, notChecked: [] };
}

function checkPregnancy(rule: MedicineRule, facts: PatientFacts): readonly Finding[] {
  if (rule.pregnancy === undefined || facts.sex === 'male') return [];
  const { weight, words } = rule.pregnancy;
  if (facts.pregnant !== undefined) return [{ kind: 'pregnancy', weight, from: facts.pregnant.from, words }];
  const mayBe = facts.age === undefined || (facts.age >= 12 && facts.age < 55);
  return mayBe && weight === 'severe' ? [{ kind: 'pregnancy-not-recorded', weight: 'minor' }] : [];
}
const checkAge = (rule: MedicineRule, { age, sex }: PatientFacts): readonly Finding[] =>
  age === undefined
    ? []
    : rule.ages
        .filter(
          (one) =>
            age >= one.ageFrom && age < one.ageBelow && (one.sex === undefined || sex === undefined || one.sex === sex),
        )
        .map(({ weight, words }) => ({ kind: 'age', weight, words }));
