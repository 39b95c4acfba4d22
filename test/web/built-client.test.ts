// The client as it is served: what is in its files, what it asks for, how large it is.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumAt, serve } from './harness/run-harness.ts';
import { noBrowser } from './open-harness.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const REVIEWED = join(import.meta.dirname, 'built-client-sizes.json');
/** Nobody looks at a kilobyte; a tenth is a library. */
const GROWTH_MAX = 1.1;
const OUT = mkdtempSync(join(tmpdir(), 'holdfast-client-'));

/** Names, and never fetched: of code systems and profiles, of XML, in the words of errors and licences. */
const NAMES: readonly RegExp[] = [
  /^(www\.)?hl7\.org$/,
  /^terminology\.hl7\.org$/,
  /^([a-z]+\.)?loinc\.org$/,
  /^snomed\.info$/,
  /^unitsofmeasure\.org$/,
  /^(www\.)?w3\.org$/,
  /^(www\.)?nlm\.nih\.gov$/,
  /^(www\.)?whocc\.no$/,
  /^hl7\.fhir\.org$/,
  /^fhir\.nhs\.uk$/,
  /^holdfast\.example$/,
  /^(www\.)?iana\.org$/,
  /^(react|reactjs|legacy\.reactjs|reactrouter|mantine|help|i18next|www\.i18next|locize|floating-ui)\.(dev|org|com)$/,
  /^github\.com$/,
  /^(developer\.mozilla|bugs\.webkit|www\.rfc-editor)\.org$/,
];

const files = (): readonly string[] =>
  readdirSync(OUT, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(js|css|html|wasm|svg|json)$/.test(name));
const textOf = (name: string): string => readFileSync(join(OUT, name), 'utf8');

beforeAll(async () => {
  await build({
    configFile: join(ROOT, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: OUT, emptyOutDir: true },
  });
});
afterAll(() => rmSync(OUT, { recursive: true, force: true }));

describe('the files', () => {
  test('[SR20] no script and no style stands in the page, and every file that it names is there', () => {
    const page = textOf('index.html');
    for (const [tag] of page.matchAll(/<script[^>]*>/g)) expect(tag).toMatch(/\ssrc="\/ward\/assets\//);
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/);
    const named = [...page.matchAll(/(?:src|href)="\/ward\/([^"]+)"/g)].map((m) => m[1] ?? '');
    expect(named.length).toBeGreaterThan(1);
    for (const name of named) expect(existsSync(join(OUT, name)), name).toBe(true);
  });
  test('[SR20] no address of another origin is one that would be fetched', () => {
    const foreign = files()
      .filter((name) => !name.endsWith('.wasm'))
      .flatMap((name) =>
        [...textOf(name).matchAll(/\bhttps?:\/\/([a-z0-9.-]+\.[a-z]{2,})/gi)].flatMap((m) => {
          const host = (m[1] ?? '').toLowerCase();
          return NAMES.some((known) => known.test(host)) ? [] : [`${name.replace(/-[\w-]{8}\./, '.')}: ${host}`];
        }),
      );
    expect([...new Set(foreign)]).toEqual([]);
    for (const name of files().filter((f) => f.endsWith('.css')))
      expect(textOf(name)).not.toMatch(/@import|url\(\s*["']?(https?:)?\/\//);
  });
  test('[SR20] the reader of codes is a file of ours', () => {
    expect(files().filter((name) => /zxing_reader-[\w-]+\.wasm$/.test(name)).length).toBe(1);
  });
  test('[SR38] no file has grown by more than a tenth since its size was reviewed', () => {
    // Hashes are no part of a name; what is loaded is what is sent: compressed.
    const sizes = new Map<string, number>();
    for (const name of files()) {
      const plain = name.replace(/^assets\//, '').replace(/-[\w-]{8}(?=\.\w+$)/, '');
      sizes.set(plain, (sizes.get(plain) ?? 0) + gzipSync(readFileSync(join(OUT, name))).length);
    }
    const found = Object.fromEntries(
      [...sizes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, bytes]) => [name, Math.ceil(bytes / 1024)]),
    );
    if (process.env['HOLDFAST_REVIEW_SIZES'] === 'yes') {
      writeFileSync(REVIEWED, `${JSON.stringify({ 'kilobytes compressed': found }, null, 2)}\n`);
    }
    const reviewed: { 'kilobytes compressed': Record<string, number> } = JSON.parse(readFileSync(REVIEWED, 'utf8'));
    const known = reviewed['kilobytes compressed'];
    const grown = Object.entries(found).filter(([name, kilobytes]) => kilobytes > (known[name] ?? 0) * GROWTH_MAX + 1);
    expect(grown, 'HOLDFAST_REVIEW_SIZES=yes writes the file anew, for review').toEqual([]);
  });
});

describe.skipIf(noBrowser !== undefined)('the page', () => {
  let server: Server;
  let browser: Browser;
  beforeAll(async () => {
    const nothing = join(OUT, 'no-record.json');
    writeFileSync(nothing, '{}');
    server = await serve(OUT, nothing);
    browser = await chromium.launch({ executablePath: chromiumAt() ?? '', args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });
  test('[SR20] it opens under its policy, nothing is refused, and nothing is asked of another origin', async () => {
    const address = server.address();
    const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    const page = await browser.newPage({ serviceWorkers: 'block' });
    const asked: string[] = [];
    const refused: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('pageerror', (error) => refused.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/i.test(message.text())) refused.push(message.text());
    });
    await page.goto(`${origin}/ward/`);
    await expect.poll(() => page.locator('h1').count(), { timeout: 30_000 }).toBe(1);
    expect(refused).toEqual([]);
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.filter((url) => !url.startsWith(`${origin}/`))).toEqual([]);
  });
});
