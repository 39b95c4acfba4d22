// The audit trail as those see it who tell it something and those who ask it. What is written is audited by its commit; here
// comes everything else. `specs/audit.md` says how it is kept.
import type { Instant } from '../base/ports.ts';

export type AuditAct =
  | 'read'
  | 'vread'
  | 'search'
  | 'history'
  | 'everything'
  | 'operation'
  /** A bundle's reads; its writes are in their commit. */
  | 'bundle'
  /** Refused for want of right: 401, 403, and a write that was forbidden. */
  | 'refused'
  | 'sign-in'
  | 'sign-in-failed'
  | 'sign-out'
  /** A token printed or given to a program. */
  | 'token'
  /** A change of an account: enrolled, re-confirmed, disabled, password set, passkey added … */
  | 'account'
  | 'break-glass'
  | 'break-glass-review'
  | 'print'
  | 'export'
  /** Entries that a full disk or a power cut took: how many. */
  | 'gap';

/** Members may be undefined: entries are made by the thousand a second, and all of one shape. */
export interface AuditEntry {
  readonly at: Instant;
  readonly act: AuditAct;
  /** The FHIR interaction or operation where there is one: `search-type`, `$everything`. */
  readonly interaction?: string | undefined;
  readonly ok: boolean;
  /** HTTP status, where there was one. */
  readonly status?: number | undefined;
  /** `Practitioner/1`; absent: nobody that the node knows. */
  readonly who?: string | undefined;
  readonly name?: string | undefined;
  readonly onBehalfOf?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly client?: string | undefined;
  readonly session?: string | undefined;
  readonly device?: string | undefined;
  /** The client's network address. */
  readonly address?: string | undefined;
  /** Home compartments of what was shown: `Patient/1`, each once. */
  readonly patients?: readonly string[] | undefined;
  /** What was asked for or shown, as `Type/id` or `Type/id/_history/version`. A search names its type alone. */
  readonly what?: readonly string[] | undefined;
  /** The search as it was asked, without its `?`. */
  readonly query?: string | undefined;
  /** Of break-glass and the like. */
  readonly reason?: string | undefined;
  /** Anything else for people, without clinical content. */
  readonly detail?: string | undefined;
  /** Unconfirmed enrolment or roles (CR11). */
  readonly unconfirmed?: boolean | undefined;
  /** How many: of `gap`, and of refusals that were counted together. */
  readonly count?: number | undefined;
}

export interface AuditTrail {
  /** Resolves when a kill of this process can no longer lose the entry. Care never waits for a full disk: then it resolves too, and the loss is counted and said. */
  record(entry: AuditEntry): Promise<void>;
}

/** All that is given must hold. Times are [from, to). */
export interface AuditQuery {
  readonly ids?: readonly string[];
  readonly patients?: readonly string[];
  readonly who?: readonly string[];
  readonly from?: Instant;
  readonly to?: Instant;
  /** Newest first. */
  readonly count: number;
  readonly after?: string;
}
/** AuditEvents of the node's own, rendered: complete FHIR JSON texts with id and meta. */
export interface RenderedEvent {
  readonly id: string;
  readonly at: Instant;
  readonly text: string;
}
export interface AuditPage {
  readonly events: readonly RenderedEvent[];
  readonly next?: string;
}
export interface AuditReader {
  /** Everything that was recorded before the call is in the answer, the writes of commits too. */
  search(query: AuditQuery): Promise<AuditPage>;
}
