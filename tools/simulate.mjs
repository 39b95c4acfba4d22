#!/usr/bin/env node
// `npm run simulate -- --seeds N`: the transfer core under faults (see test/simulator/README.md).
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkNode, ensureBuilt, ensureInstalled } from './install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

checkNode();
ensureInstalled(root, { dev: true });
ensureBuilt(root, ['tsconfig.simulate.json']);
const { simulate } = await import(pathToFileURL(join(root, 'dist', 'test', 'simulator', 'simulate.js')).href);
const ok = await simulate(process.argv.slice(2), join(root, 'test', 'simulator', 'bad-seeds.json'), (line) =>
  console.log(line),
);
process.exit(ok ? 0 : 1);
