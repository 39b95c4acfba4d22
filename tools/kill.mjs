#!/usr/bin/env node
// `npm run kill -- ROUNDS [SEED]`: the kill test as often as told (default 40), with its log in test/e2e/results/.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [rounds = '40', seed] = process.argv.slice(2);
if (!/^[1-9]\d{0,3}$/.test(rounds) || (seed !== undefined && !/^\d{1,9}$/.test(seed))) {
  console.error('usage: npm run kill -- ROUNDS [SEED]   (both are numbers)');
  process.exit(2);
}
ensureInstalled(root, { dev: true });
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    'test/e2e/kill.test.ts',
    '--silent=false',
    '--reporter=verbose',
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, KILL_ROUNDS: rounds, ...(seed === undefined ? {} : { KILL_SEED: seed }) },
  },
);
process.exit(status ?? 1);
