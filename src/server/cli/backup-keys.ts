// Where the keys and passphrases of backups come from: files, the terminal, standard input; never the command line.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { errorCode, Trouble } from '../storage/embedded/trouble.ts';
import { backupKeysIn, newBackupKey, type BackupFor, type BackupHolder } from './backup-header.ts';
import { note } from './terminal.ts';

export interface BackupKeySettings {
  /** PEM of X25519: public keys to encrypt for, or the private key. */
  readonly keyFile: string | undefined;
  /** Its first line is the passphrase. */
  readonly passphraseFile: string | undefined;
}

export const KEY_SETTING = 'HOLDFAST_BACKUP_KEY_FILE';
export const PASSPHRASE_SETTING = 'HOLDFAST_BACKUP_PASSPHRASE_FILE';
const PASSPHRASE_CHARS_MIN = 12;

export function backupKeySettings(env: NodeJS.ProcessEnv): BackupKeySettings {
  const text = (name: string): string | undefined =>
    env[name] === undefined || env[name] === '' ? undefined : env[name];
  return { keyFile: text(KEY_SETTING), passphraseFile: text(PASSPHRASE_SETTING) };
}

export interface EncryptionAsked {
  /** `--encrypt`: for a passphrase. */
  readonly encrypt: boolean;
  /** `--plain`: whatever is configured. */
  readonly plain: boolean;
  /** `--to FILE`. */
  readonly to: string | undefined;
}

/** For whom a backup is to be encrypted; undefined: for nobody. Throws `Trouble`. */
export async function backupFor(asked: EncryptionAsked, settings: BackupKeySettings): Promise<BackupFor | undefined> {
  if (asked.plain) {
    if (asked.encrypt || asked.to !== undefined) {
      throw new Trouble('--plain goes with neither --encrypt nor --to.', { exitCode: 2 });
    }
    return undefined;
  }
  const files = [
    ...(asked.to === undefined ? [] : [{ file: asked.to, named: '--to' }]),
    ...(settings.keyFile === undefined ? [] : [{ file: settings.keyFile, named: KEY_SETTING }]),
  ];
  const publicKeys = files.flatMap(({ file, named }) =>
    keysOf(file, named).map((key) => (key.type === 'private' ? createPublicKey(key) : key)),
  );
  const fromFile = settings.passphraseFile === undefined ? undefined : passphraseIn(settings.passphraseFile);
  const passphrase = fromFile ?? (asked.encrypt && publicKeys.length === 0 ? await askTwice() : undefined);
  if (passphrase !== undefined && passphrase.length < PASSPHRASE_CHARS_MIN) {
    throw new Trouble(`A passphrase for a backup has at least ${PASSPHRASE_CHARS_MIN} characters.`, { exitCode: 2 });
  }
  if (passphrase === undefined && publicKeys.length === 0) return undefined;
  return { publicKeys, ...(passphrase === undefined ? {} : { passphrase }) };
}

/** What opens a backup here. `keyFile` is `--key FILE`. Throws `Trouble`. */
export function backupHolder(keyFile: string | undefined, settings: BackupKeySettings): BackupHolder {
  const files = [
    ...(keyFile === undefined ? [] : [{ file: keyFile, named: '--key' }]),
    ...(settings.keyFile === undefined ? [] : [{ file: settings.keyFile, named: KEY_SETTING }]),
  ];
  const all = files.flatMap(({ file, named }) => keysOf(file, named));
  const privateKeys = all.filter((key) => key.type === 'private');
  if (keyFile !== undefined && privateKeys.length === 0) {
    throw new Trouble(`${keyFile} (--key) holds a public key; a backup is opened by the private one.`);
  }
  const { passphraseFile } = settings;
  return {
    privateKeys,
    passphrase: async () => (passphraseFile === undefined ? askOnce() : passphraseIn(passphraseFile)),
  };
}

/** Writes a new pair: `file` for its owner alone, `file`.pub for the nodes that make backups. Replaces nothing. */
export function writeNewKey(file: string): void {
  const { privatePem, publicPem } = newBackupKey();
  const write = (path: string, text: string, mode: number): void => {
    try {
      writeFileSync(path, text, { mode, flag: 'wx' });
    } catch (error) {
      if (errorCode(error) === 'EEXIST') throw new Trouble(`${path} is there already; a key never replaces another.`);
      throw new Trouble(`${path} cannot be written (${errorCode(error) ?? 'unknown'}).`, { cause: error });
    }
  };
  write(file, privatePem, 0o600);
  write(`${file}.pub`, publicPem, 0o644);
}

function keysOf(file: string, named: string): readonly KeyObject[] {
  const keys = backupKeysIn(secretFile(file, named));
  if (keys === undefined) {
    throw new Trouble(`${file} (${named}) holds no backup key. \`holdfast backup --new-key FILE\` makes one.`);
  }
  if (keys.some((key) => key.type === 'private')) refuseOpenFile(file, named);
  return keys;
}

function passphraseIn(file: string): string {
  const text = secretFile(file, PASSPHRASE_SETTING);
  refuseOpenFile(file, PASSPHRASE_SETTING);
  const line = text.split(/\r?\n/)[0] ?? '';
  if (line === '') throw new Trouble(`${file} (${PASSPHRASE_SETTING}) is empty.`);
  return line;
}

function secretFile(file: string, named: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Trouble(`${file} (${named}) cannot be read (${errorCode(error) ?? 'unknown'}).`, { cause: error });
  }
}

function refuseOpenFile(file: string, named: string): void {
  // Windows has no such bits.
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new Trouble(`${file} (${named}) is open to others than its owner. Run \`chmod 600\` on it.`);
  }
}

async function askTwice(): Promise<string> {
  const first = await askOnce();
  if (!process.stdin.isTTY) return first;
  if ((await askHidden('The same again: ')) !== first)
    throw new Trouble('The two are not the same. Nothing was written.');
  return first;
}

async function askOnce(): Promise<string> {
  if (process.stdin.isTTY) return askHidden('Passphrase of the backup: ');
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  for await (const line of lines) {
    lines.close();
    if (line !== '') return line;
  }
  throw new Trouble(
    `This backup needs a passphrase: on standard input, or in the file that ${PASSPHRASE_SETTING} names.`,
  );
}

/** From the terminal, without showing it. */
function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.resume();
  let text = '';
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      stdin.off('data', hear);
      stdin.setRawMode(false);
      stdin.pause();
      note('');
      settle();
    };
    const hear = (data: Buffer): void => {
      for (const sign of data.toString('utf8')) {
        if (sign === '\r' || sign === '\n') return end(() => resolve(text));
        // Ctrl-C and Ctrl-D.
        if (sign === '\u0003' || sign === '\u0004')
          return end(() => reject(new Trouble('Given up. Nothing was changed.')));
        text = sign === '\u007F' || sign === '\b' ? [...text].slice(0, -1).join('') : text + sign;
      }
    };
    stdin.on('data', hear);
  });
}
