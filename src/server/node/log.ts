// The log: one JSON object a line, by pino. What may stand in it is decided at the call: route patterns, never addresses.
import { mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { destination, pino, type Logger } from 'pino';

export type Log = Logger;
export const LOG_LEVELS = ['off', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogSettings {
  readonly level: LogLevel;
  /** A file; absent: standard error. */
  readonly file?: string;
  /** Which process speaks. */
  readonly name: string;
}

/** Opens the log. Lines are written in blocks; `flushLog` before the process ends. */
export function openLog(settings: LogSettings): Log {
  const level = settings.level === 'off' ? 'silent' : settings.level;
  const output = destination({
    dest: settings.file === undefined ? 2 : openFile(settings.file),
    // A write for each line would cost a system call a request. Errors and the end flush.
    sync: false,
    minLength: 4096,
  });
  // A log that cannot be written (the disk is full, the reader is gone) must not end the node; it is tried again.
  output.on('error', () => undefined);
  const flushing = setInterval(() => output.flush(), 1_000);
  flushing.unref();
  return pino(
    {
      level,
      base: { pid: process.pid, process: settings.name },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
    },
    output,
  );
}

function openFile(file: string): number {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return openSync(file, 'a', 0o600);
}

/** Writes what is held back. */
export async function flushLog(log: Log): Promise<void> {
  await new Promise<void>((resolve) => log.flush(() => resolve()));
}
