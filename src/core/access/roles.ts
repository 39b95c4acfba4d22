// What each role may do with each class of data, and how far it reaches. The whole policy of the house on one screen.
//
//   AC2   What the table does not say is refused.
//   AC3   No clinical role deletes.
//
// The labels and consents that hide what is in reach, and who is exempt, are in `access-of.ts`.
import { classOf, type DataClass } from './data-classes.ts';
import type { Role } from './principal.ts';

export const ACTIONS = ['read', 'create', 'update', 'delete'] as const;
export type Action = (typeof ACTIONS)[number];
/** From near to far; `self` is a patient's own record. */
export type Reach = 'self' | 'team' | 'ward' | 'site' | 'everyone';
/** Whose orders, observations and reports alone: those of these categories. */
export type Department = 'laboratory' | 'imaging';

export interface Right {
  readonly reach: Reach;
  readonly of?: readonly Department[];
}
export type Rights = Readonly<Partial<Record<Action, Right>>>;
export type RoleRights = Readonly<Partial<Record<DataClass, Rights>>>;

/** Who cares for patients: CR4, and may break the glass. */
export const CLINICIANS: ReadonlySet<Role> = new Set(['nurse', 'doctor', 'pharmacist', 'laboratory', 'imaging']);
/** Who may admit anybody to their own place. Clerks may admit to any. */
export const ADMITTING: ReadonlySet<Role> = new Set(['nurse', 'doctor']);
/** Who prescribes, dispenses or administers: CR2. */
export const MEDICINE_ROLES: ReadonlySet<Role> = new Set(['nurse', 'doctor', 'pharmacist']);
/** Who joins two records of one person, and takes that back; supervisors of whoever may change identities, too. */
export const MERGING: ReadonlySet<Role> = new Set(['ward-clerk', 'service']);
/** Who sees who is where, and no clinical content. */
export const CLERKS: ReadonlySet<Role> = new Set(['ward-clerk', 'receptionist', 'billing', 'incident-lead']);

export const MEDICINE_CLASSES: ReadonlySet<DataClass> = new Set([
  'prescription',
  'administration',
  'dispense',
  'medication',
]);
/** What CR4 shows to every clinician. */
export const ALWAYS_CLASSES: ReadonlySet<DataClass> = new Set(['identity', 'alert', 'allergy']);
/** What a department is asked to do, and what it answers: where its rights reach them, nothing hides them. */
export const DEPARTMENT_CLASSES: ReadonlySet<DataClass> = new Set([
  'order',
  'specimen',
  'observation',
  'report',
  'imaging',
]);

const LETTERS: Readonly<Record<string, Action>> = { r: 'read', c: 'create', u: 'update', d: 'delete' };

/** `may('site', 'rc')` reads and creates in the site. Later ones win: `may('everyone', 'r', may('ward', 'cu'))`. */
function may(reach: Reach, letters: string, others: Rights = {}, of?: readonly Department[]): Rights {
  const rights: Partial<Record<Action, Right>> = { ...others };
  for (const letter of letters) {
    const action = LETTERS[letter];
    if (action !== undefined) rights[action] = of === undefined ? { reach } : { reach, of };
  }
  return rights;
}
const part = (reach: Reach, letters: string, of: readonly Department[], others: Rights = {}): Rights =>
  may(reach, letters, others, of);

const LAB = ['laboratory'] as const;
const IMAGING = ['imaging'] as const;
const BOTH = ['laboratory', 'imaging'] as const;
const READ = may('everyone', 'r');
/** What everyone at work may look up. */
const COMMON = { staff: READ, place: READ, device: READ, knowledge: READ } as const;
const ALL = may('everyone', 'rcud');

// prettier-ignore
// oxfmt-ignore
export const ROLE_TABLE: Readonly<Record<Role, RoleRights>> = {
  nurse: {
    ...COMMON,
    identity: may('everyone', 'rc', may('ward', 'u')),
    alert: may('everyone', 'r', may('ward', 'cu')),
    allergy: may('everyone', 'r', may('ward', 'cu')),
    prescription: may('ward', 'r'),
    administration: may('ward', 'rcu'),
    dispense: may('ward', 'r'),
    medication: may('ward', 'rcu'),
    order: may('ward', 'rcu'),
    observation: may('ward', 'rcu'),
    specimen: may('ward', 'rcu'),
    report: may('ward', 'r'),
    imaging: may('ward', 'rc'),
    note: may('ward', 'rcu'),
    binary: may('ward', 'rc'),
    form: may('ward', 'rcu'),
    problem: may('ward', 'rcu'),
    encounter: may('ward', 'rcu'),
    appointment: may('ward', 'rcu'),
    calendar: READ,
    task: may('ward', 'rcu'),
    consent: may('ward', 'rcu'),
    coverage: may('ward', 'r'),
    provenance: may('ward', 'rc'),
  },
  doctor: {
    ...COMMON,
    identity: may('everyone', 'rc', may('site', 'u')),
    alert: may('everyone', 'r', may('site', 'cu')),
    allergy: may('everyone', 'r', may('site', 'cu')),
    prescription: may('site', 'rcu'),
    administration: may('site', 'rcu'),
    dispense: may('site', 'r'),
    medication: may('site', 'rcu'),
    order: may('site', 'rcu'),
    observation: may('site', 'rcu'),
    specimen: may('site', 'rcu'),
    report: may('site', 'rcu'),
    imaging: may('site', 'rcu'),
    note: may('site', 'rcu'),
    binary: may('site', 'rc'),
    form: may('site', 'rcu'),
    problem: may('site', 'rcu'),
    encounter: may('site', 'rcu'),
    appointment: may('site', 'rcu'),
    calendar: READ,
    task: may('site', 'rcu'),
    consent: may('site', 'rcu'),
    coverage: may('site', 'r'),
    provenance: may('site', 'rc'),
  },
  'ward-clerk': {
    ...COMMON,
    place: may('everyone', 'ru'),
    identity: may('everyone', 'rcu'),
    alert: may('ward', 'r'),
    encounter: may('site', 'ru', may('everyone', 'c')),
    appointment: may('site', 'rcu'),
    calendar: may('everyone', 'rcud'),
    task: may('ward', 'rcu'),
    coverage: may('site', 'rcu'),
    consent: may('ward', 'r'),
  },
  receptionist: {
    ...COMMON,
    identity: may('everyone', 'rcu'),
    encounter: may('site', 'ru', may('everyone', 'c')),
    appointment: may('everyone', 'rcu'),
    calendar: may('everyone', 'rcud'),
    coverage: may('everyone', 'rcu'),
  },
  pharmacist: {
    ...COMMON,
    identity: READ,
    alert: may('everyone', 'r', may('site', 'cu')),
    allergy: may('everyone', 'r', may('site', 'cu')),
    prescription: may('site', 'ru'),
    administration: may('site', 'r'),
    dispense: may('site', 'rcu'),
    medication: may('site', 'rcu'),
    order: may('site', 'r'),
    observation: may('site', 'r'),
    report: may('site', 'r'),
    note: may('site', 'rcu'),
    binary: may('site', 'rc'),
    problem: may('site', 'r'),
    encounter: may('site', 'r'),
    appointment: may('site', 'r'),
    task: may('site', 'rcu'),
    coverage: may('site', 'r'),
    provenance: may('site', 'rc'),
  },
  laboratory: {
    ...COMMON,
    identity: READ,
    alert: READ,
    allergy: READ,
    order: part('site', 'ru', LAB),
    observation: part('site', 'rcu', LAB),
    specimen: may('site', 'rcu'),
    report: part('site', 'rcu', LAB),
    binary: may('site', 'rc'),
    encounter: may('site', 'r'),
    task: may('site', 'rcu'),
    provenance: may('site', 'rc'),
  },
  imaging: {
    ...COMMON,
    identity: READ,
    alert: READ,
    allergy: READ,
    order: part('site', 'ru', IMAGING),
    observation: part('site', 'cu', IMAGING, part('site', 'r', BOTH)),
    report: part('site', 'rcu', IMAGING),
    imaging: may('site', 'rcu'),
    binary: may('site', 'rc'),
    encounter: may('site', 'r'),
    appointment: may('site', 'rcu'),
    calendar: READ,
    task: may('site', 'rcu'),
    provenance: may('site', 'rc'),
  },
  billing: {
    ...COMMON,
    identity: READ,
    encounter: may('site', 'r'),
    appointment: may('site', 'r'),
    coverage: may('site', 'rcu'),
    billing: may('site', 'rcu'),
  },
  'incident-lead': {
    ...COMMON,
    place: may('everyone', 'ru'),
    identity: READ,
    encounter: may('site', 'r'),
    appointment: may('site', 'ru'),
    calendar: may('everyone', 'ru'),
    task: may('site', 'rcu'),
  },
  it: {
    staff: may('everyone', 'rcu'),
    place: may('everyone', 'rcu'),
    device: may('everyone', 'rcu'),
    knowledge: READ,
    audit: READ,
  },
  patient: {
    identity: may('self', 'r'),
    alert: may('self', 'r'),
    allergy: may('self', 'r'),
    prescription: may('self', 'r'),
    administration: may('self', 'r'),
    dispense: may('self', 'r'),
    medication: may('self', 'r'),
    order: may('self', 'r'),
    observation: may('self', 'r'),
    specimen: may('self', 'r'),
    report: may('self', 'r'),
    imaging: may('self', 'r'),
    note: may('self', 'r'),
    binary: may('self', 'r'),
    form: may('self', 'rc'),
    problem: may('self', 'r'),
    encounter: may('self', 'r'),
    appointment: may('self', 'rcu'),
    calendar: READ,
    task: may('self', 'rc'),
    consent: may('self', 'rcu'),
    coverage: may('self', 'r'),
    billing: may('self', 'r'),
    staff: READ,
    place: READ,
    device: may('self', 'r'),
    knowledge: READ,
    provenance: may('self', 'r'),
    audit: may('self', 'r'),
  },
  service: {
    identity: ALL, alert: ALL, allergy: ALL, prescription: ALL, administration: ALL, dispense: ALL, medication: ALL, order: ALL, observation: ALL,
    specimen: ALL, report: ALL, imaging: ALL, note: ALL, binary: ALL, form: ALL, problem: ALL, encounter: ALL, appointment: ALL, calendar: ALL,
    task: ALL, consent: ALL, coverage: ALL, billing: ALL, staff: ALL, place: ALL, device: ALL, knowledge: ALL, research: ALL, system: ALL,
    // An update makes one under the client's own id; what is there is never changed (AC34).
    provenance: may('everyone', 'rcu'),
    audit: may('everyone', 'rcu'),
  },
};

/** The right of `role` to do `action` with `type`; undefined: never. */
export function rightOf(role: Role, type: string, action: Action): Right | undefined {
  const name = classOf(type);
  return name === undefined ? undefined : ROLE_TABLE[role][name]?.[action];
}

/** What each interaction does with resources of its type. Those that are judged by their parts are not named. */
export const INTERACTION_ACTIONS: Readonly<Record<string, Action>> = {
  read: 'read',
  vread: 'read',
  'search-type': 'read',
  'history-instance': 'read',
  'history-type': 'read',
  $everything: 'read',
  $meta: 'read',
  $conflict: 'read',
  $conflicts: 'read',
  '$mar-custody': 'read',
  create: 'create',
  update: 'update',
  patch: 'update',
  '$meta-add': 'update',
  $resolve: 'update',
  '$meta-delete': 'update',
  '$temporary-identity': 'create',
  $book: 'create',
  $confirm: 'update',
  $share: 'update',
  $match: 'read',
  delete: 'delete',
};

/** How far `role` may go with `interaction` on `type`: for tests and for people to read. */
export function mayByRole(role: Role, type: string, interaction: string): 'never' | Reach {
  const action = Object.hasOwn(INTERACTION_ACTIONS, interaction) ? INTERACTION_ACTIONS[interaction] : undefined;
  return action === undefined ? 'never' : (rightOf(role, type, action)?.reach ?? 'never');
}
