// Invitations of nodes, at the parent: a code is printed once, is good for a day, and takes one node in.
//
//   NL22  Of the secret only what it derives is kept; the secret itself never travels either.
//   NL23  One code enrols one node. The same node may ask again with it: the answer may have been lost.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Chance, Clock, Instant } from '../../core/base/ports.ts';
import type { ExpiringRows } from '../ports/expiring-rows.ts';
import { printCode } from '../../core/sync/enrolment-code.ts';
import {
  CODE_ID_WORDS,
  CODE_PROOF_WORDS,
  ENROLMENT_REFUSALS,
  type EnrolmentRefusal,
  type EnrolmentReply,
  type EnrolmentRequest,
} from '../../core/sync/enrolment-words.ts';
import { isTier, type RegisteredNode, type Tier } from './link-types.ts';
import { isRawKey, isSignedBy, type NodePublicKeys } from './node-keys.ts';
import type { NodeRegister } from './node-register.ts';

export const INVITE_MS = 24 * 3_600_000;
export const SECRET_BYTES = 10;
const KIND = 'NodeInvite';
const NAME_MAX = 120;

export interface Invitation {
  readonly name: string;
  readonly tier: Tier;
  readonly site?: string;
}
interface Kept extends Invitation {
  /** Base64url; proves requests and replies. */
  readonly mac: string;
  /** The key of the node that used it. */
  readonly usedBy?: string;
}

/** By what a code is found, and what its holder proves itself by. */
export const codeId = (secret: Uint8Array): string =>
  createHash('sha256').update(CODE_ID_WORDS).update(secret).digest('base64url');
export const codeMac = (secret: Uint8Array): string =>
  createHash('sha256').update(CODE_PROOF_WORDS).update(secret).digest('base64url');
export const proofOf = (mac: string, text: string): string =>
  createHmac('sha256', mac).update(text).digest('base64url');
export const isProof = (mac: string, text: string, proof: string): boolean => {
  const right = Buffer.from(proofOf(mac, text));
  const given = Buffer.from(proof);
  return right.length === given.length && timingSafeEqual(right, given);
};

/** Prints a code. `fingerprint` of the authority that this node's certificates are of; absent where it is reached over loopback alone. */
export async function invite(
  deps: { readonly rows: ExpiringRows; readonly clock: Clock; readonly chance: Chance },
  invitation: Invitation,
  fingerprint: string | undefined,
  lifeMs = INVITE_MS,
): Promise<{ readonly code: string; readonly expiresAt: Instant }> {
  const secret = deps.chance.bytes(SECRET_BYTES);
  const expiresAt = deps.clock.now() + lifeMs;
  const kept: Kept = { ...invitation, mac: codeMac(secret) };
  await deps.rows.put(KIND, codeId(secret), JSON.stringify(kept), { expiresAt });
  return { code: printCode(secret, fingerprint), expiresAt };
}

export { ENROLMENT_REFUSALS, type EnrolmentRefusal, type EnrolmentReply };

export interface RedeemDeps {
  readonly rows: ExpiringRows;
  readonly register: NodeRegister;
  /** This node's install id. */
  readonly node: string;
}

/** Takes a node in. `text` is the request as it came; `signature` of it by the key in it. */
export async function redeem(
  deps: RedeemDeps,
  text: string,
  proof: string,
  signature: string,
): Promise<Result<{ readonly entry: RegisteredNode; readonly mac: string }, EnrolmentRefusal>> {
  const request = readRequest(text);
  if (request === undefined) return err('malformed');
  const row = await deps.rows.get(KIND, request.code);
  if (row === undefined) return err('unknown-code');
  const kept: Kept = JSON.parse(row.value);
  if (!isProof(kept.mac, text, proof)) return err('unknown-code');
  if (!isSignedBy(request.keys.sign, text, signature)) return err('malformed');
  if (request.tier !== kept.tier) return err('other-tier');
  // A copy of this node's own database would be taken for this node itself.
  if (request.node === deps.node) return err('own-database');
  const known = await deps.register.byKey(request.keys.sign);
  if (known?.retiredAt !== undefined) return err('retired-key');
  const isFirst = await deps.rows.consume(KIND, request.code);
  if (!isFirst && kept.usedBy !== request.keys.sign) return err('used-code');
  if (isFirst) {
    const used: Kept = { ...kept, usedBy: request.keys.sign };
    const { expiresAt } = row;
    await deps.rows.put(KIND, request.code, JSON.stringify(used), expiresAt === undefined ? {} : { expiresAt });
  }
  const { name, tier, site } = kept;
  const entry = await deps.register.enrol(
    { node: request.node, name, tier, ...(site === undefined ? {} : { site }) },
    request.keys,
  );
  return ok({ entry, mac: kept.mac });
}

function readRequest(text: string): EnrolmentRequest | undefined {
  try {
    const read: Partial<Record<keyof EnrolmentRequest, unknown>> = JSON.parse(text);
    const { code, node, tier, keys } = read;
    if (typeof code !== 'string' || typeof node !== 'string' || !isTier(tier) || !isPublicKeys(keys)) return undefined;
    return /^[A-Za-z0-9-]{1,64}$/.test(node)
      ? { code, node, tier, keys: { sign: keys.sign, seal: keys.seal } }
      : undefined;
  } catch {
    return undefined;
  }
}

export const isPublicKeys = (value: unknown): value is NodePublicKeys =>
  typeof value === 'object' &&
  value !== null &&
  'sign' in value &&
  'seal' in value &&
  typeof value.sign === 'string' &&
  typeof value.seal === 'string' &&
  isRawKey(value.sign) &&
  isRawKey(value.seal);

/** What is wrong with the words of an invitation, for the person at the terminal. */
export function invitationFault({
  name,
  tier,
  site,
}: {
  readonly name: string;
  readonly tier: string;
  readonly site: string | undefined;
}): string | undefined {
  if (name.trim() === '' || name.length > NAME_MAX) return `A node has a name of 1 to ${NAME_MAX} characters.`;
  if (!isTier(tier) || tier === 'region') return 'A node is invited as a site or as a device.';
  // A device is a ward's: what goes on there is what it keeps.
  const places =
    tier === 'device' ? /^(?:Location|Organization)\/[A-Za-z0-9.-]{1,64}$/ : /^Organization\/[A-Za-z0-9.-]{1,64}$/;
  if (site !== undefined && !places.test(site))
    return tier === 'device' ? 'A ward is named as Location/ID.' : 'A site is named as Organization/ID.';
  if (tier === 'site' && site === undefined) return undefined;
  return undefined;
}
