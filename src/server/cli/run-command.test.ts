import { Readable } from 'node:stream';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { Trouble } from '../storage/embedded/trouble.ts';
import { readOptions } from './options.ts';
import { assertReadable, readDocuments } from './read-documents.ts';
import { readSettings } from './settings.ts';

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync('/tmp/holdfast-cli-');
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const troubleOf = (work: () => unknown): Trouble => {
  try {
    work();
  } catch (error) {
    if (error instanceof Trouble) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

test('[OP15] settings have the defaults that the README names', () => {
  const settings = readSettings({ HOLDFAST_PORT: '' }, '/clone');
  expect(settings).toMatchObject({ host: '127.0.0.1', port: 8080, data: '/clone/data', demo: true, logLevel: 'info' });
  expect(settings.databaseUrl).toBeUndefined();
  expect(settings.processes).toBeGreaterThan(0);
});

test.each([
  ['HOLDFAST_PORT', '80a'],
  ['HOLDFAST_PORT', '65536'],
  ['HOLDFAST_PORT', '-1'],
  ['HOLDFAST_DEMO', 'maybe'],
  ['HOLDFAST_PROCESSES', '0'],
  ['HOLDFAST_PROCESSES', '1.5'],
  ['HOLDFAST_LOG', 'loud'],
  ['HOLDFAST_NAMES', 'record.example.org, two words'],
  ['HOLDFAST_HSTS', 'perhaps'],
  ['HOLDFAST_TLS_CERT', '/etc/ssl/record.pem'],
  ['HOLDFAST_IDP_CLIENT_ID', 'holdfast'],
  ['HOLDFAST_DATABASE_URL_FILE', '/nowhere/at-all'],
])('[OP15] %s=%s is refused by name with exit code 2', (name, value) => {
  const trouble = troubleOf(() => readSettings({ [name]: value }, '/clone'));
  expect(trouble.exitCode).toBe(2);
  expect(trouble.message).toContain(name);
  expect(trouble.message).not.toContain('\n');
});

test('[OP15] an address of a database that is none is refused without being quoted', () => {
  const trouble = troubleOf(() => readSettings({ HOLDFAST_DATABASE_URL: 'mysql://u:secret-word@h/x' }, '/clone'));
  expect(trouble.exitCode).toBe(2);
  expect(trouble.message).not.toContain('secret-word');
});

test('[OP15] names, a certificate, an identity provider and secrets in files are read', () => {
  const file = join(newFolder(), 'url');
  writeFileSync(file, 'postgresql://holdfast@db/record\n');
  const settings = readSettings(
    {
      HOLDFAST_NAMES: 'Record.Ward.Example, 192.168.7.4',
      HOLDFAST_BASE_URL: 'https://record.example.org/fhir',
      HOLDFAST_TLS_CERT: '/etc/ssl/record.pem',
      HOLDFAST_TLS_KEY: '/etc/ssl/record.key',
      HOLDFAST_IDP_ISSUER: 'https://login.example.org',
      HOLDFAST_IDP_CLIENT_ID: 'holdfast',
      HOLDFAST_DATABASE_URL_FILE: file,
    },
    '/clone',
  );
  expect(settings.names).toEqual(['record.ward.example', '192.168.7.4', 'record.example.org']);
  expect(settings.databaseUrl).toBe('postgresql://holdfast@db/record');
  expect(settings.tls.certificate).toEqual({ chain: '/etc/ssl/record.pem', key: '/etc/ssl/record.key' });
  expect(settings.identityProvider?.clientSecret).toBeUndefined();
  const both = { HOLDFAST_DATABASE_URL_FILE: file, HOLDFAST_DATABASE_URL: 'postgresql://x@y/z' };
  expect(troubleOf(() => readSettings(both, '/clone')).message).toMatch(/not both/);
});

test('[OP15] unknown options, wrong numbers and too many words are refused with exit code 2', () => {
  const kinds = { parallel: 'text', physical: 'flag' } as const;
  expect(readOptions(['a', '--parallel', '3', '--physical'], kinds, 1, 1, 'x').whole('parallel', 1, 9)).toBe(3);
  expect(troubleOf(() => readOptions(['--nope'], kinds, 0, 1, 'x')).message).toMatch(/--nope.*holdfast x --help/);
  expect(troubleOf(() => readOptions([], kinds, 1, Infinity, 'x')).message).toMatch(/at least 1/);
  expect(troubleOf(() => readOptions(['a', 'b'], kinds, 0, 1, 'x')).exitCode).toBe(2);
  expect(troubleOf(() => readOptions(['--parallel', '99'], kinds, 0, 1, 'x').whole('parallel', 1, 9)).exitCode).toBe(2);
});

async function documents(files: readonly string[], input?: Readable): Promise<readonly (readonly [string, string])[]> {
  const found: [string, string][] = [];
  for await (const { place, text } of readDocuments(files, input)) found.push([place, text]);
  return found;
}

test('[OP29] NDJSON is one document a line, plain and compressed, named by file and line, across any cut of the bytes', async () => {
  const folder = newFolder();
  const lines = '{"resourceType":"Patient","id":"å"}\r\n\n{"resourceType":"Basic","note":"日本語"}';
  const expected = (name: string): unknown => [
    [`${name}:1`, '{"resourceType":"Patient","id":"å"}\r'],
    [`${name}:3`, '{"resourceType":"Basic","note":"日本語"}'],
  ];
  for (const [name, bytes] of [
    ['a.ndjson', Buffer.from(lines)],
    ['b.ndjson.gz', gzipSync(lines)],
    ['c.ndjson.br', brotliCompressSync(lines)],
  ] as const) {
    writeFileSync(join(folder, name), bytes);
    expect(await documents([join(folder, name)])).toEqual(expected(name));
  }
  for (const bytes of [Buffer.from(lines), gzipSync(lines)]) {
    const input = Readable.from(
      [...bytes].map((byte) => Buffer.from([byte])),
      { objectMode: false },
    );
    expect(await documents(['-'], input)).toEqual(expected('(standard input)'));
  }
});

test('[OP29] a file over many lines is one document; a broken line among others is a document of its own', async () => {
  const folder = newFolder();
  const pretty = JSON.stringify({ resourceType: 'Patient', name: [{ text: 'x' }] }, undefined, 2);
  writeFileSync(join(folder, 'pretty.json'), `\uFEFF${pretty}\n`);
  expect(await documents([join(folder, 'pretty.json')])).toEqual([['pretty.json:1', pretty]]);
  writeFileSync(join(folder, 'broken.ndjson'), '{"a":1}\n{"b":\n{"c":3}\n');
  expect((await documents([join(folder, 'broken.ndjson')])).map(([place]) => place)).toEqual([
    'broken.ndjson:1',
    'broken.ndjson:2',
    'broken.ndjson:3',
  ]);
});

test('[OP29] a file that is missing, a folder, or cut short in its compression is one clear line', async () => {
  const folder = newFolder();
  await expect(assertReadable([join(folder, 'no')])).rejects.toThrow(/cannot be read \(ENOENT\)/);
  await expect(assertReadable([folder])).rejects.toThrow(/is not a file/);
  writeFileSync(join(folder, 'cut.gz'), gzipSync('{"a":1}\n'.repeat(10_000)).subarray(0, 60));
  await expect(documents([join(folder, 'cut.gz')])).rejects.toThrow(/cut\.gz cannot be read to its end/);
});
