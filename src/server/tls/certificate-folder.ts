// The files of a site's certificates, and the lock under which they are made.
//
//   ca.key ca.crt   the authority       server.pem   key and certificate of the node, in one file, so that they change together
//
//   1. Folder 0700, files 0600. A file appears under its name when it is whole and on the disk.
//   2. An authority is never written over: another takes its place only after it was set aside.
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { KeyAndCertificate } from './issue.ts';

/** A holder that made nothing for so long is dead: making a certificate takes milliseconds. */
const LOCK_MS_MAX = 60_000;

export interface CertificateFolder {
  /** Undefined where there is none; throws when it cannot be read. */
  authority(): Partial<KeyAndCertificate> | undefined;
  server(): KeyAndCertificate | undefined;
  writeAuthority(pair: KeyAndCertificate): void;
  writeServer(pair: KeyAndCertificate): void;
  /** Keeps the authority under other names, out of use. */
  setAuthorityAside(stamp: string): void;
  /** Differs when a file changed. */
  mark(): string;
  /** Runs `work` when nobody else has the lock; says whether it ran. */
  underLock(work: () => Promise<void>): Promise<boolean>;
}

export function certificateFolder(path: string): CertificateFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
  const at = (name: string): string => join(path, name);
  const textOf = (name: string): string | undefined =>
    existsSync(at(name)) ? readFileSync(at(name), 'utf8') : undefined;
  const write = (name: string, text: string): void => {
    const draft = at(`${name}.${process.pid}.new`);
    try {
      const file = openSync(draft, 'w', 0o600);
      try {
        writeSync(file, text);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(draft, at(name));
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  };
  const lock = at('lock');
  const mine = randomBytes(12).toString('base64url');
  const takeLock = (): boolean => {
    for (const attempt of [1, 2]) {
      try {
        writeFileSync(lock, mine, { mode: 0o600, flag: 'wx' });
        return true;
      } catch (error) {
        if (!isCode(error, 'EEXIST')) throw error;
      }
      if (attempt === 2 || !isOld(lock)) return false;
      // Of several that see the dead one's lock, each takes away what is there: only one of them the dead one's.
      const away = `${lock}.${mine}`;
      try {
        renameSync(lock, away);
        if (!isOld(away)) linkSync(away, lock);
      } catch (error) {
        if (!isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error;
      }
      rmSync(away, { force: true });
    }
    return false;
  };
  const giveLock = (): void => {
    // It may have been taken over meanwhile.
    if (existsSync(lock) && readFileSync(lock, 'utf8') === mine) rmSync(lock, { force: true });
  };
  return {
    authority: () => {
      const keyPem = textOf('ca.key');
      const certificatePem = textOf('ca.crt');
      if (keyPem === undefined && certificatePem === undefined) return undefined;
      return {
        ...(keyPem === undefined ? {} : { keyPem }),
        ...(certificatePem === undefined ? {} : { certificatePem }),
      };
    },
    server: () => {
      const text = textOf('server.pem');
      if (text === undefined) return undefined;
      const end = text.indexOf('-----BEGIN CERTIFICATE-----');
      return { keyPem: text.slice(0, Math.max(0, end)), certificatePem: text.slice(Math.max(0, end)) };
    },
    writeAuthority: (pair) => {
      // The certificate last: with it the authority is there.
      write('ca.key', pair.keyPem);
      write('ca.crt', pair.certificatePem);
    },
    writeServer: (pair) => write('server.pem', `${pair.keyPem}${pair.certificatePem}`),
    setAuthorityAside: (stamp) => {
      for (const name of ['ca.crt', 'ca.key']) {
        if (existsSync(at(name))) renameSync(at(name), at(`${name}.before-${stamp}`));
      }
    },
    mark: () => ['ca.key', 'ca.crt', 'server.pem'].map((name) => fileMark(at(name))).join(' '),
    underLock: async (work) => {
      if (!takeLock()) return false;
      try {
        await work();
      } finally {
        giveLock();
      }
      return true;
    },
  };
}

const isOld = (file: string): boolean => {
  const since = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return since !== undefined && Date.now() - since >= LOCK_MS_MAX;
};

/** Differs when the file was written, replaced or removed. */
export function fileMark(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? '-' : `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
