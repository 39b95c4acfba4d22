// What time does to an enrolment and to a role: it marks, it waits, and only then it ends (CR11; specs/accounts.md AN18, AN19).
import { dutiesOf } from '../../../core/access/duties-of.ts';
import type { Duty } from '../../../core/access/principal.ts';
import { dateRange } from '../../../core/fhir/instant.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import type { Instant } from '../../../core/base/ports.ts';
import { objectOf, textOf, type Account } from './account-resource.ts';

/** How long one may still sign in after the enrolment ended: a night shift that finds no supervisor awake. */
export const GRACE_MS = 12 * 3_600_000;
/** How long a role counts after its period ended; after 72 h a supervisor re-confirms people (CR11). */
export const ROLE_GRACE_MS = 72 * 3_600_000;

export type Standing = 'active' | 'unconfirmed' | 'expired' | 'disabled';

export function standingOf(account: Pick<Account, 'until' | 'disabledAt'>, now: Instant): Standing {
  if (account.disabledAt !== undefined) return 'disabled';
  if (account.until === undefined || now < account.until) return 'active';
  return now < account.until + GRACE_MS ? 'unconfirmed' : 'expired';
}

/** `ended`: it opens nothing any more. A role that somebody made inactive ends at once; one whose time ran out does not. */
export function standingOfRole(role: ResourceJson, now: Instant): 'active' | 'unconfirmed' | 'ended' {
  if (role['active'] === false) return 'ended';
  const start = dateRange(textOf(objectOf(role['period'])?.['start']) ?? '')?.lo;
  if (start !== undefined && start > now) return 'ended';
  const end = endOf(role);
  if (end === undefined || now < end) return 'active';
  return now < end + ROLE_GRACE_MS ? 'unconfirmed' : 'ended';
}
const endOf = (role: ResourceJson): Instant | undefined =>
  dateRange(textOf(objectOf(role['period'])?.['end']) ?? '')?.hi;

export interface DutiesHeld {
  readonly duties: readonly Duty[];
  /** One of them goes on after its end. */
  readonly unconfirmed: boolean;
}
/** What the PractitionerRoles of one person give now. `locations`: all that may lie below the places they name. */
export function dutiesHeld(
  roles: readonly ResourceJson[],
  now: Instant,
  locations: readonly ResourceJson[] = [],
): DutiesHeld {
  const duties: Duty[] = [];
  let unconfirmed = false;
  for (const role of roles) {
    const standing = standingOfRole(role, now);
    if (standing === 'ended') continue;
    const given = dutiesOf([role], standing === 'active' ? now : (endOf(role) ?? now) - 1, locations);
    if (standing === 'unconfirmed' && given.length > 0) unconfirmed = true;
    duties.push(...given);
  }
  return { duties, unconfirmed };
}
