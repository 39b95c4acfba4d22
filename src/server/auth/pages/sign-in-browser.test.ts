// The pages in a real browser: Chromium where it is installed. `HOLDFAST_SCREENSHOTS=<folder>` leaves pictures to look at.
import { existsSync, mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, startPagesNode, type PagesNode } from './pages-node.test-kit.ts';

const CHROMIUM = process.env['HOLDFAST_CHROMIUM'] ?? '/usr/bin/chromium';
const here = existsSync(CHROMIUM);
if (!here) console.warn(`no Chromium at ${CHROMIUM}: the tests in a real browser are skipped`);
const shots = process.env['HOLDFAST_SCREENSHOTS'];

describe.skipIf(!here)('in Chromium', () => {
  let node: PagesNode;
  let browser: Browser;
  let origin: string;
  beforeAll(async () => {
    node = await startPagesNode({ demo: true, listen: true });
    origin = `http://localhost:${(node.app.server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
  });
  afterAll(async () => {
    await browser.close();
    await node.close();
  });

  /** A fresh profile; whatever the pages' policy stops or a script throws ends the test. */
  async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<{
    readonly page: Page;
    readonly context: BrowserContext;
    readonly troubles: string[];
  }> {
    const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) troubles.push(message.text());
    });
    return { page, context, troubles };
  }
  async function signIn(page: Page, userName: string, password = PASSWORD, to = '/account'): Promise<void> {
    await page.goto(`${origin}/session/start?to=${to}`);
    await page.fill('#u', userName);
    await page.fill('#p', password);
    await page.click('form:has(#p) button');
  }
  const shot = async (page: Page, name: string): Promise<void> => {
    if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  };
  const widerThanScreen = (page: Page): Promise<boolean> =>
    page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

  test('[SI1] with the keyboard alone: name, password, Enter, and the page that was asked for', async () => {
    const { page, context, troubles } = await open();
    await page.goto(`${origin}/session/start?to=/account`);
    await shot(page, 'sign-in');
    await page.keyboard.type('nora');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/account');
    expect(await page.textContent('header .who')).toContain('Nora Quill');
    await shot(page, 'account');
    expect(troubles).toEqual([]);
    await context.close();
  });
  test('[SI4] without JavaScript a password signs in', async () => {
    const { page, context } = await open({ javaScriptEnabled: false });
    await signIn(page, 'nora');
    await page.waitForURL('**/account');
    await context.close();
  });
  test('[SI7] a passkey is added, named, signs in without a name, and is removed', async () => {
    const { page, context, troubles } = await open();
    const devtools = await context.newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await signIn(page, 'dan');
    await page.waitForURL('**/account');
    await page.fill('#pn', 'ward tablet');
    await page.click('form[data-passkey] button');
    await page.waitForSelector('.note.good');
    expect(await page.textContent('main')).toContain('ward tablet');
    await shot(page, 'account-passkey');

    await page.click('header button[name=then]');
    await page.waitForURL('**/sign-in/**');
    await page.click('form[data-passkey] button');
    await page.waitForURL(`${origin}/`);
    await page.goto(`${origin}/account`);
    expect(await page.textContent('header .who')).toContain('Dan Moss');
    expect(node.audited.filter((entry) => entry.act === 'sign-in').at(-1)).toMatchObject({
      who: expect.stringMatching(/^Practitioner\//),
      detail: 'hwk user',
    });

    await page.click('details:has(form[action="/account/passkey-remove"]) summary');
    await page.click('form[action="/account/passkey-remove"] button');
    await page.waitForSelector('.note.good');
    await page.click('header button[name=then]');
    await page.waitForURL('**/sign-in/**');
    await page.click('form[data-passkey] button');
    await page.waitForSelector('.note.bad');
    await shot(page, 'sign-in-passkey-refused');
    expect(troubles).toEqual([]);
    await context.close();
  });
  test('[SI6] at an address of numbers the page says by which name passkeys work', async () => {
    const { page, context } = await open();
    const port = new URL(origin).port;
    await page.goto(`http://127.0.0.1:${port}/session/start`);
    expect(await page.textContent('main')).toContain(`http://localhost:${port}`);
    expect(await page.$('form[data-passkey]')).toBeNull();
    await context.close();
  });
  test('[SI25] a supervisor enrols an agency nurse, who chooses a password and is at work', async () => {
    const { page, context, troubles } = await open();
    await signIn(page, 'sue', PASSWORD, '/staff');
    await page.waitForURL('**/staff');
    await shot(page, 'staff');
    await page.fill('#g', 'Ada');
    await page.fill('#f', 'Temp');
    await page.selectOption('#w', { label: 'Amber Ward' });
    await page.click('form[action="/staff/enrol"] button');
    const temporary = (await page.textContent('[data-temporary]')) ?? '';
    expect(await page.textContent('[data-user-name]')).toBe('ada.temp');
    await shot(page, 'staff-enrolled');
    await page.click('main a.button');
    await page.click('header button[name=then]');
    await page.waitForURL('**/sign-in/**');
    await page.fill('#u', 'ada.temp');
    await page.fill('#p', temporary);
    await page.click('form:has(#p) button');
    await page.fill('#n1', 'short');
    await page.fill('#n2', 'short');
    await page.click('form:has(#n1) button');
    await page.waitForSelector('.note.bad');
    await shot(page, 'new-password');
    await page.fill('#n1', 'green-kettle-walks-home');
    await page.fill('#n2', 'green-kettle-walks-home');
    await page.click('form:has(#n1) button');
    await page.waitForURL(`${origin}/`);
    await page.goto(`${origin}/account`);
    expect(await page.textContent('header .who')).toContain('Ada Temp');
    expect(troubles).toEqual([]);
    await context.close();
  });
  test('[SI27] emergency access: found, reasoned, opened once, listed, and cleared by another', async () => {
    const { page, context, troubles } = await open();
    await signIn(page, 'dan', PASSWORD, '/break-glass');
    await page.waitForURL('**/break-glass');
    await page.fill('#q', 'clark');
    await page.click('form[role=search] button');
    await page.waitForSelector('ul.plain li');
    await shot(page, 'break-glass-found');
    await page.click('button[value="Patient/p1"]');
    await page.fill('#w', 'Called by the crash team on Amber Ward');
    await shot(page, 'break-glass-why');
    await page.click('form[action="/break-glass/open"] button');
    await page.waitForSelector('.note.good');
    expect(await page.textContent('section[aria-labelledby=mi]')).toContain('CLARKE, Joan');
    await shot(page, 'break-glass-open');
    await page.click('header button[name=then]');
    await page.waitForURL('**/sign-in/**');
    await page.fill('#u', 'sue');
    await page.fill('#p', PASSWORD);
    await page.click('form:has(#p) button');
    await page.waitForURL(`${origin}/`);
    await page.goto(`${origin}/break-glass/review`);
    expect(await page.textContent('main')).toContain('Called by the crash team');
    await shot(page, 'review');
    await page.click('form[action="/break-glass/review"] button');
    await page.waitForSelector('.note.good');
    expect(troubles).toEqual([]);
    await context.close();
  });
  test('[SI3] a second click sends nothing twice', async () => {
    const { page, context } = await open();
    await page.goto(`${origin}/session/start?to=/account`);
    await page.fill('#u', 'nora');
    await page.fill('#p', PASSWORD);
    await page.dblclick('form:has(#p) button');
    await page.waitForURL('**/account');
    await context.close();
  });
  for (const [name, options] of [
    ['dark', { colorScheme: 'dark' }],
    ['arabic', { locale: 'ar' }],
    ['german', { locale: 'de-DE' }],
    ['narrow', { viewport: { width: 360, height: 740 } }],
    ['narrow-arabic', { viewport: { width: 360, height: 740 }, locale: 'ar', colorScheme: 'dark' }],
    ['narrow-french', { viewport: { width: 360, height: 740 }, locale: 'fr-FR' }],
  ] as const) {
    test(`[SI30] ${name}: nothing is wider than the screen, and the direction is the language's`, async () => {
      const { page, context, troubles } = await open(options);
      await page.goto(`${origin}/session/start?to=/staff`);
      await shot(page, `${name}-sign-in`);
      expect(await widerThanScreen(page)).toBe(false);
      expect(await page.getAttribute('html', 'dir')).toBe(name.includes('arabic') ? 'rtl' : 'ltr');
      await page.fill('#u', 'sue');
      await page.fill('#p', PASSWORD);
      await page.click('form:has(#p) button');
      await page.waitForURL('**/staff');
      for (const path of ['/staff', '/account', '/break-glass', '/break-glass/review']) {
        await page.goto(`${origin}${path}`);
        expect(await widerThanScreen(page), path).toBe(false);
        await shot(page, `${name}${path.replaceAll('/', '-')}`);
      }
      expect(troubles).toEqual([]);
      await context.close();
    });
  }
});
