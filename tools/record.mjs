#!/usr/bin/env node
// `npm run record -- --out docs/nineteenth-of-july.png`: the recording that the README opens with, made anew: real nodes, real browsers.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkNode, ensureBuilt, ensureInstalled, ensureWebBuilt } from './install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
checkNode();
ensureInstalled(root);
ensureBuilt(root, ['tsconfig.server.json']);
ensureWebBuilt(root);
const { runnerImport } = await import('vite');
const { values } = parseArgs({ options: { out: { type: 'string', default: 'docs/nineteenth-of-july.png' } } });
process.chdir(root);
const { module } = await runnerImport(join(root, 'test/web/record/record-outage.ts'), { root, logLevel: 'warn' });
await module.recordOutage(resolve(values.out), (line) => console.log(line));
process.exit(0);
