// A browser at the bedside: a Chromium of its own process and profile, which can be killed as a machine that is switched off, and started again.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Locator, type Page } from 'playwright-core';
import { chromiumAt } from '../web/harness/run-harness.ts';

export const PASSPHRASE = 'seven green herons walk slowly north';
const WAIT_MS = 90_000;

export class WardBrowser {
  readonly page: Page;
  /** Addresses of other origins that anything in the browser asked for. */
  readonly foreign: string[] = [];
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, page: Page, origin: string) {
    this.#process = process;
    this.page = page;
    page.setDefaultTimeout(WAIT_MS);
    page.context().on('request', (request) => {
      const url = request.url();
      if (/^(https?|wss?):/.test(url) && !url.startsWith(origin)) this.foreign.push(url);
    });
  }

  static async start(profile: string, origin: string): Promise<WardBrowser> {
    const executable = chromiumAt();
    if (executable === undefined) throw new Error('no Chromium here');
    const child = spawn(
      executable,
      [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--no-first-run',
        '--window-size=1280,900',
        '--remote-debugging-port=0',
        `--user-data-dir=${profile}`,
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    );
    const browser = await chromium.connectOverCDP(await addressOf(child));
    const [context] = browser.contexts();
    if (context === undefined) throw new Error('a browser without a context');
    const page = context.pages()[0] ?? (await context.newPage());
    const opened = new WardBrowser(child, page, origin);
    await page.goto(`${origin}/ward/`);
    return opened;
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  /** As somebody of the demonstration who keeps the ward on this device, from the front door on. */
  async enrol(origin: string, userName: string, device: string): Promise<void> {
    const { page } = this;
    await page.goto(origin);
    await page.locator('tr', { hasText: userName }).getByRole('button', { name: 'Open the ward' }).first().click();
    await this.button('Keep it here').click();
    await this.button('Go on').click();
    await page.getByRole('textbox', { name: 'What this device is called' }).fill(device);
    await this.button('Get a code for this device').click();
    const code = page.getByRole('textbox', { name: 'Code', exact: true });
    await until(async () => (await code.inputValue()) !== '');
    await this.button('Make it a device of the ward').click();
    for (const field of ['#door-passphrase', '#door-passphrase-again']) await page.locator(field).fill(PASSPHRASE);
    await this.button('Open the ward').click();
    await page.locator('tr[data-kind=patient]').first().waitFor();
  }

  async unlock(): Promise<void> {
    await this.page.locator('input[type=password]').fill(PASSPHRASE);
    await this.page.keyboard.press('Enter');
    await this.page.getByText('Find a patient').first().waitFor();
  }

  /** To an address of the client, as a link in it would lead there. */
  async go(at: string): Promise<void> {
    await this.page.evaluate((to) => (location.hash = `#${to}`), at);
  }

  /** As a machine that is switched off. */
  async kill(): Promise<void> {
    const { pid } = this.#process;
    if (pid === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    process.kill(-pid, 'SIGKILL');
    await ended;
    // The profile's lock is free when the last of its processes is gone.
    await sleep(500);
  }
}

export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WAIT_MS; !(await holds());) {
    if (Date.now() > end) throw new Error(`waited ${String(WAIT_MS / 1_000)} s in vain`);
    await sleep(250);
  }
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error('the browser ended as it started')));
  });
}
