// What a device is: its name, its keys, and the key of everything that it keeps, in `device.json`; nothing of it is readable without
// the passphrase.
//
//   DV12  The key of the disk is random, and wrapped by a key that scrypt makes of the passphrase: the disk alone opens nothing.
//   DV13  One process at a time works on a folder; a copied folder is not held by the process that holds the original.
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { toBase32 } from '../../core/base/base32.ts';
import { startOf } from '../ports/process-start.ts';
import { drawKeyText, keysOf, type NodeKeys } from '../sync-api/node-keys.ts';

/** What a person must hear: one line, no patient data. */
export class DeviceTrouble extends Error {
  override readonly name = 'DeviceTrouble';
}

export interface Vault {
  /** The device's name in origins and registers. */
  readonly node: string;
  readonly keys: NodeKeys;
  /** Of everything on its disk. */
  readonly diskKey: Uint8Array;
}
export interface VaultOptions {
  readonly folder: string;
  readonly passphrase: string;
  /** The cost of the first opening, as a power of two; 2^15 costs 32 MB and some tens of ms. */
  readonly costLog2?: number;
}

export const PASSPHRASE_CHARS_MIN = 12;
const FILE = 'device.json';
const LOCK = 'device.lock';
const COST_LOG2 = 15;
const COST_LOG2_MIN = 14;
const BLOCK = 8;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NAME_BYTES = 10;

interface Stored {
  readonly version: 1;
  readonly node: string;
  readonly scrypt: { readonly log2: number; readonly salt: string };
  /** The disk key, wrapped; the node's private keys, under the disk key. Base64. */
  readonly diskKey: string;
  readonly keys: string;
}

/** Opens the vault of the folder, or makes one. */
export function openVault({ folder, passphrase, costLog2 }: VaultOptions): Vault {
  const path = join(folder, FILE);
  if (existsSync(path)) return unlock(path, passphrase);
  if (passphrase.length < PASSPHRASE_CHARS_MIN)
    throw new DeviceTrouble(
      `A passphrase of a device has at least ${PASSPHRASE_CHARS_MIN} characters: five words are good.`,
    );
  const log2 = costLog2 ?? COST_LOG2;
  if (log2 < COST_LOG2_MIN) throw new DeviceTrouble('The cost of a passphrase is too low.');
  const salt = randomBytes(16);
  const diskKey = randomBytes(KEY_BYTES);
  const keyText = drawKeyText();
  const node = `dev-${toBase32(randomBytes(NAME_BYTES))}`;
  const stored: Stored = {
    version: 1,
    node,
    scrypt: { log2, salt: salt.toString('base64') },
    diskKey: wrap(diskKey, wrappingKey(passphrase, salt, log2), node),
    keys: wrap(Buffer.from(keyText, 'utf8'), diskKey, node),
  };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.new`;
  const file = openSync(draft, 'w', 0o600);
  writeSync(file, `${JSON.stringify(stored, undefined, 2)}\n`);
  fsyncSync(file);
  closeSync(file);
  renameSync(draft, path);
  const parent = openSync(folder, 'r');
  fsyncSync(parent);
  closeSync(parent);
  return { node, keys: keysOf(keyText), diskKey };
}

function unlock(path: string, passphrase: string): Vault {
  const stored = JSON.parse(readFileSync(path, 'utf8')) as Stored;
  if (stored.version !== 1) throw new DeviceTrouble(`${path} is of a later version of Holdfast.`);
  const { node, scrypt } = stored;
  const wrapping = wrappingKey(passphrase, Buffer.from(scrypt.salt, 'base64'), scrypt.log2);
  const diskKey = unwrap(stored.diskKey, wrapping, node);
  if (diskKey === undefined) throw new DeviceTrouble('This is not the passphrase of this device. Nothing was changed.');
  const keyText = unwrap(stored.keys, diskKey, node);
  if (keyText === undefined) throw new DeviceTrouble(`${path} was changed: the keys in it cannot be read.`);
  return { node, keys: keysOf(keyText.toString('utf8')), diskKey };
}

const wrappingKey = (passphrase: string, salt: Uint8Array, log2: number): Buffer =>
  scryptSync(passphrase.normalize('NFKC'), salt, KEY_BYTES, {
    N: 2 ** log2,
    r: BLOCK,
    p: 1,
    maxmem: 2 ** log2 * BLOCK * 256,
  });

function wrap(plain: Uint8Array, key: Uint8Array, name: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(name, 'utf8'));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64');
}
function unwrap(wrapped: string, key: Uint8Array, name: string): Buffer | undefined {
  const bytes = Buffer.from(wrapped, 'base64');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(name, 'utf8'));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

const held = new Set<string>();

/** Takes the folder for this process; answers what gives it back. Throws where another process has it. */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, LOCK);
  const mine = `${process.pid} ${startOf(process.pid) ?? ''}`;
  if (existsSync(path)) {
    const [said = '', inode = ''] = readFileSync(path, 'utf8').split('\n');
    const pid = Number(said.split(' ')[0]);
    const isCopy = inode !== String(statSync(path).ino);
    const isAlive = Number.isInteger(pid) && `${pid} ${startOf(pid) ?? 'ended'}` === said;
    if (!isCopy && isAlive && (pid !== process.pid || held.has(path)))
      throw new DeviceTrouble(`Process ${pid} works with ${folder} already. A device is one process.`);
    rmSync(path, { force: true });
  }
  writeFileSync(path, '', { flag: 'wx', mode: 0o600 });
  writeFileSync(path, `${mine}\n${statSync(path).ino}`);
  held.add(path);
  return () => {
    held.delete(path);
    rmSync(path, { force: true });
  };
}
