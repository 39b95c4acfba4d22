import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, expect, test } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedOptions, type EmbeddedPostgres } from './embedded-postgres.ts';
import { makeSymlinks } from './find-binaries.ts';
import { checkGivenPostgres } from './given-postgres.ts';
import { isAlive } from './postmaster.ts';
import { debianPostgres15, startTemporaryPostgres } from './start-temporary.test-kit.ts';
import { Trouble } from './trouble.ts';

const running: EmbeddedPostgres[] = [];
const folders: string[] = [];
const newFolder = (under = '/tmp'): string => {
  const folder = mkdtempSync(join(under, 'holdfast-embedded-'));
  folders.push(folder);
  return folder;
};
async function start(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ durable: false, ...options });
  running.push(server);
  return server;
}
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function ask(url: string, sql: string): Promise<Record<string, unknown>> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const rows: readonly Record<string, unknown>[] = (await client.query(sql)).rows;
    return rows[0] ?? {};
  } finally {
    await client.end();
  }
}
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error('did not come to hold');
}
const troubleOf = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Trouble);
  const message = error instanceof Error ? error.message : '';
  expect(message).not.toContain('\n');
  return message;
};
const rootOnly = test.skipIf(process.getuid?.() !== 0);

test('[OP2] a new database is UTF-8, C.UTF-8 built in, with checksums, and syncs every commit', async () => {
  const server = await start({ folder: newFolder(), durable: true });
  const found = await ask(
    server.url,
    `SELECT pg_encoding_to_char(encoding) AS encoding, datlocprovider AS provider, datlocale AS locale,
            current_setting('data_checksums') AS checksums, current_setting('fsync') AS fsync,
            current_setting('full_page_writes') AS pages, current_setting('synchronous_commit') AS commits
     FROM pg_database WHERE datname = current_database()`,
  );
  expect(found).toEqual({
    encoding: 'UTF8',
    provider: 'b',
    locale: 'C.UTF-8',
    checksums: 'on',
    fsync: 'on',
    pages: 'on',
    commits: 'on',
  });
});

test('[OP3] it listens on a socket in a private folder and nowhere else, also where the path is too long', async () => {
  const long = join(newFolder(), 'a-rather-long-name-of-a-folder-for-a-socket'.repeat(3));
  mkdirSync(long);
  const server = await start({ folder: long });
  const found = await ask(
    server.url,
    `SELECT current_setting('listen_addresses') AS tcp, current_setting('unix_socket_directories') AS folder`,
  );
  expect(found['tcp']).toBe('');
  const folder = String(found['folder']);
  folders.push(folder);
  expect(folder.length).toBeLessThan(60);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('[OP4] missing symlinks of the package are made, and made once', () => {
  const package_ = newFolder();
  const native = join(package_, 'native');
  mkdirSync(join(native, 'lib'), { recursive: true });
  writeFileSync(join(native, 'lib', 'libx.so.5.18'), 'x');
  writeFileSync(
    join(native, 'pg-symlinks.json'),
    JSON.stringify([
      { source: 'native/lib/libx.so.5.18', target: 'native/lib/libx.so.5' },
      { source: 'native/lib/libx.so.5.18', target: 'native/lib/libx.so' },
    ]),
  );
  symlinkSync('libx.so.5.18', join(native, 'lib', 'libx.so'));
  expect(makeSymlinks(native)).toBe(1);
  expect(readFileSync(join(native, 'lib', 'libx.so.5'), 'utf8')).toBe('x');
  expect(makeSymlinks(native)).toBe(0);
});

test('[OP5] a database whose supervisor was killed is taken over as it is', async () => {
  const folder = newFolder();
  const first = await start({ folder });
  await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  first.letGo();
  const second = await start({ folder });
  expect(second.attached).toBe(true);
  expect(second.pid()).toBe(first.pid());
  expect(await ask(second.url, 'SELECT answer FROM kept')).toEqual({ answer: 42 });
});

test('[OP6] a database that was killed comes back by itself with every acknowledged row', async () => {
  const folder = newFolder();
  const events: string[] = [];
  const server = await start({ folder, durable: true, tell: (event) => events.push(event) });
  await ask(server.url, 'CREATE TABLE kept (n int)');
  for (let round = 1; round <= 3; round += 1) {
    await ask(server.url, `INSERT INTO kept VALUES (${round})`);
    const pid = server.pid() ?? 0;
    process.kill(pid, 'SIGKILL');
    await until(() => server.pid() !== undefined && server.pid() !== pid);
    expect(await ask(server.url, 'SELECT count(*)::int AS rows FROM kept')).toEqual({ rows: round });
  }
  expect(events.filter((event) => event === 'restarted')).toHaveLength(3);
});

rootOnly('[OP7] root runs it under a private folder without passing root on', async () => {
  const folder = newFolder();
  chmodSync(folder, 0o700);
  const server = await start({ folder, rootWay: 'namespace' });
  const status = readFileSync(`/proc/${server.pid()}/status`, 'utf8');
  // Seen from here its user is root's namespace child; its capabilities in our namespace are none.
  expect(readFileSync(`/proc/${server.pid()}/uid_map`, 'utf8').trim()).toMatch(/^65534\s+0\s+1$/);
  expect(status).toMatch(/^Name:\s+postgres$/m);
  expect(await ask(server.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
});

rootOnly('[OP7] root without user namespaces runs it as nobody, and either way opens what the other made', async () => {
  const folder = newFolder();
  const asNobody = await start({ folder, rootWay: 'nobody' });
  expect(readFileSync(`/proc/${asNobody.pid()}/status`, 'utf8')).toMatch(/^Uid:\s+65534\s/m);
  await ask(asNobody.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  await asNobody.stop();
  const inNamespace = await start({ folder, rootWay: 'namespace' });
  expect(await ask(inNamespace.url, 'SELECT n FROM kept')).toEqual({ n: 7 });
  await inNamespace.stop();
  const again = await start({ folder, rootWay: 'nobody' });
  expect(await ask(again.url, 'SELECT n FROM kept')).toEqual({ n: 7 });
});

rootOnly('[OP7] root without user namespaces is told in one line about a folder that nobody cannot enter', async () => {
  const shut = newFolder();
  chmodSync(shut, 0o700);
  const message = await troubleOf(start({ folder: join(shut, 'data'), rootWay: 'nobody' }));
  expect(message).toMatch(/cannot enter .*HOLDFAST_DATA/);
});

test('[OP8] stopping leaves no process and needs no recovery afterwards', async () => {
  const folder = newFolder();
  const server = await start({ folder });
  const pid = server.pid() ?? 0;
  await server.stop();
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(join(folder, 'postgres', 'postmaster.pid'))).toBe(false);
  await start({ folder });
  expect(readFileSync(join(folder, 'logs', 'postgres.log'), 'utf8')).not.toMatch(/recovery|interrupted/);
});

test('[OP9] a database of another major version is refused with the way out, untouched', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'postgres'));
  writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '17\n');
  expect(await troubleOf(start({ folder }))).toMatch(/PostgreSQL 17.*carries 18.*holdfast backup.*holdfast restore/);
  expect(readdirSync(folder)).toEqual(['postgres']);
});

test('[OP10] a given database that does not answer or is no address is one line without the address', async () => {
  const unreachable = await troubleOf(checkGivenPostgres('postgresql://u:secret-word@127.0.0.1:1/x'));
  expect(unreachable).toMatch(/cannot be reached \(ECONNREFUSED\)/);
  expect(unreachable).not.toContain('secret-word');
  await troubleOf(checkGivenPostgres('postgresql://u:p@127.0.0.1:99999999/x'));
});

test('[OP10] a given database of another encoding is refused, one of UTF-8 is taken', async () => {
  const server = await startTemporaryPostgres();
  try {
    await checkGivenPostgres(server.url);
    await ask(server.url, `CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'`);
    expect(await troubleOf(checkGivenPostgres(server.url.replace('/holdfast?', '/latin?')))).toMatch(/LATIN1.*UTF8/);
  } finally {
    await server.stop();
  }
});

test.skipIf(debianPostgres15 === undefined)('[OP10] PostgreSQL 15 is taken', async () => {
  const server = await startTemporaryPostgres({ binaries: debianPostgres15 });
  try {
    await checkGivenPostgres(server.url);
    expect(await ask(server.url, 'SHOW server_version_num')).toEqual({
      server_version_num: expect.stringMatching(/^15/),
    });
  } finally {
    await server.stop();
  }
});

test('[OP11] its log holds neither statements nor values of rows', async () => {
  const folder = newFolder();
  const server = await start({ folder });
  await ask(server.url, 'CREATE TABLE people (name text PRIMARY KEY)');
  await ask(server.url, `INSERT INTO people VALUES ('Niobe Example')`);
  await expect(ask(server.url, `INSERT INTO people VALUES ('Niobe Example')`)).rejects.toThrow(/duplicate/);
  await server.stop();
  const log = readFileSync(join(folder, 'logs', 'postgres.log'), 'utf8');
  expect(log).toContain('duplicate key');
  expect(log).not.toContain('Niobe');
});

test('[OP14] a path that is no folder is one clear line', async () => {
  const file = join(newFolder(), 'file');
  writeFileSync(file, '');
  expect(await troubleOf(start({ folder: file }))).toMatch(/not a folder/);
});

test('[OP6] killed with its supervisor, it starts again at once, while the dead one’s processes may still be ending', async () => {
  const folder = newFolder();
  for (let round = 1; round <= 3; round += 1) {
    const server = await start({ folder });
    await ask(server.url, round === 1 ? 'CREATE TABLE kept (n int)' : `INSERT INTO kept VALUES (${round})`);
    // A session that works keeps its process from looking whether the server still lives.
    const busy = ask(server.url, 'SELECT sum(n) FROM generate_series(1, 3000000) AS n').catch(() => undefined);
    await sleep(50);
    server.letGo();
    process.kill(server.pid() ?? 0, 'SIGKILL');
    const next = await start({ folder });
    expect(await ask(next.url, 'SELECT count(*)::int AS rows FROM kept')).toEqual({ rows: round - 1 });
    await next.stop();
    await busy;
  }
});
