// `demo.json` beside the data: says that the record is a demonstration, of which hospital, and whether it is filled.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../storage/embedded/trouble.ts';
import type { DemoOptions } from './parts.ts';

export interface DemoMark extends DemoOptions {
  readonly state: 'filling' | 'done';
}

const fileIn = (data: string): string => join(data, 'demo.json');

export const isDemoRecord = (data: string): boolean => existsSync(fileIn(data));

/** undefined: no demonstration. */
export function readMark(data: string): DemoMark | undefined {
  try {
    return JSON.parse(readFileSync(fileIn(data), 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export function writeMark(data: string, mark: DemoMark): void {
  const file = fileIn(data);
  writeFileSync(`${file}.new`, `${JSON.stringify(mark)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
