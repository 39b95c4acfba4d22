// A certificate with its key, read and fit to be served; and which of two is served.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Instant } from '../../core/base/ports.ts';
import type { KeyAndCertificate } from './issue.ts';
import type { SiteNames } from './names.ts';

export interface Loaded {
  readonly pair: KeyAndCertificate;
  readonly certificate: X509Certificate;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly context: SecureContext;
}

/** TLS 1.3, and of TLS 1.2 the suites with forward secrecy and authenticated encryption. */
export const TLS_RULES = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE+AESGCM',
    'ECDHE+CHACHA20',
  ].join(':'),
  honorCipherOrder: true,
} as const;

/** Throws when it is no certificate, or not of that key. The message holds nothing of the key. */
export function load(pair: KeyAndCertificate): Loaded {
  const certificate = new X509Certificate(pair.certificatePem);
  const key = createPrivateKey(pair.keyPem);
  if (!certificate.checkPrivateKey(key)) throw new Error('the certificate is of another key');
  return {
    pair,
    certificate,
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    context: createSecureContext({ key: pair.keyPem, cert: pair.certificatePem, ...TLS_RULES }),
  };
}

export const isValidAt = (one: Loaded, now: Instant): boolean => one.notBefore <= now && now <= one.notAfter;

/** Share of the life that is left: 1 at its begin, 0 or less after its end. */
export const lifeLeft = (one: Pick<Loaded, 'notBefore' | 'notAfter'>, now: Instant): number =>
  (one.notAfter - now) / (one.notAfter - one.notBefore);

export const covers = (one: Loaded, name: string): boolean => one.certificate.checkHost(name) !== undefined;

/** The first that is valid; when none is, the one that ends last (TL11). */
export function leastBad(candidates: readonly Loaded[], now: Instant): Loaded | undefined {
  const valid = candidates.find((one) => isValidAt(one, now));
  if (valid !== undefined) return valid;
  return candidates.reduce<Loaded | undefined>(
    (best, one) => (best === undefined || one.notAfter > best.notAfter ? one : best),
    undefined,
  );
}

/** Whether it holds these names and addresses, and no others. */
export function holdsExactly(one: Loaded, names: SiteNames): boolean {
  const held = (one.certificate.subjectAltName ?? '').split(', ').filter((part) => part !== '');
  return (
    held.length === names.dns.length + names.addresses.length &&
    names.dns.every((name) => held.includes(`DNS:${name}`)) &&
    names.addresses.every((address) => one.certificate.checkIP(address) !== undefined)
  );
}
