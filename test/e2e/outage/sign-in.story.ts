// A hospital that is cut off from everything: this process, the node and the browser have a loopback device and no other.
import { mkdirSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  buildOnce,
  endAll,
  newFolder,
  run,
  start,
  type HoldfastProcess,
} from '../../../src/server/cli/holdfast-process.test-kit.ts';
import { at, listAt, type Json } from '../../../src/server/fhir-api/http-client.test-kit.ts';

const PASSWORD = 'holdfast-demo';
const REASON = 'Called to help on another ward';
let node: HoldfastProcess;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  buildOnce();
  const data = join(newFolder(), 'data');
  mkdirSync(data, { mode: 0o700 });
  // A small hospital; as a first start leaves it when it is ended before its first resource.
  writeFileSync(
    join(data, 'demo.json'),
    JSON.stringify({ beds: 24, patients: 30, seed: 'outage', now: Date.now(), state: 'filling' }),
  );
  node = await start({ HOLDFAST_DATA: data, HOLDFAST_DEMO: 'on' });
  origin = node.address.replace('127.0.0.1', 'localhost');
  browser = await chromium.launch({
    executablePath: process.env['HOLDFAST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
});
afterAll(async () => {
  await browser?.close();
  await endAll();
});

/** A browser that has never been here. */
async function cleanProfile(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 } });
  context.setDefaultTimeout(60_000);
  return context.newPage();
}
async function signIn(page: Page, userName: string, password: string): Promise<void> {
  await page.goto(`${origin}/`);
  await page.click('a.go');
  await page.fill('#u', userName);
  await page.fill('#p', password);
  await page.click('form:has(#p) button');
}
/** As the browser asks when somebody follows a link: with the session's cookie. */
async function fhir(page: Page, path: string): Promise<{ readonly status: number; readonly json: Json }> {
  const answer = await page.goto(`${origin}/fhir/${path}`);
  const text = (await answer?.text()) ?? '';
  return { status: answer?.status() ?? 0, json: JSON.parse(text) };
}
const entries = (bundle: Json): readonly unknown[] =>
  listAt(bundle, 'entry').filter((entry) => at(entry, 'search.mode') === 'match');
const isSuppressed = (bundle: Json): boolean => JSON.stringify(bundle).includes('"suppressed"');

test('the network is gone', () => {
  expect(Object.keys(networkInterfaces())).toEqual(['lo']);
});

test('a nurse signs in, breaks the glass; a supervisor enrols another; all of it is in the audit', async () => {
  const began = performance.now();
  const nurse = await cleanProfile();
  await signIn(nurse, 'nurse', PASSWORD);
  await nurse.waitForSelector('text=Signed in');
  console.log(`a clean browser profile to a signed-in nurse: ${((performance.now() - began) / 1_000).toFixed(1)} s`);

  // Her own ward, at once.
  const ward = await fhir(nurse, 'Encounter?status=in-progress&_count=50');
  expect(ward.status).toBe(200);
  expect(entries(ward.json).length).toBeGreaterThan(0);
  // Somebody of another ward: found by name, with allergies; the rest is beyond reach, and says so.
  const patients = entries((await fhir(nurse, 'Patient?_count=100')).json);
  let beyond: unknown;
  for (const patient of patients) {
    const asked = await fhir(nurse, `Observation?patient=${String(at(patient, 'resource.id'))}&_count=1`);
    if (isSuppressed(asked.json)) {
      expect(entries(asked.json)).toEqual([]);
      beyond = at(patient, 'resource');
      break;
    }
  }
  expect(beyond, 'a patient beyond the reach of the nurse').toBeDefined();
  const id = String(at(beyond, 'id'));
  expect((await fhir(nurse, `AllergyIntolerance?patient=${id}`)).status).toBe(200);

  await nurse.goto(`${origin}/break-glass`);
  await nurse.fill('#q', String(at(beyond, 'name.0.family')));
  await nurse.click('form[role=search] button');
  await nurse.click(`button[value="Patient/${id}"]`);
  await nurse.fill('#w', REASON);
  await nurse.click('form[action="/break-glass/open"] button');
  await nurse.waitForSelector('.note.good');
  const opened = await fhir(nurse, `Observation?patient=${id}&_count=5`);
  expect(isSuppressed(opened.json)).toBe(false);
  expect(entries(opened.json).length).toBeGreaterThan(0);
  // On the chart, for others to see.
  expect(JSON.stringify((await fhir(nurse, `Flag?patient=${id}`)).json)).toContain('break-glass');

  const supervisor = await cleanProfile();
  await signIn(supervisor, 'charge-nurse', PASSWORD);
  await supervisor.waitForSelector('text=Signed in');
  await supervisor.goto(`${origin}/staff`);
  await supervisor.fill('#g', 'Ada');
  await supervisor.fill('#f', 'Agency');
  await supervisor.click('form[action="/staff/enrol"] button');
  const temporary = (await supervisor.textContent('[data-temporary]')) ?? '';
  const userName = (await supervisor.textContent('[data-user-name]')) ?? '';
  expect(temporary.length).toBeGreaterThanOrEqual(10);

  const agency = await cleanProfile();
  await signIn(agency, userName, temporary);
  await agency.fill('#n1', 'green-kettle-walks-home');
  await agency.fill('#n2', 'green-kettle-walks-home');
  await agency.click('form:has(#n1) button');
  await agency.waitForSelector('text=Signed in');
  expect((await fhir(agency, 'Patient?_count=1')).status).toBe(200);

  // The glass was broken by somebody, and somebody else looks at it.
  await supervisor.goto(`${origin}/break-glass/review`);
  expect(await supervisor.textContent('main')).toContain(REASON);

  const looked = (await (await node.fetch(`/fhir/AuditEvent?patient=Patient/${id}&_count=200`)).json()) as Json;
  const texts = entries(looked).map((entry) => JSON.stringify(at(entry, 'resource')));
  expect(texts.some((text) => text.includes('BTG') && text.includes(REASON))).toBe(true);
  const all = (await (await node.fetch('/fhir/AuditEvent?_count=1000')).json()) as Json;
  const told = JSON.stringify(entries(all));
  for (const what of ['Login', userName, 'Ada Agency']) expect(told, what).toContain(what);

  node.signal('SIGTERM');
  await node.ended;
  const verified = await run(['verify'], { HOLDFAST_DATA: node.data });
  expect(verified, verified.err + verified.out).toMatchObject({ code: 0 });
});
