// Whether a browser keeps what it is given, asked of a browser.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser, StorageBed, type BedBrowser } from './storage-bed.test-kit.ts';

describe.skipIf(noBrowser !== undefined)('the probe of a browser', () => {
  let bed: StorageBed;
  beforeAll(async () => {
    bed = await StorageBed.start();
  });
  afterAll(() => bed?.close());

  const persistent = (browser: BedBrowser, setting: 'granted' | 'denied'): Promise<void> =>
    browser.command('Browser.setPermission', {
      origin: bed.origin,
      permission: { name: 'persistent-storage' },
      setting,
    });

  test('[BS18] [BS20] a restart proves the canary; a reload and another tab do not; without a promise it is unprotected', async () => {
    const profile = bed.folder();
    const first = await bed.open(profile);
    await persistent(first, 'granted');
    expect(await first.do('probe', {})).toMatchObject({ canary: 'begun', storeLost: false, keeping: 'unprotected' });
    await first.page.reload();
    await first.page.waitForFunction(() => 'bed' in window);
    expect(await first.do('probe', {})).toMatchObject({ canary: 'begun' });
    const tab = await first.page.context().newPage();
    await tab.goto(bed.origin);
    await tab.waitForFunction(() => 'bed' in window);
    expect(await tab.evaluate(() => window.bed.probe({}))).toMatchObject({ canary: 'begun' });
    await first.close();

    const second = await bed.open(profile);
    await persistent(second, 'granted');
    expect(await second.do('probe', {})).toMatchObject({ canary: 'proved', persisted: true, keeping: 'kept' });
    await second.close();

    const refused = await bed.open(bed.folder());
    await persistent(refused, 'denied');
    expect(await refused.do('probe', { skipRestart: true })).toMatchObject({
      canary: 'proved',
      persisted: false,
      keeping: 'unprotected',
    });
    await refused.close();
  });

  test('[BS19] [BS20] a canary that something or somebody remembers, and that is gone, is a store that was lost', async () => {
    const profile = bed.folder();
    const first = await bed.open(profile);
    await persistent(first, 'granted');
    await first.do('probe', {});
    await first.close();
    const second = await bed.open(profile);
    expect(await second.do('probe', {})).toMatchObject({ canary: 'proved' });
    await second.command('Storage.clearDataForOrigin', { origin: bed.origin, storageTypes: 'indexeddb' });
    expect(await second.do('probe', {})).toMatchObject({ canary: 'failed', storeLost: true, keeping: 'thin' });
    await second.close();
    // A profile that is wiped whole remembers nothing itself: whoever restarted it does.
    const wiped = await bed.open(bed.folder());
    expect(await wiped.do('probe', { expected: true })).toMatchObject({
      canary: 'failed',
      storeLost: true,
      keeping: 'thin',
    });
    await wiped.close();
  });
});
