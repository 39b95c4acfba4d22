// Signed tips of the record's chains, in a file beside the database: what was committed below the newest cannot be cut off unseen.
//
//   ["k1", number, at, key, hash of the line before, [[origin, seq, hash], …], signature]      one line each
//
// Invariants (specs/audit.md)
//   AU19 A line holds the tips that changed since the line before, is chained to it, and is signed (Ed25519) over all before the
//        signature.
//   AU20 One process at a time writes; a line that a power cut tore is cut off before the next.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ChainTipRow } from '../../core/access/audit-index.ts';
import type { Digest, Hash, Instant } from '../../core/base/ports.ts';
import { errorCode } from './disk.ts';

export const CHECKPOINT_FILE = 'checkpoints';
const KEY_FILE = 'checkpoint.key';
/** A writer that held the file as long is dead: one writes within milliseconds. */
const LOCK_MS_MAX = 10_000;

export interface Checkpoint {
  readonly number: number;
  readonly at: Instant;
  readonly key: string;
  readonly prev: Hash;
  readonly tips: readonly ChainTipRow[];
}

/** What a file of checkpoints holds, and what is wrong with it. */
export interface CheckpointRead {
  readonly checkpoints: readonly Checkpoint[];
  readonly findings: readonly { readonly where: string; readonly message: string }[];
}

/** Adds checkpoints to the file of a data folder. It reads what others added since its last one, and no more. */
export class CheckpointWriter {
  readonly #folder: string;
  readonly #digest: Digest;
  /** How much of the file is known: its bytes, its lines, the last of them, and the greatest number of each origin. */
  #bytes = 0;
  #lines = 0;
  #last = '';
  readonly #known = new Map<string, number>();

  constructor(folder: string, digest: Digest) {
    this.#folder = folder;
    this.#digest = digest;
  }

  /** False where no chain grew since the last checkpoint, or another process is writing one. */
  write(tips: readonly ChainTipRow[], at: Instant): boolean {
    const lock = join(this.#folder, `${CHECKPOINT_FILE}.lock`);
    if (!takeLock(lock, at)) return false;
    try {
      const file = join(this.#folder, CHECKPOINT_FILE);
      this.#readOn(file);
      const grown = tips.filter(({ origin, seq }) => seq > (this.#known.get(origin) ?? 0));
      if (grown.length === 0) return false;
      const key = keyOf(this.#folder);
      const unsigned = [
        'k1',
        this.#lines + 1,
        at,
        keyName(key),
        this.#last === '' ? '' : this.#digest.sha256(this.#last),
        grown.map(({ origin, seq, hash }) => [origin, seq, hash]),
      ];
      const signature = sign(null, Buffer.from(JSON.stringify(unsigned)), key).toString('base64url');
      append(file, `${JSON.stringify([...unsigned, signature])}\n`);
      return true;
    } finally {
      rmSync(lock, { force: true });
    }
  }

  #readOn(file: string): void {
    const length = sizeOf(file);
    if (length < this.#bytes) {
      this.#bytes = 0;
      this.#lines = 0;
      this.#last = '';
      this.#known.clear();
    }
    if (length === this.#bytes) return;
    const added = readFrom(file, this.#bytes, length);
    const whole = added.subarray(0, added.lastIndexOf('\n') + 1);
    this.#bytes += whole.length;
    if (this.#bytes < length) truncateSync(file, this.#bytes);
    for (const line of whole.toString('utf8').split('\n').slice(0, -1)) {
      this.#lines += 1;
      this.#last = line;
      for (const { origin, seq } of decodeLine(line)?.tips ?? [])
        this.#known.set(origin, Math.max(seq, this.#known.get(origin) ?? 0));
    }
  }
}

/** Reads all checkpoints of a data folder, and judges their signatures and their chain. No file: none. */
export function readCheckpoints(folder: string, digest: Digest): CheckpointRead {
  const text = readIfThere(join(folder, CHECKPOINT_FILE));
  if (text === undefined) return { checkpoints: [], findings: [] };
  const findings: { where: string; message: string }[] = [];
  const checkpoints: Checkpoint[] = [];
  const stored = readIfThere(join(folder, KEY_FILE));
  const key = stored === undefined ? undefined : createPrivateKey(stored);
  if (key === undefined) findings.push({ where: KEY_FILE, message: 'the key of the checkpoints is missing' });
  const lines = text.split('\n');
  // What does not end was torn by a power cut while it was written: it said nothing yet.
  lines.pop();
  let prev = '';
  lines.forEach((line, i) => {
    const where = `checkpoint ${i + 1}`;
    const checkpoint = decodeLine(line);
    if (checkpoint === undefined) findings.push({ where, message: 'it cannot be read' });
    else {
      if (checkpoint.number !== i + 1 || checkpoint.prev !== prev)
        findings.push({ where, message: 'it does not follow the one before' });
      if (key !== undefined && !isSigned(line, checkpoint, key))
        findings.push({ where, message: 'it is not what was signed' });
      checkpoints.push(checkpoint);
    }
    prev = digest.sha256(line);
  });
  return { checkpoints, findings };
}

function decodeLine(line: string): Checkpoint | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || value.length !== 7 || value[0] !== 'k1') return undefined;
  const [, number, at, key, prev, rows] = value as unknown[];
  if (typeof number !== 'number' || typeof at !== 'number' || typeof key !== 'string' || typeof prev !== 'string')
    return undefined;
  if (!Array.isArray(rows)) return undefined;
  const tips: ChainTipRow[] = [];
  for (const row of rows) {
    if (!Array.isArray(row)) return undefined;
    const [origin, seq, hash] = row as unknown[];
    if (typeof origin !== 'string' || typeof seq !== 'number' || typeof hash !== 'string') return undefined;
    tips.push({ origin, seq, hash });
  }
  return { number, at, key, prev, tips };
}

function isSigned(line: string, checkpoint: Checkpoint, key: KeyObject): boolean {
  const at = line.lastIndexOf(',"');
  const signature = line.slice(at + 2, -2);
  const unsigned = `${line.slice(0, at)}]`;
  if (checkpoint.key !== keyName(key) || !line.endsWith('"]')) return false;
  return verify(null, Buffer.from(unsigned), createPublicKey(key), Buffer.from(signature, 'base64url'));
}

/** Of the public key; by this a copy kept elsewhere is told from another. */
const keyName = (key: KeyObject): string =>
  createHash('sha256')
    .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
    .digest('base64url')
    .slice(0, 22);

/** The key of this node, made at the first checkpoint. Called under the lock. */
function keyOf(folder: string): KeyObject {
  const file = join(folder, KEY_FILE);
  const stored = readIfThere(file);
  if (stored !== undefined && stored !== '') return createPrivateKey(stored);
  const { privateKey } = generateKeyPairSync('ed25519');
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flush: true });
  rmSync(file, { force: true });
  linkSync(draft, file);
  rmSync(draft);
  return privateKey;
}

function append(file: string, text: string): void {
  const opened = openSync(file, 'a', 0o600);
  try {
    writeSync(opened, text);
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

function takeLock(lock: string, now: Instant): boolean {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      closeSync(openSync(lock, 'wx', 0o600));
      return true;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    if (now - mtimeOf(lock, now) <= LOCK_MS_MAX) return false;
    rmSync(lock, { force: true });
  }
  return false;
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

function readFrom(file: string, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from);
  const opened = openSync(file, 'r');
  try {
    return bytes.subarray(0, readSync(opened, bytes, 0, bytes.length, from));
  } finally {
    closeSync(opened);
  }
}

function mtimeOf(file: string, otherwise: Instant): Instant {
  try {
    return statSync(file).mtimeMs;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return otherwise;
    throw error;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
