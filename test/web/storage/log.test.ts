// The log of a browser, in a browser: killed, spoiled, full, taken away.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser, StorageBed, type BedBrowser } from './storage-bed.test-kit.ts';

const NURSE = 'Practitioner/nurse';
const SECRET = { way: 'passphrase', passphrase: 'seven green boats sail slowly home' } as const;

describe.skipIf(noBrowser !== undefined)('the log of a browser', () => {
  let bed: StorageBed;
  beforeAll(async () => {
    bed = await StorageBed.start();
  });
  afterAll(() => bed?.close());

  /** A browser with a device in it that somebody has opened. */
  async function opened(profile = bed.folder()): Promise<{ readonly browser: BedBrowser; readonly profile: string }> {
    const browser = await bed.open(profile);
    const isKnown = (await browser.do('people')).length > 0;
    const said = isKnown
      ? (await browser.do('unlock', NURSE, SECRET)).kind
      : await browser.do('found', NURSE, 'N', SECRET);
    expect(said).toBe('ok');
    await browser.do('openStore');
    return { browser, profile };
  }

  test('[BS1] what was answered is there after the browser was killed in the midst of writing', async () => {
    const first = await opened();
    const { profile } = first;
    let { browser } = first;
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round++) {
      await browser.page.exposeFunction('acknowledged', (name: string) => void acknowledged.push(name));
      const target = acknowledged.length + 40;
      // Goes on until it is killed.
      void browser.page
        .evaluate(async (from) => {
          const { acknowledged: tell } = window as unknown as { acknowledged: (name: string) => Promise<void> };
          for (let i = 0; ; i++) {
            const name = `Observation/k${from}-${i}`;
            const said = await window.bed.write(name, { status: 'final', subject: { reference: 'Patient/p' } });
            if (said.includes(' ')) await tell(name);
            if (i % 25 === 24) void window.bed.compact();
          }
        }, round)
        .catch(() => undefined);
      await expect.poll(() => acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(target);
      await browser.kill();
      browser = (await opened(profile)).browser;
      expect(await browser.do('spoiled')).toBe(0);
      const texts = await browser.do('texts', acknowledged);
      expect(acknowledged.filter((_, at) => texts[at] === undefined)).toEqual([]);
      expect(await browser.do('verify')).toEqual([]);
    }
    // A process that is killed loses nothing that the system has: that the disk was asked for it is seen in how it was asked.
    await browser.do('write', 'Observation/last', { status: 'final' });
    const clinical = (await browser.do('transactions')).filter((each) => !each.startsWith('holdfast-canary'));
    expect(clinical.length).toBeGreaterThan(0);
    expect(clinical.filter((each) => !each.endsWith(' strict'))).toEqual([]);
    await browser.close();
  });

  test('[BS2] [BS7] [BS8] ten thousand revisions take few records, and are read by patient', async () => {
    const { browser, profile } = await opened();
    const patients = Array.from({ length: 20 }, (_, i) => `p${i}`);
    await browser.do('receive', patients, 500, 'measured at the bedside');
    const tail = await browser.do('sizes');
    expect(tail.records).toBeLessThan(100);
    const writing = browser.do('compact');
    // Nobody waits for it: what is written meanwhile stands after it.
    expect(await browser.do('write', 'Observation/meanwhile', { status: 'final' })).toMatch(/ 1$/);
    await writing;
    const { records, tailBytes } = await browser.do('sizes');
    expect(records).toBeLessThan(150);
    expect(tailBytes).toBeLessThan(tail.bytes / 100);
    const counts = await browser.do('counts');
    await browser.kill();

    const again = await bed.open(profile);
    await again.do('unlock', NURSE, SECRET);
    expect(await again.do('openStore')).toMatchObject({ parts: 20, spoiled: 0 });
    expect(await again.do('patient', 'p17')).toBe(501);
    expect((await again.do('texts', ['Observation/p3-77', 'Observation/meanwhile'])).every(Boolean)).toBe(true);
    await again.do('whole');
    expect(await again.do('counts')).toEqual(counts);
    expect(await again.do('verify')).toEqual([]);
    await again.close();
  });

  test('[BS4] [BS5] what is changed, swapped or missing costs itself alone, is counted and set aside', async () => {
    const { browser } = await opened();
    for (let i = 0; i < 8; i++) await browser.do('write', `Observation/s${i}`, { status: 'final', valueInteger: i });
    const names = Array.from({ length: 8 }, (_, i) => `Observation/s${i}`);
    const left = async (): Promise<string> => {
      await browser.do('closeLog');
      await browser.do('openStore');
      const texts = await browser.do('texts', names);
      return texts.map((text, at) => (text === undefined ? '-' : String(at))).join('');
    };
    await browser.do('spoil', 'tail', 1, 'byte');
    expect(await left()).toBe('0-234567');
    await browser.do('spoil', 'tail', 3, 'swap');
    expect(await left()).toBe('0-2--567');
    await browser.do('spoil', 'tail', 6, 'delete');
    expect(await left()).toBe('0-2--5-7');
    expect(await browser.do('spoiled')).toBe(4);
    expect(await browser.do('raw', 'holdfast-record', 'spoiled')).toContain('tail 2');
    // A snapshot whose directory is gone is read whole.
    await browser.do('receive', ['a', 'b'], 40, 'x');
    await browser.do('compact');
    await browser.do('spoil', 'snapshot', 0, 'byte');
    await browser.do('closeLog');
    expect(await browser.do('openStore')).toMatchObject({ parts: 0, spoiled: 1 });
    expect((await browser.do('texts', ['Observation/a-7', 'Observation/b-39'])).every(Boolean)).toBe(true);
    await browser.close();
  });

  test('[BS6] a disk that is full refuses the write whole, and the next that fits is taken', async () => {
    const first = await opened();
    expect(await first.browser.do('write', 'Observation/before', { status: 'final' })).toMatch(/ 1$/);
    await first.browser.close();
    // Chromium looks at the room that is left when a database is opened, and then now and then.
    const browser = await bed.open(first.profile);
    const quota = (quotaSize: number): Promise<void> =>
      browser.command('Storage.overrideQuotaForOrigin', { origin: bed.origin, quotaSize });
    const used = (await browser.page.evaluate(() => navigator.storage.estimate())).usage ?? 0;
    await quota(used + 500_000);
    await browser.do('unlock', NURSE, SECRET);
    await browser.do('openStore');
    const noise = Array.from({ length: 200_000 }, () => Math.random().toString(36)).join('');
    expect(await browser.do('write', 'Observation/large', { note: [{ text: noise }] })).toBe('full');
    expect(await browser.do('isFull')).toBe(true);
    const there = await browser.do('texts', ['Observation/large', 'Observation/before']);
    expect(there.map((text) => text !== undefined)).toEqual([false, true]);
    expect(await browser.do('write', 'Observation/after', { status: 'final' })).toMatch(/ 1$/);
    expect(await browser.do('isFull')).toBe(false);
    await browser.kill();
    const again = (await opened(first.profile)).browser;
    const texts = await again.do('texts', ['Observation/before', 'Observation/large', 'Observation/after']);
    expect(texts.map((text) => text !== undefined)).toEqual([true, false, true]);
    await again.close();
  });

  test('[BS22] [BS15] [BS19] a store that is taken away while it is open is told, and written again from memory', async () => {
    const { browser, profile } = await opened();
    const before = await browser.do('write', 'Observation/before', { status: 'final' });
    expect(before).toMatch(/ 1$/);
    await browser.do('putDraft', 'note', 'half a sentence');
    const told = browser.do('lost');
    await browser.command('Storage.clearDataForOrigin', { origin: bed.origin, storageTypes: 'indexeddb' });
    expect(await told).toEqual({ why: 'gone' });
    expect(await browser.do('write', 'Observation/lost', { status: 'final' })).toBe('lost');
    await browser.do('rewriteKeys');
    expect(await browser.do('reopen')).toBe('empty');
    await browser.do('compact');
    expect(await browser.do('write', 'Observation/after', { status: 'final' })).toMatch(/ 2$/);
    await browser.kill();
    const again = (await opened(profile)).browser;
    const texts = await again.do('texts', ['Observation/before', 'Observation/lost', 'Observation/after']);
    expect(texts.map((text) => text !== undefined)).toEqual([true, false, true]);
    expect(await again.do('drafts')).toMatchObject([{ value: 'half a sentence' }]);
    // The record alone is gone, and the keys remember that there was one.
    await again.page.evaluate(() => {
      indexedDB.deleteDatabase('holdfast-record');
    });
    await again.do('closeLog');
    expect(await again.do('openStore')).toMatchObject({ cameUpEmpty: true });
    await again.close();
  });
});
