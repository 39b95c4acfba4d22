// Passkeys: WebAuthn challenges and their verification.
//
//   1. A challenge is good for one answer, for five minutes, in the browser and for the purpose it was made for.
//   2. User verification is required: a passkey stands alone, without a password, so possession is not enough.
//   3. The relying party is the host name as the browser sees it. An address of numbers has none.
import { isIP } from 'node:net';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { PagesDeps } from './deps.ts';
import type { Passkey, SignedInAccount } from '../accounts/accounts.ts';
import { rowName } from './serve-page.ts';
import type { Visit } from './visit.ts';

const KIND = 'passkey-challenge';
const CHALLENGE_MS = 5 * 60_000;
const ANSWER_CHARS_MAX = 20_000;

/** The host name that passkeys of this visit belong to; undefined at an address of numbers. */
export const relyingParty = (visit: Visit): string | undefined =>
  isIP(visit.hostName.replace(/^\[|\]$/g, '')) === 0 ? visit.hostName : undefined;

/** Where the same page has a name. */
export function namedAddress(visit: Visit): string | undefined {
  if (!/^(127\.|\[?::1\]?$)/.test(visit.hostName)) return undefined;
  return `${visit.request.protocol}://localhost:${visit.request.port ?? (visit.secure ? 443 : 80)}`;
}

async function keepChallenge(visit: Visit, deps: PagesDeps, purpose: string, challenge: string): Promise<void> {
  await deps.rows.put(KIND, rowName(purpose, visit), challenge, { expiresAt: deps.clock.now() + CHALLENGE_MS });
}
async function takeChallenge(visit: Visit, deps: PagesDeps, purpose: string): Promise<string | undefined> {
  const id = rowName(purpose, visit);
  const row = await deps.rows.get(KIND, id);
  if (row === undefined || !(await deps.rows.consume(KIND, id))) return undefined;
  await deps.rows.remove(KIND, id);
  return row.value;
}

export async function signInOptions(visit: Visit, deps: PagesDeps, uid: string, rpID: string): Promise<object> {
  const options = await generateAuthenticationOptions({ rpID, userVerification: 'required', allowCredentials: [] });
  await keepChallenge(visit, deps, `sign-in ${uid}`, options.challenge);
  return options;
}

/** Whose passkey answered; undefined whatever was wrong. */
export async function signInByPasskey(
  visit: Visit,
  deps: PagesDeps,
  uid: string,
): Promise<SignedInAccount | undefined> {
  const rpID = relyingParty(visit);
  const response = answerOf<AuthenticationResponseJSON>(visit);
  const challenge = await takeChallenge(visit, deps, `sign-in ${uid}`);
  if (rpID === undefined || response === undefined || challenge === undefined) return undefined;
  const found = await deps.accounts.findByPasskey(response.id);
  if (found === undefined || found.passkey.rpId !== rpID) return undefined;
  const { account, passkey } = found;
  const verified = await settled(() =>
    verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: visit.origin,
      expectedRPID: rpID,
      requireUserVerification: true,
      credential: {
        id: passkey.credentialId,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
        counter: passkey.counter,
      },
    }),
  );
  if (verified?.verified !== true) return undefined;
  await deps.accounts.passkeyUsed(account.accountId, passkey.credentialId, verified.authenticationInfo.newCounter);
  return account;
}

export async function registrationOptions(
  visit: Visit,
  deps: PagesDeps,
  account: SignedInAccount,
  rpID: string,
): Promise<object> {
  const known = await deps.accounts.passkeysOf(account.accountId);
  const options = await generateRegistrationOptions({
    rpName: deps.site,
    rpID,
    userName: account.userName,
    userDisplayName: account.name,
    userID: new Uint8Array(Buffer.from(account.accountId, 'utf8')),
    attestationType: 'none',
    excludeCredentials: known.filter((passkey) => passkey.rpId === rpID).map(({ credentialId: id }) => ({ id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  await keepChallenge(visit, deps, `add ${account.accountId}`, options.challenge);
  return options;
}

/** The passkey that the browser made, verified and not yet kept; undefined whatever was wrong. */
export async function registeredPasskey(
  visit: Visit,
  deps: PagesDeps,
  accountId: string,
  name: string,
): Promise<Passkey | undefined> {
  const rpId = relyingParty(visit);
  const response = answerOf<RegistrationResponseJSON>(visit);
  const challenge = await takeChallenge(visit, deps, `add ${accountId}`);
  if (rpId === undefined || response === undefined || challenge === undefined) return undefined;
  const verified = await settled(() =>
    verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: visit.origin,
      expectedRPID: rpId,
      requireUserVerification: true,
    }),
  );
  if (verified?.verified !== true) return undefined;
  const { credential } = verified.registrationInfo;
  return {
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    transports: credential.transports ?? [],
    rpId,
    name,
    addedAt: deps.clock.now(),
  };
}

/** What the browser's script put into the form; its parts are checked by the library. */
function answerOf<T extends { readonly id: string }>(visit: Visit): T | undefined {
  const text = visit.form('credential');
  if (text === '' || text.length > ANSWER_CHARS_MAX) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
    ? (value as T)
    : undefined;
}

/** The library throws for every answer that does not hold. */
async function settled<T>(verify: () => Promise<T>): Promise<T | undefined> {
  try {
    return await verify();
  } catch {
    return undefined;
  }
}
