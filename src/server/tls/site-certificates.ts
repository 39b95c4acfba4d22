// The certificates of a site: made, kept, renewed and chosen, with nothing else up.
//
//          nothing ──make authority, make certificate──> serving <──look (a third used, names changed, files changed)──┐
//                                                           └────────────────────────────────────────────────────────┘
//
//   1. Once open, every handshake gets a certificate, whatever has run out, is damaged or cannot be written (TL11, CR11).
//   2. The hospital's certificate and the site's stand under the same names: which one is served is decided in each
//      handshake, by the clock of that moment (TL8, TL9).
//   3. Every process of a node may hold this open on one folder; one of them makes what is due, under a lock (TL5).
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { SecureContext } from 'node:tls';
import type { Clock } from '../../core/base/ports.ts';
import { certificateFolder, fileMark, type CertificateFolder } from './certificate-folder.ts';
import { fingerprintOf, issueCertificate, makeAuthority, permittedBy, type KeyAndCertificate } from './issue.ts';
import { covers, holdsExactly, isValidAt, leastBad, lifeLeft, load, type Loaded } from './loaded.ts';
import { isPermitted, permittedFor, siteNames, type Permitted, type SiteNames } from './names.ts';
import { lifeOf, worst, type CertificateLife, type TlsStatus } from './tell-life.ts';

export interface SiteCertificateOptions {
  /** Made when it is missing; `<data>/tls`. */
  readonly folder: string;
  /** Host names and addresses by which this node is reached; the loopback ones need not be named. The first is its title. */
  readonly names: readonly string[];
  /** What a new authority is permitted; absent: what the names need (`permittedFor`). */
  readonly permitted?: Permitted;
  /** PEM files of a certificate (with its chain) and its key from elsewhere. */
  readonly hospital?: { readonly certificateFile: string; readonly keyFile: string };
  readonly clock: Clock;
  /** How often files and clock are looked at; 30 s. */
  readonly lookMs?: number;
  /** Hears of each change once: a new certificate, a level that changed, something that cannot be read or written. */
  readonly tell?: (level: 'info' | 'warn' | 'error', text: string) => void;
}

export interface SiteCertificates {
  /** For a handshake that asks for `servername` (undefined: it did not say, or asks for an address). */
  contextFor(servername: string | undefined): SecureContext;
  /** Key and certificate of handshakes without a name, as `tls.createServer` takes them. */
  unnamed(): { readonly key: string; readonly cert: string };
  /** The authority's certificate, PEM. Public. */
  readonly caPem: string;
  /** `AB:CD:…` */
  readonly caFingerprintSha256: string;
  status(): TlsStatus;
  /** Looks at files and clock now. Never throws: what goes wrong is told and stands in the status. */
  look(): Promise<void>;
  /** Called after certificates changed. */
  onChange(listener: () => void): void;
  close(): void;
}

const LOOK_MS = 30_000;
/** Shares of life at which the node's own certificate is made anew: a site that is cut off then has two thirds left. */
const RENEW_AT = 2 / 3;
const FIRST_WAIT_MS = 50;
const FIRST_WAITS_MAX = 1_400;

/** Opens, or makes, the certificates of a site. Throws only when there is none and none can be made. */
export async function openSiteCertificates(options: SiteCertificateOptions): Promise<SiteCertificates> {
  const { clock, hospital: hospitalFiles } = options;
  const tell = options.tell ?? ((): void => undefined);
  const folder = certificateFolder(options.folder);
  const names = siteNames(options.names);
  const title = names.dns.find((name) => name !== 'localhost') ?? 'localhost';
  const listeners: (() => void)[] = [];
  let authority: Loaded | undefined;
  /** Its certificate alone is there: served certificates can still be trusted, but none can be made. */
  let authorityPem: string | undefined;
  /** Nothing of an authority is there: the first start, or it was set aside. */
  let authorityGone = true;
  let site: Loaded | undefined;
  let hospital: Loaded | undefined;
  let hospitalBroken = false;
  let leftOut: readonly string[] = names.unusable;
  let marks = { folder: '', hospital: '' };
  let told = new Map<string, string>();

  const readFolder = (): void => {
    const found = folder.authority();
    authorityPem = found?.certificatePem ?? authorityPem;
    authorityGone = found === undefined;
    authority = usable(found);
    site = usable(folder.server()) ?? site;
    marks = { ...marks, folder: folder.mark() };
  };
  const readHospital = (): void => {
    if (hospitalFiles === undefined) return;
    marks = { ...marks, hospital: hospitalMark(hospitalFiles) };
    try {
      hospital = load({
        certificatePem: readFileSync(hospitalFiles.certificateFile, 'utf8'),
        keyPem: readFileSync(hospitalFiles.keyFile, 'utf8'),
      });
      hospitalBroken = false;
    } catch {
      // A file that is half copied is read again at the next look; what was loaded before is still served.
      hospitalBroken = true;
      marks = { ...marks, hospital: '' };
    }
  };
  const permittedNames = (): SiteNames => {
    const permitted = authority === undefined ? undefined : permittedBy(authority.pair.certificatePem);
    if (permitted === undefined) return names;
    const kept = (name: string): boolean => isPermitted(name, permitted);
    leftOut = [...names.unusable, ...[...names.dns, ...names.addresses].filter((name) => !kept(name))];
    return { dns: names.dns.filter(kept), addresses: names.addresses.filter(kept) };
  };
  const isDue = (): boolean => {
    const now = clock.now();
    // A lost key is no reason to let go of the authority that devices know: its certificate is served to its end, and after.
    if (authority === undefined) return authorityGone || site === undefined;
    if (now < authority.notBefore) return site === undefined;
    return (
      site === undefined ||
      !site.certificate.verify(authority.certificate.publicKey) ||
      !isValidAt(site, now) ||
      lifeLeft(site, now) <= RENEW_AT ||
      !holdsExactly(site, permittedNames())
    );
  };
  const make = async (): Promise<void> => {
    // Another process may have made it meanwhile.
    readFolder();
    if (!isDue()) return;
    const now = clock.now();
    if (authority === undefined) {
      // Without a certificate to serve, a new authority is better than none, and devices say that they do not know it.
      if (!authorityGone) {
        folder.setAuthorityAside(new Date(now).toISOString().replaceAll(/[:.]/g, ''));
        tell('error', 'The authority of the site was damaged and was set aside. Devices must be given the new one.');
      }
      folder.writeAuthority(await makeAuthority(options.permitted ?? permittedFor(names), `Holdfast ${title}`, now));
      readFolder();
      tell('info', 'An authority was made for this site.');
    }
    if (authority === undefined) throw new Error('the authority cannot be read');
    folder.writeServer(await issueCertificate(authority.pair, permittedNames(), now));
    readFolder();
    tell('info', 'A certificate was made for this node.');
  };

  const say = (key: string, level: 'info' | 'warn' | 'error', text: string): void => {
    if (told.get(key) === text) return;
    told.set(key, text);
    tell(level, text);
  };
  const status = (): TlsStatus => {
    const now = clock.now();
    const lives: CertificateLife[] = [
      lifeOf('site', site, false, now),
      lifeOf('authority', authority, false, now),
      ...(hospitalFiles === undefined ? [] : [lifeOf('hospital', hospital, hospitalBroken, now)]),
    ];
    const chosen = choose(title);
    return {
      serving: chosen !== undefined && chosen === hospital ? 'hospital' : 'site',
      level: worst(lives.map(({ level }) => level)),
      certificates: lives,
      leftOut,
    };
  };
  const choose = (servername: string | undefined): Loaded | undefined => {
    const both = [site, hospital].filter((one) => one !== undefined);
    const first =
      hospital !== undefined && servername !== undefined && covers(hospital, servername) ? [hospital, site] : [site];
    const fitting = first.filter((one) => one !== undefined);
    return leastBad(fitting.length > 0 ? fitting : both, clock.now());
  };
  const chosen = (servername: string | undefined): Loaded => {
    const one = choose(servername);
    // `openSiteCertificates` returned with one, and what is loaded is never let go.
    if (one === undefined) throw new Error('there is no certificate');
    return one;
  };

  const isEmpty = (): boolean => site === undefined && hospital === undefined;
  const look = async (): Promise<void> => {
    const before = [site, hospital];
    try {
      if (folder.mark() !== marks.folder) readFolder();
    } catch (error) {
      say('folder', 'error', `The folder of certificates cannot be read (${codeOf(error)}).`);
    }
    if (hospitalFiles !== undefined && hospitalMark(hospitalFiles) !== marks.hospital) readHospital();
    try {
      if (isDue()) await folder.underLock(make);
      told.delete('make');
    } catch (error) {
      say('make', 'error', `A certificate is due and cannot be made (${codeOf(error)}).`);
      if (isEmpty()) throw error;
    }
    for (const { which, level, text } of status().certificates) {
      if (level !== 'fine' || told.has(which)) {
        say(which, level === 'fine' ? 'info' : level === 'renew' ? 'warn' : 'error', text);
      }
    }
    if (leftOut.length > 0) {
      say('names', 'warn', `The authority of this site does not permit ${leftOut.length} of the node's names.`);
    }
    if (before[0] !== site || before[1] !== hospital) for (const listener of listeners) listener();
  };

  readHospital();
  await look();
  for (let n = 0; isEmpty(); n += 1) {
    // Another process is making it.
    if (n >= FIRST_WAITS_MAX) throw new Error('the folder of certificates is locked');
    await wait(FIRST_WAIT_MS);
    await look();
  }
  let looking = Promise.resolve();
  const lookInTurn = (): Promise<void> => {
    looking = looking.then(look).catch((error: unknown) => say('look', 'error', `Certificates: ${codeOf(error)}.`));
    return looking;
  };
  const timer = setInterval(() => void lookInTurn(), options.lookMs ?? LOOK_MS);
  timer.unref();
  return {
    contextFor: (servername) => chosen(servername).context,
    unnamed: () => {
      const { pair } = chosen(undefined);
      return { key: pair.keyPem, cert: pair.certificatePem };
    },
    get caPem() {
      return authorityPem ?? '';
    },
    get caFingerprintSha256() {
      return authorityPem === undefined ? '' : fingerprintOf(authorityPem);
    },
    status,
    look: lookInTurn,
    onChange: (listener) => void listeners.push(listener),
    close: () => clearInterval(timer),
  };
}

/**
 * Sets the site's authority aside, so that the next look makes another: for names that the old one does not permit, one that
 * was stolen, or one that ends. Every device must be given the new one. `stamp` becomes part of the old files' names.
 */
export async function replaceAuthority(path: string, stamp: string): Promise<boolean> {
  const folder: CertificateFolder = certificateFolder(path);
  return folder.underLock(async () => folder.setAuthorityAside(stamp));
}

function usable(pair: Partial<KeyAndCertificate> | undefined): Loaded | undefined {
  const { keyPem, certificatePem } = pair ?? {};
  if (keyPem === undefined || certificatePem === undefined) return undefined;
  try {
    return load({ keyPem, certificatePem });
  } catch {
    return undefined;
  }
}

const hospitalMark = ({
  certificateFile,
  keyFile,
}: {
  readonly certificateFile: string;
  readonly keyFile: string;
}): string => `${fileMark(certificateFile)} ${fileMark(keyFile)}`;

const codeOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error && typeof error.code === 'string' ? error.code : error.message) : 'unknown';
