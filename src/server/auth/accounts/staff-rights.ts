// Whom a supervisor may enrol and look after (specs/accounts.md AN7, AN20).
//
//   1. Only at the sites where they are supervisor on duty.
//   2. Never above themselves: not a role that rules over others' accounts or machines unless they have it, not another supervisor,
//      not a wider place than their own.
//   3. Not themselves.
import type { ResourceJson } from '../../../core/base/json-types.ts';
import type { Instant } from '../../../core/base/ports.ts';
import type { Duty, Role } from '../../../core/access/principal.ts';
import type { AccountRecord } from './account-record.ts';
import { referenceTo } from './account-record.ts';
import { objectOf, textOf, type Account } from './account-resource.ts';
import type { ChangedBy, StaffRefusal } from './accounts.ts';
import { dutiesHeld, standingOfRole } from './standing.ts';

/** Any supervisor may give these. */
const OF_THE_FLOOR: ReadonlySet<Role> = new Set([
  'nurse',
  'doctor',
  'ward-clerk',
  'receptionist',
  'pharmacist',
  'laboratory',
  'imaging',
  'billing',
]);
/** Only who has them gives them. */
const OF_THE_HOUSE: ReadonlySet<Role> = new Set(['incident-lead', 'it']);
const PLACES_DEEP = 12;

export interface HeldRole {
  readonly resource: ResourceJson;
  readonly roles: readonly Role[];
  readonly supervisor: boolean;
  /** As the role names them; empty: all of the site. */
  readonly places: readonly string[];
  readonly site?: string;
}
/** The roles of somebody that have not ended, as this room needs them. */
export async function rolesHeld(record: AccountRecord, who: string, now: Instant): Promise<readonly HeldRole[]> {
  if (!who.startsWith('Practitioner/')) return [];
  const found = await record.find('PractitionerRole', [referenceTo('practitioner', who)]);
  return found.filter((role) => standingOfRole(role, now) !== 'ended').map((role) => heldRole(role, now));
}
export function heldRole(resource: ResourceJson, now: Instant): HeldRole {
  const { duties } = dutiesHeld([resource], now);
  const site = duties[0]?.site ?? textOf(objectOf(resource['organization'])?.['reference']);
  return {
    resource,
    roles: duties.map((duty) => duty.role),
    supervisor: duties.some((duty) => duty.supervisor),
    places: duties[0]?.places ?? [],
    ...(site === undefined ? {} : { site }),
  };
}

const supervising = (by: Exclude<ChangedBy, 'terminal'>): readonly Duty[] =>
  by.duties.filter((duty) => duty.supervisor);
/** Undefined: all of them. */
export const sitesOf = (by: ChangedBy): ReadonlySet<string> | undefined =>
  by === 'terminal' ? undefined : new Set(supervising(by).flatMap(({ site }) => site ?? []));

export interface Giving {
  readonly role: Role;
  readonly supervisor: boolean;
  readonly site: string | undefined;
  readonly place: string | undefined;
}
/** Why somebody may not give this role there; undefined: they may. */
export async function judgeGiving(
  record: AccountRecord,
  giving: Giving,
  by: ChangedBy,
): Promise<StaffRefusal | undefined> {
  const { role, site, place } = giving;
  if (role === 'patient' || role === 'service') return invalid('This role is not one of staff.');
  const [siteThere, placeThere] = await Promise.all([isThere(record, site), isThere(record, place)]);
  if (!siteThere) return invalid('There is no such site.');
  if (!placeThere) return invalid('There is no such ward.');
  if (by === 'terminal') return undefined;
  const there = supervising(by).filter((duty) => duty.site !== undefined && duty.site === site);
  if (there.length === 0 || giving.supervisor) return { kind: 'forbidden' };
  const mine = new Set(by.duties.filter((duty) => duty.site === site).map((duty) => duty.role));
  if (!OF_THE_FLOOR.has(role) && !(OF_THE_HOUSE.has(role) && mine.has(role))) return { kind: 'forbidden' };
  if (place === undefined) {
    return there.some((duty) => duty.places.length === 0)
      ? undefined
      : invalid('Name a ward: your own role is not of the whole site.');
  }
  const above = await placesAbove(record, place);
  if (above.sites.size > 0 && !above.sites.has(site ?? '')) return invalid('This ward is not of the site.');
  return (await isNoWider(record, [place], there)) ? undefined : { kind: 'forbidden' };
}

/** Whether a role at these places (none: the whole site) reaches no wider than the supervisor's own roles there. */
async function isNoWider(record: AccountRecord, places: readonly string[], there: readonly Duty[]): Promise<boolean> {
  if (there.some((duty) => duty.places.length === 0)) return true;
  if (places.length === 0 || there.length === 0) return false;
  const depths = async (all: readonly string[]): Promise<readonly number[]> =>
    (await Promise.all(all.map((one) => placesAbove(record, one)))).map(({ depth }) => depth);
  // What lies higher than every place of the supervisor's own reaches wider than they do.
  const own = await depths(there.flatMap((duty) => duty.places));
  return Math.min(...(await depths(places))) >= Math.min(...own);
}

/** `take over` lets the supervisor sign in as them for a moment: what they may do, the supervisor must be able to give. */
export async function judgeCare(
  record: AccountRecord,
  account: Account,
  by: ChangedBy,
  what: 'look after' | 'take over',
  now: Instant,
): Promise<StaffRefusal | undefined> {
  if (by === 'terminal') return undefined;
  if (account.who === by.who) return { kind: 'forbidden' };
  const sites = sitesOf(by);
  const held = await rolesHeld(record, account.who, now);
  if (!held.some(({ site }) => site !== undefined && sites?.has(site) === true)) return { kind: 'forbidden' };
  if (what === 'look after') return undefined;
  for (const { roles, site, supervisor, places } of held) {
    // Somebody of another site too has rights that this supervisor cannot give.
    if (site === undefined || sites?.has(site) !== true) return { kind: 'forbidden' };
    const there = supervising(by).filter((duty) => duty.site === site);
    if (supervisor || !(await isNoWider(record, places, there))) return { kind: 'forbidden' };
    const mine = new Set(by.duties.filter((duty) => duty.site === site).map((duty) => duty.role));
    for (const role of roles) {
      if (!OF_THE_FLOOR.has(role) && !(OF_THE_HOUSE.has(role) && mine.has(role))) return { kind: 'forbidden' };
    }
  }
  return undefined;
}

const invalid = (why: string): StaffRefusal => ({ kind: 'invalid', why });

async function isThere(record: AccountRecord, reference: string | undefined): Promise<boolean> {
  if (reference === undefined) return true;
  const [type = '', id = ''] = reference.split('/');
  return (await record.read(type, id)) !== undefined;
}

/** How many places lie above one, and which organizations manage them or it. */
async function placesAbove(
  record: AccountRecord,
  place: string,
): Promise<{ readonly depth: number; readonly sites: ReadonlySet<string> }> {
  const sites = new Set<string>();
  let depth = 0;
  let at: string | undefined = place;
  for (; at !== undefined && depth < PLACES_DEEP; depth++) {
    const found: ResourceJson | undefined = await record.read('Location', at.slice('Location/'.length));
    const site = textOf(objectOf(found?.['managingOrganization'])?.['reference']);
    if (site !== undefined) sites.add(site);
    at = textOf(objectOf(found?.['partOf'])?.['reference']);
  }
  return { depth, sites };
}
