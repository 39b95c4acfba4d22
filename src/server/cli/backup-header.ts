// The head of an encrypted backup: for whom it is, and how each of them comes to its key.
//
//   line 1   {"holdfast":"encrypted backup","format":1,"salt":…,"for":[slot…]}
//   line 2   SHA-256 of line 1: a head that was damaged is known from one that was opened with the wrong passphrase
//   then     chunks (`backup-chunks.ts`) under a key derived from the file's key, the salt and line 1
//
//   slot     {"kind":"scrypt","n":…,"r":…,"p":…,"salt":…,"key":…}                   the file's key, wrapped for a passphrase
//            {"kind":"x25519","recipient":…,"ephemeral":…,"key":…}                  … for the holder of a private key
//
//   1. The file's key is new for each file, so is each key that wraps it: none is used twice with a nonce.
//   2. Line 1 is authenticated by the first chunk: the key of the chunks depends on it.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  scrypt,
  type KeyObject,
} from 'node:crypto';

export interface BackupFor {
  readonly passphrase?: string;
  readonly publicKeys: readonly KeyObject[];
}
export interface BackupHolder {
  /** Asked for only where the backup is for a passphrase and no private key opens it. */
  readonly passphrase?: () => Promise<string>;
  readonly privateKeys: readonly KeyObject[];
}
export interface SealedHead {
  readonly head: Buffer;
  /** Of the chunks. */
  readonly key: Buffer;
}
export type HeadRefusal =
  | { readonly kind: 'damaged' }
  | { readonly kind: 'newer'; readonly format: number }
  /** Nobody who could open it was given; `kinds` says what would. */
  | { readonly kind: 'no-key'; readonly kinds: readonly Slot['kind'][] }
  | { readonly kind: 'wrong-key' }
  | { readonly kind: 'wrong-passphrase' };
export type OpenedHead =
  | { readonly ok: true; readonly key: Buffer; readonly bytes: number }
  | { readonly ok: false; readonly refusal: HeadRefusal };

type Slot =
  | {
      readonly kind: 'scrypt';
      readonly n: number;
      readonly r: number;
      readonly p: number;
      readonly salt: string;
      readonly key: string;
    }
  | { readonly kind: 'x25519'; readonly recipient: string; readonly ephemeral: string; readonly key: string };

export const HEAD_BYTES_MAX = 16_384;
const MARK = '{"holdfast":"encrypted backup",';
const FORMAT = 1;
const SLOTS_MAX = 16;
/** 128 MiB and about half a second a guess: what OWASP names for passwords, and more. */
const WORK = { n: 2 ** 17, r: 8, p: 1 } as const;
const WORK_MAX = { n: 2 ** 18, r: 8, p: 4 } as const;
const WRAPPED_BYTES = 48;

export const isEncrypted = (begin: Buffer): boolean => begin.subarray(0, MARK.length).toString('latin1') === MARK;

/** A new head, and the key of the chunks behind it. Takes half a second where there is a passphrase. */
export async function sealHead(whom: BackupFor): Promise<SealedHead> {
  const fileKey = randomBytes(32);
  const slots: Slot[] = [];
  if (whom.passphrase !== undefined) {
    const salt = randomBytes(16);
    const wrapping = await fromPassphrase(whom.passphrase, salt, WORK);
    slots.push({ kind: 'scrypt', ...WORK, salt: text(salt), key: text(wrap(wrapping, fileKey)) });
  }
  for (const publicKey of whom.publicKeys) {
    const ephemeral = generateKeyPairSync('x25519');
    const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey });
    const wrapping = wrappingKey(shared, ephemeral.publicKey, publicKey);
    slots.push({
      kind: 'x25519',
      recipient: keyName(publicKey),
      ephemeral: text(spki(ephemeral.publicKey)),
      key: text(wrap(wrapping, fileKey)),
    });
  }
  const salt = text(randomBytes(16));
  const line = JSON.stringify({ holdfast: 'encrypted backup', format: FORMAT, salt, for: slots });
  const head = Buffer.from(`${line}\n${digestOf(line)}\n`);
  return { head, key: chunkKey(fileKey, salt, line) };
}

/** Reads the head at the begin of a file (`HEAD_BYTES_MAX` of it, or all). */
export async function openHead(begin: Buffer, holder: BackupHolder): Promise<OpenedHead> {
  const refused = (refusal: HeadRefusal): OpenedHead => ({ ok: false, refusal });
  const [line = '', digest] = begin.subarray(0, HEAD_BYTES_MAX).toString('latin1').split('\n');
  const bytes = line.length + (digest?.length ?? 0) + 2;
  if (digest !== digestOf(line)) return refused({ kind: 'damaged' });
  const head = headIn(line);
  if (head === undefined) return refused({ kind: 'damaged' });
  if (typeof head === 'number') return refused({ kind: 'newer', format: head });
  const opened = (fileKey: Buffer): OpenedHead => ({ ok: true, bytes, key: chunkKey(fileKey, head.salt, line) });

  let hadKey = false;
  for (const privateKey of holder.privateKeys) {
    const publicKey = createPublicKey(privateKey);
    for (const slot of head.slots) {
      if (slot.kind !== 'x25519') continue;
      hadKey = true;
      if (slot.recipient !== keyName(publicKey)) continue;
      const ephemeral = publicKeyIn(slot.ephemeral);
      if (ephemeral === undefined) return refused({ kind: 'damaged' });
      const wrapping = wrappingKey(diffieHellman({ privateKey, publicKey: ephemeral }), ephemeral, publicKey);
      const fileKey = unwrap(wrapping, slot.key);
      return fileKey === undefined ? refused({ kind: 'damaged' }) : opened(fileKey);
    }
  }
  const slot = head.slots.find((one) => one.kind === 'scrypt');
  if (slot?.kind !== 'scrypt' || holder.passphrase === undefined) {
    return refused(hadKey ? { kind: 'wrong-key' } : { kind: 'no-key', kinds: head.slots.map(({ kind }) => kind) });
  }
  const wrapping = await fromPassphrase(await holder.passphrase(), Buffer.from(slot.salt, 'base64url'), slot);
  const fileKey = unwrap(wrapping, slot.key);
  return fileKey === undefined ? refused({ kind: 'wrong-passphrase' }) : opened(fileKey);
}

/** By which a key is recognised in a head: the first characters of the SHA-256 of its public half. */
export const keyName = (publicKey: KeyObject): string =>
  createHash('sha256').update(spki(publicKey)).digest('hex').slice(0, 32);

/** A number is a newer format; undefined: not a head of ours. */
function headIn(line: string): { readonly salt: string; readonly slots: readonly Slot[] } | number | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value) || typeof value['format'] !== 'number') return undefined;
  if (value['format'] > FORMAT) return value['format'];
  const { salt, for: slots } = value;
  if (typeof salt !== 'string' || !Array.isArray(slots) || slots.length === 0 || slots.length > SLOTS_MAX)
    return undefined;
  return slots.every(isSlot) ? { salt, slots } : undefined;
}

function isSlot(value: unknown): value is Slot {
  if (!isObject(value) || typeof value['key'] !== 'string') return false;
  if (value['kind'] === 'x25519')
    return typeof value['recipient'] === 'string' && typeof value['ephemeral'] === 'string';
  const { n, r, p } = value;
  return (
    value['kind'] === 'scrypt' &&
    typeof value['salt'] === 'string' &&
    // A forged head must not make us work for hours.
    isWhole(n, 2 ** 14, WORK_MAX.n) &&
    Number.isInteger(Math.log2(n)) &&
    isWhole(r, 1, WORK_MAX.r) &&
    isWhole(p, 1, WORK_MAX.p)
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isWhole = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;

const chunkKey = (fileKey: Buffer, salt: string, line: string): Buffer =>
  Buffer.from(
    hkdfSync('sha256', fileKey, Buffer.from(salt, 'base64url'), `holdfast backup chunks ${digestOf(line)}`, 32),
  );

const wrappingKey = (shared: Buffer, ephemeral: KeyObject, recipient: KeyObject): Buffer =>
  Buffer.from(
    hkdfSync('sha256', shared, Buffer.concat([spki(ephemeral), spki(recipient)]), 'holdfast backup recipient', 32),
  );

function fromPassphrase(
  passphrase: string,
  salt: Buffer,
  work: { readonly n: number; readonly r: number; readonly p: number },
): Promise<Buffer> {
  const { n: N, r, p } = work;
  return new Promise((resolve, reject) => {
    // However a keyboard writes its accents.
    scrypt(passphrase.normalize('NFKC'), salt, 32, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function wrap(wrapping: Buffer, fileKey: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', wrapping, Buffer.alloc(12));
  return Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
}

function unwrap(wrapping: Buffer, wrapped: string): Buffer | undefined {
  const bytes = Buffer.from(wrapped, 'base64url');
  if (bytes.length !== WRAPPED_BYTES) return undefined;
  const cipher = createDecipheriv('aes-256-gcm', wrapping, Buffer.alloc(12), { authTagLength: 16 });
  cipher.setAuthTag(bytes.subarray(32));
  try {
    return Buffer.concat([cipher.update(bytes.subarray(0, 32)), cipher.final()]);
  } catch {
    return undefined;
  }
}

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
function publicKeyIn(slotText: string): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(slotText, 'base64url'), type: 'spki', format: 'der' });
    return key.asymmetricKeyType === 'x25519' ? key : undefined;
  } catch {
    return undefined;
  }
}
const text = (bytes: Buffer): string => bytes.toString('base64url');
const digestOf = (line: string): string => createHash('sha256').update(line).digest('hex');

/** PEM of a new pair. */
export function newBackupKey(): { readonly privatePem: string; readonly publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return {
    privatePem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    publicPem: String(publicKey.export({ type: 'spki', format: 'pem' })),
  };
}

/** The keys in a PEM text, in their order; undefined when one is of another kind or cannot be read. */
export function backupKeysIn(pem: string): readonly KeyObject[] | undefined {
  const keys: KeyObject[] = [];
  for (const block of pem.match(/-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----/g) ?? []) {
    try {
      const key = block.includes('PRIVATE') ? createPrivateKey(block) : createPublicKey(block);
      if (key.asymmetricKeyType !== 'x25519') return undefined;
      keys.push(key);
    } catch {
      return undefined;
    }
  }
  return keys.length === 0 ? undefined : keys;
}
