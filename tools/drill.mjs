#!/usr/bin/env node
// `npm run drill` and `npm run isolation`: real nodes on this machine, broken and healed (see drills/README.md).
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkNode, ensureBuilt, ensureInstalled } from './install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [what, ...args] = process.argv.slice(2);

checkNode();
ensureInstalled(root, { dev: true });
ensureBuilt(root, ['tsconfig.server.json', 'tsconfig.drills.json']);
process.chdir(root);
const module = await import(pathToFileURL(join(root, 'dist', 'drills', `${what}.js`)).href);
process.exit(await module[what](args, (line) => console.log(line)));
