// The device in real browsers: in its worker, in several tabs, killed and opened again.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EVERYTHING } from '../../../src/core/record/store.ts';
import { noBrowser } from '../storage/storage-bed.test-kit.ts';
import { ask, NURSE, PASSPHRASE, WardBed } from './ward-bed.test-kit.ts';

describe.skipIf(noBrowser !== undefined)('the device of a ward in Chromium', () => {
  let bed: WardBed;
  beforeAll(async () => {
    bed = await WardBed.start();
  });
  afterAll(() => bed.close());

  const enrolled = async (): Promise<{
    readonly profile: string;
    readonly page: Awaited<ReturnType<WardBed['open']>>['page'];
    readonly browser: Awaited<ReturnType<WardBed['open']>>;
  }> => {
    const profile = bed.profile();
    const browser = await bed.open(profile);
    const { page } = browser;
    expect((await ask(page, 'status')).session.kind).toBe('none');
    expect(await ask(page, 'enrol', await bed.code())).toEqual({ ok: true, value: { name: 'tablet 3' } });
    expect(await ask(page, 'add', bed.who(), PASSPHRASE)).toEqual({ ok: true });
    expect((await ask(page, 'status')).session).toMatchObject({ kind: 'open', principal: { who: NURSE } });
    return { profile, page, browser };
  };

  test('[BD33] [BD34] [BD35] two tabs have one record; the one that leads is killed, and nothing that was acknowledged is lost', async () => {
    const { page: first, browser } = await enrolled();
    expect(await ask(first, 'register', 'p-tabs')).toBe(true);
    const second = await bed.tab(browser);
    expect(await ask(second, 'status')).toMatchObject({ elsewhere: true, session: { kind: 'open' } });
    expect(await ask(second, 'write', 'of-second', 'p-tabs')).toMatch(/^D\d/);
    expect(await ask(first, 'write', 'of-first', 'p-tabs')).toMatch(/^D\d/);
    expect(await ask(first, 'chart', 'p-tabs')).toEqual(['of-first', 'of-second', 'p-tabs']);
    expect(await ask(second, 'chart', 'p-tabs')).toEqual(['of-first', 'of-second', 'p-tabs']);
    await ask(first, 'sync');
    const keys = [{ type: 'Observation', id: 'of-second' }];
    expect((await bed.site.store.read(keys, EVERYTHING))[0]).toBeDefined();
    // From here on the site is away: what is there is there by the disk alone.
    bed.isUp = false;
    expect(await ask(second, 'write', 'alone', 'p-tabs')).toBe('D0');
    const told: string[] = [];
    await second.exposeFunction('told', (id: string) => void told.push(id));
    const writing = second.evaluate(() => window.ward.writeOn('t', 'p-tabs', 'told'));
    await expect.poll(() => told.length, { timeout: 30_000 }).toBeGreaterThan(4);
    await first.close({ runBeforeUnload: false });
    await expect.poll(async () => (await ask(second, 'status')).session.kind, { timeout: 20_000 }).toBe('locked');
    expect(await ask(second, 'status')).toMatchObject({ elsewhere: false });
    await writing;
    expect(await ask(second, 'write', 'locked', 'p-tabs')).toBe('locked');
    expect(await ask(second, 'unlock', NURSE, PASSPHRASE)).toEqual({ ok: true });
    const there = await ask(second, 'chart', 'p-tabs');
    const acknowledged = ['alone', 'of-first', 'of-second', 'p-tabs', ...told];
    expect(acknowledged.filter((id) => !there.includes(id))).toEqual([]);
    expect(await ask(second, 'write', 'after', 'p-tabs')).toBe('D0');
    await browser.kill();
    bed.isUp = true;
  });

  test('[BD1] [BD31] the browser is killed in the middle of writes: everything that was acknowledged is there', async () => {
    const { page, browser, profile } = await enrolled();
    expect(await ask(page, 'register', 'p-kill')).toBe(true);
    bed.isUp = false;
    const told: string[] = [];
    await page.exposeFunction('told', (id: string) => void told.push(id));
    const writing = page.evaluate(() => window.ward.writeOn('w', 'p-kill', 'told')).catch(() => 'killed');
    await expect.poll(() => told.length, { timeout: 30_000 }).toBeGreaterThan(15);
    await browser.kill();
    expect(await writing).toBe('killed');
    const acknowledged = [...told];
    const again = await bed.open(profile);
    const state = await ask(again.page, 'state');
    expect(state).toMatchObject({ people: [{ who: NURSE }], enrolled: { name: 'tablet 3' }, lost: false });
    expect(state.onlyHere).toBeGreaterThan(0);
    expect((await ask(again.page, 'chart', 'p-kill')).length).toBe(0);
    expect(await ask(again.page, 'unlock', NURSE, 'not these words at all')).toMatchObject({
      ok: false,
      error: { kind: 'wrong' },
    });
    expect(await ask(again.page, 'unlock', NURSE, PASSPHRASE)).toEqual({ ok: true });
    const there = await ask(again.page, 'chart', 'p-kill');
    expect(acknowledged.filter((id) => !there.includes(id))).toEqual([]);
    expect((await ask(again.page, 'status')).own.D0).toBeGreaterThanOrEqual(acknowledged.length);
    // The site answers again, and has all of it.
    bed.isUp = true;
    await ask(again.page, 'sync');
    const keys = acknowledged.map((id) => ({ type: 'Observation', id }));
    expect((await bed.site.store.read(keys, EVERYTHING)).every((one) => one !== undefined)).toBe(true);
    expect((await bed.site.store.verify()).findings).toEqual([]);
    await ask(again.page, 'lock');
    expect(await ask(again.page, 'status')).toMatchObject({ session: { kind: 'locked', why: 'person' } });
    expect(await ask(again.page, 'write', 'locked', 'p-kill')).toBe('locked');
    await again.kill();
  });
});
