// Grants: what one person let one program do, in one launch. And what of them ends at sign-out.
//
//   SM15  A consent is remembered for programs whose address proves who they are (a secret or key, or https); those on a
//         private scheme or loopback are asked about each time (RFC 8252 8.6).
//   SM16  Signing out ends every grant of the session but those that were given for use without the person (offline_access);
//         of the node's own pages it ends those too.
import type { Clock } from '../../../core/base/ports.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { WEB_CLIENT, type RegisteredClient } from './clients.ts';
import { endGrant } from './end-grant.ts';
import { CONSENT_S, OFFLINE_S } from './lives.ts';
import { rowIdOf } from './token-rows.ts';

const CONSENT = 'Consent';
/** The kind names the session, so that its grants can be listed. */
const kindOf = (sessionUid: string): string => `SessionGrant ${rowIdOf(sessionUid)}`;

export interface GrantNotes {
  readonly clientId: string;
  readonly offline: boolean;
}
export interface Grants {
  rememberConsent(accountId: string, client: RegisteredClient, scopes: readonly string[]): Promise<void>;
  /** What was agreed to before; empty when nothing was, or is not remembered. */
  consentOf(accountId: string, client: RegisteredClient): Promise<readonly string[]>;
  /** Notes that the grant belongs to the session. */
  note(sessionUid: string, grantId: string, notes: GrantNotes): Promise<void>;
  endOfSession(sessionUid: string): Promise<void>;
}

const isProven = (client: RegisteredClient): boolean =>
  client.kind === 'confidential' || client.redirectUris.every((uri) => uri.startsWith('https:'));

export function openGrants(rows: ExpiringRows, clock: Clock): Grants {
  const consentId = (accountId: string, clientId: string): string => rowIdOf(JSON.stringify([accountId, clientId]));
  const consentOf: Grants['consentOf'] = async (accountId, client) => {
    if (!isProven(client)) return [];
    const row = await rows.get(CONSENT, consentId(accountId, client.id));
    // Only `rememberConsent` writes rows of this kind.
    return row === undefined ? [] : (JSON.parse(row.value) as { scopes: readonly string[] }).scopes;
  };
  return {
    consentOf,
    rememberConsent: async (accountId, client, scopes) => {
      if (!isProven(client)) return;
      const before = await consentOf(accountId, client);
      const value = JSON.stringify({ accountId, clientId: client.id, scopes: [...new Set([...before, ...scopes])] });
      await rows.put(CONSENT, consentId(accountId, client.id), value, { expiresAt: clock.now() + CONSENT_S * 1_000 });
    },
    note: async (sessionUid, grantId, notes) =>
      rows.put(kindOf(sessionUid), grantId, JSON.stringify(notes), {
        group: grantId,
        expiresAt: clock.now() + OFFLINE_S * 1_000,
      }),
    endOfSession: async (sessionUid) => {
      for (const row of await rows.list(kindOf(sessionUid))) {
        const notes = JSON.parse(row.value) as GrantNotes;
        if (!notes.offline || notes.clientId === WEB_CLIENT) await endGrant(rows, clock, row.id);
      }
    },
  };
}
