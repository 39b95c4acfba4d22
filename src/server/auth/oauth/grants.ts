// Grants: what one person let one program do, in one launch. And what of them ends at sign-out.
//
//   SM15  A consent is remembered for programs whose address proves who they are (a secret or key, or https); those on a
//         private scheme or loopback are asked about each time (RFC 8252 8.6).
//   SM16  Signing out ends every grant of the session but those that were given for use without the person (offline_access);
//         of the node's own pages it ends those too.
import type { Clock, Instant } from '../../../core/base/ports.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { WEB_CLIENT, type RegisteredClient } from './clients.ts';
import { endGrant } from './end-grant.ts';
import { CONSENT_S, OFFLINE_S } from './lives.ts';
import { rowIdOf } from './token-rows.ts';

const CONSENT = 'Consent';
/** Likewise names the person. */
export const grantsOfPerson = (accountId: string): string => `PersonGrant ${rowIdOf(accountId)}`;
/** The kind names the session, so that its grants can be listed. */
export const grantsOfSession = (sessionUid: string): string => `SessionGrant ${rowIdOf(sessionUid)}`;

export interface GrantNotes {
  readonly accountId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** The id alone, where the grant is about one. */
  readonly patient?: string;
  readonly since: Instant;
}
/** A program that acts for a person, in one launch or several. */
export interface ActingProgram {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly patients: readonly string[];
  /** The first launch that still holds. */
  readonly since: Instant;
}
export interface Grants {
  rememberConsent(accountId: string, client: RegisteredClient, scopes: readonly string[]): Promise<void>;
  /** What was agreed to before; empty when nothing was, or is not remembered. */
  consentOf(accountId: string, client: RegisteredClient): Promise<readonly string[]>;
  /** Notes whose grant it is: of which session, and of which person. */
  note(sessionUid: string, grantId: string, notes: GrantNotes): Promise<void>;
  /** The grant was used: what is noted of it lives as long as it. */
  renew(accountId: string, grantId: string): Promise<void>;
  endOfSession(sessionUid: string): Promise<void>;
  /** Those that have acted longest first. */
  programsOf(accountId: string): Promise<readonly ActingProgram[]>;
  /** At the person's word (ONC § 170.315 (g)(10)(vi)). */
  withdraw(accountId: string, clientId: string): Promise<void>;
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
      const before = await consentOf(accountId, client);
      const value = JSON.stringify({ accountId, clientId: client.id, scopes: [...new Set([...before, ...scopes])] });
      await rows.put(CONSENT, consentId(accountId, client.id), value, { expiresAt: clock.now() + CONSENT_S * 1_000 });
    },
    note: async (sessionUid, grantId, notes) => {
      const options = { group: grantId, expiresAt: clock.now() + OFFLINE_S * 1_000 };
      await rows.put(grantsOfSession(sessionUid), grantId, JSON.stringify(notes), options);
      await rows.put(grantsOfPerson(notes.accountId), grantId, JSON.stringify(notes), options);
    },
    renew: async (accountId, grantId) => {
      const row = await rows.get(grantsOfPerson(accountId), grantId);
      if (row === undefined) return;
      const options = { group: grantId, expiresAt: clock.now() + OFFLINE_S * 1_000 };
      await rows.put(grantsOfPerson(accountId), grantId, row.value, options);
    },
    endOfSession: async (sessionUid) => {
      for (const row of await rows.list(grantsOfSession(sessionUid))) {
        const { clientId, scopes } = notesIn(row.value);
        if (clientId === WEB_CLIENT || !scopes.includes('offline_access')) await endGrant(rows, clock, row.id);
      }
    },
    programsOf: async (accountId) => {
      const programs = new Map<string, ActingProgram>();
      for (const row of await rows.list(grantsOfPerson(accountId))) {
        const { clientId, scopes, patient, since } = notesIn(row.value);
        const before = programs.get(clientId);
        programs.set(clientId, {
          clientId,
          scopes: [...new Set([...(before?.scopes ?? []), ...scopes])],
          patients: [...new Set([...(before?.patients ?? []), ...(patient === undefined ? [] : [patient])])],
          since: Math.min(before?.since ?? since, since),
        });
      }
      return [...programs.values()]
        .filter(({ clientId }) => clientId !== WEB_CLIENT)
        .sort((a, b) => a.since - b.since || (a.clientId < b.clientId ? -1 : 1));
    },
    withdraw: async (accountId, clientId) => {
      await rows.remove(CONSENT, consentId(accountId, clientId));
      for (const row of await rows.list(grantsOfPerson(accountId))) {
        if (notesIn(row.value).clientId === clientId) await endGrant(rows, clock, row.id);
      }
    },
  };
}

/** Only `note` writes rows of these kinds. */
const notesIn = (value: string): GrantNotes => JSON.parse(value) as GrantNotes;
