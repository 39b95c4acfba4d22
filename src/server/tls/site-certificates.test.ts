// The certificates of a site over time: made, kept, renewed, run out. Real handshakes; the server's clock is set.
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { DAY_MS, fingerprintOf, issueCertificate, makeAuthority, permittedBy } from './issue.ts';
import { permittedFor, siteNames } from './names.ts';
import { replaceAuthority } from './site-certificates.ts';
import {
  endTls,
  get,
  handshake,
  hospitalFiles,
  listen,
  newFolder,
  open,
  openssl,
  setClock,
  speakTls,
} from './tls.test-kit.ts';

afterEach(endTls);

const NAME = 'kisoro.emr.example.org';
const serverPem = (folder: string): string => readFileSync(join(folder, 'server.pem'), 'utf8');
const serialOf = (folder: string): string => new X509Certificate(serverPem(folder)).serialNumber;

test('[TL1] the first start makes an authority and a certificate; a client that trusts the authority alone is content', async () => {
  const { certificates, folder } = await open([NAME, '10.20.0.5']);
  const { port } = await listen(certificates);
  expect(await get(port, certificates.caPem, NAME)).toBe('https /x');
  expect(await get(port, certificates.caPem, 'localhost')).toBe('https /x');
  await expect(get(port, (await open([NAME])).certificates.caPem, NAME)).rejects.toThrow(/certificate|signature/);
  const ca = new X509Certificate(certificates.caPem);
  expect(ca.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
  expect(Date.parse(ca.validTo) - Date.parse(ca.validFrom)).toBe(3_652 * DAY_MS);
  expect(certificates.caFingerprintSha256).toBe(ca.fingerprint256);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
  expect(readdirSync(folder).toSorted()).toEqual(['ca.crt', 'ca.key', 'server.pem']);
});

test('[TL1] a later start uses what is there', async () => {
  const first = await open([NAME]);
  const before = readdirSync(first.folder).map((name) => readFileSync(join(first.folder, name), 'utf8'));
  const second = await open([NAME], { folder: first.folder });
  expect(second.certificates.caPem).toBe(first.certificates.caPem);
  expect(readdirSync(first.folder).map((name) => readFileSync(join(first.folder, name), 'utf8'))).toEqual(before);
  expect(second.told).toEqual([]);
});

test('[TL2] what the authority signs outside its names and ranges is refused by clients, inside it is taken', async () => {
  const names = siteNames([NAME, '10.20.0.5']);
  const now = Date.now();
  const authority = await makeAuthority(permittedFor(names), 'x', now);
  const tryName = async (given: string): Promise<string | undefined> => {
    const { dns, addresses } = siteNames([given]);
    const only = { dns: dns.filter((name) => name === given), addresses: addresses.filter((one) => one === given) };
    const pair = await issueCertificate(authority, only, now);
    const folder = newFolder();
    writeFileSync(join(folder, 'c.pem'), pair.certificatePem);
    writeFileSync(join(folder, 'k.pem'), pair.keyPem);
    const { certificates } = await open([], {
      hospital: { certificateFile: join(folder, 'c.pem'), keyFile: join(folder, 'k.pem') },
    });
    const forced = { ...certificates, unnamed: () => ({ key: pair.keyPem, cert: pair.certificatePem }) };
    const { port } = await listen(forced);
    const asked = only.dns.length > 0 ? { servername: given } : {};
    const { why } = await handshake(port, {
      ca: authority.certificatePem,
      checkServerIdentity: () => undefined,
      ...asked,
    });
    return why;
  };
  expect(await tryName(NAME)).toBeUndefined();
  expect(await tryName(`ward3.${NAME}`)).toBeUndefined();
  expect(await tryName('10.20.0.77')).toBeUndefined();
  for (const outside of ['bank.example.com', 'emr.example.org', `evil${NAME}`, '10.20.1.5', '8.8.8.8', 'fd00::1']) {
    // OpenSSL's "permitted subtree violation" has no word of its own in Node.
    expect(await tryName(outside), outside).toBe('UNSPECIFIED');
  }
  const pair = await issueCertificate(authority, { dns: ['bank.example.com'], addresses: [] }, now);
  const [leaf, ca] = [join(newFolder(), 'leaf.pem'), join(newFolder(), 'ca.pem')];
  writeFileSync(leaf, pair.certificatePem);
  writeFileSync(ca, authority.certificatePem);
  if (openssl('version') === undefined) return console.warn('skipped in part: openssl is not installed');
  expect(() => openssl('verify', '-CAfile', ca, leaf)).toThrow(/permitted subtree violation/);
});

test('[TL2] the constraint is critical, and permits the /24 of a private address and a public one alone', async () => {
  const { certificates } = await open([NAME, '192.168.7.9', '203.0.113.9', 'fd12:3456::9', '2001:db8::9']);
  expect(permittedBy(certificates.caPem)).toEqual({
    dns: ['localhost', NAME],
    ranges: [
      { address: '127.0.0.0', bits: 8 },
      { address: '0:0:0:0:0:0:0:1', bits: 128 },
      { address: '192.168.7.0', bits: 24 },
      { address: '203.0.113.9', bits: 32 },
      { address: 'fd12:3456:0:0:0:0:0:0', bits: 64 },
      { address: '2001:db8:0:0:0:0:0:9', bits: 128 },
    ],
  });
  const file = join(newFolder(), 'ca.crt');
  writeFileSync(file, certificates.caPem);
  const text = openssl('x509', '-in', file, '-noout', '-text');
  if (text === undefined) return console.warn('skipped in part: openssl is not installed');
  expect(text).toMatch(/X509v3 Name Constraints: critical\n\s+Permitted:\n\s+DNS:localhost\n\s+DNS:kisoro/);
  expect(text).toMatch(/X509v3 Basic Constraints: critical\n\s+CA:TRUE, pathlen:0/);
  expect(text).toMatch(/X509v3 Key Usage: critical\n\s+Certificate Sign, CRL Sign\n/);
});

test('[TL3] the certificate holds all names and addresses, for at most 397 days, for servers alone', async () => {
  const now = Date.now();
  const { certificates } = await open([NAME, '10.20.0.5', 'fd00::5'], { clock: setClock(now) });
  const { port } = await listen(certificates);
  const { certificate, authorized } = await handshake(port, { ca: certificates.caPem, servername: NAME });
  expect(authorized).toBe(true);
  const served = new X509Certificate(certificate.raw);
  const begun = Date.parse(served.validFrom);
  expect(now - begun).toBeGreaterThanOrEqual(DAY_MS);
  expect(Date.parse(served.validTo) - begun).toBeLessThan(397 * DAY_MS);
  expect(Date.parse(served.validTo) - begun).toBeGreaterThan(396 * DAY_MS);
  for (const name of ['localhost', NAME]) expect(served.checkHost(name)).toBe(name);
  for (const address of ['127.0.0.1', '::1', '10.20.0.5', 'fd00::5']) expect(served.checkIP(address)).toBe(address);
  expect(served.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(served.ca).toBe(false);
});

test('[TL3] the chain verifies with openssl, for a name and for an address', async (context) => {
  const { certificates, folder } = await open([NAME, '10.20.0.5']);
  if (openssl('version') === undefined) return context.skip('openssl is not installed');
  const leaf = join(newFolder(), 'leaf.pem');
  writeFileSync(leaf, new X509Certificate(serverPem(folder)).toString());
  const ca = join(folder, 'ca.crt');
  for (const asked of [
    ['-verify_hostname', NAME],
    ['-verify_ip', '10.20.0.5'],
  ]) {
    expect(openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', ca, ...asked, leaf)).toMatch(
      /: OK\n$/,
    );
  }
  expect(() => openssl('verify', '-CAfile', ca, '-verify_hostname', 'other.example', leaf)).toThrow(/mismatch/i);
  expect(certificates.status().level).toBe('fine');
});

test('[TL4] a certificate is made anew when a third of its life is used, without a restart, and open connections stay', async () => {
  const { certificates, clock, folder, told } = await open([NAME]);
  const { port } = await listen(certificates);
  const first = serialOf(folder);
  const early = await speakTls(port, { ca: certificates.caPem, servername: NAME });
  clock.at += 131 * DAY_MS;
  await certificates.look();
  expect(serialOf(folder)).toBe(first);
  clock.at += 2 * DAY_MS;
  await certificates.look();
  const second = serialOf(folder);
  expect(second).not.toBe(first);
  for (const servername of [NAME, undefined]) {
    const shaken = await handshake(port, {
      ca: certificates.caPem,
      ...(servername === undefined ? {} : { servername }),
    });
    expect(shaken.certificate.serialNumber, servername).toBe(second);
  }
  early.say('GET /early HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  expect(await early.end).toMatch(/200 OK[^]*https \/early$/);
  expect(told.filter((line) => line.includes('certificate was made for this node'))).toHaveLength(2);
});

test('[TL4] other names make another certificate under the same authority; names that went are gone', async () => {
  const first = await open([NAME, 'old.example.org', '10.0.0.1'], {
    permitted: { dns: ['example.org', 'localhost'], ranges: permittedFor(siteNames(['10.0.0.1'])).ranges },
  });
  const second = await open([NAME, 'new.example.org', '10.0.0.2'], { folder: first.folder });
  expect(second.certificates.caPem).toBe(first.certificates.caPem);
  const { port } = await listen(second.certificates);
  const { certificate } = await handshake(port, { servername: NAME });
  const served = new X509Certificate(certificate.raw);
  expect([served.checkHost('new.example.org'), served.checkIP('10.0.0.2')]).toEqual(['new.example.org', '10.0.0.2']);
  expect([served.checkHost('old.example.org'), served.checkIP('10.0.0.1')]).toEqual([undefined, undefined]);
});

test('[TL4] a clock that was years ahead, and is set back, leaves no certificate of the future', async () => {
  const { certificates, clock, folder } = await open([NAME]);
  const now = clock.at;
  clock.at = now + 5 * 365 * DAY_MS;
  await certificates.look();
  expect(Date.parse(new X509Certificate(serverPem(folder)).validFrom)).toBeGreaterThan(now + 1_000 * DAY_MS);
  clock.at = now;
  await certificates.look();
  const { port } = await listen(certificates);
  expect(await handshake(port, { ca: certificates.caPem, servername: NAME })).toMatchObject({ authorized: true });
});

test('[TL5] processes that start at once make one authority and one certificate', async () => {
  const folder = newFolder();
  const opened = await Promise.all(Array.from({ length: 6 }, () => open([NAME], { folder })));
  const { port } = await listen(opened[0]?.certificates ?? (await open([])).certificates);
  const { certificate } = await handshake(port, { servername: NAME });
  for (const { certificates } of opened) {
    expect(certificates.caPem).toBe(opened[0]?.certificates.caPem);
    expect(new X509Certificate(certificates.unnamed().cert).serialNumber).toBe(certificate.serialNumber);
  }
  expect(opened.flatMap(({ told }) => told).filter((line) => line.includes('authority was made'))).toHaveLength(1);
});

test('[TL5] what one process makes the others load; a lock of the dead is taken over, one of the living is respected', async () => {
  const maker = await open([NAME]);
  const other = await open([NAME], { folder: maker.folder, clock: maker.clock });
  maker.clock.at += 140 * DAY_MS;
  await maker.certificates.look();
  await other.certificates.look();
  expect(other.certificates.unnamed().cert).toBe(maker.certificates.unnamed().cert);
  expect(other.told).toEqual([]);

  const lock = join(maker.folder, 'lock');
  writeFileSync(lock, '');
  maker.clock.at += 140 * DAY_MS;
  const before = serialOf(maker.folder);
  await maker.certificates.look();
  expect(serialOf(maker.folder)).toBe(before);
  utimesSync(lock, Date.now() / 1_000 - 120, Date.now() / 1_000 - 120);
  await maker.certificates.look();
  expect(serialOf(maker.folder)).not.toBe(before);
  expect(existsSync(lock)).toBe(false);
});

test('[TL6] a name that the authority does not permit is left out and said; a new authority comes only when asked for', async () => {
  const first = await open([NAME]);
  const second = await open([NAME, 'elsewhere.example.com', '10.9.9.9', 'no name!'], { folder: first.folder });
  expect(second.certificates.status()).toMatchObject({
    level: 'fine',
    leftOut: ['no name!', 'elsewhere.example.com', '10.9.9.9'],
  });
  expect(second.told.join()).toMatch(/does not permit 3 of the node's names/);
  const { port } = await listen(second.certificates);
  expect(await get(port, first.certificates.caPem, NAME)).toBe('https /x');
  expect(await replaceAuthority(first.folder, '2026')).toBe(true);
  await second.certificates.look();
  expect(second.certificates.caPem).not.toBe(first.certificates.caPem);
  expect(second.certificates.status().leftOut).toEqual(['no name!']);
  expect(await get(port, second.certificates.caPem, 'elsewhere.example.com')).toBe('https /x');
  expect(fingerprintOf(readFileSync(join(first.folder, 'ca.crt.before-2026'), 'utf8'))).toBe(
    first.certificates.caFingerprintSha256,
  );
});

test('[TL7] a clock from before the authority issues nothing and serves what is there', async () => {
  const { certificates, clock, folder } = await open([NAME]);
  const { port } = await listen(certificates);
  const serial = serialOf(folder);
  clock.at = 0;
  await certificates.look();
  expect(serialOf(folder)).toBe(serial);
  expect((await handshake(port, { ca: certificates.caPem, servername: NAME })).authorized).toBe(true);
  expect(certificates.status().certificates[0]).toMatchObject({ which: 'site', level: 'expired' });
});

test("[TL8] the hospital's certificate is served under the names that it covers, the site's own for others and without a name", async () => {
  const hospital = await hospitalFiles([NAME], Date.now());
  const { certificates } = await open([NAME, 'hub.local'], { hospital });
  const { port } = await listen(certificates);
  expect(await get(port, hospital.caPem, NAME)).toBe('https /x');
  expect(await get(port, certificates.caPem, 'hub.local')).toBe('https /x');
  expect((await handshake(port, { ca: certificates.caPem })).authorized).toBe(true);
  expect(certificates.status()).toMatchObject({ serving: 'hospital', level: 'fine' });
});

test("[TL9] when the hospital's has run out the site's own is served under the same name, in the next handshake", async () => {
  const hospital = await hospitalFiles([NAME], Date.now());
  const { certificates, clock } = await open([NAME], { hospital });
  const { port } = await listen(certificates);
  clock.at += 390 * DAY_MS;
  expect(await get(port, hospital.caPem, NAME)).toBe('https /x');
  await certificates.look();
  clock.at += 7 * DAY_MS;
  // Nobody looked: the clock of the handshake decides.
  expect(new X509Certificate((await handshake(port, { servername: NAME })).certificate.raw).issuer).toContain(
    `Holdfast ${NAME}`,
  );
  expect(certificates.status()).toMatchObject({ serving: 'site', level: 'expired' });
});

test("[TL9] the hospital's files are loaded when they change; a broken one leaves what was loaded, and is said", async () => {
  const now = Date.now();
  const hospital = await hospitalFiles([NAME], now);
  const { certificates, told } = await open([NAME], { hospital });
  const { port } = await listen(certificates);
  const serial = async (): Promise<string> => (await handshake(port, { servername: NAME })).certificate.serialNumber;
  const first = await serial();
  writeFileSync(hospital.certificateFile, '-----BEGIN CERTIFICATE-----\nhalf');
  await certificates.look();
  expect(await serial()).toBe(first);
  expect(certificates.status()).toMatchObject({ serving: 'hospital', level: 'unreadable' });
  const next = await hospital.issue(now);
  writeFileSync(hospital.certificateFile, next.certificatePem);
  await certificates.look();
  // A certificate whose key has not arrived yet.
  expect(await serial()).toBe(first);
  writeFileSync(hospital.keyFile, next.keyPem);
  await certificates.look();
  expect(await serial()).toBe(new X509Certificate(next.certificatePem).serialNumber);
  expect(certificates.status().level).toBe('fine');
  expect(told.filter((line) => line.includes("hospital's"))).toHaveLength(2);
  rmSync(hospital.keyFile);
  const { certificates: started } = await open([NAME], { hospital });
  expect(started.status()).toMatchObject({ serving: 'site', level: 'unreadable' });
  const { port: other } = await listen(started);
  expect(await get(other, started.caPem, NAME)).toBe('https /x');
});

test('[TL10] the status says renew from a half, urgent from a quarter, then expired; each change is told once', async () => {
  const hospital = await hospitalFiles([NAME], Date.now());
  const { certificates, clock, told } = await open([NAME], { hospital });
  const start = clock.at - DAY_MS;
  const levels: string[] = [];
  for (const share of [0.1, 0.49, 0.51, 0.6, 0.74, 0.76, 0.99, 1.01, 1.5]) {
    clock.at = start + share * 397 * DAY_MS;
    await certificates.look();
    await certificates.look();
    levels.push(certificates.status().certificates.find(({ which }) => which === 'hospital')?.level ?? '');
  }
  expect(levels).toEqual(['fine', 'fine', 'renew', 'renew', 'renew', 'urgent', 'urgent', 'expired', 'expired']);
  const heard = told.filter((line) => line.includes("hospital's"));
  expect(heard.map((line) => line.split(':')[0])).toEqual(['warn', 'error', 'error']);
  for (const line of [...told, JSON.stringify(certificates.status().certificates)]) {
    expect(line).not.toMatch(/kisoro|holdfast-tls|PRIVATE/);
  }
  const authority = (): string | undefined =>
    certificates.status().certificates.find(({ which }) => which === 'authority')?.level;
  expect(authority()).toBe('fine');
  clock.at = start + 0.76 * 3_652 * DAY_MS;
  expect(authority()).toBe('renew');
  clock.at = start + 0.91 * 3_652 * DAY_MS;
  expect(authority()).toBe('urgent');
});

test('[TL11] with everything expired handshakes still succeed, with the one that ran out last', async () => {
  const clock = setClock(Date.now());
  const hospital = await hospitalFiles([NAME], clock.at - 100 * DAY_MS);
  const { certificates, folder } = await open([NAME], { hospital, clock });
  const { port } = await listen(certificates);
  const site = serialOf(folder);
  rmSync(join(folder, 'ca.key'));
  clock.at += 20 * 365 * DAY_MS;
  await certificates.look();
  for (const servername of [NAME, 'localhost', 'unknown.example']) {
    expect((await handshake(port, { servername })).certificate.serialNumber, servername).toBe(site);
  }
  expect(certificates.status()).toMatchObject({ serving: 'site', level: 'unreadable' });
  expect(certificates.status().certificates.map(({ level }) => level)).toEqual(['expired', 'unreadable', 'expired']);
});

test('[TL11] an authority whose key is lost stays the authority; damaged before there is a certificate it is set aside', async () => {
  const { certificates, folder, clock } = await open([NAME]);
  writeFileSync(join(folder, 'ca.key'), 'damaged');
  const again = await open([NAME], { folder, clock });
  expect(again.certificates.caPem).toBe(certificates.caPem);
  expect(again.certificates.status()).toMatchObject({ level: 'unreadable' });
  const { port } = await listen(again.certificates);
  expect(await get(port, certificates.caPem, NAME)).toBe('https /x');
  // Nothing is left to be served.
  writeFileSync(join(folder, 'server.pem'), 'damaged');
  const anew = await open([NAME], { folder, clock });
  expect(anew.certificates.caPem).not.toBe(certificates.caPem);
  expect(anew.told.join('\n')).toMatch(/error: The authority of the site was damaged and was set aside/);
  expect(readdirSync(folder).filter((name) => name.includes('before'))).toHaveLength(2);
  const { port: other } = await listen(anew.certificates);
  expect(await get(other, anew.certificates.caPem, NAME)).toBe('https /x');
});
