// The hospital itself as resources: organizations, places, services, and the people who work there with their rotas.
import { ROLE_SYSTEM, SUPERVISOR_CODE } from '../../core/access/names.ts';
import type { Role } from '../../core/access/principal.ts';
import {
  BASE,
  coding,
  concept,
  hl7,
  local,
  ref,
  resource,
  STAFF_NUMBER,
  words,
  type Json,
  type Resource,
} from './fhir-parts.ts';
import type { Bed, Hospital, Staff, StaffRole, Ward } from './layout.ts';
import { humanNames } from './names.ts';
import { workNumber } from './numbers.ts';

const PLACE = 'location-physical-type';
const address = (line: string, town: string): Json => ({
  use: 'work',
  line: [line],
  city: town,
  postalCode: 'ZZ1 1HG',
});
const phone = (n: number): Json => ({ system: 'phone', value: workNumber(n), use: 'work' });

export function siteResources(hospital: Hospital): readonly Resource[] {
  const { prefix, town, name } = hospital;
  const organization = (
    id: string,
    title: string,
    kind: readonly [string, string],
    tel: number,
    partOf?: string,
  ): Resource =>
    resource('Organization', `${prefix}${id}`, {
      identifier: [{ system: `${BASE}/id/organization`, value: `${prefix}${id}`.toUpperCase() }],
      active: true,
      type: [hl7('organization-type', kind[0], kind[1])],
      name: title,
      telecom: [phone(tel)],
      address: [address('1 Infirmary Road', town)],
      ...(partOf === undefined ? {} : { partOf: ref('Organization', `${prefix}${partOf}`) }),
    });
  const out: Resource[] = [
    organization('org-network', 'Harrowmere Health Network', ['prov', 'Healthcare Provider'], 1),
    organization('org-hospital', name, ['prov', 'Healthcare Provider'], 2, 'org-network'),
    organization('org-practice', 'Millbrook Surgery', ['prov', 'Healthcare Provider'], 3, 'org-network'),
    organization('org-fund', 'Harrowmere Regional Health Fund', ['pay', 'Payer'], 4),
    organization('org-insurer', 'Lantern Mutual Health Insurance', ['ins', 'Insurance Company'], 5),
  ];

  const place = (
    id: string,
    title: string,
    physical: readonly [string, string],
    org: string,
    partOf?: string,
    more: Json = {},
  ): Resource =>
    resource('Location', id, {
      status: 'active',
      name: title,
      mode: 'instance',
      physicalType: hl7(PLACE, physical[0], physical[1]),
      managingOrganization: ref('Organization', `${prefix}${org}`),
      ...(partOf === undefined ? {} : { partOf: ref('Location', partOf) }),
      ...more,
    });
  const site = `${prefix}hospital`;
  out.push(
    place(site, name, ['si', 'Site'], 'org-hospital', undefined, {
      telecom: [phone(2)],
      address: address('1 Infirmary Road', town),
    }),
    place(`${prefix}main-building`, 'Main building', ['bu', 'Building'], 'org-hospital', site),
    place(`${prefix}womens-building`, 'Women and children’s building', ['bu', 'Building'], 'org-hospital', site),
    place(`${prefix}gp-practice`, 'Millbrook Surgery', ['bu', 'Building'], 'org-practice', undefined, {
      telecom: [phone(3)],
      address: address('14 Mill Lane', town),
    }),
  );
  const main = `${prefix}main-building`;
  const room = (id: string, title: string, tel: number): number =>
    out.push(place(`${prefix}${id}`, title, ['wa', 'Ward'], 'org-hospital', main, { telecom: [phone(tel)] }));
  room('emergency', 'Emergency Department', 20);
  room('theatres', 'Operating Theatres', 21);
  room('outpatients', 'Outpatient Department', 22);
  room('dialysis-unit', 'Dialysis Unit', 23);
  room('day-surgery', 'Day Surgery Unit', 24);
  room('laboratory', 'Pathology Laboratory', 25);
  room('imaging', 'Imaging Department', 26);
  room('pharmacy', 'Pharmacy', 27);
  for (let n = 1; n <= 3; n++)
    out.push(place(`${prefix}theatre-${n}`, `Theatre ${n}`, ['ro', 'Room'], 'org-hospital', `${prefix}theatres`));
  for (const chair of hospital.chairs)
    out.push(
      place(chair.id, `Dialysis ${chair.label.toLowerCase()}`, ['bd', 'Bed'], 'org-hospital', `${prefix}dialysis-unit`),
    );

  const service = (id: string, title: string, category: string, where: string, org = 'org-hospital'): Resource =>
    resource('HealthcareService', `${prefix}service-${id}`, {
      active: true,
      name: title,
      category: [words(category)],
      type: [words(title)],
      providedBy: ref('Organization', `${prefix}${org}`),
      location: [ref('Location', `${prefix}${where}`)],
    });
  out.push(
    service('gp', 'General practice', 'Primary care', 'gp-practice', 'org-practice'),
    service('emergency', 'Emergency care', 'Emergency', 'emergency'),
    service('outpatients', 'Outpatient clinics', 'Outpatients', 'outpatients'),
    service('dialysis', 'Haemodialysis', 'Dialysis', 'dialysis-unit'),
    service('surgery', 'Surgery', 'Theatre', 'theatres'),
    service('laboratory', 'Laboratory', 'Diagnostics', 'laboratory'),
    service('imaging', 'Imaging', 'Diagnostics', 'imaging'),
    service('pharmacy', 'Pharmacy', 'Pharmacy', 'pharmacy'),
  );
  return out;
}

/** One ward: its place, its beds (and a cot beside each maternity bed), its service. */
export function wardResources(hospital: Hospital, ward: Ward, takenBeds: ReadonlySet<string>): readonly Resource[] {
  const { prefix } = hospital;
  const building = ward.kind === 'paediatrics' || ward.kind === 'maternity' ? 'womens-building' : 'main-building';
  const managed = { managingOrganization: ref('Organization', `${prefix}org-hospital`) };
  const bed = (b: Bed, title: string, taken?: boolean): Resource =>
    resource('Location', b.id, {
      status: 'active',
      mode: 'instance',
      ...(taken === undefined
        ? {}
        : {
            operationalStatus: coding(
              'http://terminology.hl7.org/CodeSystem/v2-0116',
              taken ? 'O' : 'U',
              taken ? 'Occupied' : 'Unoccupied',
            ),
          }),
      name: title,
      physicalType: hl7(PLACE, 'bd', 'Bed'),
      ...managed,
      partOf: ref('Location', ward.id, ward.name),
    });
  return [
    resource('Location', ward.id, {
      status: 'active',
      mode: 'instance',
      name: ward.name,
      telecom: [phone(ward.phone)],
      physicalType: hl7(PLACE, 'wa', 'Ward'),
      ...managed,
      partOf: ref('Location', `${prefix}${building}`),
    }),
    ...ward.beds.map((b) => bed(b, `${ward.name}, ${b.label.toLowerCase()}`, takenBeds.has(b.id))),
    ...(ward.kind === 'maternity'
      ? ward.beds.map((b) => bed({ ...b, id: cotOf(b) }, `${ward.name}, cot at ${b.label.toLowerCase()}`))
      : []),
    resource('HealthcareService', `${prefix}service-${ward.id.slice(prefix.length)}`, {
      active: true,
      name: `${ward.specialty} (${ward.name})`,
      category: [words('Inpatient ward')],
      providedBy: ref('Organization', `${prefix}org-hospital`),
      location: [ref('Location', ward.id, ward.name)],
    }),
  ];
}
export const cotOf = (bed: Bed): string => `${bed.id}-cot`;

const ROLE_NAMES: Readonly<Record<StaffRole, string>> = {
  consultant: 'Consultant',
  registrar: 'Specialty registrar',
  resident: 'Resident doctor',
  foundation: 'Foundation doctor',
  'charge-nurse': 'Charge nurse',
  nurse: 'Staff nurse',
  midwife: 'Midwife',
  'ward-clerk': 'Ward clerk',
  pharmacist: 'Ward pharmacist',
  gp: 'General practitioner',
  'practice-nurse': 'Practice nurse',
  receptionist: 'Receptionist',
  'dialysis-nurse': 'Dialysis nurse',
  surgeon: 'Consultant surgeon',
  anaesthetist: 'Consultant anaesthetist',
  laboratory: 'Biomedical scientist',
  imaging: 'Radiographer',
  radiologist: 'Consultant radiologist',
  billing: 'Billing clerk',
  'incident-lead': 'Incident lead',
  it: 'IT support',
};
const STANDARD_ROLES: Partial<Record<StaffRole, readonly [string, string]>> = {
  consultant: ['doctor', 'Doctor'],
  registrar: ['doctor', 'Doctor'],
  resident: ['doctor', 'Doctor'],
  foundation: ['doctor', 'Doctor'],
  gp: ['doctor', 'Doctor'],
  surgeon: ['doctor', 'Doctor'],
  anaesthetist: ['doctor', 'Doctor'],
  radiologist: ['doctor', 'Doctor'],
  nurse: ['nurse', 'Nurse'],
  'charge-nurse': ['nurse', 'Nurse'],
  'practice-nurse': ['nurse', 'Nurse'],
  'dialysis-nurse': ['nurse', 'Nurse'],
  pharmacist: ['pharmacist', 'Pharmacist'],
};
/** What each may see and do: the roles that access is decided by. */
const ACCESS_ROLES: Readonly<Record<StaffRole, readonly Role[]>> = {
  consultant: ['doctor'],
  registrar: ['doctor'],
  resident: ['doctor'],
  foundation: ['doctor'],
  'charge-nurse': ['nurse'],
  nurse: ['nurse'],
  midwife: ['nurse'],
  'ward-clerk': ['ward-clerk'],
  pharmacist: ['pharmacist'],
  gp: ['doctor'],
  'practice-nurse': ['nurse'],
  receptionist: ['receptionist'],
  'dialysis-nurse': ['nurse'],
  surgeon: ['doctor'],
  anaesthetist: ['doctor'],
  laboratory: ['laboratory'],
  imaging: ['imaging'],
  radiologist: ['doctor', 'imaging'],
  billing: ['billing'],
  'incident-lead': ['incident-lead'],
  it: ['it'],
};
/** Who may enrol staff and clear break-glass reviews. */
const SUPERVISORS: ReadonlySet<StaffRole> = new Set(['charge-nurse', 'gp', 'incident-lead']);
const accessCodes = (role: StaffRole): readonly Json[] => [
  ...ACCESS_ROLES[role].map((code) => concept(ROLE_SYSTEM, code, code)),
  ...(SUPERVISORS.has(role) ? [concept(ROLE_SYSTEM, SUPERVISOR_CODE, 'Supervisor')] : []),
];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

export function staffResources(hospital: Hospital, staff: Staff, serial: number): readonly Resource[] {
  const standard = STANDARD_ROLES[staff.role];
  const practice = staff.place === `${hospital.prefix}gp-practice`;
  return [
    resource('Practitioner', staff.id, {
      identifier: [{ system: STAFF_NUMBER, value: `${hospital.prefix}S${String(10_000 + serial)}` }],
      active: true,
      name: humanNames(staff.name, staff.display.startsWith('Dr ') ? 'Dr' : undefined),
      telecom: [phone(200 + (serial % 700))],
      gender: staff.sex,
    }),
    resource('PractitionerRole', roleOf(staff), {
      active: true,
      practitioner: ref('Practitioner', staff.id, staff.display),
      organization: ref('Organization', `${hospital.prefix}${practice ? 'org-practice' : 'org-hospital'}`),
      code: [
        ...(standard === undefined ? [] : [hl7('practitioner-role', standard[0], standard[1])]),
        local(`role-${staff.role}`, ROLE_NAMES[staff.role]),
        ...accessCodes(staff.role),
      ],
      location: [ref('Location', staff.place)],
      availableTime: staff.shifts.map((s) => ({
        daysOfWeek: s.days.map((d) => WEEKDAYS[d] ?? 'sun'),
        availableStartTime: s.from,
        availableEndTime: s.to,
      })),
    }),
  ];
}
export const roleOf = (staff: Staff): string => `${staff.id}-role`;
