// The node's own keys: what it signs id tokens and cookies with. Made on first need, changed by themselves, in files.
//
//   SM4  A generation of keys is one file, 0600, made whole or not at all; of several processes that make one at the same
//        time, one wins and all use its keys.
//   SM5  A generation is changed after `ROTATE_MS`. The next one is told to clients `TELL_MS` before anything is signed with
//        it, so every process and every client knows it by then; the old one is kept for checking signatures.
//   SM6  A process sees what another made within `LOOK_MS`, without a restart.
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assert } from '../../../core/base/assert.ts';
import type { Chance, Clock, Instant } from '../../../core/base/ports.ts';

const DAY_MS = 86_400_000;
export const ROTATE_MS = 90 * DAY_MS;
export const TELL_MS = 3_600_000;
/** Longer than any id token lives (an hour), so that a hint at sign-out is understood for a good while too. */
const KEEP_MS = ROTATE_MS + 90 * DAY_MS;
const LOOK_MS = 60_000;
const RSA_BITS = 2048;

/** A private key as oidc-provider takes it (RFC 7517). */
export interface SigningJwk {
  readonly kty: string;
  readonly kid: string;
  readonly alg?: string;
  readonly use: 'sig';
  readonly [parameter: string]: string | undefined;
}
interface Generation {
  readonly number: number;
  readonly madeAt: Instant;
  readonly keys: readonly SigningJwk[];
  readonly cookieKey: string;
}
/** What is in use: the first that fits signs, all verify. */
export interface KeySet {
  /** Changes when the keys do. */
  readonly version: string;
  readonly jwks: readonly SigningJwk[];
  readonly cookieKeys: readonly string[];
}
export interface NodeKeys {
  current(): Promise<KeySet>;
}

const FILE = /^oauth-(\d{6})\.json$/;
const fileOf = (number: number): string => `oauth-${String(number).padStart(6, '0')}.json`;
const makePair = promisify(generateKeyPair);

export interface KeysDeps {
  /** Made when it is not there, 0700. */
  readonly folder: string;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** The keys in a folder; nothing is read before the first question. */
export function openKeys(deps: KeysDeps): NodeKeys {
  const { folder, clock, chance } = deps;
  let seen: { readonly at: Instant; readonly generations: readonly Generation[] } | undefined;
  let looking: Promise<readonly Generation[]> | undefined;

  const look = async (): Promise<readonly Generation[]> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    let generations = await readAll(folder);
    const newest = generations.at(-1);
    const now = clock.now();
    if (newest === undefined || now - newest.madeAt >= ROTATE_MS) {
      await make(folder, (newest?.number ?? 0) + 1, now, chance);
      generations = await readAll(folder);
    }
    const last = generations.at(-1);
    assert(last !== undefined, 'a generation of keys was just made');
    for (const old of generations) {
      if (old !== last && now - old.madeAt > KEEP_MS) await rm(join(folder, fileOf(old.number)), { force: true });
    }
    return generations.filter((each) => each === last || now - each.madeAt <= KEEP_MS);
  };
  return {
    current: async () => {
      // A clock that was set back must not keep the folder unread.
      if (seen === undefined || Math.abs(clock.now() - seen.at) >= LOOK_MS) {
        looking ??= look().finally(() => (looking = undefined));
        seen = { generations: await looking, at: clock.now() };
      }
      return keySetOf(seen.generations, clock.now());
    },
  };
}

/** The newest that every process knows goes first. */
function keySetOf(generations: readonly Generation[], now: Instant): KeySet {
  const told = generations.filter((each) => now - each.madeAt >= TELL_MS);
  const first = told.at(-1) ?? generations[0];
  assert(first !== undefined, 'no keys');
  const ordered = [first, ...generations.filter((each) => each !== first).reverse()];
  return {
    version: ordered.map(({ number }) => number).join('.'),
    jwks: ordered.flatMap(({ keys }) => keys),
    cookieKeys: ordered.map(({ cookieKey }) => cookieKey),
  };
}

async function readAll(folder: string): Promise<readonly Generation[]> {
  const found: Generation[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const number = FILE.exec(name)?.[1];
    if (number === undefined) continue;
    // Only `make` writes files of this name, and whole.
    const stored = JSON.parse(await readFile(join(folder, name), 'utf8')) as Omit<Generation, 'number'>;
    found.push({ number: Number(number), madeAt: stored.madeAt, keys: stored.keys, cookieKey: stored.cookieKey });
  }
  return found;
}

async function make(folder: string, number: number, now: Instant, chance: Chance): Promise<void> {
  const text = (bytes: number): string => Buffer.from(chance.bytes(bytes)).toString('base64url');
  const [p256, rsa, p384] = await Promise.all([
    makePair('ec', { namedCurve: 'P-256' }),
    makePair('rsa', { modulusLength: RSA_BITS }),
    makePair('ec', { namedCurve: 'P-384' }),
  ]);
  const jwk = (key: KeyObject, alg?: string): SigningJwk => ({
    ...(key.export({ format: 'jwk' }) as Record<string, string> & { kty: string }),
    use: 'sig',
    kid: text(12),
    ...(alg === undefined ? {} : { alg }),
  });
  // The RSA key names no algorithm: it signs RS256 and RS384, as the client wants.
  const keys = [jwk(p256.privateKey, 'ES256'), jwk(rsa.privateKey), jwk(p384.privateKey, 'ES384')];
  const draft = join(folder, `.draft-${text(9)}`);
  await writeFile(draft, JSON.stringify({ madeAt: now, keys, cookieKey: text(32) }), { mode: 0o600, flush: true });
  try {
    // A link, unlike a rename, never takes the place of what another process made in the meantime.
    await link(draft, join(folder, fileOf(number)));
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown;
  } finally {
    await rm(draft, { force: true });
  }
}
