#!/usr/bin/env node
// `npm run drill`, `npm run isolation`, `npm run bench:sync`, `npm run bench:ward`: real nodes and browsers on this machine, broken and healed (see drills/README.md).
import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkNode, ensureBuilt, ensureInstalled } from './install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [what = '', ...args] = process.argv.slice(2);
const PROGRAMS = {
  drill: ['drills/drill.js', 'drill'],
  isolation: ['drills/isolation.js', 'isolation'],
  'bench-sync': ['bench/sync.js', 'benchSync'],
  'bench-ward': ['bench/ward.js', 'benchWard'],
};
const [file, name] = PROGRAMS[what];

// Who is not root is root of namespaces of its own, where the system allows that: there drills have real networks, too.
const OWN = ['--user', '--map-root-user', '--net', '--mount'];
const ENTERED = 'HOLDFAST_DRILL_ENTERED';
const isRoot = process.getuid?.() === 0;
if (process.platform === 'linux' && !isRoot && !what.startsWith('bench-') && process.env[ENTERED] === undefined) {
  const enter = 'mount -t tmpfs tmpfs /run && ip link set lo up';
  if (spawnSync('unshare', [...OWN, 'sh', '-c', enter]).status === 0) {
    const again = [`${enter} && exec "$0" "$@"`, process.execPath, ...process.argv.slice(1)];
    const child = spawn('unshare', [...OWN, 'sh', '-c', ...again], {
      stdio: 'inherit',
      env: { ...process.env, [ENTERED]: 'yes' },
    });
    // Ctrl-C reaches the child by itself, which cleans up; this one waits for it.
    for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined);
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    process.exit(await new Promise((done) => child.once('exit', (code) => done(code ?? 1))));
  }
}

checkNode();
ensureInstalled(root, { dev: true });
ensureBuilt(root, ['tsconfig.server.json', 'tsconfig.drills.json']);
process.chdir(root);
const module = await import(pathToFileURL(join(root, 'dist', file)).href);
process.exit(await module[name](args, (line) => console.log(line)));
