// As whom PostgreSQL runs. It refuses root, so a node that was started as root must not pass that on.
//
//   1. A normal user runs it as itself.
//   2. Root runs it in a user namespace in which it is `nobody`: nothing to copy, and a data folder under 0700 works.
//   3. Where the kernel refuses user namespaces (many containers), it runs as user `nobody`, with the programs copied to
//      where that user may read them, and the data folder given to it.
import { spawnSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  chmodSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Binaries } from './find-binaries.ts';
import { Trouble } from './trouble.ts';

/** How to start a PostgreSQL program: `[...prefix, bin/NAME, ...args]`, as `uid`/`gid` when given. */
export interface RunAs {
  readonly bin: string;
  readonly prefix: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  /** Who must own the database's folders on disk. */
  readonly owner: number | undefined;
}

const NOBODY = 65534;
const NAMESPACE = ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];

/** Decides for this process. `way` is for tests: it asks for one of the two ways of root. */
export function chooseRunAs(binaries: Binaries, way?: 'namespace' | 'nobody'): RunAs {
  const uid = process.getuid?.();
  if (uid !== 0) return { bin: binaries.bin, prefix: [], owner: undefined };
  if (way !== 'nobody' && works(NAMESPACE, join(binaries.bin, 'postgres'))) {
    return { bin: binaries.bin, prefix: NAMESPACE, owner: 0 };
  }
  const bin = readableByNobody(binaries);
  if (bin === undefined) {
    throw new Trouble(
      'PostgreSQL does not run as root, and this system allows neither user namespaces nor user nobody. Start Holdfast as a normal user, or set HOLDFAST_DATABASE_URL.',
    );
  }
  return { bin, prefix: [], uid: NOBODY, gid: NOBODY, owner: NOBODY };
}

function works(prefix: readonly string[], program: string): boolean {
  const [command, ...args] = [...prefix, program, '--version'];
  return command !== undefined && spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

const nobodyRuns = (bin: string): boolean =>
  spawnSync(join(bin, 'postgres'), ['--version'], { stdio: 'ignore', uid: NOBODY, gid: NOBODY, cwd: '/' }).status === 0;

function readableByNobody(binaries: Binaries): string | undefined {
  if (nobodyRuns(binaries.bin)) return binaries.bin;
  if (binaries.native === undefined) return undefined;
  // A name that says which build it is, so that a copy of an older one is never used. Only root writes there.
  const copy = join(tmpdir(), `holdfast-postgres-${binaries.major}-${lstatSync(join(binaries.bin, 'postgres')).size}`);
  const present = lstatSync(copy, { throwIfNoEntry: false });
  if (present !== undefined && (present.uid !== 0 || !present.isDirectory())) return undefined;
  if (!existsSync(copy)) {
    const half = mkdtempSync(`${copy}-`);
    cpSync(join(binaries.bin, '..'), half, { recursive: true, verbatimSymlinks: true });
    chmodSync(half, 0o755);
    renameSync(half, copy);
  }
  return nobodyRuns(join(copy, 'bin')) ? join(copy, 'bin') : undefined;
}

/** Gives `folder` and all in it to whom PostgreSQL runs as; a look only, where that is so already. */
export function giveTo(runAs: RunAs, folder: string): void {
  if (runAs.owner === undefined || lstatSync(folder).uid === runAs.owner) return;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (!lstatSync(path).isSymbolicLink()) chownSync(path, runAs.owner, runAs.owner);
  }
  // Last: a walk that was cut short is begun again.
  chownSync(folder, runAs.owner, runAs.owner);
}

/** Refuses, in words, a folder that the user PostgreSQL runs as cannot enter. */
export function assertReachable(runAs: RunAs, folder: string): void {
  if (runAs.uid === undefined) return;
  const looked = spawnSync('test', ['-x', folder], { uid: runAs.uid, gid: runAs.gid, cwd: '/', stdio: 'ignore' });
  if (looked.status !== 0) {
    throw new Trouble(
      `As root on this system PostgreSQL runs as user nobody, who cannot enter ${folder}. Start Holdfast as a normal user, or set HOLDFAST_DATA to a folder outside of private ones.`,
    );
  }
}

/** Removes a folder that may belong to nobody. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
