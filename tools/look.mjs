#!/usr/bin/env node
// `node tools/look.mjs --at /state --state device --language ar --width 360 --dark --person doctor --out x.png`: a picture of a screen of the
// ward client over the demo hospital. Several `--at` give several pictures: `x.png`, `x-2.png` …
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { checkNode, ensureInstalled } from './install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
checkNode();
ensureInstalled(root, { dev: true });
const { values } = parseArgs({
  options: {
    at: { type: 'string', multiple: true, default: ['/'] },
    state: { type: 'string', default: 'live' },
    language: { type: 'string', default: 'en' },
    person: { type: 'string', default: 'nurse' },
    width: { type: 'string', default: '1280' },
    height: { type: 'string', default: '800' },
    dark: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    out: { type: 'string', default: 'look.png' },
  },
});
const { module } = await runnerImport(join(root, 'test/web/harness/run-harness.ts'), { root, logLevel: 'warn' });
const harness = await module.Harness.start();
try {
  const { state, language, person, dark } = values;
  const [first = '/'] = values.at;
  const size = { width: Number(values.width), height: Number(values.height) };
  const opened = await harness.open({ state, language, person, dark, ...size, at: first });
  for (const [n, at] of values.at.entries()) {
    if (n > 0) await opened.go(at);
    const path = n === 0 ? values.out : values.out.replace(/(\.png)?$/, `-${n + 1}.png`);
    await opened.page.screenshot({ path, fullPage: values.full });
    process.stdout.write(`${path}  ${at}\n`);
  }
  for (const error of opened.errors) process.stdout.write(`error: ${error}\n`);
} finally {
  await harness.close();
}
