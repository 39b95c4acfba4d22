// A browser whose people are gone: what it wrote reaches the site by the file of its rescue page and the site's own key.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openVault } from '../../../src/server/device/device-vault.ts';
import { openDevice } from '../../../src/server/device/open-device.ts';
import { openOutboxFiles } from '../../../src/server/device/outbox-files.ts';
import { recoverBrowser } from '../../../src/server/device/recover-browser.ts';
import { drawNodeKeys } from '../../../src/server/sync-api/node-keys.ts';
import { noBrowser, StorageBed } from './storage-bed.test-kit.ts';

const NURSE = 'Practitioner/nurse';
const SECRET = { way: 'passphrase', passphrase: 'seven green boats sail slowly home' } as const;

describe.skipIf(noBrowser !== undefined)('a browser that nobody can unlock any more', () => {
  let bed: StorageBed | undefined;
  afterAll(() => bed?.close());

  test('[BS24] its site recovers what was written there, and nobody else', async () => {
    bed = await StorageBed.start();
    const browser = await bed.open(bed.folder());
    await browser.do('found', NURSE, 'N', SECRET);
    await browser.do('openStore');
    const site = drawNodeKeys();
    await browser.do('escrow', site.publicKeys.seal);
    await browser.do('receive', ['p'], 20, 'from the site');
    await browser.do('write', 'Observation/first', { status: 'final', subject: { reference: 'Patient/p' } });
    await browser.do('compact');
    await browser.do('write', 'Observation/second', { status: 'final', valueQuantity: { value: 1.5 } });
    await browser.do('lock');
    const text = await browser.do('rescue');
    await browser.close();

    expect(() => recoverBrowser(text, drawNodeKeys())).toThrow('another site');
    expect(() => recoverBrowser(text.slice(0, -30), site)).toThrow('cut off');
    const recovered = recoverBrowser(text, site);
    expect(recovered).toMatchObject({ commits: 2, spoiled: 0 });
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-recovered-'));
    try {
      const passphrase = 'a new device for what is left';
      const outbox = openOutboxFiles(join(folder, 'outbox'), openVault({ folder, passphrase, costLog2: 14 }).diskKey);
      await outbox.append(recovered.entries);
      outbox.close();
      const device = await openDevice({ folder, passphrase, link: 'off' });
      expect((await device.read('Observation', 'first'))?.text).toContain('Patient/p');
      expect((await device.read('Observation', 'second'))?.text).toContain('1.5');
      expect(device.status().record).toMatchObject({ commits: 2 });
      expect((await device.store.verify()).findings).toEqual([]);
      await device.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
