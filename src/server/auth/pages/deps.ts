// What the pages are given. Nothing here is found by them.
import type { Principal, Role } from '../../../core/access/principal.ts';
import type { Access } from '../../../core/access/access.ts';
import type { AuditTrail } from '../../../core/access/audit-trail.ts';
import type { Clock, Instant } from '../../../core/base/ports.ts';
import type { BreakGlassDesk } from '../../../core/engine/break-glass.ts';
import type { RecordStore } from '../../../core/record/store.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import type { Authenticator } from '../authenticator.ts';
import type { AccountsPort, InteractionsPort, ProgramsPort, TokensPort } from './ports.ts';
import type { VisitDeps } from './visit.ts';
import type { WebSessions } from './web-session.ts';

/** Of a demonstration alone: their passwords stand on the sign-in page. */
export interface DemoUser {
  readonly userName: string;
  readonly password: string;
  readonly role: Role;
  readonly name: string;
}
/** The hospital's own OpenID provider. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent, or undefined: a public client. */
  readonly clientSecret?: string | undefined;
}

export interface PagesDeps extends VisitDeps {
  readonly accounts: AccountsPort;
  readonly interactions: InteractionsPort;
  readonly tokens: TokensPort;
  /** Absent: the account page does not list programs. */
  readonly programs?: ProgramsPort;
  readonly sessions: WebSessions;
  readonly authenticator: Authenticator;
  /** Hears of a session cookie (`name=value`) that was just found to be good: the wire counts it by itself from then on. */
  readonly sessionProved: (cookie: string) => void;
  /** Likewise of the cookie of a browser in which somebody signed in before. */
  readonly deviceProved: (cookie: string) => void;
  readonly accessOf: (principal: Principal, now: Instant) => Access;
  readonly rows: ExpiringRows;
  readonly store: RecordStore;
  readonly audit: AuditTrail;
  readonly breakGlass: BreakGlassDesk;
  readonly clock: Clock;
  /** The name on top of every page. */
  readonly site: string;
  readonly demoUsers?: readonly DemoUser[];
  readonly identityProvider?: IdentityProvider;
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void };
}
