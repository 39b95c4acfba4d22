// What no duty and no scope of a principal opens, said before anything is looked at (AC29): the same whatever is there.
import type { AskedInteraction, Denial } from './access.ts';
import type { Role } from './principal.ts';
import { INTERACTION_ACTIONS, MERGING, rightOf, type Action } from './roles.ts';
import { permits, type Permission, type ScopeGrant } from './scopes.ts';

export interface Holdings {
  readonly roles: readonly Role[];
  /** Undefined: not narrowed by scopes. */
  readonly grants: readonly ScopeGrant[] | undefined;
  readonly supervises: boolean;
  readonly isClinician: boolean;
}

const NEEDS: Readonly<Record<Action, Permission>> = { read: 'r', create: 'c', update: 'u', delete: 'd' };
const SEARCHES: ReadonlySet<string> = new Set(['search-type', 'history-type']);
/** Judged by their parts, or narrowed to what may be seen. */
const OF_PARTS: ReadonlySet<string> = new Set([
  'search-system',
  'history-system',
  'batch',
  'transaction',
  '$validate',
  '$meta',
  '$conflicts',
]);

const byRole = (why: string): Denial => ({ by: 'role', why });
const byScope = (why: string): Denial => ({ by: 'scope', why });

export function refusalOf({ name, type }: AskedInteraction, holdings: Holdings): Denial | undefined {
  const { roles, grants, supervises, isClinician } = holdings;
  if (name === 'capabilities') return undefined;
  if (roles.length === 0) return byRole('No role is on record for you: a supervisor can give you one.');
  if (name === '$break-glass' || name === '$break-glass-review') {
    const holds = name === '$break-glass' ? isClinician : supervises;
    if (!holds)
      return byRole(name === '$break-glass' ? 'Only clinicians break the glass.' : 'Reviews are by supervisors.');
    return grants === undefined ? undefined : byScope('An application cannot do this in your place.');
  }
  if (name === '$fetch-record') {
    if (!isClinician && !roles.includes('service')) return byRole('Only clinicians ask for records of elsewhere.');
    return grants === undefined || permits(grants, 'Patient', 'r')
      ? undefined
      : byScope('The application was not granted this.');
  }
  if (name === '$issue-number') {
    if (roles.every((role) => role === 'patient')) return byRole('Numbers are given to staff.');
    // As whoever makes a patient's record.
    return grants === undefined || permits(grants, 'Patient', 'c')
      ? undefined
      : byScope('The application was not granted this.');
  }
  if (name === '$merge' || name === '$unmerge') {
    const isTrained = (role: Role): boolean =>
      MERGING.has(role) || (supervises && rightOf(role, 'Patient', 'update') !== undefined);
    if (!roles.some(isTrained))
      return byRole('Records of one person are joined, and parted, by ward clerks and supervisors.');
    return grants === undefined || permits(grants, 'Patient', 'u')
      ? undefined
      : byScope('The application was not granted this.');
  }
  if (name === '$take-mar-custody') {
    // As whoever charts a dose.
    if (!roles.some((role) => rightOf(role, 'MedicationAdministration', 'create') !== undefined))
      return byRole('Custody of the doses is taken by who may give them.');
    return grants === undefined || permits(grants, 'MedicationAdministration', 'c')
      ? undefined
      : byScope('The application was not granted this.');
  }
  // Of a type, `$validate` tells nothing that the definitions do not.
  if (OF_PARTS.has(name) && (type === undefined || name === '$validate')) return undefined;
  if (type === undefined && SEARCHES.has(name)) return undefined;
  const action = Object.hasOwn(INTERACTION_ACTIONS, name) ? INTERACTION_ACTIONS[name] : undefined;
  if (action === undefined || type === undefined) {
    return roles.includes('service') ? undefined : byRole('This operation is for services.');
  }
  if (
    !roles.some((role) => rightOf(role, type, action) !== undefined) &&
    !(type === 'AuditEvent' && action === 'read' && supervises)
  ) {
    return byRole(`None of your roles may ${action} ${type}.`);
  }
  const permission = SEARCHES.has(name) ? 's' : NEEDS[action];
  if (grants !== undefined && !permits(grants, type, permission)) {
    return byScope(`The application was not granted this for ${type}.`);
  }
  return undefined;
}
