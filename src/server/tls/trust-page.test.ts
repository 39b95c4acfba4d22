import { expect, test } from 'vitest';
import { toString as qrCode } from 'qrcode';
import { TRUST_PAGE_POLICY, trustPage } from './trust-page.ts';

const print = Array.from({ length: 32 }, (_, at) => at.toString(16).padStart(2, '0').toUpperCase()).join(':');
const content = {
  caFingerprintSha256: print,
  certificateAddress: 'https://kisoro.example.org/trust/ca.crt',
  site: 'Kisoro <b>District</b> "Hospital"',
};

test('[TL15] the page holds the fingerprint as text, the address and fingerprint as QR code, and steps for six systems', async () => {
  const page = await trustPage(content);
  expect(page.replaceAll('\n', ':')).toContain(print);
  const code = `${content.certificateAddress}#sha256=${print.replaceAll(':', '').toLowerCase()}`;
  expect(page).toContain(await qrCode(code, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 }));
  for (const system of ['Windows', 'macOS', 'iOS', 'Android', 'Linux', 'Firefox']) expect(page).toContain(system);
  expect(page).toContain('Kisoro &#60;b&#62;District&#60;/b&#62; &#34;Hospital&#34;');
});

test('[TL15] the page loads nothing and runs no script', async () => {
  const page = await trustPage(content);
  expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=|javascript:/i);
  expect([...page.matchAll(/(?:src|href|action)=/g)]).toEqual([]);
  expect(TRUST_PAGE_POLICY).toContain("default-src 'none'");
  expect(TRUST_PAGE_POLICY).not.toContain('script-src');
});
