// The few things that the trail asks of a disk, so that a full or broken one can be given to it.
import { closeSync, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs';

export interface Disk {
  /** Makes a file that must not be there yet; only its owner may read it. */
  create(path: string): number;
  /** Writes all of it at the end, or throws. What a failed call left behind is the caller's to cut off. */
  append(file: number, bytes: Uint8Array): void;
  truncate(file: number, length: number): void;
  /** Resolves when a power cut no longer takes what was written. */
  sync(file: number): Promise<void>;
  close(file: number): void;
}

export const nodeDisk: Disk = {
  create: (path) => openSync(path, 'ax', 0o600),
  append: (file, bytes) => {
    let at = 0;
    while (at < bytes.length) at += writeSync(file, bytes, at);
  },
  truncate: ftruncateSync,
  sync: (file) =>
    new Promise((resolve, reject) => fdatasync(file, (error) => (error === null ? resolve() : reject(error)))),
  close: closeSync,
};

/** `ENOENT` and the like; undefined where the error is not the system's. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
