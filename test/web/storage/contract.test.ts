// The contract of every record store, in a real browser, over its log.
import { afterAll, describe, expect, test } from 'vitest';
import { noBrowser, StorageBed } from './storage-bed.test-kit.ts';

describe.skipIf(noBrowser !== undefined)('the record store of a browser', () => {
  let bed: StorageBed | undefined;
  afterAll(() => bed?.close());

  test('[BS23] the record store contract holds in Chromium over the encrypted log', async () => {
    bed = await StorageBed.start();
    const browser = await bed.open(bed.folder());
    expect(await browser.do('refuses')).toBe(true);
    const names = await browser.do('contract');
    expect(names.length).toBeGreaterThan(60);
    const failed: string[] = [];
    for (const [at, name] of names.entries()) {
      const failure = await browser.do('runContract', at);
      if (failure !== undefined) failed.push(`${name}\n${failure}`);
    }
    expect(failed).toEqual([]);
    await browser.close();
  }, 600_000);
});
