// What the desk of identities works with, and how it refuses.
import type { AuditTrail } from '../../core/access/audit-trail.ts';
import type { Principal } from '../../core/access/principal.ts';
import { parseJson } from '../../core/base/json.ts';
import type { ResourceJson } from '../../core/base/json-types.ts';
import type { Chance, Clock, Instant } from '../../core/base/ports.ts';
import { err, type Result } from '../../core/base/result.ts';
import { assert } from '../../core/base/assert.ts';
import type { Actor, RecordEngine, Refused } from '../../core/engine/engine.ts';
import { EVERYTHING, type RecordStore } from '../../core/record/store.ts';
import type { NumberRows } from '../ports/number-rows.ts';
import type { LeaseDesk } from './issue-leased.ts';

/** What the node is, as far as numbers and slots go by it. */
export interface NodeIdentity {
  /** 2 to 6 letters and digits, in upper case. */
  readonly siteCode: string;
  /** Drawn at every start of the node. */
  readonly incarnation: string;
  /** When this process started, or later than the incarnation did. */
  readonly startedAt: Instant;
}
export interface IdentityDeps {
  readonly store: RecordStore;
  readonly engine: RecordEngine;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly audit: AuditTrail;
  readonly rows: NumberRows;
  readonly node: NodeIdentity;
  /** Short numbers of leased series; absent: there are none here. */
  readonly leases?: LeaseDesk;
}

export interface IdentityRefusal {
  readonly kind: 'forbidden' | 'not-found' | 'bad-param' | 'conflict' | 'contended' | 'invalid';
  /** Which parameter. */
  readonly param?: string;
  /** For people, without values of the record. */
  readonly message: string;
}
export const refuse = (
  kind: IdentityRefusal['kind'],
  message: string,
  param?: string,
): Result<never, IdentityRefusal> => err({ kind, message, ...(param === undefined ? {} : { param }) });

/** The node writes what it made and judged itself; the commit says who asked for it. */
export const actorOf = ({ who, session, device }: Principal): Actor => ({
  author: { practitioner: who, session, ...(device === undefined ? {} : { device }) },
  visible: EVERYTHING,
});

/** What the engine refused of a change that this room made. */
export function refusedBy({ refusal }: Refused): Result<never, IdentityRefusal> {
  switch (refusal.kind) {
    case 'contended':
    case 'stale':
    case 'many-matches':
      return refuse('contended', 'Others are changing the same at the moment. Try again.');
    case 'not-found':
    case 'deleted':
      return refuse('not-found', 'There is no such resource.');
    case 'invalid':
      return refuse('invalid', refusal.faults[0]?.message ?? 'What was asked for cannot be stored.');
    case 'too-large':
      return refuse('invalid', 'What was asked for is too large to be stored.');
    default:
      return refuse('forbidden', refusal.why);
  }
}

export function resourceOf({ text }: { readonly text: string }): ResourceJson {
  const parsed = parseJson(text, { depthMax: 1_000 });
  assert(parsed.ok, 'a stored body is JSON');
  // A stored body is a resource.
  return parsed.value.value as ResourceJson;
}

/** Tells the audit what no commit says: why, and which numbers. */
export async function tell(
  interaction: string,
  { who, name, client, session, device, duties, unconfirmed }: Principal,
  told: { readonly patients?: readonly string[]; readonly what?: readonly string[]; readonly reason?: string },
  { audit, clock }: Pick<IdentityDeps, 'audit' | 'clock'>,
): Promise<void> {
  await audit.record({
    at: clock.now(),
    act: 'operation',
    interaction,
    ok: true,
    who,
    name,
    client,
    session,
    ...(device === undefined ? {} : { device }),
    roles: [...new Set(duties.map(({ role }) => role))],
    ...(unconfirmed === true ? { unconfirmed: true } : {}),
    ...told,
  });
}
