// Vital signs over a stay. One number, the severity of the illness at a time, moves all signs together, so that a septic
// patient is hot, fast and low in pressure in the same hour, and better in all of them two days later.
import type { Instant } from '../../core/base/ports.ts';
import { HOUR, MINUTE } from './calendar.ts';
import type { Dice } from './dice.ts';
import {
  clamp,
  hl7,
  LOCAL_CODE,
  loinc,
  quantity,
  ref,
  resource,
  round,
  type Json,
  type Resource,
} from './fhir-parts.ts';
import { news2, type VitalSet } from './news2.ts';
import type { Course, Signs } from './story.ts';

/** How ill, from 0 to 1, `hours` after admission; `stay` is the length of the stay so far. */
export function severity(course: Course, hours: number, stay: number, recoveryHours = 34): number {
  const h = Math.max(0, hours);
  switch (course) {
    case 'recovering':
      return Math.exp(-h / recoveryHours);
    case 'slow':
      return Math.exp(-h / 90);
    case 'septic':
      return h < 12 ? 0.55 + (0.45 * h) / 12 : Math.exp(-(h - 12) / 30);
    case 'steady':
      return 0.2;
    case 'postop':
      return 0.55 * Math.exp(-h / 30);
    case 'worsening':
      return 0.15 + 0.8 * clamp(h / Math.max(stay, 1), 0, 1) ** 1.3;
  }
}

interface Usual {
  readonly heart: number;
  readonly breath: number;
  readonly systolic: number;
  readonly diastolic: number;
  readonly saturation: number;
  readonly temperature: number;
}
/** What is usual for a person in health, from age. */
function usual(dice: Dice, age: number, keepsCarbonDioxide: boolean, hypertensive: boolean): Usual {
  const temperature = round(36.6 + dice.bell() * 0.2, 1);
  const saturation = keepsCarbonDioxide ? dice.int(89, 91) : dice.int(96, 98);
  const child = (heart: number, breath: number, systolic: number): Usual => ({
    heart: heart + dice.int(-6, 6),
    breath: breath + dice.int(-2, 2),
    systolic: systolic + dice.int(-5, 5),
    diastolic: Math.round(systolic * 0.62),
    saturation,
    temperature,
  });
  if (age < 0.25) return child(138, 40, 74);
  if (age < 1) return child(128, 34, 84);
  if (age < 3) return child(114, 27, 92);
  if (age < 6) return child(102, 23, 96);
  if (age < 12) return child(90, 20, 103);
  if (age < 16) return child(80, 17, 112);
  const systolic = Math.round(
    118 + Math.min(20, Math.max(0, age - 40) * 0.4) + (hypertensive ? 8 : 0) + dice.bell() * 6,
  );
  return {
    heart: Math.round(72 + dice.bell() * 5),
    breath: dice.int(14, 17),
    systolic,
    diastolic: Math.round(systolic * 0.58 + dice.int(-3, 4)),
    saturation,
    temperature,
  };
}

export interface VitalPlan {
  readonly age: number;
  readonly course: Course;
  readonly recoveryHours?: number;
  readonly signs: Signs;
  readonly startAt: Instant;
  readonly endAt: Instant;
  readonly intensive: boolean;
  readonly scale2: boolean;
  readonly hypertensive: boolean;
  readonly heartCap?: number;
}

export function vitalSets(dice: Dice, plan: VitalPlan): readonly VitalSet[] {
  const base = usual(dice, plan.age, plan.scale2, plan.hypertensive);
  const stay = (plan.endAt - plan.startAt) / HOUR;
  const child = plan.age < 16;
  const sets: VitalSet[] = [];
  const { signs } = plan;
  let time = plan.startAt + dice.int(6, 18) * MINUTE;
  let drift = 0;
  while (time <= plan.endAt) {
    const s = severity(plan.course, (time - plan.startAt) / HOUR, stay, plan.recoveryHours);
    // Noise that remembers a little, so that neighbours resemble each other.
    drift = drift * 0.5 + dice.bell() * 0.5;
    const hour = ((time / HOUR) % 24) | 0;
    const asleep = hour < 6 ? -4 : 0;
    const heart = Math.round(
      clamp(
        base.heart + (signs.heart ?? 0) * s * (child ? 0.9 : 1) + drift * 3.5 + asleep,
        child ? 62 : 48,
        child ? 205 : 168,
      ),
    );
    const breath = Math.round(
      clamp(
        base.breath + (signs.breath ?? 0) * s + drift * 1.1,
        child ? 14 : 11,
        plan.age < 1 ? 72 : plan.age < 16 ? 52 : 38,
      ),
    );
    const temperature = round(
      clamp(
        base.temperature + (signs.temperature ?? 0) * s * (0.85 + 0.15 * Math.sin(hour / 3.8)) + dice.bell() * 0.15,
        35.4,
        40.6,
      ),
      1,
    );
    const systolic = Math.round(
      clamp(base.systolic + (signs.pressure ?? 0) * s + drift * 4 + dice.bell() * 3, child ? 62 : 76, 205),
    );
    const diastolic = Math.round(
      clamp(base.diastolic + (signs.pressure ?? 0) * s * 0.5 + drift * 2, 34, Math.min(118, systolic - 22)),
    );
    const onAir = base.saturation + (signs.saturation ?? 0) * s + dice.bell() * 0.6;
    const target = plan.scale2 ? 88 : child ? 92 : 93.5;
    const oxygenLitres =
      onAir >= target
        ? 0
        : clamp(
            round((target - onAir) * (plan.scale2 ? 0.4 : 0.9) + 0.6, 0),
            1,
            plan.scale2 ? 4 : plan.age < 2 ? 2 : 15,
          );
    const saturation = Math.round(
      clamp(
        oxygenLitres > 0 ? Math.max(onAir, target + (plan.scale2 ? 2 : 2.2) + dice.bell()) : onAir,
        84,
        plan.scale2 ? 93 : 99,
      ),
    );
    const alert = !(s > 0.25 && dice.chance((signs.confusion ?? 0) * s));
    const pain = Math.round(clamp((signs.pain ?? 0.1) * 9 * s + dice.next() * 1.6, 0, 9));
    sets.push({ time, breath, saturation, oxygenLitres, systolic, diastolic, heart, alert, temperature, pain });
    const hoursToNext = plan.intensive ? (s > 0.3 ? 2 : 3) : s > 0.35 ? 4 : s > 0.08 ? 6 : child ? 6 : 12;
    time += hoursToNext * HOUR + dice.int(-14, 14) * MINUTE;
  }
  return sets;
}

const VITAL = [hl7('observation-category', 'vital-signs', 'Vital Signs')];
const CODES = {
  breath: loinc('9279-1', 'Respiratory rate'),
  saturation: loinc('59408-5', 'Oxygen saturation in Arterial blood by Pulse oximetry', 'Oxygen saturation'),
  oxygen: loinc('3151-8', 'Inhaled oxygen flow rate'),
  pressure: loinc('85354-9', 'Blood pressure panel with all children optional', 'Blood pressure'),
  systolic: loinc('8480-6', 'Systolic blood pressure'),
  diastolic: loinc('8462-4', 'Diastolic blood pressure'),
  heart: loinc('8867-4', 'Heart rate'),
  temperature: loinc('8310-5', 'Body temperature', 'Temperature'),
  pain: loinc('72514-3', 'Pain severity - 0-10 verbal numeric rating [Score] - Reported', 'Pain score'),
  weight: loinc('29463-7', 'Body weight', 'Weight'),
  height: loinc('8302-2', 'Body height', 'Height'),
} as const;
export const CONSCIOUSNESS: Json = {
  coding: [{ system: LOCAL_CODE, code: 'acvpu', display: 'Consciousness (ACVPU)' }],
  text: 'Consciousness (ACVPU)',
};
export const NEWS2_SCORE: Json = {
  coding: [{ system: LOCAL_CODE, code: 'news2', display: 'NEWS2 score' }],
  text: 'NEWS2 score',
};

export interface Charting {
  readonly subject: Json;
  readonly encounter?: Json;
  readonly performer: Json;
  readonly at: string;
  /** The next id of a kind: `p0001-obs-17`. */
  id(kind: string): string;
}

export function measurement(c: Charting, code: keyof typeof CODES, value: Json): Resource {
  return resource('Observation', c.id('obs'), {
    status: 'final',
    category: VITAL,
    code: CODES[code],
    subject: c.subject,
    ...(c.encounter === undefined ? {} : { encounter: c.encounter }),
    effectiveDateTime: c.at,
    performer: [c.performer],
    ...value,
  });
}
const perMinute = (n: number): Json => quantity(n, '/min');
export function pressure(c: Charting, systolic: number, diastolic: number): Resource {
  const mmHg = (n: number): Json => quantity(n, 'mmHg', 'mm[Hg]');
  return measurement(c, 'pressure', {
    component: [
      { code: CODES.systolic, valueQuantity: mmHg(systolic) },
      { code: CODES.diastolic, valueQuantity: mmHg(diastolic) },
    ],
  });
}

/** One set as Observations; the score, where it applies, has the others as members. */
export function vitalResources(c: Charting, set: VitalSet, adult: boolean, scale2: boolean): readonly Resource[] {
  const out = [
    measurement(c, 'breath', { valueQuantity: perMinute(set.breath) }),
    measurement(c, 'saturation', { valueQuantity: quantity(set.saturation, '%') }),
    pressure(c, set.systolic, set.diastolic),
    measurement(c, 'heart', { valueQuantity: perMinute(set.heart) }),
    measurement(c, 'temperature', { valueQuantity: quantity(set.temperature, '°C', 'Cel') }),
  ];
  if (set.oxygenLitres > 0) out.push(measurement(c, 'oxygen', { valueQuantity: quantity(set.oxygenLitres, 'L/min') }));
  if (set.pain > 2) out.push(measurement(c, 'pain', { valueInteger: set.pain }));
  if (!adult) return out;
  const observation = (code: Json, value: Json): Resource =>
    resource('Observation', c.id('obs'), {
      status: 'final',
      category: VITAL,
      code,
      subject: c.subject,
      ...(c.encounter === undefined ? {} : { encounter: c.encounter }),
      effectiveDateTime: c.at,
      performer: [c.performer],
      ...value,
    });
  const awake = {
    system: LOCAL_CODE,
    code: set.alert ? 'alert' : 'new-confusion',
    display: set.alert ? 'Alert' : 'New confusion',
  };
  out.push(observation(CONSCIOUSNESS, { valueCodeableConcept: { coding: [awake], text: awake.display } }));
  const score = news2(set, scale2);
  const risk = score >= 7 ? ['HH', 'Critical high'] : score >= 5 ? ['H', 'High'] : ['N', 'Normal'];
  out.push(
    observation(NEWS2_SCORE, {
      valueInteger: score,
      interpretation: [
        {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation',
              code: risk[0] ?? 'N',
              display: risk[1] ?? 'Normal',
            },
          ],
        },
      ],
      method: { text: scale2 ? 'NEWS2, saturation scale 2 (target 88–92 %)' : 'NEWS2, saturation scale 1' },
      hasMember: out.filter((o) => o['valueInteger'] === undefined).map((o) => ref('Observation', o.id)),
    }),
  );
  return out;
}
