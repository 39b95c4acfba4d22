// The end of a grant, also for a request that is just giving something under it.
//
// Whoever ends a grant writes its end first and removes its rows then; whoever gives something writes its rows first and asks
// for an end then. So either the rows are removed, or the giver sees the end and takes them back (SM2).
import type { Clock } from '../../../core/base/ports.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';

const KIND = 'EndedGrant';
/** Longer than any request lives. */
const SEEN_MS = 10 * 60_000;

export async function endGrant(rows: ExpiringRows, clock: Clock, grantId: string): Promise<void> {
  await rows.put(KIND, grantId, '{}', { expiresAt: clock.now() + SEEN_MS });
  await rows.removeGroup(grantId);
}

/** Takes back what was written under a grant that ended meanwhile; true when it had. */
export async function tookBack(rows: ExpiringRows, grantId: string): Promise<boolean> {
  if ((await rows.get(KIND, grantId)) === undefined) return false;
  await rows.removeGroup(grantId);
  return true;
}
