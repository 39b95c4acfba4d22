import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { findTooOpen } from './too-open.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const windows = process.platform === 'win32';

test.skipIf(windows)('[SE10] what others may read, change or list is found, by path and mode', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-open-'));
  folders.push(folder);
  const make = (path: string, mode: number): void => {
    writeFileSync(join(folder, path), 'x');
    chmodSync(join(folder, path), mode);
  };
  mkdirSync(join(folder, 'tls'), { mode: 0o700 });
  mkdirSync(join(folder, 'logs'), { mode: 0o700 });
  mkdirSync(join(folder, 'postgres'), { mode: 0o700 });
  make('seal.key', 0o600);
  make('tls/ca.key', 0o400);
  make('postgres/inside', 0o644);
  expect(findTooOpen(folder)).toEqual([]);

  make('seal.key', 0o640);
  make('tls/ca.key', 0o604);
  make('logs/holdfast.log', 0o602);
  chmodSync(join(folder, 'logs'), 0o755);
  symlinkSync('../../nowhere', join(folder, 'tls', 'gone'));
  expect(findTooOpen(folder).toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
    { path: 'logs', mode: '0755' },
    { path: 'logs/holdfast.log', mode: '0602' },
    { path: 'seal.key', mode: '0640' },
    { path: 'tls/ca.key', mode: '0604' },
  ]);
  chmodSync(folder, 0o711);
  expect(findTooOpen(folder).map(({ path }) => path)).not.toContain('.');
  chmodSync(folder, 0o755);
  expect(findTooOpen(folder)).toContainEqual({ path: '.', mode: '0755' });
});
