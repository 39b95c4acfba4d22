import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { LogEntry } from '../../core/sync/memory-sync-log.ts';
import { openOutboxFiles } from './outbox-files.ts';
import { HEAD_BYTES } from './sealed-file.ts';

const KEY = new Uint8Array(32).fill(7);
const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hf-outbox-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const note = (name: string): LogEntry => ({ put: 'note', name, text: `text of ${name}` });
const named = (entries: readonly LogEntry[]): readonly string[] =>
  entries.map((each) => (each.put === 'note' ? each.name : each.put));
const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort();

test('[DV8] what was appended is there at the next opening, in order, over many openings', async () => {
  const folder = newFolder();
  for (let opening = 0; opening < 4; opening++) {
    const outbox = openOutboxFiles(folder, KEY);
    expect(named(outbox.entries)).toEqual(Array.from({ length: opening * 2 }, (_, i) => `n${i}`));
    await outbox.append([note(`n${opening * 2}`), note(`n${opening * 2 + 1}`)]);
    outbox.close();
  }
});

test('[DV9] wherever the power fails, the entries before it are there and the file goes on', async () => {
  const folder = newFolder();
  const outbox = openOutboxFiles(folder, KEY);
  const ends: number[] = [];
  for (let i = 0; i < 5; i++) {
    await outbox.append([note(`n${i}`)]);
    ends.push(outbox.sizes().bytes);
  }
  outbox.close();
  const [name = ''] = filesIn(folder);
  const whole = readFileSync(join(folder, name));
  for (let length = whole.length; length >= 0; length -= length < HEAD_BYTES + 4 ? 1 : 7) {
    const torn = newFolder();
    writeFileSync(join(torn, name), whole.subarray(0, length));
    const again = openOutboxFiles(torn, KEY);
    expect(again.entries.length).toBe(ends.filter((end) => end <= length).length);
    expect(again.spoiled).toBe(0);
    if (length % 13 === 0) {
      await again.append([note('after')]);
      again.close();
      expect(named(openOutboxFiles(torn, KEY).entries).at(-1)).toBe('after');
    }
  }
});

test('[DV9] a spoiled byte costs the entry that it stands in, and is counted', async () => {
  const folder = newFolder();
  const outbox = openOutboxFiles(folder, KEY);
  await outbox.append(Array.from({ length: 6 }, (_, i) => note(`n${i}`)));
  outbox.close();
  const [name = ''] = filesIn(folder);
  const whole = readFileSync(join(folder, name));
  const entry = (whole.length - HEAD_BYTES) / 6;
  for (let at = HEAD_BYTES; at < whole.length; at += 11) {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0x11, at);
    const spoiled = newFolder();
    writeFileSync(join(spoiled, name), bytes);
    const again = openOutboxFiles(spoiled, KEY);
    const hit = Math.floor((at - HEAD_BYTES) / entry);
    expect(named(again.entries)).toEqual([0, 1, 2, 3, 4, 5].filter((i) => i !== hit).map((i) => `n${i}`));
    // The last one cannot be told from a torn end.
    expect(again.spoiled).toBe(hit === 5 ? 0 : 1);
  }
});

test('[DV10] no nonce is used twice, entries cannot be swapped, and another key opens nothing', async () => {
  const folder = newFolder();
  const nonces = new Set<string>();
  let count = 0;
  for (let opening = 0; opening < 3; opening++) {
    const outbox = openOutboxFiles(folder, KEY);
    await outbox.append(Array.from({ length: 4 }, (_, i) => note(`n${i}`)));
    if (opening === 1) await outbox.replace([note('x'), note('y')]);
    await outbox.append([note('z')]);
    outbox.close();
  }
  for (const name of filesIn(folder)) {
    const bytes = readFileSync(join(folder, name));
    // The key of a file is made of its salt: a nonce counts with it.
    const salt = bytes.subarray(0, HEAD_BYTES).toString('hex');
    for (let at = HEAD_BYTES; at < bytes.length; at += 8 + bytes.readUInt32BE(at)) {
      nonces.add(`${salt} ${bytes.subarray(at + 8, at + 20).toString('hex')}`);
      count += 1;
    }
    expect(bytes.toString('latin1')).not.toContain('text of');
  }
  expect(nonces.size).toBe(count);
  const one = newFolder();
  const outbox = openOutboxFiles(one, KEY);
  await outbox.append([note('a'), note('b')]);
  outbox.close();
  const [name = ''] = filesIn(one);
  const bytes = readFileSync(join(one, name));
  const half = (bytes.length - HEAD_BYTES) / 2;
  const [head, a, b] = [
    bytes.subarray(0, HEAD_BYTES),
    bytes.subarray(HEAD_BYTES, HEAD_BYTES + half),
    bytes.subarray(HEAD_BYTES + half),
  ];
  writeFileSync(join(one, name), Buffer.concat([head, b, a]));
  expect(openOutboxFiles(one, KEY)).toMatchObject({ entries: [], spoiled: 2 });
  expect(openOutboxFiles(folder, new Uint8Array(32)).entries).toEqual([]);
});

test('[DV11] writing anew leaves what is given, and what was before where it did not come to an end', async () => {
  const folder = newFolder();
  const outbox = openOutboxFiles(folder, KEY);
  await outbox.append([note('a'), note('b')]);
  const failing = function* (): Iterable<LogEntry> {
    yield note('x');
    throw new Error('the disk is full');
  };
  await expect(outbox.replace(failing())).rejects.toThrow('full');
  await outbox.append([note('c')]);
  expect(named(openOutboxFiles(folder, KEY).entries)).toEqual(['a', 'b', 'c']);
  const before = filesIn(folder).map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
  await outbox.replace([note('b'), note('c')]);
  await outbox.append([note('d')]);
  outbox.close();
  expect(filesIn(folder)).toHaveLength(1);
  // The process died between the new file and the end of the old ones; and before: a draft is no file.
  for (const { name, bytes } of before) writeFileSync(join(folder, name), bytes);
  appendFileSync(join(folder, 'outbox-00000099.log.new'), 'half');
  const again = openOutboxFiles(folder, KEY);
  expect(named(again.entries)).toEqual(['b', 'c', 'd']);
  expect(readdirSync(folder)).toHaveLength(1);
  const [only = ''] = filesIn(folder);
  truncateSync(join(folder, only), HEAD_BYTES + 1);
  expect(openOutboxFiles(folder, KEY).entries).toEqual([]);
});
