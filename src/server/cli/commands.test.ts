// The commands as processes: help, refusals, exit codes. One line each for the person at the terminal.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import {
  buildOnce,
  endAll,
  ENTRY,
  freePort,
  newFolder,
  run,
  start,
  until,
  type Ran,
} from './holdfast-process.test-kit.ts';

beforeAll(buildOnce);
afterEach(endAll);

const COMMANDS = [
  'start',
  'user',
  'conflicts',
  'client',
  'token',
  'tls',
  'import',
  'demo',
  'verify',
  'reindex',
  'backup',
  'restore',
  'bench',
];
function expectOneLine(ran: Ran, code: number, says: RegExp): void {
  expect({ code: ran.code, err: ran.err }).toEqual({ code, err: expect.stringMatching(says) });
  expect(ran.err.trimEnd().split('\n')).toHaveLength(1);
  expect(ran.err).toMatch(/^holdfast: /);
  expect(ran.err).not.toMatch(/\bat \S+:\d+/);
}

test('[OP15] every command answers --help with exit code 0, whatever the settings say', async () => {
  for (const command of COMMANDS) {
    const ran = await run([command, '--help'], { HOLDFAST_PORT: 'nonsense' });
    expect(ran.code, command).toBe(0);
    expect(ran.out, command).toMatch(new RegExp(`^holdfast ${command}`));
  }
  const all = await run(['--help']);
  expect(all.code).toBe(0);
  for (const command of [...COMMANDS, 'version']) expect(all.out).toContain(`  ${command} `);
  expect((await run(['version'])).out).toMatch(/^holdfast \d+\.\d+\.\d+, Node \d+/);
});

test('[OP15] what is not understood is one line and exit code 2', async () => {
  expect((await run([])).code).toBe(2);
  expectOneLine(await run(['fly']), 2, /no command "fly"/);
  expectOneLine(await run(['verify', '--fast']), 2, /--fast.*holdfast verify --help/);
  expectOneLine(await run(['import']), 2, /at least 1/);
  expectOneLine(await run(['start'], { HOLDFAST_PORT: '80800' }), 2, /HOLDFAST_PORT/);
});

test('[OP16] a failure is one line and exit code 1; HOLDFAST_DEBUG shows the stack', async () => {
  const args = ['import', join(newFolder(), 'missing.ndjson')];
  expectOneLine(await run(args), 1, /missing\.ndjson cannot be read/);
  const debug = await run(args, { HOLDFAST_DEBUG: '1' });
  expect(debug.code).toBe(1);
  expect(debug.err).toMatch(/\n\s+at /);
});

test('[OP18] the launcher passes exit codes, and says nothing of its own when all is built', async () => {
  expectOneLine(await run(['fly'], {}, { launcher: true }), 2, /no command/);
  const help = await run(['--help'], {}, { launcher: true });
  expect({ code: help.code, err: help.err }).toEqual({ code: 0, err: '' });
});

test('[OP18] the launcher passes signals: the node stops in good order', async () => {
  const node = await start({}, { launcher: true });
  node.signal('SIGTERM');
  expect(await node.ended).toBe(0);
  expect(node.err()).toContain('Stopped.');
});

test('[OP22] started by npm, the node stops in good order when npm or its shell is killed', async () => {
  const data = join(newFolder(), 'data');
  // What npm does: a shell that waits for us, and that takes a signal for itself alone.
  const shell = spawn('sh', ['-c', `"$0" "$1" start; true`, process.execPath, ENTRY], {
    env: {
      ...process.env,
      npm_lifecycle_event: 'start',
      HOLDFAST_DATA: data,
      HOLDFAST_PORT: '0',
      HOLDFAST_DEMO: 'off',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
  await until(() => out.includes('Open http'), 'answers');
  shell.kill('SIGTERM');
  await until(() => out.includes('Stopped.'), 'stops');
  expect(readdirSync(data)).not.toContain('holdfast.lock');
});

test('[OP19] a port in use is one line, and the database is not even made', async () => {
  const other = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  const data = join(newFolder(), 'data');
  try {
    const ran = await run(['start'], { HOLDFAST_PORT: String(port), HOLDFAST_DATA: data });
    expectOneLine(ran, 1, new RegExp(`Port ${port} is in use.*HOLDFAST_PORT`));
    expect(() => readdirSync(data)).toThrow(/ENOENT/);
  } finally {
    other.close();
  }
});

test('[OP13] a data folder of a newer Holdfast is one line, and stays as it was', async () => {
  const data = newFolder();
  writeFileSync(join(data, 'holdfast.json'), '{"format":99,"version":"9.9.9"}');
  for (const command of ['start', 'verify', 'reindex']) {
    expectOneLine(await run([command], { HOLDFAST_DATA: data, HOLDFAST_PORT: '0' }), 1, /newer Holdfast \(9\.9\.9\)/);
  }
  expect(readdirSync(data)).toEqual(['holdfast.json']);
});

test('[OP9] a database of another PostgreSQL is one line with the way out', async () => {
  const data = newFolder();
  mkdirSync(join(data, 'postgres'));
  writeFileSync(join(data, 'postgres', 'PG_VERSION'), '17\n');
  const ran = await run(['start'], { HOLDFAST_DATA: data, HOLDFAST_PORT: '0' });
  expectOneLine(ran, 1, /PostgreSQL 17.*holdfast backup.*holdfast restore/);
});

test('[OP10] a database that cannot be reached is one line without its address', async () => {
  const ran = await run(['start'], {
    HOLDFAST_DATA: newFolder(),
    HOLDFAST_PORT: '0',
    HOLDFAST_DATABASE_URL: 'postgresql://someone:secret-word@127.0.0.1:1/x',
  });
  expectOneLine(ran, 1, /cannot be reached \(ECONNREFUSED\)/);
  expect(ran.err).not.toMatch(/secret-word|someone/);
});

test.skipIf(process.getuid?.() !== 0)('[OP14] a full disk is one line, at the first start', async () => {
  const data = newFolder();
  // A file system of 12 MB that only this command sees: too small for a database.
  const small = ['unshare', '--mount', 'sh', '-c', `mount -t tmpfs -o size=12m tmpfs ${data} && exec "$@"`, 'sh'];
  const ran = await run(['start'], { HOLDFAST_DATA: data, HOLDFAST_PORT: '0' }, { before: small });
  if (/mount: |unshare: /.test(ran.err)) return;
  expectOneLine(ran, 1, /The disk is full/);
});

test('[OP14] a data folder that is a file is one line', async () => {
  const file = join(newFolder(), 'file');
  writeFileSync(file, '');
  expectOneLine(await run(['start'], { HOLDFAST_DATA: file, HOLDFAST_PORT: '0' }), 1, /is not a folder/);
});
