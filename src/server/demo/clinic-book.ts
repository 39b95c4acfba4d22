// The appointment book: which slot is whose. Slots are dealt in order, so nobody is booked twice; the only thing that is
// remembered is how far each book has been filled.
import type { Instant } from '../../core/base/ports.ts';
import { DAY, HOUR, MINUTE, type Calendar } from './calendar.ts';
import { ref, resource, words, type Resource } from './fhir-parts.ts';
import type { Bed, Clinic, Hospital } from './layout.ts';

export interface Booking {
  readonly clinic: Clinic;
  readonly slot: Resource;
  readonly start: Instant;
  readonly end: Instant;
}
export interface DialysisPlace {
  readonly chair: Bed;
  /** Local start times of the sessions, past and to come. */
  readonly sessions: readonly Instant[];
  readonly pattern: string;
}
export interface ClinicBook {
  /** The next free slot from today on (`future`), or the last free one before today. */
  book(kind: Clinic['kind'], future: boolean): Booking;
  /** A place three times a week, while there are chairs. */
  dialysis(): DialysisPlace | undefined;
}

export const scheduleOf = (clinic: Clinic): string => `${clinic.id}-schedule`;
/** Every fourth slot stays free, for those who ring in the morning. */
const KEPT_FREE = 4;
const FREE_DAYS = 3;

function slotsADay(clinic: Clinic): number {
  const minutes = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
  return Math.floor((minutes(clinic.to) - minutes(clinic.from)) / clinic.minutes);
}
/** The nth working day from today (0 is today, or the next Monday); negative ones go back from yesterday. */
function workingDay(calendar: Calendar, n: number): Instant {
  const step = n < 0 ? -1 : 1;
  let left = n < 0 ? -n - 1 : n;
  // Noon, so that no step over days can slip.
  let day = calendar.dayStart(calendar.now) + 12 * HOUR + (n < 0 ? -DAY : 0);
  for (;;) {
    const weekday = calendar.weekday(day);
    if (weekday !== 0 && weekday !== 6 && left-- === 0) return calendar.dayStart(day);
    day += step * DAY;
  }
}

function slotResource(calendar: Calendar, clinic: Clinic, start: Instant, busy: boolean): Resource {
  const stamp = calendar.at(start).slice(0, 16).replaceAll(/[-:T]/g, '');
  return resource('Slot', `${clinic.id}-${stamp}`, {
    serviceType: [words(clinic.name)],
    schedule: ref('Schedule', scheduleOf(clinic)),
    status: busy ? 'busy' : 'free',
    start: calendar.at(start),
    end: calendar.at(start + clinic.minutes * MINUTE),
  });
}
function startOf(calendar: Calendar, clinic: Clinic, dayNumber: number, slot: number): Instant {
  return calendar.atClock(workingDay(calendar, dayNumber), clinic.from) + slot * clinic.minutes * MINUTE;
}

/** The schedule of a clinic and the slots that are kept free for the next days. */
export function clinicResources(hospital: Hospital, calendar: Calendar, clinic: Clinic): readonly Resource[] {
  const out: Resource[] = [
    resource('Schedule', scheduleOf(clinic), {
      active: true,
      serviceType: [words(clinic.name)],
      actor: [
        ref('Practitioner', clinic.doctor.id, clinic.doctor.display),
        ref('Location', `${hospital.prefix}${clinic.kind === 'gp' ? 'gp-practice' : 'outpatients'}`),
        ref('HealthcareService', `${hospital.prefix}service-${clinic.kind === 'gp' ? 'gp' : 'outpatients'}`),
      ],
      comment: `${clinic.minutes} minutes a slot, ${clinic.from} to ${clinic.to}; every fourth slot is kept for the day itself`,
    }),
  ];
  for (let day = 0; day < FREE_DAYS; day++)
    for (let slot = KEPT_FREE - 1; slot < slotsADay(clinic); slot += KEPT_FREE)
      out.push(slotResource(calendar, clinic, startOf(calendar, clinic, day, slot), false));
  return out;
}

const SHIFTS = ['07:00', '12:30', '18:00'] as const;
const PATTERNS = [
  { days: [1, 3, 5], name: 'Monday, Wednesday and Friday' },
  { days: [2, 4, 6], name: 'Tuesday, Thursday and Saturday' },
] as const;

export function openBook(hospital: Hospital, calendar: Calendar): ClinicBook {
  const dealt = new Map<string, number>();
  const turn = (key: string): number => {
    const n = dealt.get(key) ?? 0;
    dealt.set(key, n + 1);
    return n;
  };
  const byKind = new Map<string, Clinic[]>();
  for (const c of hospital.clinics) byKind.set(c.kind, [...(byKind.get(c.kind) ?? []), c]);
  return {
    book(kind, future) {
      const clinics = byKind.get(kind) ?? [];
      const clinic = clinics[turn(`turn/${kind}/${future}`) % clinics.length] as Clinic;
      const n = turn(`${clinic.id}/${future}`);
      const aDay = slotsADay(clinic);
      const bookable = aDay - Math.floor(aDay / KEPT_FREE);
      // Skip each fourth: 0 1 2 4 5 6 8 …
      const inDay = n % bookable;
      const slot = inDay + Math.floor(inDay / (KEPT_FREE - 1));
      const dayNumber = Math.floor(n / bookable);
      const start = startOf(calendar, clinic, future ? dayNumber : -1 - dayNumber, slot);
      return { clinic, slot: slotResource(calendar, clinic, start, true), start, end: start + clinic.minutes * MINUTE };
    },
    dialysis() {
      const n = turn('dialysis');
      const chair = hospital.chairs[n % hospital.chairs.length];
      const lap = Math.floor(n / hospital.chairs.length);
      const pattern = PATTERNS[lap % PATTERNS.length];
      const shift = SHIFTS[Math.floor(lap / PATTERNS.length)];
      if (chair === undefined || pattern === undefined || shift === undefined) return undefined;
      const sessions: Instant[] = [];
      for (let day = -14; day < 14; day++) {
        const start = calendar.atClock(calendar.now, shift, day);
        if ((pattern.days as readonly number[]).includes(calendar.weekday(start))) sessions.push(start);
      }
      return { chair, sessions, pattern: pattern.name };
    },
  };
}
