// Ends every session of an account at this node: its grants and what hangs on them, and sign-ins that wait half done, which
// would begin a session after the end. Rare, so the rows are looked through.
import type { Clock } from '../../../core/base/ports.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { endGrant } from '../oauth/end-grant.ts';
import { WEB_CLIENT } from '../oauth/clients.ts';
import { grantsOfPerson, grantsOfSession, openGrants } from '../oauth/grants.ts';
import { isRecord } from '../oauth/is-record.ts';

/** The kinds of the OAuth provider's rows whose value names the account. */
const KINDS = ['Session', 'Grant', 'AuthorizationCode', 'AccessToken', 'RefreshToken'];
/** Steps of a sign-in: the provider's, and the pages' own. */
const HALF_DONE = ['Interaction', 'sign-in-proved', 'sign-in-hospital'];

export async function endSessionsOf(rows: ExpiringRows, clock: Clock, accountId: string): Promise<void> {
  await endHalfDoneOf(rows, accountId);
  // The name of such a row is the grant's.
  const groups = new Set((await rows.list(grantsOfPerson(accountId))).map(({ id }) => id));
  for (const kind of KINDS) {
    for (const row of await rows.list(kind)) {
      const payload = payloadOf(row.value);
      if (payload?.['accountId'] !== accountId) continue;
      const grant = payload['grantId'];
      if (typeof grant === 'string') groups.add(grant);
      await rows.remove(kind, row.id);
    }
  }
  for (const group of groups) await endGrant(rows, clock, group);
}

/** Sign-ins that wait half done. */
export async function endHalfDoneOf(rows: ExpiringRows, accountId: string): Promise<void> {
  for (const kind of HALF_DONE) {
    for (const row of await rows.list(kind)) {
      if (isOf(payloadOf(row.value), accountId)) await rows.remove(kind, row.id);
    }
  }
}

/** All but the session `keep`, each as if its person had signed out: what programs were given for longer stays (SM16). */
export async function endOtherSessionsOf(
  rows: ExpiringRows,
  clock: Clock,
  accountId: string,
  keep: string,
): Promise<void> {
  await endHalfDoneOf(rows, accountId);
  const grants = openGrants(rows, clock);
  for (const row of await rows.list('Session')) {
    const { accountId: whose, uid } = payloadOf(row.value) ?? {};
    if (whose !== accountId || typeof uid !== 'string' || uid === keep) continue;
    await grants.endOfSession(uid);
    await rows.remove('Session', row.id);
  }
  // A session of the node's pages outlives the provider's where that ran out.
  for (const { id, value } of await rows.list(grantsOfPerson(accountId))) {
    const kept = (await rows.get(grantsOfSession(keep), id)) !== undefined;
    if (!kept && payloadOf(value)?.['clientId'] === WEB_CLIENT) await endGrant(rows, clock, id);
  }
}

/** Whether the step was proved, or begun, by the account. */
function isOf(step: Readonly<Record<string, unknown>> | undefined, accountId: string): boolean {
  const within = (value: unknown, name: string): unknown => (isRecord(value) ? value[name] : undefined);
  return [
    step,
    within(step, 'session'),
    within(within(step, 'result'), 'login'),
    within(within(step, 'lastSubmission'), 'login'),
  ].some((part) => within(part, 'accountId') === accountId);
}

function payloadOf(value: string): Readonly<Record<string, unknown>> | undefined {
  const parsed: unknown = JSON.parse(value);
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined;
}
