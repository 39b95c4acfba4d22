import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { holderOf, takeDataFolder } from './data-folder.ts';
import { folderTrouble } from './trouble.ts';

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync('/tmp/holdfast-folder-');
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test('[OP12] a second taker is refused and told who has the folder; given back it can be taken', () => {
  const path = join(newFolder(), 'data');
  const taken = takeDataFolder(path, '0.1.0', 'start');
  expect(() => takeDataFolder(path, '0.1.0', 'import')).toThrow(`in use by holdfast start (process ${process.pid})`);
  taken.release();
  expect(holderOf(path)).toBeUndefined();
  takeDataFolder(path, '0.1.0', 'import').release();
  expect(readdirSync(path)).toEqual(['holdfast.json']);
});

test('[OP12] the lock of a process that is dead, or of a number that another process has now, is no lock', async () => {
  const path = newFolder();
  const child = spawn('true');
  await once(child, 'exit');
  writeFileSync(join(path, 'holdfast.lock'), JSON.stringify({ pid: child.pid, started: 'x', what: 'start' }));
  takeDataFolder(path, '0.1.0', 'start').release();
  writeFileSync(join(path, 'holdfast.lock'), JSON.stringify({ pid: process.pid, started: 'earlier', what: 'start' }));
  takeDataFolder(path, '0.1.0', 'start').release();
  writeFileSync(join(path, 'holdfast.lock'), '');
  takeDataFolder(path, '0.1.0', 'start').release();
});

test('[OP13] a folder that a newer Holdfast wrote is refused and stays as it was', () => {
  const path = newFolder();
  writeFileSync(join(path, 'holdfast.json'), '{"format":2,"version":"9.9.9"}');
  expect(() => takeDataFolder(path, '0.1.0', 'start')).toThrow(/newer Holdfast \(9\.9\.9\); this is 0\.1\.0/);
  expect(readdirSync(path)).toEqual(['holdfast.json']);
  expect(readFileSync(join(path, 'holdfast.json'), 'utf8')).toContain('9.9.9');
});

test('[OP14] full disks, forbidden folders and files in the way read as one line', () => {
  const words = (code: string): string => {
    const error = folderTrouble('/srv/holdfast', Object.assign(new Error(code), { code }));
    return error instanceof Error ? error.message : '';
  };
  expect(words('ENOSPC')).toMatch(/^The disk is full: \/srv\/holdfast/);
  expect(words('EROFS')).toMatch(/cannot be written/);
  expect(words('ENOTDIR')).toMatch(/not a folder/);
  expect(words('EIO')).toBe('EIO');
});

test.skipIf(process.getuid?.() === 0)('[OP14] a folder that cannot be written is one clear line', () => {
  const path = newFolder();
  chmodSync(path, 0o500);
  expect(() => takeDataFolder(path, '0.1.0', 'start')).toThrow(/cannot be written/);
});
