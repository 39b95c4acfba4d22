// Two patients in two hospitals, one resource of each kind about each of them, and one person of each role at the first.
import type { Principal, Role } from '../../src/core/access/principal.ts';
import { ROLES } from '../../src/core/access/principal.ts';
import type { Department } from '../../src/core/access/roles.ts';
import { patchers } from '../../src/core/fhir/patch/patchers.ts';
import { createEngine } from '../../src/core/engine/create-engine.ts';
import { EVERYTHING, type RecordStore } from '../../src/core/record/store.ts';
import { nodePorts } from '../../src/server/ports/node-ports.ts';

export interface Resource {
  readonly resourceType: string;
  readonly id: string;
  readonly [name: string]: unknown;
}
export type Side = 'inside' | 'outside';

/** Where people of `principalOf` work, and where patients lie: the first is the people's own. */
const SITES = { inside: 'site-1', outside: 'site-2' } as const;
const WARDS = { inside: 'ward-1', outside: 'ward-2' } as const;
export const PATIENTS = { inside: 'anna', outside: 'bela' } as const;

const to = (type: string, id: string): object => ({ reference: `${type}/${id}` });
const text = (said: string): object => ({ text: said });
const coding = (system: string, code: string): object => ({ coding: [{ system, code }] });

const CATEGORY: Readonly<Record<Department, object>> = {
  laboratory: coding('http://terminology.hl7.org/CodeSystem/observation-category', 'laboratory'),
  imaging: coding('http://terminology.hl7.org/CodeSystem/observation-category', 'imaging'),
};
const SECTION: Readonly<Record<Department, object>> = {
  laboratory: coding('http://terminology.hl7.org/CodeSystem/v2-0074', 'LAB'),
  imaging: coding('http://terminology.hl7.org/CodeSystem/v2-0074', 'RAD'),
};

/** What a resource of one kind says, but for type, id and identifier. */
export interface Kind {
  readonly type: string;
  /** Whose it is, where rights go by department. */
  readonly department?: Department;
  /** Of no patient: the same on both sides. */
  readonly common?: true;
  readonly made: (side: Side) => object;
}
const kind = (type: string, made: (patient: object, side: Side) => object, more: Partial<Kind> = {}): Kind => ({
  type,
  ...more,
  made: (side) => made(to('Patient', PATIENTS[side]), side),
});

const medicine = { medicationCodeableConcept: text('paracetamol') };
const hour = 3_600_000;
const at = (hours: number): string => new Date(Date.now() + hours * hour).toISOString();

export const encounterAt = (side: Side, patient: string): object => ({
  status: 'in-progress',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
  subject: to('Patient', patient),
  period: { start: at(-24) },
  serviceProvider: to('Organization', SITES[side]),
  location: [{ location: to('Location', WARDS[side]) }],
});

/** One kind for each class of data, and one for each department where rights go by it. */
export const KINDS: readonly Kind[] = [
  kind('Patient', (_patient, side) => ({ name: [{ family: side === 'inside' ? 'Inner' : 'Outer' }], active: true })),
  kind('Flag', (subject) => ({ status: 'active', code: text('MRSA'), subject })),
  kind('AllergyIntolerance', (patient) => ({
    patient,
    code: text('nuts'),
    clinicalStatus: coding('http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', 'active'),
  })),
  kind('MedicationRequest', (subject) => ({ status: 'active', intent: 'order', ...medicine, subject })),
  kind('MedicationAdministration', (subject) => ({
    status: 'completed',
    ...medicine,
    subject,
    effectiveDateTime: at(-1),
  })),
  kind('MedicationDispense', (subject) => ({ status: 'completed', ...medicine, subject })),
  kind('MedicationStatement', (subject) => ({ status: 'active', ...medicine, subject })),
  kind('Specimen', (subject) => ({ subject })),
  kind('ImagingStudy', (subject) => ({ status: 'available', subject })),
  kind('DocumentReference', (subject) => ({
    status: 'current',
    subject,
    content: [{ attachment: { title: 'letter' } }],
  })),
  kind('Binary', (securityContext) => ({ contentType: 'text/plain', data: 'aGVsbG8=', securityContext })),
  kind('QuestionnaireResponse', (subject) => ({ status: 'completed', subject })),
  kind('Condition', (subject) => ({ subject, code: text('cough') })),
  kind('Encounter', (_patient, side) => encounterAt(side, PATIENTS[side])),
  kind('Appointment', (actor, side) => ({
    status: 'booked',
    start: at(24),
    end: at(25),
    participant: [
      { actor, status: 'accepted' },
      { actor: to('Location', WARDS[side]), status: 'accepted' },
    ],
  })),
  kind('Task', (patient) => ({ status: 'requested', intent: 'order', for: patient })),
  kind('Consent', (patient) => ({
    status: 'active',
    scope: coding('http://terminology.hl7.org/CodeSystem/consentscope', 'treatment'),
    category: [text('treatment')],
    patient,
    policyRule: text('by mouth'),
  })),
  kind('Coverage', (beneficiary) => ({ status: 'active', beneficiary, payor: [to('Organization', 'site-1')] })),
  kind('Account', (subject) => ({ status: 'active', subject: [subject] })),
  kind('Provenance', (target) => ({ target: [target], recorded: at(-1), agent: [{ who: to('Device', 'd') }] })),
  kind('AuditEvent', (what) => ({
    type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' },
    recorded: at(-1),
    agent: [{ requestor: true, who: to('Device', 'd') }],
    source: { observer: { display: 'elsewhere' } },
    entity: [{ what }],
  })),
  kind('Basic', (subject) => ({ code: text('anything'), subject })),
  kind('Device', (patient) => ({ deviceName: [{ name: 'pacemaker', type: 'user-friendly-name' }], patient })),
  kind('Schedule', () => ({ actor: [to('Location', 'ward-2')] }), { common: true }),
  kind('Practitioner', () => ({ name: [{ family: 'Else' }] }), { common: true }),
  kind('Location', () => ({ name: 'Cellar' }), { common: true }),
  kind('Questionnaire', () => ({ status: 'active', title: 'Falls' }), { common: true }),
  kind('Group', () => ({ type: 'person', actual: true }), { common: true }),
  ...(['laboratory', 'imaging'] as const).flatMap((department) => [
    kind(
      'Observation',
      (subject) => ({ status: 'final', code: text('x'), subject, category: [CATEGORY[department]] }),
      { department },
    ),
    kind(
      'DiagnosticReport',
      (subject) => ({ status: 'final', code: text('x'), subject, category: [SECTION[department]] }),
      { department },
    ),
    kind(
      'ServiceRequest',
      (subject) => ({ status: 'active', intent: 'order', subject, category: [SECTION[department]] }),
      { department },
    ),
  ]),
];

/** `Observation/inside-laboratory`; of Patient the patient itself. */
export const idOf = ({ type, department }: Kind, side: Side): string =>
  type === 'Patient' ? PATIENTS[side] : department === undefined ? side : `${side}-${department}`;

export const resourceOf = (of: Kind, side: Side, id = idOf(of, side)): Resource => ({
  resourceType: of.type,
  id,
  ...of.made(side),
});

export const PLACES: readonly Resource[] = (['inside', 'outside'] as const).flatMap((side) => [
  { resourceType: 'Organization', id: SITES[side], name: SITES[side] },
  {
    resourceType: 'Location',
    id: WARDS[side],
    name: WARDS[side],
    managingOrganization: to('Organization', SITES[side]),
  },
  // What relates a patient to a ward: not one of the kinds, since those are changed and deleted.
  { resourceType: 'Encounter', id: `stay-${side}`, ...encounterAt(side, PATIENTS[side]) },
]);

/** Everyone works at the first site and its ward; the patient is the first one; the service is a program. */
export function principalOf(role: Role, more: Partial<Principal> = {}): Principal {
  const who =
    role === 'patient' ? `Patient/${PATIENTS.inside}` : role === 'service' ? 'Device/program' : `Practitioner/${role}`;
  const placed = role !== 'patient' && role !== 'service';
  return {
    who,
    name: `A ${role}`,
    duties: [
      {
        role,
        ...(placed ? { site: `Organization/${SITES.inside}` } : {}),
        places: placed ? [`Location/${WARDS.inside}`] : [],
        supervisor: false,
      },
    ],
    client: 'test',
    session: `session-${role}`,
    asOf: 0,
    ...more,
  };
}
/** By token: the name of the role. */
export const PEOPLE: ReadonlyMap<string, Principal> = new Map(ROLES.map((role) => [role, principalOf(role)]));

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

const SEEDED_AT = Date.now() - 2 * hour;

/**
 * Puts each under its own id, as the node itself, whatever its rights. Twice the same id: the second version. A second lies
 * between two; `places` says which second each is at, where it is not its place in the list.
 */
export async function seed(
  store: RecordStore,
  steps: readonly (Resource | { readonly delete: string })[],
  places: readonly number[] = [],
): Promise<void> {
  const { chance } = nodePorts();
  let now = SEEDED_AT;
  const clock = { now: () => now };
  const engine = createEngine({ store, clock, chance, patch: patchers });
  for (const [index, step] of steps.entries()) {
    now = SEEDED_AT + (places[index] ?? index) * 1_000;
    const [type = '', id = ''] = ('resourceType' in step ? `${step.resourceType}/${step.id}` : step.delete).split('/');
    const done = await engine.change(
      [
        'resourceType' in step
          ? { kind: 'update', type, id, text: JSON.stringify(step) }
          : { kind: 'delete', type, id },
      ],
      { visible: EVERYTHING },
    );
    if (!done.ok) throw new Error(`seeding ${type}/${id}: ${JSON.stringify(done.error)}`);
  }
}
