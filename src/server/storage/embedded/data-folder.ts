// The data folder: who wrote it, and that one node at a time works in it.
//
//   1. A folder of a newer format is refused before anything in it is touched.
//   2. The lock is a file that names its holder's process and that process's start, so that a number used again after a
//      crash or a reboot does not keep a dead node's lock alive.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, folderTrouble, Trouble } from './trouble.ts';
import { startOf } from '../../ports/process-start.ts';

/** Grows when an older Holdfast could not read what a newer one keeps outside of PostgreSQL's own folder. */
export const DATA_FORMAT = 1;

interface Mark {
  readonly format: number;
  readonly version: string;
}
/** Who holds a data folder. `address` is there while it serves: `http://127.0.0.1:8080`. */
export interface Holder {
  readonly pid: number;
  readonly started: string;
  readonly what: string;
  readonly address?: string;
}

export interface DataFolder {
  readonly path: string;
  /** Tells other commands where this node is reached. */
  serving(address: string): void;
  /** Gives the lock back. */
  release(): void;
}

/** Makes the folder when it is missing, refuses a newer one, and takes its lock. `what` is the command that holds it. */
export function takeDataFolder(path: string, version: string, what: string): DataFolder {
  prepareDataFolder(path, version);
  const lock = join(path, 'holdfast.lock');
  const mine: Holder = { pid: process.pid, started: startOf(process.pid) ?? '', what };
  const draft = `${lock}.${process.pid}`;
  try {
    writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
    for (let attempt = 0; ; attempt += 1) {
      try {
        linkSync(draft, lock);
        break;
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
      }
      const holder = holderOf(path);
      if (holder !== undefined || attempt >= 3) {
        throw held(path, holder);
      }
      rmSync(lock, { force: true });
    }
  } catch (error) {
    throw folderTrouble(path, error);
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    path,
    serving: (address) => {
      writeFileSync(draft, JSON.stringify({ ...mine, address } satisfies Holder), { mode: 0o600 });
      renameSync(draft, lock);
    },
    release: () => {
      if (holderOf(path)?.pid === process.pid) rmSync(lock, { force: true });
    },
  };
}

/** The node or command that works in this folder now, if one does. */
export function holderOf(path: string): Holder | undefined {
  let holder: Holder;
  try {
    holder = JSON.parse(readFileSync(join(path, 'holdfast.lock'), 'utf8'));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '') || error instanceof SyntaxError) return undefined;
    throw error;
  }
  const started = startOf(holder.pid);
  return started !== undefined && started === holder.started ? holder : undefined;
}

/** Refuses a folder that is in use, without touching it. */
export function refuseHeldFolder(path: string): void {
  const holder = holderOf(path);
  if (holder !== undefined) throw held(path, holder);
}

const held = (path: string, holder: Holder | undefined): Trouble =>
  new Trouble(
    `The data folder ${path} is in use by holdfast ${holder?.what ?? ''} (process ${holder?.pid ?? '?'}). Stop that one first, or set HOLDFAST_DATA to another folder.`,
  );

function prepareDataFolder(path: string, version: string): void {
  const file = join(path, 'holdfast.json');
  let text: string | undefined;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw folderTrouble(path, error);
  }
  if (text === undefined || text === '') {
    const mark: Mark = { format: DATA_FORMAT, version };
    try {
      writeFileSync(file, `${JSON.stringify(mark)}\n`, { mode: 0o600 });
    } catch (error) {
      throw folderTrouble(path, error);
    }
    return;
  }
  let mark: Mark;
  try {
    mark = JSON.parse(text);
  } catch (error) {
    throw new Trouble(`${file} is not readable as JSON: the folder ${path} is no data folder, or it is damaged.`, {
      cause: error,
    });
  }
  if (mark.format > DATA_FORMAT) {
    throw new Trouble(
      `The data folder ${path} was written by a newer Holdfast (${mark.version}); this is ${version}. Start that version, or restore a backup into an empty folder.`,
    );
  }
}
