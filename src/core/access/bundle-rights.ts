// A role's row of the table as few bundles of types that are open under the same conditions: worked out once, for every principal in the role.
//
//   AC9   What may be of no patient.
//   AC11, AC12, AC17   What nothing hides, what labels hide, what labels and the patient's own wishes hide.
import type { ResourceFilter } from '../record/store.ts';
import { CLASS_NAMES, DATA_CLASSES, OF_NO_PATIENT, type DataClass } from './data-classes.ts';
import { CATEGORISED, departmentFilter } from './departments.ts';
import type { Role } from './principal.ts';
import {
  ALWAYS_CLASSES,
  CLERKS,
  CLINICIANS,
  DEPARTMENT_CLASSES,
  MEDICINE_CLASSES,
  MEDICINE_ROLES,
  ROLE_TABLE,
  type Action,
  type Reach,
  type Right,
} from './roles.ts';

/** `open`: nothing hides it. `labels`: labels on the resource do. `full`: labels, the patient's, and consents. */
export type Guard = 'open' | 'labels' | 'full';

export interface Bundle {
  readonly types: readonly string[];
  readonly reach: Reach;
  readonly guard: Guard;
  /** What the resource itself must satisfy. */
  readonly matching: readonly ResourceFilter[];
  /** Devices that name the patient who asks, wherever they are. */
  readonly ownDevices: boolean;
  /** Open as well where it is of no patient. */
  readonly ofNobody: boolean;
}

const known = new Map<string, readonly Bundle[]>();

/** The same object for the same role and action. */
export function bundlesOf(role: Role, action: Action): readonly Bundle[] {
  const key = `${role} ${action}`;
  let bundles = known.get(key);
  if (bundles === undefined) {
    bundles = bundled(CLASS_NAMES.flatMap((name) => ofClass(role, name, action)));
    known.set(key, bundles);
  }
  return bundles;
}

function bundled(all: readonly Bundle[]): readonly Bundle[] {
  const bundles: Bundle[] = [];
  for (const each of all.filter(({ types }) => types.length > 0)) {
    const at = bundles.findIndex((other) => isAlike(each, other));
    const other = bundles[at];
    if (other === undefined) bundles.push(each);
    else bundles[at] = { ...other, types: [...other.types, ...each.types].toSorted() };
  }
  return bundles;
}
const isAlike = (a: Bundle, b: Bundle): boolean =>
  a.reach === b.reach &&
  a.guard === b.guard &&
  a.ownDevices === b.ownDevices &&
  a.ofNobody === b.ofNobody &&
  a.matching.length === b.matching.length &&
  a.matching.every((filter, at) => filter === b.matching[at]);

function ofClass(role: Role, name: DataClass, action: Action): readonly Bundle[] {
  const right = ROLE_TABLE[role][name]?.[action];
  if (right === undefined) return [];
  const types: readonly string[] = DATA_CLASSES[name];
  const bundle: Bundle = {
    types,
    reach: right.reach,
    guard: guardOf(role, name, right),
    matching: [],
    ownDevices: false,
    ofNobody: right.reach !== 'self' && right.reach !== 'everyone' && mayBeOfNobody(role, name, action),
  };
  if (right.of !== undefined) {
    const categorised = types.filter((type) => CATEGORISED.includes(type));
    return [{ ...bundle, types: categorised, matching: [departmentFilter(right.of)] }];
  }
  if (name !== 'device' || role === 'service') return [bundle];
  if (right.reach === 'self') return [{ ...bundle, types: ['Device'], ownDevices: true }];
  // What is in a patient is an alert to a clinician, and none of the others' business.
  if (CLINICIANS.has(role)) return [bundle];
  return [
    { ...bundle, types: types.filter((type) => type !== 'Device') },
    { ...bundle, types: ['Device'], matching: [OF_NO_PERSON] },
  ];
}

const OF_NO_PERSON: ResourceFilter = {
  types: ['Device'],
  where: [
    {
      kind: 'param',
      param: 'patient',
      type: 'reference',
      modifier: 'missing',
      values: [{ kind: 'missing', missing: true }],
    },
  ],
};

function guardOf(role: Role, name: DataClass, right: Right): Guard {
  if (OF_NO_PATIENT.has(name) || role === 'service' || name === 'audit') return 'open';
  if (CLINICIANS.has(role) && ALWAYS_CLASSES.has(name)) return 'open';
  if (MEDICINE_ROLES.has(role) && MEDICINE_CLASSES.has(name)) return 'open';
  if (isDepartment(role) && DEPARTMENT_CLASSES.has(name)) {
    // Of what another department found it reads like anybody else.
    return right.of?.some((department) => department !== role) === true ? 'full' : 'open';
  }
  if (CLERKS.has(role)) return name === 'identity' ? 'open' : 'labels';
  return 'full';
}

/** Work that is no patient's. What tells of a patient must name its patient: else it would be everybody's. */
function mayBeOfNobody(role: Role, name: DataClass, action: Action): boolean {
  // A Provenance is in no compartment when it is of anything but a Patient: it may be written, and tells nobody that its target is there.
  if (name === 'provenance') return action === 'create';
  return OF_NOBODY.has(name) || (isDepartment(role) && DEPARTMENT_CLASSES.has(name));
}
const OF_NOBODY: ReadonlySet<DataClass> = new Set(['appointment', 'billing', 'coverage', 'task']);
const isDepartment = (role: Role): boolean => role === 'laboratory' || role === 'imaging';
