// Who works here, as the supervisors see it: those first whom somebody must confirm (CR11).
import type { Role } from '../../../core/access/principal.ts';
import type { Criterion } from '../../../core/fhir/search/query.ts';
import { referenceTo } from './account-record.ts';
import { objectOf, textOf } from './account-resource.ts';
import type { ChangedBy, StaffEntry } from './accounts.ts';
import type { AccountTools } from './account-tools.ts';
import { heldRole, sitesOf, type HeldRole } from './staff-rights.ts';
import { standingOf, standingOfRole } from './standing.ts';

const ORDER: Readonly<Record<StaffEntry['state'], number>> = { unconfirmed: 0, expired: 1, active: 3, disabled: 4 };
const SLOWED = 2;

/** A supervisor sees the people of their sites; the terminal all, patients too. */
export async function listStaff(
  tools: AccountTools,
  by: ChangedBy,
  options: { readonly text?: string; readonly count: number },
): Promise<readonly StaffEntry[]> {
  const { record, clock } = tools;
  const now = clock.now();
  const sites = sitesOf(by);
  const held = new Map<string, HeldRole[]>();
  const where: readonly (readonly Criterion[])[] =
    sites === undefined ? [[]] : [...sites].map((site) => [referenceTo('organization', site)]);
  for (const criteria of where) {
    for (const resource of await record.find('PractitionerRole', criteria)) {
      const who = textOf(objectOf(resource['practitioner'])?.['reference']);
      // Whose role ended stays on the list of their site as long as the account is there: to be given one again.
      if (who !== undefined) held.set(who, [...(held.get(who) ?? []), heldRole(resource, now)]);
    }
  }
  const slowed = await tools.slow.slowedNow();
  const wanted = options.text?.trim().toLowerCase() ?? '';
  const entries: StaffEntry[] = [];
  for (const account of await record.all()) {
    const roles = held.get(account.who);
    if (sites !== undefined && roles === undefined) continue;
    if (!`${account.name}\n${account.userName}`.toLowerCase().includes(wanted)) continue;
    const current = (roles ?? []).filter(({ resource }) => standingOfRole(resource, now) !== 'ended');
    entries.push({
      accountId: account.id,
      userName: account.userName,
      name: account.name,
      who: account.who,
      roles: account.who.startsWith('Patient/')
        ? ['patient']
        : [...new Set<Role>(current.flatMap((role) => role.roles))].toSorted(),
      supervisor: current.some((role) => role.supervisor),
      ...(account.until === undefined ? {} : { until: account.until }),
      state: standingOf(account, now),
      slowed: slowed(account.userName),
    });
  }
  const rank = (entry: StaffEntry): number => (entry.state === 'active' && entry.slowed ? SLOWED : ORDER[entry.state]);
  return entries
    .sort(
      (a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.userName < b.userName ? -1 : 1),
    )
    .slice(0, options.count);
}
