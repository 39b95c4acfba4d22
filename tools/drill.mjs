#!/usr/bin/env node
// `npm run drill`, `npm run isolation`, `npm run bench:sync`: real nodes on this machine, broken and healed (see drills/README.md).
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkNode, ensureBuilt, ensureInstalled } from './install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [what = '', ...args] = process.argv.slice(2);
const PROGRAMS = {
  drill: ['drills/drill.js', 'drill'],
  isolation: ['drills/isolation.js', 'isolation'],
  'bench-sync': ['bench/sync.js', 'benchSync'],
};
const [file, name] = PROGRAMS[what];

checkNode();
ensureInstalled(root, { dev: true });
ensureBuilt(root, ['tsconfig.server.json', 'tsconfig.drills.json']);
process.chdir(root);
const module = await import(pathToFileURL(join(root, 'dist', file)).href);
process.exit(await module[name](args, (line) => console.log(line)));
