#!/usr/bin/env node
// `npm run screenshots -- --out DIR`: a picture of every screen of the ward client over the demo hospital: live and on the device alone, from
// left to right and from right to left, on a phone, a tablet and a desktop, with a page that shows them all.
//
//   --only mar,state   screens whose address has one of these   --widths 360,1920   --states live,device   --languages en,ar
//   --person doctor    who is in                                --dark              --full   the whole page, not what is seen first
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkNode, ensureInstalled } from './install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
checkNode();
ensureInstalled(root, { dev: true });
const { runnerImport } = await import('vite');
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'screenshots' },
    only: { type: 'string', default: '' },
    widths: { type: 'string', default: '360,1024,1920' },
    states: { type: 'string', default: 'live,device' },
    languages: { type: 'string', default: 'en,ar' },
    person: { type: 'string', default: 'charge-nurse' },
    dark: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
  },
});
const listed = (text) => text.split(',').filter((one) => one !== '');
const HEIGHTS = { 360: 740, 1024: 768, 1920: 1080 };

const load = async (path) => (await runnerImport(join(root, path), { root, logLevel: 'warn' })).module;
const { Harness } = await load('test/web/harness/run-harness.ts');
const { everyAddress } = await load('test/web/harness/every-address.ts');
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const harness = await Harness.start();
const taken = [];
let isGood = true;
try {
  for (const state of listed(values.states)) {
    const { person, dark, full } = values;
    const opened = await harness.open({ state, person, dark, at: '/state' });
    const { page } = opened;
    const only = listed(values.only);
    const addresses = (await everyAddress(page)).filter(
      (at) => only.length === 0 || only.some((part) => nameOf(at).includes(part)),
    );
    for (const language of listed(values.languages)) {
      await opened.speak(language);
      for (const at of addresses) {
        await opened.go(at);
        for (const width of listed(values.widths).map(Number)) {
          await page.setViewportSize({ width, height: HEIGHTS[width] ?? Math.round(width * 0.7) });
          const name = `${nameOf(at)}.${state}.${language}.${width}.png`;
          await page.screenshot({ path: join(out, name), fullPage: full });
          taken.push({ name, at, state, language, width });
        }
      }
    }
    for (const error of opened.errors) {
      isGood = false;
      process.stderr.write(`${state}: ${error}\n`);
    }
    await opened.close();
  }
} finally {
  await harness.close();
}
writeFileSync(join(out, 'index.html'), sheet());
process.stdout.write(`${taken.length} pictures in ${out}, all on index.html\n`);
process.exit(isGood ? 0 : 1);

/** `/patient/cast-sepsis/mar` is `patient-mar`: what stands for a person is no part of a screen's name. */
function nameOf(at) {
  const parts = at.split('/').filter((part) => part !== '' && !part.startsWith('cast-'));
  return parts.length === 0 ? 'board' : parts.join('-');
}

function sheet() {
  const figures = taken.map(
    ({ name, width }) =>
      `<figure><a href="${name}"><img src="${name}" width="${Math.round(width / 4)}" loading="lazy" alt=""></a><figcaption>${name}</figcaption></figure>`,
  );
  return `<!doctype html><meta charset="utf-8"><title>Screens</title><style>body{display:flex;flex-wrap:wrap;gap:12px;align-items:end;font:12px sans-serif}figure{margin:0}img{border:1px solid #999}</style>\n${figures.join('\n')}\n`;
}
