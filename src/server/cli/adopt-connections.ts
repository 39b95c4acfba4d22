// HTTP servers that do not listen: they answer on connections that another process accepted and handed over.
//
//   1. Where there is a server for TLS, the first byte of a connection says which server it goes to.
//   2. Plain HTTP is then for loopback alone; from elsewhere it gets one line that says so, and nothing of it is read.
import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { isLoopback } from './loopback.ts';

export interface Adopting {
  /** Answers on `socket` from now on. `closed` is called once, when the connection is over. */
  adopt(socket: Socket, closed: () => void): void;
  /** Closes connections that wait for a request, and the others after their answer; ends when there are none. */
  finish(): Promise<void>;
  /** True from `finish` on: answers must say that the connection closes. */
  readonly finishing: boolean;
}

const LOOK_MS = 20;
/** How long a client may take to send its first byte. */
const SILENT_MS_MAX = 10_000;
/** What a TLS connection begins with: a record of the handshake (RFC 8446 5.1). */
const TLS_HANDSHAKE = 0x16;
const PLAIN_REFUSED_BODY = 'This address speaks HTTPS only. Use https:// instead of http://.\n';
const PLAIN_REFUSED = [
  'HTTP/1.1 400 Bad Request',
  'content-type: text/plain; charset=utf-8',
  `content-length: ${PLAIN_REFUSED_BODY.length}`,
  'connection: close',
  '',
  PLAIN_REFUSED_BODY,
].join('\r\n');

/** `secure`: answers on whatever is no loopback address, and on loopback where a client wants TLS. */
export function adoptConnections(server: Server, secure?: SecureServer): Adopting {
  const open = new Set<Socket>();
  let finishing = false;
  // Node arms its limits for slow senders (headersTimeout, requestTimeout), and its list of idle connections, when a server
  // begins to listen. These never do.
  server.emit('listening');
  secure?.emit('listening');
  const give = (socket: Socket): void => {
    if (secure === undefined) return void server.emit('connection', socket);
    const silent = setTimeout(() => socket.destroy(), SILENT_MS_MAX);
    socket.once('error', () => socket.destroy());
    socket.once('close', () => clearTimeout(silent));
    socket.once('data', (bytes) => {
      clearTimeout(silent);
      socket.pause();
      socket.unshift(bytes);
      if (bytes[0] === TLS_HANDSHAKE) secure.emit('connection', socket);
      else if (isLoopback(socket.remoteAddress)) {
        server.emit('connection', socket);
        socket.resume();
      } else socket.end(PLAIN_REFUSED);
    });
  };
  return {
    get finishing() {
      return finishing;
    },
    adopt: (socket, closed) => {
      open.add(socket);
      socket.once('close', () => {
        open.delete(socket);
        closed();
      });
      // What a listening server does for its own connections.
      socket.setNoDelay(true);
      give(socket);
      // It was accepted without being read.
      socket.resume();
    },
    finish: async () => {
      finishing = true;
      for (;;) {
        server.closeIdleConnections();
        secure?.closeIdleConnections();
        if (open.size === 0) return;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
  };
}
