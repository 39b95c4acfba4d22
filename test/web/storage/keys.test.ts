// Keys of a device, in a browser: who gets in, who does not, and what a stolen profile shows.
import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawNodeKeys } from '../../../src/server/sync-api/node-keys.ts';
import { noBrowser, StorageBed, type BedBrowser } from './storage-bed.test-kit.ts';

const NURSE = 'Practitioner/nurse-okello';
const DOCTOR = 'Practitioner/doctor-mbabazi';
const phrase = (passphrase: string) => ({ way: 'passphrase', passphrase }) as const;
const NURSES = phrase('seven green boats sail slowly home');
const DOCTORS = phrase('quiet hedgehogs count every winter star');

describe.skipIf(noBrowser !== undefined)('the keys of a device', () => {
  let bed: StorageBed;
  beforeAll(async () => {
    bed = await StorageBed.start();
  });
  afterAll(() => bed?.close());

  async function founded(): Promise<{ readonly browser: BedBrowser; readonly profile: string }> {
    const profile = bed.folder();
    const browser = await bed.open(profile);
    expect(await browser.do('found', NURSE, 'Nurse Okello', NURSES, '{"who":"nurse"}')).toBe('ok');
    await browser.do('openStore');
    return { browser, profile };
  }

  test('[BS11] [BS3] a copied profile shows nothing of a patient, no draft, no key, and nobody of the staff', async () => {
    const { browser, profile } = await founded();
    const words = ['Nakabuye Florence', '0772-481-516', 'haemoptysis since Tuesday'];
    await browser.do('write', 'Patient/pat-florence', {
      name: [{ text: words[0] }],
      telecom: [{ value: words[1] }],
    });
    // The same text twice: nothing of the one tells of the other.
    for (const id of ['twice-1', 'twice-2'])
      await browser.do('write', `Observation/${id}`, {
        subject: { reference: 'Patient/pat-florence' },
        note: [{ text: words[2] }],
      });
    await browser.do('receive', ['pat-second'], 60, 'haemoptysis since Tuesday');
    await browser.do('compact');
    await browser.do('write', 'Observation/later', { note: [{ text: words[2] }] });
    await browser.do('putDraft', 'note/Patient/pat-florence', 'the patient says that she');
    await browser.do('keep', 'node keys', 'PRIVATE KEY of the device');
    // What stands in the clear is found: the search below can see.
    await browser.do('putInTheClear', 'legible to everybody');
    const copy = bed.folder();
    await browser.close();
    cpSync(profile, copy, { recursive: true });

    const hidden = [
      ...words,
      'pat-florence',
      'pat-second',
      'twice-1',
      'the patient says',
      'PRIVATE KEY',
      'Nurse Okello',
      'nurse-okello',
      'green boats',
    ];
    const files = filesOf(copy);
    expect(files.length).toBeGreaterThan(10);
    const shown = files.flatMap((file) => {
      const bytes = readFileSync(file);
      return ['legible to everybody', ...hidden].filter(
        (each) => bytes.includes(Buffer.from(each, 'utf8')) || bytes.includes(Buffer.from(each, 'utf16le')),
      );
    });
    expect([...new Set(shown)]).toEqual(['legible to everybody']);

    // Opened with the browser itself, too, there is nothing but what is sealed, and names of rows that say nothing.
    const thief = await bed.open(copy);
    const tables = [
      await thief.do('raw', 'holdfast-record', 'tail'),
      await thief.do('raw', 'holdfast-record', 'snapshot'),
      await thief.do('raw', 'holdfast-keys', 'sealed'),
      await thief.do('raw', 'holdfast-keys', 'rows'),
    ];
    expect(tables.every((text) => text.length > 200)).toBe(true);
    expect(tables.flatMap((text) => hidden.filter((each) => text.includes(each)))).toEqual([]);
    expect(await thief.do('unlock', NURSE, phrase('another guess of five words'))).toEqual({ kind: 'wrong' });
    await thief.close();
  });

  test('[BS13] guessing is slowed down, over a restart and with a wrong clock, and wipes nothing', async () => {
    const { browser, profile } = await founded();
    await browser.do('write', 'Patient/kept', { active: true });
    const wrong = phrase('not these five words at all');
    // How long a try takes is the machine's affair.
    const now = Date.now();
    await browser.do('stopClock', now);
    for (let i = 0; i < 4; i++) expect(await browser.do('unlock', NURSE, wrong)).toEqual({ kind: 'wrong' });
    expect(await browser.do('unlock', NURSE, NURSES)).toMatchObject({ kind: 'wait' });
    await browser.kill();
    const again = await bed.open(profile);
    // Set back by a year: the wait is not longer than it was.
    await again.do('stopClock', now - 365 * 86_400_000);
    expect(await again.do('unlock', NURSE, NURSES)).toEqual({ kind: 'wait', ms: 2_000 });
    await again.do('stopClock', now + 3_000);
    expect(await again.do('unlock', NURSE, wrong)).toEqual({ kind: 'wrong' });
    expect(await again.do('unlock', NURSE, NURSES)).toMatchObject({ kind: 'wait' });
    await again.do('stopClock', now + 86_400_000);
    expect(await again.do('unlock', NURSE, NURSES)).toMatchObject({ kind: 'ok', profile: '{"who":"nurse"}' });
    await again.do('openStore');
    expect((await again.do('texts', ['Patient/kept']))[0]).toContain('"active":true');
    await again.do('lock');
    // Once it was right, guessing begins anew.
    expect(await again.do('unlock', NURSE, wrong)).toEqual({ kind: 'wrong' });
    expect(await again.do('unlock', NURSE, NURSES)).toMatchObject({ kind: 'ok' });
    await again.close();
  });

  test('[BS14] [BS16] [BS12] people of one device open one record, keep their drafts to themselves, and go alone', async () => {
    const { browser } = await founded();
    expect(await browser.do('found', DOCTOR, 'Dr Mbabazi', DOCTORS)).toBe('founded');
    expect(await browser.do('admit', DOCTOR, 'Dr Mbabazi', phrase('123456'))).toBe('weak');
    expect(await browser.do('admit', DOCTOR, 'Dr Mbabazi', DOCTORS)).toBe('ok');
    // A second way of one's own: the passkey of this browser.
    expect(await browser.do('admitByPasskey', NURSE, 9)).toBe('ok');
    await browser.do('write', 'Patient/of-both', { active: true });
    await browser.do('putDraft', 'note', 'of the nurse');
    await browser.do('lock');
    expect(await browser.do('unlock', NURSE, DOCTORS)).toEqual({ kind: 'wrong' });
    expect(await browser.do('unlock', DOCTOR, DOCTORS)).toMatchObject({ kind: 'ok' });
    await browser.do('closeLog');
    await browser.do('openStore');
    expect((await browser.do('texts', ['Patient/of-both']))[0]).toContain('of-both');
    expect(await browser.do('drafts')).toEqual([]);
    await browser.do('putDraft', 'note', 'of the doctor');
    await browser.do('lock');
    expect(await browser.do('unlockByPasskey', NURSE, 8)).toEqual({ kind: 'wrong' });
    expect(await browser.do('unlockByPasskey', NURSE, 9)).toMatchObject({ kind: 'ok' });
    expect(await browser.do('drafts')).toMatchObject([{ value: 'of the nurse' }]);
    await browser.do('dismiss', DOCTOR);
    expect((await browser.do('people')).map(({ who, ways }) => [who, ways])).toEqual([
      [NURSE, ['passphrase', 'passkey']],
    ]);
    expect(await browser.do('unlock', DOCTOR, DOCTORS)).toEqual({ kind: 'unknown-person' });
    await browser.close();
  });

  test('[BS21] after lock nothing that was opened answers, and the right secret opens it again', async () => {
    const { browser } = await founded();
    await browser.do('write', 'Patient/one', { active: true });
    await browser.do('keep', 'site', 'Kisoro');
    await browser.do('lock');
    expect(await browser.do('write', 'Patient/two', { active: true })).toBe('Locked');
    await expect(browser.do('putDraft', 'note', 'x')).rejects.toThrow('locked');
    await expect(browser.do('kept', 'site')).rejects.toThrow('locked');
    await expect(browser.do('openStore')).rejects.toThrow('locked');
    await expect(browser.do('escrow', drawNodeKeys().publicKeys.seal)).rejects.toThrow('locked');
    expect(await browser.do('unlock', NURSE, NURSES)).toMatchObject({ kind: 'ok' });
    await browser.do('openStore');
    expect((await browser.do('texts', ['Patient/one', 'Patient/two'])).map(Boolean)).toEqual([true, false]);
    expect(await browser.do('kept', 'site')).toBe('Kisoro');
    await browser.close();
  });

  test('[BS17] the site opens the escrow letter, nobody else, and lets in a person when nobody is left', async () => {
    const { browser } = await founded();
    await browser.do('write', 'Patient/left', { active: true });
    const site = drawNodeKeys();
    const letter = Uint8Array.from(await browser.do('escrow', site.publicKeys.seal));
    await browser.do('dismiss', NURSE);
    await browser.do('lock');
    await browser.do('closeLog');
    expect(await browser.do('people')).toEqual([]);
    expect(drawNodeKeys().open(letter)).toBeUndefined();
    const opened = site.open(letter);
    expect(opened).toBeDefined();
    expect(await browser.do('join', [...letter], DOCTOR, DOCTORS)).toBe('wrong');
    expect(await browser.do('join', [...(opened ?? [])], DOCTOR, DOCTORS)).toBe('ok');
    await browser.do('openStore');
    expect((await browser.do('texts', ['Patient/left']))[0]).toContain('left');
    await browser.close();
  });
});

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}
