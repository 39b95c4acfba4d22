// An account in conflict: what may be signed in with until it is one again.
//
//   CW12  The most restrictive of all sides: disabled if any side says so, ended when the first ends, a credential that one side took away
//         is gone, a code that one side used is used. What a side added stands.
import type { Instant } from '../../../core/base/ports.ts';
import type { Account, RecoveryCode } from './account-resource.ts';
import type { Passkey } from './accounts.ts';

export interface AccountSide {
  /** Undefined: this side deleted it, or made something else of it. */
  readonly account: Account | undefined;
  readonly authoredAt: Instant;
}

/** `sides`: the latest first. `base`: the account before they parted, where that is known. Undefined where no side is an account. */
export function restrictedAccount(sides: readonly AccountSide[], base: Account | undefined): Account | undefined {
  const live = sides.flatMap(({ account }) => account ?? []);
  const [latest] = live;
  if (latest === undefined) return undefined;
  const gone = sides.filter(({ account }) => account === undefined).map(({ authoredAt }) => authoredAt);
  // Whose account it is differs: nobody's.
  const isOfTwo = new Set(live.map(({ who }) => who)).size > 1;
  const disabledAt = least([
    ...gone,
    ...live.flatMap((one) => one.disabledAt ?? []),
    ...(isOfTwo ? sides.map(({ authoredAt }) => authoredAt) : []),
  ]);
  const until = least(live.flatMap((one) => one.until ?? []));
  const changed = live.filter(({ verifier }) => verifier !== base?.verifier);
  const verifier = (changed[0] ?? latest).verifier;
  const hasTwoPasswords = new Set(changed.map((one) => one.verifier)).size > 1;
  const { verifier: _verifier, disabledAt: _disabledAt, until: _until, demo: _demo, ...rest } = latest;
  return {
    ...rest,
    ...(verifier === undefined ? {} : { verifier }),
    mustChangePassword: hasTwoPasswords || live.some((one) => one.mustChangePassword),
    passkeys: kept(
      live,
      base,
      ({ passkeys }) => passkeys,
      ({ credentialId }) => credentialId,
      highest,
    ),
    recoveryCodes: kept(
      live,
      base,
      ({ recoveryCodes }) => recoveryCodes,
      ({ hash }) => hash,
      used,
    ),
    federated: kept(
      live,
      base,
      ({ federated }) => federated,
      ({ issuer, subject }) => `${issuer} ${subject}`,
      ([one]) => one,
    ),
    ...(until === undefined ? {} : { until }),
    ...(disabledAt === undefined ? {} : { disabledAt }),
    ...(live.some(({ demo }) => demo === true) ? { demo: true as const } : {}),
  };
}

const least = (instants: readonly Instant[]): Instant | undefined =>
  instants.length === 0 ? undefined : Math.min(...instants);

/** What every side has, and what a side added. Where it is not known what was there before, what every side has. */
function kept<T>(
  sides: readonly Account[],
  base: Account | undefined,
  listOf: (account: Account) => readonly T[],
  keyOf: (item: T) => string,
  together: (items: readonly T[]) => T | undefined,
): readonly T[] {
  const before = base === undefined ? undefined : new Set(listOf(base).map(keyOf));
  const byKey = new Map<string, T[]>();
  for (const item of sides.flatMap(listOf)) {
    const others = byKey.get(keyOf(item));
    if (others === undefined) byKey.set(keyOf(item), [item]);
    else others.push(item);
  }
  return [...byKey].flatMap(([key, items]): readonly T[] => {
    const isAdded = before !== undefined && !before.has(key);
    const one = isAdded || items.length >= sides.length ? together(items) : undefined;
    return one === undefined ? [] : [one];
  });
}

/** A counter that went back is the sign of a copied key. */
const highest = (keys: readonly Passkey[]): Passkey | undefined => keys.toSorted((a, b) => b.counter - a.counter)[0];
function used(codes: readonly RecoveryCode[]): RecoveryCode | undefined {
  const at = least(codes.flatMap(({ usedAt }) => usedAt ?? []));
  return codes[0] === undefined || at === undefined ? codes[0] : { ...codes[0], usedAt: at };
}
