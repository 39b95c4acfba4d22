// Ends what was given out, by what it says of itself. For rare acts (a client removed, an account disabled): it reads all rows of
// the kinds.
import type { ExpiringRows } from '../../ports/expiring-rows.ts';

const KINDS = ['AccessToken', 'RefreshToken', 'AuthorizationCode', 'ClientCredentials', 'Grant', 'Session'] as const;

/** What all of these kinds say, in clear. */
export interface Held {
  readonly clientId?: string;
  readonly accountId?: string;
  readonly grantId?: string;
}

/** Removes every token, grant and session that `ends` says, and what hangs on their grants. */
export async function endTokens(rows: ExpiringRows, ends: (held: Held) => boolean): Promise<void> {
  for (const kind of KINDS) {
    for (const row of await rows.list(kind)) {
      const held = JSON.parse(row.value) as Held;
      if (!ends(held)) continue;
      if (held.grantId !== undefined) await rows.removeGroup(held.grantId);
      await rows.remove(kind, row.id);
    }
  }
}
