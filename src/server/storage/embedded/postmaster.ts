// What is known of a PostgreSQL server process from outside: its pid file, and whether it lives.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './trouble.ts';

export interface Postmaster {
  readonly pid: number;
  readonly socketFolder: string;
}

/** The living server of a database folder, if there is one. */
export function livingPostmaster(pgdata: string): Postmaster | undefined {
  let lines: readonly string[];
  try {
    lines = readFileSync(join(pgdata, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const pid = Number(lines[0]);
  const socketFolder = lines[4]?.trim() ?? '';
  return Number.isInteger(pid) && pid > 0 && socketFolder !== '' && isPostgres(pid) ? { pid, socketFolder } : undefined;
}

/** Whether the process lives (a zombie does not). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return process.platform !== 'linux';
  }
}

function isPostgres(pid: number): boolean {
  if (!isAlive(pid)) return false;
  try {
    // After a reboot the number in a left-over pid file may belong to anybody.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres');
  } catch {
    return process.platform !== 'linux';
  }
}
