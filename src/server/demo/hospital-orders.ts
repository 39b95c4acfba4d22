// What is asked for and done around a stay: imaging, microbiology, surgery, diet, nursing, plans, alerts, tasks.
import type { Instant } from '../../core/base/ports.ts';
import { DAY, HOUR, MINUTE } from './calendar.ts';
import { orgRef, type Chart } from './chart.ts';
import {
  coding,
  hl7,
  LABORATORY_NUMBER,
  local,
  loinc,
  period,
  ref,
  refTo,
  resource,
  snomed,
  STUDY_NUMBER,
  words,
  type Json,
  type Resource,
} from './fhir-parts.ts';
import type { Staff, Ward } from './layout.ts';
import type { Operation, Scan } from './story.ts';

export interface Stay {
  readonly chart: Chart;
  readonly encounter: Json;
  readonly ward: Ward;
  readonly admittedAt: Instant;
  readonly doctor: Staff;
  readonly fill: (text: string) => string;
}
type Need = {
  readonly kind: 'laboratory' | 'imaging' | 'surgery' | 'diet' | 'nursing';
  readonly what: Json;
  readonly at: Instant;
  readonly done: boolean;
  readonly occursAt?: Instant;
  readonly urgent?: boolean;
  readonly why?: string;
  readonly where?: Json;
};
const KINDS = {
  laboratory: ['108252007', 'Laboratory procedure'],
  imaging: ['363679005', 'Imaging'],
  surgery: ['387713003', 'Surgical procedure'],
} as const;

export function requestService(stay: Stay, need: Need): Resource {
  const { chart } = stay;
  const kind =
    need.kind === 'diet' || need.kind === 'nursing'
      ? local(`service-${need.kind}`, need.kind === 'diet' ? 'Diet' : 'Nursing care')
      : snomed(KINDS[need.kind][0], KINDS[need.kind][1]);
  return resource('ServiceRequest', chart.id('request'), {
    status: need.done ? 'completed' : 'active',
    intent: 'order',
    category: [kind],
    priority: need.urgent ? 'urgent' : 'routine',
    code: need.what,
    subject: chart.subject,
    encounter: stay.encounter,
    ...(need.occursAt === undefined ? {} : { occurrenceDateTime: chart.calendar.at(need.occursAt) }),
    authoredOn: chart.calendar.at(need.at),
    requester: ref('Practitioner', stay.doctor.id, stay.doctor.display),
    ...(need.where === undefined ? {} : { locationReference: [need.where] }),
    ...(need.why === undefined ? {} : { reasonCode: [words(need.why)] }),
  });
}

const MODALITIES: Readonly<Record<Scan['modality'], string>> = {
  DX: 'Digital Radiography',
  CT: 'Computed Tomography',
  MR: 'Magnetic Resonance',
  US: 'Ultrasound',
  XA: 'X-Ray Angiography',
  ECG: 'Electrocardiography',
};
export function imaging(stay: Stay, scan: Scan, serial: string): void {
  const { chart, fill } = stay;
  const { calendar, hospital } = chart;
  const orderedAt = Math.min(stay.admittedAt + scan.afterHours * HOUR - 20 * MINUTE, calendar.now - 10 * MINUTE);
  const at = stay.admittedAt + scan.afterHours * HOUR;
  const reportedAt = at + 70 * MINUTE;
  const done = reportedAt <= calendar.now;
  const what = scan.code === undefined ? words(fill(scan.title)) : loinc(scan.code[0], scan.code[1], fill(scan.title));
  const request = requestService(stay, {
    kind: 'imaging',
    what,
    at: Math.max(stay.admittedAt, orderedAt),
    done,
    urgent: scan.afterHours < 4,
    why: scan.question,
    ...(done ? {} : { occursAt: Math.max(at, calendar.now + 40 * MINUTE) }),
  });
  chart.add(request);
  if (!done) return;
  const radiologist = scan.modality === 'ECG' ? stay.doctor : hospital.person('radiologist');
  const studies: Json[] = [];
  if (scan.modality !== 'ECG') {
    const uid = `2.25.${hash(`${chart.person.key}/${serial}`)}`;
    const study = resource('ImagingStudy', chart.id('imaging'), {
      identifier: [
        { system: 'urn:dicom:uid', value: `urn:oid:${uid}` },
        { system: STUDY_NUMBER, value: `${chart.person.key}-${serial}`.toUpperCase() },
      ],
      status: 'available',
      modality: [coding('http://dicom.nema.org/resources/ontology/DCM', scan.modality, MODALITIES[scan.modality])],
      subject: chart.subject,
      encounter: stay.encounter,
      started: calendar.at(at),
      basedOn: [refTo(request)],
      numberOfSeries: 1,
      numberOfInstances: scan.modality === 'DX' ? 2 : 120,
      description: fill(scan.title),
      series: [
        {
          uid: `${uid}.1`,
          number: 1,
          modality: coding('http://dicom.nema.org/resources/ontology/DCM', scan.modality, MODALITIES[scan.modality]),
          numberOfInstances: scan.modality === 'DX' ? 2 : 120,
          started: calendar.at(at),
        },
      ],
    });
    chart.add(study);
    studies.push(refTo(study));
  }
  chart.add(
    resource('DiagnosticReport', chart.id('report'), {
      basedOn: [refTo(request)],
      status: 'final',
      category: [
        scan.modality === 'ECG'
          ? hl7('v2-0074', 'EC', 'Electrocardiac (e.g., EKG, EEC, Holter)')
          : hl7('v2-0074', 'RAD', 'Radiology'),
      ],
      code: what,
      subject: chart.subject,
      encounter: stay.encounter,
      effectiveDateTime: calendar.at(at),
      issued: calendar.at(reportedAt),
      performer: [ref('Practitioner', radiologist.id, radiologist.display)],
      ...(studies.length === 0 ? {} : { imagingStudy: studies }),
      conclusion: fill(scan.finding),
    }),
  );
}
/** Nineteen digits that a text always gives: for DICOM UIDs under 2.25. */
function hash(text: string): string {
  let a = 2166136261;
  let b = 40389;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 16777619) >>> 0;
    b = Math.imul(b ^ (text.charCodeAt(i) + i), 2654435761) >>> 0;
  }
  return `${1 + (a % 9)}${String(a).padStart(10, '0')}${String(b).padStart(10, '0')}`;
}

const ORGANISMS: Readonly<Record<string, string>> = {
  'Escherichia coli': '112283007',
  'Streptococcus pneumoniae': '9861002',
};
export function cultures(stay: Stay, specimen: 'blood' | 'urine', organism: string | undefined): void {
  const { chart } = stay;
  const { calendar } = chart;
  const takenAt = stay.admittedAt + 35 * MINUTE;
  const hours = (calendar.now - takenAt) / HOUR;
  const code =
    specimen === 'blood'
      ? loinc('600-7', 'Bacteria identified in Blood by Culture', 'Blood culture')
      : loinc('630-4', 'Bacteria identified in Urine by Culture', 'Urine culture');
  const request = requestService(stay, {
    kind: 'laboratory',
    what: code,
    at: stay.admittedAt + 10 * MINUTE,
    done: hours > 50,
    urgent: true,
    why: 'Fever, source of infection',
  });
  chart.add(request);
  if (hours < 20) return;
  const grows = organism !== undefined;
  const final = hours > 50;
  const said = final
    ? grows
      ? organism
      : 'No growth'
    : grows
      ? organism.startsWith('E')
        ? 'Gram-negative rods seen'
        : 'Gram-positive cocci in chains seen'
      : 'No growth so far';
  const coded = final && grows ? snomed(ORGANISMS[organism] ?? '', organism) : words(said);
  const reportedAt = takenAt + (final ? 49 : 19) * HOUR;
  const lab = orgRef(chart.hospital);
  const observation = resource('Observation', chart.id('obs'), {
    basedOn: [refTo(request)],
    status: final ? 'final' : 'preliminary',
    category: [hl7('observation-category', 'laboratory', 'Laboratory')],
    code,
    subject: chart.subject,
    encounter: stay.encounter,
    effectiveDateTime: calendar.at(takenAt),
    issued: calendar.at(reportedAt),
    performer: [lab],
    valueCodeableConcept: coded,
  });
  chart.add(
    observation,
    resource('DiagnosticReport', chart.id('report'), {
      identifier: [{ system: LABORATORY_NUMBER, value: `${chart.person.key}-MICRO-${specimen}`.toUpperCase() }],
      basedOn: [refTo(request)],
      status: final ? 'final' : 'preliminary',
      category: [hl7('v2-0074', 'MB', 'Microbiology')],
      code,
      subject: chart.subject,
      encounter: stay.encounter,
      effectiveDateTime: calendar.at(takenAt),
      issued: calendar.at(reportedAt),
      performer: [lab],
      result: [refTo(observation)],
      conclusion: final && grows ? `${organism} grown. Sensitive to the treatment given.` : `${said}.`,
    }),
  );
}

/** SNOMED CT's own names; the words of the list stand in `text`. */
const OPERATION_NAMES: Readonly<Record<string, string>> = {
  '80146002': 'Appendectomy',
  '45595009': 'Laparoscopic cholecystectomy',
  '609588000': 'Total knee replacement',
  '415070008': 'Percutaneous coronary intervention',
  '11466000': 'Cesarean section',
};
export function operationCode(operation: Operation, fill: (text: string) => string): Json {
  const name = operation.code === undefined ? undefined : OPERATION_NAMES[operation.code];
  if (operation.code === undefined || name === undefined) return words(fill(operation.display));
  return snomed(operation.code, name, fill(operation.display));
}

/** When an operation really happens: at once when it cannot wait, else in the hours of the lists. */
export function operationTime(stay: Pick<Stay, 'chart' | 'admittedAt'>, operation: Operation): Instant {
  const { calendar } = stay.chart;
  const wished = stay.admittedAt + operation.afterHours * HOUR;
  const hour = calendar.hour(wished);
  if (operation.afterHours < 2 || (hour >= 8.5 && hour < 17)) return wished;
  const day = hour < 8.5 ? calendar.dayStart(wished) : calendar.dayStart(wished) + DAY + 2 * HOUR;
  return calendar.atClock(day, '09:00') + (stay.chart.person.serial % 5) * 75 * MINUTE;
}
export function surgery(stay: Stay, operation: Operation, at: Instant): 'done' | 'planned' {
  const { chart, fill } = stay;
  const { calendar, hospital } = chart;
  const end = at + operation.minutes * MINUTE;
  const done = end <= calendar.now;
  const what = operationCode(operation, fill);
  const theatre = ref('Location', `${hospital.prefix}theatre-${(chart.person.serial % 3) + 1}`);
  const request = requestService(stay, {
    kind: 'surgery',
    what,
    at: Math.min(stay.admittedAt + 30 * MINUTE, calendar.now),
    done,
    occursAt: at,
    urgent: operation.afterHours < 24,
    where: theatre,
  });
  chart.add(request);
  const surgeon = stay.ward.staff.find((s) => s.role === 'surgeon') ?? stay.ward.staff[0] ?? hospital.person('surgeon');
  const anaesthetist = hospital.person('anaesthetist');
  const running = !done && at <= calendar.now;
  chart.add(
    resource('Procedure', chart.id('procedure'), {
      basedOn: [refTo(request)],
      status: done ? 'completed' : running ? 'in-progress' : 'preparation',
      category: snomed('387713003', 'Surgical procedure'),
      code: what,
      subject: chart.subject,
      encounter: stay.encounter,
      ...(done
        ? { performedPeriod: period(calendar.at(at), calendar.at(end)) }
        : running
          ? { performedPeriod: period(calendar.at(at)) }
          : {}),
      performer: [
        { actor: ref('Practitioner', surgeon.id, surgeon.display) },
        ...(operation.minutes > 45 ? [{ actor: ref('Practitioner', anaesthetist.id, anaesthetist.display) }] : []),
      ],
      location: theatre,
      ...(done
        ? { note: [{ text: fill(operation.note) }] }
        : { note: [{ text: `Listed for ${calendar.spoken(at)} ${calendar.clock(at)}` }] }),
    }),
  );
  return done ? 'done' : 'planned';
}

export function alert(
  stay: Pick<Stay, 'chart' | 'encounter'>,
  category: 'safety' | 'clinical' | 'advance-directive' | 'admin',
  code: Json,
  since: Instant,
  author: Staff,
): Resource {
  const { chart } = stay;
  const flag = resource('Flag', chart.id('flag'), {
    status: 'active',
    category: [
      category === 'advance-directive'
        ? local('flag-resuscitation', 'Resuscitation')
        : hl7(
            'flag-category',
            category,
            category === 'admin' ? 'Administrative' : category === 'safety' ? 'Safety' : 'Clinical',
          ),
    ],
    code,
    subject: chart.subject,
    period: period(chart.calendar.at(since)),
    encounter: stay.encounter,
    author: ref('Practitioner', author.id, author.display),
  });
  chart.add(flag);
  return flag;
}
/** "Do not attempt resuscitation": the flag that the ward sees, and the signed decision behind it. */
export function resuscitationDecision(stay: Stay, at: Instant, author: Staff): void {
  const { chart } = stay;
  alert(
    stay,
    'advance-directive',
    snomed('304253006', 'Not for resuscitation', 'DNACPR: do not attempt cardiopulmonary resuscitation'),
    at,
    author,
  );
  chart.add(
    resource('Consent', chart.id('consent'), {
      status: 'active',
      scope: hl7('consentscope', 'adr', 'Advanced Care Directive'),
      category: [hl7('consentcategorycodes', 'dnr', 'Do Not Resuscitate')],
      patient: chart.subject,
      dateTime: chart.calendar.at(at),
      performer: [ref('Practitioner', author.id, author.display)],
      organization: [orgRef(chart.hospital)],
      policyRule: words('Harrowmere policy on cardiopulmonary resuscitation'),
      provision: { type: 'deny', code: [words('Cardiopulmonary resuscitation')] },
    }),
  );
}

export function careOf(
  stay: Stay,
  team: readonly Staff[],
  goalWords: string,
  activities: readonly string[],
  condition: Json,
): void {
  const { chart, admittedAt } = stay;
  const start = chart.calendar.at(admittedAt);
  const careTeam = resource('CareTeam', chart.id('team'), {
    status: 'active',
    name: `${stay.ward.name} team`,
    subject: chart.subject,
    encounter: stay.encounter,
    period: period(start),
    participant: team.map((s) => ({
      role: [local(`role-${s.role}`, s.role.replaceAll('-', ' '))],
      member: ref('Practitioner', s.id, s.display),
    })),
    managingOrganization: [orgRef(chart.hospital)],
  });
  const goal = resource('Goal', chart.id('goal'), {
    lifecycleStatus: 'active',
    description: words(stay.fill(goalWords)),
    subject: chart.subject,
    startDate: chart.calendar.on(admittedAt),
    addresses: [condition],
  });
  chart.add(
    careTeam,
    goal,
    resource('CarePlan', chart.id('plan'), {
      status: 'active',
      intent: 'plan',
      title: 'Plan for this stay',
      subject: chart.subject,
      encounter: stay.encounter,
      period: period(start),
      created: start,
      author: ref('Practitioner', stay.doctor.id, stay.doctor.display),
      careTeam: [refTo(careTeam)],
      addresses: [condition],
      goal: [refTo(goal)],
      activity: activities.map((a) => ({ detail: { status: 'in-progress', description: stay.fill(a) } })),
    }),
  );
}

export function task(
  stay: Stay,
  text: string,
  at: Instant,
  owner: Staff,
  done: boolean,
  urgent = false,
  focus?: Json,
): void {
  const { chart } = stay;
  const last = done ? Math.min(at + 70 * MINUTE, chart.calendar.now) : at;
  chart.add(
    resource('Task', chart.id('task'), {
      status: done ? 'completed' : 'requested',
      intent: 'order',
      priority: urgent ? 'urgent' : 'routine',
      description: text,
      ...(focus === undefined ? {} : { focus }),
      for: chart.subject,
      encounter: stay.encounter,
      authoredOn: chart.calendar.at(at),
      lastModified: chart.calendar.at(last),
      requester: ref('Practitioner', stay.doctor.id, stay.doctor.display),
      owner: ref('Practitioner', owner.id, owner.display),
      ...(done ? {} : { restriction: { period: { end: chart.calendar.at(at + 6 * HOUR) } } }),
    }),
  );
}
