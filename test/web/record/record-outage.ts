// The recording that the README opens with: 19 July on real nodes and two real browsers, as pictures that follow each other.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { openNetworkBed } from '../../e2e/network-bed.test-kit.ts';
import { until, WardBrowser } from '../../e2e/ward-browser.test-kit.ts';
import { chromiumAt } from '../harness/run-harness.ts';
import { writeApng, type Frame } from './write-apng.ts';

const SIZE = { width: 1_000, height: 700 };
const STAGE = { width: 1_280, height: 560 };

/** Writes the moving picture to `out`; `say` gets a line for each part. */
export async function recordOutage(out: string, say: (line: string) => void): Promise<void> {
  const folders = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'holdfast-record-')));
  const bed = await openNetworkBed({ beds: 60, patients: 75 }, true);
  const [here, there] = [`http://localhost:${String(bed.port)}`, `http://tablet.localhost:${String(bed.port)}`];
  const nurse = await WardBrowser.start(folders[0] ?? '', here);
  const doctor = await WardBrowser.start(folders[1] ?? '', there);
  // A browser of its own: what stands behind another tab is not drawn.
  const theatre = await chromium.launch({ executablePath: chromiumAt() ?? '', args: ['--no-sandbox'] });
  const stage = await theatre.newPage();
  const frames: Frame[] = [];
  try {
    for (const { page } of [nurse, doctor]) await page.setViewportSize(SIZE);
    await stage.setViewportSize(STAGE);
    const show = async (words: string, up: readonly string[], forMs = 3_500): Promise<void> => {
      say(words);
      await nurse.page.waitForTimeout(600);
      frames.push({ png: await drawn(stage, words, up, [nurse.page, doctor.page]), forMs });
    };
    const ALL = ['Region', 'Hospital'];
    const bar = (browser: WardBrowser): Promise<string> =>
      browser.page.getByRole('region', { name: 'State of things' }).innerText();
    await nurse.enrol(here, 'nurse', 'Tablet of the bay');
    await doctor.enrol(there, 'doctor', 'Tablet of the round');
    for (const browser of [nurse, doctor]) await until(async () => !/Filling/.test(await bar(browser)));
    const [patient, substance] = await somebody(nurse.page, async (path) => {
      const { text } = await bed.network.nodes.hospital.fhir('GET', path);
      return text;
    });
    await show('Two tablets of a ward. The hospital and the region answer.', ALL);
    for (const browser of [nurse, doctor]) await browser.go(`/patient/${patient}`);
    await show('The nurse and the doctor open the same chart.', ALL);
    const vitals = async (pulse: string): Promise<void> => {
      await nurse.go(`/patient/${patient}/vitals`);
      await nurse.button('Record vital signs').click();
      const form = nurse.page.getByRole('dialog');
      await form.getByRole('textbox', { name: 'Respiration' }).fill('24');
      await form.getByRole('textbox', { name: 'Oxygen saturation' }).fill('93');
      await form.getByRole('textbox', { name: 'Pulse' }).fill(pulse);
    };
    await bed.network.press({ do: 'stop', node: 'region' });
    await until(async () => !/region answer/.test(await bar(nurse)));
    await show('The region is gone. The hospital’s own server answers.', ['Hospital']);
    await vitals('112');
    await bed.network.press({ do: 'stop', node: 'hospital' });
    for (const browser of [nurse, doctor]) await until(async () => /This device only/.test(await bar(browser)));
    await show('The hospital’s server is gone, too, in the middle of an entry.', []);
    await nurse.button('Save').click();
    await nurse.page.getByText('Vital signs recorded').first().waitFor();
    await show('Saved all the same: on this device alone, and the screen says so.', []);
    for (const [browser, risk] of [
      [nurse, 'low'],
      [doctor, 'unable-to-assess'],
    ] as const) {
      await browser.go(`/patient/${patient}/allergies`);
      await browser.button(`More: ${substance}`).first().click();
      await browser.page.getByRole('menuitem', { name: 'Edit' }).click();
      await browser.page.getByLabel('Risk of harm').selectOption(risk);
    }
    await show('Two people, who cannot see each other, change one allergy in different ways.', []);
    for (const browser of [nurse, doctor]) {
      await browser.button('Save').click();
      await browser.page.getByText('Allergy changed').first().waitFor();
    }
    await bed.network.press({ do: 'heal' });
    for (const browser of [nurse, doctor])
      await until(async () => /Live/.test(await bar(browser)) && /to decide/.test(await bar(browser)));
    await nurse.go('/conflicts');
    await doctor.go(`/patient/${patient}/allergies`);
    await show('Everything answers again: nothing lost, one conflict to decide.', ALL, 5_000);
    writeFileSync(out, writeApng(frames));
    say(`${out}: ${String(frames.length)} pictures`);
  } finally {
    await theatre.close();
    await nurse.kill();
    await doctor.kill();
    await bed.close();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Somebody on the board who has an allergy, and to what. */
async function somebody(page: Page, ask: (path: string) => Promise<string>): Promise<readonly [string, string]> {
  for (const link of await page.locator('tr[data-kind=patient] a[href*="#/patient/"]').all()) {
    const id = /#\/patient\/([^/]+)/.exec((await link.getAttribute('href')) ?? '')?.[1] ?? '';
    const bundle = JSON.parse(await ask(`AllergyIntolerance?patient=${id}&criticality=high`)) as {
      readonly entry?: readonly { readonly resource: { readonly code?: { readonly text?: string } } }[];
    };
    const words = bundle.entry?.[0]?.resource.code?.text;
    if (words !== undefined) return [id, words];
  }
  throw new Error('nobody on the ward has an allergy');
}

/** Both screens beside each other, under what happens and what answers. */
async function drawn(stage: Page, words: string, up: readonly string[], pages: readonly Page[]): Promise<Uint8Array> {
  const pictures = await Promise.all(
    pages.map(async (page) => `data:image/png;base64,${(await page.screenshot()).toString('base64')}`),
  );
  const lamp = (name: string): string =>
    `<span class="${up.includes(name) ? 'up' : 'down'}">${up.includes(name) ? '●' : '✕'} ${name} ${up.includes(name) ? 'answers' : 'gone'}</span>`;
  await stage.setContent(`<!doctype html><style>
body{margin:0;padding:14px 16px;background:#e9eeeb;font:18px/1.3 system-ui,sans-serif;color:#14201d}
header{display:flex;justify-content:space-between;gap:16px;align-items:baseline;block-size:52px}
strong{font-size:21px}.up{color:#0b6b57}.down{color:#a11d1d;font-weight:600}span+span{margin-inline-start:14px}
main{display:grid;grid-template-columns:1fr 1fr;gap:14px}figure{margin:0}
img{display:block;inline-size:100%;border:1px solid #9fb0a8;border-radius:8px}figcaption{font-size:15px;color:#51615c;padding-block:4px}
</style><header><strong>${words}</strong><div style="white-space:nowrap">${lamp('Region')}${lamp('Hospital')}</div></header>
<main>${['The nurse’s tablet', 'The doctor’s tablet'].map((title, n) => `<figure><figcaption>${title}</figcaption><img src="${pictures[n] ?? ''}"></figure>`).join('')}</main>`);
  await stage
    .locator('img')
    .last()
    .evaluate((img: HTMLImageElement) => img.decode());
  return stage.screenshot();
}
