// Making the site's authority and the node's certificates: ECDSA P-256 by WebCrypto (RFC 5280).
//
//   1. An authority signs for servers alone, has no authority below it, and is critically constrained to names.
//   2. A certificate is valid for at most 397 days: what Safari and Chrome take of a public authority, and well below the
//      825 days that Apple takes of a private one.
// A polyfill, for its effect: @peculiar/x509 needs it loaded first.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import { randomBytes, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Instant } from '../../core/base/ports.ts';
import { NAME_CONSTRAINTS, nameConstraints, permittedIn } from './name-constraints.ts';
import type { Permitted, SiteNames } from './names.ts';

/** A key and its certificate, PEM. */
export interface KeyAndCertificate {
  readonly keyPem: string;
  readonly certificatePem: string;
}

export const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3_652;
const CERTIFICATE_DAYS = 397;
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

/** A new authority. `title` tells the sites of a region apart in a device's list of authorities. */
export async function makeAuthority(permitted: Permitted, title: string, now: Instant): Promise<KeyAndCertificate> {
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']);
  const notBefore = wholeSecond(now - DAY_MS);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name: [{ O: ['Holdfast site authority'] }, { CN: [title.slice(0, 64)] }],
      notBefore: new Date(notBefore),
      notAfter: new Date(notBefore + AUTHORITY_DAYS * DAY_MS),
      signingAlgorithm: ECDSA,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        // On Windows it is good for servers only, not for programs or mail, even if its key is stolen.
        new x509.ExtendedKeyUsageExtension([SERVER_AUTH], false),
        new x509.Extension(NAME_CONSTRAINTS, true, new Uint8Array(nameConstraints(permitted))),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { keyPem: await keyPem(keys.privateKey), certificatePem: pemOf(certificate) };
}

/** A certificate for a node of these names, with a key of its own. The caller sees to it that the authority permits them. */
export async function issueCertificate(
  authority: KeyAndCertificate,
  names: SiteNames,
  now: Instant,
): Promise<KeyAndCertificate> {
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', derOf(authority.keyPem), ECDSA, false, ['sign']);
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']);
  const notBefore = wholeSecond(now - DAY_MS);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(),
      subject: [{ CN: [names.dns.find((name) => name.length <= 64) ?? 'localhost'] }],
      issuer: issuer.subjectName,
      notBefore: new Date(notBefore),
      // Both ends count.
      notAfter: new Date(notBefore + CERTIFICATE_DAYS * DAY_MS - 1_000),
      signingAlgorithm: ECDSA,
      publicKey: keys.publicKey,
      signingKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([SERVER_AUTH], false),
        new x509.SubjectAlternativeNameExtension([
          ...names.dns.map((value) => ({ type: 'dns' as const, value })),
          ...names.addresses.map((value) => ({ type: 'ip' as const, value })),
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { keyPem: await keyPem(keys.privateKey), certificatePem: pemOf(certificate) };
}

/** What an authority's certificate permits; undefined when it says nothing that we read. */
export function permittedBy(certificatePem: string): Permitted | undefined {
  const extension = new x509.X509Certificate(certificatePem).getExtension(NAME_CONSTRAINTS);
  return extension === null ? undefined : permittedIn(Buffer.from(extension.value));
}

/** `AB:CD:…`, as browsers and certificate tools show it. */
export const fingerprintOf = (certificatePem: string): string => new NodeCertificate(certificatePem).fingerprint256;

const pemOf = (certificate: x509.X509Certificate): string => `${certificate.toString('pem').trim()}\n`;
const wholeSecond = (at: Instant): Instant => Math.floor(at / 1_000) * 1_000;

/** 127 bits by chance, positive and never zero. */
const serialNumber = (): string => {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString('hex');
};

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n');
}

const derOf = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]+-----/g, '').replace(/\s/g, ''), 'base64');
