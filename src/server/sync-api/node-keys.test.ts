import { mkdtempSync, rmSync, statSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { drawNodeKeys, isSignedBy, NODE_KEY_FILE, openNodeKeys, sealFor, setNodeKeysAside } from './node-keys.ts';

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'holdfast-keys-'));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
});

test('[NL1] keys are made once, are readable by their owner alone, and sign as themselves', () => {
  const data = folder();
  const keys = openNodeKeys(data);
  expect(openNodeKeys(data).publicKeys).toEqual(keys.publicKeys);
  expect(statSync(join(data, NODE_KEY_FILE)).mode & 0o777).toBe(0o600);
  const signature = keys.sign('what was said');
  expect(isSignedBy(keys.publicKeys.sign, 'what was said', signature)).toBe(true);
  expect(isSignedBy(keys.publicKeys.sign, 'what was not', signature)).toBe(false);
  expect(isSignedBy(drawNodeKeys().publicKeys.sign, 'what was said', signature)).toBe(false);
  for (const nonsense of ['', 'x', keys.publicKeys.seal, '====', `${keys.publicKeys.sign}A`])
    expect(isSignedBy(nonsense, 'what was said', signature)).toBe(false);
});

test('[NL1] keys that were set aside make room for others, and stay', () => {
  const data = folder();
  const before = openNodeKeys(data).publicKeys;
  setNodeKeysAside(data, 'old');
  expect(openNodeKeys(data).publicKeys).not.toEqual(before);
  expect(readFileSync(join(data, `${NODE_KEY_FILE}.old`), 'utf8')).toContain('PRIVATE KEY');
});

test('[NL2] a key file that cannot be read is an error and stays as it is', () => {
  const data = folder();
  openNodeKeys(data);
  const file = join(data, NODE_KEY_FILE);
  writeFileSync(file, 'half a ke');
  expect(() => openNodeKeys(data)).toThrow();
  expect(readFileSync(file, 'utf8')).toBe('half a ke');
});

test('[NL3] what is sealed for a node opens there alone, and not when a byte was changed', () => {
  const keys = drawNodeKeys();
  const said = Buffer.from('for your eyes only: ä');
  const sealed = sealFor(keys.publicKeys.seal, said);
  expect(Buffer.from(keys.open(sealed) ?? [])).toEqual(said);
  expect(drawNodeKeys().open(sealed)).toBeUndefined();
  for (let at = 0; at < sealed.length; at += 7) {
    const changed = Uint8Array.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(keys.open(changed), `byte ${at}`).toBeUndefined();
  }
  expect(keys.open(new Uint8Array(3))).toBeUndefined();
});
