// Ends every process of a node at once, as a power cut does: the supervisor, what it started, and the database, which has a group of its own.
//
//   NW2  Twice: what was being started while the first pass looked.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `pid` of the supervisor, or undefined where it is gone already; `data` is the node's folder. */
export function endProcesses(pid: number | undefined, data: string): void {
  for (let pass = 0; pass < 2; pass += 1) {
    for (const one of processesOf(pid, data)) {
      try {
        process.kill(one, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
  }
}

function processesOf(pid: number | undefined, data: string): ReadonlySet<number> {
  const family = new Set<number>();
  if (pid !== undefined) family.add(pid);
  const database = databaseOf(data);
  if (database !== undefined) family.add(database);
  const rows = parentsOf();
  for (let grew = true; grew;) {
    grew = false;
    for (const [one, parent] of rows) {
      if (!family.has(parent) || family.has(one)) continue;
      family.add(one);
      grew = true;
    }
  }
  return family;
}

/** Of all processes of the machine: number, and number of the one that started it. */
function parentsOf(): readonly (readonly [pid: number, parent: number])[] {
  const isWindows = process.platform === 'win32';
  const asked = isWindows
    ? spawnSync(
        'powershell',
        [
          '-NoProfile',
          '-Command',
          'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.ParentProcessId)" }',
        ],
        { encoding: 'utf8' },
      )
    : spawnSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return (asked.stdout ?? '').split(/\r?\n/).flatMap((row) => {
    const [one, parent] = row.trim().split(/\s+/).map(Number);
    return one === undefined || parent === undefined || Number.isNaN(one + parent) ? [] : [[one, parent] as const];
  });
}

function databaseOf(data: string): number | undefined {
  const file = join(data, 'postgres', 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return undefined;
  return isDatabaseOf(pid, data) ? pid : undefined;
}

/** The number of a database that died may be another program's now. */
function isDatabaseOf(pid: number, data: string): boolean {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes(data);
    } catch {
      return false;
    }
  }
  if (process.platform === 'win32') return false;
  const asked = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return (asked.stdout ?? '').includes(data);
}
