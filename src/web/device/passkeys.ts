// Passkeys that unlock: a secret of the authenticator for this device (WebAuthn PRF), asked in the page since a worker cannot.
//
// https://www.w3.org/TR/webauthn-3/#prf-extension. Nothing of it is sent anywhere: no server takes part.
import { fromBase64url, toBase64url } from '../../core/base/base64url.ts';
import { prfSaltOf } from '../storage/key-rows.ts';
import type { Secret } from '../storage/storage.ts';

const WAIT_MS = 60_000;
const CHALLENGE_BYTES = 32;
const MEMORY = 'holdfast-passkey ';
/** ES256 and RS256. */
const ALGORITHMS = [-7, -257];

/** A new passkey of this device for a person; undefined: cancelled, or the authenticator keeps no secrets. */
export async function newPasskey(who: string, name: string): Promise<Secret | undefined> {
  const salt = await prfSaltOf(who);
  const user = new Uint8Array(
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`holdfast user 1 ${who}`)),
  );
  try {
    const made = await navigator.credentials.create({
      publicKey: {
        rp: { name: 'Holdfast' },
        user: { id: user, name, displayName: name },
        challenge: challenge(),
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        timeout: WAIT_MS,
        extensions: { prf: { eval: { first: salt } } },
      },
    });
    if (!(made instanceof PublicKeyCredential)) return undefined;
    const credential = toBase64url(new Uint8Array(made.rawId));
    localStorage.setItem(MEMORY + who, credential);
    // Some authenticators give the secret only when they are asked the second time.
    return secretOf(made, credential) ?? (await passkey(who));
  } catch {
    // The person said no, or nothing answered: there is no more to be known.
    return undefined;
  }
}

export async function passkey(who: string): Promise<Secret | undefined> {
  const credential = localStorage.getItem(MEMORY + who);
  const id = credential === null ? undefined : fromBase64url(credential);
  if (credential === null || id === undefined) return undefined;
  const salt = await prfSaltOf(who);
  try {
    const got = await navigator.credentials.get({
      publicKey: {
        challenge: challenge(),
        allowCredentials: [{ type: 'public-key', id }],
        userVerification: 'required',
        timeout: WAIT_MS,
        extensions: { prf: { eval: { first: salt } } },
      },
    });
    return got instanceof PublicKeyCredential ? secretOf(got, credential) : undefined;
  } catch {
    // As above.
    return undefined;
  }
}

/** As far as the browser says. */
export async function hasPasskeys(): Promise<boolean> {
  if (typeof PublicKeyCredential === 'undefined') return false;
  return PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable();
}

function secretOf(made: PublicKeyCredential, credential: string): Secret | undefined {
  const first = made.getClientExtensionResults().prf?.results?.first;
  if (first === undefined) return undefined;
  const prf =
    first instanceof ArrayBuffer
      ? new Uint8Array(first)
      : new Uint8Array(first.buffer as ArrayBuffer, first.byteOffset, first.byteLength).slice();
  return { way: 'passkey', credential, prf };
}

const challenge = (): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(CHALLENGE_BYTES));
