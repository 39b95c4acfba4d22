// One port for TLS, and for plain HTTP from the loopback address: what a connection speaks is seen in its first byte.
//
//   accepted ──first byte──> 0x16 (a TLS handshake) ──> TLS ──> the HTTP server
//                       └──> else: loopback ──> the HTTP server; elsewhere ──> one line, 400, closed
//
//   1. Both kinds reach the same HTTP server, so that all its limits and its orderly end hold for both.
//   2. Nothing of a plain request from elsewhere is looked at: it may carry a token, which is burnt already (TL13).
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { TLS_RULES } from './loaded.ts';
import type { SiteCertificates } from './site-certificates.ts';

export interface SecureDoor {
  /** Takes a connection that was accepted and not read from. */
  admit(socket: Socket): void;
  /** Closes connections that have said nothing yet: browsers open some ahead of need, and an ending process waits for them. */
  closeWaiting(): void;
}
export interface SecureDoorOptions {
  /** `loopback`: plain HTTP is answered to this machine alone. `anywhere`: a proxy elsewhere ends TLS in front of this node. */
  readonly plain: 'loopback' | 'anywhere';
  /** A connection must have said something, and ended its handshake, in this time. */
  readonly handshakeMsMax?: number;
}

const HANDSHAKE_MS_MAX = 10_000;
const TLS_HANDSHAKE_RECORD = 0x16;
const REFUSAL_TEXT = 'This address is served over HTTPS only.\n';
const REFUSAL = [
  'HTTP/1.1 400 Bad Request',
  'content-type: text/plain; charset=utf-8',
  `content-length: ${REFUSAL_TEXT.length}`,
  'cache-control: no-store',
  'connection: close',
  '',
  REFUSAL_TEXT,
].join('\r\n');

/** `server` is a `node:http` server with its handlers; it need not listen. */
export function secureDoor(server: Server, certificates: SiteCertificates, options: SecureDoorOptions): SecureDoor {
  const handshakeMsMax = options.handshakeMsMax ?? HANDSHAKE_MS_MAX;
  const tls = createServer({
    ...certificates.unnamed(),
    ...TLS_RULES,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: handshakeMsMax,
    SNICallback: (servername, choose) => choose(null, certificates.contextFor(servername)),
  });
  certificates.onChange(() => tls.setSecureContext({ ...certificates.unnamed(), ...TLS_RULES }));
  tls.on('secureConnection', (socket: TLSSocket) => server.emit('connection', socket));
  // A handshake that failed: a scanner, or a device that does not know the authority. Its connection is closed by then.
  tls.on('tlsClientError', (_error, socket: TLSSocket) => socket.destroy());

  const waiting = new Set<Socket>();
  return {
    closeWaiting: () => {
      for (const socket of waiting) socket.destroy();
    },
    admit: (socket) => {
      const giveUp = (): void => void socket.destroy();
      const late = setTimeout(giveUp, handshakeMsMax);
      waiting.add(socket);
      const done = (): void => {
        clearTimeout(late);
        waiting.delete(socket);
      };
      socket.once('close', done);
      socket.on('error', giveUp);
      socket.once('data', (first: Buffer) => {
        done();
        socket.off('close', done);
        socket.pause();
        // Whoever takes it reads this byte again.
        socket.unshift(first);
        if (first[0] === TLS_HANDSHAKE_RECORD) tls.emit('connection', socket);
        else if (options.plain === 'anywhere' || isLoopback(socket.remoteAddress)) {
          server.emit('connection', socket);
          socket.resume();
        } else refusePlain(socket);
      });
      socket.resume();
    },
  };
}

function refusePlain(socket: Socket): void {
  socket.end(REFUSAL);
  // What it still sends is let go, so that the answer is not lost to a reset; and not for ever.
  socket.resume();
  setTimeout(() => socket.destroy(), 1_000).unref();
}

/** `127.0.0.0/8`, `::1`, and IPv4 in IPv6's clothes. */
export const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && /^(?:::1|(?:::ffff:)?127(?:\.\d{1,3}){3})$/i.test(address);
