// Whether a process is alive, and which one it is: a number alone is given again to another.
import { readFileSync } from 'node:fs';

/** When a process started, in words that two processes never share: the boot, then its ticks since; undefined when it is not alive. */
export function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Of another user, so alive.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return undefined;
  }
  try {
    // Field 22 of /proc/PID/stat, counted after the name, which may hold blanks and brackets.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended: it only waits for its parent to look.
    if (fields[0] === 'Z') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${fields[19] ?? ''}`;
  } catch {
    // No /proc (macOS): alive is all that can be known.
    return 'alive';
  }
}
