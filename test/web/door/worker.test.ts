// The service worker in Chromium: offline, updates that wait, two tabs, a build that does not come up, the rescue page.
import { existsSync, readFileSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startFixtureSite, type FixtureSite } from './fixture-client.ts';

const CHROMIUM = process.env['HOLDFAST_CHROMIUM'] ?? '/usr/bin/chromium';
const here = existsSync(CHROMIUM);
if (!here) console.warn(`no Chromium at ${CHROMIUM}: the tests of the service worker are skipped`);

describe.skipIf(!here)('in Chromium', () => {
  let browser: Browser;
  let site: FixtureSite;
  let context: BrowserContext;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  afterAll(async () => browser?.close());
  beforeEach(async () => {
    site = await startFixtureSite();
    context = await browser.newContext();
    context.setDefaultTimeout(20_000);
  });
  afterEach(async () => {
    await context.close();
    await site.close();
  });

  const title = async (page: Page): Promise<string> => (await page.textContent('h1')) ?? '';
  /** Opened, and everything of the build kept. */
  async function open(): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${site.origin}/ward/`);
    await page.waitForFunction(() => window.updates.state().offline === 'ready');
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    return page;
  }
  async function update(page: Page): Promise<void> {
    await page.evaluate(() => window.updates.look());
    await page.waitForFunction(() => window.updates.state().waiting);
  }
  /** As people do before a blank page. That which is being loaded anew counts as gone only at the next time. */
  async function reloadUntilUp(page: Page): Promise<void> {
    for (let tries = 0; tries < 3; tries += 1) {
      await page.reload();
      if ((await page.locator('h1').count()) > 0) return;
    }
  }
  const switchNow = (page: Page, why: 'idle' | 'person') => page.evaluate((w) => window.updates.switchNow(w), why);

  test('[WU36] with the server dead a reload opens the client, with what it never asked for before', async () => {
    await site.lay('one');
    const page = await open();
    await site.die();
    await page.reload();
    expect(await title(page)).toBe('client one');
    expect(await page.evaluate(() => window.later())).toBe('later one');
    const other = await context.newPage();
    await other.goto(`${site.origin}/ward/#/patient/x`);
    expect(await title(other)).toBe('client one');
  });

  test('[WU35] what the site answers is never kept: now and who fail when it is dead, and are asked each time', async () => {
    await site.lay('one');
    const page = await open();
    await page.reload();
    const ask = (path: string) =>
      page.evaluate(
        (p) =>
          fetch(p).then(
            (a) => a.status,
            () => 'away',
          ),
        path,
      );
    for (const path of ['/ward/now', '/ward/who']) {
      const before = site.asked.filter((one) => one === path).length;
      expect([await ask(path), await ask(path)]).toEqual([200, 200]);
      expect(site.asked.filter((one) => one === path).length).toBe(before + 2);
    }
    await site.die();
    expect([await ask('/ward/now'), await ask('/ward/who')]).toEqual(['away', 'away']);
    const kept = await page.evaluate(async () => {
      const all = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
      return all.flat().map(({ url }) => new URL(url).pathname);
    });
    expect(kept.filter((path) => /now|who|code|downtime/.test(path))).toEqual([]);
    expect(kept).toContain('/ward/assets/page-one.js');
  });

  test('[WU31] an update in the middle of a form waits; when the person wants it nothing that was typed is lost', async () => {
    await site.lay('one');
    const page = await open();
    await page.fill('#note', 'BP 80/40, called the registrar');
    await page.evaluate(() => void (window.isBusy = true));
    await site.lay('two');
    await update(page);
    expect(await title(page)).toBe('client one');
    expect(await switchNow(page, 'idle')).toBe('not-safe');
    expect(await page.inputValue('#note')).toBe('BP 80/40, called the registrar');
    // A reload by hand stays with the build that runs: another tab may be in the middle of something.
    const other = await context.newPage();
    await other.goto(`${site.origin}/ward/`);
    expect(await title(other)).toBe('client one');
    await other.close();
    const loaded = page.waitForEvent('load');
    expect(await switchNow(page, 'person')).toBe('switching');
    await loaded;
    await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'client two');
    expect(await page.inputValue('#note')).toBe('BP 80/40, called the registrar');
  });

  test('[WU31] [WU33] two tabs: the one that is busy keeps both; when it agrees both go, and its last words are on the disk', async () => {
    await site.lay('one');
    const page = await open();
    const other = await context.newPage();
    await other.goto(`${site.origin}/ward/`);
    await other.waitForFunction(() => window.updates.state().offline === 'ready');
    await other.fill('#note', 'half a sen');
    await other.evaluate(() => void (window.isBusy = true));
    await site.lay('two');
    await update(page);
    expect(await switchNow(page, 'idle')).toBe('not-safe');
    expect([await title(page), await title(other)]).toEqual(['client one', 'client one']);
    await other.fill('#note', 'half a sentence more');
    const both = Promise.all([page.waitForEvent('load'), other.waitForEvent('load')]);
    expect(await switchNow(page, 'person')).toBe('switching');
    await both;
    for (const one of [page, other]) {
      await one.waitForFunction(() => document.querySelector('h1')?.textContent === 'client two');
      expect(await one.inputValue('#note')).toBe('half a sentence more');
    }
  });

  test('[WU31] a tab that says nothing keeps all as they are', async () => {
    await site.lay('one');
    const page = await open();
    const other = await context.newPage();
    await other.goto(`${site.origin}/ward/`);
    await other.waitForFunction(() => window.updates.state().offline === 'ready');
    await other.evaluate(() => window.updates.beforeSwitch(() => new Promise(() => undefined)));
    await site.lay('two');
    await update(page);
    expect(await switchNow(page, 'person')).toBe('not-safe');
    expect(await title(page)).toBe('client one');
  });

  test('[WU32] in a declared downtime no build is taken, and none is switched to', async () => {
    await site.lay('one');
    const page = await open();
    site.downtime = true;
    await site.lay('two');
    await page.evaluate(() => window.updates.look());
    await page.evaluate(async () => {
      const found = await navigator.serviceWorker.getRegistration();
      const installing = found?.installing;
      if (installing) await new Promise((resolve) => installing.addEventListener('statechange', resolve));
      await window.updates.look();
    });
    expect(await page.evaluate(() => window.updates.state().waiting)).toBe(false);
    site.downtime = false;
    await update(page);
    await page.evaluate(() => window.updates.setDowntime(true));
    expect(await switchNow(page, 'person')).toBe('downtime');
    await page.close();
    // Nobody works any more, and still it is downtime as far as anybody heard.
    await site.die();
    const again = await context.newPage();
    await again.goto(`${site.origin}/ward/`);
    expect(await title(again)).toBe('client one');
  });

  test('[WU30] a build of which one file is another is not taken; when it is whole it is', async () => {
    await site.lay('one');
    const page = await open();
    await site.lay('two');
    site.spoiled.add('later-two');
    await page.evaluate(async () => {
      const found = await navigator.serviceWorker.getRegistration();
      const gone = new Promise<void>((resolve) => {
        found?.addEventListener('updatefound', () => {
          const { installing } = found;
          installing?.addEventListener('statechange', () => {
            if (installing.state === 'redundant') resolve();
          });
        });
      });
      await found?.update();
      await gone;
    });
    expect(await page.evaluate(() => caches.keys())).toHaveLength(2);
    await page.reload();
    expect(await title(page)).toBe('client one');
    site.spoiled.clear();
    await update(page);
  });

  test('[WU34] [WU37] a build that does not come up twice is left by itself, and said so', async () => {
    const one = await site.lay('one');
    const page = await open();
    await page.reload();
    const two = await site.lay('two', 'broken');
    await update(page);
    expect(await switchNow(page, 'person')).toBe('switching');
    // The page is blank but for the way to the rescue page; somebody loads it again, and again.
    await page.waitForSelector('a[href="/rescue/"]');
    expect(await page.locator('h1').count()).toBe(0);
    await reloadUntilUp(page);
    expect(await title(page)).toBe('client one');
    await page.waitForFunction(() => window.updates.state().rolledBack.length > 0);
    expect(await page.evaluate(() => window.updates.state())).toMatchObject({
      build: one,
      rolledBack: [two],
      waiting: false,
    });
    // A build that is mended comes as any other.
    await site.lay('three');
    await update(page);
    expect(await switchNow(page, 'person')).toBe('switching');
    await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'client three');
  });

  test('[WU34] with the server dead the broken build is left all the same', async () => {
    await site.lay('one');
    const page = await open();
    await site.lay('two', 'broken');
    await update(page);
    await switchNow(page, 'person');
    await page.waitForSelector('a[href="/rescue/"]');
    await site.die();
    await reloadUntilUp(page);
    expect(await title(page)).toBe('client one');
  });

  test('[WU38] [WU39] the rescue page brings out what was written, as it stands, and takes away what can be loaded again alone', async () => {
    await site.lay('one');
    const page = await open();
    await page.fill('#note', 'not yet sent');
    await page.evaluate(async () => {
      const db = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open('holdfast-other', 1);
        request.addEventListener('upgradeneeded', () =>
          request.result.createObjectStore('log', { autoIncrement: true }),
        );
        request.addEventListener('success', () => resolve(request.result));
      });
      const store = db.transaction('log', 'readwrite').objectStore('log');
      for (let n = 0; n < 1_203; n += 1) store.put({ n, sealed: new Uint8Array([n % 256, 0, 255]) });
      await new Promise((resolve) => store.transaction.addEventListener('complete', resolve));
      db.close();
      const strangers = indexedDB.open('someone-else', 1);
      await new Promise((resolve) => strangers.addEventListener('success', resolve));
      strangers.result.close();
    });
    await page.evaluate(() => window.updates.beforeSwitch(async () => true));
    site.asked.length = 0;
    await page.goto(`${site.origin}/rescue/#de`);
    expect(await page.textContent('h1')).toBe('Rettung');
    // None of the client's own code, and not by the worker.
    expect(site.asked.filter((path) => path.startsWith('/ward/assets'))).toEqual([]);
    const scripts = await page.evaluate(() => Array.from(document.scripts, ({ src }) => new URL(src).pathname));
    expect(scripts).toEqual(['/rescue/rescue.js']);
    expect(await page.evaluate(() => navigator.serviceWorker.controller)).toBeNull();
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#export')]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ holdfast: 'rescue 1', origin: site.origin });
    expect(lines[0].databases.map(({ name }: { name: string }) => name)).toEqual(['holdfast-door', 'holdfast-other']);
    expect(lines.at(-1)).toEqual({ end: true, records: lines.length - 2 });
    const log = lines.filter((line) => line.store === 'log');
    expect(log).toHaveLength(1_203);
    expect(log[7]).toEqual({ db: 'holdfast-other', store: 'log', key: 8, value: { n: 7, sealed: { $b64: 'BwD/' } } });
    await page.waitForSelector('#recover:not([hidden])');

    // Without the site it opens all the same, and takes nothing away.
    await site.die();
    await page.goto('about:blank');
    await page.goto(`${site.origin}/rescue/`);
    expect(await page.textContent('h1')).toBe('Rescue');
    await page.click('#languages >> text=Français');
    await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'Secours');
    await page.click('#reset');
    await page.waitForFunction(() => (document.querySelector('#reset-told')?.textContent ?? '') !== '');
    expect(await page.evaluate(() => caches.keys())).not.toEqual([]);
    await site.live();
    await page.click('#reset');
    await page.waitForURL('**/ward/');
    expect(await title(page)).toBe('client one');
    const databases = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
    expect(databases).toEqual(expect.arrayContaining(['holdfast-door', 'holdfast-other', 'someone-else']));
  });

  test('[WU40] the client can be installed: manifest and icons are its own, and the page runs under its policy', async () => {
    await site.lay('one');
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text());
    });
    await page.goto(`${site.origin}/ward/`);
    await page.waitForFunction(() => window.updates.state().offline === 'ready');
    const manifest = await page.evaluate(async () => {
      const address = document.querySelector('link[rel=manifest]')?.getAttribute('href') ?? '';
      const text = (await (await fetch(address)).json()) as { scope: string; icons: { src: string; sizes: string }[] };
      const sizes = await Promise.all(
        text.icons.map(async ({ src }) => {
          const image = new Image();
          image.src = src;
          await image.decode();
          return `${src} ${image.naturalWidth}`;
        }),
      );
      return { scope: text.scope, sizes };
    });
    expect(manifest.scope).toBe('/ward/');
    expect(manifest.sizes).toEqual(expect.arrayContaining(['/ward/icon-192.png 192', '/ward/icon-512.png 512']));
    expect(troubles).toEqual([]);
  });

  test('[WU3] the same sources make no new build, and files of three builds stay', async () => {
    const one = await site.lay('one');
    expect(await site.lay('one')).toBe(one);
    for (const word of ['two', 'three', 'four']) await site.lay(word);
    const got = await Promise.all(
      ['one', 'two', 'three', 'four'].map(
        async (word) => (await fetch(`${site.origin}/ward/assets/later-${word}.js`)).status,
      ),
    );
    expect(got).toEqual([404, 200, 200, 200]);
  });
});
