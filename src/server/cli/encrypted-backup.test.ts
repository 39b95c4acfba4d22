// Encrypted backups as an operator makes and restores them: real processes, real files, real PostgreSQL.
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { startTemporaryPostgres } from '../storage/embedded/start-temporary.test-kit.ts';
import { buildOnce, endAll, newFolder, run, start } from './holdfast-process.test-kit.ts';

beforeAll(buildOnce);
afterEach(endAll);

// Up to six processes, one after the other, on a machine that does other work too.
const PATIENT_MS = 300_000;
const PASSPHRASE = 'correct horse battery';
const patients = (count: number): string =>
  Array.from(
    { length: count },
    (_, n) => `{"resourceType":"Patient","id":"p${n}","active":true,"multipleBirthInteger":${n}}`,
  ).join('\n');

async function filled(): Promise<{ readonly folder: string; readonly env: NodeJS.ProcessEnv }> {
  const folder = newFolder();
  const env = { HOLDFAST_DATA: join(folder, 'data') };
  const imported = await run(['import', '-'], env, { input: patients(60) });
  expect(imported, imported.err).toMatchObject({ code: 0 });
  return { folder, env };
}
const COUNTS = /\d+ commits, (\d+) revisions, (\d+) resources restored and verified/;

test(
  '[SE1] [SE6] for a passphrase: backed up from the embedded database, restored into another, from standard input',
  async () => {
    const { folder, env } = await filled();
    const file = join(folder, 'b.encrypted');
    const taken = await run(['backup', '--encrypt', file], env, { input: `${PASSPHRASE}\n` });
    expect(taken, taken.err).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(file).toString('latin1')).not.toContain('Patient');

    const other = { HOLDFAST_DATA: join(folder, 'other', 'data') };
    const restored = await run(['restore', file], other, { input: `${PASSPHRASE}\n` });
    expect(restored, restored.err).toMatchObject({ code: 0, out: expect.stringMatching(COUNTS) });
    const node = await start(other);
    expect(await (await node.fetch('/fhir/Patient/p7')).text()).toContain('"multipleBirthInteger":7');
  },
  PATIENT_MS,
);

test(
  '[SE3] [SE6] a wrong passphrase, none, and a file that is cut are refused, each in its words, and nothing is made',
  async () => {
    const folder = newFolder();
    const file = join(folder, 'b.encrypted');
    const taken = await run(
      ['backup', '--encrypt', file],
      { HOLDFAST_DATA: join(folder, 'data') },
      { input: `${PASSPHRASE}\n` },
    );
    expect(taken, taken.err).toMatchObject({ code: 0 });
    const other = { HOLDFAST_DATA: join(folder, 'other', 'data') };
    const wrong = await run(['restore', file], other, { input: 'something else\n' });
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^holdfast: This is not the passphrase of .*\n$/),
    });
    const none = await run(['restore', file], other);
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining('HOLDFAST_BACKUP_PASSPHRASE_FILE') });
    const bytes = readFileSync(file);
    writeFileSync(`${file}.cut`, bytes.subarray(0, bytes.length - 20));
    const cut = await run(['restore', `${file}.cut`], other, { input: `${PASSPHRASE}\n` });
    expect(cut).toMatchObject({ code: 1, err: expect.stringMatching(/no whole backup: it is cut short or changed/) });
    // Nothing was made by what was refused.
    expect(readdirSync(folder)).not.toContain('other');
    for (const ran of [taken, wrong, none, cut]) expect(ran.out + ran.err).not.toContain(PASSPHRASE);
  },
  PATIENT_MS,
);

test(
  '[SE1] [SE7] [SE8] for a key: by setting, into a PostgreSQL of the operator, opened with the private key alone',
  async () => {
    const { folder, env } = await filled();
    const key = join(folder, 'backup.key');
    expect(await run(['backup', '--new-key', key], env)).toMatchObject({ code: 0 });
    const sealing = { ...env, HOLDFAST_BACKUP_KEY_FILE: `${key}.pub` };
    const backups = join(folder, 'backups');
    const plain = await run(['backup', join(folder, 'plain.gz')], env);
    expect(plain).toMatchObject({
      code: 0,
      err: expect.stringMatching(/This backup is not encrypted: whoever has the file/),
    });
    mkdirSync(backups);
    const taken = await run(['backup', backups], sealing);
    expect(taken, taken.err).toMatchObject({ code: 0, err: '' });
    const [name = ''] = readdirSync(backups);
    expect(name).toMatch(/^holdfast-.*\.ndjson\.gz\.encrypted$/);
    const file = join(backups, name);

    const given = await startTemporaryPostgres();
    try {
      const there = { HOLDFAST_DATA: join(folder, 'other'), HOLDFAST_DATABASE_URL: given.url };
      const locked = await run(['restore', file], { ...there, HOLDFAST_BACKUP_KEY_FILE: `${key}.pub` });
      expect(locked).toMatchObject({
        code: 1,
        err: expect.stringContaining('encrypted for the holder of a private key'),
      });
      const restored = await run(['restore', file, '--key', key], there);
      expect(restored, restored.err).toMatchObject({ code: 0 });
      const same = await run(['restore', join(folder, 'plain.gz')], { HOLDFAST_DATA: join(folder, 'third', 'data') });
      // The second holds what the audit says of the first, and no more.
      const counts = (out: string): readonly number[] => (COUNTS.exec(out)?.slice(1) ?? []).map(Number);
      expect(counts(restored.out)).toEqual(counts(same.out).map((count) => count + 1));
      expect(counts(same.out)).toHaveLength(2);
    } finally {
      await given.stop();
    }
  },
  PATIENT_MS,
);

test('[SE8] [SE9] a copy of the database is not encrypted in silence, and a key that cannot be used stops the backup first', async () => {
  const folder = newFolder();
  const key = join(folder, 'backup.key');
  const env = { HOLDFAST_DATA: join(folder, 'data'), HOLDFAST_BACKUP_KEY_FILE: key };
  expect(await run(['backup', '--new-key', key], env)).toMatchObject({ code: 0 });
  expect(await run(['backup', '--physical', join(folder, 'copy')], env)).toMatchObject({
    code: 2,
    err: expect.stringContaining('cannot be encrypted'),
  });
  chmodSync(key, 0o644);
  expect(await run(['backup', join(folder, 'b')], env)).toMatchObject({
    code: 1,
    err: expect.stringContaining('open to others than its owner'),
  });
  expect(readdirSync(folder).toSorted()).toEqual(['backup.key', 'backup.key.pub']);
  expect(await run(['backup', '--encrypt', '--plain', join(folder, 'b')], env)).toMatchObject({ code: 2 });
  expect(await run(['backup', '--new-key', key], env)).toMatchObject({ code: 1 });
});
