// Whose journal it is, and whether that process still lives: files beside the journals.
//
//   <journal>.owner    the process that writes it
//   <journal>.adopter  the process that sends on what a dead one left
//
//   1. A process is its number and its start, so that a number used again does not keep a dead owner alive.
//   2. Who adopts is decided by the file system: a link is made once. Should two adopt after all, nothing is doubled, for a batch
//      is named after its file (AU13).
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJournal } from '../../core/access/audit-lines.ts';
import { errorCode } from './disk.ts';
import { listFolder, listSegments } from './segments.ts';
import { startOf } from '../ports/process-start.ts';

interface Owner {
  readonly pid: number;
  readonly started: string;
}

const ownerFile = (folder: string, journal: string): string => join(folder, `${journal}.owner`);
const adopterFile = (folder: string, journal: string): string => join(folder, `${journal}.adopter`);
const myself = (): string => JSON.stringify({ pid: process.pid, started: startOf(process.pid) ?? '' } satisfies Owner);

/** Makes the folder, and says there that the journal is this process's. */
export function ownJournal(folder: string, journal: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = ownerFile(folder, journal);
  writeFileSync(`${file}.new`, myself(), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The journal is all in the record. */
export function releaseJournal(folder: string, journal: string): void {
  rmSync(ownerFile(folder, journal), { force: true });
  rmSync(adopterFile(folder, journal), { force: true });
}

/** Journals that dead processes left. */
export function leftJournals(folder: string): readonly string[] {
  const known = new Set(listSegments(folder).map(({ journal }) => journal));
  for (const file of listFolder(folder)) {
    const [journal = '', kind] = file.split('.');
    if (isJournal(journal) && kind === 'owner') known.add(journal);
  }
  return [...known].filter((journal) => !isAlive(ownerFile(folder, journal))).sort();
}

/** Whether the machine was started anew since the journal's owner was. */
export function isOfEarlierBoot(folder: string, journal: string): boolean {
  const started = readOwner(ownerFile(folder, journal))?.started.split(' ')[0];
  const now = startOf(process.pid)?.split(' ')[0];
  return started !== undefined && started !== now;
}

/** True where this process may send on what is left of the journal, until `dropAdoption` or its end. */
export function adoptJournal(folder: string, journal: string): boolean {
  const file = adopterFile(folder, journal);
  const draft = `${file}.${process.pid}`;
  try {
    if (readFileSync(file).length > 0 && !isAlive(file)) {
      // An adopter that died in its turn. Of several who see it one moves the file away.
      renameSync(file, draft);
      rmSync(draft, { force: true });
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  try {
    writeFileSync(draft, myself(), { mode: 0o600 });
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

export function dropAdoption(folder: string, journal: string): void {
  rmSync(adopterFile(folder, journal), { force: true });
}

function isAlive(file: string): boolean {
  const owner = readOwner(file);
  return owner !== undefined && startOf(owner.pid) === owner.started;
}

function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // Cut short by a power cut, or gone: nobody's.
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
