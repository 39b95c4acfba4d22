// People who share a device: what is the other's stays the other's, and nobody's sign-out takes anything away.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EVERYTHING } from '../../../src/core/record/store.ts';
import { ask, NURSE, PASSPHRASE, WardBed } from '../device/ward-bed.test-kit.ts';
import { noBrowser } from '../storage/storage-bed.test-kit.ts';

const OTHER = 'Practitioner/other';
const OTHERS_WORDS = 'quite another set of words';

describe.skipIf(noBrowser !== undefined)('in Chromium', () => {
  let bed: WardBed;
  beforeAll(async () => {
    bed = await WardBed.start();
  });
  afterAll(() => bed.close());

  test('[WU55] [WU56] drafts open for their person alone; signing out deletes nothing that is on this device only, and says how much', async () => {
    const browser = await bed.open(bed.profile());
    const { page } = browser;
    await ask(page, 'enrol', await bed.code());
    expect(await ask(page, 'add', bed.who(), PASSPHRASE)).toEqual({ ok: true });
    await ask(page, 'register', 'p-switch');
    await ask(page, 'putDraft', 'note/Patient/p-switch', 'half a note of the nurse');
    expect(await ask(page, 'add', bed.who(OTHER, 'Other'), OTHERS_WORDS)).toEqual({ ok: true });
    expect((await ask(page, 'status')).session).toMatchObject({ kind: 'open', principal: { who: OTHER } });
    expect(await ask(page, 'drafts')).toEqual([]);
    await ask(page, 'putDraft', 'note/Patient/p-switch', 'half a note of the other');

    // The site is away: what is written now is here and nowhere else.
    bed.isUp = false;
    expect(await ask(page, 'write', 'only-here', 'p-switch')).toBe('D0');
    const left = await ask(page, 'signOut', OTHER);
    expect(left.onlyHere).toBeGreaterThan(0);
    expect((await ask(page, 'state')).people.map(({ who }) => who)).toEqual([NURSE]);
    expect(await ask(page, 'unlock', OTHER, OTHERS_WORDS)).toMatchObject({ ok: false });
    expect(await ask(page, 'unlock', NURSE, PASSPHRASE)).toEqual({ ok: true });
    expect(await ask(page, 'drafts')).toEqual(['half a note of the nurse']);
    expect(await ask(page, 'chart', 'p-switch')).toContain('only-here');

    // Whoever goes last while something is here alone does not take the key along.
    expect((await ask(page, 'signOut', NURSE)).onlyHere).toBeGreaterThan(0);
    expect(await ask(page, 'unlock', NURSE, PASSPHRASE)).toEqual({ ok: true });
    bed.isUp = true;
    await ask(page, 'sync');
    const keys = [{ type: 'Observation', id: 'only-here' }];
    expect((await bed.site.store.read(keys, EVERYTHING))[0]).toBeDefined();
    await browser.kill();
  });
});
