// What the pages tell the audit.
import type { Principal } from '../../../core/access/principal.ts';
import type { Visibility } from '../../../core/record/store.ts';
import type { PagesDeps } from './deps.ts';
import { searchPatients, type PatientsFound } from './search-patients.ts';
import type { Visit } from './visit.ts';

/** Searches, and has it in the audit before anybody sees what was found. */
export async function searchTold(
  visit: Visit,
  deps: PagesDeps,
  principal: Principal,
  visible: Visibility,
  text: string,
): Promise<PatientsFound> {
  const found = await searchPatients(deps.store, visible, text, deps.clock.now());
  await deps.audit.record({
    at: deps.clock.now(),
    act: 'search',
    interaction: 'search-type',
    ok: true,
    ...toldOf(principal, visit),
    what: ['Patient'],
    query: found.query,
    patients: found.lines.map((line) => line.reference),
  });
  return found;
}

/** Who did it and from where, as the audit wants it. */
export const toldOf = (principal: Principal, visit: Visit) => ({
  who: principal.who,
  name: principal.name,
  roles: principal.duties.map((duty) => duty.role),
  client: principal.client,
  session: principal.session,
  address: visit.address,
  ...(principal.device === undefined ? {} : { device: principal.device }),
  ...(principal.unconfirmed === true ? { unconfirmed: true } : {}),
});
