// Pages of the whole client over the demo hospital, for tests: one browser a test file, closed with it.
//
//   const { page, go, close } = await openHarness({ state: 'device', language: 'ar', width: 360, person: 'doctor', at: '/patient/cast-sepsis' });
import { afterAll } from 'vitest';
import { chromiumAt, Harness, type HarnessOptions, type OpenPage } from './harness/run-harness.ts';

let started: Promise<Harness> | undefined;
afterAll(async () => {
  await (await started)?.close();
  started = undefined;
});

/** Why these tests are skipped here; undefined where they run: `describe.skipIf(noBrowser !== undefined)`. */
export const noBrowser: string | undefined =
  chromiumAt() === undefined ? 'no Chromium here: HOLDFAST_CHROMIUM says where one is' : undefined;

export async function openHarness(options: HarnessOptions = {}): Promise<OpenPage> {
  started ??= Harness.start();
  return (await started).open(options);
}
