// One stay in hospital, from the door to now, as one commit.
//
// Order of work: the body and what it brings along; the illness (which fixes kidney function, which fixes what may be
// prescribed); orders and doses; vital signs; laboratory; imaging and surgery; notes that quote all of these.
import type { Instant } from '../../core/base/ports.ts';
import { administrations, requestResource, type Prescription } from './administer.ts';
import { allergyResources, conditionResource, drawBackground, factsOf, homeOrders, problemList } from './background.ts';
import { coverage } from './billing.ts';
import { DAY, HOUR, MINUTE } from './calendar.ts';
import type { Dice } from './dice.ts';
import { orgRef, type Chart } from './chart.ts';
import {
  ENCOUNTER_NUMBER,
  hl7,
  local,
  period,
  ref,
  refTo,
  resource,
  snomed,
  v3Coding,
  words,
  type Json,
  type Resource,
} from './fhir-parts.ts';
import {
  alert,
  cultures,
  imaging,
  operationTime,
  requestService,
  resuscitationDecision,
  surgery,
  type Stay,
} from './hospital-orders.ts';
import { JUNIOR_DOCTORS, NURSES, whoIsOn, type Bed, type Ward } from './layout.ts';
import { newborn } from './newborn.ts';
import { filler } from './notes.ts';
import { patientResource } from './person.ts';
import { prescribe } from './prescribe.ts';
import { takeBloods } from './stay-bloods.ts';
import { writeNotes } from './stay-notes.ts';
import type { Story } from './story.ts';
import { measurement, vitalResources, vitalSets, type Charting } from './vitals.ts';
import { quantity } from './fhir-parts.ts';

export interface StayWish {
  readonly ward: Ward;
  readonly bed: Bed;
  readonly story: Story;
  readonly days?: number | undefined;
  readonly allergies?: readonly string[] | undefined;
  readonly always?: readonly string[] | undefined;
  readonly dnacpr?: boolean | undefined;
  readonly isolation?: string | undefined;
}

/** Length of stay so far, moved so that nights bring fewer admissions and planned ones come in the morning. */
function admissionTime(chart: Chart, story: Story, days: number | undefined): Instant {
  const { calendar, dice } = chart;
  const [least, most] = story.days;
  // Short stays are commoner than long ones.
  const length = days ?? least + (most - least) * dice.next() ** 1.6;
  let at = calendar.now - length * DAY;
  if (story.elective) at = calendar.atClock(at, '07:00') + dice.int(0, 40) * MINUTE;
  else if (days === undefined && calendar.hour(at) < 8 && dice.chance(0.65)) at -= dice.int(6, 12) * HOUR;
  at = Math.floor(at / MINUTE) * MINUTE;
  return Math.min(at, calendar.now - 3 * HOUR);
}

const SUDDEN = new Set(['head-injury', 'hip', 'ankle', 'fall', 'stroke', 'stemi', 'nstemi', 'seizure']);
/** How long before the door it began: an injury an hour or two, an infection days, what is operated on by plan months. */
function onsetHours(problem: string, story: Story, dice: Dice): number {
  if (SUDDEN.has(problem)) return dice.int(1, 3);
  return story.elective === true ? dice.int(60, 300) * 24 : dice.int(10, 60);
}

/** Adds the whole stay to `chart`. */
export function stayInHospital(chart: Chart, wish: StayWish): void {
  const { person, hospital, calendar, dice } = chart;
  const { ward, story } = wish;
  const { now } = calendar;
  const birthStory = story.key === 'birth' || story.key === 'caesarean';
  const b = drawBackground(dice, person.age, person.sex, {
    always: [...(story.always ?? []), ...(wish.always ?? [])],
    never: story.never ?? [],
    pregnant: ward.kind === 'maternity',
    unknown: person.unknown,
    ...(wish.allergies === undefined ? {} : { allergies: wish.allergies }),
  });
  const admittedAt = admissionTime(chart, story, wish.days);
  const fill = filler(chart);
  const consultant = ward.staff[0] ?? hospital.person('consultant');
  const consultantRef = ref('Practitioner', consultant.id, consultant.display);
  const admitting = whoIsOn(ward, JUNIOR_DOCTORS, calendar, admittedAt, dice);
  const doctorRef = ref('Practitioner', admitting.id, admitting.display);

  chart.add(patientResource(dice, calendar, person, hospital.prefix));
  if (!person.unknown) chart.add(...coverage(chart));

  // The encounter stands before what refers to it; its diagnoses follow in the same commit.
  const encounterId = chart.id('encounter');
  const encounter = ref('Encounter', encounterId);
  const stay: Stay = { chart, encounter, ward, admittedAt, doctor: admitting, fill };
  const bornAt = birthStory ? admittedAt + (story.key === 'birth' ? 7 : 6.5) * HOUR : undefined;
  const acute = [story.problem, ...(story.also ?? [])];
  const conditions = acute.map((problem) =>
    conditionResource(chart, {
      problem,
      since:
        admittedAt -
        (ward.kind === 'maternity'
          ? (story.key === 'preeclampsia' ? 236 : 278) * DAY
          : onsetHours(problem.key, story, dice) * HOUR),
      recorded: admittedAt + 90 * MINUTE,
      recorder: doctorRef,
      encounter,
      ...(problem.key === 'pregnancy' && bornAt !== undefined ? { until: bornAt } : {}),
    }),
  );
  chart.add(
    encounterResource(stay, wish, encounterId, conditions, consultantRef),
    ...conditions,
    ...allergyResources(chart, b, doctorRef, admittedAt + 60 * MINUTE),
  );
  problemList(chart, b, ref('Practitioner', person.gp.id, person.gp.display), new Set(acute.map((p) => p.code)));
  if (bornAt !== undefined && bornAt < now)
    newborn(chart, { ward, bed: wish.bed, motherEncounter: encounter, bornAt, caesarean: story.key === 'caesarean' });

  // Body.
  const charting = (time: Instant, who: Json): Charting => ({
    subject: chart.subject,
    encounter,
    performer: who,
    at: calendar.at(time),
    id: chart.id,
  });
  const nurseAt = (time: Instant): Json => {
    const nurse = whoIsOn(ward, NURSES, calendar, time, dice);
    return ref('Practitioner', nurse.id, nurse.display);
  };
  const weighed = charting(admittedAt + 45 * MINUTE, nurseAt(admittedAt + 45 * MINUTE));
  chart.add(measurement(weighed, 'weight', { valueQuantity: quantity(person.weightKg, 'kg') }));
  if (person.age >= 1) chart.add(measurement(weighed, 'height', { valueQuantity: quantity(person.heightCm, 'cm') }));

  // Medicines.
  const aki = story.labs['akiFactor']?.[0] ?? 1;
  const facts = factsOf(chart, b, {
    problems: acute.map((p) => p.key),
    egfr: Math.min(b.egfrUsual, (b.egfrUsual / aki ** 1.2) * 0.88),
    pregnant: ward.kind === 'maternity' && !birthStory,
  });
  const begin = bornAt === undefined ? admittedAt : bornAt + HOUR;
  const ctx = {
    subject: chart.subject,
    encounter,
    requester: doctorRef,
    now,
    calendar,
    community: false,
    id: chart.id,
  };
  const prescriptions: Prescription[] = [];
  // What is taken at home, judged by health as it is there; what is not carried on in hospital is held in sight.
  const atHome = homeOrders(
    b,
    factsOf(chart, b, { problems: [], egfr: b.egfrUsual * 0.88, pregnant: ward.kind === 'maternity' }),
    admittedAt + 2 * HOUR,
  );
  const onAdmission = atHome.map((h) => h.order.medicine.name);
  const take = (p: Prescription): void => {
    prescriptions.push(p);
    chart.add(p.request);
  };
  const tooIll = story.course === 'septic' || facts.problems.has('aki');
  // What treats the illness comes first, but an anticoagulant of home goes before one for the stay.
  const homeFirst = homeOrders(
    { ...b, longTerm: b.longTerm.filter((p) => p.key === 'af' || p.key === 'parkinson' || p.key === 'epilepsy') },
    facts,
    admittedAt + 2 * HOUR,
    [],
  );
  const rest = { ...b, longTerm: b.longTerm.filter((p) => !['af', 'parkinson', 'epilepsy'].includes(p.key)) };
  const acuteOrders = story.orders.flatMap((line) => {
    if (line.endsWith(' birth') && bornAt !== undefined) {
      const order = prescribe(line, facts, bornAt);
      return order === undefined ? [] : [{ order, reason: 'Birth' }];
    }
    const order = prescribe(line, facts, line.includes('@0') || !line.includes('@') ? begin : admittedAt);
    return order === undefined ? [] : [{ order, reason: birthStory ? 'After birth' : story.problem.display }];
  });
  const critical = (classes: readonly string[]): boolean =>
    classes.includes('levodopa') || classes.includes('antiepileptic');
  for (const { order, reason } of [
    ...homeFirst.filter(
      (h) =>
        !(
          story.orders.some((l) => l.startsWith('co-careldopa') || l.startsWith('levetiracetam')) &&
          critical(h.order.medicine.classes)
        ),
    ),
    ...acuteOrders,
    ...homeOrders(rest, facts, admittedAt + 2 * HOUR),
  ]) {
    const home = !acuteOrders.some((a) => a.order === order);
    if (order.startAt > now) continue;
    const pressureTablet = order.medicine.classes.some((c) => c === 'ccb' || c === 'beta-blocker' || c === 'thiazide');
    take(
      requestResource(order, {
        ...ctx,
        ...(reason === '' ? {} : { reason }),
        ...(home && tooIll && pressureTablet ? { held: 'Held: low blood pressure, review daily' } : {}),
      }),
    );
  }

  const carriedOn = new Set(prescriptions.map((p) => p.order.medicine.key));
  for (const { order, reason } of atHome) {
    const { classes, key } = order.medicine;
    if (carriedOn.has(key) || classes.includes('analgesic')) continue;
    const held = classes.includes('metformin')
      ? 'Held: acute illness, kidney function'
      : classes.some((c) => c === 'acei' || c === 'loop-diuretic' || c === 'thiazide')
        ? 'Held: kidney function and blood pressure'
        : 'Held during this stay, review before discharge';
    chart.add(requestResource(order, { ...ctx, ...(reason === '' ? {} : { reason }), held }).request);
  }

  // Surgery before doses: nil by mouth decides what is withheld.
  const operationAt = story.operation === undefined ? undefined : operationTime(stay, story.operation);
  const operated =
    story.operation === undefined || operationAt === undefined
      ? undefined
      : surgery(stay, story.operation, bornAt !== undefined ? bornAt - 10 * MINUTE : operationAt);
  const round = {
    subject: chart.subject,
    encounter,
    ward,
    calendar,
    dice,
    id: chart.id,
    ...(operationAt === undefined ? {} : { nilByMouth: [operationAt - 6 * HOUR, operationAt + 2 * HOUR] as const }),
  };
  for (const p of prescriptions) {
    if (p.request['status'] === 'on-hold') continue;
    chart.add(...administrations(p, round, 0.55));
  }

  // Vital signs.
  const scale2 = b.longTerm.some((p) => p.key === 'copd');
  const sets = vitalSets(dice, {
    age: person.age,
    course: story.course,
    ...(story.recoveryHours === undefined ? {} : { recoveryHours: story.recoveryHours }),
    signs: story.signs,
    startAt: admittedAt,
    endAt: now - 5 * MINUTE,
    intensive: ward.kind === 'intensive',
    scale2,
    hypertensive: b.longTerm.some((p) => p.key === 'hypertension'),
  });
  const adult = person.age >= 16 && ward.kind !== 'maternity';
  for (const set of sets) chart.add(...vitalResources(charting(set.time, nurseAt(set.time)), set, adult, scale2));

  const bloods = takeBloods(stay, b, story, prescriptions);
  if (story.cultures === 'blood' || story.cultures === 'both')
    cultures(stay, 'blood', dice.chance(0.4) || story.key === 'septic-shock' ? story.organism : undefined);
  if (story.cultures === 'urine' || story.cultures === 'both') cultures(stay, 'urine', story.organism);
  for (const [n, scan] of (story.scans ?? []).entries()) imaging(stay, scan, `${n + 1}`);
  chart.add(
    requestService(stay, {
      kind: 'diet',
      what: words(story.diet ?? 'Normal diet'),
      at: admittedAt + 2 * HOUR,
      done: false,
    }),
  );
  const often =
    person.age < 16 || ward.kind === 'intensive'
      ? 'Observations as set by the ward chart'
      : 'Observations and NEWS2 at least every 6 hours';
  chart.add(requestService(stay, { kind: 'nursing', what: words(often), at: admittedAt + 2 * HOUR, done: false }));

  // Alerts.
  const isolation = wish.isolation ?? (wish.bed.sideRoom ? story.isolation : undefined);
  if (isolation !== undefined)
    alert(stay, 'safety', snomed('40174006', 'Isolation procedure', isolation), admittedAt + 3 * HOUR, admitting);
  if (person.age > 78 && dice.chance(0.4))
    alert(
      stay,
      'safety',
      local('flag-falls', 'High risk of falls'),
      admittedAt + 4 * HOUR > now ? now : admittedAt + 4 * HOUR,
      admitting,
    );
  if (wish.dnacpr) resuscitationDecision(stay, Math.min(admittedAt + 20 * HOUR, now - 30 * MINUTE), consultant);
  if (person.unknown)
    alert(
      stay,
      'admin',
      local('flag-unknown', 'Identity not known: temporary number, allergies not known'),
      admittedAt,
      admitting,
    );

  writeNotes(stay, wish, b, sets, bloods, {
    acuteOrders: acuteOrders.map((a) => a.order.medicine.name),
    onAdmission,
    operated,
    scale2,
    adult,
    egfr: b.egfrUsual,
    prescriptions,
  });
}

function encounterResource(
  stay: Stay,
  wish: StayWish,
  id: string,
  conditions: readonly Resource[],
  consultant: Json,
): Resource {
  const { chart, ward, admittedAt } = stay;
  const { calendar, hospital, dice } = chart;
  const { story } = wish;
  const direct = story.elective === true || ward.kind === 'maternity';
  const toWard = direct ? admittedAt : Math.min(admittedAt + dice.int(150, 330) * MINUTE, calendar.now - 20 * MINUTE);
  const at = calendar.at;
  const emergency = {
    location: ref('Location', `${hospital.prefix}emergency`, 'Emergency Department'),
    status: 'completed',
    period: period(at(admittedAt), at(toWard)),
  };
  return resource('Encounter', id, {
    identifier: [{ system: ENCOUNTER_NUMBER, value: `${id}`.toUpperCase() }],
    status: 'in-progress',
    class: v3Coding('ActCode', 'IMP', 'inpatient encounter'),
    type: [words(direct ? 'Planned admission' : 'Emergency admission')],
    serviceType: words(ward.specialty),
    priority: { coding: [v3Coding('ActPriority', direct ? 'EL' : 'EM', direct ? 'elective' : 'emergency')] },
    subject: chart.subject,
    participant: [
      {
        type: [{ coding: [v3Coding('ParticipationType', 'ATND', 'attender')] }],
        period: period(at(admittedAt)),
        individual: consultant,
      },
    ],
    period: period(at(admittedAt)),
    reasonCode: [words(stay.fill(story.complaint))],
    diagnosis: conditions.map((c, n) => ({
      condition: refTo(c),
      use: hl7('diagnosis-role', n === 0 ? 'AD' : 'CC', n === 0 ? 'Admission diagnosis' : 'Chief complaint'),
      rank: n + 1,
    })),
    hospitalization: {
      admitSource: direct
        ? hl7('admit-source', 'outp', 'From outpatient department')
        : hl7('admit-source', 'emd', 'From accident/emergency department'),
    },
    location: [
      ...(direct ? [] : [emergency]),
      {
        location: ref('Location', wish.bed.id, `${ward.name}, ${wish.bed.label.toLowerCase()}`),
        status: 'active',
        period: period(at(toWard)),
      },
    ],
    serviceProvider: orgRef(hospital),
  });
}
