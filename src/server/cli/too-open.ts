// What in the data folder others on the machine may read, change or list.
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { errorCode } from '../storage/embedded/trouble.ts';

export interface TooOpen {
  /** Below the data folder; `.` is the folder itself. */
  readonly path: string;
  /** `0644` */
  readonly mode: string;
}

/** PostgreSQL checks its own folder and refuses to start where it is open; its programs are nobody's secret. */
const NOT_OURS = /^(?:postgres|programs?)(?:$|[-.])/;
const ENTRIES_MAX = 10_000;

/**
 * Finds them, at any depth. To enter a folder is not to list it: the folder of a database that runs as another user may be
 * 0711. Empty where the system has no such modes.
 */
export function findTooOpen(folder: string): readonly TooOpen[] {
  if (process.platform === 'win32') return [];
  const found: TooOpen[] = [];
  let seen = 0;
  const look = (path: string): void => {
    seen += 1;
    let isFolder: boolean;
    let mode: number;
    try {
      const own = lstatSync(path);
      // What a link points to may be a secret of somebody's choosing (a certificate's key); its target is looked at, not entered.
      const target = own.isSymbolicLink() ? statSync(path) : own;
      isFolder = own.isDirectory();
      mode = target.mode & 0o777;
      if (target.isSocket()) return;
    } catch (error) {
      // It went away while we looked.
      if (errorCode(error) === 'ENOENT') return;
      throw error;
    }
    if ((mode & (isFolder ? 0o066 : 0o077)) !== 0) {
      found.push({ path: relative(folder, path) || '.', mode: `0${mode.toString(8).padStart(3, '0')}` });
    }
    if (!isFolder) return;
    for (const name of readdirSync(path)) {
      if (seen < ENTRIES_MAX && !(path === folder && NOT_OURS.test(name))) look(join(path, name));
    }
  };
  look(folder);
  return found;
}
