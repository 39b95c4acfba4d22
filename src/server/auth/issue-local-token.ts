// A token for scripts of whoever may read the node's data folder: the node's own service client, for a short while.
import { assert } from '../../core/base/assert.ts';
import type { Chance, Clock, Instant } from '../../core/base/ports.ts';
import type { ExpiringRows } from '../ports/expiring-rows.ts';
import { LOCAL_CLIENT } from './oauth/clients.ts';
import { rowIdOf, type TokenPayload } from './oauth/token-rows.ts';

export const LOCAL_TOKEN_MINUTES = 10;
export const LOCAL_TOKEN_MINUTES_MAX = 24 * 60;
const TOKEN_BYTES = 32;

export interface LocalTokenOptions {
  readonly rows: ExpiringRows;
  readonly clock: Clock;
  readonly chance: Chance;
  /** From 1 to 1,440; 10 unless told. */
  readonly minutes?: number;
}

/** Whoever calls tells the audit. The token stands nowhere but in the answer. */
export async function issueLocalToken(
  options: LocalTokenOptions,
): Promise<{ readonly token: string; readonly session: string; readonly expiresAt: Instant }> {
  const { rows, clock, chance, minutes = LOCAL_TOKEN_MINUTES } = options;
  assert(
    Number.isInteger(minutes) && minutes >= 1 && minutes <= LOCAL_TOKEN_MINUTES_MAX,
    'a local token lives a day at most',
  );
  const token = Buffer.from(chance.bytes(TOKEN_BYTES)).toString('base64url');
  const session = `local-${Buffer.from(chance.bytes(9)).toString('base64url')}`;
  const now = clock.now();
  // Provider's times are whole seconds; the row ends with them.
  const exp = Math.floor(now / 1_000) + minutes * 60;
  const payload: TokenPayload = {
    kind: 'ClientCredentials',
    iat: Math.floor(now / 1_000),
    exp,
    clientId: LOCAL_CLIENT,
    sessionUid: session,
    scope: 'system/*.cruds',
  };
  await rows.put(payload.kind, rowIdOf(token), JSON.stringify(payload), { expiresAt: exp * 1_000 });
  return { token, session, expiresAt: exp * 1_000 };
}
