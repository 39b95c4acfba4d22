// The notes of a stay: clerking, ward rounds (SBAR), nursing notes, and the plan, team and tasks beside them.
import type { Instant } from '../../core/base/ports.ts';
import { orderWords, type Prescription } from './administer.ts';
import type { Background } from './background.ts';
import { DAY, HOUR, MINUTE } from './calendar.ts';
import { ref } from './fhir-parts.ts';
import { careOf, task, type Stay } from './hospital-orders.ts';
import type { StayWish } from './inpatient.ts';
import { JUNIOR_DOCTORS, NURSES, whoIsOn } from './layout.ts';
import { news2, type VitalSet } from './news2.ts';
import {
  CLERKING,
  composition,
  introduction,
  listed,
  NURSING,
  pastHistory,
  ROUND,
  signsInWords,
  smokingWords,
  textNote,
} from './notes.ts';
import type { Bloods } from './stay-bloods.ts';
import { severity } from './vitals.ts';

export interface NoteFacts {
  readonly acuteOrders: readonly string[];
  readonly onAdmission: readonly string[];
  readonly operated: 'done' | 'planned' | undefined;
  readonly scale2: boolean;
  readonly adult: boolean;
  readonly egfr: number;
  readonly prescriptions: readonly Prescription[];
}
const QUOTED = [
  ['crp', 'CRP', ''],
  ['wbc', 'white cells', ''],
  ['hb', 'haemoglobin', ' g/L'],
  ['creatinine', 'creatinine', ' µmol/L'],
  ['potassium', 'potassium', ''],
  ['lactate', 'lactate', ''],
  ['troponin', 'troponin', ''],
  ['ketones', 'ketones', ''],
] as const;

function bloodWords(bloods: readonly Bloods[], before: Instant): string {
  const seen = bloods.filter((x) => x.time <= before);
  const last = seen.at(-1);
  const first = seen[0];
  if (last === undefined || first === undefined) return 'No bloods back yet.';
  const said = QUOTED.flatMap(([key, name, unit]) => {
    const value = last.values.get(key);
    if (value === undefined) return [];
    const was = first.values.get(key);
    return [`${name} ${value}${unit}${last !== first && was !== undefined && was !== value ? ` (was ${was})` : ''}`];
  });
  return said.length === 0 ? 'Bloods unremarkable.' : `${said.slice(0, 5).join(', ')}.`;
}

export function writeNotes(
  stay: Stay,
  wish: StayWish,
  b: Background,
  sets: readonly VitalSet[],
  bloods: readonly Bloods[],
  f: NoteFacts,
): void {
  const { chart, ward, admittedAt, encounter, fill } = stay;
  const { calendar, dice, person } = chart;
  const { story } = wish;
  const { now } = calendar;
  const score = (set: VitalSet | undefined): number | undefined =>
    set === undefined || !f.adult ? undefined : news2(set, f.scale2);
  const setBefore = (time: Instant): VitalSet | undefined => sets.findLast((s) => s.time <= time);

  const clerkedAt = Math.min(admittedAt + 110 * MINUTE, now - 15 * MINUTE);
  const writer = whoIsOn(ward, JUNIOR_DOCTORS, calendar, clerkedAt, dice);
  const allergies = person.unknown
    ? 'Not known: no history available.'
    : `${b.allergyWords}${b.allergies.length > 0 ? ' (see allergies)' : ''}.`;
  const history = person.unknown
    ? 'No history available. Found by passers-by, brought in by ambulance without papers or phone.'
    : fill(story.history);
  chart.add(
    composition(chart, CLERKING, writer, clerkedAt, encounter, [
      ['Presenting complaint', `${introduction(chart)}. ${fill(story.complaint)}.`],
      ['History', history],
      ['Past history', person.unknown ? 'Not known.' : pastHistory(b, f.egfr)],
      ['Medicines at home', person.unknown ? 'Not known.' : listed(f.onAdmission)],
      ['Allergies', allergies],
      ...(person.age < 16 || person.unknown
        ? []
        : [
            [
              'Social',
              `${smokingWords(b)} ${person.noFixedAbode ? 'No fixed abode, uses the day shelter.' : person.age > 75 ? dice.pick(['Lives alone, daughter nearby.', 'Lives with partner, carers once a day.', 'Lives in a ground-floor flat, independent.']) : 'Independent.'}${person.interpreter ? ` Interpreter needed: ${person.name.culture.languageName}.` : ''}`,
            ] as const,
          ]),
      ['Examination', fill(story.exam), signsInWords(setBefore(clerkedAt), score(setBefore(clerkedAt)))],
      [
        'Impression',
        `${story.impression ?? story.problem.display}${(story.also ?? []).length > 0 ? ` with ${(story.also ?? []).map((p) => p.display.toLowerCase()).join(' and ')}` : ''}.`,
      ],
      ['Plan', ...story.plan.map((p, n) => `${n + 1}. ${fill(p)}.`)],
    ]),
  );

  for (let day = calendar.dayStart(admittedAt) + DAY; day <= now; day += DAY) {
    const at = calendar.atClock(day, '08:50') + dice.int(0, 130) * MINUTE;
    if (at > now) break;
    const by = whoIsOn(ward, ['registrar', ...JUNIOR_DOCTORS], calendar, at, dice);
    const set = setBefore(at);
    const ill = severity(story.course, (at - admittedAt) / HOUR, (now - admittedAt) / HOUR, story.recoveryHours) > 0.45;
    const dayOfStay = Math.floor((day - calendar.dayStart(admittedAt)) / DAY) + 1;
    const antibiotic = f.prescriptions.find(
      (p) => p.order.medicine.classes.includes('antibiotic') && p.from <= at && at < p.until,
    );
    chart.add(
      composition(chart, ROUND, by, at, encounter, [
        [
          'Situation',
          `Day ${dayOfStay}. ${introduction(chart)}: ${(story.impression ?? story.problem.display).toLowerCase().replace(/parkinson/, 'Parkinson')}.`,
        ],
        [
          'Background',
          `${pastHistory(b, f.egfr)} Allergies: ${person.unknown ? 'not known' : b.allergyWords.toLowerCase()}.`,
        ],
        [
          'Assessment',
          ill ? fill(story.ill) : fill(story.better),
          signsInWords(set, score(set)),
          bloodWords(bloods, at),
        ],
        [
          'Recommendation',
          ...(antibiotic === undefined
            ? []
            : [
                `Antibiotic: ${antibiotic.order.medicine.name} ${orderWords(antibiotic.order)}, day ${Math.floor((at - antibiotic.from) / DAY) + 1}.`,
              ]),
          ill
            ? `Continue the plan. Next: ${fill(story.plan[story.plan.length - 1] ?? 'review tomorrow')}.`
            : `Aim: ${fill(story.goal)}.`,
        ],
      ]),
    );
  }
  for (let day = calendar.dayStart(admittedAt); day <= now; day += DAY)
    for (const clock of dice.chance(0.5) ? ['06:20', '18:10'] : ['05:50']) {
      const at = calendar.atClock(day, clock) + dice.int(0, 50) * MINUTE;
      if (at < admittedAt + 3 * HOUR || at > now) continue;
      const nurse = whoIsOn(ward, NURSES, calendar, at, dice);
      const set = setBefore(at);
      const words = [
        dice.pick(story.nursing),
        signsInWords(set, score(set)),
        (set?.pain ?? 0) > 4 ? `Pain ${set?.pain} of 10, medicine given and reviewed.` : 'Comfortable.',
        dice.pick([
          'Call bell in reach.',
          'Family telephoned for an update.',
          'Slept in short spells.',
          'Skin checked, intact.',
          'Handed over to the next shift.',
        ]),
      ];
      chart.add(textNote(chart, NURSING, nurse, at, encounter, fill(words.join(' '))));
    }

  const team = ward.staff.filter((s, n) => n === 0 || s.role === 'charge-nurse' || s === stay.doctor).slice(0, 3);
  const condition = ref('Condition', `${person.key}-condition-1`);
  careOf(stay, team, story.goal, story.plan, condition);
  const nurse = whoIsOn(ward, NURSES, calendar, now, dice);
  const recent = Math.max(admittedAt + HOUR, now - dice.int(60, 200) * MINUTE);
  task(
    stay,
    dice.pick([
      'Bloods for tomorrow morning',
      'Update the family by telephone',
      'Chase the specialist’s opinion',
      'Rewrite the medicine chart with pharmacy',
      'Weigh before breakfast',
    ]),
    recent,
    nurse,
    false,
  );
  if (person.age > 16 && dice.chance(0.5))
    task(
      stay,
      dice.pick([
        'Change the cannula',
        'Bladder scan after passing urine',
        'Pressure area check',
        'Move to the chair for lunch',
      ]),
      Math.max(admittedAt + HOUR, now - dice.int(4, 9) * HOUR),
      nurse,
      true,
    );
}
