// Ends every session of an account at this node: its grants and what hangs on them. Rare, so the rows are looked through.
import type { ExpiringRows } from '../../ports/expiring-rows.ts';

/** The kinds of the OAuth provider's rows whose value names the account. */
const KINDS = ['Session', 'Grant', 'AuthorizationCode', 'AccessToken', 'RefreshToken'];

export async function endSessionsOf(rows: ExpiringRows, accountId: string): Promise<void> {
  const groups = new Set<string>();
  for (const kind of KINDS) {
    for (const row of await rows.list(kind)) {
      const payload = payloadOf(row.value);
      if (payload?.['accountId'] !== accountId) continue;
      const grant = payload['grantId'];
      if (typeof grant === 'string') groups.add(grant);
      await rows.remove(kind, row.id);
    }
  }
  for (const group of groups) await rows.removeGroup(group);
}

function payloadOf(value: string): Readonly<Record<string, unknown>> | undefined {
  const parsed: unknown = JSON.parse(value);
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined;
}
