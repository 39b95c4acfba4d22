// The plan of the hospital: which wards, which beds, who works where. Grows with beds, never with patients.
//
// Invariants
//   1. The beds of all wards add up to what was asked for.
//   2. Every ward has a nurse and a doctor on duty at every hour of every day of the week.
import { assert } from '../../core/base/assert.ts';
import type { Instant } from '../../core/base/ports.ts';
import type { Calendar } from './calendar.ts';
import { throwDice, type Dice } from './dice.ts';
import { drawName, type PersonName, type Sex } from './names.ts';

export type WardKind =
  | 'acute'
  | 'elderly'
  | 'surgical'
  | 'ortho'
  | 'cardiology'
  | 'paediatrics'
  | 'maternity'
  | 'intensive';
export type StaffRole =
  | 'consultant'
  | 'registrar'
  | 'resident'
  | 'foundation'
  | 'charge-nurse'
  | 'nurse'
  | 'midwife'
  | 'ward-clerk'
  | 'pharmacist'
  | 'gp'
  | 'practice-nurse'
  | 'receptionist'
  | 'dialysis-nurse'
  | 'surgeon'
  | 'anaesthetist'
  | 'laboratory'
  | 'imaging'
  | 'radiologist'
  | 'billing'
  | 'incident-lead'
  | 'it';

/** A stretch of the week: `days` 0 is Sunday; hours of the local day, `from` below `to`. */
export interface Shift {
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
}
export interface Staff {
  readonly id: string;
  readonly role: StaffRole;
  readonly name: PersonName;
  readonly sex: Sex;
  /** `Dr Helen Shaw`, `Staff Nurse Paweł Nowak`. */
  readonly display: string;
  readonly shifts: readonly Shift[];
  readonly place: string;
}
export interface Bed {
  readonly id: string;
  readonly label: string;
  readonly sideRoom: boolean;
}
export interface Ward {
  readonly id: string;
  readonly kind: WardKind;
  readonly name: string;
  readonly specialty: string;
  readonly phone: number;
  readonly beds: readonly Bed[];
  readonly taken: number;
  readonly staff: readonly Staff[];
}
export interface Clinic {
  readonly id: string;
  readonly kind:
    | 'gp'
    | 'oncology'
    | 'cardiology'
    | 'diabetes'
    | 'orthopaedic'
    | 'antenatal'
    | 'paediatric'
    | 'telehealth';
  readonly name: string;
  readonly doctor: Staff;
  readonly minutes: number;
  /** Local times of the first slot and after the last. */
  readonly from: string;
  readonly to: string;
}
export interface Hospital {
  readonly prefix: string;
  readonly seed: string;
  readonly name: string;
  readonly town: string;
  readonly wards: readonly Ward[];
  readonly clinics: readonly Clinic[];
  readonly chairs: readonly Bed[];
  readonly people: readonly Staff[];
  person(role: StaffRole): Staff;
  persons(role: StaffRole): readonly Staff[];
}

interface WardPlan {
  readonly kind: WardKind;
  readonly name: string;
  readonly specialty: string;
  readonly share: number;
}
const WARDS: readonly WardPlan[] = [
  { kind: 'acute', name: 'Acute Medical Unit', specialty: 'Acute medicine', share: 24 },
  { kind: 'elderly', name: 'Stroke and Elderly Care', specialty: 'Stroke and elderly medicine', share: 20 },
  { kind: 'surgical', name: 'Surgical Ward', specialty: 'General surgery', share: 20 },
  { kind: 'ortho', name: 'Orthopaedic Ward', specialty: 'Trauma and orthopaedics', share: 16 },
  { kind: 'cardiology', name: 'Cardiology Ward', specialty: 'Cardiology', share: 14 },
  { kind: 'paediatrics', name: 'Children’s Ward', specialty: 'Paediatrics', share: 10 },
  { kind: 'maternity', name: 'Maternity', specialty: 'Obstetrics', share: 10 },
  { kind: 'intensive', name: 'Intensive Care Unit', specialty: 'Intensive care', share: 6 },
];
const SHARES = 120;
const BEDS_A_WARD_MAX = 28;
export const OCCUPANCY = 0.92;

const WEEK = [0, 1, 2, 3, 4, 5, 6] as const;
const OFFICE: readonly Shift[] = [{ days: [1, 2, 3, 4, 5], from: '08:00:00', to: '18:00:00' }];
const day = (...days: number[]): readonly Shift[] => [{ days, from: '07:30:00', to: '19:45:00' }];
/** Nights run over midnight, which availableTime cannot say in one piece. */
const night = (...days: number[]): readonly Shift[] => [
  { days, from: '19:30:00', to: '23:59:59' },
  { days: days.map((d) => (d + 1) % 7), from: '00:00:00', to: '07:45:00' },
];
const DAY_ROTA = [day(1, 2, 3, 4), day(5, 6, 0), day(1, 3, 5, 0), day(2, 4, 6)];
const NIGHT_ROTA = [night(1, 2, 3), night(4, 5), night(6, 0)];

const TITLES: Partial<Record<StaffRole, string>> = {
  consultant: 'Dr',
  registrar: 'Dr',
  resident: 'Dr',
  foundation: 'Dr',
  gp: 'Dr',
  anaesthetist: 'Dr',
  radiologist: 'Dr',
  'charge-nurse': 'Charge Nurse',
  nurse: 'Staff Nurse',
  midwife: 'Midwife',
  'practice-nurse': 'Nurse',
  'dialysis-nurse': 'Staff Nurse',
};

export function planHospital(seed: string, prefix: string, beds: number, patients: number): Hospital {
  assert(Number.isInteger(beds) && beds >= 8, 'a demo hospital has at least 8 beds');
  const people: Staff[] = [];
  const hire = (role: StaffRole, place: string, shifts: readonly Shift[]): Staff => {
    const id = `${prefix}staff-${String(people.length + 1).padStart(4, '0')}`;
    const dice = throwDice(`${seed}/${id}`);
    const nursing = /nurse|midwife|reception|clerk/.test(role);
    const sex: Sex = role === 'midwife' || dice.chance(nursing ? 0.8 : 0.48) ? 'female' : 'male';
    const name = drawName(dice, sex);
    const title = role === 'surgeon' ? (sex === 'male' ? 'Mr' : 'Ms') : (TITLES[role] ?? '');
    const display = `${title} ${name.given.latin} ${name.family.latin}`.trim();
    const staff: Staff = { id, role, name, sex, display, shifts, place };
    people.push(staff);
    return staff;
  };

  const wards: Ward[] = [];
  let bedsSoFar = 0;
  let takenSoFar = 0;
  let shareSoFar = 0;
  for (const plan of WARDS) {
    shareSoFar += plan.share;
    const bedsOfKind = Math.round((beds * shareSoFar) / SHARES) - bedsSoFar;
    const count = Math.ceil(bedsOfKind / BEDS_A_WARD_MAX);
    for (let n = 0; n < count; n++) {
      const size = Math.floor(bedsOfKind / count) + (n < bedsOfKind % count ? 1 : 0);
      bedsSoFar += size;
      const taken = Math.min(size, Math.round(bedsSoFar * OCCUPANCY) - takenSoFar);
      takenSoFar += taken;
      const id = `${prefix}ward-${plan.kind}${count > 1 ? `-${n + 1}` : ''}`;
      const nurses = plan.kind === 'maternity' ? 'midwife' : 'nurse';
      const doctor = plan.kind === 'surgical' || plan.kind === 'ortho' ? 'surgeon' : 'consultant';
      const staff = [
        hire(doctor, id, OFFICE),
        hire(doctor, id, OFFICE),
        hire('registrar', id, day(1, 2, 3, 4, 5)),
        hire('resident', id, day(1, 2, 3, 4)),
        hire('resident', id, day(5, 6, 0)),
        hire('foundation', id, day(1, 2, 3, 4, 5)),
        hire('resident', id, night(...WEEK.slice(0, 4))),
        hire('resident', id, night(...WEEK.slice(4))),
        hire('charge-nurse', id, OFFICE),
        ...DAY_ROTA.map((rota) => hire(nurses, id, rota)),
        ...NIGHT_ROTA.map((rota) => hire(nurses, id, rota)),
        hire('ward-clerk', id, OFFICE),
      ];
      if (wards.length % 2 === 0) hire('pharmacist', id, OFFICE);
      const name = count > 1 ? `${plan.name} ${n + 1}` : plan.name;
      wards.push({
        id,
        kind: plan.kind,
        name,
        specialty: plan.specialty,
        phone: 100 + wards.length,
        beds: planBeds(id, plan.kind, size),
        taken,
        staff,
      });
    }
  }

  const gps = Math.max(3, Math.ceil(patients / 1800));
  const practice = `${prefix}gp-practice`;
  const clinic = (
    kind: Clinic['kind'],
    name: string,
    doctor: Staff,
    minutes: number,
    from: string,
    to: string,
  ): Clinic => ({
    id: `${prefix}clinic-${kind}-${doctor.id.slice(-4)}`,
    kind,
    name,
    doctor,
    minutes,
    from,
    to,
  });
  const clinics: Clinic[] = [];
  for (let n = 0; n < gps; n++) {
    const gp = hire('gp', practice, OFFICE);
    clinics.push(clinic('gp', `${gp.display}, general practice`, gp, 15, '08:30', '12:30'));
  }
  hire('practice-nurse', practice, OFFICE);
  hire('receptionist', practice, OFFICE);
  hire('receptionist', practice, OFFICE);
  const department = `${prefix}outpatients`;
  const more = Math.max(1, Math.round(patients / 8000));
  for (let n = 0; n < more; n++) {
    clinics.push(clinic('oncology', 'Oncology clinic', hire('consultant', department, OFFICE), 20, '09:00', '12:40'));
    clinics.push(
      clinic('cardiology', 'Cardiology clinic', hire('consultant', department, OFFICE), 20, '09:00', '12:40'),
    );
    clinics.push(clinic('diabetes', 'Diabetes clinic', hire('consultant', department, OFFICE), 20, '13:20', '17:00'));
    clinics.push(clinic('orthopaedic', 'Fracture clinic', hire('surgeon', department, OFFICE), 15, '09:00', '12:30'));
    clinics.push(clinic('antenatal', 'Antenatal clinic', hire('consultant', department, OFFICE), 20, '09:00', '12:40'));
    clinics.push(
      clinic('paediatric', 'Children’s clinic', hire('consultant', department, OFFICE), 20, '13:20', '17:00'),
    );
    clinics.push(clinic('telehealth', 'Video clinic', hire('consultant', department, OFFICE), 20, '09:00', '16:00'));
  }
  hire('receptionist', department, OFFICE);
  const dialysis = `${prefix}dialysis-unit`;
  const sixDays: readonly Shift[] = [{ days: [1, 2, 3, 4, 5, 6], from: '06:30:00', to: '23:00:00' }];
  hire('consultant', dialysis, OFFICE);
  hire('dialysis-nurse', dialysis, sixDays);
  hire('dialysis-nurse', dialysis, sixDays);
  const theatres = `${prefix}theatres`;
  hire('anaesthetist', theatres, OFFICE);
  hire('anaesthetist', theatres, OFFICE);
  hire('surgeon', theatres, OFFICE);
  const always: readonly Shift[] = [{ days: WEEK, from: '00:00:00', to: '23:59:59' }];
  hire('laboratory', `${prefix}laboratory`, always);
  hire('laboratory', `${prefix}laboratory`, always);
  hire('radiologist', `${prefix}imaging`, always);
  hire('imaging', `${prefix}imaging`, always);
  hire('billing', `${prefix}hospital`, OFFICE);
  hire('incident-lead', `${prefix}hospital`, always);
  hire('it', `${prefix}hospital`, always);

  const chairs = Array.from({ length: Math.max(6, Math.round(beds / 15)) }, (_, n) => ({
    id: `${dialysis}-chair-${n + 1}`,
    label: `Station ${n + 1}`,
    sideRoom: false,
  }));
  const byRole = new Map<StaffRole, Staff[]>();
  for (const person of people) byRole.set(person.role, [...(byRole.get(person.role) ?? []), person]);
  const persons = (role: StaffRole): readonly Staff[] => byRole.get(role) ?? [];
  return {
    prefix,
    seed,
    name: 'Harrowmere General Hospital',
    town: 'Harrowmere',
    wards,
    clinics,
    chairs,
    people,
    persons,
    person: (role) => {
      const first = persons(role)[0];
      assert(first !== undefined, `the demo hospital has no ${role}`);
      return first;
    },
  };
}

function planBeds(ward: string, kind: WardKind, count: number): readonly Bed[] {
  const sideRooms = kind === 'intensive' ? 0 : Math.min(count, Math.max(1, Math.floor(count / 6)));
  return Array.from({ length: count }, (_, n) => {
    if (kind === 'intensive') return { id: `${ward}-bed-${n + 1}`, label: `Bed space ${n + 1}`, sideRoom: false };
    if (n >= count - sideRooms) {
      const room = n - (count - sideRooms) + 1;
      return { id: `${ward}-side-${room}`, label: `Side room ${room}`, sideRoom: true };
    }
    const bay = Math.floor(n / 4) + 1;
    return { id: `${ward}-bay-${bay}-bed-${(n % 4) + 1}`, label: `Bay ${bay} bed ${(n % 4) + 1}`, sideRoom: false };
  });
}

export function onDuty(staff: Staff, calendar: Calendar, time: Instant): boolean {
  const weekday = calendar.weekday(time);
  const clock = `${calendar.clock(time)}:00`;
  return staff.shifts.some((s) => s.days.includes(weekday) && s.from <= clock && clock < s.to);
}
/** Somebody of `roles` on duty on the ward; the same person for the same shift and dice. */
export function whoIsOn(ward: Ward, roles: readonly StaffRole[], calendar: Calendar, time: Instant, dice: Dice): Staff {
  const there = ward.staff.filter((s) => roles.includes(s.role) && onDuty(s, calendar, time));
  assert(there.length > 0, `nobody of ${roles.join('/')} is on duty`);
  return dice.pick(there);
}
export const NURSES = ['nurse', 'midwife'] as const;
export const JUNIOR_DOCTORS = ['resident', 'foundation'] as const;
