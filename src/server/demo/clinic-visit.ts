// Appointments and what comes of them: clinic visits, video visits, dialysis sessions.
import type { Instant } from '../../core/base/ports.ts';
import type { Background } from './background.ts';
import { bill } from './billing.ts';
import { DAY, HOUR, MINUTE } from './calendar.ts';
import { orgRef, type Chart } from './chart.ts';
import type { Booking, ClinicBook } from './clinic-book.ts';
import {
  ENCOUNTER_NUMBER,
  hl7,
  period,
  quantity,
  ref,
  refTo,
  resource,
  round,
  snomed,
  v3Coding,
  words,
  type Json,
  type Resource,
} from './fhir-parts.ts';
import type { Staff } from './layout.ts';
import { labResources, type LabPerson } from './laboratory.ts';
import { composition, CONSULTATION, introduction, listed, pastHistory } from './notes.ts';
import { measurement, pressure } from './vitals.ts';

export interface Practice {
  readonly chart: Chart;
  readonly b: Background;
  readonly usual: Map<string, number>;
  readonly labPerson: LabPerson;
  readonly medicines: readonly string[];
  readonly lastWords: readonly string[];
}

export function finished(
  chart: Chart,
  at: Instant,
  minutes: number,
  doctor: Staff,
  where: string,
  reason: string,
  virtual = false,
): Resource {
  const { calendar, hospital } = chart;
  const id = chart.id('encounter');
  const practice = doctor.role === 'gp';
  return resource('Encounter', id, {
    identifier: [{ system: ENCOUNTER_NUMBER, value: id.toUpperCase() }],
    status: 'finished',
    class: virtual ? v3Coding('ActCode', 'VR', 'virtual') : v3Coding('ActCode', 'AMB', 'ambulatory'),
    type: [words(practice ? 'GP consultation' : 'Clinic visit')],
    subject: chart.subject,
    participant: [{ individual: ref('Practitioner', doctor.id, doctor.display) }],
    period: period(calendar.at(at), calendar.at(at + minutes * MINUTE)),
    reasonCode: [words(reason)],
    location: [{ location: ref('Location', `${hospital.prefix}${where}`) }],
    serviceProvider: practice ? orgRef(hospital, 'org-practice', 'Millbrook Surgery') : orgRef(hospital),
  });
}

/** An appointment, and the visit where it has been. */
export function appointment(p: Practice, slot: Booking): void {
  const { chart } = p;
  const { calendar, dice, hospital, person } = chart;
  const { now } = calendar;
  const { clinic, start, end } = slot;
  const past = end <= now;
  const roll = dice.next();
  const status = past
    ? roll < 0.06
      ? 'noshow'
      : 'fulfilled'
    : start <= now
      ? 'arrived'
      : start - now < 25 * MINUTE && roll < 0.6
        ? 'checked-in'
        : 'booked';
  const here = status === 'fulfilled' || status === 'arrived' || status === 'checked-in';
  const where = clinic.kind === 'gp' ? 'gp-practice' : 'outpatients';
  const video = clinic.kind === 'telehealth';
  chart.add(slot.slot);
  const booked = resource('Appointment', chart.id('appointment'), {
    status,
    serviceType: [words(clinic.name)],
    appointmentType: hl7(
      'v2-0276',
      clinic.kind === 'gp' ? 'ROUTINE' : 'FOLLOWUP',
      clinic.kind === 'gp' ? 'Routine appointment' : 'A follow up visit from a previous appointment',
    ),
    description: video ? 'Video visit; if the line fails, call by telephone' : clinic.name,
    start: calendar.at(start),
    end: calendar.at(end),
    minutesDuration: clinic.minutes,
    slot: [refTo(slot.slot)],
    created: calendar.at(Math.min(start - dice.int(3, 30) * DAY, now - HOUR)),
    ...(person.interpreter ? { comment: `Interpreter booked: ${person.name.culture.languageName}` } : {}),
    participant: [
      { actor: chart.subject, status: 'accepted' },
      { actor: ref('Practitioner', clinic.doctor.id, clinic.doctor.display), status: 'accepted' },
      ...(video ? [] : [{ actor: ref('Location', `${hospital.prefix}${where}`), status: 'accepted' }]),
    ],
  });
  chart.add(booked);
  if (!past || !here) return;
  const seen = finished(chart, start + 2 * MINUTE, clinic.minutes - 3, clinic.doctor, where, clinic.name, video);
  const encounter: Resource = { ...seen, appointment: [refTo(booked)] };
  chart.add(
    encounter,
    composition(chart, CONSULTATION, clinic.doctor, start + 4 * MINUTE, refTo(encounter), [
      ['Seen for', `${introduction(chart)}. ${clinic.name}.`],
      ['Background', pastHistory(p.b, p.b.egfrUsual)],
      ['Medicines', listed(p.medicines)],
      ['Allergies', `${p.b.allergyWords}.`],
      [
        'Plan',
        dice.pick([
          'Continue as now, review in three months.',
          'Bloods before the next visit, review in six weeks.',
          'Letter to the practice, discharged to the GP if next results are stable.',
        ]),
      ],
    ]),
  );
  if (clinic.kind !== 'gp')
    chart.add(...bill(chart, `${clinic.name} visit`, dice.int(9, 18) * 10, start, refTo(encounter), orgRef(hospital)));
}

export function dialyse(p: Practice, book: ClinicBook): void {
  const { chart } = p;
  const { calendar, dice, hospital, person } = chart;
  const { now } = calendar;
  const place = book.dialysis();
  if (place === undefined) return;
  const nurse = hospital.person('dialysis-nurse');
  const chair: Json = ref('Location', place.chair.id, `Dialysis ${place.chair.label.toLowerCase()}`);
  for (const [n, start] of place.sessions.entries()) {
    const end = start + 4 * HOUR;
    const past = end <= now;
    const booked = resource('Appointment', chart.id('appointment'), {
      status: past ? 'fulfilled' : start <= now ? 'arrived' : 'booked',
      serviceType: [words('Haemodialysis')],
      description: `Haemodialysis, ${place.pattern}: do not move without the renal team`,
      priority: 1,
      start: calendar.at(start),
      end: calendar.at(end),
      minutesDuration: 240,
      created: calendar.at(now - 90 * DAY),
      ...(person.interpreter ? { comment: `Interpreter booked: ${person.name.culture.languageName}` } : {}),
      participant: [
        { actor: chart.subject, status: 'accepted' },
        { actor: chair, status: 'accepted' },
      ],
    });
    chart.add(booked);
    if (!past) continue;
    const encounter: Resource = {
      ...finished(chart, start, 240, nurse, 'dialysis-unit', 'Haemodialysis'),
      appointment: [refTo(booked)],
    };
    const inEncounter = refTo(encounter);
    const dry = round(person.weightKg, 1);
    const gain = round(dice.between(1.1, 2.8), 1);
    const charting = (at: Instant) => ({
      subject: chart.subject,
      encounter: inEncounter,
      performer: ref('Practitioner', nurse.id, nurse.display),
      at: calendar.at(at),
      id: chart.id,
    });
    chart.add(
      encounter,
      measurement(charting(start + 5 * MINUTE), 'weight', { valueQuantity: quantity(round(dry + gain, 1), 'kg') }),
      pressure(charting(start + 6 * MINUTE), dice.int(138, 162), dice.int(74, 88)),
      measurement(charting(end - 5 * MINUTE), 'weight', { valueQuantity: quantity(dry, 'kg') }),
      pressure(charting(end - 4 * MINUTE), dice.int(116, 138), dice.int(64, 78)),
      resource('Procedure', chart.id('procedure'), {
        status: 'completed',
        code: snomed('302497006', 'Hemodialysis', 'Haemodialysis'),
        subject: chart.subject,
        encounter: inEncounter,
        performedPeriod: period(calendar.at(start + 15 * MINUTE), calendar.at(end - 10 * MINUTE)),
        performer: [{ actor: ref('Practitioner', nurse.id, nurse.display) }],
        location: chair,
        note: [{ text: `${round(gain, 1)} L removed, fistula, no cramps` }],
      }),
    );
    if (n % 3 === 0)
      chart.add(
        ...labResources(dice, { ...charting(start + 10 * MINUTE) }, p.labPerson, p.usual, {
          panels: ['fbc', 'ue', 'calcium'],
          story: {},
          share: 0,
          reportedAt: calendar.at(Math.min(now, start + 6 * HOUR)),
          labNumber: `${person.key}-D${n}`.toUpperCase(),
          lab: orgRef(hospital),
        }).resources,
      );
    if (n === 0) chart.add(...bill(chart, 'Haemodialysis session', 240, start, inEncounter, orgRef(hospital)));
  }
}
