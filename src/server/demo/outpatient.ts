// People who are not in hospital: registered with the practice, some with a clinic, some on dialysis, some back from a stay.
// Their charts reach back over years, so that trends can be seen.
import type { Instant } from '../../core/base/ports.ts';
import {
  allergyResources,
  conditionResource,
  drawBackground,
  factsOf,
  homeMedicines,
  labPersonOf,
  problemList,
} from './background.ts';
import { coverage } from './billing.ts';
import { DAY, HOUR, MINUTE, YEAR } from './calendar.ts';
import { orgRef, type Chart } from './chart.ts';
import type { Booking, ClinicBook } from './clinic-book.ts';
import { CVX, concept, quantity, ref, refTo, resource, round, snomed } from './fhir-parts.ts';
import type { Clinic } from './layout.ts';
import { labResources, usualValues } from './laboratory.ts';
import { composition, ROUND, smokingWords } from './notes.ts';
import { appointment, dialyse, finished, type Practice } from './clinic-visit.ts';
import { pastStay } from './past-stay.ts';
import { growthAt, patientResource } from './person.ts';
import { PROBLEMS } from './problems.ts';
import { measurement, pressure } from './vitals.ts';

export type OutpatientKind =
  | 'practice'
  | 'dialysis'
  | 'oncology'
  | 'cardiology'
  | 'diabetes'
  | 'antenatal'
  | 'fracture'
  | 'child'
  | 'telehealth'
  | 'deceased';

export interface OutpatientWish {
  readonly kind: OutpatientKind;
  /** Was in hospital within the last weeks. */
  readonly discharged: boolean;
  readonly book: ClinicBook;
}

const CLINIC_OF: Partial<Record<OutpatientKind, Clinic['kind']>> = {
  oncology: 'oncology',
  cardiology: 'cardiology',
  diabetes: 'diabetes',
  antenatal: 'antenatal',
  fracture: 'orthopaedic',
  child: 'paediatric',
  telehealth: 'telehealth',
};
const ALWAYS: Partial<Record<OutpatientKind, readonly string[]>> = {
  cardiology: ['ischaemic', 'lipids'],
  diabetes: ['diabetes2', 'hypertension'],
  dialysis: ['hypertension'],
  telehealth: ['hypertension'],
};

export function outpatientLife(chart: Chart, wish: OutpatientWish): void {
  const { person, calendar, dice, hospital } = chart;
  const { now } = calendar;
  const dialysis = wish.kind === 'dialysis';
  const pregnant = wish.kind === 'antenatal';
  const b = drawBackground(dice, person.age, person.sex, {
    always: ALWAYS[wish.kind] ?? [],
    dialysis,
    pregnant,
    never: dialysis ? ['failure', 'af', 'diabetes2', 'gout', 'ischaemic'] : [],
  });
  const gpRef = ref('Practitioner', person.gp.id, person.gp.display);
  const known = now - Math.min(person.age * YEAR * 0.9, dice.between(2, 9) * YEAR);
  chart.add(
    patientResource(dice, calendar, person, hospital.prefix),
    ...coverage(chart),
    ...allergyResources(chart, b, gpRef, known),
  );
  problemList(chart, b, gpRef);

  const extra: string[] = [];
  const problems: string[] = [];
  const specific = (problem: keyof typeof PROBLEMS, since: number): void => {
    problems.push(PROBLEMS[problem].key);
    chart.add(
      conditionResource(chart, {
        problem: PROBLEMS[problem],
        since: now - since * DAY,
        recorded: now - (since - 1) * DAY,
        recorder: gpRef,
      }),
    );
  };
  if (dialysis) {
    specific('esrd', dice.int(400, 2200));
    specific('anaemiaRenal', 380);
    extra.push('sevelamer 800 meals', 'alfacalcidol 0.25 od');
  }
  if (wish.kind === 'oncology') {
    specific(person.sex === 'female' ? 'breastCancer' : 'colonCancer', dice.int(120, 900));
    if (person.sex === 'female' && person.age > 50) extra.push('letrozole 2.5 od');
  }
  if (pregnant) {
    specific('pregnancy', dice.int(80, 240));
    extra.push('folic-acid 0.4 od');
  }
  if (wish.kind === 'fracture') specific('wrist', dice.int(10, 35));
  const facts = factsOf(chart, b, { problems, egfr: b.egfrUsual * 0.88, pregnant });
  const medicines = person.diedAt === undefined ? homeMedicines(chart, b, facts, extra) : [];
  const labPerson = labPersonOf(chart, b, facts.taken.has('anticoagulant') && medicines.includes('warfarin'), dialysis);
  const practice: Practice = { chart, b, usual: usualValues(dice, labPerson), labPerson, medicines, lastWords: [] };

  const end = person.diedAt ?? now;
  const visits = person.age < 5 ? dice.int(1, 3) : Math.min(5, 1 + b.longTerm.length + dice.int(0, 1));
  for (let n = visits; n >= 1; n--) {
    const about = end - (n * 0.5 + dice.between(0, 0.3)) * YEAR;
    if (about < person.bornAt + 20 * DAY) continue;
    practiceVisit(practice, officeTime(chart, about), n);
  }
  immunise(chart, end);
  if (person.diedAt !== undefined) {
    pastStay(chart, b, { endsAt: person.diedAt, died: true });
    return;
  }
  if (wish.discharged) pastStay(chart, b, { endsAt: officeTime(chart, now - dice.int(4, 60) * DAY), died: false });
  if (dialysis) {
    dialyse(practice, wish.book);
    return;
  }
  const busy: Booking[] = [];
  const free = (slot: Booking): boolean => busy.every((other) => slot.end <= other.start || slot.start >= other.end);
  const clinic = CLINIC_OF[wish.kind];
  const meet = (kind: Clinic['kind'], future: boolean): void => {
    const slot = wish.book.book(kind, future);
    if (!free(slot)) return;
    busy.push(slot);
    appointment(practice, slot);
  };
  // One or the other: what was seen yesterday is not seen again tomorrow.
  if (clinic !== undefined) meet(clinic, dice.chance(0.7));
  if (dice.chance(clinic === undefined ? 0.4 : 0.15)) meet('gp', true);
  else if (dice.chance(0.12)) meet('gp', false);
}

/** The same day at an hour when the practice is open, never on a weekend. */
function officeTime(chart: Chart, about: Instant): Instant {
  const { calendar, dice } = chart;
  const weekday = calendar.weekday(about);
  const day = about - (weekday === 0 ? 2 : weekday === 6 ? 1 : 0) * DAY;
  return calendar.atClock(day, '08:30') + dice.int(0, 56) * 10 * MINUTE;
}

const TALK: Readonly<Record<string, readonly [reason: string, said: string, plan: string]>> = {
  hypertension: [
    'Blood pressure review',
    'Feels well. Takes tablets most days, ankles not swollen.',
    'Home readings for a week, bloods yearly.',
  ],
  diabetes2: [
    'Diabetes review',
    'No hypos. Feet checked: pulses and feeling normal. Eye screening up to date.',
    'Repeat HbA1c in six months, keep walking daily.',
  ],
  asthma: [
    'Asthma review',
    'Uses the blue inhaler once or twice a week, no nights woken. Technique checked.',
    'Same inhalers, written plan renewed.',
  ],
  copd: [
    'COPD review',
    'Breathless on hills, one flare last winter. Vaccinated.',
    'Inhaler technique shown, pulmonary rehabilitation offered.',
  ],
  af: [
    'Heart rhythm review',
    'No palpitations, no bleeding, takes the anticoagulant every day.',
    'Kidney function and blood count twice a year.',
  ],
  depression: [
    'Mood review',
    'Sleeping better, back to seeing friends, no thoughts of self-harm.',
    'Continue tablets for at least six months, talk again in eight weeks.',
  ],
  knee: [
    'Knee pain',
    'Pain on stairs and after rest, no swelling, no locking.',
    'Exercises and paracetamol, X-ray only if worse.',
  ],
  thyroid: ['Thyroid review', 'Energy as usual, weight steady.', 'TSH yearly.'],
  ischaemic: ['Heart review', 'No chest pain since last seen, GTN spray not used.', 'Continue secondary prevention.'],
  dementia: [
    'Memory review',
    'Daughter reports more repeated questions, safe at home with carers.',
    'Carer support, review medicines, lasting power of attorney discussed.',
  ],
};
const MINOR = [
  [
    'Cough and cold',
    'Five days of cough and runny nose, no fever now, eating.',
    'Explained, no antibiotic needed, return if worse.',
  ],
  ['Back pain', 'Low back pain after gardening, no leg weakness, bladder normal.', 'Keep moving, simple pain relief.'],
  ['Rash', 'Dry itchy patches at both elbows.', 'Emollient daily, mild steroid cream for a week.'],
  ['Ear pain', 'Ear pain for two days, drum pink, no discharge.', 'Pain relief, safety net given.'],
] as const;

function practiceVisit(p: Practice, at: Instant, yearsBack: number): void {
  const { chart, b } = p;
  const { person, calendar, dice } = chart;
  const problem = b.longTerm.length > 0 && dice.chance(0.8) ? dice.pick(b.longTerm) : undefined;
  const [reason, said, plan] = (problem === undefined ? undefined : TALK[problem.key]) ?? dice.pick(MINOR);
  const encounter = finished(chart, at, 12, person.gp, 'gp-practice', reason);
  chart.add(encounter);
  const inEncounter = refTo(encounter);
  const charting = {
    subject: chart.subject,
    encounter: inEncounter,
    performer: ref('Practitioner', person.gp.id, person.gp.display),
    at: calendar.at(at + 4 * MINUTE),
    id: chart.id,
  };
  const age = (at - person.bornAt) / YEAR;
  const measured: string[] = [];
  if (age < 16) {
    // The child was smaller then, along the same curve.
    const factor = person.weightKg / growthAt(person.age).weightKg;
    const then = growthAt(age);
    chart.add(measurement(charting, 'weight', { valueQuantity: quantity(round(then.weightKg * factor, 1), 'kg') }));
    if (age > 2)
      chart.add(
        measurement(charting, 'height', {
          valueQuantity: quantity(round(then.heightCm * (person.heightCm / growthAt(person.age).heightCm), 0), 'cm'),
        }),
      );
  } else {
    const high = b.longTerm.some((x) => x.key === 'hypertension');
    const systolic = Math.round((high ? 132 + yearsBack * 3 : 122) + dice.bell() * 7);
    const diastolic = Math.round(systolic * 0.58 + dice.int(0, 6));
    chart.add(pressure(charting, systolic, diastolic));
    measured.push(`BP ${systolic}/${diastolic}`);
    if (dice.chance(0.4))
      chart.add(
        measurement(charting, 'weight', {
          valueQuantity: quantity(round(person.weightKg + yearsBack * dice.between(-0.8, 1), 1), 'kg'),
        }),
      );
  }
  const panels: string[] = [];
  const has = (key: string): boolean => b.longTerm.some((x) => x.key === key);
  if (age >= 16 && (has('hypertension') || has('ckd3') || has('af') || has('failure')) && yearsBack % 2 === 1)
    panels.push('ue');
  if (has('diabetes2')) panels.push('hba1c');
  if (has('thyroid') && yearsBack % 2 === 0) panels.push('tsh');
  if ((has('lipids') || has('ischaemic')) && yearsBack === 2) panels.push('lipids');
  if (panels.length > 0) {
    const taken = at + 20 * MINUTE;
    // HbA1c comes down over the years of treatment.
    const trend = { hba1c: [(p.usual.get('hba1c') ?? 50) + yearsBack * 3, p.usual.get('hba1c') ?? 50] as const };
    const result = labResources(dice, { ...charting, at: calendar.at(taken) }, p.labPerson, p.usual, {
      panels,
      story: trend,
      share: 1,
      reportedAt: calendar.at(taken + 26 * HOUR),
      labNumber: `${person.key}-G${yearsBack}`.toUpperCase(),
      lab: orgRef(chart.hospital),
    });
    chart.add(...result.resources);
    for (const [key, value] of result.values) if (key === 'hba1c') measured.push(`HbA1c ${value} mmol/mol`);
  }
  chart.add(
    composition(chart, ROUND, person.gp, at + 10 * MINUTE, inEncounter, [
      ['Reason', `${reason}.`],
      ['History', said, ...(age >= 16 ? [smokingWords(b)] : [])],
      ['Examination', measured.length === 0 ? 'Well, nothing abnormal found.' : `${measured.join(', ')}.`],
      ['Plan', plan],
    ]),
  );
}

/** `CVX code, name, age in years when due`. */
const CHILDHOOD = [
  ['120', 'DTaP-Hib-IPV', 0.17],
  ['133', 'Pneumococcal conjugate PCV 13', 0.25],
  ['120', 'DTaP-Hib-IPV', 0.33],
  ['03', 'MMR', 1.05],
  ['133', 'Pneumococcal conjugate PCV 13', 1.05],
  ['03', 'MMR', 3.4],
] as const;
function immunise(chart: Chart, until: Instant): void {
  const { person, calendar, dice } = chart;
  const give = (code: string, name: string, at: Instant): void =>
    chart.add(
      resource('Immunization', chart.id('vaccine'), {
        status: 'completed',
        vaccineCode: concept(CVX, code, name),
        patient: chart.subject,
        occurrenceDateTime: calendar.on(at),
        primarySource: true,
        lotNumber: `DEMO${dice.int(1000, 9999)}`,
        site: snomed('368208006', 'Left upper arm structure', 'Left upper arm'),
        performer: [{ actor: ref('Practitioner', person.gp.id, person.gp.display) }],
      }),
    );
  if (person.age < 12) {
    for (const [code, name, due] of CHILDHOOD) {
      const at = person.bornAt + (due + dice.between(0, 0.06)) * YEAR;
      if (at < until && dice.chance(0.95)) give(code, name, at);
    }
  } else if (person.age > 65) {
    const autumn = calendar.atClock(calendar.now - dice.int(20, 330) * DAY, '10:00');
    if (autumn < until && dice.chance(0.8)) give('88', 'Influenza, unspecified formulation', autumn);
  }
}
