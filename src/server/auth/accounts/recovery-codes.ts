// One-time codes on paper, for who has lost the rest. 80 bits of chance each, so a plain hash keeps them.
import { createHash, timingSafeEqual } from 'node:crypto';
import { toBase32 } from '../../../core/base/base32.ts';
import type { Chance, Instant } from '../../../core/base/ports.ts';
import type { RecoveryCode } from './account-resource.ts';

export const RECOVERY_CODES = 10;
const CODE_BYTES = 10;
const TEMPORARY_BYTES = 8;

/** `abcd-efgh-ijkl-mnop` */
export const newRecoveryCode = (chance: Chance): string => inFours(toBase32(chance.bytes(CODE_BYTES)));

/** For a slip of paper, and one use: 60 bits in twelve letters. */
export const newTemporaryPassword = (chance: Chance): string =>
  inFours(toBase32(chance.bytes(TEMPORARY_BYTES)).slice(0, 12));

const inFours = (text: string): string => text.match(/.{1,4}/g)?.join('-') ?? '';

/** As people type it: capitals, spaces and hyphens as they like, and the figures that look like letters. */
const plain = (code: string): string =>
  code.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('0', 'o').replaceAll('1', 'l');

export const hashRecoveryCode = (accountId: string, code: string): string =>
  createHash('sha256')
    .update(`${accountId} ${plain(code)}`)
    .digest('base64url');

/** The codes with this one marked as used; undefined: none of them, or used before. Takes the same time for any. */
export function useCode(
  codes: readonly RecoveryCode[],
  accountId: string,
  code: string,
  now: Instant,
): readonly RecoveryCode[] | undefined {
  const given = Buffer.from(hashRecoveryCode(accountId, code));
  let found = -1;
  for (const [index, { hash, usedAt }] of codes.entries()) {
    const kept = Buffer.from(hash);
    if (kept.length === given.length && timingSafeEqual(kept, given) && usedAt === undefined) found = index;
  }
  if (found === -1) return undefined;
  return codes.map((one, index) => (index === found ? { ...one, usedAt: now } : one));
}
