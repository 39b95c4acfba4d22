// Signatures of devices, looked at when their commits arrive. A commit of an authenticated peer is in the record by then, whatever comes out
// here: what cannot be proved is counted by who brought it, and told until somebody has looked.
//
//   DV16  Told, never refused.
import type { Clock, Instant } from '../../core/base/ports.ts';
import { installOf } from '../../core/record/scope.ts';
import { decodeCommit } from '../../core/record/envelope.ts';
import type { CarriedCommit } from '../../core/sync/ports.ts';
import type { ExpiringRows } from '../ports/expiring-rows.ts';
import { vouchedFor, type Vouched } from './commit-words.ts';
import type { NodeRegister } from './node-register.ts';

/** What one peer brought that could not be proved. */
export interface Unproved {
  readonly peer: string;
  readonly count: number;
  /** The last of them. */
  readonly origin: string;
  readonly seq: number;
  readonly why: Exclude<Vouched, 'signed'>;
  readonly at: Instant;
}

const KIND = 'UnprovedCommit';
const KEEP_MS = 30 * 86_400_000;
/** What names of devices begin with: a commit of theirs without a key was not written by one. */
const DEVICE = 'dev-';

export interface ProofDeps {
  readonly register: Pick<NodeRegister, 'byKey'>;
  readonly rows: Pick<ExpiringRows, 'get' | 'list' | 'put'>;
  readonly clock: Clock;
}

/** Looks at commits that `peer` brought. Those of servers are not signed one by one: their chains are. */
export async function proveCommits(deps: ProofDeps, peer: string, commits: readonly CarriedCommit[]): Promise<void> {
  const { register, rows, clock } = deps;
  const found: Unproved[] = [];
  for (const commit of commits) {
    const { origin, seq } = commit;
    const read = decodeCommit(commit.header);
    const key = read.ok ? read.value.key : '';
    if (key === '' && !origin.startsWith(DEVICE)) continue;
    const owner = key === '' ? undefined : await register.byKey(key);
    const why = vouchedFor(commit, () => owner?.node === installOf(origin));
    if (why !== 'signed') found.push({ peer, count: found.length + 1, origin, seq, why, at: clock.now() });
  }
  const last = found.at(-1);
  if (last === undefined) return;
  const row = await rows.get(KIND, peer);
  const before = row === undefined ? 0 : (JSON.parse(row.value) as Unproved).count;
  const value = JSON.stringify({ ...last, count: before + found.length });
  await rows.put(KIND, peer, value, { expiresAt: clock.now() + KEEP_MS });
}

/** By peer, of the last 30 days. */
export const unprovedCommits = async (rows: Pick<ExpiringRows, 'list'>): Promise<readonly Unproved[]> =>
  (await rows.list(KIND)).map(({ value }) => JSON.parse(value) as Unproved);
