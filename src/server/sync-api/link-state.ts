// What the process that runs the link says of it, for all processes of the node: one short-lived row.
import type { Instant } from '../../core/base/ports.ts';
import type { ExpiringRows } from '../ports/expiring-rows.ts';
import type { LinkTrouble } from './link-types.ts';

export type LinkPhase =
  | 'starting'
  | 'greeting'
  | 'handing over'
  | 'comparing'
  | 'filling'
  | 'taking over'
  | 'idle'
  | 'waiting';

export interface LinkState {
  /** The parent's install id. */
  readonly parent: string;
  readonly phase: LinkPhase;
  readonly since: Instant;
  /** The parent last answered; whatever it said. */
  readonly contactAt?: Instant;
  /** A session last came to its end: everything was handed over and taken over as of its beginning. */
  readonly successAt?: Instant;
  readonly trouble?: Pick<LinkTrouble, 'kind' | 'text'> & { readonly since: Instant };
  /** Commits that the parent has yet to take, as of the last look. */
  readonly queue: number;
  /** Since when there is something to hand over; absent: there is nothing. */
  readonly unsentSince?: Instant;
  /** The parent's clock minus this node's. */
  readonly skewMs?: number;
  /** How long an exchange takes, ms. */
  readonly tripMs?: number;
  readonly sessions: number;
  readonly rebuilds: number;
  /** Commits handed over, revisions rescued, since this process took the link. */
  readonly handed: number;
  readonly rescued: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

const KIND = 'LinkState';
const ID = 'parent';
/** A state that nobody renews is of a node that does not run the link. */
export const STATE_MS = 7 * 86_400_000;

export async function readLinkState(rows: ExpiringRows): Promise<LinkState | undefined> {
  const row = await rows.get(KIND, ID);
  return row === undefined ? undefined : (JSON.parse(row.value) as LinkState);
}
export const writeLinkState = (rows: ExpiringRows, state: LinkState, now: Instant): Promise<void> =>
  rows.put(KIND, ID, JSON.stringify(state), { expiresAt: now + STATE_MS });
