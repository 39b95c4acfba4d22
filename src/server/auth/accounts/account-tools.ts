// What the steps of this room share.
import type { AuditTrail } from '../../../core/access/audit-trail.ts';
import type { Chance, Clock } from '../../../core/base/ports.ts';
import type { RecordEngine } from '../../../core/engine/engine.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import type { AccountRecord } from './account-record.ts';
import type { Account } from './account-resource.ts';
import type { ChangedBy, StaffRefusal } from './accounts.ts';
import type { PasswordHashing } from './password-hash.ts';
import type { SlowDown } from './slow-down.ts';

export interface AccountTools {
  readonly record: AccountRecord;
  readonly engine: RecordEngine;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly rows: ExpiringRows;
  readonly hashing: PasswordHashing;
  readonly slow: SlowDown;
  readonly audit: AuditTrail;
  /** Whom the people of a demo enrol is of the demo, too: anybody may be one of them (AN36). */
  readonly isDemo?: () => boolean;
  /** Tells the audit of a change of an account that has landed. */
  tell(account: Pick<Account, 'who' | 'userName'>, by: ChangedBy | undefined, detail: string): Promise<void>;
  newId(): string;
}

export const BUSY: StaffRefusal = { kind: 'invalid', why: 'Too many passwords are being checked. Try again.' };
export const sourceOfChange = (by: ChangedBy | undefined): { readonly name: string; readonly known: boolean } => ({
  name: by === undefined ? 'change' : by === 'terminal' ? 'terminal' : `person ${by.who}`,
  known: true,
});
