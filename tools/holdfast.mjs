#!/usr/bin/env node
// `holdfast COMMAND …`: installs and builds what is missing, then runs the command in this very process, so that signals
// and exit codes need no passing on. Runs with nothing installed.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkNode, ensureBuilt, ensureInstalled, ensureWebBuilt } from './install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

// Commands that serve people.
const SERVES = new Set(['start', 'network']);

checkNode();
// A release carries its build and no sources: nothing to install, nothing to build.
if (existsSync(join(root, 'tsconfig.server.json'))) {
  ensureInstalled(root);
  const bench = process.argv[2] === 'bench' && existsSync(join(root, 'tsconfig.bench.json'));
  ensureBuilt(root, bench ? ['tsconfig.server.json', 'tsconfig.bench.json'] : ['tsconfig.server.json']);
  if (SERVES.has(process.argv[2]) && existsSync(join(root, 'src', 'web', 'main.tsx'))) ensureWebBuilt(root);
}
await import(pathToFileURL(join(root, 'dist', 'src', 'server', 'main.js')).href);
