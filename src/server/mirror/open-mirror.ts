// Follows the order of arrival and writes every commit to the second disk.
//
//   idle ──turn, disk there──▶ following ──disk refuses──▶ in trouble ──later──▶ following
//
//   CM4  Only the process that has the turn writes.
//   CM5  Nothing here is in the way of a write: it reads the feed afterwards. Trouble is told, and tried again.
//   CM6  What is gone on with is the log of this very history: its last commit stands at the same arrival here.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { toBase32 } from '../../core/base/base32.ts';
import type { Chance, Clock, Digest } from '../../core/base/ports.ts';
import type { RecordStore } from '../../core/record/store.ts';
import { copyNodeFiles } from './copy-node-files.ts';
import { LogWriter, logsIn } from './mirror-folder.ts';

export interface MirrorOptions {
  /** On another disk than the record. */
  readonly folder: string;
  /** The data folder: its keys are copied (CM8). */
  readonly data: string;
  readonly store: Pick<RecordStore, 'feed'>;
  readonly install: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly digest: Digest;
  /** Whether this process is the one that writes. */
  readonly hasTurn: () => boolean;
  readonly log: (fields: Readonly<Record<string, string | number>>, message: string) => void;
  /** How often the feed is looked at, ms; 0: only when `catchUp` is called. */
  readonly everyMs?: number;
  /** A file ends when it has as many bytes. */
  readonly fileBytesMax?: number;
}
export interface Mirror {
  /** Brings over what is there now. Throws what the disk or the store throws. */
  catchUp(): Promise<void>;
  /** Of this process: why it does not write, where it should. */
  trouble(): string | undefined;
  close(): Promise<void>;
}

const EVERY_MS = 250;
const TROUBLE_MS = 5_000;
const FILES_MS = 60_000;
/** Commits of one write: the largest are 5 MB each. */
const AT_ONCE = 100;

export function openMirror(options: MirrorOptions): Mirror {
  const { clock } = options;
  const everyMs = options.everyMs ?? EVERY_MS;
  let writer: LogWriter | undefined;
  let trouble: string | undefined;
  let filesAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let closed = false;

  const leave = async (): Promise<void> => {
    const left = writer;
    writer = undefined;
    await left?.close();
  };

  const step = async (): Promise<void> => {
    if (!options.hasTurn()) return leave();
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    writer ??= await openLog(options);
    for (;;) {
      const commits = await options.store.feed(writer.last.arrival, AT_ONCE);
      if (commits.length === 0) break;
      // Another process may have taken over while the store was asked.
      if (!options.hasTurn()) return leave();
      await writer.write(commits, clock.now(), options.fileBytesMax);
    }
    if (performance.now() - filesAt > FILES_MS) {
      await copyNodeFiles(options.data, join(options.folder, 'node'));
      filesAt = performance.now();
    }
  };

  const attempt = async (): Promise<void> => {
    try {
      await step();
      trouble = undefined;
    } catch (error) {
      // What the disk says of closing adds nothing to what it said before.
      await leave().catch(() => undefined);
      throw error;
    }
  };

  const later = (ms: number): void => {
    if (closed) return;
    timer = setTimeout(() => {
      running = attempt().then(
        () => later(everyMs),
        (error: unknown) => {
          const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
          if (trouble === undefined) options.log({ code }, 'the mirror of the commit log is not written');
          trouble = code;
          later(TROUBLE_MS);
        },
      );
    }, ms);
    timer.unref();
  };
  if (everyMs > 0) later(0);

  return {
    catchUp: async () => {
      await running;
      await attempt();
    },
    trouble: () => trouble,
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await running;
      await leave();
    },
  };
}

/** The log that is gone on with, or a new one. */
async function openLog({ folder, digest, install, store, chance, log }: MirrorOptions): Promise<LogWriter> {
  const last = (await logsIn(folder)).filter(({ mark }) => mark?.install === install).at(-1);
  const resumed = last === undefined ? undefined : await LogWriter.resume(last.path, digest, install);
  if (resumed !== undefined) {
    const { arrival, hash } = resumed.last;
    const [there] = arrival === 0 ? [] : await store.feed(arrival - 1, 1);
    if (arrival === 0 || (there?.arrival === arrival && there.hash === hash)) return resumed;
    await resumed.close();
  }
  const name = toBase32(chance.bytes(10));
  if (last !== undefined) log({ log: name }, 'the mirror holds another history: a new log begins beside it');
  return LogWriter.begin(folder, digest, install, name);
}
