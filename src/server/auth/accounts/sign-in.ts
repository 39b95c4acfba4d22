// Proving who one is by a password or a recovery code.
//
//   AN9   Unknown, wrong, disabled: the same work, the same words.
//   AN14  An attempt by password is counted before it is judged. One by recovery code is not: 80 bits are not guessed, and a way in
//         stays open that no stranger can slow (AN16).
//   AN18  Who proved it after the end of the enrolment comes in for 12 h more, marked; later hears why not.
import type { AuditTrail } from '../../../core/access/audit-trail.ts';
import { USER_NAME_SYSTEM } from '../../../core/access/names.ts';
import type { Clock } from '../../../core/base/ports.ts';
import { err, ok, type Result } from '../../../core/base/result.ts';
import type { AccountRecord } from './account-record.ts';
import type { Account } from './account-resource.ts';
import type { From, SignedInAccount, SignInRefusal } from './accounts.ts';
import { plainUserName } from './enrol.ts';
import type { PasswordHashing } from './password-hash.ts';
import { PASSWORD_MAX } from './password-rules.ts';
import { useCode } from './recovery-codes.ts';
import { sourceOf, type SlowDown, type Turn } from './slow-down.ts';
import { standingOf } from './standing.ts';

export interface SignInDeps {
  readonly record: AccountRecord;
  readonly hashing: PasswordHashing;
  readonly slow: SlowDown;
  readonly clock: Clock;
  readonly audit: AuditTrail;
}
type Attempt = Result<SignedInAccount, SignInRefusal>;
/** What is judged: whether the secret is the account's. `busy`: not looked at. */
type Judge = (account: Account | undefined) => Promise<boolean | 'busy'>;

/** When the queue for work is full, it is worth coming back soon. */
const BUSY_RETRY_MS = 3_000;

export const signedIn = (account: Account, now: number): SignedInAccount => ({
  accountId: account.id,
  userName: account.userName,
  name: account.name,
  who: account.who,
  mustChangePassword: account.mustChangePassword,
  unconfirmed: account.until !== undefined && now >= account.until,
});

export async function signInByPassword(
  deps: SignInDeps,
  userName: string,
  password: string,
  from: From,
): Promise<Attempt> {
  const { record, hashing } = deps;
  // Nobody's password is that long: compared like a wrong one, without the work of its length.
  const given = password.length > PASSWORD_MAX * 4 ? '' : password;
  return attempt(deps, 'password', userName, from, async (account) => {
    const source = { name: sourceOf(from), known: from.device !== undefined };
    const equal = await hashing.verify(given, account?.verifier, source);
    if (equal === undefined) return 'busy';
    if (equal && account?.verifier !== undefined && hashing.isWeak(account.verifier)) {
      const verifier = await hashing.hash(given, source);
      const old = account.verifier;
      await record.update(account.id, undefined, (now) =>
        verifier === undefined || now.verifier !== old ? undefined : { ...now, verifier },
      );
    }
    return equal;
  });
}

export async function signInByRecoveryCode(
  deps: SignInDeps,
  userName: string,
  code: string,
  from: From,
): Promise<Attempt> {
  const { record, clock } = deps;
  return attempt(deps, 'recovery code', userName, from, async (account) => {
    const now = clock.now();
    if (account === undefined || useCode(account.recoveryCodes, account.id, code, now) === undefined) return false;
    if (!mayEnter(account, now)) return true;
    const used = await record.update(account.id, undefined, (there) => {
      const recoveryCodes = useCode(there.recoveryCodes, there.id, code, now);
      return recoveryCodes === undefined ? undefined : { ...there, recoveryCodes };
    });
    return used?.changed === true;
  });
}

const mayEnter = (account: Account, now: number): boolean =>
  ['active', 'unconfirmed'].includes(standingOf(account, now));

async function attempt(
  deps: SignInDeps,
  by: 'password' | 'recovery code',
  userName: string,
  from: From,
  judge: Judge,
): Promise<Attempt> {
  const { record, slow, clock, audit } = deps;
  const name = plainUserName(userName).slice(0, 256);
  const turn: Turn = by === 'password' ? await slow.turn(name, from) : { kind: 'go' };
  const tell = async (account: Account | undefined, detail: string): Promise<void> => {
    await audit.record({
      at: clock.now(),
      act: 'sign-in-failed',
      ok: false,
      address: from.address,
      // What was typed as a name may be a password: only a name that exists is told.
      ...(account === undefined ? {} : { who: account.who, name: account.name }),
      ...(from.device === undefined ? {} : { device: from.device }),
      detail: `${by}: ${detail}`,
    });
  };
  if (turn.kind === 'wait') {
    if (turn.first) await tell(await record.byIdentifier(USER_NAME_SYSTEM, name), 'slowed down after failures');
    return err({ kind: 'slow-down', retryAfterMs: turn.retryAfterMs });
  }
  const account = await record.byIdentifier(USER_NAME_SYSTEM, name);
  const right = await judge(account);
  if (right === 'busy') {
    await slow.withdraw(name, from);
    return err({ kind: 'slow-down', retryAfterMs: BUSY_RETRY_MS });
  }
  const now = clock.now();
  const standing = account === undefined ? 'disabled' : standingOf(account, now);
  if (account === undefined || !right || standing === 'disabled') {
    await tell(account, account === undefined ? 'unknown user name' : right ? 'the account is disabled' : 'wrong');
    return err({ kind: 'wrong' });
  }
  await slow.succeeded(name, from);
  if (standing === 'expired') {
    await tell(account, 'the enrolment has ended');
    return err({ kind: 'ended' });
  }
  return ok(signedIn(account, now));
}
