// From an order line to an order that is safe for this person, or to none.
//
// An order line: `key dose schedule [@from-to]`, alternatives divided by `|`; the first that is permitted is taken.
//   dose       a number in the medicine's unit, or `15/kg`
//   schedule   a key of SCHEDULES, `prn6` (as needed, at least 6 hours apart), `over8` (infusion of 8 hours, bag after bag),
//              `syringe12` (the same by syringe pump), `once`
//   @from-to   days since admission; without, from admission and open-ended
//
// Invariants (specs/demo.md): DM19 to DM22. Refused here means never ordered, so never given.
import { assert } from '../../core/base/assert.ts';
import type { Instant } from '../../core/base/ports.ts';
import { DAY, HOUR } from './calendar.ts';
import { clamp, round } from './fhir-parts.ts';
import { medicine, SCHEDULES, type Medicine } from './formulary.ts';
import type { Sex } from './names.ts';

/** What the safety rules look at. `taken` grows with each order. */
export interface Facts {
  readonly age: number;
  readonly sex: Sex;
  readonly weightKg: number;
  /** The lowest that will be measured in this story. */
  readonly egfr: number;
  readonly pregnant: boolean;
  readonly problems: ReadonlySet<string>;
  readonly blockedClasses: ReadonlySet<string>;
  readonly taken: Set<string>;
}

export type Timing =
  | { readonly kind: 'regular'; readonly schedule: string; readonly times: readonly string[] }
  | { readonly kind: 'as-needed'; readonly hours: number; readonly dayMax: number }
  | { readonly kind: 'infusion'; readonly hours: number; readonly pump: boolean }
  | { readonly kind: 'once' };

export interface Order {
  readonly medicine: Medicine;
  readonly dose: number;
  readonly timing: Timing;
  readonly startAt: Instant;
  /** Undefined while open-ended. */
  readonly stopAt: Instant | undefined;
  /** Dose per kilogram that led to the dose, for children. */
  readonly perKg: number | undefined;
}

/** Of these classes nobody takes two medicines at once. */
const ONLY_ONE = new Set([
  'anticoagulant',
  'beta-blocker',
  'acei',
  'ccb',
  'statin',
  'ppi',
  'nsaid',
  'ssri',
  'p2y12',
  'loop-diuretic',
  'steroid',
  'aspirin',
  'metformin',
  'gliptin',
  'insulin-basal',
  'insulin-meal',
  'analgesic',
  'bronchodilator',
  'levodopa',
  'antiepileptic',
  'codeine',
]);

export function permitted(m: Medicine, facts: Facts): boolean {
  const is = (name: string): boolean => m.classes.includes(name);
  const has = (problem: string): boolean => facts.problems.has(problem);
  const takes = (name: string): boolean => facts.taken.has(name);
  const refusals: readonly boolean[] = [
    m.classes.some((c) => facts.blockedClasses.has(c)),
    m.classes.some((c) => ONLY_ONE.has(c) && takes(c)),
    is('analgesic') && takes('paracetamol-iv'),
    is('metformin') && (facts.egfr < 45 || has('dka') || has('sepsis') || has('aki')),
    is('nsaid') &&
      (facts.egfr < 45 ||
        facts.pregnant ||
        facts.age > 75 ||
        has('gi-bleed') ||
        has('ischaemic') ||
        has('failure') ||
        has('asthma') ||
        takes('anticoagulant') ||
        takes('antiplatelet') ||
        takes('ssri') ||
        takes('steroid') ||
        (takes('acei') && takes('loop-diuretic'))),
    is('anticoagulant') && (takes('nsaid') || has('gi-bleed')),
    is('anticoagulant') && m.key === 'fondaparinux' && facts.egfr < 30,
    is('aspirin') && (facts.age < 16 || has('gi-bleed')),
    is('antiplatelet') && (has('gi-bleed') || takes('full-anticoagulant')),
    is('beta-blocker') && (has('asthma') || takes('rate-limiting-ccb')),
    is('rate-limiting-ccb') && (has('failure') || takes('beta-blocker')),
    is('acei') && (facts.pregnant || has('aki') || has('sepsis') || has('shock')),
    is('statin') && (facts.pregnant || takes('macrolide')),
    is('macrolide') && takes('statin'),
    is('tetracycline') && (facts.age < 16 || facts.pregnant),
    is('quinolone') && (facts.age < 18 || facts.pregnant || has('epilepsy') || has('seizure') || has('parkinson')),
    is('valproate') && facts.sex === 'female' && facts.age >= 15 && facts.age <= 50,
    is('nitrofuran') && facts.egfr < 45,
    is('trimethoprim') && (facts.pregnant || (takes('acei') && facts.egfr < 45)),
    is('aminoglycoside') && facts.egfr < 60,
    is('glycopeptide') && facts.egfr < 50,
    is('codeine') && (facts.age < 16 || takes('opioid') || facts.egfr < 30),
    is('opioid') && takes('codeine'),
    (m.key.startsWith('morphine') || m.key === 'oxycodone') && facts.egfr < 30,
    is('antipsychotic') && has('parkinson'),
    is('antiemetic') && takes('ssri') && facts.age > 75,
    is('fluid') && (has('failure') || has('esrd')),
    is('potassium-sparing') && (facts.egfr < 40 || takes('trimethoprim')),
    is('thiazide') && (facts.pregnant || has('aki')),
    is('loop-diuretic') && (has('aki') || has('sepsis') || has('shock')),
    m.key === 'potassium' && facts.egfr < 30,
    m.key === 'diltiazem-mr' && has('failure'),
  ];
  return !refusals.includes(true);
}

/** Rounded as a person can draw it up. */
function measured(m: Medicine, dose: number): number {
  if (m.unit === 'mL') return Math.round(dose / 10) * 10;
  const step = dose >= 500 ? 50 : dose >= 100 ? 10 : dose >= 20 ? 5 : dose >= 5 ? 1 : dose >= 1 ? 0.5 : 0.1;
  // Rounding down: a child never gets more than the milligrams per kilogram.
  return round(Math.floor(dose / step + 1e-9) * step, 2);
}

function parseTiming(m: Medicine, schedule: string, dose: number, weightKg: number, child: boolean): Timing {
  if (schedule === 'once' || schedule === 'birth') return { kind: 'once' };
  const [, kind = '', hoursText = ''] = /^(prn|over|syringe)(\d+)$/.exec(schedule) ?? [];
  const hours = Number(hoursText);
  if (kind === 'prn') {
    const most = child && m.kg !== undefined ? Math.min(m.dayMax, m.kg[1] * weightKg) : m.dayMax;
    const doses = Math.max(1, Math.min(Math.floor(24 / hours), Math.floor(most / dose + 1e-9)));
    return { kind: 'as-needed', hours, dayMax: round(doses * dose, 2) };
  }
  if (kind !== '') return { kind: 'infusion', hours, pump: kind === 'syringe' };
  const known = SCHEDULES[schedule];
  assert(known !== undefined, `no schedule ${schedule}`);
  return { kind: 'regular', schedule, times: known.times };
}

/** The first permitted alternative of `line` as an order, or undefined where none is safe. Adds its classes to `facts.taken`. */
export function prescribe(line: string, facts: Facts, admittedAt: Instant, takenBefore = false): Order | undefined {
  for (const alternative of line.split('|')) {
    const [key = '', doseText = '', schedule = '', window = ''] = alternative.trim().split(' ');
    const m = medicine(key);
    if (!permitted(m, facts)) continue;
    const child = facts.age < 16;
    const perKg = doseText.endsWith('/kg') ? Number(doseText.slice(0, -3)) : undefined;
    // A child without a dose by weight gets it only where the medicine has bounds by weight that hold.
    const wanted = perKg === undefined ? Number(doseText) : measured(m, perKg * facts.weightKg);
    let dose = perKg === undefined ? wanted : clamp(wanted, 0, m.singleMax);
    if (key === 'enoxaparin' && (facts.egfr < 30 || facts.weightKg < 50)) dose = 20;
    if (
      key === 'apixaban' &&
      dose === 5 &&
      (facts.age >= 80 ? 1 : 0) + (facts.weightKg <= 60 ? 1 : 0) + (facts.egfr < 40 ? 1 : 0) >= 2
    )
      dose = 2.5;
    if (!child && m.classes.includes('analgesic') && facts.weightKg < 50 && dose === 1000) dose = 500;
    if (m.classes.includes('paracetamol-iv') && !child && facts.weightKg < 50) dose = 500;
    if (key === 'levetiracetam' && facts.egfr < 50) dose = Math.min(dose, 500);
    if (key === 'prednisolone' && child) dose = Math.min(dose, 40);
    if (dose < m.singleMin || (child && m.kg !== undefined && dose > m.kg[0] * facts.weightKg + 1e-6)) continue;
    const timing = parseTiming(m, schedule, dose, facts.weightKg, child);
    const [, from = '0', to] = /^@([\d.]+)-([\d.]+)$/.exec(window) ?? [];
    const startAt = admittedAt + Number(from) * DAY;
    const stopAt =
      timing.kind === 'once' ? startAt + 6 * HOUR : to === undefined ? undefined : admittedAt + Number(to) * DAY;
    if (!takenBefore) assert(dose >= m.singleMin && dose <= m.singleMax, `dose of ${key} out of bounds`);
    for (const c of m.classes) facts.taken.add(c);
    return { medicine: m, dose, timing, startAt, stopAt, perKg };
  }
  return undefined;
}
