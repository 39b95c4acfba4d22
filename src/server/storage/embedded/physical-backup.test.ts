import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, expect, test } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts';
import { restorePhysicalBackup, takePhysicalBackup } from './physical-backup.ts';

const folders: string[] = [];
const running: EmbeddedPostgres[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync('/tmp/holdfast-physical-');
  folders.push(folder);
  return folder;
};
async function start(folder: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ folder, durable: false });
  running.push(server);
  return server;
}
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
async function ask(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('[OP34] a copy taken under load is a whole one: it starts, and holds a prefix of what was committed', async () => {
  const source = await start(newFolder());
  await ask(source.url, 'CREATE TABLE kept (n int PRIMARY KEY, filling text)');
  const load = { written: 0, going: true };
  const loading = (async () => {
    const client = new Client({ connectionString: source.url });
    await client.connect();
    for (; load.going; load.written += 1) {
      await client.query(`INSERT INTO kept VALUES (${load.written + 1}, repeat('x', 500))`);
    }
    await client.end();
  })();
  await expect.poll(() => load.written, { timeout: 30_000 }).toBeGreaterThan(200);
  const before = load.written;
  const copy = join(newFolder(), 'copy');
  const { bytes } = await takePhysicalBackup(source.url, copy);
  load.going = false;
  await loading;
  expect(bytes).toBeGreaterThan(10_000_000);
  expect(load.written).toBeGreaterThan(before);

  const data = join(newFolder(), 'data');
  mkdirSync(data);
  await restorePhysicalBackup(copy, data, () => undefined);
  const restored = await start(data);
  const [row] = await ask(restored.url, 'SELECT count(*)::int AS rows, max(n) AS last FROM kept');
  expect(row?.['rows']).toBe(row?.['last']);
  expect(row?.['rows']).toBeGreaterThanOrEqual(before);
  await expect(restorePhysicalBackup(copy, data, () => undefined)).rejects.toThrow(/holds a database already/);
});

test('[OP32] a copy with a changed byte, a missing file or a changed manifest is refused, and leaves nothing behind', async () => {
  const source = await start(newFolder());
  const copy = join(newFolder(), 'copy');
  await takePhysicalBackup(source.url, copy);
  await expect(takePhysicalBackup(source.url, copy)).rejects.toThrow(/not empty/);
  const data = join(newFolder(), 'data');
  const refuse = async (): Promise<void> => {
    await expect(restorePhysicalBackup(copy, data, () => undefined)).rejects.toThrow(/no whole backup|cut short/);
    expect(existsSync(data) ? readdirSync(data) : []).toEqual([]);
  };
  const manifest = join(copy, 'backup_manifest');
  const text = readFileSync(manifest, 'utf8');
  writeFileSync(manifest, text.replace('"Size"', '"Sizf"'));
  await refuse();
  writeFileSync(manifest, text);
  const tar = openSync(join(copy, 'base.tar'), 'r+');
  writeSync(tar, Buffer.from([0x5a]), 0, 1, 512 * 20);
  closeSync(tar);
  await refuse();
});
