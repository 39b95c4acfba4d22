// The ward through an outage, in real browsers against real servers: two devices chart, the site dies in the middle of a save, a browser is
// killed, everything comes back, and the region is asked what it has.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumAt } from '../web/harness/run-harness.ts';
import { openNetworkBed, type NetworkBed } from './network-bed.test-kit.ts';
import { until, WardBrowser } from './ward-browser.test-kit.ts';

const LONG_MS = 900_000;

interface Row {
  readonly resource: { readonly id: string } & Readonly<Record<string, unknown>>;
}

describe.skipIf(chromiumAt() === undefined)('the ward through an outage', () => {
  let bed: NetworkBed;
  let nurse: WardBrowser;
  let doctor: WardBrowser;
  /** Somebody on the ward of both, with an allergy. */
  let patient = '';
  let allergy = '';
  const folders: string[] = [];
  const profile = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'holdfast-ward-e2e-'));
    folders.push(made);
    return made;
  };
  const origins = (): readonly [string, string] => [
    `http://localhost:${String(bed.port)}`,
    `http://tablet.localhost:${String(bed.port)}`,
  ];
  const atRegion = async (query: string): Promise<readonly Row[]> => {
    const { status, text } = await bed.network.nodes.region.fhir('GET', query);
    expect(status, query).toBe(200);
    return (JSON.parse(text) as { readonly entry?: readonly Row[] }).entry ?? [];
  };
  const stateOf = (browser: WardBrowser): Promise<string> =>
    browser.page.getByRole('region', { name: 'State of things' }).innerText();
  const recordVitals = async (browser: WardBrowser, pulse: string, beforeSave?: () => void): Promise<void> => {
    await browser.go(`/patient/${patient}/vitals`);
    await browser.button('Record vital signs').click();
    await browser.page.getByRole('dialog').getByRole('textbox', { name: 'Pulse' }).fill(pulse);
    beforeSave?.();
    await browser.button('Save').click();
    await browser.page.getByText('Vital signs recorded').first().waitFor();
  };
  const writeNote = async (browser: WardBrowser, field: string, words: string): Promise<void> => {
    await browser.go(`/patient/${patient}/notes`);
    await browser.button('Write a note').click();
    await browser.page.getByLabel(field).fill(words);
    await browser.page.getByRole('button', { name: 'Sign', exact: true }).click();
    await browser.page.getByText('Note signed').first().waitFor();
  };
  const sayOfAllergy = async (browser: WardBrowser, risk: 'low' | 'unable-to-assess'): Promise<void> => {
    await browser.go(`/patient/${patient}/allergies`);
    await browser.button(`More: ${allergy}`).first().click();
    await browser.page.getByRole('menuitem', { name: 'Edit' }).click();
    await browser.page.getByLabel('Risk of harm').selectOption(risk);
    await browser.button('Save').click();
    await browser.page.getByText('Allergy changed').first().waitFor();
  };

  /** Of those on the board of the nurse. */
  const somebodyWithAnAllergy = async (): Promise<{ readonly patient: string; readonly allergy: string }> => {
    const links = await nurse.page.locator('tr[data-kind=patient] a[href*="#/patient/"]').all();
    for (const link of links) {
      const id = /#\/patient\/([^/]+)/.exec((await link.getAttribute('href')) ?? '')?.[1] ?? '';
      const { text } = await bed.network.nodes.hospital.fhir(
        'GET',
        `AllergyIntolerance?patient=${id}&criticality=high`,
      );
      const [found] = (JSON.parse(text) as { readonly entry?: readonly Row[] }).entry ?? [];
      const { text: words } = (found?.resource['code'] ?? {}) as { readonly text?: string };
      if (words !== undefined) return { patient: id, allergy: words };
    }
    throw new Error('nobody on the ward has an allergy');
  };

  beforeAll(async () => {
    bed = await openNetworkBed({ beds: 60, patients: 75 }, true);
    const [first, second] = origins();
    nurse = await WardBrowser.start(profile(), first);
    doctor = await WardBrowser.start(profile(), second);
  }, LONG_MS);
  afterAll(async () => {
    await nurse?.kill();
    await doctor?.kill();
    await bed?.close();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }, 120_000);

  test(
    '[WD1] two browsers become devices of the ward, and hold the chart',
    async () => {
      const [first, second] = origins();
      await nurse.enrol(first, 'nurse', 'Tablet of the bay');
      await doctor.enrol(second, 'doctor', 'Tablet of the round');
      ({ patient, allergy } = await somebodyWithAnAllergy());
      for (const browser of [nurse, doctor]) {
        await browser.go(`/patient/${patient}`);
        await until(async () => !/Filling/.test(await stateOf(browser)));
        await browser.page.locator('[data-part=patient-banner]').getByText('Known allergies').waitFor();
      }
    },
    LONG_MS,
  );

  test(
    '[WD2] the site dies in the middle of a save, and both go on writing',
    async () => {
      await recordVitals(nurse, '171');
      let dying: Promise<unknown> = Promise.resolve();
      await recordVitals(nurse, '172', () => {
        dying = bed.network.press({ do: 'stop', node: 'hospital' });
      });
      await dying;
      await bed.network.press({ do: 'stop', node: 'region' });
      for (const browser of [nurse, doctor]) await until(async () => /This device only/.test(await stateOf(browser)));
      await recordVitals(nurse, '173');
      await writeNote(nurse, 'Care given', 'Written with no server at all, by the nurse.');
      await recordVitals(doctor, '174');
      await writeNote(doctor, 'Assessment', 'Written with no server at all, by the doctor.');
      await sayOfAllergy(nurse, 'low');
      await sayOfAllergy(doctor, 'unable-to-assess');
      expect(await stateOf(nurse)).toMatch(/on this device only/);
    },
    LONG_MS,
  );

  test(
    '[WD1] [WD3] a browser that is killed opens again with no server, and has what it said was kept',
    async () => {
      const [first] = origins();
      const where = folders[0] ?? '';
      await nurse.kill();
      const { foreign } = nurse;
      nurse = await WardBrowser.start(where, first);
      nurse.foreign.push(...foreign);
      await nurse.unlock();
      await nurse.go(`/patient/${patient}/vitals`);
      const rows = nurse.page.getByRole('table').getByRole('row');
      for (const pulse of ['171', '172', '173']) await rows.filter({ hasText: pulse }).first().waitFor();
      await nurse.go(`/patient/${patient}/notes`);
      await nurse.page.getByText('Written with no server at all, by the nurse.').first().waitFor();
    },
    LONG_MS,
  );

  test(
    '[WD4] when everything is back, all of it is in the region once, with times and authors, and the one conflict is listed',
    async () => {
      expect(await bed.network.press({ do: 'heal' })).toMatchObject({ ok: true });
      const pulses = async (): Promise<readonly number[]> =>
        (await atRegion(`Observation?patient=${patient}&code=8867-4&_sort=-date&_count=20`)).flatMap(({ resource }) => {
          const { value } = (resource['valueQuantity'] ?? {}) as { readonly value?: number };
          return value !== undefined && value >= 171 && value <= 174 ? [value] : [];
        });
      await until(async () => new Set(await pulses()).size === 4);
      expect([...(await pulses())].toSorted()).toEqual([171, 172, 173, 174]);

      const notes = (await atRegion(`Composition?patient=${patient}&_count=100`)).filter(({ resource }) =>
        JSON.stringify(resource).includes('Written with no server at all'),
      );
      expect(notes).toHaveLength(2);
      const authors = notes.map(({ resource }) => JSON.stringify(resource['author']));
      for (const userName of ['nurse', 'doctor'])
        expect(authors.some((author) => author.includes(`"${bed.who(userName)}"`))).toBe(true);
      for (const { resource } of notes) {
        const written = Date.parse(String(resource['date']));
        expect(Math.abs(Date.now() - written)).toBeLessThan(LONG_MS);
      }
      await until(async () => {
        const { text } = await bed.network.nodes.region.fhir('GET', 'AllergyIntolerance/$conflicts?_count=100');
        return text.includes('"AllergyIntolerance/');
      });
      const { text } = await bed.network.nodes.region.fhir('GET', 'AllergyIntolerance/$conflicts?_count=100');
      const keys = new Set(text.match(/"AllergyIntolerance\/[^"/]+"/g));
      expect(keys.size).toBe(1);
      for (const browser of [nurse, doctor]) {
        await browser.go('/conflicts');
        await browser.page
          .getByText(/[Pp]enicillin/)
          .first()
          .waitFor();
      }
    },
    LONG_MS,
  );

  test('[WD5] nothing in either browser asked another origin', () => {
    expect([...nurse.foreign, ...doctor.foreign]).toEqual([]);
  });
});
