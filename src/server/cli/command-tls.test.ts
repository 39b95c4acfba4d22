// `holdfast tls` on a folder as a node leaves it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { openSiteCertificates } from '../tls/site-certificates.ts';
import { buildOnce, run } from './holdfast-process.test-kit.ts';

beforeAll(buildOnce);
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test('[TL6] [TL15] the command prints the fingerprint, exports certificate and sheet, and makes way for a new authority', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-command-'));
  folders.push(folder);
  const env = { HOLDFAST_DATA: join(folder, 'data'), HOLDFAST_NAMES: 'hub.example.org', HOLDFAST_PORT: '8443' };
  expect(await run(['tls'], env)).toMatchObject({ code: 1, err: expect.stringContaining('There is no authority') });
  const open = () =>
    openSiteCertificates({ folder: join(folder, 'data', 'tls'), names: ['hub.example.org'], clock: { now: Date.now } });
  const first = await open();
  first.close();
  const [ca, page] = [join(folder, 'ca.crt'), join(folder, 'page.html')];
  const shown = await run(['tls', '--ca', ca, '--page', page], env);
  expect(shown, shown.err).toMatchObject({ code: 0, out: `${first.caFingerprintSha256}\n` });
  expect(readFileSync(ca, 'utf8')).toBe(first.caPem);
  expect(readFileSync(page, 'utf8')).toContain('https://hub.example.org:8443/trust/ca.crt');
  expect(readFileSync(page, 'utf8').replaceAll('\n', ':')).toContain(first.caFingerprintSha256);
  expect(await run(['tls', '--new-authority'], env)).toMatchObject({ code: 0 });
  const second = await open();
  second.close();
  expect(second.caPem).not.toBe(first.caPem);
  expect((await run(['tls'], env)).out).toBe(`${second.caFingerprintSha256}\n`);
});
