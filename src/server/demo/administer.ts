// An order becomes a MedicationRequest, and its doses up to now become MedicationAdministrations.
//
// Invariants (specs/demo.md): DM18 one administration for a due time, within the life of the order; DM23 a dose not given says
// why, as-needed doses keep their distance; DM10 whoever charts is on duty.
import type { Instant } from '../../core/base/ports.ts';
import { DAY, HOUR, MINUTE, type Calendar } from './calendar.ts';
import type { Dice } from './dice.ts';
import {
  ATC,
  concept,
  DUE_AT,
  period,
  quantity,
  ref,
  resource,
  round,
  snomed,
  words,
  type Json,
  type Resource,
} from './fhir-parts.ts';
import { ROUTES, SCHEDULES, UNITS } from './formulary.ts';
import { NURSES, whoIsOn, type Ward } from './layout.ts';
import type { Order } from './prescribe.ts';

export interface Prescription {
  readonly order: Order;
  readonly request: Resource;
  /** Doses are due within this stretch only. */
  readonly from: Instant;
  readonly until: Instant;
}
export interface RequestContext {
  readonly subject: Json;
  readonly encounter?: Json;
  readonly requester: Json;
  readonly now: Instant;
  readonly calendar: Calendar;
  readonly community: boolean;
  readonly reason?: string;
  /** Why it is on hold, where it is. */
  readonly held?: string;
  readonly endOfStay?: Instant;
  id(kind: string): string;
}

const number = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/, ',');
/** `1 g`, `500 mg`, `18 units`: as the medicines list says it. */
export function doseWords(order: Order): string {
  const [, word] = UNITS[order.medicine.unit];
  if (order.medicine.unit === 'mg' && order.dose >= 1000) return `${round(order.dose / 1000, 2)} g`;
  return `${number(order.dose)} ${order.dose === 1 ? word.replace(/s$/, '') : word}`;
}
const routeWords: Readonly<Record<string, string>> = {
  oral: 'by mouth',
  intravenous: 'by vein',
  subcutaneous: 'under the skin',
  intramuscular: 'into the muscle',
  inhaled: 'inhaled',
  nebulised: 'by nebuliser',
  sublingual: 'under the tongue',
};
export function orderWords(order: Order): string {
  const { timing } = order;
  const when =
    timing.kind === 'regular'
      ? (SCHEDULES[timing.schedule]?.words ?? '')
      : timing.kind === 'as-needed'
        ? `when needed, at least ${timing.hours} hours apart, at most ${number(timing.dayMax)} ${UNITS[order.medicine.unit][1]} in 24 hours`
        : timing.kind === 'infusion'
          ? timing.pump
            ? `by syringe pump, a syringe lasts about ${timing.hours} hours`
            : `over ${timing.hours} ${timing.hours === 1 ? 'hour' : 'hours'}`
          : 'once';
  return `${doseWords(order)} ${routeWords[order.medicine.route] ?? ''} ${when}`;
}

function dosage(order: Order, ctx: RequestContext): Json {
  const { medicine: m, timing } = order;
  const [unitCode, unitWord] = UNITS[m.unit];
  const [routeCode, routeDisplay] = ROUTES[m.route];
  const bounds =
    order.stopAt === undefined
      ? {}
      : { boundsPeriod: period(ctx.calendar.at(order.startAt), ctx.calendar.at(order.stopAt)) };
  const dose = quantity(order.dose, unitWord, unitCode);
  const repeat: Json =
    timing.kind === 'regular'
      ? {
          ...bounds,
          frequency: timing.times.length,
          period: 1,
          periodUnit: 'd',
          timeOfDay: timing.times.map((t) => `${t}:00`),
        }
      : timing.kind === 'as-needed'
        ? { ...bounds, frequency: 1, period: timing.hours, periodUnit: 'h' }
        : timing.kind === 'infusion'
          ? { ...bounds, duration: timing.hours, durationUnit: 'h' }
          : { count: 1 };
  const extra: string[] = [];
  if (m.classes.includes('critical')) extra.push('Time-critical: give within 30 minutes of the due time');
  if (order.perKg !== undefined) extra.push(`${order.perKg} ${UNITS[m.unit][1]} per kg`);
  return {
    text: orderWords(order),
    ...(extra.length === 0 ? {} : { additionalInstruction: extra.map(words) }),
    timing: { repeat },
    ...(timing.kind === 'as-needed' ? { asNeededBoolean: true } : {}),
    route: snomed(routeCode, routeDisplay, m.route),
    doseAndRate: [
      {
        doseQuantity: dose,
        ...(timing.kind === 'infusion' && m.unit === 'mL'
          ? { rateQuantity: quantity(round(order.dose / timing.hours, 0), 'mL/h') }
          : {}),
      },
    ],
    ...(timing.kind === 'as-needed'
      ? {
          maxDosePerPeriod: {
            numerator: quantity(timing.dayMax, unitWord, unitCode),
            denominator: quantity(1, 'day', 'd'),
          },
        }
      : {}),
  };
}

export function requestResource(order: Order, ctx: RequestContext): Prescription {
  const { calendar, now } = ctx;
  const over = order.stopAt !== undefined && order.stopAt <= now;
  const left = ctx.endOfStay !== undefined && ctx.endOfStay <= now;
  const status = ctx.held !== undefined ? 'on-hold' : over || left ? 'completed' : 'active';
  const m = order.medicine;
  const request = resource('MedicationRequest', ctx.id('rx'), {
    status,
    ...(ctx.held === undefined ? {} : { statusReason: words(ctx.held) }),
    intent: 'order',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/medicationrequest-category',
            code: ctx.community ? 'community' : 'inpatient',
            display: ctx.community ? 'Community' : 'Inpatient',
          },
        ],
      },
    ],
    ...(m.classes.includes('critical') ? { priority: 'urgent' } : {}),
    medicationCodeableConcept: concept(
      ATC,
      m.atc,
      m.name,
      `${m.name} ${order.perKg !== undefined && /^(tablet|capsule)$/.test(m.form) ? 'oral suspension' : m.form}`,
    ),
    subject: ctx.subject,
    ...(ctx.encounter === undefined ? {} : { encounter: ctx.encounter }),
    authoredOn: calendar.at(Math.min(order.startAt, now)),
    requester: ctx.requester,
    ...(ctx.reason === undefined ? {} : { reasonCode: [words(ctx.reason)] }),
    dosageInstruction: [dosage(order, ctx)],
  });
  return {
    order,
    request,
    from: order.startAt,
    until: Math.min(order.stopAt ?? Number.MAX_SAFE_INTEGER, ctx.endOfStay ?? Number.MAX_SAFE_INTEGER),
  };
}

export interface RoundContext {
  readonly subject: Json;
  readonly encounter: Json;
  readonly ward: Ward;
  readonly calendar: Calendar;
  readonly dice: Dice;
  /** While nil by mouth, doses by mouth are withheld. */
  readonly nilByMouth?: readonly [from: Instant, to: Instant];
  id(kind: string): string;
}

/** Due times of a regular order within its life, first dose of an antibiotic at once. */
function dueTimes(p: Prescription, calendar: Calendar): readonly Instant[] {
  const { timing } = p.order;
  const end = Math.min(p.until, calendar.now);
  const due: Instant[] = [];
  if (timing.kind === 'once') return p.from <= end ? [p.from] : [];
  if (timing.kind === 'infusion') {
    for (let t = p.from + 20 * MINUTE; t < end; t += timing.hours * HOUR) due.push(t);
    return due;
  }
  if (timing.kind !== 'regular') return [];
  const gap = (24 / timing.times.length) * HOUR;
  let last = -Infinity;
  if (p.order.medicine.classes.includes('antibiotic')) {
    last = p.from + 15 * MINUTE;
    if (last < end) due.push(last);
  }
  for (let day = calendar.dayStart(p.from); day <= end; day += DAY)
    for (const clock of timing.times) {
      const t = calendar.atClock(day, clock);
      if (t < p.from || t >= p.until || t > end || t - last < gap * 0.66) continue;
      due.push(t);
    }
  return due;
}

/** After a late dose the next one waits: four hours for paracetamol, else most of the gap in the schedule. */
function leastApart(times: readonly string[], paracetamol: boolean): number {
  const hours = times.map((t) => Number(t.slice(0, 2)) + Number(t.slice(3)) / 60);
  const gaps = hours.map((h, n) => ((hours[(n + 1) % hours.length] ?? h) - h + 24) % 24 || 24);
  return (paracetamol ? 4 : Math.min(...gaps) * 0.6) * HOUR;
}

const NOT_GIVEN: Readonly<Record<string, string>> = {
  'stimulant-laxative': 'Bowels open three times today',
  laxative: 'Bowels open three times today',
  'beta-blocker': 'Heart rate below 50, doctor told',
  acei: 'Systolic pressure below 100, doctor told',
  ccb: 'Systolic pressure below 100, doctor told',
  'loop-diuretic': 'Systolic pressure below 95, doctor told',
  opioid: 'Drowsy, doctor told',
};

function administration(
  p: Prescription,
  ctx: RoundContext,
  due: Instant | undefined,
  given: Instant,
  body: Json,
): Resource {
  const nurse = whoIsOn(ctx.ward, NURSES, ctx.calendar, given, ctx.dice);
  return resource('MedicationAdministration', ctx.id('mar'), {
    ...(due === undefined ? {} : { extension: [{ url: DUE_AT, valueDateTime: ctx.calendar.at(due) }] }),
    ...body,
    medicationCodeableConcept: p.request['medicationCodeableConcept'],
    subject: ctx.subject,
    context: ctx.encounter,
    performer: [{ actor: ref('Practitioner', nurse.id, nurse.display) }],
    request: ref('MedicationRequest', p.request.id),
  });
}
function dosageGiven(p: Prescription, part = 1): Json {
  const { medicine: m, dose } = p.order;
  const [unitCode, unitWord] = UNITS[m.unit];
  const [routeCode, routeDisplay] = ROUTES[m.route];
  return {
    dosage: {
      route: snomed(routeCode, routeDisplay, m.route),
      dose: quantity(part < 1 ? round(dose * part, 0) : dose, unitWord, unitCode),
    },
  };
}

/** Every dose of `p` that was due, given, late, refused or withheld up to now. Doses of the last minutes may still be due. */
export function administrations(p: Prescription, ctx: RoundContext, share = 1): readonly Resource[] {
  const { calendar, dice } = ctx;
  const now = calendar.now;
  const { medicine: m, timing } = p.order;
  const out: Resource[] = [];
  const notGiven = (due: Instant, at: Instant, why: string, away = false): void => {
    const coded = {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/reason-medication-not-given', code: 'b', display: 'Away' },
      ],
      text: why,
    };
    out.push(
      administration(p, ctx, due, at, {
        status: 'not-done',
        statusReason: [away ? coded : words(why)],
        effectiveDateTime: calendar.at(at),
      }),
    );
  };
  if (timing.kind === 'as-needed') {
    const most = Math.round(timing.dayMax / p.order.dose);
    let t = p.from + dice.between(0.5, timing.hours + 6) * HOUR;
    const given: Instant[] = [];
    while (t < Math.min(p.until, now)) {
      const start = t;
      if (given.filter((g) => start - g < 24 * HOUR).length < most && dice.chance(share)) {
        out.push(
          administration(p, ctx, undefined, t, {
            status: 'completed',
            effectiveDateTime: calendar.at(t),
            ...dosageGiven(p),
          }),
        );
        given.push(t);
      }
      t += (timing.hours + dice.between(0.3, 13)) * HOUR;
    }
    return out;
  }
  const antibiotic = m.classes.includes('antibiotic');
  const apart = timing.kind === 'regular' ? leastApart(timing.times, m.classes.includes('analgesic')) : 0;
  let lastGiven = -Infinity;
  for (const due of dueTimes(p, calendar)) {
    if (timing.kind === 'infusion') {
      const end = Math.min(due + timing.hours * HOUR, p.until);
      const part = (end - due) / (timing.hours * HOUR);
      // A bag that would be taken down at once is not put up.
      if (part < 0.5) continue;
      const running = end > now;
      const span = running ? { start: calendar.at(due) } : { start: calendar.at(due), end: calendar.at(end) };
      const status = running ? 'in-progress' : 'completed';
      out.push(administration(p, ctx, due, due, { status, effectivePeriod: span, ...dosageGiven(p, part) }));
      continue;
    }
    const first = out.length === 0 && antibiotic;
    const critical = m.classes.includes('critical') || first;
    const wantsLate = dice.chance(critical ? 0.03 : 0.06) && !first;
    const minutes = wantsLate ? dice.int(61, 140) : critical ? dice.int(0, 14) : dice.int(0, 38);
    const at = Math.max(due + minutes * MINUTE, lastGiven + apart);
    const late = at - due > HOUR;
    if (at > now || at >= p.until) continue;
    const nbm =
      ctx.nilByMouth !== undefined && m.route === 'oral' && due >= ctx.nilByMouth[0] && due < ctx.nilByMouth[1];
    const throwOf = dice.next();
    if (nbm && !critical) notGiven(due, at, 'Nil by mouth for theatre');
    else if (throwOf < 0.018 && !critical) notGiven(due, at, 'Refused by patient');
    else if (throwOf < 0.036 && m.classes.some((c) => c in NOT_GIVEN))
      notGiven(due, at, m.classes.map((c) => NOT_GIVEN[c]).find((why) => why !== undefined) ?? '');
    else if (throwOf < 0.042 && !critical) notGiven(due, at, 'Patient off the ward for imaging', true);
    else if (throwOf < 0.046 && !critical) notGiven(due, at, 'Medicine not in stock, pharmacy called');
    else {
      lastGiven = at;
      out.push(
        administration(p, ctx, due, at, {
          status: 'completed',
          effectiveDateTime: calendar.at(at),
          ...dosageGiven(p),
          ...(late ? { note: [{ text: `Given late: due at ${calendar.clock(due)}` }] } : {}),
        }),
      );
    }
  }
  return out;
}
