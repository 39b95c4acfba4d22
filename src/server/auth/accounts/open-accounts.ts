// The accounts over the record: what `accounts.ts` promises, each step where it can be read.
import type { AuditTrail } from '../../../core/access/audit-trail.ts';
import { USER_NAME_SYSTEM } from '../../../core/access/names.ts';
import { assert } from '../../../core/base/assert.ts';
import { uuidV7 } from '../../../core/base/id.ts';
import type { Chance, Clock, Instant } from '../../../core/base/ports.ts';
import { err, ok, type Result } from '../../../core/base/result.ts';
import type { RecordEngine } from '../../../core/engine/engine.ts';
import type { RecordStore } from '../../../core/record/store.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { accountRecord } from './account-record.ts';
import { FEDERATED_SYSTEM, federatedName, PASSKEY_SYSTEM, type Account } from './account-resource.ts';
import type { Accounts, ChangedBy, PasswordRefusal, SignedInAccount, StaffRefusal } from './accounts.ts';
import { endHalfDoneOf, endOtherSessionsOf, endSessionsOf } from './end-sessions.ts';
import { plainUserName } from './enrol.ts';
import { passwordHashing, type PasswordHashing } from './password-hash.ts';
import { judgePassword } from './password-rules.ts';
import { BUSY, sourceOfChange, type AccountTools } from './account-tools.ts';
import { hashRecoveryCode, newRecoveryCode, newTemporaryPassword, RECOVERY_CODES } from './recovery-codes.ts';
import { signedIn, signInByPassword, signInByRecoveryCode } from './sign-in.ts';
import { slowDown } from './slow-down.ts';
import { addAccount, enrol, setRole } from './staff-changes.ts';
import { listStaff } from './staff-list.ts';
import { judgeCare } from './staff-rights.ts';
import { standingOf } from './standing.ts';

export interface AccountsOptions {
  readonly store: RecordStore;
  readonly engine: RecordEngine;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly rows: ExpiringRows;
  readonly audit: AuditTrail;
  /** Whether this node was started as a demo; asked each time. Absent: it was not. */
  readonly isDemo?: () => boolean;
  /** scrypt as it should be, unless told (tests). */
  readonly hashing?: PasswordHashing;
}
export function openAccounts(options: AccountsOptions): Accounts {
  const { clock, chance, rows } = options;
  const record = accountRecord(options.store, options.engine, options.isDemo);
  const tools: AccountTools = {
    ...options,
    record,
    hashing: options.hashing ?? passwordHashing(),
    slow: slowDown(rows, clock),
    newId: () => uuidV7(clock, chance),
    tell: (account, by, detail) => options.audit.record(entryOf(account, by, detail, clock.now())),
  };
  const entering = (account: Account | undefined): SignedInAccount | undefined => {
    const now = clock.now();
    const standing = account === undefined ? 'disabled' : standingOf(account, now);
    return account === undefined || standing === 'disabled' || standing === 'expired'
      ? undefined
      : signedIn(account, now);
  };
  /** A change by somebody with a right to it; told in the audit. */
  const change = async (
    accountId: string,
    by: ChangedBy,
    what: 'look after' | 'take over',
    detail: string,
    next: (account: Account) => Account | undefined,
  ): Promise<Result<Account, StaffRefusal>> => {
    const account = await record.byId(accountId);
    if (account === undefined) return err({ kind: 'not-found' });
    const refused = await judgeCare(record, account, by, what, clock.now());
    if (refused !== undefined) return err(refused);
    const done = await record.update(accountId, by, next);
    if (done === undefined) return err({ kind: 'not-found' });
    await tools.tell(account, by, detail);
    return ok(done.account);
  };
  const own = async (
    accountId: string,
    by: ChangedBy | undefined,
    detail: string,
    next: (account: Account) => Account | undefined,
  ): Promise<void> => {
    const done = await record.update(accountId, by, (account) => {
      // Supervisors have ways of their own; whoever could add a key to another's account would be them.
      assert(
        by === undefined || by === 'terminal' || by.who === account.who,
        'keys and codes are their owner’s to change',
      );
      return next(account);
    });
    if (done?.changed === true) await tools.tell(done.account, by, detail);
  };
  const none = <T>(result: Result<T, StaffRefusal>): Result<undefined, StaffRefusal> =>
    result.ok ? ok(undefined) : result;

  return {
    signInByPassword: (userName, password, from) => signInByPassword(tools, userName, password, from),
    signInByRecoveryCode: (userName, code, from) => signInByRecoveryCode(tools, userName, code, from),
    findByPasskey: async (credentialId) => {
      const account = await record.byIdentifier(PASSKEY_SYSTEM, credentialId);
      const entered = entering(account);
      const passkey = account?.passkeys.find((one) => one.credentialId === credentialId);
      return entered === undefined || passkey === undefined ? undefined : { account: entered, passkey };
    },
    findByFederation: async (issuer, subject) =>
      entering(await record.byIdentifier(FEDERATED_SYSTEM, federatedName({ issuer, subject }))),
    find: async (accountId) => {
      const account = await record.byId(accountId);
      return account === undefined || account.disabledAt !== undefined ? undefined : signedIn(account, clock.now());
    },
    findByUserName: (userName) => record.byIdentifier(USER_NAME_SYSTEM, plainUserName(userName)),

    changePassword: (accountId, current, next, by) => changePassword(tools, accountId, current, next, by),
    passkeysOf: async (accountId) => (await record.byId(accountId))?.passkeys ?? [],
    addPasskey: async (accountId, passkey, by) => {
      const holder = await record.byIdentifier(PASSKEY_SYSTEM, passkey.credentialId);
      if (holder !== undefined && holder.id !== accountId) return false;
      await own(accountId, by, 'passkey added', (account) => ({
        ...account,
        passkeys: [...account.passkeys.filter((one) => one.credentialId !== passkey.credentialId), passkey],
      }));
      return true;
    },
    removePasskey: (accountId, credentialId, by) =>
      own(accountId, by, 'passkey removed', (account) => {
        const passkeys = account.passkeys.filter((one) => one.credentialId !== credentialId);
        return passkeys.length === account.passkeys.length ? undefined : { ...account, passkeys };
      }),
    passkeyUsed: async (accountId, credentialId, counter) => {
      // Most passkeys have no counter: then there is nothing to write.
      await record.update(accountId, undefined, (account) =>
        account.passkeys.some((one) => one.credentialId === credentialId && one.counter < counter)
          ? {
              ...account,
              passkeys: account.passkeys.map((one) => (one.credentialId === credentialId ? { ...one, counter } : one)),
            }
          : undefined,
      );
    },
    newRecoveryCodes: async (accountId, by) => {
      const codes = Array.from({ length: RECOVERY_CODES }, () => newRecoveryCode(chance));
      await own(accountId, by, 'recovery codes made', (account) => ({
        ...account,
        recoveryCodes: codes.map((code) => ({ hash: hashRecoveryCode(account.id, code) })),
      }));
      return codes;
    },
    recoveryCodesLeft: async (accountId) =>
      (await record.byId(accountId))?.recoveryCodes.filter((code) => code.usedAt === undefined).length ?? 0,
    setFederated: async (accountId, federated, linked, by) => {
      const name = federatedName(federated);
      const holder = linked ? await record.byIdentifier(FEDERATED_SYSTEM, name) : undefined;
      if (holder !== undefined && holder.id !== accountId) {
        return err({ kind: 'invalid', why: 'Another account is linked to this person.' });
      }
      return none(
        await change(accountId, by, 'take over', linked ? 'linked to a provider' : 'link taken away', (account) => {
          const others = account.federated.filter((one) => federatedName(one) !== name);
          return { ...account, federated: linked ? [...others, federated] : others };
        }),
      );
    },

    enrol: (request, by) => enrol(tools, request, by),
    addAccount: (request, by) => addAccount(tools, request, by),
    setRole: (accountId, role, by) => setRole(tools, accountId, role, by),
    staff: (by, asked) => listStaff(tools, by, asked),
    confirm: async (accountId, until, by) =>
      none(
        await change(
          accountId,
          by,
          'look after',
          until === undefined ? 'confirmed without an end' : `confirmed until ${new Date(until).toISOString()}`,
          ({ until: _before, ...account }) => ({ ...account, ...(until === undefined ? {} : { until }) }),
        ),
      ),
    setDisabled: async (accountId, disabled, by) => {
      const done = await change(
        accountId,
        by,
        // Who opens a closed account gives its rights.
        disabled ? 'look after' : 'take over',
        disabled ? 'disabled' : 'enabled',
        ({ disabledAt, ...account }) => (disabled ? { ...account, disabledAt: disabledAt ?? clock.now() } : account),
      );
      if (done.ok && disabled) await endSessionsOf(rows, clock, accountId);
      return none(done);
    },
    unlock: async (accountId, by) => {
      const done = await change(accountId, by, 'look after', 'wrong passwords forgotten', () => undefined);
      if (done.ok) await tools.slow.clear(done.value.userName);
      return none(done);
    },
    resetPassword: async (accountId, by) => {
      const temporaryPassword = newTemporaryPassword(chance);
      const verifier = await tools.hashing.hash(temporaryPassword, sourceOfChange(by));
      if (verifier === undefined) return err(BUSY);
      const done = await change(accountId, by, 'take over', 'password reset', (account) => ({
        ...account,
        verifier,
        mustChangePassword: true,
        recoveryCodes: [],
      }));
      if (!done.ok) return done;
      await endSessionsOf(rows, clock, accountId);
      await tools.slow.clear(done.value.userName);
      return ok({ accountId, userName: done.value.userName, temporaryPassword });
    },
  };
}

async function changePassword(
  tools: AccountTools,
  accountId: string,
  current: string | undefined,
  next: string,
  by: ChangedBy | undefined,
): Promise<Result<undefined, PasswordRefusal>> {
  const { record, hashing, slow } = tools;
  const account = await record.byId(accountId);
  if (account === undefined || account.disabledAt !== undefined) return err({ kind: 'wrong' });
  const source = sourceOfChange(by);
  if (current !== undefined) {
    // Whoever finds a session open must not guess at leisure.
    const from = { address: '', device: `change ${accountId}` };
    const turn = await slow.turn(account.userName, from);
    if (turn.kind === 'wait') return err({ kind: 'slow-down', retryAfterMs: turn.retryAfterMs });
    const right = await hashing.verify(current, account.verifier, source);
    if (right === undefined) return err({ kind: 'slow-down', retryAfterMs: 3_000 });
    if (!right) return err({ kind: 'wrong' });
    await slow.succeeded(account.userName, from);
  }
  const refused = judgePassword(next, account.userName);
  if (refused !== undefined) return err(refused);
  if (account.verifier !== undefined && (await hashing.verify(next, account.verifier, source)) === true) {
    return err({ kind: 'same' });
  }
  const verifier = await hashing.hash(next, source);
  if (verifier === undefined) return err({ kind: 'slow-down', retryAfterMs: 3_000 });
  const before = account.verifier;
  const done = await record.update(accountId, by, (there) =>
    // Changed or reset by somebody else meanwhile: that stands.
    there.verifier === before ? { ...there, verifier, mustChangePassword: false } : undefined,
  );
  if (done?.changed !== true) return err({ kind: 'wrong' });
  // Whoever knew the password before, or has a temporary one, is out; who changed it stays.
  if (by === undefined) await endHalfDoneOf(tools.rows, accountId);
  else if (by === 'terminal') await endSessionsOf(tools.rows, tools.clock, accountId);
  else await endOtherSessionsOf(tools.rows, tools.clock, accountId, by.session);
  await tools.tell(account, by, 'password changed');
  return ok(undefined);
}

function entryOf(
  account: Pick<Account, 'who' | 'userName'>,
  by: ChangedBy | undefined,
  detail: string,
  at: Instant,
): Parameters<AuditTrail['record']>[0] {
  const what = {
    at,
    act: 'account',
    ok: true,
    what: [account.who],
    ...(account.who.startsWith('Patient/') ? { patients: [account.who] } : {}),
    detail: `${account.userName}: ${detail}`,
  } as const;
  if (by === undefined) return { ...what, who: account.who };
  if (by === 'terminal') return { ...what, device: 'terminal', session: 'terminal', name: 'terminal of the node' };
  return {
    ...what,
    who: by.who,
    name: by.name,
    roles: [...new Set(by.duties.map((duty) => duty.role))],
    client: by.client,
    session: by.session,
    ...(by.device === undefined ? {} : { device: by.device }),
    ...(by.unconfirmed === true ? { unconfirmed: true } : {}),
  };
}
