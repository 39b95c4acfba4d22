// Certificates in folders of their own, a clock that is set, and clients that trust one authority alone.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { request } from 'node:https';
import { connect as connectPlain, createServer as createListener, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type DetailedPeerCertificate } from 'node:tls';
import { issueCertificate, makeAuthority, type KeyAndCertificate } from './issue.ts';
import { permittedFor, siteNames } from './names.ts';
import { secureDoor, type SecureDoorOptions } from './secure-door.ts';
import { openSiteCertificates, type SiteCertificateOptions, type SiteCertificates } from './site-certificates.ts';

const undo: (() => unknown)[] = [];
/** Call after each test. */
export async function endTls(): Promise<void> {
  for (const one of undo.splice(0).toReversed()) await one();
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface SetClock {
  now(): number;
  at: number;
}
export const setClock = (at = Date.now()): SetClock => ({
  at,
  now() {
    return this.at;
  },
});

export interface Opened {
  readonly certificates: SiteCertificates;
  readonly clock: SetClock;
  readonly folder: string;
  readonly told: string[];
}
export async function open(
  names: readonly string[],
  more: Partial<Omit<SiteCertificateOptions, 'clock'>> & { readonly clock?: SetClock } = {},
): Promise<Opened> {
  const clock = more.clock ?? setClock();
  const folder = more.folder ?? newFolder();
  const told: string[] = [];
  const certificates = await openSiteCertificates({
    names,
    // Looked at when the test says so.
    lookMs: 3_600_000,
    tell: (level, text) => void told.push(`${level}: ${text}`),
    ...more,
    clock,
    folder,
  });
  undo.push(() => certificates.close());
  return { certificates, clock, folder, told };
}

/** A certificate from elsewhere, in two files. */
export async function hospitalFiles(
  names: readonly string[],
  madeAt: number,
): Promise<{
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly caPem: string;
  write(pair: KeyAndCertificate): void;
  issue(at: number): Promise<KeyAndCertificate>;
}> {
  const wanted = siteNames(names);
  const only = { dns: wanted.dns.filter((name) => name !== 'localhost'), addresses: [] };
  const authority = await makeAuthority(permittedFor(wanted), 'Hospital', madeAt);
  const folder = newFolder();
  const certificateFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  const write = (pair: KeyAndCertificate): void => {
    writeFileSync(certificateFile, pair.certificatePem);
    writeFileSync(keyFile, pair.keyPem);
  };
  write(await issueCertificate(authority, only, madeAt));
  return {
    certificateFile,
    keyFile,
    caPem: authority.certificatePem,
    write,
    issue: (at) => issueCertificate(authority, only, at),
  };
}

export interface Listening {
  readonly port: number;
  readonly server: Server;
}
/** A door that listens as a node's does: accepted without reading, then admitted. */
export async function listen(
  certificates: SiteCertificates,
  options: Partial<SecureDoorOptions> & { readonly host?: string } = {},
): Promise<Listening> {
  const server = createServer((asked, answer) => {
    answer.end(`${'encrypted' in asked.socket ? 'https' : 'http'} ${asked.url ?? ''}`);
  });
  server.emit('listening');
  const door = secureDoor(server, certificates, { plain: 'loopback', ...options });
  const listener = createListener({ pauseOnConnect: true }, (socket) => door.admit(socket));
  await new Promise<void>((resolve) => listener.listen(0, options.host ?? '127.0.0.1', resolve));
  undo.push(() => {
    listener.close();
    server.closeAllConnections();
  });
  // The type of a listener on a port.
  const { port } = listener.address() as AddressInfo;
  return { port, server };
}

export interface Handshake {
  readonly authorized: boolean;
  readonly why: string | undefined;
  readonly protocol: string | null;
  readonly certificate: DetailedPeerCertificate;
}
/** A handshake that goes on whatever the certificate is, and says what a browser would think of it. */
export async function handshake(port: number, options: ConnectionOptions): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      resolve({
        authorized: socket.authorized,
        why:
          socket.authorizationError === undefined || socket.authorizationError === null
            ? undefined
            : String(socket.authorizationError),
        protocol: socket.getProtocol(),
        certificate: socket.getPeerCertificate(true),
      });
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

/** GET by a client that trusts `ca` alone and insists. */
export async function get(port: number, ca: string, host: string, path = '/x'): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        port,
        host,
        path,
        ca,
        lookup: (_name, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
        agent: false,
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.once('end', () => resolve(text));
      },
    );
    sent.once('error', reject);
    sent.end();
  });
}

export interface Spoken {
  say(text: string): void;
  /** Everything that came, when the other side has closed. */
  readonly end: Promise<string>;
}
/** An open connection over TLS. */
export async function speakTls(port: number, options: ConnectionOptions): Promise<Spoken> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ...options }, () => resolve(spoken(socket)));
    socket.once('error', reject);
  });
}
/** An open connection without TLS. */
export async function speakPlain(port: number, host = '127.0.0.1'): Promise<Spoken> {
  return new Promise((resolve, reject) => {
    const socket = connectPlain({ port, host }, () => resolve(spoken(socket)));
    socket.once('error', reject);
  });
}
function spoken(socket: Socket): Spoken {
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => (text += part));
  return {
    say: (words) => void socket.write(words),
    end: new Promise((resolve) => {
      socket.on('error', () => undefined);
      socket.once('close', () => resolve(text));
    }),
  };
}

/** What `openssl` prints; undefined where it is not installed. */
export function openssl(...args: readonly string[]): string | undefined {
  try {
    return execFileSync('openssl', [...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
