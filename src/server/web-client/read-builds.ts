// The builds of the ward client on disk, as `tools/build-web.mjs` leaves them:
//
//   current.json              {"build":"20261123-084500-1a2b3c4d"}: replaced whole, by a rename
//   builds/<build>/files.json what the build is made of; beside it those of its files whose names stay the same
//   assets/…                  of all builds that are kept; each name holds the hash of what it is
//
//   WU1  An address is looked up in the lists of the builds; it is never joined to a path of the disk.
//   WU3  Files of builds before the current one are found as long as their list is there.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ClientFile {
  /** Below `/ward/`, or `/rescue/…`. */
  readonly path: string;
  /** SHA-256, base64. */
  readonly hash: string;
  readonly type: string;
  /** Its name holds its hash: kept for good. */
  readonly immutable: boolean;
  read(encoding: 'plain' | 'gzip'): Promise<Buffer>;
  readonly hasGzip: boolean;
}
export interface ClientBuilds {
  /** Undefined: the client was not built here. `oldest`: of those whose files are still here. */
  current(): { readonly build: string; readonly oldest: string } | undefined;
  /** `assets/x-1a2b3c.js`, `index.html`, `rescue/index.html`. */
  find(path: string): ClientFile | undefined;
}

/** As in `files.json`. */
export interface ListedFile {
  readonly path: string;
  readonly hash: string;
  readonly type: string;
  readonly gzip: boolean;
}
interface Held {
  readonly build: string;
  readonly oldest: string;
  readonly files: ReadonlyMap<string, ClientFile>;
}

const BUILD = /^\d{8}-\d{6}-[0-9a-f]{8}$/;
const LOOK_MS = 1_000;
export const isImmutable = (path: string): boolean => path.startsWith('assets/');

/** `folder` need not exist. Looks again when the pointer changed; once a second at most. */
export function openClientBuilds(folder: string, nowMs: () => number = () => performance.now()): ClientBuilds {
  const pointer = join(folder, 'current.json');
  let held: Held | undefined;
  let mark = '';
  let lookedAt = -LOOK_MS;
  const look = (): Held | undefined => {
    if (nowMs() - lookedAt < LOOK_MS) return held;
    lookedAt = nowMs();
    const seen = statSync(pointer, { throwIfNoEntry: false });
    const now = seen === undefined ? '' : `${seen.mtimeMs} ${seen.ino}`;
    if (now === mark) return held;
    held = now === '' ? undefined : readHeld(folder, pointer);
    mark = now;
    return held;
  };
  return {
    current: () => look(),
    find: (path) => look()?.files.get(path),
  };
}

function readHeld(folder: string, pointer: string): Held | undefined {
  const { build }: { readonly build?: unknown } = JSON.parse(readFileSync(pointer, 'utf8'));
  if (typeof build !== 'string' || !BUILD.test(build)) return undefined;
  const builds = readdirSync(join(folder, 'builds'))
    .filter((name) => BUILD.test(name) && existsSync(join(folder, 'builds', name, 'files.json')))
    .toSorted();
  if (!builds.includes(build)) return undefined;
  const files = new Map<string, ClientFile>();
  for (const name of builds) {
    const listed: { readonly files: readonly ListedFile[] } = JSON.parse(
      readFileSync(join(folder, 'builds', name, 'files.json'), 'utf8'),
    );
    for (const one of listed.files) {
      const immutable = isImmutable(one.path);
      // What keeps its name is of the current build alone.
      if (immutable || name === build) {
        files.set(one.path, fileOf(one, immutable, immutable ? folder : join(folder, 'builds', name)));
      }
    }
  }
  return { build, oldest: builds[0] ?? build, files };
}

const fileOf = ({ path, hash, type, gzip }: ListedFile, immutable: boolean, folder: string): ClientFile => ({
  path,
  hash,
  type,
  immutable,
  hasGzip: gzip,
  read: (encoding) => readFile(join(folder, encoding === 'gzip' ? `${path}.gz` : path)),
});
