// Connections to a parent: TLS to the authority that was pinned when this node was enrolled, or plain HTTP on this machine alone.
//
//   1. Nothing is sent before the certificate was looked at: signed by the pinned authority, for the name that was asked (NL8).
//   2. Its dates do not count: a node whose clock is wrong by years still replicates. Who the parent is, its signed replies say (NL9).
//   3. No name is sent in the handshake, so that the parent shows the certificate of its own authority, not the hospital's.
import { X509Certificate } from 'node:crypto';
import { Agent } from 'node:http';
import { connect as connectPlain, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';

export class UntrustedParent extends Error {
  override readonly name = 'UntrustedParent';
}

type Made = (error: Error | null, socket: Duplex) => void;

const CONNECT_MS_MAX = 15_000;
const IDLE_MS = 60_000;

/** `caPem` absent: plain HTTP. */
export function pinnedAgent(url: URL, caPem: string | undefined): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 4, timeout: IDLE_MS });
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port);
  const authority = caPem === undefined ? undefined : new X509Certificate(caPem);
  const open = (_options: unknown, made: Made): undefined => {
    if (authority === undefined) {
      const socket = connectPlain({ host, port });
      settle(socket, 'connect', made, () => undefined);
      return;
    }
    const socket = connectTls({ host, port, servername: '', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
    settle(socket, 'secureConnect', made, () => distrust(socket, host, authority));
  };
  return Object.assign(agent, { createConnection: open });
}

function settle(socket: Duplex, ready: string, made: Made, check: () => Error | undefined): void {
  const late = setTimeout(() => socket.destroy(new Error('the connection took too long')), CONNECT_MS_MAX);
  const failed = (error: Error): void => {
    clearTimeout(late);
    made(error, socket);
  };
  socket.once('error', failed);
  socket.once(ready, () => {
    clearTimeout(late);
    socket.off('error', failed);
    const wrong = check();
    if (wrong === undefined) return made(null, socket);
    socket.on('error', () => undefined);
    socket.destroy();
    made(wrong, socket);
  });
}

function distrust(socket: TLSSocket, host: string, authority: X509Certificate): Error | undefined {
  const shown = socket.getPeerX509Certificate();
  if (shown === undefined || !shown.verify(authority.publicKey))
    return new UntrustedParent('its certificate is not of the authority that this node was enrolled with');
  // By the certificate itself: after `getPeerX509Certificate` the older `getPeerCertificate` gives an empty object (Node 20).
  const named = isIP(host) === 0 ? shown.checkHost(host, { subject: 'never' }) : shown.checkIP(host);
  return named === undefined ? new UntrustedParent(`its certificate does not name ${host}`) : undefined;
}

/** The authority that a parent at `url` shows at `/trust/ca.crt` is believed by its fingerprint, so this connection need not be. */
export function unpinnedAgent(): Agent {
  const agent = new Agent({ keepAlive: false });
  const open = (options: { readonly host?: string; readonly port?: number }, made: Made): undefined => {
    const { host = 'localhost', port = 443 } = options;
    const socket = connectTls({ host, port, servername: '', rejectUnauthorized: false });
    settle(socket, 'secureConnect', made, () => undefined);
  };
  return Object.assign(agent, { createConnection: open });
}
