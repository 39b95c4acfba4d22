// What the database of keys holds, and keys that wrap keys.
//
//   data key     of the device's record: random, made when the first person is let in
//   person key   of one person's drafts: random
//   wrap         both of them, under HKDF(what the person's secret gives ‖ what the device's own key gives)
//
//   BS11 No key and no passphrase is on the disk but wrapped; the device's own key, which no script can read out, raises the bar for
//        whoever has the disk alone.
import type { Chance } from '../../core/base/ports.ts';
import { joined } from './escrow.ts';
import { newStretching, stretched, type Stretching } from './passphrase.ts';
import { hkdfKey, Sealer, type Bytes } from './sealing.ts';
import type { Secret } from './storage.ts';

export const KEY_BYTES = 32;
const SALT_BYTES = 16;

export interface DeviceRow {
  readonly version: 1;
  readonly node: string;
  /** HKDF, not extractable. */
  readonly own: CryptoKey;
}
export interface PersonRow {
  readonly version: 1;
  /** Stands for the person in names of rows. */
  readonly tag: string;
  /** `{who, name}` under the device's own key. */
  readonly label: Bytes;
  readonly wraps: readonly Wrap[];
  /** Under the data key. */
  readonly profile: Bytes;
  readonly lastAt: number;
}
export type Wrap =
  | { readonly way: 'passphrase'; readonly stretching: Stretching; readonly salt: Bytes; readonly wrapped: Bytes }
  | { readonly way: 'passkey'; readonly credential: string; readonly salt: Bytes; readonly wrapped: Bytes };
/** Failures in a row; written down before a secret is tried. */
export interface TriesRow {
  readonly failed: number;
  readonly at: number;
}
/** The row that each name stands for: `device`, `person <tag>`, `tries <tag>`, `escrow <tag>`. */
export type Row = DeviceRow | PersonRow | TriesRow | Bytes;

export const newDeviceKey = (chance: Chance): Promise<CryptoKey> => hkdfKey(new Uint8Array(chance.bytes(KEY_BYTES)));

/** Both keys, one after the other. */
export async function wrapOf(
  keys: Bytes,
  secret: Secret,
  own: CryptoKey,
  place: string,
  chance: Chance,
): Promise<Wrap> {
  const salt = new Uint8Array(chance.bytes(SALT_BYTES));
  if (secret.way === 'passkey') {
    const { way, credential, prf } = secret;
    return { way, credential, salt, wrapped: await sealedUnder(prf, own, salt, keys, place, chance) };
  }
  const stretching = newStretching(new Uint8Array(chance.bytes(SALT_BYTES)));
  const strong = await stretched(secret.passphrase, stretching);
  return { way: 'passphrase', stretching, salt, wrapped: await sealedUnder(strong, own, salt, keys, place, chance) };
}

/** Undefined where the secret is not the one. */
export async function unwrapped(
  wraps: readonly Wrap[],
  secret: Secret,
  own: CryptoKey,
  place: string,
): Promise<Bytes | undefined> {
  for (const wrap of wraps) {
    const strong = await secretFor(wrap, secret);
    if (strong === undefined) continue;
    const keys = await (await wrapper(strong, own, wrap.salt, NO_CHANCE)).open(wrap.wrapped, place);
    if (keys !== undefined) return keys;
  }
  return undefined;
}

async function secretFor(wrap: Wrap, secret: Secret): Promise<Bytes | undefined> {
  if (wrap.way === 'passkey')
    return secret.way === 'passkey' && secret.credential === wrap.credential ? secret.prf : undefined;
  return secret.way === 'passphrase' ? stretched(secret.passphrase, wrap.stretching) : undefined;
}

async function sealedUnder(
  secret: Bytes,
  own: CryptoKey,
  salt: Bytes,
  keys: Bytes,
  place: string,
  chance: Chance,
): Promise<Bytes> {
  return (await wrapper(secret, own, salt, chance)).seal(keys, place);
}

async function wrapper(secret: Bytes, own: CryptoKey, salt: Bytes, chance: Chance): Promise<Sealer> {
  const info = new TextEncoder().encode('holdfast device key 1');
  const ofDevice = await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, own, KEY_BYTES * 8);
  return new Sealer(await hkdfKey(joined([secret, new Uint8Array(ofDevice)])), 'wrap', chance);
}

/** For a sealer that only opens. */
const NO_CHANCE: Chance = { bytes: (count) => new Uint8Array(count) };

/** What the page gives to `navigator.credentials.get({publicKey: {extensions: {prf: {eval: {first}}}}})` for a person. */
export const prfSaltOf = async (who: string): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`holdfast prf 1 ${who}`)));
