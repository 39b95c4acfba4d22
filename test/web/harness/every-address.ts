// An address for every screen of the client: its path with somebody of the demo hospital in the place of each parameter.
import type { Page } from 'playwright-core';
import { CONFLICT_OF } from './hospital.ts';

/** Who a screen is opened for; a patient with everything on it unless the screen is about something else. */
const PATIENT = 'cast-sepsis';

/** Throws where a path has a parameter that nobody gave a value: a new screen is looked at, too. */
export async function everyAddress(page: Page): Promise<readonly string[]> {
  const paths = await page.evaluate(() => window.harness?.screens ?? []);
  const found = await page.evaluate(async (patient) => {
    const chart = await window.harness?.device.chart(patient);
    return chart?.all.find((one) => one.conflict)?.key;
  }, CONFLICT_OF);
  const values: Readonly<Record<string, string | undefined>> = { patient: PATIENT, type: found?.type, id: found?.id };
  return paths.map((path) => {
    const address = path.replace(/:(\w+)\??/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`${path}: no value for :${name} in every-address.ts`);
      return value;
    });
    return `/${address}`;
  });
}
